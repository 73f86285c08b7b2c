/**
 * Invariants: https://hl7.org/fhir/R4/conformance-rules.html#constraints
 *
 * Those that referrals meet are written in TypeScript, since the same through FHIRPath is 11 to 17
 * times slower; all others go to FHIRPath, compiled when first met. A test holds the two together.
 */
import type { ConstraintDefinition, Definitions } from './definitions.ts'
import { type EvaluateFhirPath, evaluateFhirPath } from './evaluate-fhirpath.ts'
import type { Focus } from './focus.ts'
import type { Invariant, NativeInvariant, Verdict } from './invariant.ts'
import { bundleInvariants } from './invariants-bundle.ts'
import { clinicalInvariants } from './invariants-clinical.ts'
import { conformanceInvariants } from './invariants-conformance.ts'
import { datatypeInvariants } from './invariants-datatypes.ts'
import { workflowInvariants } from './invariants-workflow.ts'

export const nativeInvariants: Readonly<Record<string, NativeInvariant>> = {
  ...datatypeInvariants,
  ...bundleInvariants,
  ...workflowInvariants,
  ...clinicalInvariants,
  ...conformanceInvariants,
}

/**
 * @param key as the definitions name it: `per-1`, `Task/inv-1`
 * @param context the element that the constraint stands on: `Period`, `Organization.address`
 * @param onUnevaluated told the key when a constraint could not be evaluated
 */
export function linkInvariant(
  key: string,
  context: string,
  definitions: Definitions,
  onUnevaluated: (key: string) => void,
): Invariant {
  const native = Object.hasOwn(nativeInvariants, key) ? nativeInvariants[key] : undefined
  const { expression, human } = definitions.constraints[key] as ConstraintDefinition
  const constraint = { key: key.replace(/^.*\//, ''), human, expression }
  const viaFhirPath = linkConstraint(constraint, context, onUnevaluated)
  if (native === undefined) return viaFhirPath
  const holds: Invariant['holds'] = (focus, scope) => {
    let verdict: Verdict
    try {
      verdict = native(focus as Focus, scope)
    } catch {
      onUnevaluated(key)
      return true
    }
    if (verdict === undefined) return viaFhirPath.holds(focus, scope)
    return typeof verdict === 'boolean' ? verdict : verdict.length === 0 || verdict
  }
  return { ...viaFhirPath, holds }
}

/** Makes the check of a constraint by FHIRPath, compiled when first met. */
export function linkConstraint(
  { key, human, expression }: ConstraintDefinition & { readonly key: string },
  context: string,
  onUnevaluated: (key: string) => void,
): Invariant {
  let evaluate: EvaluateFhirPath | undefined
  const holds: Invariant['holds'] = (focus, scope) => {
    try {
      if (!scope.budget.spend(focus)) return true
      evaluate ??= evaluateFhirPath(expression, context)
      return evaluate(focus, scope) !== false
    } catch {
      // Only the key is told: the error of an evaluator may quote what it read.
      onUnevaluated(key)
      return true
    }
  }
  return { key, human, holds }
}
