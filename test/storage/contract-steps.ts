import type { Test } from 'tap'
import type { NextStep } from '../../src/domain/referral/next-step.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import type { Engine } from './contract.ts'

const at = (day: string) => `2026-03-${day}T10:00:00.000Z`

const step: NextStep = {
  name: 'delivery',
  actor: 'referloop',
  of: 'sending',
  since: at('02'),
  due: at('05'),
  notices: [at('05'), at('12')],
}
const triage: NextStep = {
  ...step,
  name: 'triage',
  actor: 'clinic',
  of: 'awaiting-triage',
  due: at('08'),
  notices: [],
}
const received = { status: 'received', businessStatus: 'awaiting-triage' } as const

export async function stepContract(t: Test, { openFresh }: Engine): Promise<void> {
  await t.test('finds of what it is to be said that it is overdue', async (t) => {
    const { referrals, steps } = await openFresh(t)
    const waits = aReferral({ step })
    const other = aReferral({ ...received, step: triage })
    for (const referral of [waits, other]) await referrals.commit(aSubmission(referral))
    t.same((await referrals.find(waits.id))?.step, step, 'it is kept as it was given')
    const due = (day: string) => steps.due(at(day), 10)
    t.same(await due('04'), [])
    t.same(await due('05'), [waits.id], 'to the instant')
    const told = aNextState(waits, { step: { ...step, notices: [at('12')] } })
    await referrals.commit(told)
    t.same(await due('11'), [], 'what was said is not said again')
    t.same(await due('12'), [waits.id])
    const closed = { status: 'cancelled', businessStatus: 'cancelled', step: undefined } as const
    await referrals.commit(aNextState(told.referral, closed))
    t.same(await due('31'), [], 'nor of what is closed')
  })

  await t.test('finds what an earlier version left without its step', async (t) => {
    const { referrals, steps } = await openFresh(t)
    const without = aReferral()
    const outdated = aReferral({ ...received, step })
    const cancelled = aReferral({ status: 'cancelled', businessStatus: 'cancelled' })
    for (const referral of [without, outdated, cancelled])
      await referrals.commit(aSubmission(referral))
    t.same((await steps.due(at('01'), 10)).toSorted(), [without.id, outdated.id].sort())
    t.equal((await steps.due(at('01'), 1)).length, 1, 'as many as are asked for')
  })

  await t.test('counts who waits for whom, and since when in vain', async (t) => {
    const { referrals, steps } = await openFresh(t)
    const elsewhere = { ...received, clinicId: 'summit-pain-center', step: triage }
    for (const facts of [{ step }, { step }, { ...received, step: triage }, elsewhere])
      await referrals.commit(aSubmission(aReferral(facts)))
    await referrals.commit(aSubmission(aReferral({ status: 'failed', businessStatus: 'failed' })))
    const counts = async (now: string) =>
      (await steps.counts(now)).toSorted((a, b) =>
        `${a.clinicId} ${a.actor}` < `${b.clinicId} ${b.actor}` ? -1 : 1,
      )
    const river = { clinicId: 'river-pain-clinic' }
    t.same(await counts(at('05')), [
      { ...river, actor: 'clinic', open: 1, overdue: 0, oldestSeconds: 0 },
      { ...river, actor: 'referloop', open: 2, overdue: 0, oldestSeconds: 0 },
      { clinicId: 'summit-pain-center', actor: 'clinic', open: 1, overdue: 0, oldestSeconds: 0 },
    ])
    const day = 86_400
    t.same(
      (await counts(at('09'))).map(({ overdue, oldestSeconds }) => [overdue, oldestSeconds]),
      [
        [1, day],
        [2, 4 * day],
        [1, day],
      ],
    )
  })
}
