/**
 * Bundles as text: https://hl7.org/fhir/R4/bundle.html
 *
 * Resources are joined as they are stored, never parsed and written again, so that 1.10 stays 1.10.
 */

import type { BundleLink, Meta } from 'fhir/r4'

export interface BundleHead {
  readonly id?: string
  readonly meta?: Meta
  readonly type: 'searchset' | 'history' | 'transaction-response' | 'batch-response'
  readonly timestamp?: string
  readonly total?: number
  readonly link?: readonly BundleLink[]
}

/** An entry; `resource` is JSON text. */
export interface EntryText {
  readonly fullUrl?: string
  readonly resource?: string
  readonly search?: { readonly mode: 'match' | 'include' | 'outcome' }
  readonly request?: { readonly method: string; readonly url: string }
  readonly response?: {
    readonly status: string
    readonly location?: string
    readonly etag?: string
    readonly lastModified?: string
  }
}

/** @returns the JSON text of the Bundle; without entries it has no member `entry` */
export function bundleText(head: BundleHead, entries: readonly EntryText[]): string {
  const start = JSON.stringify({ resourceType: 'Bundle', ...head })
  if (entries.length === 0) return start
  return `${start.slice(0, -1)},"entry":[${entries.map(entryText).join(',')}]}`
}

function entryText({ fullUrl, resource, ...rest }: EntryText): string {
  const members = [
    fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)}`,
    resource === undefined ? '' : `"resource":${resource}`,
    JSON.stringify(rest).slice(1, -1),
  ]
  return `{${members.filter((member) => member !== '').join(',')}}`
}
