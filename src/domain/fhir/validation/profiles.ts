import type { Definitions } from './definitions.ts'
import type { Focus } from './focus.ts'
import type { Model } from './model.ts'
import type { Scope } from './scope.ts'
import type { Trail } from './trail.ts'
export interface ProfileDefinition {
  readonly url: string
}
export function linkProfiles(_p: readonly ProfileDefinition[], _m: Model, _d: Definitions) {
  return { check(_url: string, _r: Focus, _s: Scope, _t: Trail) {} }
}
