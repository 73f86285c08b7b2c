/** The numbers of the tiles, for a file. */

import { type Figures, isSmall } from '../../../domain/insight/figures.ts'
import type { View } from '../view.ts'
import { count, nothing, type Row, shareCell, spanCell, type Table, text } from './cells.ts'
import type { InsightModel } from './model.ts'

export function summaryTable(view: View, { figures, before }: InsightModel): Table {
  const { say } = view
  const shareRow = (name: 'incomplete' | 'salvaged' | 'closed' | 'declined' | 'noShows'): Row => ({
    head: say(`insight.${name}`),
    cells: [
      count(view, figures[name].part),
      count(view, figures[name].whole),
      shareCell(view, figures[name]),
      shareCell(view, before[name]),
      text(say('insight.share')),
    ],
  })
  const tookRow = (time: 'clock' | 'working', part: 'p25' | 'p50' | 'p75' | 'p90'): Row => {
    const cell = ({ took }: Figures) =>
      spanCell(view, took[time]?.[part], isSmall({ whole: took.of }))
    const unit = time === 'clock' ? 'insight.unit.hours' : 'insight.unit.workingHours'
    return {
      head: `${say('insight.took')}, ${part}`,
      cells: [count(view, figures.took.of), nothing, cell(figures), cell(before), text(say(unit))],
    }
  }
  return {
    title: say('insight.summary'),
    columns: (
      [
        'summary',
        'summary.part',
        'summary.whole',
        'summary.value',
        'summary.before',
        'summary.unit',
      ] as const
    ).map((name) => say(`insight.${name}`)),
    rows: [
      {
        head: say('insight.submitted'),
        cells: [
          count(view, figures.submitted),
          nothing,
          count(view, figures.submitted),
          count(view, before.submitted),
          text(say('insight.referrals')),
        ],
      },
      shareRow('incomplete'),
      shareRow('salvaged'),
      ...(['clock', 'working'] as const).flatMap((time) =>
        (['p25', 'p50', 'p75', 'p90'] as const).map((part) => tookRow(time, part)),
      ),
      shareRow('closed'),
      shareRow('declined'),
      shareRow('noShows'),
    ],
  }
}
