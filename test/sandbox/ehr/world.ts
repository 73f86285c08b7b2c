/** A sandbox EHR and plain calls to it, as any client would make them. */

import {
  type SandboxEhr,
  type SandboxEhrOptions,
  startSandboxEhr,
} from '../../../src/sandbox/ehr/start.ts'

interface Closing {
  after(close: () => Promise<void> | void): unknown
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, parsed. */
  readonly body: Json
}

/** As much of a FHIR resource as these tests look at. */
export interface Json {
  readonly resourceType?: string
  readonly id?: string
  readonly status?: string
  readonly total?: number
  readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string }
  readonly subject?: { readonly reference?: string }
  readonly identifier?: readonly { readonly system?: string; readonly value?: string }[]
  readonly issue?: readonly { readonly code?: string; readonly diagnostics?: string }[]
  readonly link?: readonly { readonly relation: string; readonly url: string }[]
  readonly entry?: readonly {
    readonly fullUrl?: string
    readonly resource?: Json
    readonly response?: {
      readonly status?: string
      readonly location?: string
      readonly etag?: string
    }
  }[]
  readonly businessStatus?: { readonly coding?: readonly { readonly code?: string }[] }
  readonly statusReason?: { readonly text?: string }
  readonly output?: readonly {
    readonly type?: { readonly coding?: readonly { readonly code?: string }[] }
    readonly valueReference?: { readonly reference?: string }
  }[]
  readonly content?: readonly { readonly attachment?: { readonly data?: string } }[]
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

export const callTo =
  (origin: string): Call =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${origin}${path}`, {
      method,
      headers: { 'content-type': 'application/fhir+json', ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as Json) : {},
    }
  }

export async function sandbox(
  t: Closing,
  options: Partial<SandboxEhrOptions> = {},
): Promise<{ readonly ehr: SandboxEhr; readonly call: Call }> {
  const ehr = await startSandboxEhr({ port: 0, name: 'River Pain Clinic', ...options })
  t.after(() => ehr.close())
  return { ehr, call: callTo(new URL(ehr.baseUrl).origin) }
}

export const observation = (mark: string, rest: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  identifier: [{ system: 'urn:o', value: mark }],
  ...rest,
})
