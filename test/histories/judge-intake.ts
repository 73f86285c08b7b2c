/** What came in: never lost, never twice, never by halves. */

import type { History, Judge } from './history.ts'
import { acknowledged, isSettled, referralOf, succeeded } from './views.ts'

/** INV-1: what got a 2xx is there, readable by its owner, and rests where somebody sees it. */
export const noLoss: Judge = (history) => {
  const taken = acknowledged(history)
  const owned = Map.groupBy(taken, ({ by, answer }) => `${by} ServiceRequest/${answer?.referralId}`)
  return [
    ...taken.flatMap((call) => {
      const id = call.answer?.referralId ?? ''
      const row = referralOf(history, id)
      if (!row) return [`${call.about} got a 2xx and is not there`]
      if (isSettled(row)) return []
      return [`${id} rests as ${row.status}/${row.businessStatus}, ${row.delivery.state}`]
    }),
    ...history.calls.flatMap((read) => {
      if (read.act !== 'read' || ![404, 410].includes(read.answer?.status ?? 0)) return []
      const submitted = owned.get(`${read.by} ${read.about}`) ?? []
      const isOwned = submitted.some(({ answer }) => (answer?.at ?? 0) < read.at)
      return isOwned ? [`${read.about} could not be read by its owner`] : []
    }),
  ]
}

/** INV-2: one business identifier, one referral; a repeat hears what the first heard. */
export const noDuplicateIntake: Judge = (history) => {
  const byIdentifier = Map.groupBy(
    history.calls.filter(({ act }) => act === 'submit'),
    ({ by, about }) => `${by} ${about}`,
  )
  const twice = Map.groupBy(
    history.database.referrals.flatMap((row) =>
      row.identifiers.map((identifier) => [`${row.referrerId} ${identifier}`, row.id] as const),
    ),
    ([key]) => key,
  )
  return [
    ...[...twice].flatMap(([key, rows]) =>
      rows.length > 1 ? [`${key} names ${rows.length} referrals`] : [],
    ),
    ...[...byIdentifier].flatMap(([key, calls]) => {
      const heard = calls.filter(succeeded).map(({ answer }) => JSON.stringify(answer?.locations))
      return new Set(heard).size > 1 ? [`${key} was answered in ${new Set(heard).size} ways`] : []
    }),
  ]
}

/** INV-3: referral, request, Task, patient, audit line and job come together or not at all. */
export const atomicIntake: Judge = (history) => {
  const { referrals, resources, audit, jobs } = history.database
  const ids = new Set(referrals.map(({ id }) => id))
  const there = new Set(resources.map(({ type, id }) => `${type}/${id}`))
  const submitted = new Set(
    audit.flatMap(({ action, referralId }) => (action === 'submit' ? [referralId] : [])),
  )
  const open = new Set(jobs.flatMap((job) => (job.state === 'open' ? [job.referralId] : [])))
  return [
    ...referrals.flatMap((row) => [
      ...[`ServiceRequest/${row.id}`, `Task/${row.taskId}`, `Patient/${row.patientId}`].flatMap(
        (part) => (there.has(part) ? [] : [`${row.id} without ${part}`]),
      ),
      ...(submitted.has(row.id) ? [] : [`${row.id} without an audit line`]),
      ...(row.delivery.state === 'queued' &&
      !row.held &&
      row.status === 'requested' &&
      !open.has(row.id)
        ? [`${row.id} is to be sent and has no job`]
        : []),
    ]),
    ...resources.flatMap(({ type, id, referralId }) =>
      referralId !== undefined && !ids.has(referralId)
        ? [`${type}/${id} without its referral`]
        : [],
    ),
    ...jobs.flatMap(({ queue, referralId }) =>
      ids.has(referralId) ? [] : [`a ${queue} job without ${referralId}`],
    ),
    ...[...submitted].flatMap((id) => (id && !ids.has(id) ? [`an audit line without ${id}`] : [])),
  ]
}

/** INV-7: versions 1 … n of every resource, and every conditional write stands on the one before. */
export const noLostUpdate: Judge = (history) => {
  const versions = Map.groupBy(history.database.resources, ({ type, id }) => `${type}/${id}`)
  const writes = Map.groupBy(
    history.calls.filter((call) => call.ifMatch !== undefined && succeeded(call)),
    ({ about, ifMatch }) => `${about} on version ${ifMatch}`,
  )
  return [
    ...[...versions].flatMap(([reference, rows]) => {
      const numbers = rows.map(({ version }) => version).sort((a, b) => a - b)
      return numbers.some((number, i) => number !== i + 1)
        ? [`${reference} has the versions ${numbers.join(', ')}`]
        : []
    }),
    ...[...writes].flatMap(([key, calls]) =>
      calls.length > 1 ? [`${calls.length} writes of ${key}`] : [],
    ),
    ...[...writes.values()]
      .flat()
      .flatMap(({ about, ifMatch = 0, answer }) =>
        answer?.version !== undefined && answer.version !== ifMatch + 1
          ? [`${about} went from version ${ifMatch} to ${answer.version}`]
          : [],
      ),
  ]
}

/** INV-9: an assertion buys one token at most. */
export const noReplay: Judge = ({ calls }: History) => {
  const bought = Map.groupBy(
    calls.filter((call) => call.act === 'token' && succeeded(call)),
    ({ about }) => about,
  )
  return [...bought].flatMap(([assertion, tokens]) =>
    tokens.length > 1 ? [`${assertion} bought ${tokens.length} tokens`] : [],
  )
}
