import t from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import type { ReferralChange } from '../../src/domain/referral/ports.ts'
import { groupCommits } from '../../src/storage/group-commits.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'

/** Takes each group in hand until it is told how it went. */
function slowly() {
  const groups: { readonly ids: string[]; end(error?: Error): void }[] = []
  const commit = groupCommits((changes: readonly ReferralChange[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const ids = changes.map(({ referral }) => referral.id)
    groups.push({ ids, end: (error) => (error ? reject(error) : resolve()) })
    return promise
  })
  return { groups, submit: (id: string) => commit(aSubmission(aReferral({ id }))) }
}

const refusal = (message: string, code = 'RL001') => Object.assign(new Error(message), { code })
const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test('the first go at once, the rest together when one is back', async (t) => {
  const { groups, submit } = slowly()
  const outcomes = Promise.all(['a', 'b', 'c', 'd'].map(submit))
  t.same(
    groups.map(({ ids }) => ids),
    [['a'], ['b']],
  )
  groups[0]?.end()
  await turn()
  t.same(groups[2]?.ids, ['c', 'd'])
  groups[1]?.end()
  groups[2]?.end()
  t.same(await outcomes, ['committed', 'committed', 'committed', 'committed'])
})

t.test('a refused group is tried one by one', async (t) => {
  const { groups, submit } = slowly()
  const outcomes = Promise.all(['a', 'b', 'c', 'd'].map(submit))
  groups[0]?.end(refusal('stale'))
  groups[1]?.end(refusal('duplicate key', '23505'))
  await turn()
  groups[2]?.end(refusal('identifier-taken'))
  await turn()
  t.same(
    groups.slice(3).map(({ ids }) => ids),
    [['c'], ['d']],
  )
  groups[3]?.end(refusal('identifier-taken'))
  groups[4]?.end()
  t.same(await outcomes, ['stale', 'stale', 'identifier-taken', 'committed'])
})

t.test('nobody is tried again when the database is away', async (t) => {
  const { groups, submit } = slowly()
  const outcomes = Promise.allSettled(['a', 'b', 'c', 'd'].map(submit))
  const away = new Problem('unavailable')
  groups[0]?.end(away)
  groups[1]?.end(new Error('a bug'))
  await turn()
  groups[2]?.end(away)
  t.match(await outcomes, [
    { reason: away },
    { reason: { message: 'a bug' } },
    { reason: away },
    { reason: away },
  ])
  t.equal(groups.length, 3)
})
