import t from 'tap'
import { TokenFailure, type TokenSource } from '../../src/delivery/backend-token.ts'
import { AnswerLost, NotSent, type OutboundRequest } from '../../src/delivery/exchange.ts'
import { fhirThroughEgress } from '../../src/delivery/fhir-transport.ts'
import { EgressRefused } from '../../src/delivery/outbound-address.ts'
import { EhrFailure } from '../../src/domain/referral/ports.ts'

const base = 'https://ehr.example/fhir'
const task = '{"resourceType":"Task","id":"1"}'

interface Answer {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The transport, over an egress that answers what the test says. */
function world({
  answers = [{ body: task }],
  tokens,
}: {
  readonly answers?: readonly (Answer | Error)[]
  readonly tokens?: TokenSource
} = {}) {
  const sent: OutboundRequest[] = []
  const clock = { ms: 0 }
  const { http } = fhirThroughEgress(base, tokens, {
    egress: {
      send: async (request) => {
        sent.push(request)
        const answer = answers[Math.min(sent.length, answers.length) - 1]
        if (!answer || answer instanceof Error) throw answer
        const { status = 200, body = '', headers = {} } = answer
        return { status, body: Buffer.from(body), header: (name) => headers[name] }
      },
    },
    now: () => new Date('2026-03-02T10:00:00Z'),
    monotonic: () => clock.ms,
  })
  return { http, sent, clock }
}

/** A token source that counts, and gives another token after each that was forgotten. */
function tokenSource() {
  const forgotten: string[] = []
  const source: TokenSource = {
    token: async () => `token-${forgotten.length + 1}`,
    forget: (token) => {
      forgotten.push(token)
    },
  }
  return { source, forgotten }
}

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing',
    (error: unknown) => error,
  )

t.test('a request asks for FHIR JSON, fresh, within the base of the EHR', async (t) => {
  const { http, sent } = world()
  t.same(await http.request('GET', 'Task/1'), { resourceType: 'Task', id: '1' })
  t.strictSame(sent, [
    {
      method: 'GET',
      url: `${base}/Task/1`,
      base,
      headers: { accept: 'application/fhir+json', 'cache-control': 'no-cache' },
    },
  ])
})

t.test('a body goes as text, with the headers of the caller', async (t) => {
  const { http, sent } = world()
  await http.request('PUT', 'Task/1', { headers: { 'if-match': 'W/"2"' } }, '{"a":1.10}')
  t.match(sent, [{ method: 'PUT', body: '{"a":1.10}', headers: { 'if-match': 'W/"2"' } }])
  await http.request('GET', 'Task/1', {}, { a: 1.1 })
  t.notOk('body' in (sent[1] ?? {}), 'an object would have lost its decimals already')
})

t.test('a token goes along; a 401 is answered once with another', async (t) => {
  const { source, forgotten } = tokenSource()
  const once = world({ tokens: source, answers: [{ status: 401 }, { body: task }] })
  t.match(await once.http.request('GET', 'Task/1'), { id: '1' })
  t.same(
    once.sent.map(({ headers }) => headers?.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
  t.same(forgotten, ['token-1'])
  const always = world({ tokens: source, answers: [{ status: 401 }] })
  t.match(await failureOf(always.http.request('GET', 'Task/1')), { phase: 'refused', status: 401 })
  t.equal(always.sent.length, 2)
  const other = world({ tokens: source, answers: [{ status: 403 }] })
  t.match(await failureOf(other.http.request('GET', 'Task/1')), { phase: 'refused', status: 403 })
  t.equal(other.sent.length, 1)
})

t.test('without a token nothing is sent, and the failure says why in our words', async (t) => {
  const failing = (error: Error): TokenSource => ({
    token: () => Promise.reject(error),
    forget: () => t.fail('no token was held'),
  })
  for (const [error, message] of [
    [new TokenFailure('The token endpoint answered 500.'), 'The token endpoint answered 500.'],
    [new Error('Jane Doe'), 'The token endpoint failed.'],
  ] as const) {
    const { http, sent } = world({ tokens: failing(error) })
    const failure = await failureOf(http.request('GET', 'Task/1'))
    t.ok(failure instanceof EhrFailure)
    t.match(failure, { message, phase: 'before', permanent: false, cause: error })
    t.equal(sent.length, 0)
  }
})

t.test('OW10 an answer that is no FHIR resource cannot be used', async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['<html>', 'not JSON'],
    ['', 'not JSON'],
    ['{"a":', 'not JSON'],
    ['[]', 'no FHIR resource'],
    ['7', 'no FHIR resource'],
    ['null', 'no FHIR resource'],
    ['{}', 'no FHIR resource'],
    ['{"resourceType":7}', 'no FHIR resource'],
  ]
  for (const method of ['GET', 'POST'])
    for (const [body, what] of table) {
      const { http } = world({ answers: [{ status: 201, body }] })
      const failure = await failureOf(http.request(method, '', {}, '{}'))
      t.ok(failure instanceof EhrFailure)
      t.match(
        failure,
        { phase: 'unknown', status: 201, message: `The EHR's answer cannot be used: ${what}.` },
        `${method} ${body}`,
      )
    }
})

t.test('an update may be answered without content, and only an update', async (t) => {
  const { http } = world({ answers: [{ status: 204 }] })
  t.same(await http.request('PUT', 'Task/1', {}, '{}'), { resourceType: '' })
  const { http: versioned } = world({ answers: [{ status: 200, headers: { etag: 'W/"3"' } }] })
  t.same(await versioned.request('PUT', 'Task/1', {}, '{}'), {
    resourceType: '',
    meta: { versionId: '3' },
  })
  const { http: bad } = world({ answers: [{ status: 200, body: '{}' }] })
  t.match(await failureOf(bad.request('PUT', 'Task/1', {}, '{}')), { phase: 'unknown' })
})

t.test('any 2xx is an answer, anything else a failure', async (t) => {
  for (const status of [200, 201, 299]) {
    const { http } = world({ answers: [{ status, body: task }] })
    t.match(await http.request('GET', 'Task/1'), { resourceType: 'Task' }, String(status))
  }
  for (const status of [199, 300, 304, 404, 500]) {
    const { http } = world({ answers: [{ status, body: task }] })
    const failure = await failureOf(http.request('GET', 'Task/1'))
    t.match(failure, { status, message: `The EHR answered ${status}.` }, String(status))
  }
})

t.test('what a failure means depends on what was asked', async (t) => {
  const tooLarge = new AnswerLost('too-large', 200)
  const table: readonly (readonly [string, string, boolean])[] = [
    ['GET', 'Task/1', true],
    ['GET', 'Task?identifier=a', false],
    ['POST', '', false],
    ['PUT', 'Task/1', false],
  ]
  for (const [method, path, permanent] of table) {
    const { http } = world({ answers: [tooLarge] })
    const failure = await failureOf(http.request(method, path, {}, '{}'))
    t.match(failure, { phase: 'unknown', permanent }, `${method} ${path}`)
  }
  for (const [method, permanent] of [
    ['PUT', false],
    ['POST', true],
  ] as const) {
    const { http } = world({ answers: [{ status: 412 }] })
    const failure = await failureOf(http.request(method, 'Task/1', {}, '{}'))
    t.match(failure, { phase: 'refused', permanent }, `412 on ${method}`)
  }
})

t.test('where it broke is told on: before, or with the request out', async (t) => {
  for (const [error, phase] of [
    [new NotSent('x'), 'before'],
    [new EgressRefused('off-base'), 'before'],
    [new AnswerLost('reset', undefined), 'unknown'],
  ] as const) {
    const failure = await failureOf(world({ answers: [error] }).http.request('GET', 'Task/1'))
    t.ok(failure instanceof EhrFailure)
    t.match(failure, { phase })
  }
})

t.test('INV-13 an EHR that names a time is not called before it, by any caller', async (t) => {
  for (const status of [429, 503]) {
    const headers = { 'retry-after': '7' }
    const { http, sent, clock } = world({ answers: [{ status, headers }, { body: task }] })
    clock.ms = 5_000
    t.match(await failureOf(http.request('GET', 'Task/1')), { status, retryAfter: 7 })
    clock.ms += 6_001
    const waiting = await failureOf(http.request('GET', 'Task/2'))
    t.ok(waiting instanceof EhrFailure)
    t.match(waiting, { phase: 'before', retryAfter: 1, message: 'The EHR asked to wait.' })
    t.equal(sent.length, 1, 'nothing went out')
    clock.ms += 999
    t.match(await http.request('GET', 'Task/2'), { resourceType: 'Task' })
  }
})

t.test('INV-13 a shorter wait that is told later does not shorten a longer one', async (t) => {
  const slow = { status: 429, headers: { 'retry-after': '60' } }
  const quick = { status: 429, headers: { 'retry-after': '1' } }
  const { http, sent, clock } = world({ answers: [slow, quick, { body: task }] })
  const both = [http.request('GET', 'Task/1'), http.request('GET', 'Task/2')]
  for (const call of both) t.match(await failureOf(call), { status: 429 })
  clock.ms = 59_999
  t.match(await failureOf(http.request('GET', 'Task/1')), { phase: 'before', retryAfter: 1 })
  t.equal(sent.length, 2)
})

t.test('INV-13 no wait is kept where none was asked for', async (t) => {
  for (const first of [
    { status: 429 },
    { status: 503 },
    { status: 500, headers: { 'retry-after': '60' } },
    { status: 404, headers: { 'retry-after': '60' } },
  ]) {
    const { http } = world({ answers: [first, { body: task }] })
    t.match(await failureOf(http.request('GET', 'Task/1')), { status: first.status })
    t.match(await http.request('GET', 'Task/1'), { resourceType: 'Task' }, String(first.status))
  }
})
