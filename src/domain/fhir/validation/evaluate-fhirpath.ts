/** Invariants through FHIRPath: https://hl7.org/fhirpath/N1/ */
import { createRequire } from 'node:module'
import type { Scope } from './scope.ts'

/** Undefined when the result is empty, which is no verdict: two dates of different precision, say. */
export type EvaluateFhirPath = (focus: unknown, scope: Scope) => boolean | undefined

// Loading takes 80 ms and a referral rarely needs it, so that it waits for the first use.
const require = createRequire(import.meta.url)

/**
 * @param context the element that the expression starts from: `Questionnaire.item`
 * @throws what the library throws, when the expression cannot be compiled or evaluated
 */
export function evaluateFhirPath(expression: string, context: string): EvaluateFhirPath {
  const fhirpath = require('fhirpath') as typeof import('fhirpath')
  const model = require('fhirpath/fhir-context/r4') as import('fhirpath').Model
  const evaluate = fhirpath.compile({ base: context, expression }, model, {
    // resolve() and memberOf() would fetch what the payload names.
    async: false,
    // R4's own expressions trace, and the default prints what it is given.
    traceFn: () => {},
  })
  return (focus, { budget, resource, root }) => {
    const result = evaluate(budget.copy(focus), {
      resource: budget.copy(resource),
      rootResource: budget.copy(root),
    })
    return Array.isArray(result) && result.length > 0 ? result[0] !== false : undefined
  }
}
