/** An operation planned within 180 days after the referral: an order, an appointment, or the answer. */

import type { Appointment, CodeableConcept, FhirResource, Procedure, ServiceRequest } from 'fhir/r4'
import { allText, meaningOf, nameOf } from '../concepts.ts'
import { unique } from '../contraindications.ts'
import { type Day, dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { answerNeed } from '../needs.ts'
import type { Known } from '../packet.ts'
import type { Finding } from '../result.ts'

const id = 'planned-surgery'

interface Plan {
  readonly reference: string
  readonly name: string
  readonly day: Day | undefined
  /** Surgical by code or category, or only by its words. */
  readonly certain: boolean
}

export function plannedSurgery(facts: Facts): Finding {
  const horizon = facts.dates.referral + facts.parameters.surgeryHorizonDays
  const isNear = ({ day }: Plan) =>
    day === undefined || (day >= facts.dates.referral && day <= horizon)
  const plans = [...orders(facts), ...appointments(facts), ...procedures(facts)].filter(isNear)
  const planned = plans.filter(({ certain, day }) => certain && day !== undefined)
  const { value, answer } = facts.forms.reply(id)
  const references = (some: readonly Plan[]) =>
    unique([...some.map(({ reference }) => reference), ...(answer ? [answer.reference] : [])])
  const what = (some: readonly Plan[]) =>
    unique(
      some.map(
        ({ name, day }) => `${name}${day === undefined ? ', undated' : ` on ${dateOf(day)}`}`,
      ),
    ).join('; ')
  if (planned.length > 0)
    return value === 'no'
      ? {
          verdict: 'conflicting',
          explanation: `Planned: ${what(planned)}; but the form ${answer?.when} says that no operation is planned.`,
          evidence: references(planned),
          needed: [
            { text: 'Correct the order or the answer, whichever is wrong, and send it again.' },
          ],
        }
      : {
          verdict: 'met',
          explanation: `Planned: ${what(planned)}.`,
          evidence: references(planned),
          needed: [],
        }
  if (plans.length > 0)
    return {
      verdict: 'needs-review',
      explanation: `Perhaps planned: ${what(plans)}. A clinician must read it.`,
      evidence: references(plans),
      needed: [{ text: 'Send the order of the operation with its code or category and its date.' }],
    }
  return answered(facts, value, answer?.when, references([]))
}

function answered(
  facts: Facts,
  value: 'yes' | 'no' | 'unknown',
  when: string | undefined,
  evidence: readonly string[],
): Finding {
  if (value === 'yes')
    return {
      verdict: 'met',
      explanation: `The form ${when} says that an operation is planned.`,
      evidence,
      needed: [],
    }
  if (value === 'no')
    return {
      verdict: 'not-met',
      explanation: `The form ${when} says that no operation is planned.`,
      evidence,
      needed: [],
    }
  return {
    verdict: 'not-documented',
    explanation:
      'No order for an operation is on file, and nobody has answered whether one is planned.',
    evidence,
    needed: [answerNeed(facts, id)],
  }
}

/** Orders and plans; `order` has four finer kinds. */
const intents: ReadonlySet<string> = new Set([
  'order',
  'plan',
  'original-order',
  'reflex-order',
  'filler-order',
  'instance-order',
])

function orders(facts: Facts): readonly Plan[] {
  return facts.packet.ofType('ServiceRequest').flatMap(({ reference, resource }) => {
    if (!isActiveOrder(resource) || facts.isFuture(facts.dates.calendar.day(resource.authoredOn)))
      return []
    return planOf(
      reference,
      resource.code,
      resource.category ?? [],
      startOf(resource, facts),
      facts,
    )
  })
}

function isActiveOrder({ status, intent, doNotPerform }: ServiceRequest): boolean {
  return status === 'active' && intents.has(intent) && !doNotPerform
}

/** A plan by code or category, or by its words when nothing is coded. */
function planOf(
  reference: string,
  code: CodeableConcept | undefined,
  categories: readonly CodeableConcept[],
  day: Day | undefined,
  facts: Facts,
): readonly Plan[] {
  const concept = code ?? categories[0]
  const name = nameOf(concept, facts.policy.codes.displayOf(concept))
  if (isSurgical(code, categories, facts)) return [{ reference, name, day, certain: true }]
  const isUncoded = !meaningOf(code, facts.policy.codes).listed
  const isNamed = [code, ...categories].some((concept) => namesSurgery(concept, facts))
  return isUncoded && isNamed ? [{ reference, name, day, certain: false }] : []
}

function isSurgical(
  code: CodeableConcept | undefined,
  categories: readonly CodeableConcept[],
  facts: Facts,
): boolean {
  const { codes } = facts.policy
  return (
    codes.has(code, 'svc-surgery-sample') ||
    codes.has(code, 'surgical-category') ||
    categories.some((category) => codes.has(category, 'surgical-category'))
  )
}

function namesSurgery(concept: CodeableConcept | undefined, facts: Facts): boolean {
  return facts.policy.words.get(id)?.find(allText(concept)) !== undefined
}

function startOf(
  { occurrenceDateTime, occurrencePeriod, occurrenceTiming }: ServiceRequest,
  facts: Facts,
) {
  const { event, repeat } = occurrenceTiming ?? {}
  const start =
    occurrenceDateTime ?? occurrencePeriod?.start ?? event?.[0] ?? repeat?.boundsPeriod?.start
  return facts.dates.calendar.day(start, 'planned')
}

/** Booked, and for such an order or named after surgery. */
function appointments(facts: Facts): readonly Plan[] {
  return facts.packet.ofType('Appointment').flatMap((known) => {
    const { resource, reference } = known
    if (resource.status !== 'booked' || !isForSurgery(known as Known<Appointment>, facts)) return []
    const day = facts.dates.calendar.day(
      resource.start ?? resource.requestedPeriod?.[0]?.start,
      'planned',
    )
    const name = `an appointment for ${nameOf(resource.serviceType?.[0] ?? resource.appointmentType ?? { text: 'an operation' })}`
    return { reference, name, day, certain: true }
  })
}

function isForSurgery(known: Known<Appointment>, facts: Facts): boolean {
  const { basedOn = [], serviceType = [], appointmentType } = known.resource
  const kinds = appointmentType ? [...serviceType, appointmentType] : serviceType
  return (
    kinds.some((kind) => isSurgical(kind, [], facts) || namesSurgery(kind, facts)) ||
    basedOn.some((reference) =>
      isSurgicalOrder(facts.packet.resolve(reference, known)?.resource, facts),
    )
  )
}

function isSurgicalOrder(resource: FhirResource | undefined, facts: Facts): boolean {
  return (
    resource?.resourceType === 'ServiceRequest' &&
    isActiveOrder(resource) &&
    isSurgical(resource.code, resource.category ?? [], facts)
  )
}

function procedures(facts: Facts): readonly Plan[] {
  return facts.packet.ofType('Procedure').flatMap(({ reference, resource }) => {
    if (resource.status !== 'preparation') return []
    const day = facts.dates.calendar.day(plannedFor(resource), 'planned')
    const categories = resource.category ? [resource.category] : []
    return planOf(reference, resource.code, categories, day, facts).filter(({ certain }) => certain)
  })
}

function plannedFor({ performedDateTime, performedPeriod }: Procedure): string | undefined {
  return performedDateTime ?? performedPeriod?.start
}
