/**
 * Group commit: what arrives while other commits are on their way goes together in the next
 * statement. Alone, a commit is sent at once; under load a statement carries several, which costs
 * the server half for each, and the disk one flush for all. When a group is refused, each of its
 * members is tried alone and answered for itself.
 */

import { Problem } from '../domain/problem.ts'
import type { CommitOutcome, ReferralChange } from '../domain/referral/ports.ts'
import { codeOf } from './database.ts'

interface Waiting {
  /** One, or several that belong together. */
  readonly changes: readonly ReferralChange[]
  readonly settle: (outcome: CommitOutcome | PromiseLike<CommitOutcome>) => void
}

/** Statements under way at once: while one waits for the disk, the other is worked on. */
const lanes = 2
/** Changes in one statement: with more, each costs more again (16 on PostgreSQL 18). */
const most = 8

/** @param commitAll writes all of the changes, or throws and leaves nothing */
export function groupCommits(
  commitAll: (changes: readonly ReferralChange[]) => Promise<void>,
): (...changes: readonly ReferralChange[]) => Promise<CommitOutcome> {
  const waiting: Waiting[] = []
  let underWay = 0

  return (...changes) =>
    new Promise((settle) => {
      waiting.push({ changes, settle })
      sendNext()
    })

  function sendNext(): void {
    if (underWay === lanes || waiting.length === 0) return
    underWay++
    void send(waiting.splice(0, most)).finally(() => {
      underWay--
      sendNext()
    })
  }

  async function send(group: readonly Waiting[]): Promise<void> {
    try {
      await commitAll(group.flatMap(({ changes }) => changes))
      for (const { settle } of group) settle('committed')
    } catch (error) {
      const [first] = group
      if (group.length === 1) return first?.settle(outcomeOf(error))
      // The database is away: it would be for each of them.
      if (error instanceof Problem) for (const { settle } of group) settle(Promise.reject(error))
      else await Promise.all(group.map((one) => send([one])))
    }
  }
}

/** What the refusal of the statement means to the one change in it; rejects when it is none. */
async function outcomeOf(error: unknown): Promise<CommitOutcome> {
  const code = codeOf(error)
  if (code === 'RL001') {
    const { message } = error as Error
    if (message === 'stale' || message === 'identifier-taken' || message === 'duplicate')
      return message
  }
  // The id of a new row is there already: somebody wrote it meanwhile.
  if (code === '23505') return 'stale'
  throw error
}
