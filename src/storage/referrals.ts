/** Referrals by identifier, id and Task. */

import type { Viewer } from '../domain/access/caller.ts'
import type { KnownResource, ReferralStore } from '../domain/referral/ports.ts'
import { recordAudit } from './audit.ts'
import { commitAll } from './commit.ts'
import type { Telling } from './commit-events.ts'
import { listStore } from './compare-lists.ts'
import type { Database, Row, Statement } from './database.ts'
import { storable } from './database.ts'
import { groupCommits } from './group-commits.ts'
import type { JobWriter } from './jobs.ts'
import { referralColumns, resourceColumns, toReferral, toResource } from './rows.ts'

/** @param firstWall as in resourceStore */
export function referralStore(
  db: Database,
  jobs: JobWriter,
  telling: Telling,
  firstWall = true,
): ReferralStore {
  const { byId, byTask, ofReferral, forIntake } = firstWall ? filtered : unfiltered
  const findBy = async (statement: Statement, id: string, viewer?: Viewer) => {
    const values = [storable(id), viewer?.role ?? null, viewer?.organization ?? null]
    const [row] = viewer
      ? await db.queryAs(viewer, statement, values)
      : await db.query(statement, values)
    const referral = row && toReferral(row)
    return viewer?.only === undefined || viewer.only === referral?.id ? referral : undefined
  }
  const commit = groupCommits((changes) => commitAll(db, jobs, telling, changes))
  return {
    lookUp: (...asked) => lookUp(db, forIntake, ...asked),
    find: (id, viewer) => findBy(byId, id, viewer),
    findByTask: (taskId, viewer) => findBy(byTask, taskId, viewer),
    async findByEhrTask(clinicId, ehrTasks) {
      const rows = await db.query(selectByEhrTask, [clinicId, ehrTasks.map(storable)])
      return rows.map(toReferral)
    },
    async resources(referral) {
      const owner = { role: 'referrer', organization: referral.referrerId } as const
      const rows = await db.queryAs(owner, ofReferral, [
        referral.id,
        referral.referrerId,
        ...split(referral.participants),
      ])
      return rows.map(toResource)
    },
    commit: async (...changes) => {
      await db.ensureRoom()
      return commit(...changes)
    },
    async findOpen({ referrerId, clinicId, patientId }, services) {
      const owner = { role: 'referrer', organization: referrerId } as const
      const [row] = await db.queryAs(owner, selectOpen, [
        referrerId,
        clinicId,
        storable(patientId),
        services.map(storable),
      ])
      return row && String(row.referral_id)
    },
    ...listStore(db),
    record: (entries) => recordAudit(db, entries),
  }
}

/** The statements whose rows depend on who asks. */
function viewerStatements(firstWall: boolean) {
  const name = firstWall ? '' : 'unfiltered '
  // What a viewer may see of a referral; without a viewer, all.
  const visible = firstWall
    ? `($2::text IS NULL
        OR ($2 = 'referrer' AND r.referrer_id = $3::text)
        OR ($2 = 'clinic' AND r.clinic_id = $3::text AND r.with_clinic_since IS NOT NULL))`
    : '($2::text IS NULL OR $3::text IS NOT NULL)'
  const owns = (alias: string, owner = '$1') =>
    firstWall ? `${alias}.referrer_id = ${owner}` : `${owner}::text IS NOT NULL`
  const referral = `SELECT ${referralColumns} FROM referloop.referral r`
  return {
    byId: { name: `${name}referral-by-id`, text: `${referral} WHERE r.id = $1 AND ${visible}` },
    byTask: {
      name: `${name}referral-by-task`,
      text: `${referral} WHERE r.task_id = $1 AND ${visible}`,
    },
    ofReferral: {
      name: `${name}resources-of-referral`,
      text: `
        SELECT ${resourceColumns}
        FROM referloop.resource x
        WHERE x.referral_id = $1 AND ${owns('x', '$2')}
        UNION ALL
        SELECT ${resourceColumns}
        FROM unnest($3::text[], $4::text[]) AS participant (type, id)
        JOIN referloop.resource x ON x.id = participant.id AND x.type = participant.type
        WHERE ${owns('x', '$2')} AND x.referral_id IS NULL`,
    },
    forIntake: {
      name: `${name}intake-look-up`,
      text: `
    SELECT
      (SELECT row_to_json(found) FROM (
        SELECT ${referralColumns}
        FROM unnest($2::text[]) AS asked (identifier)
        CROSS JOIN LATERAL (
          SELECT known.referral_id FROM referloop.referral_identifier known
          WHERE ${owns('known')} AND known.identifier = asked.identifier
          LIMIT 1
        ) AS known
        CROSS JOIN LATERAL (
          SELECT * FROM referloop.referral r WHERE r.id = known.referral_id LIMIT 1
        ) AS r
        ORDER BY r.created_at, r.id
        LIMIT 1
      ) AS found) AS referral,
      (SELECT json_agg(found) FROM (
        SELECT asked.type, asked.identifier, x.id, x.version, x.digest
        FROM unnest($3::text[], $4::text[]) AS asked (type, identifier)
        CROSS JOIN LATERAL (
          SELECT known.id FROM referloop.shared_identifier known
          WHERE ${owns('known')} AND known.type = asked.type
            AND known.identifier = asked.identifier
          LIMIT 1
        ) AS known
        CROSS JOIN LATERAL (
          SELECT x.id, x.version, x.digest FROM referloop.resource x
          WHERE x.id = known.id AND x.type = asked.type
          LIMIT 1
        ) AS x
      ) AS found) AS shared,
      (SELECT json_agg(found) FROM (
        SELECT ${resourceColumns}
        FROM unnest($5::text[], $6::text[]) AS asked (type, id)
        CROSS JOIN LATERAL (
          SELECT * FROM referloop.resource x
          WHERE x.id = asked.id AND x.type = asked.type
          LIMIT 1
        ) AS x
        WHERE ${owns('x')}
      ) AS found) AS visible`,
    },
  }
}

const filtered = viewerStatements(true)
const unfiltered = viewerStatements(false)

const selectByEhrTask = {
  name: 'referrals-by-ehr-task',
  text: `
    SELECT ${referralColumns}
    FROM referloop.referral r
    WHERE r.clinic_id = $1 AND r.ehr_task = ANY ($2::text[])`,
}

const selectOpen = {
  name: 'open-referral',
  text: `
    SELECT referral_id
    FROM referloop.open_service
    WHERE referrer_id = $1 AND clinic_id = $2 AND patient_id = $3 AND service = ANY ($4::text[])
    ORDER BY service
    LIMIT 1`,
}

type Found = Awaited<ReturnType<ReferralStore['lookUp']>>

async function lookUp(
  db: Database,
  statement: Statement,
  referrerId: string,
  identifiers: readonly string[],
  shared: readonly string[],
  references: readonly string[],
): Promise<Found> {
  const keys = shared.map((key) => cut(key, '|'))
  const owner = { role: 'referrer', organization: referrerId } as const
  const [row] = await db.queryAs(owner, statement, [
    referrerId,
    identifiers.map(storable),
    keys.map(([type]) => storable(type)),
    keys.map(([, identifier]) => storable(identifier)),
    ...split(references),
  ])
  return {
    referral: row?.referral ? toReferral(row.referral as Row) : undefined,
    shared: knownByKey(shared, keys, (row?.shared ?? []) as readonly Row[]),
    visible: ((row?.visible ?? []) as readonly Row[]).map(toResource),
  }
}

function knownByKey(
  asked: readonly string[],
  keys: readonly (readonly [string, string])[],
  rows: readonly Row[],
): ReadonlyMap<string, KnownResource> {
  const byKey = new Map<string, KnownResource>()
  for (const row of rows) {
    const key = keys.findIndex(
      ([type, identifier]) =>
        storable(type) === row.type && storable(identifier) === row.identifier,
    )
    const { id, version, digest } = row
    byKey.set(asked[key] ?? '', {
      type: row.type,
      id,
      version,
      digest: digest ?? '',
    } as KnownResource)
  }
  return byKey
}

/** `Type/id` references as two columns. */
export function split(references: readonly string[]): [types: string[], ids: string[]] {
  const pairs = references.map((reference) => cut(storable(reference), '/'))
  return [pairs.map(([type]) => type), pairs.map(([, id]) => id)]
}

function cut(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
