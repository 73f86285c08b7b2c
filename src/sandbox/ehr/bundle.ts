/** Bundles and single resources as text, so that stored decimals leave as they came. */

import type { Page } from './search.ts'
import type { Version } from './store.ts'
import type { EntryResult } from './transaction.ts'

export const etag = (version: Version): string => `W/"${version.version}"`

export const httpDate = (version: Version): string => new Date(version.lastUpdated).toUTCString()

const fullUrl = (version: Version, baseUrl: string): string =>
  `${baseUrl}/${version.type}/${version.id}`

export const locationOf = (version: Version, baseUrl: string): string =>
  `${fullUrl(version, baseUrl)}/_history/${version.version}`

export function searchset(
  page: Page,
  self: string,
  next: string | undefined,
  baseUrl: string,
): string {
  const link = [{ relation: 'self', url: self }, ...(next ? [{ relation: 'next', url: next }] : [])]
  const entries = page.versions.map((version) =>
    entry({ fullUrl: fullUrl(version, baseUrl) }, version.content, { search: { mode: 'match' } }),
  )
  return bundle({ type: 'searchset', total: page.total, link }, entries)
}

/** Newest first. */
export function historyBundle(versions: readonly Version[], baseUrl: string): string {
  const entries = versions.toReversed().map((version) => {
    const method = version.content === undefined ? 'DELETE' : version.version === 1 ? 'POST' : 'PUT'
    const url = method === 'POST' ? version.type : `${version.type}/${version.id}`
    return entry({ fullUrl: fullUrl(version, baseUrl) }, version.content, {
      request: { method, url },
      response: { status: method === 'POST' ? '201' : '200', etag: etag(version) },
    })
  })
  return bundle({ type: 'history', total: versions.length }, entries)
}

export function transactionResponse(results: readonly EntryResult[], withContent: boolean): string {
  const entries = results.map(({ status, version }) =>
    entry({}, withContent ? version.content : undefined, {
      response: {
        status: status === 201 ? '201 Created' : '200 OK',
        location: `${version.type}/${version.id}/_history/${version.version}`,
        etag: etag(version),
        lastModified: version.lastUpdated,
      },
    }),
  )
  return bundle({ type: 'transaction-response' }, entries)
}

const bundle = (head: object, entries: readonly string[]): string =>
  `${JSON.stringify({ resourceType: 'Bundle', ...head }).slice(0, -1)}` +
  `${entries.length > 0 ? `,"entry":[${entries.join(',')}]` : ''}}`

function entry(before: object, resource: string | undefined, after: object): string {
  const parts = [inner(before), resource && `"resource":${resource}`, inner(after)]
  return `{${parts.filter(Boolean).join(',')}}`
}

const inner = (object: object): string => JSON.stringify(object).slice(1, -1)
