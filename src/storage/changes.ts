/** Who has a list open is told by the database that a referral has changed, whichever instance changed it. */

import type { ReferralChanges, ReferralNews } from '../domain/referral/referral-news.ts'
import type { Database } from './database.ts'

const changesChannel = 'referloop_referral'

/** Listens from the first subscriber on; whoever opens it closes it. */
export function referralChanges(db: Database): ReferralChanges & { close(): Promise<void> } {
  const listeners = new Set<(news: ReferralNews | undefined) => void>()
  const tell = (news: ReferralNews | undefined) => {
    for (const listener of [...listeners]) listener(news)
  }
  let listening: Promise<() => Promise<void>> | undefined
  return {
    async subscribe(listener) {
      listeners.add(listener)
      listening ??= db.listen(
        changesChannel,
        (payload) => tell(readNews(payload)),
        () => tell(undefined),
      )
      try {
        await listening
      } catch (error) {
        listening = undefined
        listeners.delete(listener)
        throw error
      }
      return () => void listeners.delete(listener)
    },
    async close() {
      listeners.clear()
      const stop = await listening?.catch(() => undefined)
      await stop?.()
    },
  }
}

function readNews(payload: string): ReferralNews | undefined {
  const [id = '', version = '', referrerId = '', clinicId] = payload.split(' ')
  return { id, version: Number(version), referrerId, clinicId }
}
