/** The bad days that a test can order, each as a client sees it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { observation, sandbox } from './world.ts'

const ifNone = { 'if-none-exist': 'identifier=urn:o|1' }

t.test('conditions can be ignored, so that a repeated create makes a second one', async (t) => {
  const { ehr, call } = await sandbox(t)
  ehr.misbehave({ ignoresConditions: true })
  for (const _twice of [1, 2])
    t.equal((await call('POST', '/fhir/Observation', observation('1'), ifNone)).status, 201)
  t.equal((await call('GET', '/fhir/Observation')).body.total, 2)
})

t.test('creates that come at once race each other into two', async (t) => {
  const { ehr, call } = await sandbox(t)
  ehr.misbehave({ raceMs: 50 })
  const answers = await Promise.all(
    [1, 2].map(() => call('POST', '/fhir/Observation', observation('1'), ifNone)),
  )
  t.same(
    answers.map(({ status }) => status),
    [201, 201],
  )
})

t.test('a reset connection can hide work that is done only later', async (t) => {
  const { ehr, call } = await sandbox(t)
  ehr.misbehave({ on: 'write', lateMs: 150, times: 1 })
  await t.rejects(call('POST', '/fhir/Observation', observation('1')))
  t.equal((await call('GET', '/fhir/Observation')).body.total, 0, 'not yet')
  await new Promise((resolve) => ehr.store.onCommit(resolve))
  t.equal((await call('GET', '/fhir/Observation')).body.total, 1)
})

t.test('every other look can come from a replica that lacks the last version', async (t) => {
  const { ehr, call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  await call('PUT', `/fhir/Observation/${body.id}`, { ...body, status: 'amended' })
  ehr.misbehave({ staleReplica: true })
  const statuses = []
  for (const _look of [1, 2])
    statuses.push((await call('GET', `/fhir/Observation/${body.id}`)).body.status)
  t.same(statuses, ['final', 'amended'])
})

t.test('a history can come in no order and twice', async (t) => {
  const { ehr, call } = await sandbox(t)
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  await call('PUT', `/fhir/Observation/${body.id}`, { ...body, status: 'amended' })
  ehr.misbehave({ shuffledHistory: true })
  const history = await call('GET', `/fhir/Observation/${body.id}/_history`)
  t.same(
    history.body.entry?.map(({ resource }) => resource?.meta?.versionId),
    ['2', '1', '1', '2'],
  )
  t.equal((await call('GET', `/fhir/Observation/${body.id}`)).body.status, 'amended')
})

t.test('429 and 503 name the wait in seconds or as a date', async (t) => {
  const { ehr, call } = await sandbox(t)
  const date = new Date(Date.now() + 60_000).toUTCString()
  for (const [status, retryAfter] of [
    [429, '7'],
    [503, date],
  ] as const) {
    ehr.misbehave({ refuse: { status, retryAfter } })
    const answer = await call('GET', '/fhir/Observation')
    t.equal(answer.status, status)
    t.equal(answer.headers.get('retry-after'), retryAfter)
  }
})

t.test('a restored backup takes back what came after it, for good', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'referloop-ehr-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const { ehr, call } = await sandbox(t, { directory })
  const { body } = await call('POST', '/fhir/Observation', observation('1'))
  const backup = ehr.store.position()
  await call('PUT', `/fhir/Observation/${body.id}`, { ...body, status: 'amended' })
  const { body: lost } = await call('POST', '/fhir/Observation', observation('2'))
  t.same(ehr.store.restore(backup).toSorted(), [
    ...[`Observation/${body.id}`, `Observation/${lost.id}`].toSorted(),
  ])
  const standing = async (ask: typeof call) => [
    (await ask('GET', `/fhir/Observation/${lost.id}`)).status,
    (await ask('GET', `/fhir/Observation/${body.id}`)).body.status,
  ]
  t.same(await standing(call), [404, 'final'])
  await ehr.close()
  const again = await sandbox(t, { directory })
  t.same(await standing(again.call), [404, 'final'], 'after a restart too')
})
