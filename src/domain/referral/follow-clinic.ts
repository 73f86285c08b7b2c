/** The clinic's EHR is asked which Tasks changed, and the referrer gets to see it. */

import type { FhirResource, Task } from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { markedHigh, withLabelsOfClinic } from '../sensitivity/labels.ts'
import { readAbortRefusal } from './abort.ts'
import { auditOf, ownerOf, pick, taskWrite } from './change.ts'
import { keptNotes, outputsOfWorklist } from './clinic-word.ts'
import { withoutDeadLetter } from './dead-letter.ts'
import type { DeliverPorts } from './deliver.ts'
import { saysTheSame } from './echo.ts'
import { type EhrTask, readEhrTask } from './ehr-task.ts'
import { hearRefusal } from './hear-refusal.ts'
import { fetchOutcome, type Outcome, type OutcomePorts } from './outcome.ts'
import type { ClinicEhr, PollStore, ReferralChange } from './ports.ts'
import { agentAt } from './record-delivery.ts'
import type { Delivery, Referral } from './referral.ts'
import { byAge, instantOf, judgeReport, type Verdict } from './report-status.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { ownOutputs, type TaskState, withState } from './task.ts'
import { askOfClinic, keepAsking } from './wanted-information.ts'

export interface FollowPorts
  extends Pick<DeliverPorts, 'referrals' | 'ehrOf' | 'now' | 'registry'>,
    OutcomePorts {
  readonly polls: PollStore
  /** Told of each report that was judged, for logs and metrics. Ids and codes only. */
  onReport(event: ReportEvent): void
  /** Told of a referral whose reports could not be applied now; they are asked for again. */
  onSetback(event: SetbackEvent): void
}

export interface SetbackEvent {
  readonly referralId: string
  readonly clinicId: string
  readonly error: unknown
}

export interface ReportEvent {
  readonly referralId: string
  readonly clinicId: string
  readonly verdict: 'applied' | 'illegal' | 'stale'
  readonly from: string
  readonly to: string
  /** Outcome resources, and elements of the Task, that could not be taken in. */
  readonly refused?: number
}

/** Clocks differ and search indexes lag: each poll looks back this much further than it has seen. */
const overlapMs = 5 * 60_000

/**
 * Asks one clinic's EHR once for the Tasks that changed since the last time, and applies them. What
 * cannot be applied holds up no other referral, and is asked for again the next time.
 * @returns how many reports were applied
 * @throws EhrFailure when the EHR does not answer; what was applied stays, the rest comes next time
 */
export async function followClinic(ports: FollowPorts, clinic: Clinic): Promise<number> {
  const ehr = ports.ehrOf(clinic)
  const seen = await ports.polls.watermark(clinic.id)
  const since = seen && new Date(Date.parse(seen) - overlapMs).toISOString()
  let applied = 0
  let newest = seen
  let owed: string | undefined
  for await (const page of ehr.changedTasks(since)) {
    const tasks = page.flatMap((answer) => readEhrTask(ports.validate, answer) ?? [])
    const done = await applyPage(ports, clinic, ehr, tasks)
    for (const answer of page) await hearRefusal(ports, clinic, readAbortRefusal(answer))
    applied += done.applied
    owed = earlier(owed, done.owed)
    for (const { report } of tasks)
      if (isInstant(report.updated)) newest = later(newest, report.updated)
    const behind = earlier(newest, owed)
    // Only what is done is behind us: a crash reads this page again.
    if (behind && behind !== seen && later(seen, behind) === behind)
      await ports.polls.advance(clinic.id, behind)
  }
  return applied
}

const isInstant = (text: string): boolean => !Number.isNaN(Date.parse(text))

const earlier = (one: string | undefined, other: string | undefined): string | undefined =>
  !one || (other && instantOf(other) < instantOf(one)) ? other : one

const later = (one: string | undefined, other: string): string =>
  one && instantOf(one) >= instantOf(other) ? one : other

/** @returns how many reports were applied, and the time of the earliest that could not be */
async function applyPage(
  ports: FollowPorts,
  clinic: Clinic,
  ehr: ClinicEhr,
  tasks: readonly EhrTask[],
): Promise<{ readonly applied: number; readonly owed: string | undefined }> {
  const referrals = await ports.referrals.findByEhrTask(
    clinic.id,
    tasks.map(({ report }) => report.reference),
  )
  const byTask = new Map(referrals.map((referral) => [referral.delivery.ehrTask, referral]))
  let applied = 0
  let owed: string | undefined
  for (const task of tasks) {
    const referral = byTask.get(task.report.reference)
    if (!referral) continue
    try {
      applied += await applyTask(ports, clinic, ehr, referral, task)
    } catch (error) {
      ports.onSetback({ referralId: referral.id, clinicId: clinic.id, error })
      owed = earlier(owed, task.report.updated)
    }
  }
  return { applied, owed }
}

/**
 * Asks for the Task of one referral, whenever it changed, and applies what has become of it.
 * @throws EhrFailure when the EHR does not answer
 */
export async function followReferral(
  ports: FollowPorts,
  clinic: Clinic,
  referral: Referral,
): Promise<void> {
  const { ehrTask } = referral.delivery
  if (!ehrTask) return
  const ehr = ports.ehrOf(clinic)
  const task = readEhrTask(ports.validate, await ehr.read(ehrTask))
  if (task) await applyTask(ports, clinic, ehr, referral, task)
}

async function applyTask(
  ports: FollowPorts,
  clinic: Clinic,
  ehr: ClinicEhr,
  referral: Referral,
  task: EhrTask,
): Promise<number> {
  if (judgeReport(referral, task.report).kind === 'known') return 0
  let applied = 0
  for (const step of await stepsTo(ports, ehr, referral, task))
    if (await apply(ports, clinic, ehr, referral.id, step)) applied++
  return applied
}

/** An EHR that keeps a history tells what happened between two polls; the referrer sees each status. */
async function stepsTo(
  ports: FollowPorts,
  ehr: ClinicEhr,
  referral: Referral,
  task: EhrTask,
): Promise<readonly EhrTask[]> {
  const { ehrTaskVersion, ehrTaskUpdated } = referral.delivery
  const versions = (await ehr.history(task.report.reference)).flatMap(
    (answer) => readEhrTask(ports.validate, answer) ?? [],
  )
  // Staff who act twice in one millisecond make two versions of one instant: the place in the
  // history, which lists the newest first, tells them apart.
  const oldestFirst = versions.reverse().sort((a, b) => byAge(a.report, b.report))
  const last = oldestFirst.findLastIndex((each) => each.report.version === ehrTaskVersion)
  const steps =
    last >= 0
      ? oldestFirst.slice(last + 1)
      : oldestFirst.filter((each) => instantOf(each.report.updated) >= instantOf(ehrTaskUpdated))
  const isListed = oldestFirst.some((each) => each.report.version === task.report.version)
  return isListed ? steps : [...steps, task]
}

async function apply(
  ports: FollowPorts,
  clinic: Clinic,
  ehr: ClinicEhr,
  referralId: string,
  { report, task, faulty }: EhrTask,
): Promise<boolean> {
  const { verdict, refused } = await settle(ports, async () => {
    const current = await ports.referrals.find(referralId)
    if (!current) return { verdict: undefined, refused: 0 }
    const verdict = judgeReport(current, report)
    if (verdict.kind === 'known') return { verdict, refused: 0 }
    const now = laterThan(current.updatedAt, ports.now())
    const outcome =
      verdict.kind === 'applied'
        ? await fetchOutcome(ports, ehr, clinic.ehr?.fhirBaseUrl ?? '', current, task, now)
        : undefined
    const change = await changeOf(ports, clinic, current, { report, task, verdict, outcome, now })
    return { verdict, change, refused: faulty + (outcome?.refused.length ?? 0) }
  })
  if (!verdict || verdict.kind === 'known') return false
  const { from, to } = verdict.report
  ports.onReport({
    referralId,
    clinicId: clinic.id,
    verdict: verdict.kind,
    from,
    to,
    ...(refused > 0 ? { refused } : {}),
  })
  return verdict.kind === 'applied'
}

/** A version in which nothing of ours changed is noted as seen and makes no version here. */
const isNews = (current: Referral, state: TaskState, outcome: Outcome | undefined): boolean =>
  state.status !== current.status ||
  state.businessStatus !== current.businessStatus ||
  state.reason !== undefined ||
  (outcome?.output.length ?? 0) > 0

const taskHere = async ({ resources }: FollowPorts, current: Referral): Promise<Task> => {
  const found = await resources.readMany(ownerOf(current), [`Task/${current.taskId}`])
  return parseFhirJson(pick(found, 'Task', current.taskId).content) as Task
}

interface Judged extends Pick<EhrTask, 'report' | 'task'> {
  readonly verdict: Exclude<Verdict, { kind: 'known' }>
  readonly outcome: Outcome | undefined
  readonly now: string
}

/** The Task bears what labels the clinic gave it, and is as confidential as the outcome. */
const labelledAs = (ours: Task, theirs: Task, outcome: Outcome | undefined): Task =>
  markedHigh(
    withLabelsOfClinic(ours, theirs),
    (outcome?.writes ?? []).map(({ content }) => parseFhirJson(content) as FhirResource),
  )

/** The clinic's word is ours from now on. */
const heard = ({ cancelledHere: _settled, missing: _found, ...delivery }: Delivery): Delivery =>
  delivery.deadLetter?.cause === 'lost' ? withoutDeadLetter(delivery) : delivery

async function changeOf(
  ports: FollowPorts,
  clinic: Clinic,
  current: Referral,
  { report, task, verdict, outcome, now }: Judged,
): Promise<ReferralChange> {
  const heardOf =
    verdict.kind === 'applied' && isNews(current, verdict.state, outcome)
      ? verdict.state
      : undefined
  const become = (ours: Task, state: TaskState): Task => ({
    ...withState(labelledAs(ours, task, outcome), state, now),
    ...(outcome?.note.length ? { note: keptNotes(outcome.note, ours) } : {}),
    output: [
      ...ownOutputs(ours),
      ...outputsOfWorklist(ours, after.delivery),
      ...(outcome?.output ?? []),
    ],
  })
  const taskAudit = auditOf(
    agentAt(clinic),
    'status',
    'U',
    current.id,
    [`Task/${current.taskId}`, ...(outcome?.writes ?? []).map(({ type, id }) => `${type}/${id}`)],
    now,
    `${verdict.report.from} to ${verdict.report.to}: ${verdict.report.reason ?? verdict.kind}`,
  )
  const after: Referral = {
    ...current,
    version: current.version + 1,
    status: heardOf?.status ?? current.status,
    businessStatus: heardOf?.businessStatus ?? current.businessStatus,
    updatedAt: now,
    delivery: {
      ...(verdict.kind === 'applied' ? heard(current.delivery) : current.delivery),
      // A stale version is noted and changes nothing, not even what counts as seen.
      ...(verdict.kind === 'stale'
        ? {}
        : { ehrTaskVersion: report.version, ehrTaskUpdated: report.updated }),
      ...(outcome ? { fetched: outcome.fetched } : {}),
    },
  }
  const isEcho =
    heardOf !== undefined &&
    outcome?.writes.length === 0 &&
    (await taskHere(ports, current).then((ours) => saysTheSame(ours, become(ours, heardOf))))
  const state = isEcho ? undefined : heardOf
  const asking = await keepAsking(ports, {
    before: current,
    after,
    ask: state && (await askOfClinic(ports, current, state)),
    now,
  })
  return {
    referral: { ...after, information: asking.information },
    expectedVersion: current.version,
    resources: state
      ? [
          ...(outcome?.writes ?? []),
          await taskWrite(ports.resources, current, now, (ours) => become(ours, state)),
          ...asking.writes,
        ]
      : [],
    audit: [
      verdict.kind === 'applied' ? taskAudit : { ...taskAudit, outcome: 'minor-failure' },
      ...asking.audit,
    ],
    jobs: [],
    reports: [verdict.report],
  }
}
