/** Records of one treatment, joined. */

import t from 'tap'
import { joinTrials, lengthOf, type Taken } from '../../../src/domain/screening/trials.ts'

const record = (start: number | undefined, end: number | undefined): Taken => ({
  reference: `${start}-${end}`,
  start,
  end,
  outcome: undefined,
})
const joined = (gap: number, ...records: readonly Taken[]) =>
  joinTrials(records, gap).map(({ records, start, end, days, isLengthKnown }) => ({
    records: records.map(({ reference }) => reference),
    start,
    end,
    days,
    isLengthKnown,
  }))

t.test('refills within the gap are one trial, in the order of their starts', async (t) => {
  t.same(joined(30, record(60, 90), record(0, 30)), [
    { records: ['0-30', '60-90'], start: 0, end: 90, days: 90, isLengthKnown: true },
  ])
  t.same(
    joined(29, record(60, 90), record(0, 30)).map(({ days }) => days),
    [30, 30],
  )
})

t.test('a long record covers what comes after a short one inside it', async (t) => {
  t.same(joined(10, record(0, 100), record(20, 30), record(105, 120)), [
    { records: ['0-100', '20-30', '105-120'], start: 0, end: 120, days: 120, isLengthKnown: true },
  ])
  t.same(
    joined(10, record(0, 100), record(20, 30)).map(({ end }) => end),
    [100],
  )
})

t.test('a record without an end reaches to its start, and may have gone on', async (t) => {
  t.same(joined(30, record(0, undefined), record(31, 40)), [
    { records: ['0-undefined'], start: 0, end: 0, days: 0, isLengthKnown: false },
    { records: ['31-40'], start: 31, end: 40, days: 9, isLengthKnown: true },
  ])
  t.same(joined(30, record(0, 10), record(20, undefined)), [
    { records: ['0-10', '20-undefined'], start: 0, end: 20, days: 20, isLengthKnown: false },
  ])
})

t.test('records without a start stand alone, before the others, and have no length', async (t) => {
  t.same(joined(30, record(0, 10), record(undefined, 5), record(undefined, undefined)), [
    { records: ['undefined-5'], start: undefined, end: 5, days: 0, isLengthKnown: false },
    {
      records: ['undefined-undefined'],
      start: undefined,
      end: undefined,
      days: 0,
      isLengthKnown: false,
    },
    { records: ['0-10'], start: 0, end: 10, days: 10, isLengthKnown: true },
  ])
})

t.test('a trial is long enough, too short, or of unknown length', async (t) => {
  const [whole, open] = joinTrials([record(0, 28), record(100, undefined)], 30)
  if (whole === undefined || open === undefined) throw new Error('two trials')
  t.equal(lengthOf(whole, 28), 'long-enough')
  t.equal(lengthOf(whole, 29), 'too-short')
  t.equal(lengthOf(open, 28), 'unknown')
})
