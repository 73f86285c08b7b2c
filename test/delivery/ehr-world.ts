/** A clinic's EHR on a free port and our client of it. */

import type { Egress } from '../../src/delivery/egress.ts'
import { createClinicEhr } from '../../src/delivery/ehr-client.ts'
import { type ClinicEhr, EhrFailure } from '../../src/domain/referral/ports.ts'
import {
  type SandboxEhr,
  type SandboxEhrOptions,
  startSandboxEhr,
} from '../../src/sandbox/ehr/start.ts'
import { clocks, loopbackEgress, newKey } from './world.ts'

interface Closing {
  after(close: () => Promise<void> | void): unknown
}

export async function ehrWorld(
  t: Closing,
  options: {
    readonly ehr?: Partial<SandboxEhrOptions>
    readonly egress?: Egress
    readonly pageSize?: number
  } = {},
): Promise<{ readonly ehr: SandboxEhr; readonly clinic: ClinicEhr }> {
  const ehr = await startSandboxEhr({
    port: 0,
    name: 'River Pain Clinic',
    record: true,
    ...options.ehr,
  })
  t.after(() => ehr.close())
  const clinic = await clientOf(t, ehr.baseUrl, options)
  return { ehr, clinic }
}

/** A client of any FHIR base, without tokens. */
export async function clientOf(
  t: Closing,
  fhirBaseUrl: string,
  options: {
    readonly egress?: Egress
    readonly pageSize?: number
    readonly maxPages?: number
  } = {},
): Promise<ClinicEhr> {
  const { egress = loopbackEgress(t), ...limits } = options
  const { key } = await newKey()
  return createClinicEhr(
    { fhirBaseUrl, auth: { type: 'none' } },
    { ...clocks, ...limits, egress, key },
  )
}

export const resourceSystem = 'https://referloop.example/fhir/sid/resource'

/** A transaction as a delivery is one: conditional creates that refer to each other. */
export const delivery = (mark = '1'): string =>
  `{"resourceType":"Bundle","type":"transaction","entry":[` +
  `{"fullUrl":"urn:uuid:p${mark}","resource":{"resourceType":"Patient","identifier":[{"system":"${resourceSystem}","value":"p${mark}"}]},` +
  `"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=${resourceSystem}%7Cp${mark}"}},` +
  `{"fullUrl":"urn:uuid:o${mark}","resource":{"resourceType":"Observation","status":"final","identifier":[{"system":"${resourceSystem}","value":"o${mark}"}],` +
  `"subject":{"reference":"urn:uuid:p${mark}"},"valueQuantity":{"value":1.10,"unit":"mg"}},` +
  `"request":{"method":"POST","url":"Observation","ifNoneExist":"identifier=${resourceSystem}%7Co${mark}"}},` +
  `{"fullUrl":"urn:uuid:t${mark}","resource":{"resourceType":"Task","status":"requested","intent":"order","identifier":[{"system":"${resourceSystem}","value":"t${mark}"}],` +
  `"for":{"reference":"urn:uuid:p${mark}"},"focus":{"reference":"urn:uuid:o${mark}"}},` +
  `"request":{"method":"POST","url":"Task","ifNoneExist":"identifier=${resourceSystem}%7Ct${mark}"}}]}`

/** What a failing call says about itself; `answered` when it did not fail. */
export async function failureOf(call: Promise<unknown>): Promise<{
  readonly phase: string
  readonly permanent?: boolean
  readonly status?: number | undefined
  readonly retryAfter?: number | undefined
}> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof EhrFailure)) throw error
    const { phase, permanent, status, retryAfter } = error
    return { phase, permanent, status, retryAfter }
  }
  return { phase: 'answered' }
}

/** Everything an async iterable gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
