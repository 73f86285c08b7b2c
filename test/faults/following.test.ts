/** The fault matrix, S8: what the clinic does in its EHR is read and applied. */

import t from 'tap'
import { AnswerLost, NotSent, type OutboundAnswer } from '../../src/delivery/exchange.ts'
import { Problem } from '../../src/domain/problem.ts'
import { failureOf, type SmallWorld, smallWorld, type Way } from './small-world.ts'

const answer = (
  status: number,
  body = '',
  headers: Record<string, string> = {},
): OutboundAnswer => ({
  status,
  header: (name) => headers[name],
  body: new TextEncoder().encode(body),
})

/** A referral at the clinic, read once. */
async function delivered(badness: Parameters<typeof smallWorld>[0] = {}) {
  const world = smallWorld(badness)
  const referral = await world.submit()
  await world.attempt(referral.id, 1)
  await world.pass(1_000)
  await world.poll()
  await world.pass(1_000)
  const status = async () => (await world.find(referral.id)).status
  return { world, referral, status }
}

const watermark = (world: SmallWorld) => world.store.polls.watermark('river-pain-clinic')

/** What may happen to the first request of a poll: nothing is lost, the next poll makes up for it. */
const survived: Readonly<Record<string, Way>> = {
  'F1 S8: killed while polling, the same is read again': async () => {
    throw new NotSent(new Error('the process is gone'))
  },
  'F4 S8: a timeout is made up for by the next poll': async () => {
    throw new AnswerLost('timeout', undefined)
  },
  'F5 S8: so is a reset': async (_request, forward) => {
    await forward()
    throw new AnswerLost('reset', undefined)
  },
  'F7 S8: so is a refusal': async () => answer(403),
  'F8 S8: an answer that is no Bundle moves nothing, and the watermark stays': async () =>
    answer(200, '{"resourceType":"Patient"}'),
  'F9 S8: an answer that drips is given up, and asked for again': async () => {
    throw new AnswerLost('timeout', 200)
  },
}

for (const [title, fault] of Object.entries(survived))
  t.test(title, async (t) => {
    const { world, referral, status } = await delivered()
    world.ehr.act(referral.taskId, 'accept', false)
    const before = await watermark(world)
    world.onTheWay(fault)
    await t.rejects(world.poll(), { name: 'EhrFailure' })
    t.equal(await watermark(world), before)
    t.equal(await status(), 'received')
    world.onTheWay()
    t.equal(await world.poll(), 1)
    t.equal(await status(), 'accepted')
  })

for (const title of [
  'F2 S8: without a database nothing is applied and the watermark stays',
  'F3 S8: a restart of the database in the middle of a poll loses no status',
  'F14 S8: a full disk puts the status off until there is room',
])
  t.test(title, async (t) => {
    const { world, referral, status } = await delivered()
    world.ehr.act(referral.taskId, 'accept', false)
    await world.pass(1_000)
    const other = await world.submit('two')
    await world.attempt(other.id, 1)
    world.onCommit(async () => {
      throw new Problem('unavailable')
    })
    await world.poll()
    t.equal(await status(), 'received')
    t.ok(world.reported.includes('put-off'), 'and it is said')
    world.onCommit()
    await world.poll()
    t.equal(await status(), 'accepted')
  })

t.test('F6 S8: a poll that was asked to wait is not asked again before', async (t) => {
  const { world, referral, status } = await delivered()
  world.ehr.act(referral.taskId, 'accept', false)
  let asked = 0
  world.onTheWay(async (_request, forward) => {
    asked++
    return asked === 1 ? answer(503, '', { 'retry-after': '60' }) : forward()
  })
  t.match(await failureOf(world.poll()), { retryAfter: 60 })
  t.match(await failureOf(world.poll()), { phase: 'before' })
  t.equal(asked, 1)
  await world.pass(60_000)
  await world.poll()
  t.equal(await status(), 'accepted')
})

t.test('F10 S8: the same version read twice is applied once', async (t) => {
  const { world, referral } = await delivered({ shuffledHistory: true })
  world.ehr.act(referral.taskId, 'accept', false)
  t.equal(await world.poll(), 1)
  const { version } = await world.find(referral.id)
  for (const _again of [1, 2]) t.equal(await world.poll(), 0)
  t.equal((await world.find(referral.id)).version, version)
})

t.test('F11 S8: a status that is applied while the referral changes here keeps both', async (t) => {
  const { world, referral } = await delivered()
  world.ehr.act(referral.taskId, 'accept', false)
  const { commit } = world.store.referrals
  let isFirst = true
  world.onCommit(async (change) => {
    if (isFirst) {
      isFirst = false
      const current = await world.find(referral.id)
      const next = { ...current, version: current.version + 1, overall: 'reviewed' }
      await commit({
        referral: next,
        ...{ expectedVersion: current.version, resources: [], audit: [], jobs: [] },
      })
    }
    return commit(change)
  })
  await world.poll()
  t.match(await world.find(referral.id), { status: 'accepted', overall: 'reviewed' })
})

t.test('F12 S8: an older version after a newer one changes nothing', async (t) => {
  const { world, referral, status } = await delivered({ keepsHistory: false })
  world.ehr.act(referral.taskId, 'accept', false)
  await world.poll()
  await world.pass(1_000)
  world.ehr.act(referral.taskId, 'schedule', false)
  await world.poll()
  const history = [...world.ehr.store.histories('Task')][0] ?? []
  const older = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":${history[1]?.content}}]}`
  world.onTheWay(async (request, forward) =>
    request.url.includes('_sort') ? answer(200, older) : forward(),
  )
  await world.poll()
  t.equal(await status(), 'in-progress')
  t.ok(world.reported.includes('stale'))
})

t.test('F13 S8: a clock of the EHR that is minutes behind hides no status', async (t) => {
  const { world, referral, status } = await delivered()
  world.ehr.act(referral.taskId, 'accept', false)
  world.skew(4.9 * 60_000)
  await world.poll()
  t.equal(await status(), 'accepted')
  world.skew(-4.9 * 60_000)
  await world.pass(1_000)
  world.ehr.act(referral.taskId, 'schedule', false)
  await world.poll()
  t.equal(await status(), 'in-progress')
})
