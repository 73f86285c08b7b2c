/** What the stories need from the outside, declared where it is felt; storage/ and delivery/ fulfil it. */

import type { Viewer } from '../access/caller.ts'
import type { SearchQuery } from '../fhir/search-query.ts'
import type { Referral } from './referral.ts'
import type { Attempt, WorkLimits } from './taken-job.ts'

export type { SearchQuery } from '../fhir/search-query.ts'

/** One version of one FHIR resource, as text so that decimals stay as they were sent. */
export interface StoredResource {
  readonly type: string
  readonly id: string
  /** 1, 2, 3 … without gaps. */
  readonly version: number
  /** Instant with milliseconds; equals meta.lastUpdated in the content. */
  readonly lastUpdated: string
  /** JSON with id and meta filled in. */
  readonly content: string
}

/** A version to be written; version 1 creates, version n replaces n − 1 and moves it to the history. */
export interface ResourceWrite extends StoredResource {
  /** Search tokens, from domain/fhir/search.ts. */
  readonly tokens: readonly string[]
  /**
   * Set for what is the referrer's and not one referral's: the business identifiers, `system|value`, of
   * a Patient, Practitioner or Organization; empty for what the referrer alone may see.
   */
  readonly sharedIdentifiers?: readonly string[]
  /** SHA-256 of the content as sent, for shared ones: unchanged content makes no new version. */
  readonly digest?: string
}

/**
 * Work for the background, enqueued in the transaction of the change that makes it necessary.
 * `deliver` brings the clinic's EHR in line with the referral: first delivery, later information,
 * a status changed here, a revoked request. `gather` looks in the referrer's EHR for what is missing.
 */
export interface Job {
  readonly queue: 'deliver' | 'gather'
  readonly referralId: string
}

/** Something a person may later ask about. Ids and codes only, except for `query`. */
export interface AuditEntry {
  /** What happened: one of the actions of domain/audit/actions.ts. */
  readonly action: string
  /** C, R, U, D or E as in AuditEvent.action. */
  readonly kind: 'C' | 'R' | 'U' | 'D' | 'E'
  readonly outcome: 'success' | 'minor-failure' | 'serious-failure'
  /** Client id, or `referloop` for the service itself. */
  readonly agent: string
  readonly organization?: string | undefined
  readonly referralId?: string | undefined
  /** The tenants that may read of it, besides `organization`; the store adds those of a referral. */
  readonly referrerId?: string | undefined
  readonly clinicId?: string | undefined
  readonly patientId?: string | undefined
  /** `Type/id` of what was touched, what it was mainly about first. */
  readonly entities?: readonly string[]
  readonly detail?: string | undefined
  /** A search as it was asked: `Type?name=value`. It may name a patient, and goes nowhere else. */
  readonly query?: string | undefined
  readonly requestId?: string | undefined
  readonly tokenId?: string | undefined
  /** Where the other side was: an IP address, or the base of its FHIR server. */
  readonly network?: string | undefined
  /** Who acted through the client, `issuer|subject`, and how they are called: staff, never a patient. */
  readonly person?: string | undefined
  readonly personName?: string | undefined
  /** Instant. */
  readonly recorded: string
}

/** A status that the clinic reported and what became of it; one row per EHR version of the Task. */
export interface StatusReport {
  readonly ehrVersion: string
  readonly from: string
  readonly to: string
  readonly verdict: 'applied' | 'illegal' | 'stale'
  readonly reason?: string
}

/** Everything one story writes, committed whole or not at all. */
export interface ReferralChange {
  /** The new state; its version is `expectedVersion + 1`. */
  readonly referral: Referral
  /** 0 for a new referral. */
  readonly expectedVersion: number
  readonly resources: readonly ResourceWrite[]
  readonly audit: readonly AuditEntry[]
  readonly jobs: readonly Job[]
  readonly reports?: readonly StatusReport[]
  /**
   * The services, `system|code`, of which this patient may have one open referral to the clinic, and
   * the referrals that it may have them from. Left out, it has those that it had.
   */
  readonly claim?:
    | { readonly services: readonly string[]; readonly from: readonly string[] }
    | undefined
}

/**
 * - `committed`: durable
 * - `stale`: somebody changed the referral or a shared resource meanwhile; read again and repeat
 * - `identifier-taken`: another submission with this identifier, or with a new shared resource of
 *   the same business identifier, committed first; look up again
 * - `duplicate`: another open referral has a service that this one claims
 */
export type CommitOutcome = 'committed' | 'stale' | 'identifier-taken' | 'duplicate'

/** A shared resource of this referrer that bears a business identifier. */
export interface KnownResource {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly digest: string
}

/** What $reconcile compares a partner's list with (compare-lists.ts). */
/** As much of a referral as is compared. */
export type Compared = Pick<
  Referral,
  | 'id'
  | 'taskId'
  | 'patientId'
  | 'identifiers'
  | 'status'
  | 'businessStatus'
  | 'createdAt'
  | 'updatedAt'
>

/** Look-ups of many referrals at once, each as the viewer sees it. */
export interface ListStore {
  /** Those that bear one of the identifiers (a referrer's own), or whose ServiceRequest or Task has one of the ids. */
  listed(
    viewer: Viewer,
    wanted: { readonly identifiers: readonly string[]; readonly ids: readonly string[] },
  ): Promise<readonly Compared[]>
  /** The open ones besides these, oldest first, one more than the limit when there are more. */
  unlisted(
    viewer: Viewer,
    wanted: {
      readonly except: readonly string[]
      /** Instants between which they came, the second excluded. */
      readonly from?: string | undefined
      readonly until?: string | undefined
      readonly after?: { readonly createdAt: string; readonly id: string } | undefined
      readonly limit: number
    },
  ): Promise<readonly Compared[]>
}

export interface ReferralStore extends ListStore {
  /**
   * What intake must know, in one round trip.
   * @param identifiers of the ServiceRequest, `system|value`
   * @param shared business identifiers by type: `Patient|system|value`
   * @param references `Type/id` that the submission points at without including them: those that the referrer can see are in `visible`
   */
  lookUp(
    referrerId: string,
    identifiers: readonly string[],
    shared: readonly string[],
    references: readonly string[],
  ): Promise<{
    readonly referral: Referral | undefined
    /** By the key asked for. */
    readonly shared: ReadonlyMap<string, KnownResource>
    readonly visible: readonly StoredResource[]
  }>
  /** By the id of the ServiceRequest, whoever owns it: callers that serve a request pass a viewer. */
  find(id: string, viewer?: Viewer): Promise<Referral | undefined>
  findByTask(taskId: string, viewer?: Viewer): Promise<Referral | undefined>
  /** By `Task/…` at the clinic's EHR. */
  findByEhrTask(clinicId: string, ehrTasks: readonly string[]): Promise<readonly Referral[]>
  /** Current versions of everything that belongs to the referral, shared participants included. */
  resources(referral: Referral): Promise<readonly StoredResource[]>
  /** @param others that are written with it, all or none */
  commit(change: ReferralChange, ...others: readonly ReferralChange[]): Promise<CommitOutcome>
  /** The id of the referral that has one of the services for this referrer's patient and this clinic. */
  findOpen(
    of: Pick<Referral, 'referrerId' | 'clinicId' | 'patientId'>,
    services: readonly string[],
  ): Promise<string | undefined>
  /** Audit of what changed nothing: reads, refusals. */
  record(entries: readonly AuditEntry[]): Promise<void>
}

/** The FHIR read side: always through a viewer's eyes. */
export interface ResourceStore {
  read(viewer: Viewer, type: string, id: string): Promise<StoredResource | undefined>
  readVersion(
    viewer: Viewer,
    type: string,
    id: string,
    version: number,
  ): Promise<StoredResource | undefined>
  /** Newest first. */
  history(
    viewer: Viewer,
    type: string,
    id: string,
    count: number,
    before?: number,
  ): Promise<readonly StoredResource[]>
  readMany(viewer: Viewer, references: readonly string[]): Promise<readonly StoredResource[]>
  /** Up to `count + 1` rows, so that the caller sees whether there is more; and the total. */
  search(
    viewer: Viewer,
    type: string,
    query: SearchQuery,
  ): Promise<{ readonly rows: readonly StoredResource[]; readonly total: number }>
}

/** The referrals whose referrers are asked for something. */
export interface InformationStore {
  /** Ids of those whose next reminder or deadline is not later than the instant, earliest first. */
  due(now: string, limit: number): Promise<readonly string[]>
  /** How many are overdue, by clinic. */
  overdue(): Promise<ReadonlyMap<string, number>>
}

/** What open referrals wait for. */
export interface StepStore {
  /**
   * Ids of those of which it is to be said by now that they are overdue, and of those whose step an
   * earlier version of the service left behind or never knew.
   */
  due(now: string, limit: number): Promise<readonly string[]>
  /** How many wait, and are overdue, by clinic and next actor. */
  counts(now: string): Promise<readonly StepCount[]>
}

export interface StepCount {
  readonly clinicId: string
  readonly actor: string
  readonly open: number
  readonly overdue: number
  /** Since the due time of the one that is overdue longest; 0 when none is. */
  readonly oldestSeconds: number
}

/** The referrals that have not reached their clinics. */
export interface UndeliveredStore {
  /**
   * Those that delivery may have given up on: the caller judges by the referral.
   * @returns with each whether its job failed to the last, which nobody may have written down in it
   */
  givenUp(wanted: {
    readonly referralId?: string
    readonly clinicId?: string
  }): Promise<readonly { readonly referral: Referral; readonly jobFailed: boolean }[]>
  /** How many of them there are, by clinic. */
  countGivenUp(): Promise<ReadonlyMap<string, number>>
  /** How many with an urgent priority were given up, or have been on their way since the instant or before, by clinic. */
  countUrgent(since: string): Promise<ReadonlyMap<string, number>>
  /** Those of them that no alert was raised of, noted as raised at `now`: one caller gets each. */
  takeUrgent(since: string, now: string): Promise<readonly UndeliveredUrgent[]>
}

/** Ids and codes only. */
export interface UndeliveredUrgent {
  readonly referralId: string
  readonly clinicId: string
  readonly priority: string
  readonly businessStatus: string
  /** Instant since when it has been on its way. */
  readonly since: string
}

/** Where the polling of a clinic's EHR has got to. */
export interface PollStore {
  watermark(clinicId: string): Promise<string | undefined>
  advance(clinicId: string, watermark: string): Promise<void>
}

/** As its worker gets it. */
export type TakenJob = Job & Attempt

/** The worker's side of the queue. */
export interface JobQueue {
  /** Runs `handle` for each job, one at a time per referral, in order, several referrals at once; a throw asks for a retry. */
  work(
    queue: Job['queue'],
    handle: (job: TakenJob) => Promise<void>,
    limits?: WorkLimits,
  ): Promise<void>
  /** Jobs waiting or running, for /metrics and /health. */
  depth(): Promise<Readonly<Record<string, number>>>
  /** Takes no more jobs and waits for those in hand; harmless when repeated. */
  close(): Promise<void>
}

/** Where a request to the clinic's EHR broke decides what may follow. */
export class EhrFailure extends Error {
  override readonly name = 'EhrFailure'
  /** before: nothing was sent; refused: the EHR said no; unknown: it may have been done. */
  readonly phase: 'before' | 'refused' | 'unknown'
  /** True when repeating cannot help (most 4xx). */
  readonly permanent: boolean
  /** Seconds the EHR asked us to wait. */
  readonly retryAfter: number | undefined
  readonly status: number | undefined

  constructor(
    message: string,
    facts: {
      phase: 'before' | 'refused' | 'unknown'
      permanent?: boolean
      retryAfter?: number | undefined
      status?: number | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: facts.cause })
    this.phase = facts.phase
    this.permanent = facts.permanent ?? false
    this.retryAfter = facts.retryAfter
    this.status = facts.status
  }
}

/** A clinic's EHR: FHIR R4 over HTTP, not to be trusted. All calls throw EhrFailure. */
export interface ClinicEhr {
  /**
   * Asked before a disclosure is put on record that could not take place now.
   * @throws EhrFailure with what is left of the wait that the EHR asked for
   */
  holdBack(): void
  /**
   * Puts the transaction Bundle there.
   * @param bundle JSON text of a transaction whose entries are all conditional creates
   * @returns for each entry, in order, the reference at the EHR (`Condition/17`)
   */
  transact(bundle: string): Promise<readonly string[]>
  /** References at the EHR that match a search, at most a few. */
  find(type: string, query: string): Promise<readonly string[]>
  /** Tasks of ours changed since the instant, oldest first, page by page, as parsed untrusted JSON. */
  changedTasks(since: string | undefined): AsyncIterable<readonly unknown[]>
  /** One resource by its reference at the EHR (relative, or absolute on the same base). */
  read(reference: string): Promise<unknown>
  /** The versions of a resource that the EHR keeps, in any order; empty when it keeps none. */
  history(reference: string): Promise<readonly unknown[]>
  /**
   * Updates a resource with If-Match on the version just read.
   * @returns the version that came of it, where the EHR says so
   */
  update(
    type: string,
    id: string,
    body: string,
    ifMatch: string | undefined,
  ): Promise<string | undefined>
}
