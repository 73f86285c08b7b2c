/** What somebody typed and has not sent: kept for its author, sent once, and never lost on the way. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { type Draft, mostDrafts } from '../../src/domain/referral/draft.ts'
import { type Engine, river, summit } from './contract.ts'

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 2, 10, minute)).toISOString()

const nora = 'https://ehr.example|nora'

const aDraft = (facts: Partial<Draft> = {}): Draft => ({
  referralId: randomUUID(),
  personId: nora,
  act: 'decline',
  clinicId: river.organization,
  sealed: 'sealed',
  version: 1,
  savedAt: at(0),
  expiresAt: at(30),
  ...facts,
})

export async function draftContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const { drafts, presence } = storage

  await t.test('is its author’s alone, in its last state, until it is dropped', async (t) => {
    const draft = aDraft()
    t.ok(await drafts.keep(draft))
    t.ok(await drafts.keep({ ...draft, sealed: 'more', savedAt: at(1), version: 2 }))
    const mine = await drafts.ofReferral(river, nora, draft.referralId)
    t.match(mine, [{ sealed: 'more', savedAt: at(1), version: 2, sendAt: undefined }])
    t.equal(mine.length, 1)
    t.match(await drafts.ofPerson(river, nora), [{ referralId: draft.referralId }])
    t.same(await drafts.ofPerson(river, 'somebody else'), [])
    t.same(await drafts.ofReferral(summit, nora, draft.referralId), [])
    t.notOk(await drafts.keep({ ...draft, clinicId: summit.organization }), 'nor overwritten')
    await drafts.drop(draft)
    t.same(await drafts.ofPerson(river, nora), [])
  })

  await t.test('a held one is taken back, or sent by one alone', async (t) => {
    const draft = aDraft({ sendAt: at(5) })
    await drafts.keep(draft)
    t.same(await drafts.held(river), [draft.referralId])
    t.same(await drafts.held(summit), [])
    t.notOk(await drafts.keep(aDraft({ ...draft, sealed: 'other' })), 'it is not typed over')
    t.same(await drafts.takeDue(at(4), at(6)), [], 'not before its time')
    t.ok(await drafts.takeBack(draft))
    t.notOk(await drafts.takeBack(draft), 'once')
    t.same(await drafts.takeDue(at(9), at(10)), [])
    t.ok(await drafts.keep(draft), 'held once more')
    const takers = await Promise.all([
      drafts.takeDue(at(5), at(6)),
      drafts.takeDue(at(5), at(6)),
      drafts.takeDue(at(5), at(6)),
    ])
    t.match(takers.flat(), [{ referralId: draft.referralId, act: 'decline', sealed: 'sealed' }])
    t.equal(takers.flat().length, 1)
    t.notOk(await drafts.takeBack(draft), 'too late')
    t.equal((await drafts.takeDue(at(7), at(8))).length, 1, 'who took it was not heard of')
    await drafts.refuse(draft, 'version-conflict')
    const [kept] = await drafts.ofPerson(river, nora)
    t.match(kept, { refused: 'version-conflict', sendAt: undefined, sealed: 'sealed' })
    t.same(await drafts.held(river), [])
    t.same(await drafts.takeDue(at(59), at(59)), [])
    await drafts.drop(draft)
  })

  await t.test('goes when its time is over, and not while it is held', async (t) => {
    const old = aDraft({ expiresAt: at(1) })
    const held = aDraft({ expiresAt: at(1), sendAt: at(3) })
    for (const draft of [old, held]) await drafts.keep(draft)
    await drafts.keep(aDraft({ savedAt: at(2), personId: 'sam' }))
    t.same(
      (await drafts.ofPerson(river, nora)).map(({ referralId }) => referralId),
      [held.referralId],
    )
    await drafts.drop(held)
    t.same(await drafts.held(river), [held.referralId], 'what is held is not dropped')
    await drafts.takeBack(held)
    await drafts.drop(held)
    t.same(await drafts.ofPerson(river, nora), [])
  })

  await t.test('one more than there is room for is not kept, and says so', async (t) => {
    const all = Array.from({ length: mostDrafts }, () => aDraft({ personId: 'busy' }))
    t.ok((await Promise.all(all.map(drafts.keep))).every(Boolean))
    t.notOk(await drafts.keep(aDraft({ personId: 'busy' })))
    t.ok(await drafts.keep({ ...(all[0] as Draft), sealed: 'more' }), 'those that are there go on')
    t.ok(await drafts.keep(aDraft({ personId: 'another' })))
  })

  await t.test('who is there is known to the colleagues, for a while', async (t) => {
    const id = randomUUID()
    const person = { id: nora, name: 'Nora Lind, RN' }
    await presence.note(river, id, { person, doing: 'looking' }, at(0))
    await presence.note(river, id, { person, doing: 'writing' }, at(1))
    t.same(await presence.others(river, id, 'sam', at(0)), [{ person, doing: 'writing' }])
    t.same(await presence.others(river, id, nora, at(0)), [], 'not to herself')
    t.same(await presence.others(summit, id, 'sam', at(0)), [], 'not to another clinic')
    t.same(await presence.others(river, id, 'sam', at(1)), [], 'not for ever')
    t.same(await presence.others(river, randomUUID(), 'sam', at(0)), [])
  })
}
