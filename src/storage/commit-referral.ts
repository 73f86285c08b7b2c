/** The parts of a commit that write the referral itself. */

import type { ReferralChange } from '../domain/referral/ports.ts'
import type { Referral } from '../domain/referral/referral.ts'
import { type Bind, distinct, instant, type Part, refuseUnless } from './commit-part.ts'
import { storable } from './database.ts'

/** From then on the clinic may read it; a referral cancelled before it was sent never gets there. */
export const isWithClinic = ({ status }: Referral): boolean =>
  status !== 'requested' && status !== 'cancelled'

/** The columns that may change, with their values. */
function columns($: Bind, referral: Referral): Readonly<Record<string, string>> {
  return {
    patient_id: $(storable(referral.patientId), 'text'),
    identifiers: $(referral.identifiers.map(storable), 'text[]'),
    digest: $(referral.digest, 'text'),
    submitted: $(referral.submitted.map(storable), 'text[]'),
    version: $(referral.version, 'int'),
    status: $(referral.status, 'text'),
    business_status: $(referral.businessStatus, 'text'),
    priority: $(referral.priority, 'text'),
    overall: $(referral.overall, 'text'),
    participants: $(referral.participants.map(storable), 'text[]'),
    updated_at: $(referral.updatedAt, instant),
    ehr_task: $(referral.delivery.ehrTask ?? null, 'text'),
    delivery: $(JSON.stringify(referral.delivery), 'text::json'),
  }
}

export function newReferral($: Bind, { referral }: ReferralChange): Part {
  const row = {
    id: $(referral.id, 'text'),
    task_id: $(referral.taskId, 'text'),
    referrer_id: $(referral.referrerId, 'text'),
    clinic_id: $(referral.clinicId, 'text'),
    created_at: $(referral.createdAt, instant),
    with_clinic_since: $(isWithClinic(referral) ? referral.updatedAt : null, instant),
    ...columns($, referral),
  }
  return {
    name: 'new_referral',
    sql: `
      INSERT INTO referloop.referral (${Object.keys(row).join(', ')})
      VALUES (${Object.values(row).join(', ')})`,
  }
}

export function nextReferral($: Bind, { referral, expectedVersion }: ReferralChange): Part {
  const row = {
    ...columns($, referral),
    with_clinic_since: `coalesce(with_clinic_since, ${$(isWithClinic(referral) ? referral.updatedAt : null, instant)})`,
  }
  return {
    name: 'next_referral',
    sql: `
      UPDATE referloop.referral
      SET ${Object.entries(row)
        .map(([column, value]) => `${column} = ${value}`)
        .join(', ')}
      WHERE id = ${$(referral.id, 'text')}
        AND version = ${$(expectedVersion, 'int')}
        AND referrer_id = ${$(referral.referrerId, 'text')}
        AND clinic_id = ${$(referral.clinicId, 'text')}
      RETURNING id`,
    check: refuseUnless('EXISTS (SELECT FROM next_referral)', 'stale'),
  }
}

/**
 * Each identifier has to be new or this referral's already. One that another transaction has just
 * taken is neither: the insert skips it, and the snapshot of this statement does not show it.
 */
export function identifiers($: Bind, referral: Referral): Part {
  const wanted = distinct(referral.identifiers)
  const [referrer, id] = [$(referral.referrerId, 'text'), $(referral.id, 'text')]
  const list = $(wanted, 'text[]')
  return {
    name: 'identifiers',
    sql: `
      INSERT INTO referloop.referral_identifier (referrer_id, identifier, referral_id)
      SELECT ${referrer}, wanted, ${id}
      FROM unnest(${list}) AS wanted
      ON CONFLICT DO NOTHING
      RETURNING identifier`,
    check: refuseUnless(
      `(SELECT count(*) FROM identifiers) + (
        SELECT count(*) FROM referloop.referral_identifier
        WHERE referrer_id = ${referrer} AND identifier = ANY (${list}) AND referral_id = ${id}
      ) = cardinality(${list})`,
      'identifier-taken',
    ),
  }
}

/** Opens the shared resources of a referral that is with the clinic to that clinic. */
export function participants($: Bind, referral: Referral): Part {
  return {
    name: 'participants',
    sql: `
      INSERT INTO referloop.clinic_participant (clinic_id, type, id, referrer_id)
      SELECT ${$(referral.clinicId, 'text')}, split_part(reference, '/', 1),
        split_part(reference, '/', 2), ${$(referral.referrerId, 'text')}
      FROM unnest(${$(distinct(referral.participants), 'text[]')}) AS reference
      ON CONFLICT DO NOTHING`,
  }
}

/** The same version of the Task may be read twice; the first verdict on it stands. */
export function reports($: Bind, { referral, reports = [] }: ReferralChange): Part {
  const rows = reports.map((report) => ({ ...report, reason: storable(report.reason ?? '') }))
  return {
    name: 'reports',
    sql: `
      INSERT INTO referloop.status_report
        (referral_id, ehr_version, referrer_id, clinic_id, from_status, to_status, verdict, reason, recorded)
      SELECT ${$(referral.id, 'text')}, "ehrVersion", ${$(referral.referrerId, 'text')},
        ${$(referral.clinicId, 'text')}, "from", "to", verdict, nullif(reason, ''),
        ${$(referral.updatedAt, instant)}
      FROM json_to_recordset(${$(JSON.stringify(rows), 'text::json')})
        AS x ("ehrVersion" text, "from" text, "to" text, verdict text, reason text)
      ON CONFLICT DO NOTHING`,
  }
}
