/**
 * A partner compares its list of referrals with ours, and is told what differs and what to do. Pure, but
 * for two look-ups through the partner's own eyes: nobody learns of another's.
 */

import type { Parameters, ParametersParameter, Period } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { type Issue, Problem } from '../problem.ts'
import {
  type BusinessStatus,
  isClosed,
  isTaskStatus,
  mayHaveMoved,
  type TaskStatus,
} from './life.ts'
import type { Compared, ListStore } from './ports.ts'
import { relativeReference } from './references.ts'
import { resourceIdentifierSystem } from './task.ts'

/** One line of the partner's list. */
interface Line {
  /** Where it stands among the parameters, from 0. */
  readonly index: number
  /** `system|value`, or the id of a ServiceRequest or Task here. */
  readonly identifier?: string
  readonly id?: string
  readonly status: string
  readonly businessStatus?: string | undefined
}

interface Asked {
  readonly lines: readonly Line[]
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly after?: { readonly createdAt: string; readonly id: string } | undefined
}

export interface Comparison {
  readonly answer: Parameters
  /** What was told of. */
  readonly shown: readonly Compared[]
}

const mostLines = 500
/** Of those that the partner did not list; `next` carries on. */
const pageSize = 200

/**
 * Reads Parameters `referral` (identifier or reference, status, business-status), `period`, `after`.
 * @throws Problem bad-parameter with every fault
 */
export function readList({ parameter = [] }: Parameters): Asked {
  const issues: Issue[] = []
  const fault = (at: string, diagnostics: string) =>
    issues.push({ severity: 'error', code: 'invalid', diagnostics, expression: [at] })
  const lines: Line[] = []
  let period: Period | undefined
  let after: Asked['after']
  for (const [i, each] of parameter.entries()) {
    const at = `Parameters.parameter[${i}]`
    if (each.name === 'referral') {
      const line = readLine(each, lines.length)
      if (typeof line === 'string') fault(at, line)
      else lines.push(line)
    } else if (each.name === 'period' && each.valuePeriod) period = each.valuePeriod
    else if (each.name === 'after' && readCursor(each.valueString))
      after = readCursor(each.valueString)
    else fault(at, 'Send referral, period (a Period) and after (the next of an answer) alone.')
    if (issues.length > 20) break
  }
  if (lines.length > mostLines)
    fault(
      'Parameters.parameter',
      `List at most ${mostLines} referrals at once; period parts a longer list.`,
    )
  if (issues.length > 0) throw new Problem('bad-parameter', issues)
  return { lines, after, from: instantOf(period?.start), until: instantOf(period?.end) }
}

const instantOf = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : new Date(text).toISOString()

function readCursor(text = ''): Asked['after'] {
  const [, createdAt = '', id = ''] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([A-Za-z0-9.-]{1,64})$/.exec(text) ?? []
  return Number.isNaN(Date.parse(createdAt)) ? undefined : { createdAt, id }
}

const requestStatuses = ['draft', 'active', 'revoked', 'entered-in-error']

function readLine({ part = [] }: ParametersParameter, index: number): Line | string {
  const find = (name: string) => part.find((each) => each.name === name)
  const status = find('status')?.valueCode ?? ''
  if (!isTaskStatus(status) && !requestStatuses.includes(status))
    return 'Give the status that you have, as a code of Task.status or ServiceRequest.status.'
  const businessStatus = find('business-status')?.valueCode
  const { system, value } = find('identifier')?.valueIdentifier ?? {}
  const relative = relativeReference(find('reference')?.valueReference?.reference ?? '')
  const isOurs = relative?.type === 'ServiceRequest' || relative?.type === 'Task'
  if (isOurs) return { index, id: relative.id, status, businessStatus }
  if (system === resourceIdentifierSystem && value)
    return { index, id: value, status, businessStatus }
  if (system && value) return { index, identifier: `${system}|${value}`, status, businessStatus }
  return 'Name the referral by an identifier with system and value, or by a reference to its ServiceRequest or Task here.'
}

/** Compares the list with what the caller has here. */
export async function compareLists(
  store: ListStore,
  asked: Asked,
  caller: Caller,
): Promise<Comparison> {
  const { lines, from, until, after } = asked
  const ours = await store.listed(caller, {
    identifiers: lines.flatMap(({ identifier }) => identifier ?? []),
    ids: lines.flatMap(({ id }) => id ?? []),
  })
  const byName = new Map(
    ours.flatMap((each) =>
      [each.id, each.taskId, ...each.identifiers].map((name) => [name, each] as const),
    ),
  )
  const compared = lines.map((line) => {
    const found = byName.get(line.identifier ?? line.id ?? '')
    return { line, found, verdict: compare(found, line, caller.role) }
  })
  const unlisted = await store.unlisted(caller, {
    except: ours.map(({ id }) => id),
    from,
    until,
    after,
    limit: pageSize,
  })
  const page = unlisted.slice(0, pageSize)
  const last = unlisted.length > pageSize ? page.at(-1) : undefined
  // A later page of what was not listed tells of the list no more.
  const listed = after ? [] : compared
  return {
    answer: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'equal', valueInteger: listed.filter(({ verdict }) => !verdict).length },
        ...listed.flatMap(({ line, found, verdict }) =>
          verdict ? difference(verdict, found, line) : [],
        ),
        ...page.map((each) => difference(notListed(each), each, undefined)),
        ...(last ? [{ name: 'next', valueString: `${last.createdAt}_${last.id}` }] : []),
      ],
    },
    shown: [...listed.flatMap(({ found }) => found ?? []), ...page],
  }
}

interface Verdict {
  readonly kind: 'unknown' | 'closed-here' | 'behind' | 'ahead' | 'not-listed'
  readonly action: string
}

/** @returns undefined when both say the same */
export function compare(
  ours: Pick<Compared, 'id' | 'taskId' | 'status' | 'businessStatus'> | undefined,
  { status, businessStatus }: Pick<Line, 'status' | 'businessStatus'>,
  role: Caller['role'],
): Verdict | undefined {
  if (!ours) return unknownHere[role]
  const saysSame =
    meansSame(status, ours) && (businessStatus ?? ours.businessStatus) === ours.businessStatus
  if (saysSame) return undefined
  const read = `Read Task/${ours.taskId} and take over what it says.`
  if (isClosed(ours.status))
    return { kind: 'closed-here', action: `It is closed here, as ${ours.status}. ${read}` }
  const isOver = isTaskStatus(status) ? isClosed(status) : status !== 'active' && status !== 'draft'
  if (role === 'referrer')
    return isOver
      ? {
          kind: 'ahead',
          action: `It is open here. If it is over for you, revoke ServiceRequest/${ours.id}; else ${lower(read)}`,
        }
      : { kind: 'behind', action: read }
  const isBehind = !isTaskStatus(status) || mayHaveMoved(status, ours.status)
  return isBehind && !isOver
    ? { kind: 'behind', action: read }
    : {
        kind: 'ahead',
        action: `Say so here: move Task/${ours.taskId}, in your EHR or by PUT.`,
      }
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

const unknownHere: Readonly<Record<Caller['role'], Verdict>> = {
  referrer: {
    kind: 'unknown',
    action: 'It never came, or not under this name: send it, or again with the same identifier.',
  },
  clinic: {
    kind: 'unknown',
    action: 'It did not come through this service, or not to you: nothing here follows it.',
  },
}

/** A ServiceRequest is active as long as its Task is open; one that was revoked may still be with the clinic. */
function meansSame(
  theirs: string,
  {
    status,
    businessStatus,
  }: { readonly status: TaskStatus; readonly businessStatus: BusinessStatus },
): boolean {
  if (theirs === 'active') return !isClosed(status) && businessStatus !== 'cancellation-requested'
  if (theirs === 'revoked')
    return status === 'cancelled' || businessStatus === 'cancellation-requested'
  return theirs === status
}

const notListed = ({ taskId }: Compared): Verdict => ({
  kind: 'not-listed',
  action: `It is open here and not on your list: read Task/${taskId}.`,
})

function difference(
  { kind, action }: Verdict,
  ours: Compared | undefined,
  line: Line | undefined,
): ParametersParameter {
  const identifier = ours?.identifiers[0]
  const bar = identifier?.indexOf('|') ?? -1
  return {
    name: 'difference',
    part: [
      { name: 'kind', valueCode: kind },
      ...(line ? [{ name: 'index', valueInteger: line.index }] : []),
      ...(ours
        ? [
            { name: 'request', valueReference: { reference: `ServiceRequest/${ours.id}` } },
            { name: 'task', valueReference: { reference: `Task/${ours.taskId}` } },
            ...(identifier
              ? [
                  {
                    name: 'identifier',
                    valueIdentifier: {
                      system: identifier.slice(0, bar),
                      value: identifier.slice(bar + 1),
                    },
                  },
                ]
              : []),
            { name: 'status', valueCode: ours.status },
            { name: 'business-status', valueCode: ours.businessStatus },
            { name: 'since', valueInstant: ours.updatedAt },
          ]
        : []),
      { name: 'action', valueString: action },
    ],
  }
}
