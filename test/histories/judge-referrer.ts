/** What the referrer hears, and that no failure of ours decides over a patient. */

import type { Task } from 'fhir/r4'
import type { History, Judge, SubscriberHistory } from './history.ts'
import { parsed, succeeded, terminal, versionsAt } from './views.ts'

/** INV-8: events 1 … k of each subscription reach it, a repeat says the same, and nothing after the end. */
export const notifications: Judge = ({ subscribers, database }) =>
  database.subscriptions.flatMap(({ id, status, events }) => {
    const heard = subscribers.find(({ subscription }) => subscription === id)
    const received = heard?.received ?? []
    const numbers = events.map(({ eventNumber }) => eventNumber).sort((a, b) => a - b)
    const got = new Set(received.map(({ eventNumber }) => eventNumber))
    const missing = status === 'active' ? numbers.filter((number) => !got.has(number)) : []
    return [
      ...(numbers.some((number, i) => number !== i + 1)
        ? [`${id} has the events ${numbers.join(', ')}`]
        : []),
      ...missing.map((number) => `${id} never got event ${number}`),
      ...[...got].flatMap((number) =>
        numbers.includes(number) ? [] : [`${id} got event ${number}, which is none`],
      ),
      ...(heard ? repeatsOf(heard) : []),
    ]
  })

function repeatsOf({
  subscription,
  received,
  offAt = Infinity,
}: SubscriberHistory): readonly string[] {
  const versions = Map.groupBy(received, ({ eventNumber }) => eventNumber)
  return [
    ...[...versions].flatMap(([number, repeats]) =>
      new Set(repeats.map(({ id, event }) => JSON.stringify([id, event]))).size > 1
        ? [`${subscription} got event ${number} in several forms`]
        : [],
    ),
    ...received.flatMap(({ at, eventNumber }) =>
      at > offAt ? [`${subscription} got event ${eventNumber} after it was off`] : [],
    ),
  ]
}

/** INV-10: how a referral ended can be read by its referrer, and was told to its subscribers. */
export const closedLoop: Judge = (history) => {
  const reads = history.calls.filter((call) => call.act === 'read' && succeeded(call))
  const lastOf = new Map(reads.map((call) => [call.about, call]))
  const { subscriptions } = history.database
  const toldBy = new Map(
    subscriptions.map(({ id, events }) => [id, new Set(events.map((event) => event.referralId))]),
  )
  return history.database.referrals.flatMap((row) => {
    if (!terminal.has(row.status)) return []
    const last = lastOf.get(`Task/${row.taskId}`)
    const read = last && parsed<Task>(last.answer?.body).status
    return [
      ...(read === row.status ? [] : [`${row.id} is ${row.status} and its referrer reads ${read}`]),
      ...subscriptions.flatMap(({ id, organization, status }) =>
        organization === row.referrerId && status === 'active' && !toldBy.get(id)?.has(row.id)
          ? [`${id} was never told of ${row.id}`]
          : [],
      ),
    ]
  })
}

/** INV-12: only a clinic rejects or fails a referral. */
export const safeScreening: Judge = (history: History) =>
  history.database.referrals.flatMap((row) => {
    if (row.status !== 'rejected' && row.status !== 'failed') return []
    const ehr = history.ehrs.find(({ clinicId }) => clinicId === row.clinicId)
    const atEhr = ehr ? versionsAt(ehr, row.delivery.ehrTask ?? '') : []
    const byEhr = atEhr.some(({ content }) => parsed<Task>(content).status === row.status)
    const byHand = history.calls.some(
      (call) =>
        call.act === 'move' &&
        call.by === row.clinicId &&
        call.about === `Task/${row.taskId}` &&
        succeeded(call),
    )
    return byEhr || byHand ? [] : [`${row.id} is ${row.status}, and its clinic never said so`]
  })
