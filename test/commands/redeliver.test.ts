/** `referloop redeliver` as an operator runs it, against both kinds of database. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { GivenUpDelivery } from '../../src/domain/referral/redeliver.ts'
import { aReferral, npis } from '../helpers/a-referral.ts'
import { atClinic } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { startWorld, type World } from '../helpers/world.ts'

const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const clinic = 'summit-pain-center'

async function run(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'redeliver', ...words], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { status: child.exitCode, stdout, stderr }
}

async function refused(world: World) {
  world.ehr(clinic).misbehave({ on: 'write', refuse: { status: 422 } })
  const referred = await world.refer(aReferral({ clinicNpi: npis[clinic] }))
  const task = await world.reaches(referred, 'requested/delivery-failed')
  world.ehr(clinic).misbehave({})
  return { referred, task }
}

t.test('the embedded database, while the service is stopped', async (t) => {
  const world = await startWorld(t)
  const { referred, task } = await refused(world)
  t.equal(task.statusReason?.coding?.[0]?.code, 'refused')
  t.match(task.statusReason?.text, /HTTP 422/)
  const environment = { REFERLOOP_DATA: world.folder }
  const locked = await run(environment, '--list')
  t.equal(locked.status, 2, 'the running service has it')
  t.match(locked.stderr, /process/)
  await world.close()

  const listed = await run(environment, '--list')
  t.equal(listed.status, 0, listed.stderr)
  const [letter] = JSON.parse(listed.stdout) as GivenUpDelivery[]
  t.match(letter, {
    referralId: referred.id,
    clinicId: clinic,
    cause: 'refused',
    status: 422,
    phase: 'refused',
    attempts: 1,
    since: /^20/,
  })
  t.equal(Object.keys(letter ?? {}).length, 7, 'and nothing of the patient')

  t.same(JSON.parse((await run(environment, '--clinic', 'river-pain-clinic')).stdout), {
    redelivered: [],
  })
  const pressed = await run(environment, '--clinic', clinic)
  t.same(JSON.parse(pressed.stdout), { redelivered: [referred.id] }, pressed.stderr)
  t.same(JSON.parse((await run(environment, '--all')).stdout), { redelivered: [] }, 'pressed twice')
  t.same(JSON.parse((await run(environment, '--list')).stdout), [])

  const later = await startWorld(t, { config: { dataDirectory: world.folder } })
  await later.reaches(
    { ...referred, by: later.client('lakeside-family') },
    'received/awaiting-triage',
  )
  t.equal(atClinic(later, 'ServiceRequest', referred.id, clinic).length, 1)
  const trail = await (await later.inspect()).audit()
  t.match(
    trail.filter(({ action }) => action === 'redeliver'),
    [{ agent: 'operator', referral_id: referred.id, detail: 'refused' }],
  )
})

t.test('wrong use is told', async (t) => {
  const environment = { REFERLOOP_DATA: t.testdir({}) }
  for (const words of [[], ['--all', '--clinic', clinic], ['some-id', '--all']]) {
    const { status, stderr } = await run(environment, ...words)
    t.equal(status, 2)
    t.match(stderr, /name one referral, --clinic ID or --all/)
  }
  const { status, stderr } = await run(environment, '--list')
  t.equal(status, 2)
  t.match(stderr, /there is no database/)
})

const server = await startPostgres()
if ('skip' in server) t.comment(server.skip)
else t.teardown(() => server.close())

t.test(
  'PostgreSQL, while the service runs',
  { skip: 'skip' in server ? server.skip : false },
  async (t) => onPostgres(t),
)

async function onPostgres(t: Test): Promise<void> {
  if ('skip' in server) return
  const urls: string[] = []
  const engine = {
    name: 'postgresql',
    async newDatabase() {
      const database = await server.newDatabase()
      urls.push(database.url)
      return database
    },
  } as const
  const world = await startWorld(t, { engine })
  const { referred } = await refused(world)
  // The command reads no more than the database, but the configuration has to be whole.
  const { config } = await ownRegistry()
  const files = t.testdir({
    'registry.json': JSON.stringify(config.registry),
    'keys.json': JSON.stringify(config.keys),
  })
  const environment = {
    DATABASE_URL: urls[0] ?? '',
    REFERLOOP_REGISTRY: `${files}/registry.json`,
    REFERLOOP_KEYS: `${files}/keys.json`,
  }
  const answers = await Promise.all([run(environment, referred.id), run(environment, referred.id)])
  t.same(
    answers.flatMap(({ stdout }) => (JSON.parse(stdout) as { redelivered: string[] }).redelivered),
    [referred.id],
    'pressed by two at once',
  )
  await world.reaches(referred, 'received/awaiting-triage')
  t.equal(atClinic(world, 'ServiceRequest', referred.id, clinic).length, 1)
}
