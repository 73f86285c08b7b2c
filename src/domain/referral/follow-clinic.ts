/** The clinic's EHR is asked which Tasks changed, and the referrer gets to see it. */

import type { FhirResource, Task } from 'fhir/r4'
import type { Clinic } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { markedHigh, withLabelsOfClinic } from '../sensitivity/labels.ts'
import { auditOf, settle, taskWrite } from './change.ts'
import { agentAt, type DeliverPorts } from './deliver.ts'
import { fetchOutcome, type Outcome, type OutcomePorts } from './outcome.ts'
import type { ClinicEhr, PollStore, ReferralChange } from './ports.ts'
import type { Referral } from './referral.ts'
import {
  byAge,
  instantOf,
  judgeReport,
  readTaskReport,
  type TaskReport,
  type Verdict,
} from './report-status.ts'
import { laterThan } from './resource-write.ts'
import { ownOutputs, type TaskState, withState } from './task.ts'

export interface FollowPorts
  extends Pick<DeliverPorts, 'referrals' | 'ehrOf' | 'now'>,
    OutcomePorts {
  readonly polls: PollStore
  /** Told of each report that was judged, for logs and metrics. Ids and codes only. */
  onReport(event: ReportEvent): void
}

export interface ReportEvent {
  readonly referralId: string
  readonly clinicId: string
  readonly verdict: 'applied' | 'illegal' | 'stale'
  readonly from: string
  readonly to: string
  /** Outcome resources that could not be taken in. */
  readonly refused?: number
}

/** Clocks differ and search indexes lag: each poll looks back this much further than it has seen. */
const overlapMs = 5 * 60_000

/**
 * Asks one clinic's EHR once for the Tasks that changed since the last time, and applies them.
 * @returns how many reports were applied
 * @throws EhrFailure when the EHR does not answer; what was applied stays, the rest comes next time
 */
export async function followClinic(ports: FollowPorts, clinic: Clinic): Promise<number> {
  const ehr = ports.ehrOf(clinic)
  const seen = await ports.polls.watermark(clinic.id)
  const since = seen && new Date(Date.parse(seen) - overlapMs).toISOString()
  let applied = 0
  let newest = seen
  for await (const page of ehr.changedTasks(since)) {
    applied += await applyPage(ports, clinic, ehr, page)
    for (const { updated } of page.flatMap((task) => readTaskReport(task) ?? []))
      if (isInstant(updated) && (!newest || updated > newest)) newest = updated
    // Only what is done is behind us: a crash reads this page again.
    if (newest && newest !== seen) await ports.polls.advance(clinic.id, newest)
  }
  return applied
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
  await applyPage(ports, clinic, ehr, [await ehr.read(ehrTask)])
}

const isInstant = (text: string): boolean => !Number.isNaN(Date.parse(text))

async function applyPage(
  ports: FollowPorts,
  clinic: Clinic,
  ehr: ClinicEhr,
  page: readonly unknown[],
): Promise<number> {
  const tasks = page.flatMap((answer) => {
    const report = readTaskReport(answer)
    return report ? [{ report, task: answer as Task }] : []
  })
  const referrals = await ports.referrals.findByEhrTask(
    clinic.id,
    tasks.map(({ report }) => report.reference),
  )
  const byTask = new Map(referrals.map((referral) => [referral.delivery.ehrTask, referral]))
  let applied = 0
  for (const { report, task } of tasks) {
    const referral = byTask.get(report.reference)
    if (!referral || judgeReport(referral, report).kind === 'known') continue
    for (const step of await stepsTo(ehr, referral, report, task))
      if (await apply(ports, clinic, ehr, referral.id, step)) applied++
  }
  return applied
}

interface Step {
  readonly report: TaskReport
  readonly task: Task
}

/** An EHR that keeps a history tells what happened between two polls; the referrer sees each status. */
async function stepsTo(
  ehr: ClinicEhr,
  referral: Referral,
  report: TaskReport,
  task: Task,
): Promise<readonly Step[]> {
  const { ehrTaskVersion, ehrTaskUpdated } = referral.delivery
  const versions = (await ehr.history(report.reference)).flatMap((answer) => {
    const each = readTaskReport(answer)
    return each ? [{ report: each, task: answer as Task }] : []
  })
  // Staff who act twice in one millisecond make two versions of one instant: the place in the
  // history, which lists the newest first, tells them apart.
  const oldestFirst = versions.reverse().sort((a, b) => byAge(a.report, b.report))
  const last = oldestFirst.findLastIndex((each) => each.report.version === ehrTaskVersion)
  const steps =
    last >= 0
      ? oldestFirst.slice(last + 1)
      : oldestFirst.filter((each) => instantOf(each.report.updated) >= instantOf(ehrTaskUpdated))
  const isListed = oldestFirst.some((each) => each.report.version === report.version)
  return isListed ? steps : [...steps, { report, task }]
}

async function apply(
  ports: FollowPorts,
  clinic: Clinic,
  ehr: ClinicEhr,
  referralId: string,
  { report, task }: Step,
): Promise<boolean> {
  const { verdict, refused } = await settle(ports.referrals, async () => {
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
    return { verdict, change, refused: outcome?.refused.length ?? 0 }
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

interface Judged extends Step {
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

async function changeOf(
  ports: FollowPorts,
  clinic: Clinic,
  current: Referral,
  { report, task, verdict, outcome, now }: Judged,
): Promise<ReferralChange> {
  const state =
    verdict.kind === 'applied' && isNews(current, verdict.state, outcome)
      ? verdict.state
      : undefined
  const taskAudit = auditOf(
    agentAt(clinic),
    'status',
    'U',
    current.id,
    [`Task/${current.taskId}`, ...(outcome?.writes ?? []).map(({ type, id }) => `${type}/${id}`)],
    now,
    `${verdict.report.from} to ${verdict.report.to}: ${verdict.report.reason ?? verdict.kind}`,
  )
  return {
    referral: {
      ...current,
      version: current.version + 1,
      status: state?.status ?? current.status,
      businessStatus: state?.businessStatus ?? current.businessStatus,
      updatedAt: now,
      delivery: {
        ...current.delivery,
        // A stale version is noted and changes nothing, not even what counts as seen.
        ...(verdict.kind === 'stale'
          ? {}
          : { ehrTaskVersion: report.version, ehrTaskUpdated: report.updated }),
        ...(outcome ? { fetched: outcome.fetched } : {}),
      },
    },
    expectedVersion: current.version,
    resources: state
      ? [
          ...(outcome?.writes ?? []),
          await taskWrite(ports.resources, current, now, (ours) => ({
            ...withState(labelledAs(ours, task, outcome), state, now),
            ...(task.note ? { note: task.note } : {}),
            output: [...ownOutputs(ours), ...(outcome?.output ?? [])],
          })),
        ]
      : [],
    audit: [verdict.kind === 'applied' ? taskAudit : { ...taskAudit, outcome: 'minor-failure' }],
    jobs: [],
    reports: [verdict.report],
  }
}
