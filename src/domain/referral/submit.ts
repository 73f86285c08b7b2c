/** A referrer hands us a referral. */

import type { Task } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { Problem } from '../problem.ts'
import { identifierQuery, type Opened } from './arrange.ts'
import { type Agent, agentOf, auditOf, type Origin, repeatAudit } from './change.ts'
import { businessStatusAfter, type CheckOutcome } from './check.ts'
import { claimOf, duplicateOf } from './duplicate.ts'
import { gatherJobs } from './gathering.ts'
import { type Intake, type IntakePorts, place, receive, supportOfIntake } from './intake.ts'
import { withStep } from './keep-step.ts'
import type { ReferralChange, ResourceWrite } from './ports.ts'
import type { Delivery, Referral } from './referral.ts'
import { askAfter, checkForBoth, releaseAudit, withCheck } from './release-to-clinic.ts'
import { laterThan, writeOf } from './resource-write.ts'
import type { Submission } from './submission.ts'
import { takeBackReplaced } from './take-back-replaced.ts'
import { composeTask, type TaskState } from './task.ts'
import { keepAsking } from './wanted-information.ts'

export interface SubmitResult {
  readonly outcome: 'created' | 'repeated'
  readonly referral: Referral
  /** What was written; nothing when the referral was here before. */
  readonly written: readonly ResourceWrite[]
  /** The version of each of `referral.submitted`, known for a new referral. */
  readonly versions: readonly number[]
}

/**
 * Takes a referral in: validated, placed, checked, and kept with its Task, check result, audit line
 * and job in one transaction.
 * @returns the referral that is here now; `repeated` when the same content was here before
 * @throws Problem for what is wrong with the body, referral-differs and referral-duplicate
 */
export async function submitReferral(
  ports: IntakePorts,
  submission: Submission,
  caller: Caller,
  origin: Origin = {},
): Promise<SubmitResult> {
  const agent = agentOf(caller, origin)
  // A rival with the same identifier, or with the same patient, may commit between look-up and
  // commit; then what it left is found by looking again.
  for (let round = 0; round < 5; round++) {
    const received = await receive(ports, submission, caller)
    if (received.existing) {
      const result = repeat(received.existing, received.opened)
      await ports.referrals.record([repeatAudit(result.referral, agent, ports.now())])
      return result
    }
    const intake = await place(ports, received, caller)
    const composed = await newReferral(ports, intake, received.opened.digest, caller, agent)
    const change = await withStep(ports, composed)
    const { replaced, referral } = intake
    const takenBack = await takeBackReplaced(ports, replaced, change.referral.id, agent)
    const others = await Promise.all(takenBack.map((each) => withStep(ports, each)))
    const outcome = await ports.referrals.commit(change, ...others)
    if (outcome === 'committed')
      return {
        outcome: 'created',
        referral: change.referral,
        written: change.resources,
        versions: intake.placed.map(({ current }) => current),
      }
    const duplicate =
      outcome === 'duplicate' &&
      (await duplicateOf(ports.referrals, change, referral.entry.expression))
    if (duplicate) throw duplicate
  }
  throw new Problem('conflict', undefined, { retryAfter: 1 })
}

/** A conditional create returns what is there; else the content decides. */
function repeat(existing: Referral, opened: Opened): SubmitResult {
  const conditional = opened.entries.some(
    ({ resource, ifNoneExist }) =>
      resource.resourceType === 'ServiceRequest' &&
      ifNoneExist !== undefined &&
      existing.identifiers.includes(identifierQuery(ifNoneExist)),
  )
  if (!conditional && existing.digest !== opened.digest)
    throw new Problem('referral-differs', undefined, { expression: ['ServiceRequest.identifier'] })
  return { outcome: 'repeated', referral: existing, written: [], versions: [] }
}

async function newReferral(
  ports: IntakePorts,
  intake: Intake,
  digest: string,
  caller: Caller,
  agent: Agent,
): Promise<ReferralChange> {
  const now = laterThan(undefined, ports.now())
  const checked = await checkForBoth(
    ports,
    {
      referrerId: caller.organization,
      clinicId: intake.clinic.id,
      patientId: patientIdOf(intake),
      request: intake.request,
      support: supportOfIntake(intake),
      earlierChecks: [],
    },
    now,
  )
  const { check, release } = checked
  const state = firstState(check, intake)
  const task = intake.placed.find(({ resource }) => isTaskOf(resource, intake.request.id))
  const taskId = task?.id ?? ports.newId()
  const submitted = {
    ...referralOf(intake, { digest, now, taskId, state, check, caller }),
    ...(release ? { release } : {}),
  }
  const asking = await keepAsking(ports, {
    before: undefined,
    after: submitted,
    ask: askAfter(checked, now),
    now,
  })
  const { information } = asking
  const referral = information ? { ...submitted, information } : submitted
  return {
    referral,
    expectedVersion: 0,
    claim: claimOf(
      intake.request,
      intake.replaced.map(({ id }) => id),
    ),
    resources: [
      ...supportWrites(intake, now, task?.reference),
      writeOf(
        withCheck(
          composeTask(
            intake.request,
            { referrer: partyOf(ports, caller.organization), clinic: intake.clinic },
            state,
            now,
            task?.resource as Task | undefined,
          ),
          checked,
          now,
        ),
        { id: taskId, version: 1, lastUpdated: now },
        intake.patientIdentifiers,
      ),
      ...checked.writes,
      ...asking.writes,
    ],
    audit: [
      auditOf(agent, 'submit', 'C', referral.id, referral.submitted, now, check.overall),
      ...releaseAudit(agent, referral, now),
      ...asking.audit,
    ],
    jobs: [
      ...(referral.delivery.state === 'queued'
        ? [{ queue: 'deliver', referralId: referral.id } as const]
        : []),
      ...gatherJobs(ports.registry(), referral),
    ],
  }
}

const isTaskOf = (resource: { resourceType: string }, requestId: string): boolean =>
  resource.resourceType === 'Task' &&
  (resource as Task).focus?.reference === `ServiceRequest/${requestId}`

/** A clinic without an EHR works from the worklist: what would be sent is there at once. */
function firstState({ next }: CheckOutcome, { clinic }: Pick<Intake, 'clinic'>): TaskState {
  return next === 'send' && !clinic.ehr
    ? { status: 'received', businessStatus: 'awaiting-triage' }
    : { status: 'requested', businessStatus: businessStatusAfter[next] }
}

function partyOf(ports: IntakePorts, referrerId: string) {
  const referrer = ports.registry().referrerById(referrerId)
  if (!referrer) throw new Problem('forbidden')
  return referrer
}

function referralOf(
  intake: Intake,
  facts: {
    digest: string
    now: string
    taskId: string
    state: TaskState
    check: CheckOutcome
    caller: Caller
  },
): Referral {
  const { request, placed, clinic } = intake
  const { state, now } = facts
  const delivery: Delivery = {
    state: state.businessStatus === 'sending' ? 'queued' : 'none',
  }
  return {
    id: request.id,
    taskId: facts.taskId,
    patientId: patientIdOf(intake),
    referrerId: facts.caller.organization,
    clinicId: clinic.id,
    identifiers: identifiersOf(intake),
    digest: facts.digest,
    submitted: placed.map(({ reference }) => reference),
    version: 1,
    status: state.status,
    businessStatus: state.businessStatus,
    priority: request.priority ?? 'routine',
    overall: facts.check.overall,
    participants: [
      ...new Set([
        ...placed.flatMap(({ sharedIdentifiers, reference }) =>
          sharedIdentifiers ? [reference] : [],
        ),
        ...intake.outside.map(({ resourceType, id }) => `${resourceType}/${id}`),
      ]),
    ],
    createdAt: now,
    updatedAt: now,
    delivery,
  }
}

const patientIdOf = ({ request }: Intake): string =>
  (request.subject.reference ?? '').slice('Patient/'.length)

const identifiersOf = ({ request }: Intake): readonly string[] =>
  (request.identifier ?? []).flatMap(({ system, value }) =>
    system && value ? [`${system}|${value}`] : [],
  )

/** The versions to be written of what was sent, without the Task that we compose ourselves. */
function supportWrites(
  intake: Intake,
  now: string,
  taskReference: string | undefined,
): readonly ResourceWrite[] {
  return intake.placed.flatMap(
    ({ reference, resource, id, version, sharedIdentifiers, digest }) => {
      if (version === undefined || reference === taskReference) return []
      const place = { id, version, lastUpdated: now }
      const write = writeOf(
        resource,
        place,
        resource === intake.referral.resource ? intake.patientIdentifiers : [],
      )
      return [sharedIdentifiers && digest ? { ...write, sharedIdentifiers, digest } : write]
    },
  )
}
