/** What a run leaves for its judge: what every party said, heard and kept. Plain data, times in milliseconds. */

import type { Seal, TrailEvent } from '../../src/domain/audit/chain.ts'

export interface History {
  readonly setting: Setting
  /** What each driver asked and heard, in the order of asking. */
  readonly calls: readonly Call[]
  readonly ehrs: readonly EhrHistory[]
  readonly subscribers: readonly SubscriberHistory[]
  readonly database: Dump
  readonly service: ServiceHistory
}

interface Setting {
  /** Texts that only this organisation, and those it refers to, may ever see. */
  readonly canaries: Readonly<Record<string, readonly string[]>>
  /** `host:port` that the service may call. */
  readonly allowed: readonly string[]
  /** How long an answer may take to come through: what is sent meanwhile could not know of it. */
  readonly onTheWayMs: number
  /** Requests that one peer may see at once. */
  readonly mostAtOnce: number
  readonly mostMemoryMb: number
  readonly mostFiles: number
  readonly mostRows: number
}

export interface Call {
  readonly at: number
  readonly by: string
  readonly act: 'submit' | 'supply' | 'revoke' | 'move' | 'read' | 'token'
  /** The business identifier of a submission, `iss jti` of a token, else `Type/id`. */
  readonly about: string
  /** The version that a conditional write was based on. */
  readonly ifMatch?: number
  /** Undefined when none came: what was asked may have been done, or not. */
  readonly answer?: CallAnswer
}

interface CallAnswer {
  readonly at: number
  readonly status: number
  readonly body: string
  /** The version that came of a write, or was read. */
  readonly version?: number
  readonly requestId?: string
  /** Of a submission: the ServiceRequest's id, and where each entry lies. */
  readonly referralId?: string
  readonly locations?: readonly string[]
}

/** One EHR: every request it got, every version it ever committed. */
export interface EhrHistory {
  readonly clinicId: string
  readonly requests: readonly EhrRequest[]
  /** In the order of its commits. */
  readonly versions: readonly EhrVersion[]
  /** False where nobody can tell what happened between two polls. */
  readonly keepsHistory: boolean
  /** `Type/id` of what a restored backup took away. */
  readonly lost: readonly string[]
}

export interface EhrRequest {
  readonly at: number
  readonly until: number
  /** Which life of the service sent it. */
  readonly life: string
  readonly method: string
  readonly path: string
  readonly body: string
  readonly status?: number
  /** What Retry-After asked for. */
  readonly retryAfterMs?: number
}

export interface EhrVersion {
  readonly type: string
  readonly id: string
  readonly version: number
  /** Undefined when it was deleted. */
  readonly content: string | undefined
}

export interface SubscriberHistory {
  readonly subscription: string
  readonly organization: string
  readonly received: readonly Notification[]
  /** When it was switched off or its rights were taken away. */
  readonly offAt?: number
}

interface Notification {
  readonly at: number
  readonly eventNumber: number
  /** The id that a repeat keeps, and the event as sent. */
  readonly id: string
  readonly event: string
  readonly body: string
}

/** The database at the end. */
export interface Dump {
  readonly referrals: readonly ReferralRow[]
  /** Every version of every resource. */
  readonly resources: readonly ResourceRow[]
  /** In the order of their recording. */
  readonly reports: readonly ReportRow[]
  readonly audit: readonly AuditLine[]
  readonly jobs: readonly JobRow[]
  readonly trail: { readonly events: readonly TrailEvent[]; readonly seals: readonly Seal[] }
  readonly subscriptions: readonly SubscriptionRow[]
}

export interface ReferralRow {
  readonly id: string
  readonly taskId: string
  readonly patientId: string
  readonly referrerId: string
  readonly clinicId: string
  readonly identifiers: readonly string[]
  readonly status: string
  readonly businessStatus: string
  readonly delivery: {
    readonly state: string
    readonly attempted?: boolean
    readonly ehrTask?: string
    readonly lastError?: string
    readonly sent?: Readonly<Record<string, readonly [reference: string, version: number]>>
  }
  /** True while a consent is missing for it to go. */
  readonly held?: boolean
  /** `Type/id` that the clinic must not get. */
  readonly withheld?: readonly string[]
}

export interface ResourceRow {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly referralId?: string
  readonly content: string
}

export interface ReportRow {
  readonly referralId: string
  readonly ehrVersion: string
  readonly to: string
  readonly verdict: string
}

interface AuditLine {
  readonly action: string
  readonly outcome: string
  readonly referralId?: string
  readonly requestId?: string
  readonly entities: readonly string[]
}

interface JobRow {
  readonly queue: string
  readonly referralId: string
  /** Waiting or under way, done, or given up. */
  readonly state: 'open' | 'done' | 'given-up'
}

interface SubscriptionRow {
  readonly id: string
  readonly organization: string
  readonly status: string
  /** Event numbers that came to be, with the referral each tells of. */
  readonly events: readonly { readonly eventNumber: number; readonly referralId: string }[]
}

export interface ServiceHistory {
  readonly leases: readonly Lease[]
  /** What was written on the strength of a lease. */
  readonly effects: readonly { readonly at: number; readonly key: string; readonly token: string }[]
  readonly connections: readonly { readonly at: number; readonly to: string }[]
  readonly samples: readonly Sample[]
  /** Log lines, metrics and error pages. */
  readonly output: readonly string[]
}

interface Lease {
  readonly key: string
  readonly token: string
  readonly from: number
  /** When it was given back, or ran out. */
  readonly until: number
}

interface Sample {
  readonly at: number
  readonly memoryMb: number
  readonly files: number
  /** Rows of the largest table that must not grow without end. */
  readonly rows: number
  /** For how long nothing had moved. */
  readonly stalledMs: number
}

export type Invariant = `INV-${number}`

/** One thing that was not as promised. */
export interface Breach {
  readonly invariant: Invariant
  readonly what: string
}

/** Judges one invariant; every sentence is a breach. */
export type Judge = (history: History) => readonly string[]
