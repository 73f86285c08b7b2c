/** https://hl7.org/fhir/R4/operationoutcome.html */

import type { CodeSystem, OperationOutcome } from 'fhir/r4'
import { type Issue, type ProblemCode, problems } from '../problem.ts'

/** CodeSystem of our problem codes; each is a page, `/errors/{code}`. */
export const problemSystem = 'https://referloop.example/fhir/CodeSystem/problem'

/**
 * @param code the problem that the issues belong to; an issue may name its own
 * @param issues at least one
 */
export function operationOutcome(code: ProblemCode, issues: readonly Issue[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.code as OperationOutcome['issue'][number]['code'],
      details: detailsOf(issue.problem ?? code),
      diagnostics: issue.diagnostics,
      ...(issue.expression ? { expression: [...issue.expression] } : {}),
    })),
  }
}

/** What a validation answers: the issues, or that there are none. */
export const validationOutcome = (issues: readonly Issue[]): OperationOutcome =>
  issues.length > 0
    ? operationOutcome('invalid-resource', issues)
    : {
        resourceType: 'OperationOutcome',
        issue: [
          { severity: 'information', code: 'informational', diagnostics: 'No issues were found.' },
        ],
      }

const detailsOf = (code: ProblemCode) => ({
  coding: [{ system: problemSystem, code }],
  text: problems[code][2],
})

/** The problem codes as a CodeSystem, so that `details.coding` can be looked up. */
export const problemCodeSystem = (): CodeSystem => ({
  resourceType: 'CodeSystem',
  id: 'problem',
  url: problemSystem,
  name: 'ReferloopProblem',
  title: 'Problems that Referloop reports',
  status: 'active',
  description: 'The code in OperationOutcome.issue.details of every refused request.',
  caseSensitive: true,
  content: 'complete',
  concept: Object.entries(problems).map(([code, [, , advice]]) => ({ code, display: advice })),
})
