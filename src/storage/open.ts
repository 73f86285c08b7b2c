/** The store behind the ports of domain/referral/ports.ts, on PostgreSQL or embedded. */

import type { SessionStore } from '../domain/access/session.ts'
import type { AttemptStore } from '../domain/access/sign-in-attempt.ts'
import type { LinkStore } from '../domain/answering/answer-link.ts'
import type { AnswerFileStore } from '../domain/answering/documents.ts'
import type { AuditTrail } from '../domain/audit/audit-row.ts'
import type { TrailSource } from '../domain/audit/verify-trail.ts'
import type { InsightStore } from '../domain/insight/tally.ts'
import { Problem } from '../domain/problem.ts'
import type { DraftStore } from '../domain/referral/draft.ts'
import type { EhrLines } from '../domain/referral/ehr-lines.ts'
import type {
  InformationStore,
  JobQueue,
  PollStore,
  ReferralStore,
  ResourceStore,
  StepStore,
  UndeliveredStore,
} from '../domain/referral/ports.ts'
import type { PresenceStore } from '../domain/referral/presence.ts'
import type { ReferralChanges } from '../domain/referral/referral-news.ts'
import type { RestoredStore } from '../domain/referral/restored-store.ts'
import type { WorklistStore } from '../domain/referral/worklist-store.ts'
import type { SubscriptionStore, TurnStore } from '../domain/subscription/ports.ts'
import { answerFileStore } from './answer-files.ts'
import { answerLinkStore } from './answer-links.ts'
import { type AuditChain, auditChain } from './audit-chain.ts'
import { auditTrail } from './audit-trail.ts'
import { referralChanges } from './changes.ts'
import type { Database, Log } from './database.ts'
import { draftStore } from './drafts.ts'
import { ehrLines } from './ehr-lines.ts'
import { informationStore } from './information.ts'
import { insightStore } from './insight.ts'
import { openJobs } from './jobs.ts'
import { migrate, migrateDatabase } from './migrate.ts'
import { dumpPglite, openPglite, type PgliteOptions } from './pglite.ts'
import { pollStore } from './polls.ts'
import { openPostgres } from './postgres.ts'
import { type PracticeStore, practiceStore } from './practice.ts'
import { presenceStore } from './presence.ts'
import { referralStore } from './referrals.ts'
import { resourceStore } from './resources.ts'
import { markRestored, noticeRestore, restoredStore } from './restored.ts'
import { attemptStore, sessionStore } from './sessions.ts'
import { type SpentAssertions, spentAssertions } from './spent-assertions.ts'
import { stepStore } from './steps.ts'
import { turnStore } from './subscription-turns.ts'
import { subscriptionStore } from './subscriptions.ts'
import { undeliveredStore } from './undelivered.ts'
import { worklistStore } from './worklist.ts'

export interface StorageOptions extends PgliteOptions {
  /** `postgres://…`; without it the database is embedded. */
  readonly databaseUrl?: string
  readonly now: () => Date
  /** Whose time decides when subscribers are told, in tests; else the database's own. */
  readonly dueClock?: () => Date
  readonly log?: Log
  /** Connections at most. */
  readonly poolSize?: number
  /** Referrals that the background works on at once. */
  readonly concurrency?: number
  /** False leaves viewers to row-level security alone: for the test that it holds. */
  readonly firstWall?: boolean
}

export interface Storage {
  readonly engine: 'postgresql' | 'pglite'
  /** Number of the last migration. */
  readonly schemaVersion: number
  readonly referrals: ReferralStore
  readonly resources: ResourceStore
  readonly polls: PollStore
  readonly information: InformationStore
  readonly undelivered: UndeliveredStore
  readonly steps: StepStore
  readonly subscriptions: SubscriptionStore
  readonly turns: TurnStore
  readonly lines: EhrLines
  readonly restored: RestoredStore
  readonly jobs: JobQueue
  readonly assertions: SpentAssertions
  readonly sessions: SessionStore
  readonly attempts: AttemptStore
  readonly answerLinks: LinkStore
  readonly answerFiles: AnswerFileStore
  readonly worklist: WorklistStore
  readonly insight: InsightStore
  readonly practice: PracticeStore
  readonly drafts: DraftStore
  readonly presence: PresenceStore
  /** What changes, as it is committed, here or in another instance. */
  readonly changes: ReferralChanges
  readonly audit: AuditTrail & AuditChain
  /** Resolves when the database answers. @throws Problem unavailable, after two seconds at the latest */
  ready(): Promise<void>
  /** Waits for the jobs in hand; harmless when repeated. */
  close(): Promise<void>
}

const readyWithinMs = 2_000

/**
 * Opens the database and brings its schema up to date.
 * @throws Problem unavailable when it cannot be reached
 * @throws Error when its schema is from a later version, or another process has the directory
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { databaseUrl, now, log, poolSize = 10, concurrency = 16, firstWall, dueClock } = options
  const db = databaseUrl ? openPostgres(databaseUrl, poolSize, log) : await openPglite(options)
  try {
    const schemaVersion = databaseUrl
      ? await migrate(databaseUrl)
      : await migrateDatabase(db, 'pglite')
    if (await noticeRestore(db)) log?.warn({}, 'the database was put back from a backup')
    const jobs = await openJobs(db, concurrency, log)
    const listeners: (() => void)[] = []
    const wake = () => {
      for (const each of listeners) each()
    }
    const onWork = (listener: () => void) => void listeners.push(listener)
    const changes = referralChanges(db)
    return {
      engine: db.engine,
      schemaVersion,
      referrals: referralStore(db, jobs, { clock: dueClock, wake }, firstWall),
      resources: resourceStore(db, firstWall),
      polls: pollStore(db),
      information: informationStore(db),
      undelivered: undeliveredStore(db),
      steps: stepStore(db),
      subscriptions: subscriptionStore(db, firstWall ?? true, dueClock, wake),
      turns: turnStore(db, dueClock, onWork),
      lines: ehrLines(db),
      restored: restoredStore(db),
      jobs,
      assertions: spentAssertions(db, now),
      sessions: sessionStore(db, now),
      attempts: attemptStore(db, now),
      answerLinks: answerLinkStore(db, firstWall),
      answerFiles: answerFileStore(db, firstWall),
      worklist: worklistStore(db, now, firstWall),
      insight: insightStore(db, firstWall),
      practice: practiceStore(db, firstWall),
      drafts: draftStore(db),
      presence: presenceStore(db),
      changes,
      audit: { ...auditTrail(db, firstWall), ...auditChain(db, now) },
      ready: () => ready(db),
      async close() {
        await changes.close()
        await jobs.close()
        await db.close()
      },
    }
  } catch (error) {
    await db.close()
    throw error
  }
}

/**
 * The audit trail of a database that is left as it is.
 * @throws Problem unavailable when it cannot be reached
 * @throws Error when another process has the directory
 */
export async function openTrail(
  options: Pick<StorageOptions, 'databaseUrl' | 'dataDirectory'>,
): Promise<TrailSource & { close(): Promise<void> }> {
  const { databaseUrl } = options
  const db = databaseUrl ? openPostgres(databaseUrl, 1) : await openPglite(options)
  return { ...auditChain(db, () => new Date()), close: () => db.close() }
}

/**
 * Has the next start search the clinics' EHRs before anything is delivered, as after a restore.
 * @throws as openTrail
 */
export async function noteRestore(
  options: Pick<StorageOptions, 'databaseUrl' | 'dataDirectory'>,
): Promise<void> {
  const { databaseUrl } = options
  const db = databaseUrl ? openPostgres(databaseUrl, 1) : await openPglite(options)
  await markRestored(db).finally(() => db.close())
}

/** A migrated embedded database to start others from. */
export const storageTemplate = (): Promise<Blob> =>
  dumpPglite((db) => migrateDatabase(db, 'pglite'))

async function ready(db: Database): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Problem('unavailable', 'The database does not answer.', { retryAfter: 5 })),
      readyWithinMs,
    )
  })
  try {
    await Promise.race([db.query('SELECT 1'), late])
  } finally {
    clearTimeout(timer)
  }
}

export { migrate }
