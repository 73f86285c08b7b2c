/** Drafts and presence in memory, as test/storage/contract-drafts.ts has them of a database. */

import type { Draft, DraftKey, DraftStore } from '../../src/domain/referral/draft.ts'
import type { PresenceStore, Present } from '../../src/domain/referral/presence.ts'

export interface MemoryDrafts extends DraftStore {
  readonly all: Map<string, Draft & { readonly sending?: boolean }>
}

const keyOf = ({ referralId, personId, act }: DraftKey) =>
  JSON.stringify([referralId, personId, act])

export function memoryDrafts(): MemoryDrafts {
  const all: MemoryDrafts['all'] = new Map()
  const ofPerson: DraftStore['ofPerson'] = async ({ organization }, personId) =>
    [...all.values()].filter((each) => each.clinicId === organization && each.personId === personId)
  return {
    all,
    async keep(draft) {
      if (all.get(keyOf(draft))?.sendAt) return false
      all.set(keyOf(draft), draft)
      return true
    },
    ofPerson,
    ofReferral: async (viewer, personId, referralId) =>
      (await ofPerson(viewer, personId)).filter((each) => each.referralId === referralId),
    async drop(key) {
      const found = all.get(keyOf(key))
      if (found && (!found.sendAt || found.sending)) all.delete(keyOf(key))
    },
    async takeBack(key) {
      const found = all.get(keyOf(key))
      if (!found?.sendAt || found.sending) return false
      all.set(keyOf(key), { ...found, sendAt: undefined })
      return true
    },
    held: async ({ organization }) =>
      [...all.values()].flatMap(({ clinicId, sendAt, referralId }) =>
        clinicId === organization && sendAt ? referralId : [],
      ),
    async takeDue(now, until) {
      const due = [...all.values()].filter(({ sendAt }) => sendAt && sendAt <= now)
      for (const each of due) all.set(keyOf(each), { ...each, sendAt: until, sending: true })
      return due
    },
    async refuse(key, refused) {
      const found = all.get(keyOf(key))
      if (found) all.set(keyOf(key), { ...found, sendAt: undefined, sending: false, refused })
    },
  }
}

export function memoryPresence(): PresenceStore {
  const seen = new Map<string, Present & { readonly at: string; readonly of: string }>()
  const placeOf = (organization: string, id: string) => `${organization} ${id}`
  return {
    async note({ organization }, id, present, at) {
      const of = placeOf(organization, id)
      seen.set(`${of} ${present.person.id}`, { ...present, at, of })
    },
    others: async ({ organization }, id, personId, since) =>
      [...seen.values()].filter(
        ({ of, at, person }) =>
          of === placeOf(organization, id) && at > since && person.id !== personId,
      ),
  }
}
