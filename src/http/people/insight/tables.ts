/** The tables of the page: one source for what is plotted, read as a table, and saved as a file. */

import {
  declinesOf,
  endNames,
  endsOf,
  groupedStates,
  isSmall,
  packetsOf,
} from '../../../domain/insight/figures.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'
import { daysIn, spanOf } from './amounts.ts'
import { type Cell, count, nothing, type Row, shareCell, spanCell, type Table } from './cells.ts'
import type { InsightModel } from './model.ts'
import { summaryTable } from './summary-table.ts'

export const tableCodes = [
  'summary',
  'steps',
  'packets',
  'days',
  'states',
  'way',
  'ends',
  'reasons',
  'partners',
] as const
export type TableCode = (typeof tableCodes)[number]

export const tableOf = (view: View, model: InsightModel, code: TableCode): Table =>
  tables[code](view, model)

type MakeTable = (view: View, model: InsightModel) => Table

const tables: Readonly<Record<TableCode, MakeTable>> = {
  summary: summaryTable,
  steps: stepTable,
  packets: packetTable,
  days: dayTable,
  states: stateTable,
  way: wayTable,
  ends: endTable,
  reasons: reasonTable,
  partners: partnerTable,
}

const most = (values: readonly number[]): number => Math.max(...values, 1)

function stepTable(view: View, { period, tally }: InsightModel): Table {
  const { say } = view
  const hasUnknown = tally.total.unknown > 0
  return {
    title: say('insight.steps'),
    columns: [
      say('insight.steps.begins'),
      say('insight.submitted'),
      say('insight.steps.complete'),
      say('insight.steps.incomplete'),
      ...(hasUnknown ? [say('insight.unknown')] : []),
      `${say('insight.steps.complete')}, ${say('insight.share')}`,
    ],
    rows: period.steps.map(({ first, isPart }, n) => {
      const { submitted = 0, unknown = 0, incomplete = 0 } = tally.steps[n] ?? {}
      const complete = submitted - unknown - incomplete
      return {
        head: `${dateWords(first, view)}${isPart ? ` (${say('insight.steps.part')})` : ''}`,
        cells: [
          count(view, submitted),
          count(view, complete),
          count(view, incomplete),
          ...(hasUnknown ? [count(view, unknown)] : []),
          shareCell(view, { part: complete, whole: submitted - unknown }),
        ],
      }
    }),
  }
}

/** Names, counts and what each is of the whole, with a bar. */
function countRows(
  view: View,
  named: readonly (readonly [head: string, value: number])[],
  whole: number,
): readonly Row[] {
  const longest = most(named.map(([, value]) => value))
  return named.map(([head, value]) => ({
    head,
    ratio: value / longest,
    cells: [count(view, value), shareCell(view, { part: value, whole })],
  }))
}

function packetTable(view: View, { tally: { total } }: InsightModel): Table {
  const { say } = view
  const parts = ['salvaged', 'sentBack', 'waiting', 'ended'] as const
  return {
    title: say('insight.packets'),
    columns: [say('insight.outcome'), say('insight.referrals'), say('insight.share')],
    rows: countRows(
      view,
      parts.map((name) => [say(`insight.packets.${name}`), total[name]]),
      total.incomplete,
    ),
  }
}

function dayTable(view: View, { tally }: InsightModel): Table {
  const { say } = view
  const last = tally.days.length - 1
  const whole = tally.total.completed
  return {
    title: say('insight.days'),
    columns: [say('insight.days'), say('insight.referrals'), say('insight.share')],
    rows: tally.days.map((value, n) => ({
      head: n === last ? say('insight.days.later', last) : say('insight.days.within', n + 1),
      cells: [count(view, value), shareCell(view, { part: value, whole })],
    })),
  }
}

function stateTable(view: View, { tally }: InsightModel): Table {
  const { say } = view
  const groups = groupedStates(tally.states)
  const whole = groups.reduce((sum, { ms }) => sum + ms, 0)
  const time = (ms: number): readonly Cell[] => [
    { words: spanOf(ms, view), value: daysIn(ms) },
    { ...shareCell(view, { part: ms, whole }), isSmall: false },
  ]
  return {
    title: say('insight.states'),
    columns: [
      say('insight.states.what'),
      say('insight.states.time'),
      say('insight.share'),
      say('insight.states.stays'),
      say('insight.states.median'),
      say('insight.states.p90'),
    ],
    rows: groups.flatMap(({ group, ms, states }): Row[] => {
      const rowOf = (state: (typeof states)[number]): readonly Cell[] => [
        count(view, state.stays),
        spanCell(view, state.p50, isSmall({ whole: state.stays })),
        spanCell(view, state.p90, isSmall({ whole: state.stays })),
      ]
      const head = say(`insight.group.${group}`)
      const [only] = states
      if (only && states.length === 1)
        return [{ head, kind: group, cells: [...time(ms), ...rowOf(only)] }]
      return [
        { head, kind: group, cells: [...time(ms), nothing, nothing, nothing] },
        ...states.map((state) => ({
          head: sayCode(view, 'status', state.status),
          isPart: true,
          cells: [...time(state.ms), ...rowOf(state)],
        })),
      ]
    }),
  }
}

function wayTable(view: View, { role, tally: { total } }: InsightModel): Table {
  const { say } = view
  const stages = ['submitted', 'arrived', 'accepted', 'scheduled', 'seen', 'closed'] as const
  // What a clinic has has arrived.
  const shown = stages.filter((stage) => role === 'referrer' || stage !== 'submitted')
  return {
    title: say('insight.way'),
    columns: [say('insight.stage'), say('insight.referrals'), say('insight.share')],
    rows: countRows(
      view,
      shown.map((stage) => [say(`insight.way.${stage}`), total[stage]]),
      total.submitted,
    ),
  }
}

function endTable(view: View, { tally }: InsightModel): Table {
  const { say } = view
  const ends = endsOf(tally.ends)
  const whole = endNames.reduce((sum, name) => sum + ends[name], 0)
  return {
    title: say('insight.ends'),
    columns: [say('insight.end'), say('insight.referrals'), say('insight.share')],
    rows: countRows(
      view,
      endNames.map((name) => [say(`insight.end.${name}`), ends[name]] as const),
      whole,
    ),
  }
}

function reasonTable(view: View, { tally }: InsightModel): Table {
  const { say } = view
  const declines = declinesOf(tally.ends)
  return {
    title: say('insight.reasons'),
    columns: [say('insight.reason'), say('insight.referrals'), say('insight.share')],
    rows: countRows(
      view,
      declines.map(({ reason, count: value }) => [reasonWords(view, reason), value]),
      declines.reduce((sum, each) => sum + each.count, 0),
    ),
  }
}

/** A clinic's EHR may send codes that there are no words for. */
const reasonWords = (view: View, reason: string | undefined): string =>
  reason === undefined
    ? view.say('insight.reason.none')
    : sayCodeOf(view, 'referral.reason', reason)

function partnerTable(view: View, { role, tally, nameOf }: InsightModel): Table {
  const { say } = view
  const longest = most(tally.partners.map(({ submitted }) => submitted))
  return {
    title: say(`insight.partners.${role}`),
    columns: [
      say(`insight.partnerName.${role}`),
      say('insight.submitted'),
      say('insight.incomplete'),
      say('insight.salvaged'),
      say('insight.partners.took'),
      say('insight.declined'),
      say('insight.partners.closed'),
    ],
    rows: tally.partners.map((each) => {
      const { incomplete, salvaged } = packetsOf(each)
      return {
        head: nameOf(each.partner),
        ratio: each.submitted / longest,
        cells: [
          count(view, each.submitted),
          shareCell(view, incomplete),
          shareCell(view, salvaged),
          spanCell(view, each.clock?.p50, isSmall({ whole: each.completed })),
          count(view, each.declined),
          count(view, each.closed),
        ],
      }
    }),
  }
}
