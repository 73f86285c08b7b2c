import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import type { Engine } from './contract.ts'

export async function bookkeepingContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const { referrals } = storage

  await t.test('finds referrals by the Tasks of the clinic’s EHR', async (t) => {
    const ehrTask = `Task/${randomUUID()}`
    const referral = aReferral()
    const delivery = { state: 'delivered', ehrTask } as const
    await referrals.commit(aSubmission(referral))
    await referrals.commit(aNextState(referral, { status: 'received', delivery }))
    const find = (clinic: string) => referrals.findByEhrTask(clinic, ['Task/none', ehrTask])
    t.match(await find('river-pain-clinic'), [{ id: referral.id }])
    t.same(await find('summit-pain-center'), [])
  })

  await t.test('records each version of the clinic’s Task once', async (t) => {
    const referral = aReferral()
    const report = {
      ehrVersion: '7',
      from: 'requested',
      to: 'completed',
      verdict: 'illegal',
    } as const
    await referrals.commit(aSubmission(referral))
    const once = aNextState(referral, {}, { reports: [{ ...report, reason: 'not\u0000so' }] })
    t.equal(await referrals.commit(once), 'committed')
    const twice = aNextState(once.referral, {}, { reports: [report] })
    t.equal(await referrals.commit(twice), 'committed')
  })

  await t.test('remembers how far each clinic was polled', async (t) => {
    const clinic = randomUUID()
    t.equal(await storage.polls.watermark(clinic), undefined)
    await storage.polls.advance(clinic, '2026-03-02T10:00:00Z')
    await storage.polls.advance(clinic, '2026-03-02T10:05:00Z')
    t.equal(await storage.polls.watermark(clinic), '2026-03-02T10:05:00Z')
  })

  await t.test('lets an assertion be spent once', async (t) => {
    const soon = new Date(Date.now() + 60_000)
    const spent = await Promise.all(
      Array.from({ length: 20 }, () => storage.assertions.spend('client', 'jti', soon)),
    )
    t.equal(spent.filter(Boolean).length, 1)
    t.equal(await storage.assertions.spend('other', 'jti', soon), true)
  })

  await t.test('takes audit of what changed nothing', async () => {
    await referrals.record([])
    await referrals.record([
      {
        action: 'read',
        kind: 'R',
        outcome: 'success',
        agent: 'a\u0000',
        recorded: '2026-03-02T10:00:00Z',
      },
    ])
  })
}
