/** A practice's lists and drafts, read behind row-level security. */

import { createHash } from 'node:crypto'
import type { Viewer } from '../domain/access/caller.ts'
import type { AnswerDraft, AnswerDraftStore } from '../domain/referral/answer-draft.ts'
import {
  type ListedReferral,
  type PracticeListName,
  type PracticeListStore,
  type PracticeQuery,
  practiceLists,
} from '../domain/referral/practice-list.ts'
import { mostCounted } from '../domain/referral/worklist.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

export type PracticeStore = PracticeListStore & AnswerDraftStore

/** @param firstWall as in resourceStore */
export const practiceStore = (db: Database, firstWall = true): PracticeStore => ({
  async listed(viewer, query) {
    const { statement, values } = pageStatement(viewer, query, firstWall)
    return (await db.queryAs(viewer, statement, values)).map(toListed)
  },
  async withIds(viewer, ids) {
    const wanted = viewer.only === undefined ? ids : ids.filter((id) => id === viewer.only)
    const values = [viewer.organization, wanted.map(storable)]
    const rows = (await db.queryAs(viewer, idStatement(firstWall), values)).map(toListed)
    return wanted.flatMap((id) => rows.find((each) => each.id === id) ?? [])
  },
  async countLists(viewer) {
    const [row] = await db.queryAs(viewer, countStatement(firstWall), [viewer.organization])
    return Object.fromEntries(
      practiceLists.map((list) => [list, Number(row?.[list] ?? 0)]),
    ) as Record<PracticeListName, number>
  },
  async drafts(viewer, referralIds) {
    const values = [viewer.organization, referralIds.map(storable)]
    return (await db.queryAs(viewer, draftStatement(firstWall), values)).map(toDraft)
  },
  async saveDraft({ referralId, version, content, savedAt, savedBy }, referrerId) {
    const by = [storable(savedBy.id), storable(savedBy.name)]
    const rows = await db.query(version === 1 ? insertDraft : updateDraft, [
      referralId,
      referrerId,
      version,
      content,
      savedAt,
      ...by,
    ])
    return rows.length > 0
  },
  dropDraft: async (referralId, version) =>
    (await db.query(deleteDraft, [referralId, version])).length > 0,
})

/** $1 is the organisation. */
const mine = (firstWall: boolean): string =>
  firstWall ? 'r.referrer_id = $1' : '$1::text IS NOT NULL'

/** As the indexes of 0022 have them, word for word. */
const listOf = `(CASE
      WHEN r.business_status IN ('declined', 'cancelled', 'failed', 'completed') THEN 'closed'
      WHEN r.business_status IN ('awaiting-information', 'awaiting-acknowledgement') THEN 'answer'
      ELSE 'open'
    END)`
const isClosed = "r.business_status IN ('declined', 'cancelled', 'failed', 'completed')"
const due = "(CASE WHEN r.next_due IS NULL THEN 'infinity'::timestamptz ELSE r.next_due END)"

const columns = `
  r.id, r.task_id, r.patient_id, r.clinic_id, r.status, r.business_status, r.priority, r.overall,
  r.information, r.next_due, r.created_at, r.updated_at`

function pageStatement(viewer: Viewer, query: PracticeQuery, firstWall: boolean) {
  const { list, clinic, after, count } = query
  const values: unknown[] = [viewer.organization]
  const $ = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (value: string) => $(value, 'text::timestamptz')
  const closed = list === 'closed'
  const conditions = [
    mine(firstWall),
    closed ? isClosed : `${listOf} = ${$(list, 'text')}`,
    ...(viewer.only === undefined ? [] : [`r.id = ${$(viewer.only, 'text')}`]),
    ...(clinic ? [`r.clinic_id = ${$(storable(clinic), 'text')}`] : []),
    ...(after && closed
      ? [`(r.updated_at, r.id) < (${instant(after.updatedAt)}, ${$(storable(after.id), 'text')})`]
      : []),
    ...(after && !closed
      ? [
          `(${due}, r.created_at, r.id) > (${instant(after.due ?? 'infinity')},
            ${instant(after.createdAt)}, ${$(storable(after.id), 'text')})`,
        ]
      : []),
  ]
  const order = closed ? 'r.updated_at DESC, r.id DESC' : `${due}, r.created_at, r.id`
  const text = `
    SELECT ${columns} FROM referloop.referral r
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${order}
    LIMIT ${$(count + 1, 'int')}`
  const name = `practice ${createHash('sha1').update(text).digest('hex')}`
  return { statement: { name, text, ...(clinic ? {} : { alongIndex: true as const }) }, values }
}

const idStatement = (firstWall: boolean) => ({
  name: `practice-referrals ${firstWall}`,
  text: `
    SELECT ${columns} FROM referloop.referral r WHERE ${mine(firstWall)} AND r.id = ANY($2::text[])`,
})

/** Each list by itself, and no further than is told apart. */
const countStatement = (firstWall: boolean) => ({
  name: `practice-counts ${firstWall}`,
  alongIndex: true as const,
  text: `SELECT ${practiceLists
    .map(
      (list) => `(SELECT count(*) FROM (
        SELECT FROM referloop.referral r WHERE ${mine(firstWall)}
          AND ${list === 'closed' ? isClosed : `${listOf} = '${list}'`} LIMIT ${mostCounted}
      ) AS counted)::int AS "${list}"`,
    )
    .join(', ')}`,
})

const toListed = (row: Row): ListedReferral =>
  ({
    id: row.id,
    taskId: row.task_id,
    patientId: row.patient_id,
    clinicId: row.clinic_id,
    status: row.status,
    businessStatus: row.business_status,
    priority: row.priority,
    overall: row.overall,
    createdAt: (row.created_at as Date).toISOString(),
    updatedAt: (row.updated_at as Date).toISOString(),
    due: row.next_due ? (row.next_due as Date).toISOString() : undefined,
    ...(row.information ? { information: row.information } : {}),
  }) as ListedReferral

const draftStatement = (firstWall: boolean) => ({
  name: `answer-drafts ${firstWall}`,
  text: `
    SELECT r.referral_id, r.version, r.content, r.saved_at, r.saved_by, r.saved_by_name
    FROM referloop.answer_draft r WHERE ${mine(firstWall)} AND r.referral_id = ANY($2::text[])`,
})

const toDraft = (row: Row): AnswerDraft => ({
  referralId: String(row.referral_id),
  version: Number(row.version),
  content: String(row.content),
  savedAt: (row.saved_at as Date).toISOString(),
  savedBy: { id: String(row.saved_by), name: String(row.saved_by_name) },
})

const insertDraft = {
  name: 'begin-answer-draft',
  text: `
    INSERT INTO referloop.answer_draft
      (referral_id, referrer_id, version, content, saved_at, saved_by, saved_by_name)
    VALUES ($1, $2, $3::int, $4, $5::text::timestamptz, $6, $7)
    ON CONFLICT (referral_id) DO NOTHING
    RETURNING 1`,
}

const updateDraft = {
  name: 'save-answer-draft',
  text: `
    UPDATE referloop.answer_draft
    SET version = $3::int, content = $4, saved_at = $5::text::timestamptz, saved_by = $6,
      saved_by_name = $7
    WHERE referral_id = $1 AND referrer_id = $2 AND version = $3::int - 1
    RETURNING 1`,
}

const deleteDraft = {
  name: 'drop-answer-draft',
  text: `
    DELETE FROM referloop.answer_draft WHERE referral_id = $1 AND version = $2::int RETURNING 1`,
}
