/** A referring practice's FHIR server on the loopback: honest, until a test makes it answer otherwise. */

import http, { type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bundle, FhirResource, Reference } from 'fhir/r4'

interface Closing {
  teardown(close: () => Promise<void> | void): unknown
}

/** What a test makes of a request; undefined is the honest answer. */
type Temper = (
  request: Asked,
  response: ServerResponse,
) =>
  | { readonly status?: number; readonly headers?: object; readonly body?: unknown }
  | 'answered'
  | undefined

interface Asked {
  readonly type: string
  readonly id: string | undefined
  readonly query: URLSearchParams
  /** What would be answered. */
  honest(): FhirResource
}

export interface ReferrerEhr {
  readonly baseUrl: string
  /** Requests so far, path and query decoded. */
  readonly asked: readonly string[]
  /** What it holds; a test may change it. */
  readonly records: FhirResource[]
  behave(temper: Temper | undefined): void
}

/** Starts a server that ends with the test. */
export async function referrerEhr(
  t: Closing,
  held: readonly FhirResource[] = [],
): Promise<ReferrerEhr> {
  const asked: string[] = []
  const records = [...held]
  let temper: Temper | undefined
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://ehr.invalid')
    asked.push(decodeURIComponent((request.url ?? '').replace('/fhir/', '').replaceAll('+', ' ')))
    const [type = '', id] = url.pathname.replace('/fhir/', '').split('/')
    const query = url.searchParams
    const honest = () =>
      id ? readOf(records, type, id) : searchOf(records, type, query, `${base}/fhir`)
    const odd = temper?.({ type, id, query, honest }, response)
    if (odd === 'answered') return
    const body = odd && 'body' in odd ? odd.body : honest()
    response.writeHead(odd?.status ?? 200, {
      'content-type': 'application/fhir+json',
      ...(odd?.headers ?? {}),
    })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    baseUrl: `${base}/fhir`,
    asked,
    records,
    behave(next) {
      temper = next
    },
  }
}

const readOf = (records: readonly FhirResource[], type: string, id: string): FhirResource =>
  records.find((each) => each.resourceType === type && each.id === id) ?? {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'not-found' }],
  }

/** By identifier, patient and code; every other parameter is ignored, as real servers do. */
function searchOf(
  records: readonly FhirResource[],
  type: string,
  query: URLSearchParams,
  base: string,
): Bundle<FhirResource> {
  const codes = query.get('combo-code')?.split(',')
  const matches = records.filter((each) => {
    const text = JSON.stringify(each)
    const [system, value] = (query.get('identifier') ?? '|').split('|')
    return (
      each.resourceType === type &&
      text.includes(`"system":"${system}"`.replace('"system":""', '')) &&
      text.includes(value ?? '') &&
      isAbout(each, query.get('patient')) &&
      (!codes || codes.some((code) => text.includes(`"code":"${code}"`)))
    )
  })
  const medicines = query.has('_include')
    ? records.filter(
        (each) =>
          each.resourceType === 'Medication' &&
          JSON.stringify(matches).includes(`"Medication/${each.id}"`),
      )
    : []
  return bundleOf(base, matches, medicines)
}

const isAbout = (resource: FhirResource, patient: string | null): boolean => {
  const { subject, patient: about } = resource as { subject?: Reference; patient?: Reference }
  return patient === null || (subject ?? about)?.reference === `Patient/${patient}`
}

/** A searchset. */
const bundleOf = (
  base: string,
  matches: readonly FhirResource[],
  included: readonly FhirResource[] = [],
  link: readonly { readonly relation: string; readonly url: string }[] = [],
): Bundle<FhirResource> => ({
  resourceType: 'Bundle',
  type: 'searchset',
  link: [...link],
  entry: [
    ...matches.map((resource) => ({
      fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
      resource,
      search: { mode: 'match' as const },
    })),
    ...included.map((resource) => ({
      fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
      resource,
      search: { mode: 'include' as const },
    })),
  ],
})
