/** Invariants through FHIRPath: https://hl7.org/fhirpath/N1/ */
import { createRequire } from 'node:module'
import type { Scope } from './scope.ts'

/** False only when the expression gave false: an empty result is no verdict. */
export type EvaluateFhirPath = (focus: unknown, scope: Scope) => boolean

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
  return (focus, scope) => {
    const result = evaluate(plain(focus), {
      resource: plain(scope.resource),
      rootResource: plain(scope.root),
    })
    return !(Array.isArray(result) && result.length === 1 && result[0] === false)
  }
}

/** A copy with ordinary numbers, which the library may mark as it likes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
