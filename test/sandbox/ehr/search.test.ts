import t from 'tap'
import { type Call, type Json, sandbox } from './world.ts'

type T = Parameters<typeof sandbox>[0]

/** Four Tasks, one second apart. */
async function world(t: T): Promise<{ readonly call: Call; readonly baseUrl: string }> {
  let time = Date.parse('2026-03-02T10:00:00.000Z')
  const { ehr, call } = await sandbox(t, { now: () => new Date(time) })
  const task = (mark: string, rest: object) => ({
    resourceType: 'Task',
    intent: 'order',
    description: mark,
    ...rest,
  })
  const tasks = [
    task('a', {
      status: 'requested',
      identifier: [{ system: 'urn:t', value: '1' }],
      for: { reference: 'Patient/1' },
      focus: { reference: 'ServiceRequest/1' },
      basedOn: [{ reference: 'ServiceRequest/1' }, { reference: 'ServiceRequest/9' }],
    }),
    task('b', {
      status: 'accepted',
      identifier: [{ system: 'urn:t', value: '2' }, { value: '7' }],
      for: { reference: `${ehr.baseUrl}/Patient/1` },
      businessStatus: { coding: [{ system: 'urn:b', code: 'scheduled' }] },
    }),
    task('c', {
      status: 'completed',
      identifier: [{ system: 'urn:other', value: '1' }],
      for: { reference: 'Patient/11' },
      meta: { tag: [{ system: 'urn:tag', code: 'x' }] },
    }),
    task('d', { status: 'requested', code: { coding: [{ system: 'urn:c', code: 'fulfill' }] } }),
  ]
  for (const each of tasks) {
    await call('POST', '/fhir/Task', each)
    time += 1_000
  }
  return { call, baseUrl: ehr.baseUrl }
}

const marks = (bundle: Json): string =>
  (bundle.entry ?? [])
    .map(({ resource }) => (resource as { description?: string } | undefined)?.description)
    .join('')

t.test('parameters select as the specification says', async (t) => {
  const { call, baseUrl } = await world(t)
  const table: Readonly<Record<string, string>> = {
    '': 'abcd',
    'identifier=urn:t|1': 'a',
    'identifier=urn:t%7C1': 'a',
    'identifier=1': 'ac',
    'identifier=urn:t|': 'ab',
    'identifier=|7': 'b',
    'identifier=urn:t|1,urn:other|1': 'ac',
    'identifier=urn:t|3': '',
    '_tag=urn:tag|x': 'c',
    '_tag=x': 'c',
    '_tag=urn:tag|y': '',
    'status=requested': 'ad',
    'status=accepted,completed': 'bc',
    'status=requested&identifier=urn:t|1': 'a',
    'business-status=urn:b|scheduled': 'b',
    'code=fulfill': 'd',
    'patient=Patient/1': 'ab',
    'patient=1': 'ab',
    'subject=Patient/1': 'ab',
    [`patient=${baseUrl}/Patient/1`]: 'ab',
    'patient=Patient/11': 'c',
    'focus=ServiceRequest/1': 'a',
    'based-on=ServiceRequest/9': 'a',
    'based-on=9': 'a',
    '_lastUpdated=ge2026-03-02T10:00:01.000Z': 'bcd',
    '_lastUpdated=gt2026-03-02T10:00:01.000Z': 'cd',
    '_lastUpdated=gt2026-03-02T10:00:01Z': 'cd',
    '_lastUpdated=le2026-03-02T10:00:01Z': 'ab',
    '_lastUpdated=lt2026-03-02T10:00:01.000Z': 'a',
    '_lastUpdated=2026-03-02': 'abcd',
    '_lastUpdated=gt2026-03-02': '',
    '_lastUpdated=ge2026-03-02T10:00:01Z&_lastUpdated=lt2026-03-02T10:00:03Z': 'bc',
    '_lastUpdated=ge2026-03-02T11:00:01%2B01:00': 'bcd',
    '_sort=_lastUpdated': 'abcd',
    '_sort=-_lastUpdated': 'dcba',
    '_sort=-_lastUpdated&_count=2': 'dc',
  }
  for (const [query, expected] of Object.entries(table))
    t.equal(marks((await call('GET', `/fhir/Task?${query}`)).body), expected, query || 'all')
  const { body } = await call('GET', '/fhir/Task?identifier=urn:t|1')
  t.equal(marks((await call('GET', `/fhir/Task?_id=${body.entry?.[0]?.resource?.id}`)).body), 'a')
})

t.test('the index follows a change of identifier', async (t) => {
  const { call } = await world(t)
  const { body } = await call('GET', '/fhir/Task?identifier=urn:t|1')
  const task = body.entry?.[0]?.resource
  await call('PUT', `/fhir/Task/${task?.id}`, {
    ...task,
    identifier: [{ system: 'urn:t', value: '100' }],
  })
  t.equal((await call('GET', '/fhir/Task?identifier=urn:t|1')).body.total, 0)
  t.equal((await call('GET', '/fhir/Task?identifier=urn:t|100')).body.total, 1)
})

for (const sort of ['_lastUpdated', '-_lastUpdated'])
  t.test(`next links lead through every match once, by ${sort}`, async (t) => {
    const { call } = await world(t)
    let url: string | undefined = `/fhir/Task?_count=1&_sort=${sort}&status=requested,completed`
    const found: string[] = []
    while (url) {
      const { body }: { body: Json } = await call('GET', url)
      t.equal(body.total, 3)
      t.ok((body.entry?.length ?? 0) <= 1)
      found.push(marks(body))
      url = body.link?.find(({ relation }) => relation === 'next')?.url
    }
    t.strictSame(found, sort === '_lastUpdated' ? ['a', 'c', 'd'] : ['d', 'c', 'a'])
  })

t.test('what arrives between two pages is not missed and shifts nothing', async (t) => {
  const { call } = await world(t)
  const first = (await call('GET', '/fhir/Task?_count=2&_sort=_lastUpdated')).body
  await call('POST', '/fhir/Task', { resourceType: 'Task', description: 'e' })
  const next = first.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  const second = (await call('GET', next)).body
  t.equal(marks(second), 'cd')
  const last = second.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  t.equal(marks((await call('GET', last)).body), 'e')
})
