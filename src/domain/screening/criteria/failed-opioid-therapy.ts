/**
 * An adequate opioid trial that failed: long enough, strong enough, and said to have failed; or not
 * tolerated. Every ingredient is judged apart and the best trial wins.
 */

import { unique } from '../contraindications.ts'
import type { Facts } from '../facts.ts'
import { isReasonForOpioid } from '../medication-reasons.ts'
import type { MedicationUse } from '../medication-uses.ts'
import { correctNeed } from '../needs.ts'
import { type FormAnswer, formAnswer, judge, outcomeNeeds } from '../opioid-trials.ts'
import type { Finding, Verdict } from '../result.ts'
import { isInLookBack, joinTrials, type Trial } from '../trials.ts'

export function failedOpioidTherapy(facts: Facts): Finding {
  const uses = opioidUses(facts)
  const form = formAnswer(facts)
  const taken = uses.filter((use) => use.taken === 'taken' && isTrialReason(use, facts))
  const trials = trialsOf(taken, facts)
  const worded = taken.filter((use) => use.medicine === undefined && isInLookBack(use, facts))
  const findings = [
    ...trials.map((trial) => judge(trial, form, facts)),
    ...worded.map(uncoded),
    ...untriedAllergies(facts),
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

/** A medicine known only by its words is never a computable trial. */
function uncoded({ reference, text }: MedicationUse): Finding {
  return {
    verdict: 'needs-review',
    explanation: `An opioid is on file only in words ("${text}"): a clinician must read it.`,
    evidence: [reference],
    needed: [{ text: 'Send the opioid with an RxNorm code, its dose, its dates and its outcome.' }],
  }
}

/**
 * An allergy to an opioid that nobody recorded as taken. Of one that was, the trial itself says more: it
 * was not tolerated, or sources disagree, and either goes before this.
 */
function untriedAllergies(facts: Facts): readonly Finding[] {
  return facts.allergies.flatMap((allergy) => {
    if (!allergy.active || !allergy.certain) return []
    const opioids = allergy.medicines.filter((medicine) => medicine.class === 'opioid')
    const isNamed = facts.policy.medicines
      .named(allergy.substance)
      .some((each) => each.class === 'opioid')
    if (opioids.length === 0 && !isNamed) return []
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
      needed: [correctNeed],
    }
  return {
    verdict: 'needs-review',
    explanation: `${when} says that opioid therapy failed, but no opioid that counts as a trial is on file.`,
    evidence,
    needed,
  }
}
