import type { Subscription } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { readSubscription } from '../../../src/domain/subscription/read-subscription.ts'
import { topics } from '../../../src/domain/subscription/topics.ts'
import { aSubscription, backport, type Wish } from '../../helpers/a-subscription.ts'

const fhirBase = 'https://referloop.test/fhir'

const read = (wish: Wish = {}) => readSubscription(aSubscription(wish), fhirBase)

/** The places that are named in the refusal; none when there is none. */
function refusedAt(subscription: Subscription): readonly string[] {
  try {
    readSubscription(subscription, fhirBase)
    return []
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'subscription-refused') throw error
    return error.issues.flatMap(({ expression = [] }) => expression)
  }
}

const changed = (change: (subscription: Subscription) => void, wish: Wish = {}): Subscription => {
  const subscription = aSubscription(wish)
  change(subscription)
  return subscription
}

t.test('BP-65 BP-97 BP-98 BP-93 what is asked for is read', async (t) => {
  const wish = { content: 'full-resource', heartbeat: 60, timeout: 5, maxCount: 3 }
  t.match(read(wish).terms, {
    topic: topics['referral-status'].url,
    content: 'full-resource',
    heartbeatSeconds: 60,
    timeoutSeconds: 5,
    maxCount: 3,
  })
  t.match(read().terms, { heartbeatSeconds: undefined, timeoutSeconds: 20, maxCount: 20 })
})

t.test(
  'BP-135 each parameter of a filter is a criterion, its values are alternatives',
  async (t) => {
    const { filters } = read({
      filters: ['Task?status=accepted,rejected', `Task?focus=${fhirBase}/ServiceRequest/1&_id=a,b`],
    }).terms
    t.strictSame(filters, [
      ['status|accepted', 'status|rejected'],
      ['focus|ServiceRequest/1'],
      ['_id|a', '_id|b'],
    ])
  },
)

t.test('BP-75 BP-73 BP-74 a topic that is not ours is refused', async (t) => {
  t.strictSame(refusedAt(aSubscription({ topic: 'http://example.org/topics/admission' })), [
    'Subscription.criteria',
  ])
  t.strictSame(refusedAt(aSubscription({ topic: 'Task?status=accepted' })), [
    'Subscription.criteria',
  ])
  for (const { url } of Object.values(topics))
    t.strictSame(refusedAt(aSubscription({ topic: url })), [])
})

t.test('BP-63 a filter that cannot be applied is refused, never left out', async (t) => {
  for (const filter of [
    'Task?patient=Patient/1',
    'Task?for=Patient/1',
    'Task?patient.identifier=a|b',
    'Encounter?patient=Patient/1',
    'Encounter.patient=Patient/1',
    'Task?status:not=accepted',
    'Task?status=',
    'Task?_count=3',
    'Task?_lastUpdated=ge2026',
    'Task',
    'status=accepted',
    '',
  ])
    t.strictSame(
      refusedAt(aSubscription({ filters: ['Task?status=accepted', filter] })),
      ['Subscription.criteria.extension'],
      filter,
    )
})

t.test('BP-60 BP-59 BP-49 the one channel is rest-hook', async (t) => {
  for (const type of ['websocket', 'email', 'sms', 'message'] as const)
    t.strictSame(
      refusedAt(
        changed(({ channel }) => {
          channel.type = type
        }),
      ),
      ['Subscription.channel.type'],
    )
  const custom = changed((subscription) => {
    Object.assign(subscription.channel, {
      _type: {
        extension: [
          {
            url: `${backport}/backport-channel-type`,
            valueCoding: { system: 'http://example.org/channels', code: 'pigeon' },
          },
        ],
      },
    })
  })
  t.strictSame(refusedAt(custom), ['Subscription.channel.type'])
})

t.test('BP-66 a content level that is not known, or none, is refused', async (t) => {
  t.strictSame(refusedAt(aSubscription({ content: 'everything' })), [
    'Subscription.channel.payload',
  ])
  const none = changed(({ channel }) => Object.assign(channel, { _payload: undefined }))
  t.strictSame(refusedAt(none), ['Subscription.channel.payload'])
  for (const content of ['empty', 'id-only', 'full-resource'])
    t.strictSame(refusedAt(aSubscription({ content })), [])
})

t.test('BP-90 BP-51 BP-53 payloads are JSON, in FHIR 4.0', async (t) => {
  for (const payload of [
    'application/fhir+json',
    'application/json',
    'application/fhir+json; fhirVersion=4.0',
    'application/fhir+json;charset=utf-8',
  ])
    t.strictSame(refusedAt(aSubscription({ payload })), [], payload)
  for (const payload of [
    'application/fhir+xml',
    'text/plain',
    'application/fhir+json; fhirVersion=5.0',
    'application/fhir+json; fhirVersion=4.3',
    'application/fhir+json; boundary=x',
  ])
    t.strictSame(refusedAt(aSubscription({ payload })), ['Subscription.channel.payload'], payload)
})

t.test('extensions that nobody reads are refused, those of other versions too', async (t) => {
  const unread = [
    'http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription.filterBy',
    'http://hl7.org/fhir/5.0/subscriptions-backport/StructureDefinition/backport-filter-criteria',
    `${backport}/backport-timeout`,
  ]
  for (const url of unread) {
    const extension = [{ url, valueString: 'x' }]
    t.strictSame(
      refusedAt(
        changed((subscription) => Object.assign(subscription, { _criteria: { extension } })),
      ),
      ['Subscription.criteria'],
    )
    t.strictSame(refusedAt(changed((subscription) => Object.assign(subscription, { extension }))), [
      'Subscription.extension',
    ])
  }
})

t.test('paces that cannot be kept are refused', async (t) => {
  for (const wish of [{ heartbeat: 9 }, { timeout: 0 }, { timeout: 61 }])
    t.strictSame(refusedAt(aSubscription(wish)), ['Subscription.channel.extension'])
  for (const wish of [{ heartbeat: 10 }, { timeout: 1 }, { timeout: 60 }, { maxCount: 1_000_000 }])
    t.strictSame(refusedAt(aSubscription(wish)), [])
})

t.test('headers are a name and a value, and none of the message’s own', async (t) => {
  for (const header of [
    'Authorization: Bearer a',
    'X-Api-Key:b',
    'x-empty:',
    'webhook-signature: mine',
  ])
    t.strictSame(refusedAt(aSubscription({ header: [header] })), [], header)
  for (const header of [
    'no colon',
    ': value',
    'Host: elsewhere.test',
    'content-type: text/plain',
    'Content-Length: 0',
    'Transfer-Encoding: chunked',
    'Connection: close',
    'webhook-id: mine',
    'X-Split: a\r\nHost: elsewhere.test',
    'X-Long: '.padEnd(5_000, 'x'),
    'X Space: a',
  ])
    t.strictSame(refusedAt(aSubscription({ header: [header] })), ['Subscription.channel.header[0]'])
})

t.test('everything that is wrong is said at once', async (t) => {
  t.strictSame(
    refusedAt(
      aSubscription({ topic: 'http://x.test', content: 'all', timeout: 99, status: 'error' }),
    ),
    [
      'Subscription.criteria',
      'Subscription.channel.payload',
      'Subscription.channel.extension',
      'Subscription.status',
    ],
  )
})

t.test('the values of the headers are not in what is kept', async (t) => {
  const { content, headers } = read({ header: ['Authorization: Bearer a', 'X-Key: b'] })
  t.strictSame(content.channel.header, ['Authorization: [redacted]', 'X-Key: [redacted]'])
  t.strictSame(headers, [
    ['Authorization', 'Bearer a'],
    ['X-Key', 'b'],
  ])
})
