/** One opioid trial, judged: long enough, strong enough, and said to have failed; or not tolerated. */

import { averageDose } from './average-dose.ts'
import { unique } from './contraindications.ts'
import { dateOf } from './dates.ts'
import { type DoseRange, isKnown } from './doses.ts'
import type { Facts } from './facts.ts'
import type { Answer } from './forms.ts'
import type { MedicationUse } from './medication-uses.ts'
import { answerNeed, correctNeed, resourceNeed } from './needs.ts'
import { baseUrl } from './policy.ts'
import type { Finding, Need, Verdict } from './result.ts'
import { type ScoreChange, scoreChanges } from './scores.ts'
import { lengthOf, type Trial } from './trials.ts'

const id = 'failed-opioid-therapy'

/** What the form says of opioid therapy as a whole. */
export interface FormAnswer {
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
const outcomeSystem = `${baseUrl}/CodeSystem/treatment-outcome`

/** The newest counted answer; an answer that is no code of ours says nothing. */
export function formAnswer(facts: Facts): FormAnswer | undefined {
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

/** Are these the ingredients of the trial? */
function isSame(ingredients: readonly string[], trial: Trial<MedicationUse>): boolean {
  return ingredients[0] === trial.records[0]?.medicine?.ingredients[0]
}

/** What a trial comes to; nothing is too short or too low for an intolerance. */
export function judge(
  trial: Trial<MedicationUse>,
  form: FormAnswer | undefined,
  facts: Facts,
): Finding {
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
    return say('conflicting', ', but the form says it was never started', [correctNeed])
  if (outcome.intolerance && !outcome.effective) return say('met', ', not tolerated')
  if (!outcome.intolerance && length === 'too-short')
    return say('not-met', `: shorter than ${opioidTrialDays} days`)
  if (!outcome.intolerance && dose && dose.high < minMme)
    return say('not-met', `: below ${minMme} MME/day on average`)
  if (outcome.failed && outcome.effective)
    return say('conflicting', ': one source says that it failed, another that it helped', [
      correctNeed,
    ])
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

/** What would show a trial and its outcome. */
export function outcomeNeeds(facts: Facts): readonly Need[] {
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
