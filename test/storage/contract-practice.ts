/** A practice's lists, one for each referral and in order, and what it has filled in. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { AnswerDraft } from '../../src/domain/referral/answer-draft.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  type TaskStatus,
} from '../../src/domain/referral/life.ts'
import {
  type ListedReferral,
  type PracticeQuery,
  practiceListOf,
  practiceLists,
} from '../../src/domain/referral/practice-list.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { aReferrer, type Engine, hilltop, lakeside, river } from './contract.ts'

const person = { id: 'https://ehr.example|kim', name: 'Dr Kim Example' }

export async function practiceContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const { practice, referrals } = storage

  await t.test('every referral of a practice is on one list, page by page', async (t) => {
    const viewer = aReferrer()
    const wanted = new Map<string, string>()
    for (const [status, all] of Object.entries(businessStatusesOf))
      for (const business of all as readonly BusinessStatus[]) {
        const standing = { status: status as TaskStatus, businessStatus: business }
        const referral = aReferral({ referrerId: viewer.organization, ...standing })
        await referrals.commit(aSubmission(referral))
        wanted.set(referral.id, practiceListOf(standing))
      }
    const walk = async (query: Omit<PracticeQuery, 'count'>) => {
      const found: ListedReferral[] = []
      for (let after: ListedReferral | undefined; ; after = found.at(-1)) {
        const rows = await practice.listed(viewer, { ...query, after, count: 3 })
        found.push(...rows.slice(0, 3))
        if (rows.length <= 3) return found
      }
    }
    const counts = await practice.countLists(viewer)
    for (const list of practiceLists) {
      const ids = (await walk({ list })).map(({ id }) => id)
      const here = [...wanted].filter(([, on]) => on === list).map(([id]) => id)
      t.same([...ids].sort(), here.sort(), list)
      t.equal(counts[list], here.length, `${list} is counted`)
      t.same(await walk({ list, clinic: 'of-nobody' }), [], 'narrowed to a clinic')
      const [only] = ids
      const one = { ...viewer, only: only as string }
      t.same(
        (await practice.withIds(one, ids)).map(({ id }) => id),
        [only],
      )
      t.same(
        (await practice.withIds(viewer, ids)).map(({ id }) => id),
        ids,
      )
      t.same(await practice.withIds(river, ids), [])
      t.same(
        (await practice.listed(one, { list, count: 9 })).map(({ id }) => id),
        [only],
        'and to one referral',
      )
    }
    t.same(await practice.listed(river, { list: 'answer', count: 9 }), [], 'a clinic has none')
  })

  await t.test('a draft is of its practice, and one version follows another', async (t) => {
    const draft: AnswerDraft = {
      referralId: randomUUID(),
      version: 1,
      content: '{"resourceType":"QuestionnaireResponse"}',
      savedAt: '2026-03-02T10:00:00.000Z',
      savedBy: person,
    }
    const save = (facts: Partial<AnswerDraft>, of = lakeside) =>
      practice.saveDraft({ ...draft, ...facts }, of.organization)
    t.ok(await save({}))
    t.notOk(await save({}), 'who comes second finds the first')
    t.ok(await save({ version: 2, content: '{}' }))
    t.notOk(await save({ version: 2 }))
    t.notOk(await save({ version: 3 }, hilltop), 'nor is it overwritten by another practice')
    const ids = [draft.referralId]
    t.same(await practice.drafts(lakeside, ids), [{ ...draft, version: 2, content: '{}' }])
    for (const viewer of [hilltop, river]) t.same(await practice.drafts(viewer, ids), [])
    t.notOk(await practice.dropDraft(draft.referralId, 1))
    t.ok(await practice.dropDraft(draft.referralId, 2))
    t.same(await practice.drafts(lakeside, ids), [])
  })
}
