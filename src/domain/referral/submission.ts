/**
 * A referral as it was sent: a transaction Bundle, or one ServiceRequest with contained resources.
 *
 * https://hl7.org/fhir/R4/http.html#transaction
 */

import type { Bundle, BundleEntry, FhirResource, ServiceRequest } from 'fhir/r4'
import { type Issue, Problem } from '../problem.ts'

export interface SubmittedEntry {
  readonly fullUrl: string | undefined
  readonly resource: FhirResource
  /** FHIRPath of the resource in the body. */
  readonly expression: string
  /** Query of a conditional create. */
  readonly ifNoneExist: string | undefined
  /** Set when an existing resource is to be replaced: its id, and the ETag it was read with. */
  readonly put: { readonly id: string; readonly ifMatch: string | undefined } | undefined
}

export interface Submission {
  readonly form: 'transaction' | 'single'
  readonly entries: readonly SubmittedEntry[]
}

/**
 * Reads a validated body.
 * @param body a Bundle or a ServiceRequest that has passed R4 validation
 * @param ifNoneExist the If-None-Exist header, for a single ServiceRequest
 * @throws Problem not-supported for other Bundles and for methods that a referral does not need
 */
export function readSubmission(body: FhirResource, ifNoneExist?: string): Submission {
  if (body.resourceType === 'Bundle') return readTransaction(body as Bundle<FhirResource>)
  if (body.resourceType === 'ServiceRequest') return readSingle(body, ifNoneExist)
  throw new Problem(
    'no-referral',
    'Send a transaction Bundle, or one ServiceRequest with contained resources.',
    { expression: [body.resourceType] },
  )
}

function readTransaction(bundle: Bundle<FhirResource>): Submission {
  if (bundle.type !== 'transaction')
    throw new Problem(
      'not-supported',
      `Send the referral as a Bundle of type transaction; type ${bundle.type} is not processed here.`,
      { expression: ['Bundle.type'] },
    )
  const problems: Issue[] = []
  const entries = (bundle.entry ?? []).flatMap((entry, i) => {
    const issue = entryProblem(entry, `Bundle.entry[${i}]`)
    if (issue) problems.push(issue)
    return entry.resource ? [readEntry(entry, entry.resource, i)] : []
  })
  if (problems.length > 0) throw new Problem('not-supported', problems)
  if (entries.length === 0)
    throw new Problem('no-referral', undefined, { expression: ['Bundle.entry'] })
  return { form: 'transaction', entries }
}

/** A referral is created, or its ServiceRequest replaced; nothing else happens in a transaction. */
function entryProblem(entry: BundleEntry<FhirResource>, at: string): Issue | undefined {
  const { method, url = '' } = entry.request ?? {}
  if (!method)
    return refusal(
      `${at}.request`,
      'Give each entry of a transaction a request with method and url.',
    )
  if (method === 'PUT' && /^ServiceRequest\/[^/?]+$/.test(url)) return undefined
  if (method !== 'POST')
    return refusal(
      `${at}.request.method`,
      'Use POST; only the ServiceRequest of an existing referral may be PUT, by its id.',
    )
  if (url !== entry.resource?.resourceType)
    return refusal(`${at}.request.url`, 'For POST, request.url is the type of the resource.')
  return undefined
}

const refusal = (expression: string, diagnostics: string): Issue => ({
  severity: 'error',
  code: 'not-supported',
  diagnostics,
  expression: [expression],
})

function readEntry(
  entry: BundleEntry<FhirResource>,
  resource: FhirResource,
  index: number,
): SubmittedEntry {
  const { request } = entry
  return {
    fullUrl: entry.fullUrl,
    resource,
    expression: `Bundle.entry[${index}].resource`,
    ifNoneExist: request?.ifNoneExist,
    put:
      request?.method === 'PUT'
        ? { id: request.url.slice('ServiceRequest/'.length), ifMatch: request.ifMatch }
        : undefined,
  }
}

/**
 * Contained resources become resources of their own, so that the clinic's EHR can file them and
 * the referrer can read them (docs/decisions/0004-contained-resources-become-entries.md).
 */
function readSingle(request: ServiceRequest, ifNoneExist: string | undefined): Submission {
  const { contained, ...rest } = request
  const entry = (resource: FhirResource, fullUrl: string, expression: string): SubmittedEntry => ({
    fullUrl,
    resource,
    expression,
    ifNoneExist: undefined,
    put: undefined,
  })
  return {
    form: 'single',
    entries: [
      { ...entry(rest, '#', 'ServiceRequest'), ifNoneExist },
      ...((contained ?? []) as FhirResource[]).map((resource, i) =>
        entry(resource, `#${resource.id}`, `ServiceRequest.contained[${i}]`),
      ),
    ],
  }
}
