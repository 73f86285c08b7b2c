/**
 * What the profiles of the backport guide demand of a Subscription, a notification and its status,
 * beyond R4 itself. https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/artifacts.html
 */

import type { Bundle, FhirResource, Parameters, ParametersParameter, Subscription } from 'fhir/r4'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { backport } from './subscription-world.ts'

const validator = createReferralValidator()

const faultsOfR4 = (resource: object): readonly string[] =>
  validator
    .validate(resource)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ diagnostics, expression }) => `${expression}: ${diagnostics}`)

/** Each parameter: how often, its one value, and its codes. */
const statusParameters = {
  subscription: [1, 1, 'valueReference'],
  topic: [0, 1, 'valueCanonical'],
  status: [1, 1, 'valueCode', ['requested', 'active', 'error', 'off', 'entered-in-error']],
  type: [
    1,
    1,
    'valueCode',
    ['handshake', 'heartbeat', 'event-notification', 'query-status', 'query-event'],
  ],
  'events-since-subscription-start': [0, 1, 'valueString'],
  'notification-event': [0, Infinity, 'part'],
  error: [0, Infinity, 'valueCodeableConcept'],
} as const

const eventParameters = {
  'event-number': [1, 1, 'valueString'],
  timestamp: [0, 1, 'valueInstant'],
  focus: [0, 1, 'valueReference'],
  'additional-context': [0, Infinity, 'valueReference'],
} as const

type Rules = Readonly<
  Record<string, readonly [least: number, most: number, value: string, codes?: readonly string[]]>
>

function faultsOfParameters(all: readonly ParametersParameter[], rules: Rules): string[] {
  const unknown = all.filter(({ name }) => !Object.hasOwn(rules, name ?? ''))
  return [
    ...unknown.map(({ name }) => `${name} is no parameter of the profile`),
    ...Object.entries(rules).flatMap(([name, [least, most, value, codes]]) => {
      const found = all.filter((one) => one.name === name)
      const values = found.map((one) => (one as unknown as Record<string, unknown>)[value])
      return [
        ...(found.length < least || found.length > most
          ? [`${name} is there ${found.length}×`]
          : []),
        ...(values.some((one) => one === undefined) ? [`${name} needs ${value}`] : []),
        ...(codes && values.some((one) => !codes.includes(String(one)))
          ? [`${name}: ${values}`]
          : []),
      ]
    }),
  ]
}

export const faultsOfStatus = (status: Parameters): readonly string[] => [
  ...faultsOfR4(status),
  ...(status.resourceType === 'Parameters' ? [] : ['the status is no Parameters']),
  ...(status.meta?.profile?.includes(`${backport}/backport-subscription-status-r4`)
    ? []
    : ['the status does not name its profile']),
  ...faultsOfParameters(status.parameter ?? [], statusParameters),
  ...(status.parameter ?? [])
    .filter(({ name }) => name === 'notification-event')
    .flatMap(({ part = [] }) => faultsOfParameters(part, eventParameters)),
]

export function faultsOfNotification(bundle: Bundle<FhirResource>): readonly string[] {
  const [first, ...others] = bundle.entry ?? []
  return [
    ...faultsOfR4(bundle),
    ...(bundle.type === 'history' ? [] : [`the type is ${bundle.type}`]),
    ...(first?.resource?.resourceType === 'Parameters'
      ? faultsOfStatus(first.resource)
      : ['the first entry is no status']),
    ...(others.some(({ resource }) => resource?.resourceType === 'Parameters')
      ? ['there is more than one status']
      : []),
    ...(bundle.entry ?? []).flatMap(({ request, response }, i) =>
      request && response ? [] : [`entry ${i} needs request and response`],
    ),
  ]
}

type Extended = { readonly extension?: readonly { readonly url: string }[] }

export function faultsOfSubscription(subscription: Subscription): readonly string[] {
  const { channel, criteria } = subscription
  const { _payload } = channel as { readonly _payload?: Extended }
  const contents = (_payload?.extension ?? []).filter(
    ({ url }) => url === `${backport}/backport-payload-content`,
  )
  const profile = `${backport}/backport-subscription`
  return [
    ...faultsOfR4(subscription),
    ...(subscription.meta?.profile?.includes(profile) ? [] : ['it does not name its profile']),
    ...(URL.canParse(criteria) ? [] : ['criteria is no canonical URL']),
    ...(channel.payload === undefined ? ['channel.payload is missing'] : []),
    ...(contents.length === 1 ? [] : ['channel.payload needs its content level']),
  ]
}
