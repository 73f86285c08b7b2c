/** What a partner has here of the referrals that it lists, and what it does not list. */

import type { Viewer } from '../domain/access/caller.ts'
import type { Compared, ListStore } from '../domain/referral/ports.ts'
import type { Database, Row, Statement } from './database.ts'
import { storable } from './database.ts'

export const listStore = (db: Database): ListStore => ({
  async listed(viewer, { identifiers, ids }) {
    const rows = await db.queryAs(viewer, selectListed[viewer.role], [
      viewer.organization,
      identifiers.map(storable),
      ids.map(storable),
    ])
    return rows.map(toCompared)
  },
  async unlisted(viewer, { except, from, until, after, limit }) {
    const rows = await db.queryAs(viewer, selectUnlisted[viewer.role], [
      viewer.organization,
      except.map(storable),
      from ?? null,
      until ?? null,
      after?.createdAt ?? null,
      after?.id ?? null,
      limit + 1,
    ])
    return rows.map(toCompared)
  },
})

const columns = `r.id, r.task_id, r.patient_id, r.identifiers, r.status, r.business_status,
  r.created_at, r.updated_at`

const toCompared = (row: Row): Compared => ({
  id: row.id as string,
  taskId: row.task_id as string,
  patientId: row.patient_id as string,
  identifiers: row.identifiers as readonly string[],
  status: row.status as Compared['status'],
  businessStatus: row.business_status as Compared['businessStatus'],
  createdAt: (row.created_at as Date).toISOString(),
  updatedAt: (row.updated_at as Date).toISOString(),
})

/** What each role sees: as in viewerStatements of referrals.ts. */
const visible: Readonly<Record<Viewer['role'], string>> = {
  referrer: 'r.referrer_id = $1',
  clinic: 'r.clinic_id = $1 AND r.with_clinic_since IS NOT NULL',
}

const byRole = (statement: (role: Viewer['role']) => Statement) => ({
  referrer: statement('referrer'),
  clinic: statement('clinic'),
})

// A clinic knows a referral by ids of ours: two practices may give theirs one identifier.
const selectListed = byRole((role) => ({
  name: `reconcile-listed ${role}`,
  text: `
    SELECT ${columns}
    FROM referloop.referral r
    WHERE ${visible[role]} AND r.id = ANY (ARRAY(
      SELECT known.referral_id FROM referloop.referral_identifier known
      WHERE known.referrer_id = $1 AND known.identifier = ANY ($2::text[])
      UNION
      SELECT named.id FROM referloop.referral named WHERE named.id = ANY ($3::text[])
      UNION
      SELECT named.id FROM referloop.referral named WHERE named.task_id = ANY ($3::text[])))`,
}))

const selectUnlisted = byRole((role) => ({
  name: `reconcile-unlisted ${role}`,
  text: `
    SELECT ${columns}
    FROM referloop.referral r
    WHERE ${visible[role]}
      AND r.status NOT IN ('rejected', 'cancelled', 'failed', 'completed')
      AND r.id <> ALL ($2::text[])
      AND ($3::text IS NULL OR r.created_at >= $3::text::timestamptz)
      AND ($4::text IS NULL OR r.created_at < $4::text::timestamptz)
      AND ($5::text IS NULL OR (r.created_at, r.id) > ($5::text::timestamptz, $6::text))
    ORDER BY r.created_at, r.id
    LIMIT $7::int`,
}))
