/**
 * No active substance use disorder: diagnoses, medicines for opioid use disorder, urine screens, AUDIT
 * and DAST-10. Nicotine, remission and history are excluded by their list.
 */

import { nameOf } from '../concepts.ts'
import { type Evidence, recordEvidence, weigh } from '../contraindications.ts'
import { type Day, dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { limitEvidence } from '../limits.ts'
import type { Measurement } from '../measurements.ts'
import { runningDisorderMedicines } from '../opioid-use-disorder.ts'
import type { Finding } from '../result.ts'
import { resultOf } from '../results.ts'

const id = 'substance-use'

export function substanceUse(facts: Facts): Finding {
  const { auditReview, dastReview } = facts.parameters
  return weigh(facts, id, [
    ...recordEvidence(facts, id),
    ...runningDisorderMedicines(facts),
    ...urineEvidence(facts),
    ...scoreEvidence(facts, 'AUDIT', 'loinc-audit', auditReview),
    ...scoreEvidence(facts, 'DAST-10', 'loinc-dast', dastReview),
  ])
}

/** Any positive screen of the window; a later negative one does not cancel it. */
function urineEvidence(facts: Facts): readonly Evidence[] {
  return facts.measurements.in('loinc-uds').flatMap((screen) => {
    const { day, reference } = screen
    if (day !== undefined && !facts.inWindow(day, facts.parameters.udsWindow)) return []
    const result = resultOf(screen, facts)
    if (result === 'negative' || result === 'none') return []
    if (result === 'positive' && isExpected(screen, facts)) return []
    const when = day === undefined ? 'without a date' : `on ${dateOf(day)}`
    const what = result === 'positive' ? 'a positive urine screen' : 'an unclear urine screen'
    const name = nameOf(screen.code, facts.policy.codes.displayOf(screen.code))
    return { weight: 'uncertain', text: `${what} (${name}) ${when}`, references: [reference] }
  })
}

const morphineLike = ['morphine', 'codeine', 'hydrocodone', 'hydromorphone']

/** A positive opiate screen is expected while a morphine-like opioid was prescribed. */
function isExpected({ lists, day }: Measurement, facts: Facts): boolean {
  if (!lists.has('loinc-uds-opiates') || day === undefined) return false
  return facts.medications.some(
    (use) =>
      use.taken === 'taken' &&
      (use.medicine?.ingredients.some((name) => morphineLike.includes(name)) ?? false) &&
      covers(use, day, facts),
  )
}

function covers(
  { start, end, statedEnd, resource }: Facts['medications'][number],
  day: Day,
  facts: Facts,
): boolean {
  if (start === undefined || start > day) return false
  // What is running at the referral is taken to run on to the check.
  const runsOn =
    resource.status === 'active' && statedEnd === undefined && end === facts.dates.referral
  return runsOn || (statedEnd ?? end ?? start) >= day
}

function scoreEvidence(
  facts: Facts,
  name: string,
  list: string,
  review: number,
): readonly Evidence[] {
  return limitEvidence(facts, facts.measurements.in(list), {
    name,
    unit: '',
    window: facts.parameters.scoreWindow,
    limits: () => ({ review, orEqual: true }),
    value: ({ quantity }) => (quantity?.value === undefined ? undefined : Number(quantity.value)),
  })
}
