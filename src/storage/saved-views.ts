/** Lists that people of a clinic keep under a name. */

import { mostViews, type SavedView, type ViewStore } from '../domain/referral/saved-view.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

export const viewStore = (db: Database): ViewStore => ({
  async of(viewer, colleague) {
    const [row] = await db.queryAs(viewer, selectOf, [viewer.organization, colleague])
    const views = (row?.views ?? []) as readonly Row[]
    return { views: views.map(toView), first: row?.first ? String(row.first) : undefined }
  },
  async keep(clinicId, colleague, { id, isShared, name, query }) {
    const owner = isShared ? '' : colleague
    const values = [clinicId, id, owner, storable(name), query, mostViews]
    return db.transaction(async (tx) => {
      // One after the other, so that none is counted too late.
      await tx.query(takeTurn, [`saved views ${clinicId} ${owner}`])
      return (await tx.query(insert, values)).length > 0
    })
  },
  async rename(clinicId, colleague, id, name) {
    await db.query(rename, [clinicId, colleague, storable(id), storable(name)])
  },
  async remove(clinicId, colleague, id) {
    await db.query(remove, [clinicId, colleague, storable(id)])
  },
  async beginWith(clinicId, colleague, id) {
    await db.query(begin, [clinicId, colleague, id === undefined ? null : storable(id)])
  },
})

const toView = (row: Row): SavedView => ({
  id: String(row.id),
  name: String(row.name),
  isShared: row.owner === '',
  query: String(row.query),
})

/** A first view that was removed, or is another's by now, is none. */
const selectOf = {
  name: 'saved-views',
  text: `
    WITH kept AS (
      SELECT id, name, owner, query FROM referloop.saved_view
      WHERE clinic_id = $1 AND owner IN ($2, ''))
    SELECT
      (SELECT json_agg(kept ORDER BY lower(name), id) FROM kept) AS views,
      (SELECT c.first_view FROM referloop.colleague c
        WHERE c.clinic_id = $1 AND c.id = $2 AND c.first_view IN (SELECT id FROM kept)) AS first`,
}

const takeTurn = {
  name: 'keep-view-turn',
  text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
}

const insert = {
  name: 'keep-view',
  text: `
    INSERT INTO referloop.saved_view (clinic_id, id, owner, name, query)
    SELECT $1, $2, $3, $4, $5
    WHERE (SELECT count(*) FROM referloop.saved_view WHERE clinic_id = $1 AND owner = $3) < $6::int
    RETURNING id`,
}

const theirs = "clinic_id = $1 AND owner IN ($2, '') AND id = $3"

const rename = {
  name: 'rename-view',
  text: `UPDATE referloop.saved_view SET name = $4 WHERE ${theirs}`,
}

const remove = {
  name: 'remove-view',
  text: `DELETE FROM referloop.saved_view WHERE ${theirs}`,
}

const begin = {
  name: 'begin-with-view',
  text: 'UPDATE referloop.colleague SET first_view = $3 WHERE clinic_id = $1 AND id = $2',
}
