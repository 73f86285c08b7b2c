/**
 * Whole histories in virtual time, judged. A seed that fails prints itself:
 * `npm run test:histories -- --kills 0 --histories 1 --seed N` shows it again.
 */

import t from 'tap'
import { judge } from './judge.ts'
import { runHistories, tooLittle } from './run-histories.ts'
import { simulate } from './simulation/simulate.ts'

t.setTimeout(900_000)

/** Seeds whose histories once broke a promise, and which. */
const found: Readonly<Record<number, string>> = {
  8: 'INV-4: sent again while the search index of the EHR was behind',
  185: 'INV-4: sent again while the EHR was still at work on a request that was reset',
  2075: 'INV-4: sent again after the database lost the record of the first delivery',
  2461: 'INV-4: the same, and cancelled at one of the two',
  48: 'INV-4: a doctor whom the EHR held twice kept a changed order from the clinic',
  206: 'INV-4: the same, and declined by the clinic',
  19: 'INV-5: taken back while its answer was lost, and completed by the clinic all the same',
  159: 'INV-5: the same, declined by the clinic',
  257: 'INV-5: the same, failed at the clinic',
  607804: 'INV-5: cancelled in its EHR, and written on there between two looks',
  778196: 'INV-5: the same, after our own cancellation was told',
}

t.test('a seed gives one history, word for word', async (t) => {
  const [one, other] = [await simulate(7), await simulate(7)]
  t.equal(JSON.stringify(one) === JSON.stringify(other), true)
  t.not(JSON.stringify(await simulate(8)), JSON.stringify(one))
})

for (const [seed, promise] of Object.entries(found))
  t.test(`seed ${seed} keeps ${promise}`, async (t) => {
    t.same(judge(await simulate(Number(seed))), [])
  })

const runs = 150

t.test(`${runs} histories of lost answers, kills and bad EHRs keep every promise`, async (t) => {
  const first = Date.now() % 1_000_000
  t.comment(`seeds ${first} to ${first + runs - 1}`)
  const result = await runHistories(first, runs)
  t.comment(JSON.stringify(result.tally))
  t.same(result.breaches, [])
  t.same(tooLittle(result), [], 'enough came in, and enough went wrong')
})

t.test('histories in which too little goes wrong say nothing, and are told', async (t) => {
  const result = await runHistories(7, 20)
  const half = Object.fromEntries(
    Object.entries(result.tally).map(([name, count]) => [name, Math.floor((count * 150) / 20 / 2)]),
  ) as typeof result.tally
  const told = tooLittle({ ...result, histories: 150, tally: half })
  for (const name of ['referrals', 'lives', 'lostAnswers', 'waitsAskedFor', 'failures'])
    t.ok(
      told.some((sentence) => sentence.startsWith(`${name}: `)),
      name,
    )
})
