/** Who has a referral in hand, and what is snoozed: written beside the referral, without a version of it. */

import type { AtDesk, DeskStore, DeskWrite } from '../domain/referral/desk.ts'
import { auditInsert } from './audit.ts'
import type { Database, Queryable, Row } from './database.ts'
import { repeatOnConflict, storable } from './database.ts'
import { firstStatement } from './queue-statement.ts'

/** @param firstWall as in resourceStore */
export const deskStore = (db: Database, clock: () => Date, firstWall = true): DeskStore => ({
  async colleagues(viewer) {
    const rows = await db.queryAs(viewer, selectColleagues, [viewer.organization])
    return rows.map(({ id, name }) => ({ id: String(id), name: String(name) }))
  },
  async find(viewer, id) {
    const [row] = await db.queryAs(viewer, firstWall ? selectOne : selectAny, [
      viewer.organization,
      storable(id),
    ])
    return row && toAtDesk(row)
  },
  async change(clinicId, ids, decide) {
    await db.ensureRoom()
    await repeatOnConflict(() =>
      db.transaction(async (tx) => {
        const rows = await tx.query(selectLocked, [clinicId, ids.map(storable)])
        await write(tx, decide(rows.map(toAtDesk)))
      }),
    )
  },
  async changeFirst(viewer, list, decide) {
    await db.ensureRoom()
    return db.transaction(async (tx) => {
      const { text, values } = firstStatement(viewer, list, clock(), columns)
      const [row] = await tx.query(text, values)
      if (!row) return undefined
      await write(tx, [decide(toAtDesk(row))])
      return String(row.id)
    })
  },
})

async function write(tx: Queryable, writes: readonly DeskWrite[]): Promise<void> {
  if (writes.length === 0) return
  await tx.query(update, [
    writes.map(({ id }) => id),
    writes.map(({ owner }) => storable(owner)),
    writes.map(({ snoozedUntil }) => snoozedUntil ?? null),
    writes.map(({ snoozedFor }) => snoozedFor ?? null),
  ])
  const { sql, value } = auditInsert(writes.map(({ audit }) => audit))
  await tx.query({ name: 'desk-audit', text: sql('$1::text::json') }, [value])
}

const columns = `
  r.id, r.task_id, r.patient_id, r.version, r.status, r.next_due, r.owner, r.snoozed_until,
  r.snoozed_for, r.desk_version`

const toAtDesk = (row: Row): AtDesk =>
  ({
    id: row.id,
    taskId: row.task_id,
    patientId: row.patient_id,
    version: row.version,
    status: row.status,
    due: row.next_due ? (row.next_due as Date).toISOString() : undefined,
    owner: row.owner,
    snoozedUntil: row.snoozed_until ? (row.snoozed_until as Date).toISOString() : undefined,
    snoozedFor: row.snoozed_for ?? undefined,
    desk: row.desk_version,
  }) as AtDesk

const selectColleagues = {
  name: 'colleagues',
  text: `
    SELECT id, name FROM referloop.colleague
    WHERE clinic_id = $1
    ORDER BY name, id
    LIMIT 500`,
}

const ofClinic = 'r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL'

const selectOne = {
  name: 'at-desk',
  text: `SELECT ${columns} FROM referloop.referral r WHERE ${ofClinic} AND r.id = $2`,
}

const selectAny = {
  name: 'unfiltered at-desk',
  text: `SELECT ${columns} FROM referloop.referral r WHERE $1::text IS NOT NULL AND r.id = $2`,
}

/** In one order, so that two who lock the same ones wait for one another. */
const selectLocked = {
  name: 'at-desk-locked',
  text: `
    SELECT ${columns} FROM referloop.referral r
    WHERE ${ofClinic} AND r.id = ANY ($2::text[])
    ORDER BY r.id
    FOR UPDATE`,
}

const update = {
  name: 'desk-change',
  text: `
    UPDATE referloop.referral r
    SET owner = x.owner, snoozed_until = x.snoozed_until::timestamptz, snoozed_for = x.snoozed_for,
      desk_version = r.desk_version + 1
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
      AS x (id, owner, snoozed_until, snoozed_for)
    WHERE r.id = x.id`,
}
