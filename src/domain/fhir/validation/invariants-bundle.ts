/**
 * Invariants of Bundle and of contained resources:
 * https://hl7.org/fhir/R4/bundle.html#invs https://hl7.org/fhir/R4/domainresource.html#invs
 */
import { type Focus, has, hasChoice, isObject, objects } from './focus.ts'
import type { NativeInvariant } from './invariant.ts'

const requestTypes: readonly unknown[] = ['batch', 'transaction', 'history']
const responseTypes: readonly unknown[] = ['batch-response', 'transaction-response', 'history']

export const bundleInvariants = {
  'bdl-1': ({ total, type }) =>
    total === undefined || type === 'searchset' || type === 'history' || ['total'],
  'bdl-2': (bundle) =>
    bundle.type === 'searchset' ||
    entriesThat(bundle, (entry) => has(entry, 'search')).map((path) => `${path}.search`),
  'bdl-3': (bundle) =>
    entriesThat(bundle, (entry) => has(entry, 'request') !== requestTypes.includes(bundle.type)),
  'bdl-4': (bundle) =>
    entriesThat(bundle, (entry) => has(entry, 'response') !== responseTypes.includes(bundle.type)),
  'bdl-5': (entry) => ['resource', 'request', 'response'].some((name) => has(entry, name)),
  'bdl-7': (bundle) => bundle.type === 'history' || repeatedUrls(bundle),
  'bdl-8': (entry) => !String(entry.fullUrl ?? '').includes('/_history/') || ['fullUrl'],
  'bdl-9': ({ type, identifier }) =>
    type !== 'document' ||
    (isObject(identifier) && has(identifier, 'system') && has(identifier, 'value')),
  'bdl-10': ({ type, timestamp }) => type !== 'document' || timestamp !== undefined,
  'bdl-11': (bundle) => bundle.type !== 'document' || startsWith(bundle, 'Composition'),
  'bdl-12': (bundle) => bundle.type !== 'message' || startsWith(bundle, 'MessageHeader'),

  'dom-2': (focus) => containedThat(focus, (contained) => has(contained, 'contained')),
  // As HL7 enforces it: any #id in the resource counts, wherever it stands.
  'dom-3': (focus, { root, fragments, upward }) =>
    focus !== root ||
    containedThat(
      focus,
      (contained) => !fragments?.has(`#${contained.id}`) && !upward?.has(contained),
    ),
  'dom-4': (focus) =>
    containedThat(
      focus,
      ({ meta }) => isObject(meta) && (has(meta, 'versionId') || has(meta, 'lastUpdated')),
    ),
  'dom-5': (focus) => containedThat(focus, ({ meta }) => isObject(meta) && has(meta, 'security')),

  'Parameters/inv-1': (parameter) => {
    const hasValue = hasChoice(parameter, 'value')
    const hasResource = has(parameter, 'resource')
    return has(parameter, 'part') ? !hasValue && !hasResource : hasValue !== hasResource
  },
} satisfies Record<string, NativeInvariant>

function entriesThat(bundle: Focus, breaks: (entry: Focus) => boolean): string[] {
  return placesThat('entry', bundle.entry, breaks)
}

function containedThat(focus: Focus, breaks: (contained: Focus) => boolean): string[] | true {
  return focus.contained === undefined || placesThat('contained', focus.contained, breaks)
}

function placesThat(name: string, items: unknown, breaks: (item: Focus) => boolean): string[] {
  if (!Array.isArray(items)) return []
  return items.flatMap((item, index) =>
    isObject(item) && breaks(item) ? [`${name}[${index}]`] : [],
  )
}

/** Two entries may share a fullUrl only when they hold different versions. */
function repeatedUrls(bundle: Focus): string[] {
  const seen = new Set<string>()
  return entriesThat(bundle, ({ fullUrl, resource }) => {
    if (typeof fullUrl !== 'string') return false
    const meta = isObject(resource) && isObject(resource.meta) ? resource.meta : {}
    const key = `${fullUrl} ${meta.versionId ?? ''}`
    if (seen.has(key)) return true
    seen.add(key)
    return false
  }).map((path) => `${path}.fullUrl`)
}

function startsWith(bundle: Focus, resourceType: string): boolean | string[] {
  const first = objects(bundle.entry)[0]?.resource
  return (isObject(first) && first.resourceType === resourceType) || ['entry[0].resource']
}
