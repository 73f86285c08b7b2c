/**
 * Doses in morphine milligram equivalents a day (MME), as a range: what is not known or only taken as
 * needed widens it.
 *
 * Factors: CDC Clinical Practice Guideline for Prescribing Opioids for Pain, MMWR 2022;71(3).
 * Dosage: http://hl7.org/fhir/R4/dosage.html
 */

import type { CodeableConcept, Dosage, Quantity, Timing, TimingRepeat } from 'fhir/r4'
import type { MedicationRecord } from './medication-record.ts'
import type { Medicine } from './medicines.ts'
import { inUnit } from './quantities.ts'

export interface DoseRange {
  readonly low: number
  readonly high: number
}

/** Nothing is known of the dose. */
export const unknownDose: DoseRange = { low: 0, high: Number.POSITIVE_INFINITY }

/** One instruction of a record: how much a day, and the bounds of its own if it has them. */
export interface DailyDose {
  readonly dose: DoseRange
  readonly dosage: Dosage | undefined
}

/** The daily dose of each instruction of a record. */
export function dailyDoses(record: MedicationRecord, medicine: Medicine): readonly DailyDose[] {
  if (record.resourceType === 'MedicationAdministration')
    return [{ dose: range(mmeOf(record.dosage?.dose, medicine)), dosage: undefined }]
  const dosages =
    record.resourceType === 'MedicationStatement' ? record.dosage : record.dosageInstruction
  const doses = (dosages ?? []).map((dosage) => ({ dose: doseOf(dosage, medicine), dosage }))
  if (record.resourceType !== 'MedicationDispense' || doses.some(({ dose }) => isKnown(dose)))
    return doses.length > 0 ? doses : [{ dose: unknownDose, dosage: undefined }]
  const amount = mmeOf(record.quantity, medicine)
  const days = inUnit(record.daysSupply, 'd')
  return [{ dose: range(amount && days ? amount / days : undefined), dosage: undefined }]
}

export function isKnown(dose: DoseRange): boolean {
  return Number.isFinite(dose.high)
}

function range(value: number | undefined): DoseRange {
  return value === undefined ? unknownDose : { low: value, high: value }
}

function doseOf(dosage: Dosage, medicine: Medicine): DoseRange {
  const full =
    medicine.mmePerDay === undefined ? scheduled(dosage, medicine) : worn(dosage, medicine)
  const most = highest(dosage, medicine)
  const capped = { low: Math.min(full.low, most), high: Math.min(full.high, most) }
  return isAsNeeded(dosage) ? { low: 0, high: capped.high } : capped
}

function isAsNeeded(dosage: Dosage): boolean {
  return dosage.asNeededBoolean === true || dosage.asNeededCodeableConcept !== undefined
}

function highest(dosage: Dosage, medicine: Medicine): number {
  const { numerator, denominator } = dosage.maxDosePerPeriod ?? {}
  const most = mmeOf(numerator, medicine)
  const days = inUnit(denominator, 'd')
  return most !== undefined && days ? most / days : Number.POSITIVE_INFINITY
}

/** A patch counts while it is worn, whatever its change interval. */
function worn(dosage: Dosage, medicine: Medicine): DoseRange {
  const each = dosage.doseAndRate?.find(
    (part) => part.doseQuantity ?? part.doseRange ?? part.rateQuantity,
  )
  if (each === undefined) return range(medicine.mmePerDay)
  const { doseQuantity, doseRange, rateQuantity } = each
  if (doseRange)
    return between(patchMme(doseRange.low, medicine), patchMme(doseRange.high, medicine))
  return range(patchMme(doseQuantity ?? rateQuantity, medicine))
}

function patchMme(quantity: Quantity | undefined, medicine: Medicine): number | undefined {
  const value = positive(quantity)
  if (quantity === undefined || value === undefined) return undefined
  if (isCount(quantity)) return value * (medicine.mmePerDay ?? Number.NaN)
  const rate = inUnit(quantity, 'ug/h')
  return rate === undefined ? undefined : rate * (medicine.factor ?? Number.NaN)
}

function scheduled(dosage: Dosage, medicine: Medicine): DoseRange {
  const each = dosage.doseAndRate?.find(
    (part) => part.doseQuantity ?? part.doseRange ?? part.rateQuantity,
  )
  if (each?.rateQuantity && isFentanyl(medicine))
    return range(patchMme(each.rateQuantity, medicine))
  const times = timesPerDay(dosage.timing)
  if (each === undefined || times === undefined) return unknownDose
  const { doseQuantity, doseRange } = each
  const low = mmeOf(doseQuantity ?? doseRange?.low, medicine)
  const high = mmeOf(doseQuantity ?? doseRange?.high, medicine)
  return between(
    low === undefined ? 0 : low * times.low,
    high === undefined ? undefined : high * times.high,
  )
}

function between(low: number | undefined, high: number | undefined): DoseRange {
  return { low: low ?? 0, high: high ?? Number.POSITIVE_INFINITY }
}

function isFentanyl(medicine: Medicine): boolean {
  return medicine.ingredients.includes('fentanyl')
}

/** MME of an amount: units of the product, millilitres, or milligrams of the opioid. */
function mmeOf(quantity: Quantity | undefined, medicine: Medicine): number | undefined {
  const value = positive(quantity)
  if (quantity === undefined || value === undefined) return undefined
  if (isCount(quantity)) return times(value, medicine.mmePerUnit)
  const millilitres = medicine.mmePerMl === undefined ? undefined : inUnit(quantity, 'mL')
  if (millilitres !== undefined) return times(millilitres, medicine.mmePerMl)
  const milligrams = inUnit(quantity, 'mg')
  // The factor of fentanyl is per microgram an hour: it has none for an amount.
  if (milligrams === undefined || isFentanyl(medicine)) return undefined
  return isOpioidPart(milligrams, medicine) ? times(milligrams, medicine.factor) : undefined
}

function times(amount: number, each: number | undefined): number | undefined {
  return each === undefined ? undefined : amount * each
}

/** Milligrams of a combination may be those of the other ingredient: halves of the strength are not. */
function isOpioidPart(milligrams: number, { combination, strengthMg }: Medicine): boolean {
  if (!combination || strengthMg === undefined) return !combination
  const halves = (milligrams / strengthMg) * 2
  return Math.abs(halves - Math.round(halves)) < 1e-6 && halves <= 8
}

function positive(quantity: Quantity | undefined): number | undefined {
  const value = quantity?.value === undefined ? Number.NaN : Number(quantity.value)
  return value > 0 ? value : undefined
}

/** No unit, `1`, an annotation such as `{tablet}`, or the name of a dose form. */
function isCount({ code, unit, system }: Quantity): boolean {
  if (code === undefined && unit === undefined) return true
  const isForm = (text: string) => text === '' || text === '1' || forms.test(text.trim())
  if (code === undefined || system === undefined) return isForm(unit ?? code ?? '')
  return isForm(code)
}

const forms =
  /^(\{.*\}|(tab|tablet|cap|capsule|caplet|patch|patche|suppository|supp|suppositorie|film|pill|piece|each|ea|unit|strip|lozenge)s?(\(s\))?)$/i

interface Times {
  readonly low: number
  readonly high: number
}

const daysPerUnit: Readonly<Record<string, number>> = {
  s: 1 / 86_400,
  min: 1 / 1440,
  h: 1 / 24,
  d: 1,
  wk: 7,
  mo: 30.4375,
  a: 365.25,
}

/** http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation */
const timesPerCode: Readonly<Record<string, number>> = {
  BID: 2,
  TID: 3,
  QID: 4,
  QD: 1,
  QOD: 0.5,
  Q1H: 24,
  Q2H: 12,
  Q3H: 8,
  Q4H: 6,
  Q6H: 4,
  Q8H: 3,
  Q12H: 2,
  AM: 1,
  PM: 1,
  BED: 1,
  WK: 1 / 7,
  MO: 1 / 30.4375,
}

/** How often a day; undefined when the timing does not say. */
function timesPerDay(timing: Timing | undefined): Times | undefined {
  const repeat = timing?.repeat
  const byRepeat = repeat && timesOf(repeat)
  if (byRepeat) return byRepeat
  const byCode = timesOfCode(timing?.code)
  return byCode === undefined ? undefined : { low: byCode, high: byCode }
}

function timesOf(repeat: TimingRepeat): Times | undefined {
  const weekly = repeat.dayOfWeek?.length ? repeat.dayOfWeek.length / 7 : 1
  const moments = repeat.timeOfDay?.length || repeat.when?.length
  if (moments) return { low: moments * weekly, high: moments * weekly }
  const length = repeat.periodUnit === undefined ? undefined : daysPerUnit[repeat.periodUnit]
  const period = Number(repeat.period)
  if (length === undefined || !(period > 0)) return undefined
  const frequency = Number(repeat.frequency ?? 1)
  const most = Number(repeat.frequencyMax ?? frequency)
  const longest = Number(repeat.periodMax ?? period)
  if (!(frequency > 0)) return undefined
  return {
    low: (frequency / (longest * length)) * weekly,
    high: (most / (period * length)) * weekly,
  }
}

function timesOfCode(code: CodeableConcept | undefined): number | undefined {
  for (const coding of code?.coding ?? []) {
    const found = timesPerCode[coding.code ?? '']
    if (found !== undefined) return found
  }
  return undefined
}
