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

function findingOf(criterion: OwnCriterion, answers: Answers): Finding {
  const { verdict, failure } =
    criterion.kind === 'required' ? requiredVerdict(answers) : absenceVerdict(answers)
  if (failure) return undecided(failure)
  const evidence = answers.get('evidence')
  const isNamed = evidence?.value === 'true'
  if (!isNamed && verdict === 'met') return undecided(failureOf(evidence) ?? 'unclear')
  const { sentences, needed } = criterion.own
  return {
    verdict,
    explanation: `${sentences[verdict]}${isNamed ? '' : ' The records that this rests on could not be named.'}`,
    evidence: evidence?.references ?? [],
    needed: needsOf(verdict, needed, criterion),
  }
}

interface Judged {
  readonly verdict: Verdict
  readonly failure?: Failure | undefined
}

function requiredVerdict(answers: Answers): Judged {
  const answer = answers.get('metWhen')
  const failure = failureOf(answer)
  if (failure) return { verdict: 'needs-review', failure }
  if (answer?.value === 'empty') return { verdict: 'not-documented' }
  return { verdict: answer?.value === 'true' ? 'met' : 'not-met' }
}

/** What is shown to be there stays there, whatever became of the other expression. */
function absenceVerdict(answers: Answers): Judged {
  const present = answers.get('presentWhen')
  const absent = answers.get('absentWhen')
  if (present?.value === 'true')
    return { verdict: absent?.value === 'true' ? 'conflicting' : 'not-met' }
  const failure = failureOf(present) ?? failureOf(absent)
  if (failure) return { verdict: 'needs-review', failure }
  return { verdict: absent?.value === 'true' ? 'met' : 'not-documented' }
}

function failureOf(answer: ExpressionAnswer | undefined): Failure | undefined {
  if (answer === undefined) return 'not-evaluated'
  const { value } = answer
  return value === 'true' || value === 'false' || value === 'empty' ? undefined : value
}

function needsOf(verdict: Verdict, text: string, { inputs }: OwnCriterion): Finding['needed'] {
  if (verdict === 'conflicting') return [correctNeed]
  if (verdict !== 'not-documented') return []
  const [requirement] = inputs
  return [requirement ? { text, requirement } : { text }]
}
