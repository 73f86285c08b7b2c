/**
 * No poorly controlled cardiovascular disease. Control is shown by the answer no together with a blood
 * pressure in range; hypertension itself is judged by the pressure alone.
 */

import { bloodPressure } from '../blood-pressure.ts'
import type { ConditionFact } from '../conditions.ts'
import {
  answeredBy,
  codedEvidence,
  type Evidence,
  openYes,
  reasonEvidence,
  recordEvidence,
  sentence,
  unique,
  usualReason,
  usualWeight,
  weigh,
} from '../contraindications.ts'
import type { Day } from '../dates.ts'
import type { Facts } from '../facts.ts'
import type { Reply } from '../forms.ts'
import { observationNeed } from '../needs.ts'
import type { RecordedReason } from '../reasons.ts'
import type { Finding, Need } from '../result.ts'

const id = 'cardiovascular-disease'
const usual = usualWeight(id)
const usualForReason = usualReason(id)

export function cardiovascularDisease(facts: Facts): Finding {
  const reply = facts.forms.reply(id)
  const pressure = bloodPressure(facts)
  const stable = stableDisease(facts)
  const evidence = [
    ...recordEvidence(facts, id, (each) => unstable(each, facts), reason),
    ...pressure.evidence,
  ]
  const isOpen = evidence.length > 0 || openYes(reply).length > 0
  if (reply.value !== 'no' || isOpen) {
    const finding = weigh(facts, id, [...evidence, ...stable], reply)
    const missing = finding.verdict === 'not-documented' && pressure.reading === undefined
    return missing ? { ...finding, needed: [...finding.needed, pressureNeed(facts)] } : finding
  }
  const references = unique([
    ...stable.flatMap((each) => each.references),
    ...pressure.references,
    ...(reply.answer ? [reply.answer.reference] : []),
  ])
  const known = stable.length === 0 ? '' : ` Known: ${stable.map(({ text }) => text).join('; ')}.`
  return pressure.reading === undefined
    ? undocumented(facts, reply, known, references)
    : {
        verdict: 'met',
        explanation: `${sentence(answeredBy(id, reply))} Blood pressure ${pressure.reading}.${known}`,
        evidence: references,
        needed: [],
      }
}

function undocumented(
  facts: Facts,
  reply: Reply,
  known: string,
  evidence: readonly string[],
): Finding {
  return {
    verdict: 'not-documented',
    explanation: `${sentence(answeredBy(id, reply))} There is no usable blood pressure of the last ${facts.parameters.bpWindow} days before the referral.${known}`,
    evidence,
    needed: [pressureNeed(facts)],
  }
}

function pressureNeed(facts: Facts): Need {
  return observationNeed(
    facts,
    'Send a blood pressure, systolic and diastolic in mm[Hg]',
    'loinc-bp',
    facts.parameters.bpWindow,
  )
}

/** Acute disease inside its window, and whatever else the lists hold besides stable disease. */
function unstable(condition: ConditionFact, facts: Facts): Evidence | undefined {
  const { lists, category } = condition.meaning
  if (!lists.has('x1-cv-unstable') && !category.has('x1-cv-unstable')) {
    if (isStable(condition) || lists.has('x1-hypertension')) return undefined
    return usual(condition)
  }
  const isExact = lists.has('x1-cv-unstable')
  const when = whenUnstable(condition, facts)
  if (when === 'older')
    return condition.active && !isExact ? codedEvidence('uncertain', condition) : undefined
  if (when === 'undated') return codedEvidence('uncertain', condition)
  const isStrong = isExact && condition.certain && condition.active
  return codedEvidence(isStrong ? 'strong' : 'uncertain', condition)
}

/** The window runs from onset, else recorded date; of a recurrence from the later of the two. */
function whenUnstable(condition: ConditionFact, facts: Facts): 'inside' | 'older' | 'undated' {
  const { onset, recorded, recurred, abatement, active } = condition
  const day = recurred ? later(onset, recorded) : condition.day
  const days = windowOf(condition.meaning.lists, condition.meaning.category, facts)
  if (day !== undefined) return facts.inWindow(day, days) ? 'inside' : 'older'
  return !active && abatement !== undefined && !facts.inWindow(abatement, days)
    ? 'older'
    : 'undated'
}

function later(a: Day | undefined, b: Day | undefined): Day | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}

function windowOf(lists: ReadonlySet<string>, category: ReadonlySet<string>, facts: Facts): number {
  const crisis = 'x1-hypertensive-crisis'
  return lists.has(crisis) || category.has(crisis)
    ? facts.parameters.crisisDays
    : facts.parameters.miDays
}

/** A disease of the list that is not hypertension by itself, such as an old infarction. */
function isStable({ meaning }: ConditionFact): boolean {
  return meaning.lists.has('x1-cv-disease') && !meaning.lists.has('x1-hypertension')
}

/** Disease whose control the question asks for, and acute disease that has grown old. */
function stableDisease(facts: Facts): readonly Evidence[] {
  const found: Evidence[] = []
  for (const condition of facts.conditions) {
    if (!condition.active) continue
    const isOld =
      condition.meaning.lists.has('x1-cv-unstable') && whenUnstable(condition, facts) === 'older'
    if (isOld || (isStable(condition) && !condition.meaning.lists.has('x1-cv-unstable')))
      found.push(codedEvidence('uncertain', condition))
  }
  for (const each of facts.reasons)
    if (isStableReason(each)) found.push(reasonEvidence('uncertain', each))
  return found
}

/** Stable disease only: a reason has no onset, so acute disease as a reason cannot grow old. */
function isStableReason({ source, meaning }: RecordedReason): boolean {
  if (source !== 'medicine' || meaning.lists.has('x1-cv-unstable')) return false
  return meaning.lists.has('x1-cv-disease') && !meaning.lists.has('x1-hypertension')
}

/** Hypertension as a reason is judged by the pressure too. */
function reason(each: RecordedReason): Evidence | undefined {
  if (isStableReason(each)) return undefined
  const { lists } = each.meaning
  return lists.has('x1-hypertension') && !lists.has('x1-cv-unstable')
    ? undefined
    : usualForReason(each)
}
