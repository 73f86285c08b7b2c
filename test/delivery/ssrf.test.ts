/** Every place from which an outbound address can come, against every way of writing a private one. */

import { randomUUID } from 'node:crypto'
import type { ServiceRequest, Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { callSubscriber } from '../../src/delivery/call-subscriber.ts'
import { createEgress, type Egress } from '../../src/delivery/egress.ts'
import { createClinicEhr } from '../../src/delivery/ehr-client.ts'
import { fetchJwks } from '../../src/delivery/fetch-jwks.ts'
import { createPatientRecords } from '../../src/delivery/patient-records.ts'
import { fetchOutcome } from '../../src/domain/referral/outcome.ts'
import { assertion, createWorld, formFor, keys, post } from '../auth/world.ts'
import { aReferral, requestOf } from '../helpers/a-referral.ts'
import { count } from '../helpers/counts.ts'
import { delivered } from '../helpers/journey.ts'
import { startWorld } from '../helpers/world.ts'
import { all } from './ehr-world.ts'
import { clocks, httpServer, newKey, tcpServer, watchConnections } from './world.ts'

/** Names that an attacker's DNS answers for; anything else does not resolve. */
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
  'private.example': ['10.0.0.1'],
  'six.example': ['fd00:ec2::254'],
  'mixed.example': ['93.184.215.14', '10.0.0.1'],
}

/** @param port where a spy listens on the loopback */
const addresses = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}/fhir`,
  `https://127.0.0.1:${port}/fhir`,
  `http://localhost:${port}/fhir`,
  `https://localhost:${port}/fhir`,
  `http://localhost.:${port}/fhir`,
  `http://ｌocalhost:${port}/fhir`,
  `http://0:${port}/fhir`,
  `http://0.0.0.0:${port}/fhir`,
  `http://127.1:${port}/fhir`,
  `http://2130706433:${port}/fhir`,
  `http://0x7f000001:${port}/fhir`,
  `http://0177.0.0.1:${port}/fhir`,
  `http://127.0.0.1.:${port}/fhir`,
  `http://[::1]:${port}/fhir`,
  `http://[::ffff:127.0.0.1]:${port}/fhir`,
  `http://[::ffff:7f00:1]:${port}/fhir`,
  `http://①②⑦.0.0.1:${port}/fhir`,
  `http://ehr.example@127.0.0.1:${port}/fhir`,
  `http://127.0.0.1:${port}#@ehr.example/fhir`,
  `http://127.0.0.1:${port}\\@ehr.example/fhir`,
  'http://169.254.169.254/latest/meta-data',
  'https://metadata.google.internal/fhir',
  'https://private.example/fhir',
  'https://mixed.example/fhir',
  'https://six.example/fhir',
  'https://10.0.0.1/fhir',
  'https://172.16.0.1/fhir',
  'https://192.168.0.1/fhir',
  'https://100.64.0.1/fhir',
  'https://224.0.0.1/fhir',
  'https://[ff02::1]/fhir',
  'https://[fe80::1]/fhir',
  'https://[fd00:ec2::254]/fhir',
  'https://[64:ff9b::a9fe:a9fe]/fhir',
  'https://93.184.215.14:22/fhir',
  'https://93.184.215.14:5432/fhir',
  'file:///etc/passwd',
  'gopher://127.0.0.1:70/_',
  'data:application/json,{}',
]

const resolve = async (host: string) =>
  (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

type Sources = Readonly<Record<string, (url: string) => Promise<unknown>>>

const { key } = await newKey()

/** A client of an EHR at this base, which is the only place that may be called. */
const clinicAt = (fhirBaseUrl: string, egress: Egress) =>
  createClinicEhr({ fhirBaseUrl, auth: { type: 'none' } }, { ...clocks, egress, key })

/** The same with a log-in; without a token endpoint it is discovered. */
const loggingIn = (fhirBaseUrl: string, egress: Egress, tokenEndpoint?: string) =>
  createClinicEhr(
    {
      fhirBaseUrl,
      auth: {
        type: 'smart-backend-services',
        clientId: 'c',
        ...(tokenEndpoint ? { tokenEndpoint } : {}),
      },
    },
    { ...clocks, egress, key },
  )

/** A referrer's FHIR server at this base. */
const recordsAt = (fhirBaseUrl: string, egress: Egress) =>
  createPatientRecords({ fhirBaseUrl, auth: { type: 'none' } }, { ...clocks, egress, key })

const notificationTo = (endpoint: string) => ({
  endpoint,
  headers: [],
  contentType: 'application/fhir+json',
  body: '{}',
  timeoutSeconds: 5,
  messageId: 'm',
})

const transaction = JSON.stringify({
  entry: [{ resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } }],
})

/** Sources and cells over all parts of the grid. */
const grid = { sources: new Set<string>(), cells: 0 }

/** Tries every form on every source, each of which has to end without a connection elsewhere. */
async function tryAll(
  t: Test,
  sources: Sources,
  forms: readonly string[],
  attempts: readonly string[],
  allowed: readonly string[],
): Promise<void> {
  for (const [source, call] of Object.entries(sources)) {
    grid.sources.add(source)
    for (const url of forms) {
      const before = attempts.length
      await call(url)
      const elsewhere = attempts.slice(before).filter((to) => !allowed.includes(to))
      if (elsewhere.length > 0) t.fail(`${source}: ${url} led to ${elsewhere}`)
      else grid.cells++
    }
  }
}

/** Ends well when the call was refused. */
const refused = (call: Promise<unknown>): Promise<void> =>
  call.then(
    () => {
      throw new Error('was let through')
    },
    () => {},
  )

t.test('OW7 no address that is told to us leads to a private one', async (t) => {
  const attempts = watchConnections(t)
  const spy = await tcpServer(t, () => t.fail('somebody called'))
  const egress = createEgress({ allowNetworks: [], resolve })
  t.after(() => egress.close())
  const sources: Sources = {
    'EHR base, searched': (url) => refused(clinicAt(url, egress).find('Task', 'identifier=a|b')),
    'EHR base, read': (url) => refused(clinicAt(url, egress).read('Task/1')),
    // An EHR may keep no history, so that a refusal is one without versions.
    'EHR base, history': async (url) => {
      const versions = await clinicAt(url, egress)
        .history('Task/1')
        .catch(() => [])
      if (versions.length > 0) throw new Error('was let through')
    },
    'EHR base, polled': (url) => refused(all(clinicAt(url, egress).changedTasks(undefined))),
    'EHR base, written to': (url) => refused(clinicAt(url, egress).transact(transaction)),
    'EHR base, updated': (url) => refused(clinicAt(url, egress).update('Task', '1', '{}', '1')),
    'EHR base, log-in discovered': (url) => refused(loggingIn(url, egress).read('Task/1')),
    'pinned token endpoint': (url) =>
      refused(loggingIn('https://93.184.215.14/fhir', egress, url).read('Task/1')),
    'base of a referring EHR, searched': (url) =>
      refused(recordsAt(url, egress).search('Patient', [['identifier', 'a|b']])),
    'base of a referring EHR, read': (url) => refused(recordsAt(url, egress).read('Medication/1')),
    'key set of a client': (url) => refused(fetchJwks(egress, url)),
    'endpoint of a subscription, when it is made': (url) => refused(egress.check(url)),
    'endpoint of a subscription, when it is told': async (url) => {
      const { kind } = await callSubscriber(egress, clocks.now, notificationTo(url))
      if (kind === 'answered') throw new Error('was let through')
    },
  }
  await tryAll(t, sources, addresses(spy.port), attempts, [])
  t.strictSame(attempts, [])
})

t.test('OW7 OW10 no address that an EHR names leads away from it', async (t) => {
  const attempts = watchConnections(t)
  const spy = await tcpServer(t, () => t.fail('somebody called'))
  let named = ''
  let answer: (path: string) => object | undefined = () => undefined
  // On the loopback, which is allowed: only what the EHR is asked for keeps its neighbour out.
  const origin = await httpServer(t, (request, response) => {
    const body = answer(request.url ?? '')
    if (body) response.end(JSON.stringify(body))
    else response.writeHead(307, { location: Buffer.from(named).toString('latin1') }).end()
  })
  const ehr = `${origin}/fhir`
  const egress = createEgress({ allowNetworks: ['127.0.0.1/32'], resolve })
  t.after(() => egress.close())

  /** An EHR that answers so, and sends elsewhere whatever it has no answer for. */
  const whenAnswering =
    (given: typeof answer, call: (url: string) => Promise<unknown>) => (url: string) => {
      named = url
      answer = given
      return call(url)
    }
  const redirecting = (call: (url: string) => Promise<unknown>) =>
    whenAnswering(() => undefined, call)
  const bundle = (type: string, more: object) => ({ resourceType: 'Bundle', type, ...more })
  const outcomeOf = (reference: string) =>
    fetchOutcome(
      {
        resources: { readMany: async () => [] } as never,
        validate: () => [],
        newId: randomUUID,
      },
      clinicAt(ehr, egress),
      ehr,
      { referrerId: 'r', delivery: { state: 'delivered' } } as never,
      {
        resourceType: 'Task',
        output: [{ type: {}, valueReference: { reference } }],
      } as never as Task,
      '2026-03-02T10:00:00.000Z',
    )
  const document = (more: object) => (path: string) =>
    path.endsWith('/DocumentReference/1')
      ? { resourceType: 'DocumentReference', id: '1', status: 'current', content: [], ...more }
      : undefined
  const sources: Sources = {
    'Bundle.link of a poll': whenAnswering(
      (path) =>
        path.includes('/Task?')
          ? bundle('searchset', { link: [{ relation: 'next', url: named }] })
          : undefined,
      () => refused(all(clinicAt(ehr, egress).changedTasks(undefined))),
    ),
    'Bundle.link of a referring EHR': whenAnswering(
      () => bundle('searchset', { link: [{ relation: 'next', url: named }] }),
      () => refused(recordsAt(ehr, egress).search('Condition', [['patient', '1']])),
    ),
    'redirect of a referring EHR': redirecting(() =>
      refused(recordsAt(ehr, egress).search('Condition', [['patient', '1']])),
    ),
    'medication reference of a referring EHR': redirecting((url) =>
      refused(recordsAt(ehr, egress).read(`${url}/Medication/1`)),
    ),
    'absolute reference': redirecting((url) =>
      refused(clinicAt(ehr, egress).read(`${url}/Task/1`)),
    ),
    'location in a transaction response': whenAnswering(
      () =>
        bundle('transaction-response', {
          entry: [{ response: { status: '201 Created', location: `${named}/Patient/1` } }],
        }),
      () => refused(clinicAt(ehr, egress).transact(transaction)),
    ),
    'fullUrl of a match': whenAnswering(
      () =>
        bundle('searchset', {
          entry: [{ fullUrl: `${named}/Task/1`, resource: { resourceType: 'Task', id: '1' } }],
        }),
      async () => {
        const found = await clinicAt(ehr, egress).find('Task', '_id=1')
        if (found.join() !== 'Task/1') throw new Error(`found ${found}`)
      },
    ),
    'redirect of a read': redirecting(() => refused(clinicAt(ehr, egress).read('Task/1'))),
    'redirect of a search': redirecting(() => refused(clinicAt(ehr, egress).find('Task', '_id=1'))),
    'redirect of a write': redirecting(() => refused(clinicAt(ehr, egress).transact(transaction))),
    'redirect of an update': redirecting(() =>
      refused(clinicAt(ehr, egress).update('Task', '1', '{}', '1')),
    ),
    'redirect of a notification': redirecting(async () => {
      const told = await callSubscriber(egress, clocks.now, notificationTo(`${origin}/hook`))
      if (told.kind !== 'answered' || told.status !== 307) throw new Error('was followed')
    }),
    'redirect of a key set': redirecting(async () => {
      const { status, body } = await fetchJwks(egress, `${origin}/jwks.json`)
      if (status !== 307 || body !== undefined) throw new Error('was followed')
    }),
    'redirect of a discovery': redirecting(() => refused(loggingIn(ehr, egress).read('Task/1'))),
    'redirect of a log-in': redirecting(() =>
      refused(loggingIn(ehr, egress, `${origin}/token`).read('Task/1')),
    ),
    'discovered token endpoint': whenAnswering(
      (path) => (path.includes('smart-configuration') ? { token_endpoint: named } : undefined),
      () => refused(loggingIn(ehr, egress).read('Task/1')),
    ),
    'Task.output': redirecting((url) => outcomeOf(`${url}/DocumentReference/1`)),
    'Attachment.url of an outcome': whenAnswering(
      document({
        get content() {
          return [{ attachment: { url: `${named}/Binary/1` } }]
        },
      }),
      () => outcomeOf('DocumentReference/1'),
    ),
    'reference in an outcome': whenAnswering(
      document({
        get context() {
          return { related: [{ reference: `${named}/Observation/1` }] }
        },
      }),
      () => outcomeOf('DocumentReference/1'),
    ),
  }
  await tryAll(t, sources, addresses(spy.port), attempts, [new URL(origin).host])
  t.ok(attempts.length > 0, 'the EHR itself was called')
})

t.test('OW7 BS-06 no jku in an assertion is ever called', async (t) => {
  const world = createWorld()
  t.teardown(() => world.app.close())
  grid.sources.add('jku')
  for (const jku of addresses(1)) {
    const bad = assertion(world, { client: 'hilltop', pair: keys.hilltop, header: { jku } })
    const { statusCode } = await post(world, formFor(bad))
    if (statusCode === 400 && world.fetched.length === 0) grid.cells++
    else t.fail(`jku ${jku}: ${statusCode}, ${world.fetched}`)
  }
})

t.test(
  'OW7 no address within a referral is called, on arrival or on its way to the clinic',
  async (t) => {
    const world = await startWorld(t)
    const attempts = watchConnections(t)
    const spy = await tcpServer(t, () => t.fail('somebody called'))
    const own = [
      world.baseUrl,
      ...['river-pain-clinic', 'summit-pain-center'].map(
        (id) => world.ehr(id as 'river-pain-clinic').baseUrl,
      ),
    ]
    const allowed = own.map((url) => new URL(url).host)
    const forms = addresses(spy.port)
    const held = aReferral()
    const request = requestOf(held)
    Object.assign(request, {
      instantiatesUri: [...forms],
      extension: forms.map((valueUrl) => ({ url: 'urn:x', valueUrl })),
      meta: { profile: [...forms] },
      contained: forms.map((url, i) => ({
        resourceType: 'DocumentReference',
        id: `d${i}`,
        status: 'current',
        content: [{ attachment: { contentType: 'text/plain', url } }],
      })),
    } satisfies Partial<ServiceRequest>)
    request.supportingInfo?.push(...forms.map((_, i) => ({ reference: `#d${i}` })))
    await delivered(world, held)
    const referring = aReferral({ painScores: false })
    requestOf(referring).supportingInfo?.push(
      ...forms.map((url) => ({ reference: `${url}/Observation/1` })),
    )
    const { status } = await world.client('lakeside-family').post('', referring)
    t.ok(status === 200 || status === 422, `${status}`)
    const elsewhere = attempts.filter((to) => !allowed.includes(to))
    t.strictSame(elsewhere, [])
    for (const source of ['Attachment.url', 'instantiatesUri', 'valueUrl', 'profile', 'reference'])
      grid.sources.add(`${source} of a referral`)
    if (elsewhere.length === 0) grid.cells += 5 * forms.length
  },
)

t.test('OW7 the grid is whole', async (t) => {
  const forms = addresses(1).length
  t.equal(grid.cells, grid.sources.size * forms, 'no cell was left out')
  count(t, 'SSRF: sources of an address', grid.sources.size)
  count(t, 'SSRF: forms of an address', forms)
  count(t, 'SSRF: cases without a connection', grid.cells)
})
