/** Another registry without a restart, with the process that ships. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { type SandboxEhr, startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { aReferral, npis } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { type FhirClient, logIn } from '../helpers/fhir-client.ts'
import { heldBy, standing } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { startService, threeFreePorts } from '../helpers/service-process.ts'
import { type Referred, refer, standingOf } from '../helpers/world.ts'

interface Parts {
  readonly referrers: readonly { readonly id: string; readonly client: object }[]
  readonly clinics: readonly {
    readonly id: string
    readonly ehr?: { readonly fhirBaseUrl: string }
  }[]
}

async function anEhr(t: Test, folder: string, name: string): Promise<SandboxEhr> {
  const ehr = await startSandboxEhr({ port: 0, name, directory: folder })
  t.teardown(() => ehr.close())
  return ehr
}

const reaches = (referred: Referred, wanted: string): Promise<unknown> =>
  eventually(
    `${referred.id} is ${wanted}`,
    async () => ((await standing(referred)) === wanted ? true : undefined),
    () => '',
    90_000,
  )

t.test('SIGHUP takes over another registry, and refuses a wrong one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-reload-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [river, summit] = await Promise.all([
    anEhr(t, join(folder, 'river'), 'River'),
    anEhr(t, join(folder, 'summit'), 'Summit'),
  ])
  const { config, clientKeys } = await ownRegistry({
    'river-pain-clinic': river.baseUrl,
    'summit-pain-center': summit.baseUrl,
  })
  const { referrers, clinics } = config.registry as Parts
  const [ofRiver, ofSummit] = clinics as [Parts['clinics'][number], Parts['clinics'][number]]
  const path = join(folder, 'registry.json')
  const entered = (registry: unknown) =>
    writeFile(path, typeof registry === 'string' ? registry : JSON.stringify(registry))
  await entered({ referrers, clinics: [ofRiver] })
  await writeFile(join(folder, 'keys.json'), JSON.stringify(config.keys))

  const service = startService(join(folder, 'data'), await threeFreePorts(Math.random), {
    REFERLOOP_REGISTRY: path,
    REFERLOOP_KEYS: join(folder, 'keys.json'),
    REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
    LOG_LEVEL: 'info',
  })
  t.teardown(() => service.kill())
  await service.ready()
  const lines = (msg: string) =>
    service
      .said()
      .split('\n')
      .filter((line) => line.includes(`"msg":"${msg}`))
  /** @returns the line of the log that says what became of it */
  const reload = async (registry: unknown, msg: string) => {
    const before = lines(msg).length
    await entered(registry)
    service.signal('SIGHUP')
    return eventually(`the log says: ${msg}`, () => lines(msg)[before], service.said, 90_000)
  }
  const key = clientKeys['lakeside-family']
  if (!key) throw new Error('no key')
  const lakeside = await logIn(service.baseUrl, 'lakeside-family', key)
  const toRiver = () => refer(lakeside, aReferral())
  const toSummit = () => refer(lakeside, aReferral({ clinicNpi: npis['summit-pain-center'] }))
  const first = await toRiver()
  await reaches(first, 'received/awaiting-triage')
  await t.rejects(toSummit(), /refused/, 'the other is not known yet')

  await t.test('a wrong file is refused, with place and reason', async (t) => {
    const wrong = { referrers, clinics: [{ ...ofRiver, npi: '1234567890' }, ofSummit] }
    const refused = 'registry refused'
    t.match(await reload(wrong, refused), /clinics\[0\]\.npi must be an NPI: its check digit/)
    const unknownPolicy = { referrers, clinics: [{ ...ofRiver, policy: 'none' }, ofSummit] }
    t.match(await reload(unknownPolicy, refused), /clinics\[0\]\.policy/)
    const cut = await reload('{"referrers": [\n{"key": secret}]', refused)
    t.match(cut, /REFERLOOP_REGISTRY names a file that is not JSON at line 2, column \d+/)
    t.notMatch(cut, /secret/)
    t.match(JSON.parse(cut), { level: 'error' })
    await t.rejects(toSummit(), /refused/, 'what was before is in force')
    await reaches(await toRiver(), 'received/awaiting-triage')
  })

  await t.test('a new clinic is delivered to and polled', async (t) => {
    const line = await reload({ referrers, clinics: [ofRiver, ofSummit] }, 'registry taken over')
    t.match(JSON.parse(line), {
      ...{ level: 'info', clinics: 2, added: ['summit-pain-center'], removed: [], changed: [] },
    })
    const referred = await toSummit()
    await reaches(referred, 'received/awaiting-triage')
    summit.act(referred.taskId, 'accept')
    await reaches(referred, 'accepted/awaiting-scheduling')
  })

  await t.test('a clinic that moved is found where it is now', async (t) => {
    const moved = await anEhr(t, join(folder, 'moved'), 'Moved')
    const ehr = { ...ofSummit.ehr, fhirBaseUrl: moved.baseUrl }
    await reload({ referrers, clinics: [ofRiver, { ...ofSummit, ehr }] }, 'registry taken over')
    const before = heldBy(summit, 'ServiceRequest').length
    const referred = await toSummit()
    await reaches(referred, 'received/awaiting-triage')
    t.equal(heldBy(moved, 'ServiceRequest').length, 1)
    t.equal(heldBy(summit, 'ServiceRequest').length, before)
    moved.act(referred.taskId, 'accept')
    await reaches(referred, 'accepted/awaiting-scheduling')
  })

  await t.test('a clinic that is gone is neither polled nor delivered to', async (t) => {
    const line = await reload({ referrers, clinics: [ofSummit] }, 'registry taken over')
    t.match(JSON.parse(line), { removed: ['river-pain-clinic'], changed: ['summit-pain-center'] })
    await t.rejects(toRiver(), /refused/)
    river.act(first.taskId, 'accept')
    // Summit is polled each second: two of its own moves are time enough for River's to be read.
    const referred = await toSummit()
    await reaches(referred, 'received/awaiting-triage')
    summit.act(referred.taskId, 'accept')
    await reaches(referred, 'accepted/awaiting-scheduling')
    t.equal(standingOf((await read(lakeside, first)).body), 'received/awaiting-triage')
  })
  t.equal(await service.stop(), 0)
})

const read = (by: FhirClient, { taskId }: Referred) => by.get<Task>(`Task/${taskId}`)
