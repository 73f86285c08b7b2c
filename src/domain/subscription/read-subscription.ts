/**
 * A Subscription as a client sends it, read whole: what is asked for and cannot be done is refused.
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription.html
 */

import type { Extension, FhirResource, Subscription } from 'fhir/r4'
import { type Issue, Problem } from '../problem.ts'
import { type Filters, readFilter } from './filters.ts'
import { faultOfHeader, type Header, readHeader, redactedText } from './headers.ts'
import type { ContentLevel, SubscriptionTerms } from './ports.ts'
import { topicNames, topicOf, topics } from './topics.ts'

export const backportBase = 'http://hl7.org/fhir/uv/subscriptions-backport'
const extensionUrl = (name: string) => `${backportBase}/StructureDefinition/backport-${name}`

/** Seconds. Longer than a minute would hold up the subscriber's own later events. */
const longestTimeout = 60
const usualTimeout = 20
const shortestHeartbeat = 10
/** Events in one notification, when the client does not ask for fewer. */
const usualMaxCount = 20
const mostHeaders = 16
const mostCriteria = 10

export interface ReadSubscription {
  /** What the client wants to come of it. */
  readonly wanted: 'requested' | 'off'
  readonly terms: SubscriptionTerms
  /** Without id, meta, status and error; the values of the headers are redacted. */
  readonly content: Omit<Subscription, 'status'>
  readonly headers: readonly Header[]
}

type Refuse = (expression: string, diagnostics: string) => void

/**
 * @param body valid R4
 * @param base our FHIR base
 * @throws Problem bad-request for another type, subscription-refused with everything that cannot be done
 */
export function readSubscription(body: FhirResource, base: string): ReadSubscription {
  if (body.resourceType !== 'Subscription')
    throw new Problem('bad-request', 'Send a Subscription to this address.')
  const issues: Issue[] = []
  const refuse: Refuse = (expression, diagnostics) =>
    void issues.push({
      severity: 'error',
      code: 'not-supported',
      diagnostics,
      expression: [`Subscription.${expression}`],
    })
  const subscription = body as Subscription & Underscored
  refuseUnknown(subscription, refuse)
  const { topic, filters } = readCriteria(subscription, base, refuse)
  const { channel } = subscription
  if (channel.type !== 'rest-hook') refuse('channel.type', 'The one channel type is rest-hook.')
  const terms: SubscriptionTerms = {
    topic,
    filters,
    endpoint: readEndpoint(channel.endpoint, refuse),
    payload: readPayload(channel.payload, refuse),
    content: readContent(channel, refuse),
    ...readPace(channel.extension ?? [], refuse),
    end: subscription.end === undefined ? undefined : new Date(subscription.end).toISOString(),
  }
  const headers = readHeaders(channel.header ?? [], refuse)
  if (subscription.status === 'error')
    refuse('status', 'Send requested, to begin or to begin again, or off.')
  if (issues.length > 0) throw new Problem('subscription-refused', issues)
  const wanted = subscription.status === 'off' ? 'off' : 'requested'
  return { wanted, terms, headers, content: contentOf(subscription, headers) }
}

/** Extensions of primitives stand beside them. */
interface Underscored {
  readonly _criteria?: { readonly extension?: readonly Extension[] }
}
type Channel = Subscription['channel'] & {
  readonly _payload?: { readonly extension?: readonly Extension[] }
}

const known: ReadonlySet<string> = new Set([
  'Subscription.criteria backport-filter-criteria',
  'Subscription.channel.payload backport-payload-content',
  'Subscription.channel backport-heartbeat-period',
  'Subscription.channel backport-timeout',
  'Subscription.channel backport-max-count',
])

/** An extension that nobody reads would promise what nobody does. */
function refuseUnknown(subscription: Subscription & Underscored, refuse: Refuse): void {
  for (const [path, url] of extensionsIn(subscription, 'Subscription')) {
    const prefix = `${backportBase}/StructureDefinition/`
    const name = url.startsWith(prefix) ? url.slice(prefix.length) : url
    if (!known.has(`${path} ${name}`))
      refuse(
        path.slice('Subscription.'.length) || 'extension',
        path === 'Subscription.channel.type'
          ? 'The one channel type is rest-hook, without an extension.'
          : 'This extension is not supported here; leave it out.',
      )
  }
}

function extensionsIn(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item) => extensionsIn(item, path))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'extension' || name === 'modifierExtension'
      ? (inner as Extension[]).map(({ url }) => [path, url] as const)
      : extensionsIn(inner, `${path}.${name.replace(/^_/, '')}`),
  )
}

function readCriteria(
  { criteria, _criteria }: Subscription & Underscored,
  base: string,
  refuse: Refuse,
): { topic: string; filters: Filters } {
  const topic = topicOf(criteria)
  if (!topic) {
    const urls = topicNames.map((name) => topics[name].url).join(' and ')
    refuse('criteria', `The topics of this service are ${urls}.`)
    return { topic: '', filters: [] }
  }
  const texts = valuesOf(_criteria?.extension, 'filter-criteria').map(
    (one) => one.valueString ?? '',
  )
  if (texts.length > mostCriteria) refuse('criteria', `Send at most ${mostCriteria} filters.`)
  const filters = texts.slice(0, mostCriteria).flatMap((text) => {
    try {
      return readFilter(topic, text, base)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      for (const { diagnostics } of error.issues) refuse('criteria.extension', diagnostics)
      return []
    }
  })
  return { topic: topics[topic].url, filters }
}

const valuesOf = (extensions: readonly Extension[] = [], name: string): readonly Extension[] =>
  extensions.filter(({ url }) => url === extensionUrl(name))

function readEndpoint(endpoint: string | undefined, refuse: Refuse): string {
  if (endpoint === undefined || !URL.canParse(endpoint) || endpoint.length > 2_048) {
    refuse('channel.endpoint', 'A rest-hook needs the URL that is to be called.')
    return ''
  }
  return endpoint
}

/** https://hl7.org/fhir/R4/http.html#mime-type, R4 alone */
function readPayload(payload: string | undefined, refuse: Refuse): string {
  const [type = '', ...parameters] = (payload ?? '').split(';').map((part) => part.trim())
  const isJson = /^application\/(fhir\+)?json$/i.test(type)
  const isR4 = parameters.every((one) => /^(fhirversion="?4\.0"?|charset="?utf-8"?)$/i.test(one))
  if (!isJson || !isR4)
    refuse(
      'channel.payload',
      'Notifications are sent as application/fhir+json or application/json, in FHIR 4.0.',
    )
  return payload ?? ''
}

const levels: readonly string[] = ['empty', 'id-only', 'full-resource'] satisfies ContentLevel[]

function readContent({ _payload }: Channel, refuse: Refuse): ContentLevel {
  const [first, ...more] = valuesOf(_payload?.extension, 'payload-content')
  const level = first?.valueCode ?? ''
  if (more.length > 0 || !levels.includes(level))
    refuse(
      'channel.payload',
      `The extension backport-payload-content needs one code of ${levels.join(', ')}.`,
    )
  return level as ContentLevel
}

function readPace(extensions: readonly Extension[], refuse: Refuse) {
  const one = (name: string, least: number, most: number, read: (from: Extension) => unknown) => {
    const [first, ...more] = valuesOf(extensions, name)
    if (first === undefined) return undefined
    const value = read(first)
    if (
      more.length === 0 &&
      Number.isInteger(value) &&
      Number(value) >= least &&
      Number(value) <= most
    )
      return Number(value)
    refuse('channel.extension', `backport-${name} is a number from ${least} to ${most}, once.`)
    return undefined
  }
  const maxCount = one('max-count', 1, 2 ** 31 - 1, (from) => from.valuePositiveInt)
  return {
    heartbeatSeconds: one(
      'heartbeat-period',
      shortestHeartbeat,
      2 ** 31 - 1,
      (from) => from.valueUnsignedInt,
    ),
    timeoutSeconds:
      one('timeout', 1, longestTimeout, (from) => from.valueUnsignedInt) ?? usualTimeout,
    maxCount: Math.min(maxCount ?? usualMaxCount, usualMaxCount),
  }
}

function readHeaders(texts: readonly string[], refuse: Refuse): readonly Header[] {
  if (texts.length > mostHeaders) refuse('channel.header', `Send at most ${mostHeaders} headers.`)
  return texts.slice(0, mostHeaders).flatMap((text, i) => {
    const header = readHeader(text)
    const fault = faultOfHeader(header)
    if (fault) refuse(`channel.header[${i}]`, fault)
    return fault || !header ? [] : [header]
  })
}

function contentOf(
  subscription: Subscription,
  headers: readonly Header[],
): Omit<Subscription, 'status'> {
  const { id: _id, meta: _meta, status: _status, error: _error, channel, ...rest } = subscription
  const { header: _header, ...others } = channel
  const shown = headers.length > 0 ? { ...others, header: headers.map(redactedText) } : others
  return { ...rest, channel: shown }
}
