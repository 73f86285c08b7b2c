/** Documents of answers that are not sent yet. */

import type { Viewer } from '../domain/access/caller.ts'
import type { AnswerFile, AnswerFileStore, DocumentType } from '../domain/answering/documents.ts'
import type { Database, Row } from './database.ts'
import { storable } from './database.ts'

/** @param firstWall as in resourceStore */
export function answerFileStore(db: Database, firstWall = true): AnswerFileStore {
  const read = (viewer: Viewer, referralId: string, bytes: boolean) =>
    db.queryAs(viewer, statement(firstWall, bytes), [
      storable(referralId),
      viewer.organization,
      viewer.only ?? null,
    ])
  return {
    files: async (viewer, referralId) => (await read(viewer, referralId, false)).map(toFile),
    contents: async (viewer, referralId) =>
      (await read(viewer, referralId, true)).map((row) => ({
        ...toFile(row),
        bytes: row.bytes as Uint8Array,
      })),
    async keepFiles(files, referrerId, limits) {
      const [first] = files
      if (!first) return true
      await db.ensureRoom()
      return db.transaction(async (tx) => {
        // Two who add at the same moment are counted one after the other.
        await tx.query(holdFiles, [first.referralId])
        for (const { id, referralId, name, type, digest, bytes, savedAt, savedBy } of files)
          await tx.query(insertFile, [
            id,
            referralId,
            referrerId,
            storable(name),
            type,
            digest,
            bytes,
            savedAt,
            storable(savedBy.id),
            storable(savedBy.name),
          ])
        const [row] = await tx.query(sumFiles, [first.referralId])
        if (Number(row?.count) <= limits.count && Number(row?.bytes) <= limits.bytes) return true
        await tx.query(deleteFiles, [first.referralId, files.map(({ id }) => id)])
        return false
      })
    },
    async dropFiles(referralId, ids) {
      await db.query(deleteFiles, [storable(referralId), ids.map(storable)])
    },
  }
}

const toFile = (row: Row): AnswerFile => ({
  id: String(row.id),
  referralId: String(row.referral_id),
  name: String(row.name),
  type: row.type as DocumentType,
  size: Number(row.size),
  savedAt: (row.saved_at as Date).toISOString(),
  savedBy: { id: String(row.saved_by), name: String(row.saved_by_name) },
})

const statement = (firstWall: boolean, bytes: boolean) => ({
  name: `${firstWall ? '' : 'unfiltered '}answer-files${bytes ? ' with bytes' : ''}`,
  text: `
    SELECT id, referral_id, name, type, octet_length(bytes) AS size, saved_at, saved_by,
      saved_by_name${bytes ? ', bytes' : ''}
    FROM referloop.answer_file
    WHERE referral_id = $1 AND ${firstWall ? 'referrer_id = $2' : '$2::text IS NOT NULL'}
      AND ($3::text IS NULL OR referral_id = $3)
    ORDER BY saved_at, id`,
})

const holdFiles = {
  name: 'hold-answer-files',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('answer files ' || $1::text, 0))`,
}

const insertFile = {
  name: 'insert-answer-file',
  text: `
    INSERT INTO referloop.answer_file
      (id, referral_id, referrer_id, name, type, digest, bytes, saved_at, saved_by, saved_by_name)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::timestamptz, $9, $10)
    ON CONFLICT (referral_id, digest) DO NOTHING`,
}

const sumFiles = {
  name: 'sum-answer-files',
  text: `
    SELECT count(*)::int AS count, coalesce(sum(octet_length(bytes)), 0)::int AS bytes
    FROM referloop.answer_file WHERE referral_id = $1`,
}

const deleteFiles = {
  name: 'drop-answer-files',
  text: 'DELETE FROM referloop.answer_file WHERE referral_id = $1 AND id = ANY($2::text[])',
}
