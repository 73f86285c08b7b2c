/**
 * An adequate opioid trial that failed: long enough, strong enough, and said to have failed; or not
 * tolerated. Every ingredient is judged apart and the best trial wins.
 */

import { unique } from '../contraindications.ts'
import { dateOf } from '../dates.ts'
import { type DoseRange, isKnown } from '../doses.ts'
import type { Facts } from '../facts.ts'
import type { Answer } from '../forms.ts'
import { isReasonForOpioid } from '../medication-reasons.ts'
import type { MedicationUse } from '../medication-uses.ts'
import { answerNeed, resourceNeed } from '../needs.ts'
import type { Finding, Need, Verdict } from '../result.ts'
import {
  averageDose,
  isInLookBack,
  joinTrials,
  lengthOf,
  type ScoreChange,
  scoreChanges,
  type Trial,
} from '../trials.ts'

const id = 'failed-opioid-therapy'

export function failedOpioidTherapy(facts: Facts): Finding {
  const uses = opioidUses(facts)
  const form = formAnswer(facts)
  const taken = uses.filter((use) => use.taken === 'taken' && isTrialReason(use, facts))
  const trials = trialsOf(taken, facts)
  const worded = taken.filter((use) => use.medicine === undefined && isInLookBack(use, facts))
  const findings = [
    ...trials.map((trial) => judge(trial, form, facts)),
    ...worded.map(uncoded),
    ...untriedAllergies(facts, trials),
  ]
  if (trials.length > 0) return best(findings)
  const refused = uses.filter((use) => use.taken === 'not-taken' && isInLookBack(use, facts))
  const onlyRecord = worded.length > 0 ? [] : refused
  return best([...findings, claimWithoutRecord(form, onlyRecord, facts)])
}

const order: readonly Verdict[] = [
  'met',
  'conflicting',
  'needs-review',
  'not-met',
  'not-documented',
]

/** Best trial wins. */
function best(findings: readonly Finding[]): Finding {
  return findings.reduce((found, each) =>
    order.indexOf(each.verdict) < order.indexOf(found.verdict) ? each : found,
  )
}

/** Opioids that can be a trial by their use, coded or named. */
function opioidUses(facts: Facts): readonly MedicationUse[] {
  return facts.medications.filter(({ medicine, named }) => {
    if (medicine) return medicine.class === 'opioid' && isForPain(medicine.use)
    return named.some((each) => each.class === 'opioid' && [...each.uses].some(isForPain))
  })
}

function isForPain(use: string | undefined): boolean {
  return use === 'pain' || use === 'pain-or-oud'
}

function isTrialReason({ reasons, inpatient }: MedicationUse, facts: Facts): boolean {
  return !inpatient && isReasonForOpioid(reasons, facts.policy.codes)
}

function trialsOf(taken: readonly MedicationUse[], facts: Facts): readonly Trial<MedicationUse>[] {
  const byIngredient = new Map<string, MedicationUse[]>()
  for (const use of taken) {
    const ingredient = use.medicine?.ingredients[0]
    if (ingredient === undefined) continue
    const same = byIngredient.get(ingredient)
    if (same) same.push(use)
    else byIngredient.set(ingredient, [use])
  }
  return [...byIngredient.values()]
    .flatMap((uses) => joinTrials(uses, facts.parameters.refillGapDays))
    .filter((trial) => isInLookBack(trial, facts))
}

interface FormAnswer {
  readonly outcome: 'failed' | 'intolerance' | 'effective' | 'not-started'
  readonly answer: Answer
}

/** Of two answers that cannot be told apart in time, the one that makes it harder to meet. */
const formOutcomes: Readonly<Record<string, FormAnswer['outcome']>> = {
  'not-started': 'not-started',
  effective: 'effective',
  ineffective: 'failed',
  'inadequate-relief': 'failed',
  'adverse-effect': 'intolerance',
}
const outcomeSystem = 'https://referloop.example/fhir/CodeSystem/treatment-outcome'

function formAnswer(facts: Facts): FormAnswer | undefined {
  const codes = Object.keys(formOutcomes)
  const rank = ({ coding }: Answer) => codes.indexOf(coding?.code ?? '')
  const answer = facts.forms.newest(id, (each) => (rank(each) === -1 ? codes.length : rank(each)))
  const outcome = answer?.coding?.system === outcomeSystem && formOutcomes[answer.coding.code ?? '']
  return answer && outcome ? { outcome, answer } : undefined
}

/** What became of one trial by all who tell. */
interface Outcome {
  readonly failed: boolean
  readonly intolerance: boolean
  readonly effective: boolean
  readonly notStarted: boolean
  readonly scores: readonly ScoreChange[]
  readonly evidence: readonly string[]
}

function outcomeOf(
  trial: Trial<MedicationUse>,
  form: FormAnswer | undefined,
  facts: Facts,
): Outcome {
  const scores = scoreChanges(trial, facts).filter(({ outcome }) => outcome !== undefined)
  const allergies = facts.allergies.filter(
    ({ active, certain, medicines }) =>
      active && certain && medicines.some(({ ingredients }) => isSame(ingredients, trial)),
  )
  const said = [
    ...trial.records.map(({ outcome }) => outcome),
    ...scores.map(({ outcome }) => outcome),
    form?.outcome,
    ...allergies.map(() => 'intolerance' as const),
  ]
  return {
    failed: said.includes('failed') || said.includes('intolerance'),
    intolerance: said.includes('intolerance'),
    effective: said.includes('effective'),
    notStarted: said.includes('not-started'),
    scores,
    evidence: unique([
      ...trial.records.map(({ reference }) => reference),
      ...scores.flatMap(({ evidence }) => evidence),
      ...allergies.map(({ reference }) => reference),
      ...(form ? [form.answer.reference] : []),
    ]),
  }
}

function isSame(ingredients: readonly string[], trial: Trial<MedicationUse>): boolean {
  return ingredients[0] === trial.records[0]?.medicine?.ingredients[0]
}

function judge(trial: Trial<MedicationUse>, form: FormAnswer | undefined, facts: Facts): Finding {
  const { opioidTrialDays, minMme } = facts.parameters
  const outcome = outcomeOf(trial, form, facts)
  const hasFactor = trial.records.some(({ medicine }) => medicine?.factor !== undefined)
  const dose = hasFactor ? averageDose(trial, facts) : undefined
  const length = lengthOf(trial, opioidTrialDays)
  const what = describe(trial, dose)
  const say = (verdict: Verdict, why: string, needed: readonly Need[] = []): Finding => ({
    verdict,
    explanation: `${what}${why}${scoreText(outcome.scores)}.`,
    evidence: outcome.evidence,
    needed,
  })
  if (outcome.notStarted)
    return say('conflicting', ', but the form says it was never started', [correct])
  if (outcome.intolerance && !outcome.effective) return say('met', ', not tolerated')
  if (!outcome.intolerance && length === 'too-short')
    return say('not-met', `: shorter than ${opioidTrialDays} days`)
  if (!outcome.intolerance && dose && dose.high < minMme)
    return say('not-met', `: below ${minMme} MME/day on average`)
  if (outcome.failed && outcome.effective)
    return say('conflicting', ': one source says that it failed, another that it helped', [correct])
  if (outcome.effective) return say('not-met', ', effective')
  if (!outcome.failed) return say('not-documented', ', without an outcome', outcomeNeeds(facts))
  if (dose === undefined)
    return say(
      'needs-review',
      ', failed, but there is no morphine equivalent for it: whether the dose was adequate is for a clinician',
    )
  if (dose.low < minMme)
    return say('needs-review', `, failed, but the dose is not certain to reach ${minMme} MME/day`)
  if (length === 'unknown')
    return say('needs-review', ', failed, but for how long it was taken is not known')
  return say('met', ', which failed')
}

const correct: Need = {
  text: 'Correct the record or the answer, whichever is wrong, and send it again.',
}

function describe(trial: Trial<MedicationUse>, dose: DoseRange | undefined): string {
  const name = trial.records[0]?.name ?? 'An opioid'
  const from = trial.start === undefined ? ', undated' : ` from ${dateOf(trial.start)}`
  const to =
    !trial.isLengthKnown || trial.end === undefined
      ? ''
      : ` to ${dateOf(trial.end)} (${trial.days} days)`
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${doseText(dose)}${from}${to}`
}

function doseText(dose: DoseRange | undefined): string {
  if (dose === undefined || !isKnown(dose)) return ''
  const number = (value: number) => String(Math.round(value * 10) / 10)
  if (dose.low === dose.high) return ` ${number(dose.high)} MME/day`
  return dose.low === 0
    ? ` up to ${number(dose.high)} MME/day`
    : ` ${number(dose.low)} to ${number(dose.high)} MME/day`
}

function scoreText(scores: readonly ScoreChange[]): string {
  return scores.map(({ before, after }) => `; pain ${before} to ${after}`).join('')
}

/** A medicine known only by its words is never a computable trial. */
function uncoded({ reference, text }: MedicationUse): Finding {
  return {
    verdict: 'needs-review',
    explanation: `An opioid is on file only in words ("${text}"): a clinician must read it.`,
    evidence: [reference],
    needed: [{ text: 'Send the opioid with an RxNorm code, its dose, its dates and its outcome.' }],
  }
}

/** An allergy to an opioid that nobody recorded as taken. */
function untriedAllergies(
  facts: Facts,
  trials: readonly Trial<MedicationUse>[],
): readonly Finding[] {
  return facts.allergies.flatMap((allergy) => {
    if (!allergy.active || !allergy.certain) return []
    const opioids = allergy.medicines.filter((medicine) => medicine.class === 'opioid')
    const isTried = opioids.some(({ ingredients }) =>
      trials.some((trial) => isSame(ingredients, trial)),
    )
    const isNamed = facts.policy.medicines
      .named(allergy.text)
      .some((each) => each.class === 'opioid')
    if (isTried || (opioids.length === 0 && !isNamed)) return []
    return {
      verdict: 'needs-review' as const,
      explanation: `An allergy or intolerance to ${allergy.name} is on file, but no record that it was taken.`,
      evidence: [allergy.reference],
      needed: outcomeNeeds(facts),
    }
  })
}

/** No trial on file: the form, and records that it was never taken, are all there is. */
function claimWithoutRecord(
  form: FormAnswer | undefined,
  notTaken: readonly MedicationUse[],
  facts: Facts,
): Finding {
  const evidence = unique([
    ...notTaken.map(({ reference }) => reference),
    ...(form ? [form.answer.reference] : []),
  ])
  const needed = outcomeNeeds(facts)
  if (form === undefined)
    return {
      verdict: 'not-documented',
      explanation: `No opioid trial is on file${notTaken.length > 0 ? ', only a record that one was not taken' : ''}, and the form does not say.`,
      evidence,
      needed,
    }
  const when = `The form ${form.answer.when}`
  if (form.outcome === 'effective' || form.outcome === 'not-started')
    return {
      verdict: 'not-met',
      explanation: `${when} says that opioid therapy ${form.outcome === 'effective' ? 'was effective' : 'was never started'}.`,
      evidence,
      needed: [],
    }
  if (notTaken.length > 0)
    return {
      verdict: 'conflicting',
      explanation: `${when} says that opioid therapy failed, but the only record says that ${notTaken[0]?.name} was not taken.`,
      evidence,
      needed: [correct],
    }
  return {
    verdict: 'needs-review',
    explanation: `${when} says that opioid therapy failed, but no opioid that counts as a trial is on file.`,
    evidence,
    needed,
  }
}

function outcomeNeeds(facts: Facts): readonly Need[] {
  return [
    resourceNeed(
      'Send the opioid that was tried (MedicationRequest or MedicationStatement) with RxNorm code, dose, dates and, as statusReason, what became of it.',
      'MedicationRequest',
      'medication',
      'opioids',
    ),
    answerNeed(facts, id),
  ]
}
