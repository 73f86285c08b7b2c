import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { InformationRequest } from '../../src/domain/referral/referral.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, hilltop, lakeside, river } from './contract.ts'

const information: InformationRequest = {
  taskId: 'asks',
  questionnaireId: 'form',
  due: '2026-03-16T10:00:00.000Z',
  reminders: ['2026-03-05T10:00:00.000Z', '2026-03-09T10:00:00.000Z'],
}

export async function informationContract(t: Test, { openFresh }: Engine): Promise<void> {
  await t.test('finds what is due, until nothing follows by itself', async (t) => {
    const storage = await openFresh(t)
    const { referrals, information: store } = storage
    const due = (day: string) => store.due(`2026-03-${day}T10:00:00.000Z`, 10)
    const asked = aReferral({ information })
    const later = aReferral({
      information: { ...information, reminders: ['2026-03-08T10:00:00.000Z'] },
    })
    for (const referral of [later, asked, aReferral()])
      await referrals.commit(aSubmission(referral))
    t.same((await referrals.find(asked.id))?.information, information, 'it is kept as it was given')
    t.same(await due('04'), [])
    t.same(await due('05'), [asked.id], 'to the instant')
    t.same(await due('10'), [asked.id, later.id], 'the earliest first')
    t.same(await store.due('2026-03-10T10:00:00.000Z', 1), [asked.id])

    const reminded = aNextState(asked, { information: { ...information, reminders: [] } })
    await referrals.commit(reminded)
    t.same(await due('15'), [later.id])
    t.same(await due('16'), [later.id, asked.id], 'then the deadline')
    t.same([...(await store.overdue())], [])
    const overdue = aNextState(reminded.referral, {
      information: { ...information, reminders: [], overdue: true },
    })
    await referrals.commit(overdue)
    t.same(await due('31'), [later.id])
    t.same([...(await store.overdue())], [['river-pain-clinic', 1]])
    await referrals.commit(aNextState(overdue.referral, { information: undefined }))
    t.same([...(await store.overdue())], [])
    t.notOk((await referrals.find(asked.id))?.information)
  })

  for (const firstWall of [true, false])
    await t.test(
      `what is asked is the referrer’s alone${firstWall ? '' : ', by the second wall too'}`,
      async (t) => {
        const { referrals, resources } = await openFresh(t, { firstWall })
        const id = randomUUID()
        const form = aResource('Questionnaire', id, 1, { sharedIdentifiers: [] })
        const referral = aReferral({ status: 'received', businessStatus: 'awaiting-information' })
        await referrals.commit(aSubmission(referral, { resources: [form] }))
        const next = aResource('Questionnaire', id, 2, { sharedIdentifiers: [] })
        const change = aNextState(referral, {}, { resources: [next] })
        t.equal(await referrals.commit(change), 'committed')
        t.ok(await resources.read(river, 'ServiceRequest', referral.id), 'the clinic has the rest')
        for (const viewer of [river, hilltop]) {
          t.equal(await resources.read(viewer, 'Questionnaire', id), undefined)
          t.equal(await resources.readVersion(viewer, 'Questionnaire', id, 1), undefined)
          t.same(await resources.history(viewer, 'Questionnaire', id, 9), [])
        }
        t.equal((await resources.history(lakeside, 'Questionnaire', id, 9)).length, 2)
        const belonging = await referrals.resources(change.referral)
        t.notOk(
          belonging.some(({ type }) => type === 'Questionnaire'),
          'it is no evidence',
        )
      },
    )
}
