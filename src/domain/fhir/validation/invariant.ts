/** A constraint as the walk meets it: https://hl7.org/fhir/R4/conformance-rules.html#constraints */
import type { Focus } from './focus.ts'
import type { Scope } from './scope.ts'

/**
 * `true` when it holds, `false` when not, or the paths below the element that break it.
 * `undefined` asks FHIRPath.
 */
export type Verdict = boolean | readonly string[] | undefined

export type NativeInvariant = (focus: Focus, scope: Scope) => Verdict

export interface Invariant {
  readonly key: string
  readonly human: string
  readonly holds: (focus: unknown, scope: Scope) => boolean | readonly string[]
}
