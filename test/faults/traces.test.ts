/** How long an owner held a job, from what its process wrote down. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { traceOf } from './traces.ts'

const taken = (pid: number, at: number) => ({ at, pid, taken: 'job-1', key: 'referral-1' })
const beat = (pid: number, at: number) => ({ at, pid, beat: 'job-1' })

async function untilOf(t: Test, lines: readonly object[], ends: ReadonlyMap<number, number>) {
  const file = join(t.testdir(), 'trace')
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
  const { leases } = await traceOf(file, ends)
  return leases.map(({ until }) => until)
}

t.test(
  'INV-6 a lease ends with its owner, with the job, or for want of a sign of life',
  async (t) => {
    t.same(
      await untilOf(t, [taken(1, 0), { at: 500, pid: 1, given: 'job-1' }], new Map()),
      [500],
      'settled',
    )
    t.same(await untilOf(t, [taken(1, 0), taken(2, 900)], new Map([[1, 700]])), [700, Infinity])
    t.same(
      await untilOf(t, [taken(1, 0), beat(1, 4_000), taken(2, 14_100)], new Map([[1, 20_000]])),
      [14_100, Infinity],
      'ten seconds without a sign',
    )
    t.same(
      await untilOf(t, [taken(1, 0), beat(1, 8_000), taken(2, 14_100)], new Map([[1, 20_000]])),
      [20_000, Infinity],
      'taken from an owner that was alive: two at a time',
    )
  },
)
