/** The story of a check: every criterion of the policy, then what they come to together. */

import { Problem } from '../problem.ts'
import { unique } from './contraindications.ts'
import { treatmentFailureOrSurgery } from './criteria/treatment-failure-or-surgery.ts'
import { type Day, dateOf, spanOf } from './dates.ts'
import { Facts } from './facts.ts'
import { overallOf } from './overall.ts'
import { undecided } from './own-findings.ts'
import type { Packet } from './packet.ts'
import type { Criterion, Policy } from './policy.ts'
import type { CriterionResult, Finding, ScreeningResult } from './result.ts'
import { rules } from './rules.ts'
import { Calendar, PartialDates } from './scenarios.ts'
import { withSources } from './sources.ts'
import { warningsOf } from './warnings.ts'

export interface CheckDate {
  /** YYYY-MM-DD: the day on which the newest information was received. */
  readonly asOf: string
}

/**
 * Checks a referral against a clinic's policy. Pure: the referral date and the check date are its
 * only clocks, so the same three arguments always give the same result.
 *
 * Imperfect input has a defined answer. A referral without a date is taken to be of the check date,
 * with a warning. Without a patient, nothing that sex or age would rule out is ruled out. Evidence
 * dated after the check does not count, a score outside its scale and a dose without a unit that could
 * be anything are no readings, and answers to items that the form does not have are never asked for.
 *
 * @param own what was found for the clinic's own criteria, from screen-referral.ts
 * @throws Problem bad-parameter when `asOf` is not a calendar date
 */
export function screen(
  packet: Packet,
  policy: Policy,
  { asOf }: CheckDate,
  own: Findings = none,
): ScreeningResult {
  const check = dayOf(asOf)
  const partial = new PartialDates()
  const first = factsIn(packet, policy, check, new Calendar(partial, new Set(), check))
  const findings = [findingsOf(first, own)]
  for (const late of partial.others()) {
    const facts = factsIn(packet, policy, check, new Calendar(partial, late, check))
    findings.push(findingsOf(facts, own))
  }
  const criteria = policy.criteria.map((criterion): CriterionResult => {
    const scenarios = findings.flatMap((each) => each.get(criterion.id) ?? [])
    return { ...about(criterion), ...merged(scenarios, partial) }
  })
  const overall = overallOf(criteria)
  return {
    policy: policy.canonical,
    referral: packet.referral.reference,
    subject: packet.subject,
    referralDate: dateOf(first.dates.referral),
    checkDate: asOf,
    overall,
    next: policy.outcomes[overall],
    criteria,
    warnings: warningsOf(first),
  }
}

function dayOf(asOf: string): Day {
  const span = spanOf(asOf)
  if (span === undefined || asOf.length !== 10)
    throw new Problem('bad-parameter', 'Give the check date as YYYY-MM-DD.')
  return span.first
}

function factsIn(packet: Packet, policy: Policy, check: Day, calendar: Calendar): Facts {
  const referral = calendar.day(packet.referral.resource.authoredOn) ?? check
  return new Facts(packet, policy, { calendar, referral, check })
}

/** By the id of the criterion. */
export type Findings = ReadonlyMap<string, Finding>

const none: Findings = new Map()

function findingsOf(facts: Facts, own: Findings): Findings {
  const findings = new Map<string, Finding>()
  const { criteria } = facts.policy
  const found = (criterion: Criterion, finding: Finding) =>
    findings.set(criterion.id, withSources(criterion, finding, facts.packet))
  for (const criterion of criteria)
    if (criterion.own) found(criterion, own.get(criterion.id) ?? undecided('not-evaluated'))
    else if (criterion.id !== 'treatment-failure-or-surgery')
      found(criterion, rules[criterion.id](facts))
  for (const criterion of criteria)
    if (criterion.id === 'treatment-failure-or-surgery')
      findings.set(criterion.id, treatmentFailureOrSurgery(partsOf(criterion, criteria, findings)))
  return findings
}

function partsOf(whole: Criterion, criteria: readonly Criterion[], findings: Findings) {
  return criteria.flatMap((criterion) => {
    const finding = criterion.partOf === whole.id ? findings.get(criterion.id) : undefined
    return finding ? { criterion, finding } : []
  })
}

function about({ id, title, kind, class: weight, partOf }: Criterion) {
  return { id, title, kind, ...(weight ? { class: weight } : {}), ...(partOf ? { partOf } : {}) }
}

/** The same verdict at every bound of the partial dates stands; different ones need review. */
function merged(scenarios: readonly Finding[], partial: PartialDates): Finding {
  const [first] = scenarios
  if (first === undefined) throw new Error('a criterion of the policy was not screened')
  const other = scenarios.find(({ verdict }) => verdict !== first.verdict)
  if (other === undefined) return first
  return {
    verdict: 'needs-review',
    explanation: `It depends on the day that a date leaves open (${partial.texts().join(', ')}). Either: ${first.explanation} Or: ${other.explanation}`,
    evidence: unique([...first.evidence, ...other.evidence]),
    needed: [{ text: 'Send the full date, with its day.' }],
  }
}
