/**
 * From what a clinic's own expressions came to, to verdicts (docs/policies.md). Each expression says
 * one thing, and says it only when it is true: a contraindication is met when its absence is shown,
 * never because nothing is on file.
 */

import { correctNeed } from './needs.ts'
import type { ExpressionPart, OwnCriterion, Policy } from './policy.ts'
import type { Finding, Verdict } from './result.ts'

/** Why an expression gave no answer. */
type Failure =
  /** Several values, or one that is not true or false. */
  'unclear' | 'failed' | 'timed-out' | 'not-evaluated'

/** What one expression came to. */
export interface ExpressionAnswer {
  readonly value: 'true' | 'false' | 'empty' | Failure
  /** Of `evidence`: the references of the records it gave. */
  readonly references: readonly string[]
}

const reasons: Readonly<Record<Failure, string>> = {
  unclear: 'its expression gave something other than one true or false',
  failed: 'its expression could not be evaluated on this referral',
  'timed-out': "the clinic's own criteria took longer than they may",
  'not-evaluated': 'it was not evaluated',
}

/** @param answers one for each expression of the policy, in its order */
export function ownFindings(
  { criteria, expressions }: Policy,
  answers: readonly ExpressionAnswer[],
): ReadonlyMap<string, Finding> {
  const findings = new Map<string, Finding>()
  for (const criterion of criteria) {
    if (criterion.own === undefined) continue
    const parts = expressions.flatMap(({ criterion: id, part }, index) => {
      const answer = answers[index]
      return id === criterion.id && answer ? [[part, answer] as const] : []
    })
    findings.set(criterion.id, findingOf(criterion, new Map(parts)))
  }
  return findings
}

/** Evidence, or its absence, that a machine must not judge. */
export function undecided(failure: Failure): Finding {
  return {
    verdict: 'needs-review',
    explanation: `A person must judge this criterion of the clinic: ${reasons[failure]}.`,
    evidence: [],
    needed: [],
  }
}

type Answers = ReadonlyMap<ExpressionPart, ExpressionAnswer>

const saidIn = (answers: Answers, part: ExpressionPart): ExpressionAnswer['value'] =>
  answers.get(part)?.value ?? 'not-evaluated'

const isFailure = (value: string): value is Failure => Object.hasOwn(reasons, value)

function findingOf(criterion: OwnCriterion, answers: Answers): Finding {
  const verdict = criterion.kind === 'required' ? requiredVerdict(answers) : absenceVerdict(answers)
  if (isFailure(verdict)) return undecided(verdict)
  const named = saidIn(answers, 'evidence')
  const isNamed = named === 'true'
  if (!isNamed && verdict === 'met') return undecided(isFailure(named) ? named : 'unclear')
  const { sentences, needed } = criterion.own
  return {
    verdict,
    explanation: `${sentences[verdict]}${isNamed ? '' : ' The records that this rests on could not be named.'}`,
    evidence: answers.get('evidence')?.references ?? [],
    needed: needsOf(verdict, needed, criterion),
  }
}

function requiredVerdict(answers: Answers): Verdict | Failure {
  const value = saidIn(answers, 'metWhen')
  if (isFailure(value)) return value
  if (value === 'empty') return 'not-documented'
  return value === 'true' ? 'met' : 'not-met'
}

/** What is shown to be there stays there, whatever became of the other expression. */
function absenceVerdict(answers: Answers): Verdict | Failure {
  const present = saidIn(answers, 'presentWhen')
  const absent = saidIn(answers, 'absentWhen')
  if (present === 'true') return absent === 'true' ? 'conflicting' : 'not-met'
  if (isFailure(present)) return present
  if (isFailure(absent)) return absent
  return absent === 'true' ? 'met' : 'not-documented'
}

function needsOf(verdict: Verdict, text: string, { inputs }: OwnCriterion): Finding['needed'] {
  if (verdict === 'conflicting') return [correctNeed]
  if (verdict !== 'not-documented') return []
  const [requirement] = inputs
  return [requirement ? { text, requirement } : { text }]
}
