/**
 * Observations and their components as single measurements, by the lists that their code is in.
 *
 * http://hl7.org/fhir/R4/observation.html
 */

import type {
  CodeableConcept,
  Observation,
  ObservationComponent,
  ObservationReferenceRange,
  Quantity,
} from 'fhir/r4'
import { freeText, meaningOf } from './concepts.ts'
import type { Day } from './dates.ts'
import type { Setting } from './setting.ts'

export interface Measurement {
  readonly reference: string
  readonly lists: ReadonlySet<string>
  readonly code: CodeableConcept
  readonly day: Day | undefined
  /** The date as written: two readings of one text were taken at the same time. */
  readonly effective: string
  readonly quantity: Quantity | undefined
  readonly valueConcept: CodeableConcept | undefined
  readonly valueText: string | undefined
  readonly valueBoolean: boolean | undefined
  readonly interpretation: readonly CodeableConcept[]
  readonly ranges: readonly ObservationReferenceRange[]
  readonly bodySite: CodeableConcept | undefined
}

interface WordedMeasurement extends Measurement {
  readonly words: string
}

/** What carries a value: an Observation or one of its components. */
type Carrier = Observation | ObservationComponent

const usable: ReadonlySet<string> = new Set(['final', 'amended', 'corrected'])
const nothing: readonly Measurement[] = []

export class Measurements {
  readonly #byList: ReadonlyMap<string, readonly Measurement[]>
  /** Those whose code or value speaks of Child-Pugh, with code and value as one text. */
  readonly childPugh: readonly WordedMeasurement[]

  constructor(
    byList: ReadonlyMap<string, readonly Measurement[]>,
    childPugh: readonly WordedMeasurement[],
  ) {
    this.#byList = byList
    this.childPugh = childPugh
  }

  in(list: string): readonly Measurement[] {
    return this.#byList.get(list) ?? nothing
  }
}

/** The measurements of the patient; preliminary, cancelled and future ones do not count. */
export function measurementsOf(facts: Setting): Measurements {
  const byList = new Map<string, Measurement[]>()
  const childPugh: WordedMeasurement[] = []
  for (const { reference, resource } of facts.packet.ofType('Observation')) {
    if (!usable.has(resource.status)) continue
    const effective = effectiveOf(resource)
    const day = facts.dates.calendar.day(effective)
    if (facts.isFuture(day)) continue
    for (const carrier of [resource, ...(resource.component ?? [])]) {
      const { lists } = meaningOf(carrier.code, facts.policy.codes)
      const words = wordsOf(carrier, facts)
      const measurement = measurementOf(carrier, lists, { reference, day, effective, resource })
      if (childPughName.test(words)) childPugh.push({ ...measurement, words })
      for (const list of lists) {
        const sameList = byList.get(list)
        if (sameList) sameList.push(measurement)
        else byList.set(list, [measurement])
      }
    }
  }
  return new Measurements(byList, childPugh)
}

/** A period is as new as its end. */
function effectiveOf(observation: Observation): string {
  const { effectivePeriod: period, effectiveTiming: timing } = observation
  return (
    observation.effectiveDateTime ??
    observation.effectiveInstant ??
    period?.end ??
    period?.start ??
    timing?.event?.at(-1) ??
    ''
  )
}

interface Taken {
  readonly reference: string
  readonly day: Day | undefined
  readonly effective: string
  readonly resource: Observation
}

function measurementOf(carrier: Carrier, lists: ReadonlySet<string>, taken: Taken): Measurement {
  return {
    reference: taken.reference,
    lists,
    code: carrier.code,
    day: taken.day,
    effective: taken.effective,
    quantity: quantityOf(carrier),
    valueConcept: carrier.valueCodeableConcept,
    valueText: carrier.valueString,
    valueBoolean: carrier.valueBoolean,
    interpretation: carrier.interpretation ?? [],
    ranges: carrier.referenceRange ?? [],
    bodySite: taken.resource.bodySite,
  }
}

function quantityOf(carrier: Carrier): Quantity | undefined {
  if (carrier.valueQuantity) return carrier.valueQuantity
  return carrier.valueInteger === undefined ? undefined : { value: carrier.valueInteger }
}

const childPughName = /pugh/i

/** Code and value as one text. */
function wordsOf(carrier: Carrier, { policy }: Setting): string {
  return [
    freeText(carrier.code, policy.codes),
    carrier.valueString ?? '',
    freeText(carrier.valueCodeableConcept, policy.codes),
  ].join(' ')
}

/** The measurements of the newest day among those that a rule can use. */
export function newestDay<M extends { readonly day: Day | undefined }>(
  measurements: readonly M[],
): readonly M[] {
  let newest = Number.NEGATIVE_INFINITY
  for (const { day } of measurements) if (day !== undefined && day > newest) newest = day
  return measurements.filter(({ day }) => day === newest)
}
