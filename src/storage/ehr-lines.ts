/** The line to each clinic's EHR: one row that all instances share, by the clock of the database. */

import type { EhrLines, Turn } from '../domain/referral/ehr-lines.ts'
import type { Database } from './database.ts'

export const ehrLines = (db: Database): EhrLines => ({
  async turn(clinicId, everyMs) {
    const [row] = await db.query(takeTurn, [clinicId, everyMs])
    if (row) return { wait: Number(row.wait), isProbe: row.is_probe === true }
    const [closed] = await db.query(whyClosed, [clinicId])
    const left = Math.max(0, Number(closed?.left_alone_ms ?? 0))
    const because = String(closed?.because ?? 'busy') as NonNullable<Turn['because']>
    return { closedFor: left, because }
  },
  leaveAlone: async (clinicId, again) =>
    (await db.query(leaveAlone, [clinicId, again])).some(({ begins }) => begins === true),
  askAgain: async (clinicId) => (await db.query(askAgain, [clinicId])).length > 0,
  async holdBack(clinicId, seconds) {
    await db.query(holdBack, [clinicId, seconds])
  },
  async state() {
    const rows = await db.query(selectState, [])
    return rows.map((row) => ({
      clinicId: String(row.clinic_id),
      isClosed: row.is_closed === true,
      failingFor: Number(row.failing_s),
      holdBackFor: Number(row.hold_back_s),
    }))
  },
})

// A clock that is set back must not stretch a wait: what lies further ahead than can be is not believed.
const ahead = (column: string, most: string) =>
  `(line.${column} > clock_timestamp() AND line.${column} <= clock_timestamp() + interval '${most}')`
const isHeldBack = ahead('held_back_until', '25 hours')
const isLeftAlone = ahead('left_alone_until', '2 minutes')
/** Who comes when so much waits already, is told to come later. */
const isBusy = `(line.next_at > clock_timestamp() + interval '5 seconds'
  AND line.next_at <= clock_timestamp() + interval '10 seconds')`
const nextFree = `CASE WHEN ${ahead('next_at', '10 seconds')} THEN line.next_at ELSE clock_timestamp() END`
/** One request is under way to see whether the EHR is back; longer than any request may take. */
const probe = `interval '45 seconds'`

const takeTurn = {
  name: 'ehr-turn',
  text: `
    INSERT INTO referloop.ehr_line AS line (clinic_id, next_at)
    VALUES ($1, clock_timestamp() + $2::float8 * interval '1 millisecond')
    ON CONFLICT (clinic_id) DO UPDATE SET
      next_at = ${nextFree} + $2::float8 * interval '1 millisecond',
      left_alone_until =
        CASE WHEN line.failing_since IS NOT NULL THEN clock_timestamp() + ${probe} END
    WHERE NOT ${isHeldBack} IS TRUE AND NOT ${isLeftAlone} IS TRUE AND NOT ${isBusy}
    RETURNING failing_since IS NOT NULL AS is_probe, greatest(0, extract(epoch FROM
      next_at - $2::float8 * interval '1 millisecond' - clock_timestamp()) * 1000)::float8 AS wait`,
}

const whyClosed = {
  name: 'ehr-line-closed',
  text: `
    SELECT CASE WHEN ${isHeldBack} THEN 'asked' WHEN ${isLeftAlone} THEN 'failing' ELSE 'busy' END AS because,
      (extract(epoch FROM CASE WHEN ${isHeldBack} THEN held_back_until
        WHEN ${isLeftAlone} THEN left_alone_until ELSE next_at END - clock_timestamp()) * 1000)::float8
        AS left_alone_ms
    FROM referloop.ehr_line AS line
    WHERE clinic_id = $1`,
}

// 5, 10, 20, 40 seconds, then a minute: one request a minute is no burden, and a return is soon seen.
const leaveAlone = {
  name: 'ehr-leave-alone',
  text: `
    UPDATE referloop.ehr_line SET
      failing_since = coalesce(failing_since, clock_timestamp()),
      failed_probes = CASE WHEN failing_since IS NULL THEN 0 ELSE failed_probes + 1 END,
      left_alone_until = clock_timestamp() + least(60, 5 * 2 ^ least(10,
        CASE WHEN failing_since IS NULL THEN 0 ELSE failed_probes + 1 END)) * interval '1 second'
    WHERE clinic_id = $1 AND (failing_since IS NOT NULL) = $2::boolean
    RETURNING failed_probes = 0 AS begins`,
}

const askAgain = {
  name: 'ehr-ask-again',
  text: `
    UPDATE referloop.ehr_line
    SET failing_since = NULL, failed_probes = 0, left_alone_until = NULL
    WHERE clinic_id = $1 AND failing_since IS NOT NULL
    RETURNING clinic_id`,
}

const holdBack = {
  name: 'ehr-hold-back',
  text: `
    UPDATE referloop.ehr_line AS line
    SET held_back_until = greatest(clock_timestamp() + $2::int * interval '1 second',
      CASE WHEN ${isHeldBack} THEN line.held_back_until END)
    WHERE clinic_id = $1`,
}

const selectState = {
  name: 'ehr-lines',
  text: `
    SELECT clinic_id, (${isHeldBack} OR ${isLeftAlone}) IS TRUE AS is_closed,
      coalesce(greatest(0, extract(epoch FROM clock_timestamp() - failing_since)), 0)::float8 AS failing_s,
      coalesce(CASE WHEN ${isHeldBack} THEN extract(epoch FROM held_back_until - clock_timestamp()) END, 0)::float8
        AS hold_back_s
    FROM referloop.ehr_line AS line
    WHERE failing_since IS NOT NULL OR ${isHeldBack}`,
}
