/** From when to when a medicine was taken, as its record tells. */

import type { Dosage, Duration, Period } from 'fhir/r4'
import type { Day } from './dates.ts'
import type { MedicationRecord } from './medication-record.ts'
import { inUnit } from './quantities.ts'
import type { Dates } from './setting.ts'

export interface MedicationPeriod {
  readonly start: Day | undefined
  /** Undefined when the length is unknown. */
  readonly end: Day | undefined
  /** The day on which the record ends by itself, before it was cut at the referral or the check. */
  readonly statedEnd: Day | undefined
}

/**
 * The period of a record. An active one without an end runs to the referral, unless its supply is
 * known to have ended more than the refill gap before; a finished one without an end has unknown
 * length.
 */
export function periodOf(
  record: MedicationRecord,
  dates: Dates,
  gapDays: number,
): MedicationPeriod {
  const { start, end, supplyEnd } = stated(record, dates)
  if (start === undefined) return { start, end: undefined, statedEnd: end ?? supplyEnd }
  const statedEnd = end ?? supplyEnd
  if (record.status !== 'active')
    return { start, end: statedEnd && Math.min(statedEnd, dates.check), statedEnd }
  const ranOut =
    end === undefined && supplyEnd !== undefined && supplyEnd < dates.referral - gapDays
  const running = ranOut ? supplyEnd : (end ?? dates.referral)
  return { start, end: Math.max(start, Math.min(running, dates.referral)), statedEnd }
}

interface Stated {
  readonly start: Day | undefined
  readonly end?: Day | undefined
  readonly supplyEnd?: Day | undefined
}

function stated(record: MedicationRecord, dates: Dates): Stated {
  switch (record.resourceType) {
    case 'MedicationRequest': {
      const {
        validityPeriod,
        expectedSupplyDuration,
        numberOfRepeatsAllowed = 0,
      } = record.dispenseRequest ?? {}
      const bounds = boundsOf(record.dosageInstruction, dates)
      const validity = periodDays(validityPeriod, dates)
      const start = bounds.start ?? validity.start ?? dates.calendar.day(record.authoredOn, 'start')
      const supply = days(expectedSupplyDuration)
      return {
        start,
        end: bounds.end ?? plus(start, boundsDuration(record.dosageInstruction)) ?? validity.end,
        supplyEnd: plus(start, supply && supply * (1 + Number(numberOfRepeatsAllowed))),
      }
    }
    case 'MedicationStatement': {
      const effective = periodDays(record.effectivePeriod, dates)
      const bounds = boundsOf(record.dosage, dates)
      const start =
        effective.start ?? dates.calendar.day(record.effectiveDateTime, 'start') ?? bounds.start
      return {
        start,
        end: effective.end ?? bounds.end ?? plus(start, boundsDuration(record.dosage)),
      }
    }
    case 'MedicationDispense': {
      const start = dates.calendar.day(record.whenHandedOver ?? record.whenPrepared, 'start')
      return { start, end: plus(start, days(record.daysSupply)) }
    }
    case 'MedicationAdministration': {
      const effective = periodDays(record.effectivePeriod, dates)
      const start = effective.start ?? dates.calendar.day(record.effectiveDateTime, 'start')
      return { start, end: effective.end ?? start }
    }
  }
}

/** The bounds of several instructions together: their first start and their last end. */
function boundsOf(dosages: readonly Dosage[] | undefined, dates: Dates): Stated {
  let start: Day | undefined
  let end: Day | undefined
  for (const dosage of dosages ?? []) {
    const bounds = periodDays(dosage.timing?.repeat?.boundsPeriod, dates)
    if (bounds.start !== undefined) start = Math.min(bounds.start, start ?? bounds.start)
    if (bounds.end !== undefined) end = Math.max(bounds.end, end ?? bounds.end)
  }
  return { start, end }
}

export function periodDays(period: Period | undefined, { calendar }: Dates): Stated {
  return { start: calendar.day(period?.start, 'start'), end: calendar.day(period?.end, 'end') }
}

function boundsDuration(dosages: readonly Dosage[] | undefined): number | undefined {
  const lengths = (dosages ?? []).flatMap(
    ({ timing }) => days(timing?.repeat?.boundsDuration) ?? [],
  )
  return lengths.length > 0 ? Math.max(...lengths) : undefined
}

/** A length of time in whole days; one that is negative or of unknown unit says nothing. */
function days(duration: Duration | undefined): number | undefined {
  const length = inUnit(duration, 'd')
  return length === undefined || length < 0 ? undefined : Math.round(length)
}

function plus(day: Day | undefined, length: number | undefined): Day | undefined {
  return day === undefined || length === undefined ? undefined : day + length
}
