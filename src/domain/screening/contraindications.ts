/**
 * The table that weighs what the record shows against what the form answers. Absence of evidence is
 * never a negative screen, and evidence is never outweighed by an answer.
 */

import { roleOf } from './codes.ts'
import type { ConceptMeaning } from './concepts.ts'
import type { ConditionFact } from './conditions.ts'
import { dateOf } from './dates.ts'
import type { Facts } from './facts.ts'
import type { Reply, YesNo } from './forms.ts'
import { answerNeed, correctNeed } from './needs.ts'
import type { CriterionId } from './policy.ts'
import type { RecordedReason } from './reasons.ts'
import type { Finding, Need, Verdict } from './result.ts'

/** `strong`: the contraindication is there. `uncertain`: a person must look. */
export type Weight = 'strong' | 'uncertain'

export interface Evidence {
  readonly weight: Weight
  /** Reads after "The record shows ". */
  readonly text: string
  readonly references: readonly string[]
}

/** The record's weight, down, against the answer, across. */
const verdicts = {
  strong: { yes: 'not-met', no: 'conflicting', unknown: 'not-met' },
  uncertain: { yes: 'not-met', no: 'needs-review', unknown: 'needs-review' },
  none: { yes: 'not-met', no: 'met', unknown: 'not-documented' },
} as const satisfies Record<Weight | 'none', Record<YesNo, Verdict>>

/** How the sentences call each contraindication. */
const names: Partial<Record<CriterionId, string>> = {
  'cardiovascular-disease': 'poorly controlled cardiovascular disease',
  'liver-disease': 'severe liver disease',
  psychosis: 'a poorly controlled psychosis',
  'substance-use': 'an active substance use disorder',
  'intracranial-pressure': 'raised intracranial pressure',
  glaucoma: 'glaucoma or raised eye pressure',
  pregnancy: 'pregnancy',
  'ketamine-hypersensitivity': 'an allergy to ketamine or esketamine',
}

function question(id: CriterionId): string {
  return id === 'pregnancy' ? 'is pregnant' : `has ${names[id] ?? id}`
}

/**
 * The finding of one contraindication.
 *
 * @param evidence of the record; a yes on a stale or unfinished form is added to it here
 * @param answered the clause that says who answered what
 */
export function weigh(
  facts: Facts,
  id: CriterionId,
  evidence: readonly Evidence[],
  reply: Reply = facts.forms.reply(id),
  answered: string = answeredBy(id, reply),
): Finding {
  const all = [...evidence, ...openYes(reply)]
  const heaviest = weightOf(all)
  const verdict = verdicts[heaviest][reply.value]
  const form = reply.answer ? [reply.answer.reference] : []
  return {
    verdict,
    explanation: explain(all, reply, answered),
    evidence: unique([...all.flatMap(({ references }) => references), ...form]),
    needed: needsOf(facts, id, verdict, reply),
  }
}

function weightOf(evidence: readonly Evidence[]): Weight | 'none' {
  const heaviestFirst = ['strong', 'uncertain'] as const
  return heaviestFirst.find((wanted) => evidence.some(({ weight }) => weight === wanted)) ?? 'none'
}

/** A yes that is stale or unfinished is evidence of its own, not an answer. */
export function openYes({ openYes: answer, value }: Reply): readonly Evidence[] {
  if (answer === undefined || value === 'yes') return []
  return [
    {
      weight: 'uncertain',
      text: `a yes on a form ${answer.when} that is stale or unfinished`,
      references: [answer.reference],
    },
  ]
}

function explain(evidence: readonly Evidence[], reply: Reply, answered: string): string {
  const isNo = reply.value === 'no'
  if (evidence.length === 0)
    return isNo
      ? `${sentence(answered)} Nothing in the record speaks against it.`
      : sentence(answered)
  const shown = `The record shows ${shownBy(evidence)}`
  if (!isNo) return `${shown}. ${sentence(answered)}`
  return weightOf(evidence) === 'strong'
    ? `${shown}, but ${answered}.`
    : `${shown}; ${answered}. A clinician must judge it.`
}

/** A clause as a sentence. */
export function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
}

function shownBy(evidence: readonly Evidence[]): string {
  const strongFirst = [...evidence].sort(
    (a, b) => Number(a.weight !== 'strong') - Number(b.weight !== 'strong'),
  )
  return unique(strongFirst.map(({ text }) => text)).join('; ')
}

/** Who said what: a clause. */
export function answeredBy(id: CriterionId, { answer, value }: Reply): string {
  if (answer === undefined) return `nobody has answered whether the patient ${question(id)}`
  if (value === 'unknown')
    return `the form ${answer.when} leaves open whether the patient ${question(id)}`
  return `the form ${answer.when} says ${value} to ${names[id] ?? id}`
}

function needsOf(facts: Facts, id: CriterionId, verdict: Verdict, reply: Reply): readonly Need[] {
  if (verdict === 'not-documented') return [answerNeed(facts, id)]
  if (verdict === 'conflicting') return [correctNeed]
  return verdict === 'needs-review' && reply.value === 'unknown' ? [answerNeed(facts, id)] : []
}

/** What one condition weighs by its codes; undefined leaves it to its words. */
export type WeighCondition = (condition: ConditionFact) => Evidence | undefined
export type WeighReason = (reason: RecordedReason) => Evidence | undefined

/**
 * The evidence of conditions and reason codes: by code, by words, and of active conditions that say
 * nothing at all.
 *
 * @param byCode the criterion's own reading of a coded condition, instead of the usual one
 * @param byReason the same for a reason code
 */
export function recordEvidence(
  facts: Facts,
  id: CriterionId,
  byCode: WeighCondition = usualWeight(id),
  byReason: WeighReason = usualReason(id),
): readonly Evidence[] {
  const words = facts.policy.words.get(id)
  const found: Evidence[] = []
  for (const condition of facts.conditions) {
    const coded = byCode(condition)
    if (coded) found.push(coded)
    if (coded?.weight === 'strong' || !condition.active) continue
    const word = words?.find(condition.text)
    if (word !== undefined)
      found.push(uncertain(`"${condition.text}", which names ${word}`, condition))
    else if (condition.blank)
      found.push(uncertain('a condition that nothing identifies', condition))
  }
  for (const reason of facts.reasons) {
    const coded = byReason(reason)
    if (coded) found.push(coded)
    const word = ownTreatment.has(id) ? undefined : words?.find(reason.text)
    if (word !== undefined)
      found.push(uncertain(`the reason "${reason.text}", which names ${word}`, reason))
  }
  return found
}

/** A reason that names ketamine asks for it: it is no allergy. */
const ownTreatment: ReadonlySet<CriterionId> = new Set(['ketamine-hypersensitivity'])

function uncertain(text: string, { reference }: { readonly reference: string }): Evidence {
  return { weight: 'uncertain', text, references: [reference] }
}

/** Active and certain is strong when its list says so; anything else in a list is uncertain. */
export function usualWeight(id: CriterionId): WeighCondition {
  const weightByCode = codeWeight(id)
  return (condition) => {
    if (!condition.active) return undefined
    const weight = weightByCode(condition.meaning)
    if (weight === undefined) return undefined
    return codedEvidence(condition.certain ? weight : 'uncertain', condition)
  }
}

/** The referral's own reason is as good as a diagnosis, a medicine's is a reason to look. */
export function usualReason(id: CriterionId): WeighReason {
  const weightByCode = codeWeight(id)
  return (reason) => {
    const weight = weightByCode(reason.meaning)
    if (weight === undefined) return undefined
    const isExact = reason.meaning.category.size === 0
    const isStrong = reason.source === 'referral' && isExact
    return reasonEvidence(isStrong ? 'strong' : 'uncertain', reason)
  }
}

export function reasonEvidence(weight: Weight, reason: RecordedReason): Evidence {
  return {
    weight,
    text: `${reason.name} as a reason for ${reason.source === 'referral' ? 'the referral' : 'a medicine'}`,
    references: [reason.reference],
  }
}

/** What the lists say of a code: in a strong list, in another one of the criterion, or a category. */
export function codeWeight(id: CriterionId): (meaning: ConceptMeaning) => Weight | undefined {
  const strong = roleOf(id, 'contraindication-strong')
  const weak = [roleOf(id, 'contraindication-base'), roleOf(id, 'contraindication-uncertain')]
  const categories = [strong, ...weak, roleOf(id, 'needs-measurement')]
  const excluded = roleOf(id, 'exclude')
  return ({ lists, category, patterns }) => {
    if (lists.has(strong)) return 'strong'
    if (weak.some((role) => lists.has(role))) return 'uncertain'
    if (categories.some((role) => category.has(role))) return 'uncertain'
    const byPattern = weak.some((role) => patterns.has(role))
    return byPattern && !lists.has(excluded) ? 'uncertain' : undefined
  }
}

export function codedEvidence(weight: Weight, condition: ConditionFact, remark = ''): Evidence {
  const since = condition.day === undefined ? 'undated' : `since ${dateOf(condition.day)}`
  const parts = [
    condition.active ? since : `${since}, over`,
    condition.certain ? '' : 'not confirmed',
    remark,
  ]
  return {
    weight,
    text: `${condition.name} (${parts.filter((part) => part !== '').join(', ')})`,
    references: [condition.reference],
  }
}

export function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
