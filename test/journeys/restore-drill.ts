/** A drill: backup, life goes on, everything is lost, the backup is put back, and nobody notices but the operator. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceRequest, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { type SandboxEhr, startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { aForm, aReferral, npis } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { type Referred, standingOf, startWorld, type World } from '../helpers/world.ts'

const clinic = 'river-pain-clinic'

/** Where the data is, and how it is lost and comes back. */
export interface Data {
  readonly folder: string
  url(): string | undefined
  backUp(): Promise<void>
  loseAndRestore(): Promise<void>
}

export async function newFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-restore-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** One life of the service on the data. */
async function live(
  t: Test,
  data: Data,
  own: Awaited<ReturnType<typeof ownRegistry>>,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const world = await startWorld(t, {
    engine: {
      name: data.url() ? 'postgresql' : 'pglite',
      newDatabase: async () => ({ url: data.url(), drop: async () => {} }),
    },
    config: { ...own.config, dataDirectory: data.folder },
    clientKeys: own.clientKeys,
  })
  await work(world)
  await world.close()
}

const pending = async (world: World): Promise<string> =>
  /referloop_restore_pending\{clinic="river-pain-clinic"\} (\d)/.exec(
    await (await fetch(`${world.baseUrl}/metrics`)).text(),
  )?.[1] ?? 'unknown'

const held = <R extends ServiceRequest | Task>(ehr: SandboxEhr, type: R['resourceType']): R[] =>
  [...ehr.store.histories(type)].flatMap((history) => {
    const content = history.at(-1)?.content
    return content === undefined ? [] : [JSON.parse(content) as R]
  })

export async function drill(t: Test, data: Data): Promise<void> {
  const ehr = await startSandboxEhr({ port: 0, name: clinic, record: true })
  t.teardown(() => ehr.close())
  const own = await ownRegistry({ [clinic]: ehr.baseUrl })
  const referralOf = (identifier: string, more = {}) =>
    aReferral({ identifier, clinicNpi: npis[clinic], ...more })
  const known = new Map<string, Referred>()
  /** The same referral in another life, with a log-in of that life. */
  const of = (world: World, name: string): Referred => ({
    ...(known.get(name) as Referred),
    by: world.client('lakeside-family'),
  })
  const reaches = (world: World, name: string, standing: string) =>
    world.reaches(of(world, name), standing)
  const refer = async (world: World, name: string, more = {}) =>
    void known.set(name, await world.refer(referralOf(name, more)))

  await live(t, data, own, async (world) => {
    t.equal(await pending(world), '0')
    await refer(world, 'delivered')
    await reaches(world, 'delivered', 'received/awaiting-triage')
    await refer(world, 'waits', { unanswered: ['glaucoma'] })
    ehr.misbehave({ refuse: { status: 503 } })
    await refer(world, 'on its way')
  })
  await data.backUp()
  ehr.misbehave({})

  await live(t, data, own, async (world) => {
    t.equal(await pending(world), '0', 'a restart is no restore')
    await reaches(world, 'on its way', 'received/awaiting-triage')
    const { by, id, sent } = of(world, 'waits')
    const form = aForm({ reference: sent[0] as string }, { glaucoma: 'N' })
    t.equal((await by.post(`ServiceRequest/${id}/$add-information`, form)).status, 200)
    await reaches(world, 'waits', 'received/awaiting-triage')
    await refer(world, 'unknown to the backup')
    await reaches(world, 'unknown to the backup', 'received/awaiting-triage')
    ehr.act(of(world, 'delivered').taskId, 'accept')
    ehr.act(of(world, 'on its way').taskId, 'accept')
    await reaches(world, 'delivered', 'accepted/awaiting-scheduling')
  })
  t.equal(held(ehr, 'ServiceRequest').length, 4)

  await data.loseAndRestore()
  const began = performance.now()
  const before = ehr.requests.length
  ehr.misbehave({ on: 'read', refuse: { status: 500 } })
  await live(t, data, own, async (world) => {
    t.equal(await pending(world), '1')
    await refer(world, 'new')
    await eventually('the EHR was asked', async () => ehr.requests.length > before + 1 || undefined)
    t.equal(standingOf(await world.task(of(world, 'on its way'))), 'requested/sending')
    const wrote = () => ehr.requests.slice(before).filter(({ method }) => method !== 'GET')
    t.same(wrote(), [], 'nothing is sent before the EHR was searched')
    ehr.misbehave({})
    await eventually('the queue is open', async () => (await pending(world)) === '0' || undefined)
    t.comment(`caught up ${Math.round(performance.now() - began)} ms after the start`)
    await reaches(world, 'delivered', 'accepted/awaiting-scheduling')
    await reaches(world, 'on its way', 'accepted/awaiting-scheduling')
    await reaches(world, 'waits', 'received/awaiting-triage')
    await reaches(world, 'new', 'received/awaiting-triage')
    t.equal(held(ehr, 'ServiceRequest').length, 5, 'one came, none came twice')

    const gone = of(world, 'unknown to the backup')
    t.equal((await gone.by.get(`Task/${gone.taskId}`)).status, 404)
    await refer(world, 'unknown to the backup')
    t.not(of(world, 'unknown to the backup').id, gone.id)
    await reaches(world, 'unknown to the backup', 'received/awaiting-triage')
    t.equal(held(ehr, 'ServiceRequest').length, 5, 'the clinic has it under its former id')
    t.equal(held<Task>(ehr, 'Task').length, 5)
    ehr.act(gone.taskId, 'accept')
    await reaches(world, 'unknown to the backup', 'accepted/awaiting-scheduling')
  })
  await live(t, data, own, async (world) => {
    t.equal(await pending(world), '0', 'once is enough')
  })
}
