import type { Test } from 'tap'
import type { DeadLetter } from '../../src/domain/referral/dead-letter.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, until } from './contract.ts'

const at = (minute: string) => `2026-03-02T10:${minute}:00.000Z`

const deadLetter: DeadLetter = {
  cause: 'refused',
  phase: 'refused',
  status: 422,
  since: at('05'),
  attempts: 3,
}
const failed = {
  businessStatus: 'delivery-failed',
  updatedAt: at('05'),
  delivery: { state: 'failed', deadLetter },
} as const

export async function undeliveredContract(t: Test, { openFresh }: Engine): Promise<void> {
  await t.test('finds what was given up, until it is on its way again', async (t) => {
    const { referrals, undelivered: store } = await openFresh(t)
    const refused = aReferral()
    const elsewhere = aReferral({ clinicId: 'summit-pain-center' })
    const changeRefused = aReferral()
    for (const referral of [refused, elsewhere, changeRefused, aReferral()])
      await referrals.commit(aSubmission(referral))
    const idsOf = async (wanted: Parameters<typeof store.givenUp>[0]) =>
      (await store.givenUp(wanted)).map(({ referral }) => referral.id).sort()
    t.same(await idsOf({}), [])
    const next = aNextState(refused, failed)
    await referrals.commit(next)
    await referrals.commit(aNextState(elsewhere, failed))
    await referrals.commit(
      aNextState(changeRefused, {
        status: 'received',
        businessStatus: 'awaiting-triage',
        delivery: { state: 'delivered', deadLetter },
      }),
    )
    t.same(await idsOf({}), [refused.id, elsewhere.id, changeRefused.id].sort())
    t.same(await idsOf({ clinicId: 'summit-pain-center' }), [elsewhere.id])
    t.same(await idsOf({ referralId: refused.id }), [refused.id])
    t.same(await idsOf({ referralId: 'nobody\0' }), [])
    t.match(await store.givenUp({ referralId: refused.id }), [
      { referral: { delivery: failed.delivery }, jobFailed: false },
    ])
    const count = async () => [...(await store.countGivenUp())].sort()
    t.same(await count(), [
      ['river-pain-clinic', 2],
      ['summit-pain-center', 1],
    ])
    const again = { businessStatus: 'sending', delivery: { state: 'queued' } } as const
    await referrals.commit(aNextState(next.referral, again))
    t.same(await idsOf({ clinicId: 'river-pain-clinic' }), [changeRefused.id])
    t.same(await count(), [
      ['river-pain-clinic', 1],
      ['summit-pain-center', 1],
    ])
  })

  await t.test('takes a referral whose job is tried again for none of them', async (t) => {
    const { referrals, jobs, undelivered: store } = await openFresh(t)
    const referral = aReferral()
    await referrals.commit(
      aSubmission(referral, { jobs: [{ queue: 'deliver', referralId: referral.id }] }),
    )
    t.same(await store.givenUp({}), [], 'not while it waits')
    let attempts = 0
    await jobs.work('deliver', async () => {
      attempts++
      throw new Error('a bug')
    })
    await until(() => attempts > 0)
    t.same(await store.givenUp({}), [], 'nor while it is tried again')
  })

  await t.test(
    'counts an urgent one from when it set out, and gives it to one alone',
    async (t) => {
      const { referrals, undelivered: store } = await openFresh(t)
      const urgent = aReferral({ priority: 'urgent' })
      const waits = aReferral({ priority: 'stat', businessStatus: 'awaiting-information' })
      for (const referral of [urgent, waits, aReferral()])
        await referrals.commit(aSubmission(referral))
      const tried = aNextState(urgent, { updatedAt: at('09') })
      await referrals.commit(tried)
      t.same([...(await store.countUrgent('2026-03-02T09:59:59.999Z'))], [])
      t.same(
        [...(await store.countUrgent(at('00')))],
        [['river-pain-clinic', 1]],
        'what was tried since does not make it younger',
      )
      const [one, other] = await Promise.all([
        store.takeUrgent(at('00'), at('14')),
        store.takeUrgent(at('00'), at('14')),
      ])
      t.same(
        [...one, ...other],
        [
          {
            referralId: urgent.id,
            clinicId: 'river-pain-clinic',
            priority: 'urgent',
            businessStatus: 'sending',
            since: at('00'),
          },
        ],
      )
      const failing = aNextState(tried.referral, { ...failed, updatedAt: at('20') })
      await referrals.commit(failing)
      t.same(await store.takeUrgent(at('30'), at('31')), [], 'not a second time')
      t.equal((await store.countUrgent(at('30'))).get('river-pain-clinic'), 1)

      const sent = aNextState(failing.referral, {
        status: 'received',
        businessStatus: 'awaiting-triage',
      })
      await referrals.commit(sent)
      t.same([...(await store.countUrgent(at('59')))], [], 'what arrived is past')

      const supplied = aNextState(waits, { businessStatus: 'sending', updatedAt: at('40') })
      await referrals.commit(supplied)
      t.same([...(await store.countUrgent(at('39')))], [], 'the referrer’s time does not count')
      await referrals.commit(aNextState(supplied.referral, { ...failed, updatedAt: at('41') }))
      t.match(
        await store.takeUrgent(at('20'), at('42')),
        [{ referralId: waits.id, businessStatus: 'delivery-failed' }],
        'what was given up need not wait',
      )
    },
  )
}
