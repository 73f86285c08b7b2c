/** A referrer's FHIR server on its worst days, over real HTTP. */

import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createPatientRecords, type RecordsDeps } from '../../src/delivery/patient-records.ts'
import { EhrFailure } from '../../src/domain/referral/ports.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { clocks, httpServer, loopbackEgress, newKey, watchConnections } from './world.ts'

interface Closing {
  after(close: () => Promise<void> | void): unknown
}

const observation = (i: number) => ({
  resource: { resourceType: 'Observation', id: `o-${i}`, status: 'final' },
  search: { mode: 'match' },
})
const page = (count: number, more: object = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: Array.from({ length: count }, (_, i) => observation(i)),
  ...more,
})
const next = (url: string) => ({ link: [{ relation: 'next', url }] })

/** The records of a server that answers so. */
async function recordsAt(
  t: Closing,
  answer: (path: string, response: ServerResponse, origin: string) => unknown,
  limits: RecordsDeps['limits'] = {},
  monotonic = clocks.monotonic,
) {
  const asked: string[] = []
  let origin = ''
  origin = await httpServer(t, (request, response) => {
    asked.push(request.url ?? '')
    const body = answer(request.url ?? '', response, origin)
    if (body !== undefined) response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const { key } = await newKey()
  const server = { fhirBaseUrl: `${origin}/fhir`, auth: { type: 'none' } } as const
  const records = createPatientRecords(server, {
    ...clocks,
    monotonic,
    egress: loopbackEgress(t),
    key,
    ...(limits ? { limits } : {}),
  })
  const search = () => records.search('Observation', [['patient', '1']])
  return { records, search, asked, origin }
}

async function failure(call: Promise<unknown>): Promise<EhrFailure> {
  try {
    await call
  } catch (error) {
    if (error instanceof EhrFailure) return error
    throw error
  }
  throw new Error('it was answered')
}

t.test('all pages of a search, with what they include', async (t) => {
  const medication = {
    resource: { resourceType: 'Medication', id: 'm' },
    search: { mode: 'include' },
  }
  const { search, asked } = await recordsAt(t, (path) =>
    path.includes('page=2') ? page(1, { entry: [medication] }) : page(3, next('?page=2')),
  )
  const { matches, included } = await search()
  t.equal(matches.length, 3)
  t.match(included, [{ resourceType: 'Medication', id: 'm' }])
  t.equal(asked[0], '/fhir/Observation?patient=1&_count=200')
  t.equal(asked.length, 2)
})

t.test('pages that never end are given up', async (t) => {
  let n = 0
  const endless = await recordsAt(t, () => page(1, next(`?page=${++n}`)), { maxPages: 5 })
  t.match((await failure(endless.search())).message, 'the pages do not end')
  t.equal(endless.asked.length, 5)
  const circle = await recordsAt(t, (_path, _response, origin) =>
    page(1, next(`${origin}/fhir/Observation?again`)),
  )
  t.match((await failure(circle.search())).message, 'the pages do not end')
  t.equal(circle.asked.length, 2)
})

t.test('OW7 a next page on another host is not asked for', async (t) => {
  const elsewhere = await recordsAt(t, () => page(1))
  const attempts = watchConnections(t)
  for (const url of [
    `${elsewhere.origin}/fhir/Observation?x`,
    'https://198.51.100.7/fhir/Observation',
    '//198.51.100.7/fhir',
  ]) {
    const { search, origin } = await recordsAt(t, () => page(1, next(url)))
    const before = attempts.length
    t.match(await failure(search()), { phase: 'before', permanent: true }, url)
    t.same([...new Set(attempts.slice(before))], [new URL(origin).host], url)
  }
  t.equal(elsewhere.asked.length, 0)
})

t.test('a redirect is an answer like any other', async (t) => {
  const elsewhere = await recordsAt(t, () => page(1))
  const { search } = await recordsAt(t, (_path, response) => {
    response.writeHead(307, { location: `${elsewhere.origin}/fhir/Observation` })
    return ''
  })
  t.match(await failure(search()), { status: 307, permanent: true })
  t.equal(elsewhere.asked.length, 0)
})

t.test('5,000 resources are more than any referral needs, in one page or in many', async (t) => {
  const atOnce = await recordsAt(t, () => page(5_000))
  t.match(await failure(atOnce.search()), {
    message: 'It has more than 2000 of them.',
    permanent: true,
  })
  let n = 0
  const paged = await recordsAt(t, () => page(200, next(`?page=${++n}`)))
  t.match(await failure(paged.search()), { message: 'It has more than 2000 of them.' })
  t.equal(paged.asked.length, 11)
  const most = await recordsAt(t, () => page(2_000))
  t.equal((await most.search()).matches.length, 2_000)
})

t.test('an answer beyond its time or its size is no answer', async (t) => {
  const slow = await recordsAt(t, () => undefined, { pageMs: 150 })
  t.match(await failure(slow.search()), {
    message: 'The answer was lost: timeout.',
    permanent: false,
  })
  const dripping = await recordsAt(
    t,
    (_path, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    },
    { pageMs: 300 },
  )
  t.match((await failure(dripping.search())).message, 'timeout')
  const large = await recordsAt(t, () => page(5_000), { responseBytes: 100_000 })
  t.match((await failure(large.search())).message, 'too-large')
})

t.test('an OperationOutcome among the entries', async (t) => {
  const outcome = (severity: string, mode?: string) => ({
    resource: { resourceType: 'OperationOutcome', issue: [{ severity, code: 'processing' }] },
    ...(mode ? { search: { mode } } : {}),
  })
  for (const mode of ['outcome', 'match', undefined]) {
    const hint = await recordsAt(t, () =>
      page(0, { entry: [outcome('warning', mode), observation(1)] }),
    )
    t.equal((await hint.search()).matches.length, 1, `a warning, ${mode}`)
    const broken = await recordsAt(t, () =>
      page(0, { entry: [observation(1), outcome('error', mode)] }),
    )
    t.match((await failure(broken.search())).message, 'went wrong', `an error, ${mode}`)
  }
})

t.test('an answer of another shape is refused', async (t) => {
  for (const body of [
    '<html>',
    '',
    {},
    { resourceType: 'Observation' },
    { resourceType: 'Bundle', type: 'collection' },
    page(0, { entry: {} }),
    page(0, { entry: [null] }),
    page(0, { entry: [{ resource: { resourceType: 'Patient', id: '1' } }] }),
    page(0, { entry: [{ resource: { resourceType: 'Observation', id: '../x' } }] }),
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  ]) {
    const { search } = await recordsAt(t, () => body)
    await t.rejects(search(), { name: 'EhrFailure' }, JSON.stringify(body).slice(0, 60))
  }
})

t.test('a server that asks to wait is left alone until then', async (t) => {
  const { search, asked } = await recordsAt(t, (_path, response) => {
    response.writeHead(503, { 'retry-after': '30' })
    return ''
  })
  t.match(await failure(search()), { status: 503, retryAfter: 30 })
  t.match(await failure(search()), { phase: 'before', retryAfter: 30 })
  t.equal(asked.length, 1)
})

t.test('a server that did not answer is left alone for a minute', async (t) => {
  let clock = 0
  const monotonic = () => clock
  let isAway = true
  const { search, asked } = await recordsAt(
    t,
    () => (isAway ? undefined : page(1)),
    { pageMs: 300 },
    monotonic,
  )
  t.match((await failure(search())).message, 'timeout')
  t.match(await failure(search()), { phase: 'before', permanent: false, retryAfter: 60 })
  clock = 59_000
  t.match(await failure(search()), { retryAfter: 1 })
  t.equal(asked.length, 1)
  clock = 60_000
  isAway = false
  t.equal((await search()).matches.length, 1)
  t.equal((await search()).matches.length, 1, 'it is back')
})

t.test('a read gives what was asked for, or nothing', async (t) => {
  const { records, asked } = await recordsAt(t, (path) =>
    path.endsWith('/m')
      ? { resourceType: 'Medication', id: 'm' }
      : { resourceType: 'Medication', id: 'x' },
  )
  t.match(await records.read('Medication/m'), { id: 'm' })
  t.match((await failure(records.read('Medication/n'))).message, 'another resource')
  t.match(await failure(records.read('https://198.51.100.7/fhir/Medication/m')), {
    phase: 'before',
  })
  t.equal(asked.length, 2)
})

t.test('SMART Backend Services, to read and no more', async (t) => {
  const { key, jwks } = await newKey()
  const ehr = await startSandboxEhr({
    port: 0,
    name: 'Lakeside',
    record: true,
    token: { clientId: 'referloop', jwks: async () => jwks },
  })
  t.after(() => ehr.close())
  const auth = {
    type: 'smart-backend-services',
    clientId: 'referloop',
    tokenEndpoint: ehr.tokenUrl,
  } as const
  const records = createPatientRecords(
    { fhirBaseUrl: ehr.baseUrl, auth },
    { ...clocks, egress: loopbackEgress(t), key },
  )
  t.same(await records.search('Patient', [['identifier', 'https://a.example|1']]), {
    matches: [],
    included: [],
  })
  const asked = ehr.requests.find(({ path }) => path.endsWith('/auth/token'))
  t.equal(new URLSearchParams(asked?.body).get('scope'), 'system/*.rs')
})
