/** One open referral of a patient for a service to a clinic: the part of a commit that sees to it. */

import type { ReferralChange } from '../domain/referral/ports.ts'
import { type Bind, type Part, refuseUnless, unnest } from './commit-part.ts'
import { storable } from './database.ts'

/**
 * Takes each service that a change claims, new or from the referral that it replaces; one that another
 * open referral holds refuses the whole. It is given free when the referral closes (0015).
 */
export function openServices($: Bind, changes: readonly ReferralChange[]): readonly Part[] {
  const claiming = changes.filter(({ claim }) => claim)
  if (claiming.length === 0) return []
  // Sorted, so that two transactions wait for one another in one order.
  const rows = claiming
    .flatMap(({ referral, claim }) =>
      (claim?.services ?? []).map((service) => [referral, storable(service)] as const),
    )
    .sort(([a, one], [b, other]) =>
      `${a.patientId} ${one} ${a.id}` < `${b.patientId} ${other} ${b.id}` ? -1 : 1,
    )
  const replaced = claiming.flatMap(({ referral, claim }) =>
    (claim?.from ?? []).map((from) => [referral.id, from] as const),
  )
  const source = unnest($, {
    referrer_id: ['text[]', rows.map(([{ referrerId }]) => referrerId)],
    clinic_id: ['text[]', rows.map(([{ clinicId }]) => clinicId)],
    patient_id: ['text[]', rows.map(([{ patientId }]) => storable(patientId))],
    service: ['text[]', rows.map(([, service]) => service)],
    referral_id: ['text[]', rows.map(([{ id }]) => id)],
  })
  const ids = $(
    claiming.map(({ referral }) => referral.id),
    'text[]',
  )
  const pairs = `unnest(${$(
    replaced.map(([by]) => by),
    'text[]',
  )}, ${$(
    replaced.map(([, from]) => from),
    'text[]',
  )})`
  return [
    {
      name: 'open_services',
      sql: `
        INSERT INTO referloop.open_service AS held
          (referrer_id, clinic_id, patient_id, service, referral_id)
        SELECT referrer_id, clinic_id, patient_id, service, referral_id
        FROM ${source}
        ON CONFLICT (referrer_id, clinic_id, patient_id, service)
        DO UPDATE SET referral_id = EXCLUDED.referral_id
        WHERE held.referral_id = EXCLUDED.referral_id
          OR (EXCLUDED.referral_id, held.referral_id) IN (SELECT * FROM ${pairs})
        RETURNING referral_id`,
      check: refuseUnless(
        `(SELECT count(*) FROM open_services) = ${$(rows.length, 'int')}`,
        'duplicate',
      ),
    },
    {
      // The order was changed to another service.
      name: 'left_services',
      sql: `
        DELETE FROM referloop.open_service held
        WHERE held.referral_id = ANY (${ids})
          AND NOT EXISTS (SELECT FROM ${source}
            WHERE x.referral_id = held.referral_id AND x.service = held.service)`,
    },
  ]
}
