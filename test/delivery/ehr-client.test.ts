import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { all, clientOf, delivery, ehrWorld, failureOf, resourceSystem } from './ehr-world.ts'
import { httpServer } from './world.ts'

t.test('a transaction leaves byte for byte and gives back where each entry lies', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const bundle = delivery()
  const references = await clinic.transact(bundle)
  t.equal(references.length, 3)
  t.match(references[0], /^Patient\/[^/]+$/)
  t.match(references[1], /^Observation\/[^/]+$/)
  t.match(references[2], /^Task\/[^/]+$/)
  const [request] = ehr.requests
  t.match(request, { method: 'POST', path: '/fhir', body: bundle })
  t.equal(request?.headers['content-type'], 'application/fhir+json')
  t.equal(request?.headers.authorization, undefined)
})

t.test('sent twice, a transaction gives back the same places', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const first = await clinic.transact(delivery())
  t.strictSame(await clinic.transact(delivery()), first)
  t.equal([...ehr.store.histories('Task')].length, 1)
})

t.test('a decimal survives the way there and back', async (t) => {
  const { clinic } = await ehrWorld(t)
  const [, observation] = await clinic.transact(delivery())
  const read = await clinic.read(observation ?? '')
  t.match(JSON.stringify(read), '"valueQuantity":{"value":1.10,')
})

t.test('a transaction may replace what is there', async (t) => {
  const { clinic } = await ehrWorld(t)
  const [patient] = await clinic.transact(delivery())
  const put = JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        resource: { resourceType: 'Patient', id: patient?.split('/')[1], active: true },
        request: { method: 'PUT', url: patient },
      },
    ],
  })
  t.strictSame(await clinic.transact(put), [patient])
  t.match(await clinic.read(patient ?? ''), { active: true, meta: { versionId: '2' } })
})

t.test('a search finds by identifier, with the bar escaped', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const [, , task] = await clinic.transact(delivery())
  t.strictSame(await clinic.find('Task', `identifier=${resourceSystem}|t1`), [task])
  t.strictSame(await clinic.find('Task', `identifier=${resourceSystem}%7Ct1`), [task])
  t.strictSame(await clinic.find('Task', `identifier=${resourceSystem}|t2`), [])
  t.notOk(ehr.requests.some(({ path }) => path.includes('|')))
})

t.test('a resource is read by reference, relative or absolute, and only at this EHR', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const [patient = ''] = await clinic.transact(delivery())
  const before = ehr.requests.length
  for (const reference of [
    patient,
    `${ehr.baseUrl}/${patient}`,
    `${patient}/_history/1`,
    `/fhir/${patient}`,
  ])
    t.match(await clinic.read(reference), { resourceType: 'Patient' }, reference)
  t.equal(ehr.requests.length, before + 4)
  for (const reference of [
    'https://evil.example/fhir/Patient/1',
    `${ehr.baseUrl}.evil.example/Patient/1`,
    `${ehr.baseUrl}/../admin/Patient/1`,
    '../Patient/1',
    'Patient/1?x=1',
    'Patient/1/../../secret',
    'urn:uuid:1',
    '#contained',
    'Patient',
    '',
  ])
    t.match(
      await failureOf(clinic.read(reference)),
      { phase: 'before', permanent: true },
      reference,
    )
  t.equal(ehr.requests.length, before + 4, 'nothing was sent for those')
})

t.test('an update names the version it starts from', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const [, , task = ''] = await clinic.transact(delivery())
  const id = task.split('/')[1] ?? ''
  const body = `{"resourceType":"Task","id":"${id}","status":"accepted","intent":"order","extension":[{"url":"urn:x","valueDecimal":0.50}]}`
  await clinic.update('Task', id, body, '1')
  t.match(ehr.requests.at(-1), { method: 'PUT', body, headers: { 'if-match': 'W/"1"' } })
  t.match(JSON.stringify(await clinic.read(task)), '"valueDecimal":0.50')
  t.match(await failureOf(clinic.update('Task', id, body, 'W/"1"')), {
    phase: 'refused',
    permanent: false,
    status: 412,
  })
  await clinic.update('Task', id, body, undefined)
  t.equal(ehr.store.current('Task', id)?.version, 3)
})

t.test('changed Tasks come oldest first, page by page, ours alone', async (t) => {
  const { ehr, clinic } = await ehrWorld(t, { pageSize: 2 })
  for (const mark of ['1', '2', '3', '4', '5']) await clinic.transact(delivery(mark))
  ehr.store.commit([
    { type: 'Task', id: 'theirs', resource: { resourceType: 'Task', status: 'draft' } },
  ])
  const pages = await all(clinic.changedTasks(undefined))
  t.strictSame(
    pages.map((page) => page.length),
    [2, 2, 1],
  )
  const marks = pages.flat().map((task) => JSON.stringify(task).match(/"value":"t(\d)"/)?.[1])
  t.strictSame(marks, ['1', '2', '3', '4', '5'])
})

t.test('changed Tasks are asked for from an instant on', async (t) => {
  let time = Date.parse('2026-03-02T10:00:00.000Z')
  const { clinic } = await ehrWorld(t, { ehr: { now: () => new Date(time) } })
  await clinic.transact(delivery('1'))
  time += 1_000
  await clinic.transact(delivery('2'))
  const since = (instant: string) => all(clinic.changedTasks(instant))
  t.equal((await since('2026-03-02T10:00:00.000Z')).flat().length, 2)
  t.equal((await since('2026-03-02T10:00:01.000Z')).flat().length, 1)
  t.equal((await since('2026-03-02T10:00:01.001Z')).flat().length, 0)
})

/** An EHR that answers searches with pages of its own making. */
const pagingEhr = (
  t: Parameters<typeof httpServer>[0],
  page: (url: URL) => { updated: string[]; next?: string; self?: string },
) =>
  httpServer(t, (request, response) => {
    const { updated, next, self } = page(new URL(request.url ?? '', 'http://ehr'))
    const link = [
      ...(self ? [{ relation: 'self', url: self }] : []),
      ...(next ? [{ relation: 'next', url: next }] : []),
    ]
    const entry = updated.map((lastUpdated, i) => ({
      resource: { resourceType: 'Task', id: `t${i}`, meta: { lastUpdated } },
    }))
    response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link, entry }))
  })

t.test(
  'OW10 a page elsewhere is not fetched, and says that the answer cannot be trusted',
  async (t) => {
    const visits: string[] = []
    const other = await httpServer(t, (request, response) => {
      visits.push(request.url ?? '')
      response.end()
    })
    const links = {
      [`${other}/fhir/Task?page=2`]: 'before',
      '//127.0.0.1:1/fhir/Task': 'before',
      '/admin': 'before',
      'file:///etc/passwd': 'unknown',
      'http://[/': 'unknown',
    }
    for (const [next, phase] of Object.entries(links)) {
      const origin = await pagingEhr(t, () => ({ updated: [], next }))
      const clinic = await clientOf(t, `${origin}/fhir`)
      t.match(await failureOf(all(clinic.changedTasks(undefined))), { phase }, next)
    }
    t.strictSame(visits, [])
  },
)

t.test('pages that go round in circles or never end are left', async (t) => {
  const circle = await pagingEhr(t, () => ({ updated: [], next: 'Task?page=2' }))
  const clinic = await clientOf(t, `${circle}/fhir`)
  t.match(await failureOf(all(clinic.changedTasks(undefined))), { phase: 'unknown' })
  let asked = 0
  const endless = await pagingEhr(t, () => ({ updated: [], next: `Task?page=${asked++}` }))
  const patient = await clientOf(t, `${endless}/fhir`, { maxPages: 7 })
  t.match(await failureOf(all(patient.changedTasks(undefined))), { phase: 'unknown' })
  t.equal(asked, 7)
})

t.test('an EHR that does not say it sorted is read to the end first', async (t) => {
  const unsorted = await pagingEhr(t, ({ searchParams }) =>
    searchParams.get('page') === '2'
      ? { updated: ['2026-03-01T00:00:00Z'] }
      : { updated: ['2026-03-03T00:00:00Z', '2026-03-02T00:00:00Z'], next: 'Task?page=2' },
  )
  const clinic = await clientOf(t, `${unsorted}/fhir`)
  const pages = await all(clinic.changedTasks(undefined))
  t.match(pages, [
    [
      { meta: { lastUpdated: '2026-03-01T00:00:00Z' } },
      { meta: { lastUpdated: '2026-03-02T00:00:00Z' } },
      { meta: { lastUpdated: '2026-03-03T00:00:00Z' } },
    ],
  ])
})

t.test('history is given where the EHR keeps one', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  const [, , task = ''] = await clinic.transact(delivery())
  ehr.act(task.split('/')[1] ?? '', 'accept')
  const versions = await clinic.history(task)
  t.strictSame(
    versions.map((version) => (version as { status: string }).status),
    ['accepted', 'requested'],
  )
  ehr.misbehave({ refuse: { status: 404 } })
  t.strictSame(await clinic.history(task), [])
  ehr.misbehave({ refuse: { status: 500 } })
  t.match(await failureOf(clinic.history(task)), { phase: 'unknown' })
})

t.test('matches that do not bear what was searched for are not believed', async (t) => {
  const origin = await httpServer(t, (_request, response) => {
    const resource = {
      resourceType: 'Task',
      id: '1',
      identifier: [{ system: 'urn:other', value: 'somebody' }],
      meta: { tag: [{ system: 'urn:other', code: 'x' }] },
    }
    const entry = [
      { resource, search: { mode: 'match' } },
      { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
    ]
    response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }))
  })
  const clinic = await clientOf(t, `${origin}/fhir`)
  t.match(await failureOf(clinic.find('Task', 'identifier=urn:a|1')), { phase: 'unknown' })
  t.match(await failureOf(clinic.find('Task', '_tag=urn:a|1')), { phase: 'unknown' })
  t.match(await failureOf(clinic.find('Patient', 'name=x')), { phase: 'unknown' })
  t.strictSame(await clinic.find('Task', 'identifier=urn:other|somebody'), ['Task/1'])
  t.strictSame(await clinic.find('Task', '_tag=urn:other|x'), ['Task/1'])
})

t.test('with DEBUG set nothing of a call is printed', async (t) => {
  const { ehr } = await ehrWorld(t)
  const script = `
    import { createEgress } from './src/delivery/egress.ts'
    import { createClinicEhr } from './src/delivery/ehr-client.ts'
    const egress = createEgress({ allowNetworks: ['127.0.0.0/8'] })
    const clinic = createClinicEhr(
      { fhirBaseUrl: process.argv[1], auth: { type: 'none' } },
      { egress, now: () => new Date(), monotonic: () => performance.now() },
    )
    await clinic.transact(process.argv[2])
    await clinic.find('Task', 'identifier=a|b')
    await egress.close()`
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', script, ehr.baseUrl, delivery()],
    { env: { ...process.env, DEBUG: '*', NODE_OPTIONS: '' } },
  )
  t.equal(stdout + stderr, '')
  t.equal(ehr.requests.length, 2)
})
