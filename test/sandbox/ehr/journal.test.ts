import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { openJournal } from '../../../src/sandbox/ehr/journal.ts'
import { callTo, observation, sandbox } from './world.ts'

const entry = (mark: string, subject?: string) => ({
  fullUrl: `urn:uuid:${mark}`,
  resource: observation(mark, subject ? { subject: { reference: subject } } : {}),
  request: { method: 'POST', url: 'Observation', ifNoneExist: `identifier=urn:o|${mark}` },
})

/** Two Observations, the second of which refers to the first. */
const pair = (mark: string) => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [entry(`${mark}a`), entry(`${mark}b`, `urn:uuid:${mark}a`)],
})

/** An EHR in a process of its own, which can be killed. */
async function ehrProcess(
  directory: string,
): Promise<{ readonly origin: string; readonly child: ChildProcess }> {
  const script = `
    import { startSandboxEhr } from './src/sandbox/ehr/start.ts'
    const ehr = await startSandboxEhr({ port: 0, name: 'River', directory: process.argv[1] })
    console.log(ehr.baseUrl)`
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '--eval', script, directory],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  )
  if (!child.stdout) throw new Error('no output to read')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { origin: new URL(line).origin, child }
}

t.test('killed in the middle of writes, it has all that it acknowledged, whole', async (t) => {
  const directory = t.testdir()
  const acknowledged: string[] = []
  let mark = 0
  for (const round of [1, 2, 3]) {
    const { origin, child } = await ehrProcess(directory)
    const call = callTo(origin)
    const ended = once(child, 'exit')
    const writer = async () => {
      for (;;) {
        const answer = await call('POST', '/fhir', pair(`m${mark++}`)).catch(() => undefined)
        if (!answer) return
        for (const { response } of answer.body.entry ?? [])
          acknowledged.push(response?.location ?? 'nowhere')
      }
    }
    const writers = Array.from({ length: 8 }, writer)
    const before = acknowledged.length
    const enough = setInterval(() => {
      if (acknowledged.length > before + 100) child.kill('SIGKILL')
    }, 5)
    await Promise.all([...writers, ended])
    clearInterval(enough)
    t.ok(acknowledged.length > before + 100, `round ${round}`)
  }

  const { ehr, call } = await sandbox(t, { directory })
  for (const location of acknowledged) {
    const [type = '', id = ''] = location.split('/')
    if (!ehr.store.current(type, id)) t.fail(`${location} was lost`)
  }
  t.equal(new Set(acknowledged).size, acknowledged.length)
  const all = [...ehr.store.histories('Observation')]
  t.ok(all.length >= acknowledged.length)
  t.equal(all.length % 2, 0, 'no transaction is there by half')
  const identifiers = all.map(
    ([version]) => /"value":"(m\d+[ab])"/.exec(version?.content ?? '')?.[1],
  )
  t.equal(new Set(identifiers).size, all.length, 'none is there twice')
  t.equal((await call('POST', '/fhir/Observation', observation('later'))).status, 201)
})

t.test('a restart finds versions, deletions, losses and decimals as they were', async (t) => {
  const directory = t.testdir()
  const first = await sandbox(t, { directory })
  const text = '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10}}'
  const { body: kept } = await first.call('POST', '/fhir/Observation', text)
  await first.call('PUT', `/fhir/Observation/${kept.id}`, text.replace('{', `{"id":"${kept.id}",`))
  const { body: deleted } = await first.call('POST', '/fhir/Observation', text)
  await first.call('DELETE', `/fhir/Observation/${deleted.id}`)
  const { body: lost } = await first.call('POST', '/fhir/Observation', text)
  first.ehr.store.lose('Observation', lost.id ?? '')
  await first.ehr.close()

  const { call } = await sandbox(t, { directory })
  const read = await call('GET', `/fhir/Observation/${kept.id}`)
  t.match(read.text, '"value":1.10}')
  t.equal(read.body.meta?.versionId, '2')
  t.equal((await call('GET', `/fhir/Observation/${kept.id}/_history`)).body.total, 2)
  t.equal((await call('GET', `/fhir/Observation/${deleted.id}`)).status, 410)
  t.equal((await call('GET', `/fhir/Observation/${lost.id}`)).status, 404)
})

t.test('lastUpdated does not go back when the clock does', async (t) => {
  const directory = t.testdir()
  const at = (instant: string) => ({ directory, now: () => new Date(instant) })
  const first = await sandbox(t, at('2026-03-02T10:00:00Z'))
  await first.call('POST', '/fhir/Observation', observation('1'))
  await first.ehr.close()
  const second = await sandbox(t, at('2026-03-02T09:00:00Z'))
  const { body } = await second.call('POST', '/fhir/Observation', observation('2'))
  t.equal(body.meta?.lastUpdated, '2026-03-02T10:00:00.000Z')
  const found = await second.call('GET', '/fhir/Observation?_sort=-_lastUpdated')
  t.equal(found.body.entry?.[0]?.resource?.id, body.id)
})

t.test('half a line at the end is dropped, and what follows is readable', async (t) => {
  const directory = t.testdir({ 'journal.jsonl': '{"n":1}\n{"n":2}\n{"n":3,"te' })
  const seen: unknown[] = []
  const journal = await openJournal(directory, (line) => seen.push(JSON.parse(line)))
  t.strictSame(seen, [{ n: 1 }, { n: 2 }])
  journal.append('{"n":4}')
  await journal.settled()
  await journal.close()
  t.equal(await readFile(join(directory, 'journal.jsonl'), 'utf8'), '{"n":1}\n{"n":2}\n{"n":4}\n')
})

t.test('a damaged line in the middle stops the start', async (t) => {
  const directory = t.testdir({ 'journal.jsonl': '{"n":1}\n{"n"\n{"n":3}\n' })
  await t.rejects(
    openJournal(directory, (line) => JSON.parse(line) as unknown),
    /damaged at byte 8/,
  )
})

t.test('once writing has failed, nothing is acknowledged any more', async (t) => {
  const directory = t.testdir()
  const journal = await openJournal(directory, () => undefined)
  await journal.close()
  journal.append('{"n":1}')
  await t.rejects(journal.settled())
  journal.append('{"n":2}')
  await t.rejects(journal.settled())
})
