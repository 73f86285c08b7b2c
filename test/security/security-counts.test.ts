import t from 'tap'
import { type CountName, floors, judgeCounts } from '../../scripts/security-counts.ts'

const whole = (more: Partial<Record<CountName | 'other', number>> = {}) =>
  new Map<string, number>(Object.entries({ ...floors, ...more }))

t.test('a run in which every suite has counted enough passes, and shows each count', async (t) => {
  const { table, faults } = judgeCounts(whole())
  t.same(faults, [])
  for (const [name, floor] of Object.entries(floors))
    t.match(table, new RegExp(`${name} +${floor}`))
})

t.test('a suite that has not run, or has counted too little, fails it', async (t) => {
  for (const [name, floor] of Object.entries(floors) as [CountName, number][]) {
    const without = whole()
    without.delete(name)
    t.match(judgeCounts(without).faults, [`${name}: no suite has counted it`])
    if (floor > 0) t.equal(judgeCounts(whole({ [name]: floor - 1 })).faults.length, 1, name)
  }
})

t.test(
  'one canary that was found fails it, and so does a count that nobody asks for',
  async (t) => {
    t.match(judgeCounts(whole({ 'canaries found': 1 })).faults, [/exactly 0/])
    t.match(judgeCounts(whole({ other: 1 })).faults, [/other/])
  },
)
