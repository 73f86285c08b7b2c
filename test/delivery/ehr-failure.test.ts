import t from 'tap'
import type { ClinicEhr } from '../../src/domain/referral/ports.ts'
import type { Misbehaviour } from '../../src/sandbox/ehr/misbehave.ts'
import { all, clientOf, delivery, ehrWorld, failureOf } from './ehr-world.ts'
import { httpServer, loopbackEgress } from './world.ts'

/** phase, whether permanent */
type Verdict = readonly [phase: 'before' | 'refused' | 'unknown', permanent: boolean]

const calls: Readonly<Record<string, (clinic: ClinicEhr) => Promise<unknown>>> = {
  transact: (clinic) => clinic.transact(delivery()),
  update: (clinic) => clinic.update('Task', '1', '{"resourceType":"Task","id":"1"}', '1'),
  find: (clinic) => clinic.find('Task', 'identifier=a|b'),
  read: (clinic) => clinic.read('Task/1'),
  changedTasks: (clinic) => all(clinic.changedTasks(undefined)),
}

const permanent: Verdict = ['refused', true]
const later: Verdict = ['refused', false]
const unknown: Verdict = ['unknown', false]

const statuses: Readonly<Record<number, Verdict>> = {
  301: unknown,
  302: unknown,
  303: unknown,
  307: permanent,
  308: permanent,
  400: permanent,
  401: later,
  403: permanent,
  404: permanent,
  405: permanent,
  408: later,
  409: later,
  410: permanent,
  413: permanent,
  415: permanent,
  422: permanent,
  425: later,
  429: later,
  500: unknown,
  501: permanent,
  502: unknown,
  503: unknown,
  504: unknown,
  507: unknown,
}

t.test('a status says what may follow, whatever stands in the body', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  for (const [status, [phase, isPermanent]] of Object.entries(statuses))
    for (const [name, call] of Object.entries(calls)) {
      const body = '<html>no FHIR here</html>'
      ehr.misbehave({ refuse: { status: Number(status), body } })
      const expected = { phase, permanent: isPermanent, status: Number(status) }
      t.match(await failureOf(call(clinic)), expected, `${name} ${status}`)
    }
})

t.test('412 is final for a transaction and asks an update to read again', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  ehr.misbehave({ refuse: { status: 412 } })
  t.match(await failureOf(clinic.transact(delivery())), { phase: 'refused', permanent: true })
  t.match(await failureOf(clinic.update('Task', '1', '{}', '1')), {
    phase: 'refused',
    permanent: false,
  })
})

t.test('Retry-After comes along, in both forms, and turns a 503 into a refusal', async (t) => {
  const { ehr } = await ehrWorld(t)
  const date = new Date(Date.now() + 90_000).toUTCString()
  const table: readonly (readonly [number, string, string, number | undefined, number?])[] = [
    [429, '7', 'refused', 7],
    [503, '120', 'refused', 120],
    [503, '999999', 'refused', 86_400],
    [429, date, 'refused', 90, 2],
    [503, date, 'refused', 90, 2],
    [429, 'soon', 'refused', undefined],
    [503, 'soon', 'unknown', undefined],
    [503, '-1', 'unknown', undefined],
    [500, '30', 'unknown', 30],
  ]
  for (const [status, retryAfter, phase, seconds, tolerance = 0] of table) {
    const clinic = await clientOf(t, ehr.baseUrl)
    ehr.misbehave({ refuse: { status, retryAfter } })
    const failure = await failureOf(clinic.transact(delivery()))
    t.match(failure, { phase, permanent: false, status }, `${status} ${retryAfter}`)
    if (seconds === undefined) t.equal(failure.retryAfter, undefined)
    else t.ok(Math.abs((failure.retryAfter ?? -99) - seconds) <= tolerance, `${retryAfter}`)
  }
  t.equal([...ehr.store.histories('Task')].length, 0, 'nothing was done')
})

t.test('who asks an EHR to wait is asked by nobody until then', async (t) => {
  const { ehr, clinic } = await ehrWorld(t)
  ehr.misbehave({ on: 'write', refuse: { status: 429, retryAfter: '1' }, times: 1 })
  await failureOf(clinic.transact(delivery()))
  const asked = ehr.requests.length
  for (const call of [clinic.transact(delivery()), clinic.read('Task/1')])
    t.match(await failureOf(call), { phase: 'before', permanent: false, retryAfter: 1 })
  t.equal(ehr.requests.length, asked, 'nothing was sent')
  await new Promise((resolve) => setTimeout(resolve, 1_020))
  await clinic.transact(delivery())
  t.equal([...ehr.store.histories('Task')].length, 1)
})

const afterwards: readonly NonNullable<Misbehaviour['afterwards']>[] = [
  'reset',
  'truncate',
  'cut',
  'html',
  'fail',
]

t.test('an answer lost after the work was done is unknown, and a search settles it', async (t) => {
  for (const lost of afterwards) {
    const { ehr, clinic } = await ehrWorld(t)
    ehr.misbehave({ afterwards: lost, on: 'write' })
    t.match(await failureOf(clinic.transact(delivery())), { phase: 'unknown' }, lost)
    const query = 'identifier=https://referloop.example/fhir/sid/resource|t1'
    t.equal((await clinic.find('Task', query)).length, 1, `${lost}: it was done`)
    ehr.misbehave({})
    t.equal((await clinic.transact(delivery())).length, 3)
    t.equal([...ehr.store.histories('Task')].length, 1, `${lost}: and not done twice`)
  }
})

t.test('a slow or dripping EHR is given up, with the outcome unknown', async (t) => {
  const egress = loopbackEgress(t, { limits: { firstByteMs: 200, totalMs: 400 } })
  const { ehr, clinic } = await ehrWorld(t, { egress })
  ehr.misbehave({ delayMs: 600, times: 1 })
  t.match(await failureOf(clinic.transact(delivery('1'))), { phase: 'unknown' })
  ehr.misbehave({ dripMs: 5, times: 1 })
  t.match(await failureOf(clinic.transact(delivery('2'))), { phase: 'unknown', status: 200 })
})

t.test('an EHR that cannot be reached was sent nothing', async (t) => {
  for (const [name, call] of Object.entries(calls)) {
    const closed = await clientOf(t, 'http://127.0.0.1:1/fhir')
    t.match(await failureOf(call(closed)), { phase: 'before', permanent: false }, name)
    const forbidden = await clientOf(t, 'http://10.0.0.1/fhir')
    t.match(await failureOf(call(forbidden)), { phase: 'before', permanent: true }, name)
  }
})

t.test('a redirect carries nothing to the other host', async (t) => {
  const visits: string[] = []
  const other = await httpServer(t, (request, response) => {
    visits.push(request.url ?? '')
    response.end()
  })
  const { ehr, clinic } = await ehrWorld(t)
  ehr.misbehave({ redirectTo: `${other}/fhir` })
  for (const [name, call] of Object.entries(calls))
    t.match(await failureOf(call(clinic)), { phase: 'refused', permanent: true, status: 307 }, name)
  t.strictSame(visits, [])
})

const entry = (location: unknown, status: unknown = '201 Created') => ({
  response: { status, location },
})

const three = (last: unknown) => [entry('Patient/1'), entry('Observation/1/_history/1'), last]

t.test('a transaction-response must place every entry before it is believed', async (t) => {
  let answer: unknown
  const origin = await httpServer(t, (_request, response) => response.end(JSON.stringify(answer)))
  const clinic = await clientOf(t, `${origin}/fhir`)
  const respond = (entries: unknown, rest: object = {}) => {
    answer = { resourceType: 'Bundle', type: 'transaction-response', entry: entries, ...rest }
    return failureOf(clinic.transact(delivery()))
  }

  const good: readonly unknown[] = [
    entry('Task/1'),
    entry('Task/1/_history/3', '200'),
    entry(`${origin}/fhir/Task/1/_history/1`),
    entry('/fhir/Task/1/_history/1'),
    { response: { status: '201' }, resource: { resourceType: 'Task', id: '1' } },
    { response: { status: '200 OK' }, fullUrl: `${origin}/fhir/Task/1` },
  ]
  for (const last of good)
    t.match(await respond(three(last)), { phase: 'answered' }, JSON.stringify(last))

  const bad: readonly unknown[] = [
    entry('Patient/1'),
    entry('Task'),
    entry('https://evil.example/fhir/Task/1'),
    entry(`${origin}/other/Task/1`),
    entry('Task/1', '404 Not Found'),
    entry('Task/1', null),
    entry(undefined),
    entry(7),
    entry(`Task/${'1'.repeat(65)}`),
    entry('Task/1?x'),
    { resource: { resourceType: 'Task', id: '1' } },
    {},
    null,
    'Task/1',
  ]
  for (const last of bad)
    t.match(await respond(three(last)), { phase: 'unknown' }, JSON.stringify(last))

  t.match(await respond([entry('Patient/1')]), { phase: 'unknown' })
  t.match(await respond([...three(entry('Task/1')), entry('Task/2')]), { phase: 'unknown' })
  t.match(await respond('none'), { phase: 'unknown' })
  t.match(await respond(undefined), { phase: 'unknown' })
  t.match(await respond(three(entry('Task/1')), { type: 'batch-response' }), { phase: 'unknown' })
  t.match(await respond([], { resourceType: 'OperationOutcome' }), { phase: 'unknown' })
})

t.test('OW10 a 2xx that is no FHIR resource is unknown', async (t) => {
  let body = ''
  const origin = await httpServer(t, (_request, response) => response.end(body))
  const clinic = await clientOf(t, `${origin}/fhir`)
  const bodies = ['', 'null', '[]', '"Task"', '{}', '{"resourceType":7}', '{"resourceType":"Ta']
  bodies.push('\ufeff{"resourceType":"Task","id":"1"}', `${'['.repeat(100)}${']'.repeat(100)}`)
  bodies.push('{"resourceType":"Task","id":"2"}', '{"resourceType":"Patient","id":"1"}')
  for (const each of bodies) {
    body = each
    for (const [name, call] of Object.entries(calls)) {
      // An update needs nothing but the status, and takes any resource, or none, for an answer.
      if (name === 'update' && (each === '' || each.endsWith('"}'))) continue
      t.match(await failureOf(call(clinic)), { phase: 'unknown' }, `${name} ${each.slice(0, 40)}`)
    }
  }
  body = ''
  t.match(await failureOf(clinic.update('Task', '1', '{}', '1')), { phase: 'answered' })
})

t.test('a resource that is too large is not asked for again; a search may be', async (t) => {
  const body = JSON.stringify({ resourceType: 'Task', id: '1', description: 'x'.repeat(5_000) })
  const server = await httpServer(t, (_request, response) => {
    response.setHeader('content-type', 'application/fhir+json')
    response.end(body)
  })
  const egress = loopbackEgress(t, { limits: { responseBytes: 4_096 } })
  const clinic = await clientOf(t, `${server}/fhir`, { egress })
  t.match(await failureOf(clinic.read('Task/1')), { phase: 'unknown', permanent: true })
  t.match(await failureOf(clinic.find('Task', 'identifier=a|b')), {
    phase: 'unknown',
    permanent: false,
  })
})
