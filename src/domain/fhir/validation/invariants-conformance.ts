/** Invariants of value sets and definitions, which are looked at when ours are published. */
import { has, needs, notBoth, oneOf } from './focus.ts'
import type { NativeInvariant } from './invariants.ts'

const sliceName = /^[a-zA-Z0-9/_[\]@-]+$/
const elementName = '[^\\s.,:;\'"/|?!@#$%&*()\\[\\]{}]{1,64}'
const elementPath = new RegExp(`^${elementName}(\\.${elementName}(\\[x\\])?(:[^\\s.]+)?)*$`)

export const conformanceInvariants = {
  // The published expressions of these two are no regular expression in Unicode mode.
  'eld-16': (element) =>
    element.sliceName === undefined || sliceName.test(String(element.sliceName)),
  'eld-19': (element) => element.path === undefined || elementPath.test(String(element.path)),
  'vsd-1': oneOf('valueSet', 'system'),
  'vsd-2': (include) =>
    (!has(include, 'concept') && !has(include, 'filter')) || has(include, 'system'),
  'vsd-3': notBoth('concept', 'filter'),
  'vsd-6': oneOf('code', 'display'),
  'vsd-9': (contains) => has(contains, 'code') || contains.abstract === true,
  'vsd-10': needs('code', 'system'),
} satisfies Record<string, NativeInvariant>
