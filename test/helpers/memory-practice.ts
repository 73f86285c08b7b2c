/** A practice's lists and drafts, in memory. */

import type { AnswerDraft } from '../../src/domain/referral/answer-draft.ts'
import { practiceListOf, practiceLists } from '../../src/domain/referral/practice-list.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { PeopleDeps } from '../../src/http/people/people.ts'

/** @param referrals all there are */
export function memoryPractice(
  referrals: () => readonly Referral[] = () => [],
): PeopleDeps['practice'] {
  const kept = new Map<string, AnswerDraft>()
  const of = (organization: string, list: string) =>
    referrals().filter((each) => each.referrerId === organization && practiceListOf(each) === list)
  return {
    listed: async ({ organization }, { list, clinic, count }) =>
      of(organization, list)
        .filter(({ clinicId }) => !clinic || clinicId === clinic)
        .map((each) => ({ ...each, due: each.step?.due }))
        .slice(0, count + 1),
    withIds: async ({ organization }, ids) =>
      referrals()
        .filter(({ id, referrerId }) => ids.includes(id) && referrerId === organization)
        .map((each) => ({ ...each, due: each.step?.due })),
    countLists: async ({ organization }) => {
      const [answer = 0, open = 0, closed = 0] = practiceLists.map(
        (list) => of(organization, list).length,
      )
      return { answer, open, closed }
    },
    drafts: async (_viewer, ids) => ids.flatMap((id) => kept.get(id) ?? []),
    async saveDraft(draft) {
      if ((kept.get(draft.referralId)?.version ?? 0) !== draft.version - 1) return false
      kept.set(draft.referralId, draft)
      return true
    },
    dropDraft: async (id, version) => kept.get(id)?.version === version && kept.delete(id),
  }
}
