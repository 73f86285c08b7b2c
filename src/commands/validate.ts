/** `referloop validate`: R4 and our profiles, every issue with its place. */

import type { OperationOutcome } from 'fhir/r4'
import { validationOutcome } from '../domain/fhir/outcome.ts'
import { createReferralValidator } from '../domain/fhir/validation/referral-validator.ts'
import { type Issue, isError, Problem } from '../domain/problem.ts'
import { readResource } from './read-referral.ts'

interface Input {
  readonly file: string
  readonly resource: Uint8Array
}

/** @returns one OperationOutcome for all files, and whether none of them has an error */
export function validate(
  inputs: readonly Input[],
  profile: string | undefined,
): { readonly outcome: OperationOutcome; readonly valid: boolean } {
  const validator = createReferralValidator()
  const issues = inputs.flatMap(({ file, resource }) =>
    issuesOf(() => validator.validate(readResource(resource), profile ? { profile } : {})).map(
      // Which file is only a question when there are several.
      (issue) =>
        inputs.length > 1 ? { ...issue, diagnostics: `${file}: ${issue.diagnostics}` } : issue,
    ),
  )
  return {
    outcome: validationOutcome(issues),
    valid: !issues.some(isError),
  }
}

function issuesOf(run: () => readonly Issue[]): readonly Issue[] {
  try {
    return run()
  } catch (error) {
    if (error instanceof Problem) return error.issues
    throw error
  }
}
