/** A referral as the service keeps it: the row that joins ServiceRequest, Task and delivery. */

import type { Release } from '../sensitivity/release.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { BusinessStatus, TaskStatus } from './life.ts'
import type { NextStep } from './next-step.ts'

export interface Referral {
  /** The logical id of its ServiceRequest; the referral is known by it everywhere. */
  readonly id: string
  readonly taskId: string
  readonly patientId: string
  /** Registry ids of the two organisations. */
  readonly referrerId: string
  readonly clinicId: string
  /** ServiceRequest.identifier as `system|value`, unique per referrer. */
  readonly identifiers: readonly string[]
  /** SHA-256 (hex) of the content as submitted: the same identifier with another digest is a conflict. */
  readonly digest: string
  /** Our reference for each entry of the submission, in its order; a repeat is answered with them. */
  readonly submitted: readonly string[]
  /** Raised by one with every change; writers name the version they read. */
  readonly version: number
  readonly status: TaskStatus
  readonly businessStatus: BusinessStatus
  readonly priority: 'routine' | 'urgent' | 'asap' | 'stat'
  /** The overall result of the latest check. */
  readonly overall: string
  /** References (`Patient/…`) to resources shared between the referrer's referrals. */
  readonly participants: readonly string[]
  /** Instants, ISO 8601 in UTC with milliseconds. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly delivery: Delivery
  /** What the clinic may get of it; undefined when nothing of it is protected. */
  readonly release?: Release | undefined
  /** What was fetched from the referrer's EHR; undefined until it was asked. */
  readonly gathering?: Gathering | undefined
  /** What the referrer is asked for; undefined when the referral does not wait for information. */
  readonly information?: InformationRequest | undefined
  /** Who acts next, and by when; undefined once it is closed. Written with every change (keep-step.ts). */
  readonly step?: NextStep | undefined
}

/** What is asked of the referrer, and when something follows. Kept as one JSON value beside the row. */
export interface InformationRequest {
  /** Of the Task that asks, and of the form that it asks to fill in. */
  readonly taskId: string
  readonly questionnaireId: string
  /** Instant of the deadline. */
  readonly due: string
  /** Instants of the reminders still to come, ascending. */
  readonly reminders: readonly string[]
  /** True once the deadline has passed: a person at the referrer has to decide. */
  readonly overdue?: true
}

/** When a reminder, or the deadline, is next; undefined when nothing follows by itself. */
export const nextNotice = ({ information }: Pick<Referral, 'information'>): string | undefined =>
  information && !information.overdue ? (information.reminders[0] ?? information.due) : undefined

/** Where the referral stands in the clinic's EHR. Kept as one JSON value beside the row. */
export interface Delivery {
  readonly state: 'none' | 'queued' | 'delivered' | 'failed'
  /** True once a request may have reached the EHR: from then on search before sending. */
  readonly attempted?: boolean
  /** When the outcome of an attempt was last unknown. */
  readonly attemptedAt?: string
  /** `Task/9` at the EHR; the version and time of it that were applied last. */
  readonly ehrTask?: string
  readonly ehrTaskVersion?: string
  readonly ehrTaskUpdated?: string
  /** Our reference → its reference at the EHR and the version of ours that the EHR has. */
  readonly sent?: Readonly<Record<string, readonly [reference: string, version: number]>>
  /** Reference at the EHR → our reference, for what the clinic sent back. */
  readonly fetched?: Readonly<Record<string, string>>
  /** Why the last attempt failed, in our words, and which of its job's attempts it was. */
  readonly lastError?: string
  readonly lastAttempt?: number
  /** How often in a row the EHR said that it does not have what it had. */
  readonly missing?: number
  /** True when the clinic is overdue: nobody knows whether its Task is still there. */
  readonly lookAgain?: true
  /** Set while delivery has given up: a person has to act. */
  readonly deadLetter?: DeadLetter
  /** Id of the Task here that asks the clinic to stop; gone once it is answered. */
  readonly abort?: string
  /** True while a status that was changed here has yet to be written to the EHR's Task. */
  readonly taskChanged?: boolean
  /** True when it was taken back before we knew that the clinic had it: how it ends there counts. */
  readonly cancelledHere?: boolean
  /** What the EHR's Task has to say of it, as its statusReason. */
  readonly taskReason?: string
}

/** What the service fetched of a referral by itself, and what it could not. Kept as one JSON value. */
export interface Gathering {
  /** Reference at the referrer's FHIR server → ours, and the digest of it there. */
  readonly taken: Readonly<Record<string, readonly [reference: string, digest: string]>>
  /** By question: the instant at which it was answered, or refused for good. */
  readonly asked: Readonly<Record<string, string>>
  /** What could not be read when it was asked for last. */
  readonly failed: readonly FailedSearch[]
  /** The last run in a sentence, for those who look at the Task. */
  readonly said: string
}

/** A search that was not answered, or not whole. */
interface FailedSearch {
  /** Of the question. */
  readonly key: string
  readonly type: string
  /** The criteria that it was asked for. */
  readonly criteria: readonly string[]
  /** `could not ask the referring EHR for blood pressure readings: it answered 503` */
  readonly reason: string
}
