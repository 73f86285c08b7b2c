/** Two classes of treatment besides opioids that failed: long enough and without help, or not tolerated. */

import type { Procedure } from 'fhir/r4'
import type { AllergyFact } from '../allergies.ts'
import { meaningOf, nameOf } from '../concepts.ts'
import { unique } from '../contraindications.ts'
import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { periodDays } from '../medication-periods.ts'
import { isReasonForPainTreatment } from '../medication-reasons.ts'
import { type MedicationUse, outcomeOf, reasonsOf } from '../medication-uses.ts'
import type { Medicine } from '../medicines.ts'
import { resourceNeed } from '../needs.ts'
import type { KnownOf } from '../packet.ts'
import type { Finding, Need } from '../result.ts'
import { scoreChanges } from '../scores.ts'
import { isInLookBack, joinTrials, lengthOf, type Taken, type Trial } from '../trials.ts'

/** A treatment of one class that was taken. */
interface Treatment extends Taken {
  readonly class: string
  readonly ingredient: string
  readonly name: string
  /** Only its words say what it is. */
  readonly uncoded: boolean
}

/** What the trials of one class come to, best first. */
const standings = ['failed', 'conflicting', 'open', 'worded', 'decided', 'silent'] as const
type Standing = (typeof standings)[number]

interface ClassResult {
  readonly standing: Standing
  /** Some record of the class is too short or has an outcome. */
  readonly isDecided: boolean
  readonly text: string
  readonly evidence: readonly string[]
}

const therapyClass = 'physical-or-psychological-therapy'

export function failedOtherTherapies(facts: Facts): Finding {
  const treatments = [...medicines(facts), ...therapies(facts)]
  const classes = [...Map.groupBy(treatments, (each) => each.class)].map(([name, records]) =>
    classResult(name, records, facts),
  )
  const least = facts.parameters.minNonOpioidClasses
  const count = (...wanted: readonly Standing[]) =>
    classes.filter(({ standing }) => wanted.includes(standing)).length
  const say = (verdict: Finding['verdict'], lead: string, needed: readonly Need[]): Finding => ({
    verdict,
    explanation:
      classes.length === 0 ? lead : `${lead} ${classes.map(({ text }) => text).join('; ')}.`,
    evidence: unique(classes.flatMap(({ evidence }) => evidence)),
    needed,
  })
  const failed = count('failed')
  if (failed >= least) return say('met', `${failed} classes failed:`, [])
  if (count('failed', 'conflicting') >= least)
    return say('conflicting', 'What became of a class is told in two ways:', [correct])
  if (count('failed', 'conflicting', 'open', 'worded') >= least)
    return say('needs-review', 'Another class may have failed, which a clinician must judge:', [
      send,
    ])
  if (classes.some(({ isDecided }) => isDecided))
    return say('not-met', `${failed} of ${least} classes failed:`, [])
  return say(
    'not-documented',
    classes.length === 0 ? 'No other treatment is on file.' : 'Without an outcome:',
    [send],
  )
}

const correct: Need = { text: 'Correct the record that is wrong and send it again.' }
const send: Need = resourceNeed(
  'Send the treatments that were tried with their dates and, as statusReason, what became of them.',
  'MedicationRequest',
  'medication',
  'pain-medicines',
)

const notCounted: ReadonlySet<string> = new Set(['opioid', 'ketamine'])

function medicines(facts: Facts): readonly Treatment[] {
  return facts.medications.flatMap((use) => {
    if (use.taken !== 'taken' || !isReasonForPainTreatment(use.reasons)) return []
    const kind = classOf(use)
    if (kind === undefined || notCounted.has(kind)) return []
    const ingredient = use.medicine ? ingredientOf(use.medicine) : use.text
    const { reference, start, end, outcome, name } = use
    return {
      class: kind,
      ingredient,
      name,
      uncoded: use.medicine === undefined,
      reference,
      start,
      end,
      outcome,
    }
  })
}

/** Products for the skin are of class topical, whatever is in them, unless it is an opioid. */
const topical = /\b(topical|gel|cream|ointment|patch)\b/i

function classOf({ medicine, named, text }: MedicationUse): string | undefined {
  if (medicine) return medicine.class
  if (named.some((each) => each.class === 'opioid')) return 'opioid'
  if (named.length === 0) return undefined
  return topical.test(text) ? 'topical' : named[0]?.class
}

const procedureTaken: ReadonlySet<string> = new Set(['completed', 'stopped', 'in-progress'])

/** Physical and psychological therapy are one class. */
function therapies(facts: Facts): readonly Treatment[] {
  return facts.packet
    .ofType('Procedure')
    .flatMap((known) => {
      const { code, status } = known.resource
      const { lists, display } = meaningOf(code, facts.policy.codes)
      if (!procedureTaken.has(status) || !lists.has('nonpharm')) return []
      if (!isReasonForPainTreatment(reasonsOf(known, facts))) return []
      const name = nameOf(code, display)
      return {
        class: therapyClass,
        ingredient: name,
        name,
        uncoded: false,
        ...performed(known, facts),
      }
    })
    .filter(({ start }) => !facts.isFuture(start))
}

function performed({ reference, resource }: KnownOf<'Procedure'>, facts: Facts): Taken {
  const period = periodDays(resource.performedPeriod, facts.dates)
  const start = period.start ?? facts.dates.calendar.day(resource.performedDateTime, 'start')
  const running = resource.status === 'in-progress' ? facts.dates.referral : undefined
  const end =
    period.end ??
    (start === undefined || running === undefined ? undefined : Math.max(start, running))
  return { reference, start, end, outcome: outcomeOf(outcomesIn(resource), facts) }
}

function outcomesIn({ outcome, statusReason }: Procedure) {
  return [outcome, statusReason].filter((concept) => concept !== undefined)
}

function classResult(name: string, records: readonly Treatment[], facts: Facts): ClassResult {
  const trials = [...Map.groupBy(records, (record) => record.ingredient).values()]
    .flatMap((same) => joinTrials(same, facts.parameters.refillGapDays))
    .filter((trial) => isInLookBack(trial, facts))
  const allergies = facts.allergies.filter(
    ({ active, certain, medicines: substances }) =>
      active && certain && substances.some((medicine) => medicine.class === name),
  )
  const isTried = (allergy: AllergyFact) => trials.some((trial) => isTo(allergy, trial))
  const judged = trials.map((trial) => {
    const own = allergies.filter((allergy) => isTo(allergy, trial))
    return judge(trial, own, facts)
  })
  const others = trials.length > 0 ? allergies.filter((allergy) => !isTried(allergy)) : []
  const found = [...judged, ...others.map(intolerance)]
  const standing =
    standings.find((each) => found.some((result) => result.standing === each)) ?? 'silent'
  const telling = found.filter((result) => result.standing === standing)
  return {
    standing,
    isDecided: found.some((each) => each.standing !== 'worded' && each.standing !== 'silent'),
    text: unique(telling.map(({ text }) => text)).join('; '),
    evidence: unique(found.flatMap(({ evidence }) => evidence)),
  }
}

/** To the very ingredient of the trial; an allergy to another one speaks of the class. */
function isTo({ medicines: substances }: AllergyFact, trial: Trial<Treatment>): boolean {
  return substances.some((medicine) => ingredientOf(medicine) === trial.records[0]?.ingredient)
}

function ingredientOf({ ingredients }: Medicine): string {
  return ingredients.join(' and ')
}

type Judged = Pick<ClassResult, 'standing' | 'text' | 'evidence'>

function intolerance({ name, reference }: AllergyFact): Judged {
  return { standing: 'failed', text: `an allergy or intolerance to ${name}`, evidence: [reference] }
}

function judge(trial: Trial<Treatment>, allergies: readonly AllergyFact[], facts: Facts): Judged {
  const scores = scoreChanges(trial, facts).filter(({ outcome }) => outcome !== undefined)
  const said = [
    ...trial.records.map(({ outcome }) => outcome),
    ...scores.map(({ outcome }) => outcome),
    ...allergies.map(() => 'intolerance' as const),
  ]
  const length = lengthOf(trial, facts.parameters.otherTrialDays)
  const { standing, why } = standingOf(
    new Set(said),
    length,
    trial.records.some(({ uncoded }) => uncoded),
  )
  const evidence = unique([
    ...trial.records.map(({ reference }) => reference),
    ...scores.flatMap((score) => score.evidence),
    ...allergies.map(({ reference }) => reference),
  ])
  const change = scores.map(({ before, after }) => `, pain ${before} to ${after}`).join('')
  return { standing, text: `${describe(trial)}, ${why}${change}`, evidence }
}

function standingOf(
  said: ReadonlySet<Taken['outcome']>,
  length: ReturnType<typeof lengthOf>,
  uncoded: boolean,
): { readonly standing: Standing; readonly why: string } {
  const failed = said.has('failed') || said.has('intolerance')
  if (!said.has('intolerance') && length === 'too-short')
    return { standing: 'decided', why: 'too short' }
  if (failed && said.has('effective'))
    return { standing: 'conflicting', why: 'said to have failed and to have helped' }
  if (said.has('effective')) return { standing: 'decided', why: 'effective' }
  if (uncoded) return { standing: failed ? 'open' : 'worded', why: 'known only by its words' }
  if (said.has('intolerance')) return { standing: 'failed', why: 'not tolerated' }
  if (!failed) return { standing: 'silent', why: 'no outcome on file' }
  return length === 'unknown'
    ? { standing: 'open', why: 'failed, but for how long it was taken is not known' }
    : { standing: 'failed', why: 'failed' }
}

function describe(trial: Trial<Treatment>): string {
  const { start, end, days, isLengthKnown, records } = trial
  const [first] = records
  const name = first?.class === therapyClass ? first.name : `${first?.name} (${first?.class})`
  if (start === undefined) return `${name}, undated`
  const to = isLengthKnown && end !== undefined ? ` to ${dateOf(end)} (${days} days)` : ''
  return `${name} from ${dateOf(start)}${to}`
}
