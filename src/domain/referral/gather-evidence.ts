/** The service looks for what a referral lacks in its referrer's EHR, takes it in and checks again. */

import type { Patient } from 'fhir/r4'
import type { Clinic, Referrer } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { type EvidenceQuery, evidenceQueries } from '../screening/evidence-queries.ts'
import type { Policy } from '../screening/policy.ts'
import { type Answer, askRecords, type PatientRecords } from './ask-records.ts'
import { type Agent, auditOf, taskWrite } from './change.ts'
import { findsOf, placeFinds, verdictsOf } from './gathered.ts'
import { isWaiting, nothingGathered, reasonSaid } from './gathering.ts'
import { grow } from './grow.ts'
import type { IntakePorts } from './intake.ts'
import { leastOf, type PlacedFind, requestIn } from './least-evidence.ts'
import { EhrFailure, type ReferralChange, type TakenJob } from './ports.ts'
import type { Gathering, Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { sayGathering } from './say-gathering.ts'
import { settle } from './settle.ts'
import { placeSupply } from './supplied.ts'
import { killsToGiveUp } from './taken-job.ts'
import { latestCheck, withState } from './task.ts'

export interface GatherPorts extends IntakePorts {
  policyOf(clinic: Clinic): Policy
  /** The FHIR server of a referrer that has one. */
  recordsOf(referrer: Referrer): PatientRecords
  /** Told of each run, for logs and metrics. Ids only. */
  onGathering(event: GatheringEvent): void
}

export interface GatheringEvent {
  readonly referralId: string
  readonly referrerId: string
  readonly attempt: number
  /**
   * - `taken`: something that the check needs was found
   * - `nothing`: nothing new
   * - `refused`: nothing, and something could not be read; asking again would not help
   * - `retry`, `gave-up`: something could not be read; will be, will not be asked again
   * - `not-due`: nothing is missing, or all was asked a while ago
   */
  readonly outcome: 'taken' | 'nothing' | 'refused' | 'retry' | 'gave-up' | 'not-due'
  /** Resources taken in, and questions not answered. */
  readonly taken: number
  readonly failed: number
}

/** What was answered is not asked again within this time, whatever the referrer sends meanwhile. */
const restMs = 3_600_000

/**
 * Asks for what the checks still lack; safe to run any number of times.
 * @throws EhrFailure when a later attempt may find more
 */
export async function gatherEvidence(ports: GatherPorts, job: TakenJob): Promise<void> {
  const referral = await ports.referrals.find(job.referralId)
  if (!referral) return
  const tell = (outcome: GatheringEvent['outcome'], taken = 0, failed = 0) =>
    ports.onGathering({
      referralId: referral.id,
      referrerId: referral.referrerId,
      attempt: job.attempt,
      outcome,
      taken,
      failed,
    })
  // The referrer was asked as well, and may send it all the same.
  if ((job.killed ?? 0) >= killsToGiveUp) return tell('gave-up')
  const quest = await questOf(ports, referral)
  if (!quest) return tell('not-due')
  const answers = await askRecords(
    { ...ports, onAsking: (query) => recordAsking(ports, quest, query) },
    quest.records,
    quest.patient,
    quest.queries,
  )
  const { taken, isStillWaiting } = await settle(ports, () =>
    takeIn(ports, quest, answers, job.last),
  )
  const failures = answers.flatMap(({ failure }) => failure ?? [])
  const again = isStillWaiting ? failures.filter((failure) => failure.again) : []
  if (again.length === 0) {
    const none = failures.length > 0 ? 'refused' : 'nothing'
    return tell(taken > 0 ? 'taken' : none, taken, failures.length)
  }
  tell(job.last ? 'gave-up' : 'retry', taken, failures.length)
  if (job.last) return
  const waits = again.flatMap(({ retryAfter }) => retryAfter ?? [])
  throw new EhrFailure('The referring EHR could not be asked for everything.', {
    phase: 'before',
    ...(waits.length > 0 ? { retryAfter: Math.max(...waits) } : {}),
  })
}

/** What is asked of whom for which referral. */
interface Quest {
  readonly referral: Referral
  readonly clinic: Clinic
  readonly records: PatientRecords
  readonly patient: Patient
  readonly queries: readonly EvidenceQuery[]
}

/** @returns undefined when there is nothing to ask, or nobody */
async function questOf(ports: GatherPorts, referral: Referral): Promise<Quest | undefined> {
  const referrer = ports.registry().referrerById(referral.referrerId)
  const clinic = ports.registry().clinicById(referral.clinicId)
  if (!referrer?.ehr || referrer.disabled || !clinic || !isWaiting(referral)) return undefined
  const stored = await ports.referrals.resources(referral)
  const patient = stored.find(({ type, id }) => type === 'Patient' && id === referral.patientId)
  const check = latestCheck(referral, stored)
  if (!patient || !check) return undefined
  const policy = ports.policyOf(clinic)
  const missing = missingIn(policy, verdictsOf(check))
  const referralDate = requestIn(stored, referral).authoredOn?.slice(0, 10)
  const now = ports.now().getTime()
  const queries = evidenceQueries(
    policy,
    missing,
    referralDate?.length === 10 ? referralDate : ports.now().toISOString().slice(0, 10),
  ).filter(({ key }) => {
    const asked = referral.gathering?.asked[key]
    return asked === undefined || now - Date.parse(asked) >= restMs
  })
  if (queries.length === 0) return undefined
  return {
    referral,
    clinic,
    records: ports.recordsOf(referrer),
    patient: parseFhirJson(patient.content) as Patient,
    queries,
  }
}

/** The criteria that lack evidence; an alternative only where the whole does. */
function missingIn(policy: Policy, verdicts: ReadonlyMap<string, string>): readonly string[] {
  const isMissing = (id: string) => verdicts.get(id) === 'not-documented'
  return policy.criteria.flatMap(({ id, partOf }) =>
    isMissing(id) && (partOf === undefined || isMissing(partOf)) ? [id] : [],
  )
}

/** The trail has each question before it goes out. */
const recordAsking = (
  ports: GatherPorts,
  { referral, records }: Quest,
  query: string,
): Promise<void> =>
  ports.referrals.record([
    {
      ...auditOf(agentAt(records), 'ask-referrer', 'E', referral.id, [], ports.now().toISOString()),
      referrerId: referral.referrerId,
      patientId: referral.patientId,
      query,
    },
  ])

const agentAt = ({ base }: PatientRecords): Agent => ({ client: 'referloop', network: base })

interface Taken {
  readonly change: ReferralChange | undefined
  readonly taken: number
  readonly isStillWaiting: boolean
}

/** Takes in what the check needs of the answers, and notes what could not be had. */
async function takeIn(
  ports: GatherPorts,
  quest: Quest,
  answers: readonly Answer[],
  isLast: boolean,
): Promise<Taken> {
  const current = await ports.referrals.find(quest.referral.id)
  // Somebody was faster: supplied it all, took it back.
  if (!current || !isWaiting(current)) return { change: undefined, taken: 0, isStillWaiting: false }
  const stored = await ports.referrals.resources(current)
  const before = current.gathering ?? nothingGathered
  const { base } = quest.records
  const known = { base, patientId: current.patientId, stored, gathering: before }
  const finds = findsOf(answers, known)
  const supply = await placeSupply(ports, current, stored, {
    additions: finds.map(({ entry }) => entry),
  })
  const all = placeFinds(finds, supply.placed)
  const gathering = { ...gatheringAfter(ports, before, answers), said: '' }
  const asked = new Set(answers.flatMap(({ query }) => query.criteria))
  const placed = await leastOf(ports, current, stored, all, { gathering, asked })
  const complete: Gathering = {
    ...gathering,
    taken: { ...before.taken, ...takenOf(placed) },
    said: sayGathering(answers, placed, { now: ports.now(), isLast }),
  }
  const isNews = placed.length > 0 || reasonsIn(before) !== reasonsIn(complete)
  if (!isNews) {
    const change = await noteChange(ports, quest, current, complete)
    return { change, taken: 0, isStillWaiting: true }
  }
  const change = await grow(
    ports,
    current,
    stored,
    { placed, people: supply.people, gathering: complete },
    { agent: agentAt(quest.records), action: 'gather' },
  )
  return { change, taken: placed.length, isStillWaiting: isWaiting(change.referral) }
}

const reasonsIn = ({ failed }: Gathering): string =>
  failed
    .map(({ key, reason }) => `${key} ${reason}`)
    .toSorted()
    .join('\n')

type Unsaid = Omit<Gathering, 'said'>

/** What was answered rests; what failed for now is asked again by the next attempt. */
function gatheringAfter(ports: GatherPorts, before: Gathering, answers: readonly Answer[]): Unsaid {
  const now = ports.now().toISOString()
  const keys = new Set(answers.map(({ query }) => query.key))
  return {
    taken: before.taken,
    asked: {
      ...before.asked,
      ...Object.fromEntries(
        answers.flatMap(({ query, failure }) => (failure?.again ? [] : [[query.key, now]])),
      ),
    },
    failed: [
      ...before.failed.filter(({ key }) => !keys.has(key)),
      ...answers.flatMap(({ query, failure }) =>
        failure
          ? {
              key: query.key,
              type: query.type,
              criteria: query.criteria,
              reason: `could not ask the referring EHR for ${query.label}: ${failure.reason}`,
            }
          : [],
      ),
    ],
  }
}

const takenOf = (placed: readonly PlacedFind[]): Gathering['taken'] =>
  Object.fromEntries(
    placed.map(({ find, reference }) => [find.there, [reference, find.digest] as const]),
  )

/** Nothing new: the referral is as it was, and says that it was looked for. */
async function noteChange(
  ports: GatherPorts,
  { records }: Quest,
  current: Referral,
  gathering: Gathering,
): Promise<ReferralChange | undefined> {
  if (JSON.stringify(gathering) === JSON.stringify(current.gathering)) return undefined
  const now = laterThan(current.updatedAt, ports.now())
  const { status, businessStatus } = current
  const state = { status, businessStatus, ...reasonSaid(gathering, current) }
  const entities = [`ServiceRequest/${current.id}`, `Task/${current.taskId}`]
  return {
    referral: { ...current, version: current.version + 1, updatedAt: now, gathering },
    expectedVersion: current.version,
    resources: [
      await taskWrite(ports.resources, current, now, (task) =>
        // That it is overdue has to stay in sight.
        withState(
          task,
          current.information?.overdue ? { ...state, reason: task.statusReason } : state,
          now,
        ),
      ),
    ],
    audit: [auditOf(agentAt(records), 'gather', 'U', current.id, entities, now, 'nothing new')],
    jobs: [],
  }
}
