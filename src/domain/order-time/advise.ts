/** A clinician selects or signs an order; the same check as at submission says what the clinic will find. */

import type { FhirResource } from 'fhir/r4'
import { isRecord } from '../access/reader.ts'
import type { Clinic, Registry } from '../access/registry.ts'
import { type Issue, Problem } from '../problem.ts'
import type { Check } from '../referral/check.ts'
import { relativeReference } from '../referral/references.ts'
import { referenceOf } from '../screening/packet.ts'
import type { Policy } from '../screening/policy.ts'
import type { Card, CardTools } from './card.ts'
import { checkCard } from './check-card.ts'
import { type HookRequest, readHookRequest } from './hook-request.ts'
import { chooseClinicCard, gapsCard, nameServiceCard } from './notice-cards.ts'
import { type PlacedOrder, placeOrder } from './place-order.ts'
import { type Prefetched, readPrefetch } from './prefetched.ts'
import type { CdsService } from './services.ts'

export interface AdvicePorts extends Pick<CardTools, 'newId' | 'baseUrl'> {
  registry(): Registry
  policyOf(clinic: Clinic): Policy
  readonly check: Check
  validate(resource: unknown): readonly Issue[]
  now(): Date
}

export interface Advice {
  readonly hook: HookRequest['hook']
  readonly cards: readonly Card[]
}

/**
 * Checks the orders of a hook call that are referrals to the clinics of this service. Nothing is kept.
 * @param body of the call, as it was parsed
 * @returns no cards where there is nothing to say
 * @throws Problem bad-request, hook-not-served, invalid-resource, patient-differs, prefetch-missing
 */
export async function adviseOnOrders(
  ports: AdvicePorts,
  service: CdsService,
  body: unknown,
): Promise<Advice> {
  const call = readHookRequest(body)
  const { hook, patientId } = call
  const { validate } = ports
  let read: Prefetched | undefined
  const prefetched = () => {
    read ??= readPrefetch(call.prefetch, { queries: service.queries, patientId, validate })
    return read
  }
  const lookUp = (reference: string) => find(prefetched().resources, reference)
  const rules = { service, registry: ports.registry(), validate, lookUp }
  const placed = call.orders.flatMap((order) => placeOrder(order, call, rules) ?? [])
  const cards: Card[] = []
  for (const order of placed) {
    const card = await cardOf(order, service, prefetched, ports)
    if (card) cards.push(card)
  }
  const { gaps } = placed.some(isChecked) ? prefetched() : { gaps: [] }
  if (gaps.length > 0) cards.push(gapsCard(gaps, service.queries.length, ports))
  return { hook, cards }
}

const isChecked = ({ kind }: PlacedOrder): boolean => kind === 'check'

async function cardOf(
  order: PlacedOrder,
  service: CdsService,
  prefetched: () => Prefetched,
  ports: AdvicePorts,
): Promise<Card | undefined> {
  if (order.kind === 'choose-clinic') return chooseClinicCard(order, service, ports)
  if (order.kind === 'name-service') return nameServiceCard(order, service, ports)
  const { resources, unavailable, isEmpty } = prefetched()
  // The standard asks for 412: fifteen things "missing" that are all in the record would mislead.
  if (isEmpty) throw new Problem('prefetch-missing')
  const asOf = ports.now().toISOString().slice(0, 10)
  const check = await ports.check({
    clinicId: order.clinic.id,
    request: { authoredOn: asOf, ...order.request },
    resources,
    asOf,
    unavailable,
  })
  return checkCard({ order, check, policy: ports.policyOf(order.clinic) }, service, ports)
}

function find(resources: readonly FhirResource[], reference: string): FhirResource | undefined {
  const tail = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/.exec(reference)?.[1]
  const relative = relativeReference(tail ?? reference)
  if (!relative) return undefined
  return resources.find(
    (each) => isRecord(each) && referenceOf(each) === `${relative.type}/${relative.id}`,
  )
}
