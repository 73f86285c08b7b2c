/** What became of cards: https://cds-hooks.hl7.org/2.0/#feedback */

import { isRecord, type Members } from '../access/reader.ts'
import { type Issue, Problem } from '../problem.ts'
import { overrideReasonOf } from './card.ts'

/** What is kept of one: it is counted, and nothing in it tells of a patient. */
export interface Feedback {
  readonly outcome: 'accepted' | 'overridden'
  /** A reason of ours; `other` for any other, `none` without one. */
  readonly reason: string
}

/** One call may tell of many cards; more than these is no clinician's day. */
const most = 1000

/**
 * @throws Problem bad-request with everything that is wrong
 */
export function readFeedback(body: unknown): readonly Feedback[] {
  const list: unknown = isRecord(body) ? body.feedback : undefined
  if (!Array.isArray(list) || list.length === 0)
    throw new Problem('bad-request', 'Send an object whose member feedback is a list.', {
      expression: ['feedback'],
    })
  if (list.length > most)
    throw new Problem('bad-request', `Send at most ${most} in one call.`, {
      expression: ['feedback'],
    })
  const faults = list.flatMap((each: unknown, i) => faultsOf(each, `feedback[${i}]`))
  if (faults.length > 0) throw new Problem('bad-request', faults)
  return (list as Members[]).map(({ outcome, overrideReason }) => ({
    outcome: outcome as Feedback['outcome'],
    reason: reasonOf(overrideReason),
  }))
}

function faultsOf(each: unknown, place: string): readonly Issue[] {
  if (!isRecord(each)) return [fault(place, 'an object')]
  const { card, outcome, acceptedSuggestions, overrideReason, outcomeTimestamp } = each
  const faults: Issue[] = []
  if (!isText(card)) faults.push(fault(`${place}.card`, 'the uuid of the card'))
  if (outcome !== 'accepted' && outcome !== 'overridden')
    faults.push(fault(`${place}.outcome`, 'accepted or overridden'))
  if (typeof outcomeTimestamp !== 'string' || !isInstant(outcomeTimestamp))
    faults.push(fault(`${place}.outcomeTimestamp`, 'a date and time such as 2026-03-02T10:05:31Z'))
  if (outcome === 'accepted' && !areSuggestions(acceptedSuggestions))
    faults.push(
      fault(`${place}.acceptedSuggestions`, 'a list of objects with the id of a suggestion'),
    )
  if (overrideReason !== undefined && !isReason(overrideReason))
    faults.push(
      fault(`${place}.overrideReason`, 'an object with a Coding as reason, or a userComment'),
    )
  return faults
}

const fault = (expression: string, must: string): Issue => ({
  severity: 'error',
  code: 'invalid',
  diagnostics: `${expression} must be ${must}.`,
  expression: [expression],
})

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= 256

/** RFC 3339 section 5.6. */
const isInstant = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(text) &&
  !Number.isNaN(Date.parse(text))

const areSuggestions = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((each: unknown) => isRecord(each) && isText(each.id))

const isReason = (value: unknown): boolean =>
  isRecord(value) &&
  (value.reason === undefined || isRecord(value.reason)) &&
  (value.userComment === undefined || typeof value.userComment === 'string')

/** A label of a metric must not take values that a caller makes up. */
function reasonOf(value: unknown): string {
  const reason = isRecord(value) ? value.reason : undefined
  if (!isRecord(reason)) return 'none'
  return overrideReasonOf(reason.system, reason.code) ?? 'other'
}
