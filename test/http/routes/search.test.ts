import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { baseUrl, bearer, type HttpWorld, httpWorld } from '../../helpers/http-world.ts'
import { observation, patient, serviceRequest, task } from '../../helpers/resources.ts'

const lakeside = bearer('lakeside')
const mine = ['lakeside-family']

interface Entry {
  readonly fullUrl?: string
  readonly resource: { readonly resourceType: string; readonly id: string }
  readonly search: { readonly mode: string }
}

const search = async ({ app }: HttpWorld, url: string, who = 'lakeside') => {
  const answer = await app.inject({ url: `/fhir/${url}`, headers: bearer(who) })
  const bundle = answer.json()
  const entries: Entry[] = bundle.entry ?? []
  const ids = (mode: string) =>
    entries
      .filter((entry) => entry.search.mode === mode)
      .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
  return { answer, bundle, matches: ids('match'), included: ids('include'), entries }
}

t.test('a search answers with a valid searchset of what matches', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1', 1), mine)
  world.store.put(serviceRequest('2', 2), mine)
  world.store.put(serviceRequest('3', 3), ['hilltop-internal'])
  const { bundle, matches } = await search(world, 'ServiceRequest?status=active&patient=p1')
  t.strictSame(matches, ['ServiceRequest/2', 'ServiceRequest/1'], 'newest first')
  t.equal(bundle.total, 2)
  t.equal(bundle.link[0].url, `${baseUrl}/fhir/ServiceRequest?status=active&patient=p1`)
  t.strictSame(createReferralValidator().validate(bundle), [])
  t.strictSame(
    (await search(world, 'ServiceRequest?identifier=https://a.example/ids|REF-1')).matches,
    ['ServiceRequest/1'],
  )
  t.strictSame((await search(world, 'ServiceRequest?_id=1,3')).matches, ['ServiceRequest/1'])
  t.strictSame((await search(world, 'ServiceRequest?identifier=none')).bundle.entry, undefined)
})

t.test('resources keep their text', async (t) => {
  const world = await httpWorld(t)
  world.store.put(observation('1'), mine)
  t.match((await search(world, 'Observation')).answer.body, observation('1'))
})

t.test('POST finds what GET finds', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1'), mine)
  const post = (
    payload: string,
    type = 'application/x-www-form-urlencoded',
    url = '/fhir/ServiceRequest/_search',
  ) =>
    world.app.inject({
      method: 'POST',
      url,
      headers: { ...lakeside, 'content-type': type },
      payload,
    })
  const found = await post('status=active&identifier=https%3A%2F%2Fa.example%2Fids%7CREF-1')
  const got = await search(
    world,
    'ServiceRequest?status=active&identifier=https://a.example/ids|REF-1',
  )
  t.strictSame(found.json(), got.bundle)
  t.equal((await post('_pretty=true')).body.includes('\n'), true)
  t.equal(
    (await post('', undefined, '/fhir/ServiceRequest/_search?status=revoked')).json().total,
    0,
  )
  t.equal((await post('_format=xml')).statusCode, 406)
  t.equal((await post('{}', 'application/json')).statusCode, 415)
  t.equal((await post(`identifier=${'x'.repeat(70_000)}`)).statusCode, 413)
  t.equal((await post('identifier=%00')).statusCode, 400)
})

t.test('pages follow one another without gap or repeat', async (t) => {
  const world = await httpWorld(t)
  for (let i = 1; i <= 7; i++) world.store.put(serviceRequest(String(i), i), mine)
  for (const [sort, expected] of [
    ['_lastUpdated', ['1', '2', '3', '4', '5', '6', '7']],
    ['-_lastUpdated', ['7', '6', '5', '4', '3', '2', '1']],
  ] as const) {
    const found: string[] = []
    let url: string | undefined = `ServiceRequest?_count=3&_sort=${sort}&status=active`
    while (url) {
      const { bundle, entries } = await search(world, url)
      t.equal(bundle.total, 7)
      found.push(...entries.map(({ resource }) => resource.id))
      url = bundle.link
        .find((link: { relation: string }) => link.relation === 'next')
        ?.url.slice(`${baseUrl}/fhir/`.length)
    }
    t.strictSame(found, expected)
  }
})

t.test('only the number, when only the number is wanted', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1'), mine)
  for (const query of ['_summary=count', '_count=0']) {
    const { bundle } = await search(world, `ServiceRequest?${query}`)
    t.equal(bundle.total, 1)
    t.equal(bundle.entry, undefined)
    t.strictSame(
      bundle.link.map((link: { relation: string }) => link.relation),
      ['self'],
    )
  }
})

t.test('includes come along once each, marked as such', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1', 1), mine)
  world.store.put(patient('p1', 1), mine)
  world.store.put(task('t1', '1', 2), mine)
  world.store.put(task('t2', '1', 3), mine)
  world.store.put(task('t3', '1', 4), ['hilltop-internal'])
  t.match(await search(world, 'Task?_include=Task:focus'), {
    matches: ['Task/t2', 'Task/t1'],
    included: ['ServiceRequest/1'],
    bundle: { total: 2 },
  })
  t.match(
    await search(world, 'ServiceRequest?_revinclude=Task:focus&_include=ServiceRequest:patient'),
    {
      matches: ['ServiceRequest/1'],
      included: ['Patient/p1', 'Task/t2', 'Task/t1'],
    },
  )
  t.match(await search(world, 'Task?_include=Task:focus:ServiceRequest'), {
    included: ['ServiceRequest/1'],
  })
  t.match(await search(world, 'Task?_include=Task:focus:Condition'), { included: [] })
})

t.test('BS-32 what the scopes do not cover is left out of includes, and said to be', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1'), mine)
  world.store.put(patient('p1'), mine)
  world.store.put(task('t1', '1'), mine)
  const { included, bundle, entries } = await search(
    world,
    'ServiceRequest?_revinclude=Task:focus&_include=ServiceRequest:patient',
    'narrow',
  )
  t.strictSame(included, [])
  const outcome = entries.find((entry) => entry.search.mode === 'outcome')
  t.match(outcome?.resource, {
    resourceType: 'OperationOutcome',
    issue: [{ code: 'forbidden', diagnostics: /Patient, Task/ }],
  })
  t.strictSame(createReferralValidator().validate(bundle), [])
})

t.test('a chained search needs the scope of what it looks at', async (t) => {
  const world = await httpWorld(t)
  world.store.put(serviceRequest('1'), mine, { patientIdentifiers: ['https://a.example/mrn|M-1'] })
  const url = 'ServiceRequest?patient.identifier=https://a.example/mrn|M-1'
  t.strictSame((await search(world, url)).matches, ['ServiceRequest/1'])
  t.equal((await search(world, url, 'narrow')).answer.statusCode, 403)
})

t.test('what is wrong is refused by name, all at once', async (t) => {
  const world = await httpWorld(t)
  const { answer } = await search(world, 'ServiceRequest?colour=Benitez&_sort=name&_elements=id')
  t.equal(answer.statusCode, 400)
  t.strictSame(
    answer.json().issue.map((issue: { expression: string[] }) => issue.expression[0]),
    ['http.colour', 'http._sort', 'http._elements'],
  )
  t.notMatch(answer.body, 'Benitez', 'values are not repeated')
  t.equal((await search(world, 'ServiceRequest?identifier=a%00b')).answer.statusCode, 400)
  t.equal((await search(world, 'Nonsense?x=1')).answer.statusCode, 404)
  t.equal((await search(world, 'SubstanceProtein')).answer.statusCode, 404)
  const lenient = await world.app.inject({
    url: '/fhir/ServiceRequest?colour=Benitez&status=active',
    headers: { ...lakeside, prefer: 'handling=lenient' },
  })
  t.equal(lenient.json().link[0].url, `${baseUrl}/fhir/ServiceRequest?status=active`)
})

t.test('reading is not searching', async (t) => {
  const world = await httpWorld(t)
  t.equal((await search(world, 'ServiceRequest', 'creator')).answer.statusCode, 403)
})

t.test(
  'AU-02 a search is audited once for each patient, with the query in a column of its own',
  async (t) => {
    const world = await httpWorld(t)
    world.store.put(serviceRequest('1'), mine)
    await search(world, 'ServiceRequest?identifier=REF-1')
    t.match(world.audited, [
      {
        action: 'search',
        kind: 'E',
        entities: ['ServiceRequest/1'],
        detail: 'ServiceRequest?identifier',
        query: 'ServiceRequest?identifier=REF-1',
      },
    ])
    const told = world.audited.map(({ query: _query, ...rest }) => rest)
    t.notMatch(JSON.stringify([told, world.logged]), 'REF-1')
  },
)
