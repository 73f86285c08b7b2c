/** The parts of a commit that write the referrals themselves. */

import { toldBy } from '../domain/insight/told.ts'
import { givenUpSince } from '../domain/referral/dead-letter.ts'
import { nextOverdueNotice } from '../domain/referral/next-step.ts'
import type { ReferralChange } from '../domain/referral/ports.ts'
import { nextNotice, type Referral } from '../domain/referral/referral.ts'
import { isWithheldAt } from '../domain/sensitivity/release.ts'
import { arrayLiteral, type Bind, type Part, refuseUnless, unnest } from './commit-part.ts'
import { storable } from './database.ts'

/** From then on the clinic may read it; a referral cancelled before it was sent never gets there. */
const isWithClinic = ({ status }: Referral): boolean =>
  status !== 'requested' && status !== 'cancelled'

/** On its way to the clinic, so that nobody but the service has to act, or should have had to. */
const isUndelivered = ({ businessStatus }: Referral): boolean =>
  businessStatus === 'sending' || businessStatus === 'delivery-failed'

/** Each column: how it travels, what it becomes, and its value. */
const columns = {
  id: ['text[]', '', (r) => r.id],
  task_id: ['text[]', '', (r) => r.taskId],
  referrer_id: ['text[]', '', (r) => r.referrerId],
  clinic_id: ['text[]', '', (r) => r.clinicId],
  patient_id: ['text[]', '', (r) => storable(r.patientId)],
  identifiers: ['text[]', '::text[]', (r) => arrayLiteral(r.identifiers)],
  digest: ['text[]', '', (r) => r.digest],
  submitted: ['text[]', '::text[]', (r) => arrayLiteral(r.submitted)],
  version: ['int[]', '', (r) => r.version],
  status: ['text[]', '', (r) => r.status],
  business_status: ['text[]', '', (r) => r.businessStatus],
  priority: ['text[]', '', (r) => r.priority],
  overall: ['text[]', '', (r) => r.overall],
  participants: ['text[]', '::text[]', (r) => arrayLiteral(r.participants)],
  created_at: ['text[]', '::timestamptz', (r) => r.createdAt],
  updated_at: ['text[]', '::timestamptz', (r) => r.updatedAt],
  with_clinic_since: ['text[]', '::timestamptz', (r) => (isWithClinic(r) ? r.updatedAt : null)],
  ehr_task: ['text[]', '', (r) => r.delivery.ehrTask ?? null],
  delivery: ['text[]', '::json', (r) => JSON.stringify(r.delivery)],
  release: ['text[]', '::jsonb', (r) => (r.release ? JSON.stringify(r.release) : null)],
  gathering: ['text[]', '::json', (r) => (r.gathering ? JSON.stringify(r.gathering) : null)],
  information: ['text[]', '::json', (r) => (r.information ? JSON.stringify(r.information) : null)],
  information_next: ['text[]', '::timestamptz', (r) => nextNotice(r) ?? null],
  undelivered_since: ['text[]', '::timestamptz', (r) => (isUndelivered(r) ? r.updatedAt : null)],
  given_up_since: ['text[]', '::timestamptz', (r) => givenUpSince(r) ?? null],
  step: ['text[]', '::json', (r) => (r.step ? JSON.stringify(r.step) : null)],
  next_actor: ['text[]', '', (r) => r.step?.actor ?? null],
  next_due: ['text[]', '::timestamptz', (r) => r.step?.due ?? null],
  next_notice: ['text[]', '::timestamptz', (r) => nextOverdueNotice(r) ?? null],
  step_of: ['text[]', '', (r) => r.step?.of ?? null],
  told: ['text[]', '::json', (_, change) => storable(JSON.stringify(toldBy(change)))],
} as const satisfies Record<
  string,
  readonly [string, string, (referral: Referral, change: ReferralChange) => unknown]
>

type Column = keyof typeof columns

const names = Object.keys(columns) as Column[]
/** What stays as it was when the referral was made. */
const fixed: readonly Column[] = ['id', 'task_id', 'referrer_id', 'clinic_id', 'created_at']
const cast = (column: Column): string => `x.${column}${columns[column][1]}`

/** The referrer has said something: what the clinic has snoozed comes back, whatever it was. */
const isHeard = ({ audit, referral: { referrerId } }: ReferralChange): boolean =>
  audit.some(({ kind, organization }) => kind !== 'R' && organization === referrerId)

const rowsOf = ($: Bind, changes: readonly ReferralChange[]): string =>
  unnest($, {
    ...Object.fromEntries(
      names.map((column) => {
        const [type, , read] = columns[column]
        return [column, [type, changes.map((change) => read(change.referral, change))] as const]
      }),
    ),
    expected: ['int[]', changes.map(({ expectedVersion }) => expectedVersion)],
    heard: ['bool[]', changes.map(isHeard)],
  })

export function newReferrals($: Bind, changes: readonly ReferralChange[]): Part {
  return {
    name: 'new_referrals',
    sql: `
      INSERT INTO referloop.referral (${names.join(', ')})
      SELECT ${names.map(cast).join(', ')}
      FROM ${rowsOf($, changes)}`,
  }
}

/** An instant since when something holds is that of the first change for which it did. */
const ageing: Partial<Record<Column, string>> = {
  with_clinic_since: `coalesce(r.with_clinic_since, ${cast('with_clinic_since')})`,
  undelivered_since: `CASE WHEN x.undelivered_since IS NOT NULL
      THEN coalesce(r.undelivered_since, ${cast('undelivered_since')}) END`,
}

/** The referrer has answered what the clinic asked; it counts until the status is another again. */
const answeredAt = `CASE
          WHEN x.business_status = r.business_status THEN r.answered_at
          WHEN r.business_status = 'awaiting-information' AND r.with_clinic_since IS NOT NULL
            THEN ${cast('updated_at')} END`

export function nextReferrals($: Bind, changes: readonly ReferralChange[]): Part {
  const changing = names.filter((column) => !fixed.includes(column))
  const set = changing.map((column) => `${column} = ${ageing[column] ?? cast(column)}`)
  return {
    name: 'next_referrals',
    sql: `
      UPDATE referloop.referral r
      SET ${set.join(', ')},
        answered_at = ${answeredAt},
        snoozed_until = CASE WHEN NOT x.heard THEN r.snoozed_until END,
        undelivered_alerted =
          CASE WHEN x.undelivered_since IS NOT NULL THEN r.undelivered_alerted END
      FROM ${rowsOf($, changes)}
      WHERE r.id = x.id AND r.version = x.expected
        AND r.referrer_id = x.referrer_id AND r.clinic_id = x.clinic_id
      RETURNING r.id`,
    check: refuseUnless(
      `(SELECT count(*) FROM next_referrals) = ${$(changes.length, 'int')}`,
      'stale',
    ),
  }
}

/**
 * Each identifier has to be new or this referral's already. One that another transaction has just
 * taken is neither: the insert skips it, and the snapshot of this statement does not show it.
 */
export function identifiers($: Bind, changes: readonly ReferralChange[]): Part {
  const wanted = new Map<string, readonly [referrer: string, identifier: string, id: string]>()
  for (const { referral } of changes)
    for (const identifier of referral.identifiers.map(storable))
      wanted.set(`${referral.id} ${identifier}`, [referral.referrerId, identifier, referral.id])
  // Sorted, so that two transactions wait for one another in one order.
  const rows = [...wanted.values()].sort(([, a], [, b]) => (a < b ? -1 : 1))
  const source = unnest($, {
    referrer_id: ['text[]', rows.map(([referrer]) => referrer)],
    identifier: ['text[]', rows.map(([, identifier]) => identifier)],
    referral_id: ['text[]', rows.map(([, , id]) => id)],
  })
  return {
    name: 'identifiers',
    sql: `
      INSERT INTO referloop.referral_identifier (referrer_id, identifier, referral_id)
      SELECT referrer_id, identifier, referral_id
      FROM ${source}
      ON CONFLICT DO NOTHING
      RETURNING identifier`,
    check: refuseUnless(
      `(SELECT count(*) FROM identifiers) + (
        SELECT count(*) FROM ${source} WHERE x.referral_id = (
          SELECT known.referral_id FROM referloop.referral_identifier known
          WHERE known.referrer_id = x.referrer_id AND known.identifier = x.identifier
          LIMIT 1)
      ) = ${$(rows.length, 'int')}`,
      'identifier-taken',
    ),
  }
}

/** Opens the shared resources of a referral that is with the clinic to that clinic. */
export function participants($: Bind, changes: readonly ReferralChange[]): Part | undefined {
  const rows = changes
    .filter(({ referral }) => isWithClinic(referral))
    .flatMap(({ referral }) =>
      referral.participants
        // A programme that only withheld records name stays unnamed.
        .filter(
          (reference) => !isWithheldAt(referral.release?.withheld[reference], referral.updatedAt),
        )
        .map((reference) => [referral, storable(reference)] as const),
    )
  if (rows.length === 0) return undefined
  const source = unnest($, {
    clinic_id: ['text[]', rows.map(([{ clinicId }]) => clinicId)],
    referrer_id: ['text[]', rows.map(([{ referrerId }]) => referrerId)],
    reference: ['text[]', rows.map(([, reference]) => reference)],
  })
  return {
    name: 'participants',
    sql: `
      INSERT INTO referloop.clinic_participant (clinic_id, type, id, referrer_id)
      SELECT clinic_id, split_part(reference, '/', 1), split_part(reference, '/', 2), referrer_id
      FROM ${source}
      ON CONFLICT DO NOTHING`,
  }
}

/** The same version of the Task may be read twice; the first verdict on it stands. */
export function reports($: Bind, changes: readonly ReferralChange[]): Part | undefined {
  const rows = changes.flatMap(({ referral, reports = [] }) =>
    reports.map((report) => [referral, report] as const),
  )
  if (rows.length === 0) return undefined
  const source = unnest($, {
    referral_id: ['text[]', rows.map(([{ id }]) => id)],
    ehr_version: ['text[]', rows.map(([, { ehrVersion }]) => storable(ehrVersion))],
    referrer_id: ['text[]', rows.map(([{ referrerId }]) => referrerId)],
    clinic_id: ['text[]', rows.map(([{ clinicId }]) => clinicId)],
    from_status: ['text[]', rows.map(([, { from }]) => storable(from))],
    to_status: ['text[]', rows.map(([, { to }]) => storable(to))],
    verdict: ['text[]', rows.map(([, { verdict }]) => verdict)],
    reason: ['text[]', rows.map(([, { reason }]) => reason && storable(reason))],
    recorded: ['text[]', rows.map(([{ updatedAt }]) => updatedAt)],
  })
  return {
    name: 'reports',
    sql: `
      INSERT INTO referloop.status_report (referral_id, ehr_version, referrer_id, clinic_id,
        from_status, to_status, verdict, reason, recorded)
      SELECT referral_id, ehr_version, referrer_id, clinic_id,
        from_status, to_status, verdict, reason, recorded::timestamptz
      FROM ${source}
      ON CONFLICT DO NOTHING`,
  }
}
