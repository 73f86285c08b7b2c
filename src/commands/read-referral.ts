/** Files for the commands: a bare resource, or a case file with a member `referral`. */

import type { FhirResource } from 'fhir/r4'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { createReferralValidator } from '../domain/fhir/validation/referral-validator.ts'
import { isError, Problem } from '../domain/problem.ts'

/** @throws Problem not-json */
export function readResource(bytes: Uint8Array): unknown {
  const json = parseFhirJson(bytes)
  const isCase =
    typeof json === 'object' && json !== null && !('resourceType' in json) && 'referral' in json
  return isCase ? json.referral : json
}

/** @throws Problem invalid-resource with every error */
export function readValidResource(bytes: Uint8Array): FhirResource {
  return validResource(readResource(bytes))
}

/** @throws Problem invalid-resource with every error */
export function validResource(resource: unknown): FhirResource {
  const errors = createReferralValidator().validate(resource).filter(isError)
  if (errors.length > 0) throw new Problem('invalid-resource', errors)
  return resource as FhirResource
}
