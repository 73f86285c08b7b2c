/**
 * Not pregnant. Asked of every patient whom sex, age or absence of the uterus does not rule out; where it
 * does not apply, evidence or a yes still makes a person look.
 */

import { allText } from '../concepts.ts'
import type { ConditionFact } from '../conditions.ts'
import {
  answeredBy,
  codedEvidence,
  codeWeight,
  type Evidence,
  openYes,
  reasonEvidence,
  recordEvidence,
  sentence,
  unique,
  weigh,
} from '../contraindications.ts'
import { type Day, dateOf, yearsBetween } from '../dates.ts'
import type { Facts } from '../facts.ts'
import type { Measurement } from '../measurements.ts'
import { inUnit } from '../quantities.ts'
import type { RecordedReason } from '../reasons.ts'
import type { Finding } from '../result.ts'
import { resultOf } from '../results.ts'

const id = 'pregnancy'
const weightByCode = codeWeight(id)

export function pregnancy(facts: Facts): Finding {
  const cancelled = lastNegative(facts)
  const reply = facts.forms.reply(id)
  const evidence = [
    ...recorded(facts, cancelled),
    ...tested(facts, cancelled),
    ...withheld(facts, cancelled),
  ]
  const exempt = exemption(facts)
  if (exempt === undefined) return weigh(facts, id, evidence, reply)
  const against = [...evidence, ...openYes(reply)]
  const answered = reply.answer ? [reply.answer.reference] : []
  if (against.length === 0 && reply.value !== 'yes')
    return {
      verdict: 'met',
      applicable: false,
      explanation: `Not applicable: ${exempt.text}.`,
      evidence: exempt.references,
      needed: [],
    }
  const shown = against.map(({ text }) => text).join('; ')
  return {
    verdict: 'needs-review',
    explanation:
      shown === ''
        ? `Not applicable (${exempt.text}), but ${answeredBy(id, reply)}.`
        : `Not applicable (${exempt.text}), but the record shows ${shown}. ${sentence(answeredBy(id, reply))}`,
    evidence: unique([
      ...exempt.references,
      ...against.flatMap((each) => each.references),
      ...answered,
    ]),
    needed: [],
  }
}

interface Exemption {
  readonly text: string
  readonly references: readonly string[]
}

function exemption(facts: Facts): Exemption | undefined {
  const { patient } = facts.packet
  const { pregnancyMinAge, pregnancyMaxAge } = facts.parameters
  const references = patient ? [patient.reference] : []
  if (patient?.resource.gender === 'male') return { text: 'the patient is male', references }
  const birth = facts.dates.calendar.day(patient?.resource.birthDate, 'birth')
  const age = birth === undefined ? undefined : yearsBetween(birth, facts.dates.referral)
  if (age !== undefined && (age < pregnancyMinAge || age > pregnancyMaxAge))
    return { text: `the patient was ${age} at the referral`, references }
  const absence = facts.conditions.find(
    ({ meaning, certain }) =>
      meaning.lists.has('x7-no-uterus') || (meaning.lists.has('x7-menopause') && certain),
  )
  return absence && { text: absence.name.toLowerCase(), references: [absence.reference] }
}

/** Whatever is older than this by all of its dates is over. */
function lastNegative(facts: Facts): Day {
  const negative = (measurement: Measurement) =>
    measurement.lists.has('loinc-pregnancy-status')
      ? statusOf(measurement, facts) === 'not-pregnant'
      : resultOf(measurement, facts) === 'negative'
  const days = [
    ...facts.measurements.in('loinc-hcg'),
    ...facts.measurements.in('loinc-pregnancy-status'),
  ]
    .filter(negative)
    .flatMap(({ day }) => day ?? [])
  return Math.max(Number.NEGATIVE_INFINITY, ...days)
}

function isCancelled(days: readonly (Day | undefined)[], negative: Day): boolean {
  const known = days.filter((day) => day !== undefined)
  return known.length > 0 && known.every((day) => day < negative)
}

/** Conditions and reasons: by code within 301 days, by words whenever. */
function recorded(facts: Facts, negative: Day): readonly Evidence[] {
  const cancelled = new Set(
    facts.conditions
      .filter(({ onset, recorded: recordedOn }) => isCancelled([onset, recordedOn], negative))
      .map(({ reference }) => reference),
  )
  const cancelledReasons = new Set(
    facts.reasons
      .filter(({ day }) => isCancelled([day], negative))
      .map(({ reference }) => reference),
  )
  return recordEvidence(
    facts,
    id,
    (each) => byCode(each, facts),
    (each) => byReason(each, facts),
  ).filter(
    ({ references }) =>
      !references.every((reference) => cancelled.has(reference) || cancelledReasons.has(reference)),
  )
}

function byCode(condition: ConditionFact, facts: Facts): Evidence | undefined {
  const weight = condition.active ? weightByCode(condition.meaning) : undefined
  if (weight === undefined) return undefined
  const { onset, recorded: recordedOn } = condition
  if (onset === undefined && recordedOn === undefined) return codedEvidence('uncertain', condition)
  const { pregnancyDays } = facts.parameters
  if (!facts.inWindow(onset, pregnancyDays) && !facts.inWindow(recordedOn, pregnancyDays))
    return undefined
  return codedEvidence(condition.certain ? weight : 'uncertain', condition)
}

function byReason(reason: RecordedReason, facts: Facts): Evidence | undefined {
  const weight = weightByCode(reason.meaning)
  if (weight === undefined) return undefined
  if (reason.day !== undefined && !facts.inWindow(reason.day, facts.parameters.pregnancyDays))
    return undefined
  return reasonEvidence(reason.source === 'referral' ? weight : 'uncertain', reason)
}

type Reading = { readonly weight: Evidence['weight']; readonly text: string }

/** Tests, status and gestational age, each within its own window. */
function tested(facts: Facts, negative: Day): readonly Evidence[] {
  const { hcgDays, pregnancyDays } = facts.parameters
  return [
    ...readings(facts, negative, 'loinc-hcg', hcgDays, (each) => qualitative(each, facts)),
    ...readings(facts, negative, 'loinc-hcg-quantitative', hcgDays, (each) =>
      quantitative(each, facts),
    ),
    ...readings(facts, negative, 'loinc-pregnancy-status', pregnancyDays, (each) =>
      status(each, facts),
    ),
    ...readings(facts, negative, 'loinc-gestational-age', pregnancyDays, gestation),
  ]
}

function readings(
  facts: Facts,
  negative: Day,
  list: string,
  days: number,
  read: (measurement: Measurement) => Reading | undefined,
): readonly Evidence[] {
  return facts.measurements.in(list).flatMap((measurement) => {
    const { day, reference } = measurement
    if (day !== undefined && (!facts.inWindow(day, days) || day < negative)) return []
    const reading = read(measurement)
    if (reading === undefined) return []
    const when = day === undefined ? 'without a date' : `on ${dateOf(day)}`
    const weight = day === undefined ? 'uncertain' : reading.weight
    return { weight, text: `${reading.text} ${when}`, references: [reference] }
  })
}

function qualitative(measurement: Measurement, facts: Facts): Reading | undefined {
  const result = resultOf(measurement, facts)
  if (result === 'positive') return { weight: 'strong', text: 'a positive pregnancy test' }
  return result === 'neither'
    ? { weight: 'uncertain', text: 'an unclear pregnancy test' }
    : undefined
}

function quantitative({ quantity }: Measurement, facts: Facts): Reading | undefined {
  const value = inUnit(quantity, '[IU]/L')
  const bare = quantity?.value === undefined ? undefined : Number(quantity.value)
  const limit = facts.parameters.hcgQuantitative
  if ((value ?? bare ?? 0) < limit) return undefined
  if (quantity?.comparator === '<' || quantity?.comparator === '<=')
    return { weight: 'uncertain', text: `a choriogonadotropin below ${bare}` }
  return value === undefined
    ? { weight: 'uncertain', text: `a choriogonadotropin of ${bare} without a usable unit` }
    : { weight: 'strong', text: `a choriogonadotropin of ${value} [IU]/L` }
}

function status(measurement: Measurement, facts: Facts): Reading | undefined {
  const said = statusOf(measurement, facts)
  if (said === 'pregnant') return { weight: 'strong', text: 'the status pregnant' }
  return said === 'unclear'
    ? { weight: 'uncertain', text: 'an unclear pregnancy status' }
    : undefined
}

/** 82810-3: pregnant, not pregnant, or something else that is said. */
function statusOf(
  measurement: Measurement,
  facts: Facts,
): 'pregnant' | 'not-pregnant' | 'unclear' | undefined {
  const { codes } = facts.policy
  const { valueConcept, valueText } = measurement
  const isListed = codes.has(valueConcept, 'pregnant') || codes.has(valueConcept, 'not-pregnant')
  const text = `${valueText ?? ''} ${isListed ? '' : allText(valueConcept)}`
  if (codes.has(valueConcept, 'pregnant') || /(?<!\b(?:not|non)[\s-]*)\bpregnant/i.test(text))
    return 'pregnant'
  if (codes.has(valueConcept, 'not-pregnant') || /\bnot pregnant|\bnon-?pregnant/i.test(text))
    return 'not-pregnant'
  const result = resultOf(measurement, facts)
  if (result === 'positive') return 'pregnant'
  if (result === 'negative') return 'not-pregnant'
  return result === 'none' ? undefined : 'unclear'
}

function gestation({ quantity, valueConcept, valueText }: Measurement): Reading | undefined {
  const hasValue =
    quantity?.value !== undefined || valueConcept !== undefined || valueText !== undefined
  return hasValue ? { weight: 'strong', text: 'a gestational age' } : undefined
}

/** A medicine stopped or withheld for pregnancy. */
function withheld(facts: Facts, negative: Day): readonly Evidence[] {
  const { pregnancyDays } = facts.parameters
  return facts.medications
    .filter(({ forPregnancy }) => forPregnancy)
    .filter(({ start, end }) => {
      const days = [start, end].filter((day) => day !== undefined)
      if (isCancelled(days, negative)) return false
      return days.length === 0 || days.some((day) => facts.inWindow(day, pregnancyDays))
    })
    .map(({ reference, name }) => ({
      weight: 'uncertain' as const,
      text: `${name} stopped or withheld for pregnancy`,
      references: [reference],
    }))
}
