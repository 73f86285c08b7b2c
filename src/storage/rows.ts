/** From rows to what the ports promise. */

import type { FhirResource } from 'fhir/r4'
import { parseFhirJson } from '../domain/fhir/json.ts'
import type { StoredResource } from '../domain/referral/ports.ts'
import type { Referral } from '../domain/referral/referral.ts'
import type { Release } from '../domain/sensitivity/release.ts'
import { releasedView } from '../domain/sensitivity/released-view.ts'
import type { Row } from './database.ts'

/** Everything of a referral, for SELECT and row_to_json alike. */
export const referralColumns = `
  r.id, r.task_id, r.patient_id, r.referrer_id, r.clinic_id, r.identifiers, r.digest, r.submitted, r.version,
  r.status, r.business_status, r.priority, r.overall, r.participants, r.created_at, r.updated_at,
  r.delivery, r.release, r.gathering, r.information, r.step`

export const resourceColumns = 'x.type, x.id, x.version, x.last_updated, x.content'

/** A row as selected by referralColumns; it was checked when it was written. */
export function toReferral(row: Row): Referral {
  return {
    id: row.id,
    taskId: row.task_id,
    patientId: row.patient_id,
    referrerId: row.referrer_id,
    clinicId: row.clinic_id,
    identifiers: row.identifiers,
    digest: row.digest,
    submitted: row.submitted,
    version: row.version,
    status: row.status,
    businessStatus: row.business_status,
    priority: row.priority,
    overall: row.overall,
    participants: row.participants,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
    delivery: row.delivery,
    ...(row.release ? { release: row.release } : {}),
    ...(row.gathering ? { gathering: row.gathering } : {}),
    ...(row.information ? { information: row.information } : {}),
    ...(row.step ? { step: row.step } : {}),
  } as Referral
}

/** The same for a clinic, with what it may get of the referral. */
export const clinicColumns = `${resourceColumns},
  (SELECT r.release FROM referloop.referral r WHERE r.id = x.referral_id) AS release`

/** Does the clinic get row x of referral r? The few referrals with protected content have a release. */
export const isReleased = isReleasedAs("x.type || '/' || x.id")

/** The same for a `Type/id` that SQL computes. */
export function isReleasedAs(name: string): string {
  return `
  (r.release IS NULL
    OR NOT jsonb_exists(r.release -> 'withheld', ${name})
    OR coalesce((r.release #>> ARRAY['withheld', ${name}, 'from'])::timestamptz > now(), false))`
}

/** A row as selected by resourceColumns, or by clinicColumns and then as the clinic gets it. */
export const toResource = (row: Row): StoredResource => ({
  type: String(row.type),
  id: String(row.id),
  version: Number(row.version),
  lastUpdated: instantOf(row.last_updated),
  content: row.release
    ? asReleased(String(row.content), row.release as Release)
    : String(row.content),
})

function asReleased(content: string, release: Release): string {
  const resource = parseFhirJson(content) as FhirResource
  const shown = releasedView(resource, release, new Date().toISOString())
  return shown === resource ? content : JSON.stringify(shown)
}

/** A Date from a column, text with an offset from JSON: an instant in UTC with milliseconds. */
const instantOf = (value: unknown): string => new Date(value as Date | string).toISOString()
