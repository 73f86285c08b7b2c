/**
 * Conditions as the rules read them: dropped, uncertain, history only or active.
 *
 * http://hl7.org/fhir/R4/condition.html
 */

import type { CodeableConcept, Coding, Condition, Quantity } from 'fhir/r4'
import { icd10cm, type Meaning } from './codes.ts'
import { allText, type ConceptMeaning, meaningOf, nameOf } from './concepts.ts'
import { addMonths, type Day } from './dates.ts'
import type { KnownOf } from './packet.ts'
import type { Setting } from './setting.ts'

export interface ConditionFact {
  readonly reference: string
  readonly name: string
  readonly meaning: ConceptMeaning
  /** Active, or recurred, or relapsed; a remission code is history whatever the status says. */
  readonly active: boolean
  readonly recurred: boolean
  /** Confirmed, or without a verification status. */
  readonly certain: boolean
  /** Its codes, if any, are in no list, and there is nothing to read either. */
  readonly blank: boolean
  /** code.text of a coded entry, text and displays of an uncoded one. */
  readonly text: string
  /** Onset, else the recorded date. */
  readonly day: Day | undefined
  readonly onset: Day | undefined
  readonly recorded: Day | undefined
  readonly abatement: Day | undefined
}

const dropped: ReadonlySet<string> = new Set(['entered-in-error', 'refuted'])
const uncertain: ReadonlySet<string> = new Set(['provisional', 'differential', 'unconfirmed'])
const over: ReadonlySet<string> = new Set(['inactive', 'remission', 'resolved'])
const back: ReadonlySet<string> = new Set(['recurrence', 'relapse'])

/** Family history (Z80 to Z84) is another person's disease, personal history (Z85 to Z87) is past. */
const historyCode = /^Z8[0-7]/

export function conditionsOf(facts: Setting): readonly ConditionFact[] {
  const found: ConditionFact[] = []
  for (const known of facts.packet.ofType('Condition')) {
    const fact = conditionOf(known, facts)
    if (fact) found.push(fact)
  }
  return found
}

/** The condition as a fact; undefined for one that does not count at all. */
function conditionOf(known: KnownOf<'Condition'>, facts: Setting): ConditionFact | undefined {
  const condition = known.resource
  if (statusCodes(condition.verificationStatus).some((code) => dropped.has(code))) return undefined
  if (isHistoryCode(condition.code, facts)) return undefined
  const dates = datesOf(condition, facts)
  if (facts.isFuture(dates.day)) return undefined
  const meaning = meaningOf(condition.code, facts.policy.codes)
  const everything = allText(condition.code)
  return {
    reference: known.reference,
    name: nameOf(condition.code, meaning.display),
    meaning,
    active: isActive(condition, dates.abatement, facts) && !isRemission(meaning),
    recurred: statusCodes(condition.clinicalStatus).some((code) => back.has(code)),
    certain: !statusCodes(condition.verificationStatus).some((code) => uncertain.has(code)),
    blank: !meaning.listed && everything === '',
    text: meaning.listed ? addedText(condition.code, meaning) : everything,
    ...dates,
  }
}

/** True when a code is personal or family history, and no other code is of a disease in a list. */
function isHistoryCode(concept: CodeableConcept | undefined, { policy }: Setting): boolean {
  const codings = concept?.coding ?? []
  const isHistory = ({ system, code }: Coding) => system === icd10cm && historyCode.test(code ?? '')
  return (
    codings.some(isHistory) &&
    codings.every((coding) => isHistory(coding) || !isDisease(policy.codes.meaning(coding)))
  )
}

function isDisease({ lists, category, patterns }: Meaning): boolean {
  return [...lists, ...category, ...patterns].some(
    (list) => list.includes('/') && !list.endsWith('/exclude'),
  )
}

/** A text that only repeats the listed display adds nothing to the code. */
function addedText(concept: CodeableConcept | undefined, meaning: ConceptMeaning): string {
  const text = concept?.text ?? ''
  return text.toLowerCase() === meaning.display?.toLowerCase() ? '' : text
}

/** In remission by its codes: one says so and none says that the disorder is there. */
function isRemission(meaning: ConceptMeaning): boolean {
  if (!meaning.lists.has('remission')) return false
  for (const list of meaning.lists) if (list.includes('/contraindication-')) return false
  return true
}

function statusCodes(concept: CodeableConcept | undefined): readonly string[] {
  return concept?.coding?.flatMap(({ code }) => code ?? []) ?? []
}

/** Absent clinicalStatus and no abatement is active; any abatement in the past is not. */
function isActive(condition: Condition, abatement: Day | undefined, facts: Setting): boolean {
  if (abatement !== undefined && abatement <= facts.dates.check) return false
  const codes = statusCodes(condition.clinicalStatus)
  if (codes.length > 0) return !codes.some((code) => over.has(code))
  return abatement !== undefined || !isAbated(condition)
}

/** Over on a day that nobody can tell. */
function isAbated(condition: Condition): boolean {
  return (
    condition.abatementString !== undefined ||
    condition.abatementAge !== undefined ||
    condition.abatementRange !== undefined ||
    condition.abatementPeriod !== undefined ||
    condition.abatementDateTime !== undefined
  )
}

interface ConditionDates {
  readonly day: Day | undefined
  readonly onset: Day | undefined
  readonly recorded: Day | undefined
  readonly abatement: Day | undefined
}

function datesOf(condition: Condition, facts: Setting): ConditionDates {
  const { calendar } = facts.dates
  const onset =
    calendar.day(condition.onsetDateTime) ??
    calendar.day(condition.onsetPeriod?.start ?? condition.onsetPeriod?.end) ??
    dayAtAge(condition.onsetAge ?? condition.onsetRange?.low ?? condition.onsetRange?.high, facts)
  const recorded = calendar.day(condition.recordedDate)
  const abatement =
    calendar.day(condition.abatementDateTime, 'end') ??
    calendar.day(condition.abatementPeriod?.end, 'end') ??
    dayAtAge(condition.abatementAge ?? condition.abatementRange?.high, facts)
  return { day: onset ?? recorded, onset, recorded, abatement }
}

const monthsPerUnit: Readonly<Record<string, number>> = {
  a: 12,
  yr: 12,
  year: 12,
  years: 12,
  mo: 1,
  month: 1,
  months: 1,
}
const daysPerUnit: Readonly<Record<string, number>> = {
  wk: 7,
  week: 7,
  weeks: 7,
  d: 1,
  day: 1,
  days: 1,
}

/** An age is added to the birth date. */
function dayAtAge(age: Quantity | undefined, facts: Setting): Day | undefined {
  const birth = facts.dates.calendar.day(facts.packet.patient?.resource.birthDate, 'birth')
  if (birth === undefined || age?.value === undefined) return undefined
  const unit = age.code ?? age.unit ?? ''
  const months = monthsPerUnit[unit]
  const days = daysPerUnit[unit]
  const value = Number(age.value)
  if (months !== undefined) return addMonths(birth, Math.floor(value * months))
  return days === undefined ? undefined : birth + Math.floor(value * days)
}
