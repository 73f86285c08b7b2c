/** What went to the clinics and came back: once in effect, in order, politely. */

import type { Task } from 'fhir/r4'
import { isTaskStatus, mayHaveMoved, type TaskStatus } from '../../src/domain/referral/life.ts'
import { unlike } from './fidelity.ts'
import type { EhrHistory, EhrRequest, History, Judge, ReferralRow } from './history.ts'
import { copiesOf, currentOf, parsed, reportsOf, versionsAt, versionsHere } from './views.ts'

/** INV-4: what is delivered is at its clinic once, as it was acknowledged; what is not is nowhere. */
export const onceInEffect: Judge = (history) =>
  history.database.referrals.flatMap((row) =>
    history.ehrs.flatMap((ehr) => [...countsAt(ehr, row), ...contentAt(history, ehr, row)]),
  )

function countsAt(ehr: EhrHistory, row: ReferralRow): readonly string[] {
  const { delivery, businessStatus } = row
  return (['ServiceRequest', 'Task'] as const).flatMap((type) => {
    const id = type === 'Task' ? row.taskId : row.id
    const count = copiesOf(ehr, type, id).length
    const wrong = (expected: string) => [
      `${type}/${id} (${row.status}/${businessStatus}, ${delivery.state}) is at ${ehr.clinicId} ${count} times, not ${expected}`,
    ]
    if (ehr.clinicId !== row.clinicId) return count > 0 ? wrong('0') : []
    const taken = row.delivery.sent?.[`${type}/${id}`]?.[0] ?? ''
    if (delivery.state === 'delivered' && !ehr.lost.includes(taken))
      return count === 1 ? [] : wrong('1')
    // A person sees it, and what the EHR did with the last attempt is part of what they see.
    if (businessStatus === 'delivery-failed' && delivery.attempted) return []
    return delivery.state === 'delivered' || count === 0 ? [] : wrong('0')
  })
}

/** The first version of each resource there is what was ours when it was sent. */
function contentAt(history: History, ehr: EhrHistory, row: ReferralRow): readonly string[] {
  if (ehr.clinicId !== row.clinicId) return []
  const { sent = {} } = row.delivery
  return Object.entries(sent).flatMap(([ours, [theirs]]) => {
    const there = versionsAt(ehr, theirs)
    const first = there[0]?.content
    if (first === undefined || ehr.lost.includes(theirs)) return []
    // The order stays the referrer's: its latest version is what the clinic has.
    const [order, orderThere] = [
      currentOf(history, 'ServiceRequest', row.id),
      there.at(-1)?.content,
    ]
    if (
      ours === `ServiceRequest/${row.id}` &&
      order &&
      orderThere &&
      row.delivery.state === 'delivered'
    ) {
      const difference = unlike(order, orderThere)
      if (difference) return [`${ours} was changed and ${theirs} was not: ${difference}`]
    }
    const versions = versionsHere(history, ours)
    const differences = versions.map(({ content }) => unlike(content, first))
    const fits = differences.some((difference) => difference === undefined)
    return fits || versions.length === 0
      ? []
      : [`${ours} is not at the clinic as ${theirs} was sent: ${differences.at(-1)}`]
  })
}

/** INV-5: versions of the EHR are applied in their order, each that counts, and the end is the EHR's. */
export const statusMonotonic: Judge = (history) =>
  history.database.referrals.flatMap((row) => {
    const ehr = history.ehrs.find(({ clinicId }) => clinicId === row.clinicId)
    const task = row.delivery.ehrTask
    if (!ehr || !task || ehr.lost.includes(task)) return []
    const reports = reportsOf(history, row.id)
    const applied = reports.flatMap(({ verdict, ehrVersion }) =>
      verdict === 'applied' ? [ehrVersion] : [],
    )
    const order = versionsAt(ehr, task).map(({ version }) => String(version))
    const positions = applied.map((version) => order.indexOf(version))
    return [
      ...(positions.some((position, i) => i > 0 && position <= (positions[i - 1] as number))
        ? [`${row.id} took the versions ${applied.join(', ')} of ${task}`]
        : []),
      ...endOf(ehr, row, task),
      ...skipped(ehr, task, new Set(reports.map(({ ehrVersion }) => ehrVersion)), row.id),
    ]
  })

/** The EHR's last legal status is ours; where it keeps no history, what lay between may be unseen. */
function endOf(ehr: EhrHistory, row: ReferralRow, task: string): readonly string[] {
  let possible = new Set<TaskStatus>(['received'])
  versionsAt(ehr, task).forEach(({ content }, i, { length }) => {
    const said = parsed<Task>(content).status
    const next = ['requested', 'ready'].includes(said) ? 'received' : said
    const moved = [...possible].map((status) =>
      isTaskStatus(next) && mayHaveMoved(status, next) ? next : status,
    )
    const isRead = ehr.keepsHistory || i === length - 1
    possible = new Set(isRead ? moved : [...possible, ...moved])
  })
  return possible.has(row.status as TaskStatus)
    ? []
    : [`${row.id} ends as ${row.status}, and the clinic's ${task} as ${[...possible].join(' or ')}`]
}

/** A status that the clinic's staff set and that nobody here ever read. */
function skipped(
  ehr: EhrHistory,
  task: string,
  seen: ReadonlySet<string>,
  id: string,
): readonly string[] {
  const versions = ehr.keepsHistory ? versionsAt(ehr, task) : []
  const own = new Set(
    ehr.requests.flatMap(({ method, path, body }) =>
      method === 'PUT' && path.endsWith(`/${task}`) ? [markOf(body)] : [],
    ),
  )
  return versions.flatMap(({ version, content }, i) => {
    const before = parsed<Task>(versions[i - 1]?.content).status
    const now = parsed<Task>(content).status
    // Cancelled may be our own doing, which needs no report.
    if (i === 0 || now === before || now === 'cancelled' || seen.has(String(version))) return []
    // What we wrote ourselves is known by the version that the answer named.
    if (own.has(markOf(content))) return []
    return [`${id}: version ${version} of ${task} (${now}) was never read`]
  })
}

/** Tells our own writes of a Task from what its staff made of them. */
function markOf(content: string | undefined): string {
  const { status, lastModified } = parsed<Task>(content)
  return `${status} ${lastModified}`
}

/** INV-6: no two owners of one key at a time, and nothing written but by the owner. */
export const singleOwner: Judge = ({ service: { leases, effects } }) => {
  const byKey = Map.groupBy(leases, ({ key }) => key)
  return [
    ...[...byKey].flatMap(([key, ours]) => {
      const inOrder = ours.toSorted((a, b) => a.from - b.from)
      return inOrder.some((lease, i) => i > 0 && lease.from < (inOrder[i - 1]?.until ?? 0))
        ? [`${key} had two owners at a time`]
        : []
    }),
    ...effects.flatMap(({ at, key, token }) => {
      const lease = byKey.get(key)?.find((each) => each.token === token)
      return lease && lease.from <= at && at <= lease.until
        ? []
        : [`${key} was written at ${at} without its lease`]
    }),
  ]
}

/** INV-13: nobody is asked before the time that they named, nor by more at once than agreed. */
export const politeness: Judge = ({ ehrs, setting }) =>
  ehrs.flatMap(({ clinicId, requests }) => {
    const atOnce = mostAtOnce(requests)
    return [
      ...requests.flatMap((asked) => tooSoon(clinicId, requests, asked, setting.onTheWayMs)),
      ...(atOnce > setting.mostAtOnce ? [`${clinicId} had ${atOnce} requests at once`] : []),
    ]
  })

/** Sweeps over beginnings and ends; what ends as another begins is not at once with it. */
function mostAtOnce(requests: readonly EhrRequest[]): number {
  const turns = requests.flatMap(({ at, until }) => [
    [at, 1] as const,
    [Math.max(until, at + 1), -1] as const,
  ])
  turns.sort(([one, up], [other, down]) => one - other || up - down)
  let [now, most] = [0, 0]
  for (const [, turn] of turns) {
    now += turn
    most = Math.max(most, now)
  }
  return most
}

function tooSoon(
  clinicId: string,
  requests: readonly EhrRequest[],
  asked: EhrRequest,
  onTheWayMs: number,
): readonly string[] {
  const { retryAfterMs, until, life } = asked
  if (retryAfterMs === undefined) return []
  // What was on its way already could not know; another process, or a later one, was not told.
  const early = requests.filter(
    (next) => next.life === life && next.at > until + onTheWayMs && next.at < until + retryAfterMs,
  )
  return early.map(
    (next) =>
      `${clinicId} was asked ${Math.round(until + retryAfterMs - next.at)} ms too soon: ${next.method} ${next.path}`,
  )
}
