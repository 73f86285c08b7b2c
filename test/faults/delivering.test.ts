/** The fault matrix, S5 to S7: a job comes to be, a delivery goes out, its answer is lost. */

import type { Task } from 'fhir/r4'
import t, { type Test } from 'tap'
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

/** Does it to the first so many requests of a kind. */
const toFirst = (
  count: number,
  isMeant: (method: string, url: string) => boolean,
  fault: Way,
): Way => {
  let left = count
  return (request, forward) =>
    isMeant(request.method ?? 'GET', request.url) && left-- > 0
      ? fault(request, forward)
      : forward()
}
const transactions = (method: string) => method === 'POST'
const searches = (method: string, url: string) => method === 'GET' && url.includes('identifier=')

const unavailable = async (): Promise<never> => {
  throw new Problem('unavailable')
}

/** Delivered in the end, once, whatever became of the first attempt. */
async function onceThere(t: Test, world: SmallWorld, id: string): Promise<void> {
  for (const type of ['ServiceRequest', 'Task', 'Patient'])
    t.equal(world.held(type).length, 1, `one ${type}`)
  t.match(await world.find(id), { status: 'received', delivery: { state: 'delivered' } })
}

/** Faults that a delivery survives: what becomes of the transaction, on an EHR that never looks. */
const survived: Readonly<Record<string, Way>> = {
  'F1 S6: killed before it was sent, it is sent once': async () => {
    throw new NotSent(new Error('the process is gone'))
  },
  'F1 S7: killed after the EHR had it, it is found by searching': async (_request, forward) => {
    await forward()
    throw new AnswerLost('reset', undefined)
  },
  'F4 S6: a timeout is an unknown outcome, settled by searching': async (_request, forward) => {
    await forward()
    throw new AnswerLost('timeout', undefined)
  },
  'F4 S7: a timeout after nothing was done is sent again once that is certain': async () => {
    throw new AnswerLost('timeout', undefined)
  },
  'F5 S6: a reset after the EHR committed makes no second copy': async (_request, forward) => {
    await forward()
    throw new AnswerLost('reset', undefined)
  },
  'F5 S7: a reset in the middle of the answer makes no second copy': async (_request, forward) => {
    const { status } = await forward()
    throw new AnswerLost('reset', status)
  },
  'F6 S7: a 503 that a proxy gives for work that was done makes no second copy': async (
    _request,
    forward,
  ) => {
    await forward()
    return answer(503)
  },
  'F8 S6: a 2xx with a page of a proxy is no answer, and not sent again': async (
    _request,
    forward,
  ) => {
    await forward()
    return answer(200, '<html></html>')
  },
  'F8 S7: an answer without locations is settled by searching': async (_request, forward) => {
    await forward()
    return answer(200, '{"resourceType":"Bundle","type":"transaction-response"}')
  },
  'F9 S6: an EHR that drips is given up, and what it did is found': async (_request, forward) => {
    await forward()
    throw new AnswerLost('timeout', 200)
  },
  'F9 S7: an answer larger than the limit is given up, and what was done is found': async (
    _request,
    forward,
  ) => {
    await forward()
    throw new AnswerLost('too-large', 200)
  },
}

for (const [title, fault] of Object.entries(survived))
  t.test(title, async (t) => {
    const world = smallWorld({ ignoresConditions: true })
    const { id } = await world.submit()
    world.onTheWay(toFirst(1, transactions, fault))
    t.ok((await world.deliver(id)) > 1)
    await onceThere(t, world, id)
  })

for (const [title, when] of [
  ['F2 S6: without a database the result is recorded by the next attempt', 'S6'],
  ['F2 S7: an answer that could not be recorded is found by searching', 'S7'],
  ['F3 S6: a restart of the database leaves one copy at the clinic', 'S6'],
  ['F3 S7: a restart between answer and record leaves one copy', 'S7'],
  ['F14 S6: a full disk leaves the result to be recorded when there is room', 'S6'],
  ['F14 S7: a full disk between answer and record leaves one copy', 'S7'],
] as const)
  t.test(title, async (t) => {
    const world = smallWorld({ ignoresConditions: true })
    const { id } = await world.submit()
    const { commit } = world.store.referrals
    let times = 1
    world.onCommit(async (change) => {
      if (times-- <= 0) return commit(change)
      // S6: the change is not there. S7: it is, and nobody heard so.
      if (when === 'S7') await commit(change)
      return unavailable()
    })
    await t.rejects(world.attempt(id, 1), { code: 'unavailable' })
    world.restart()
    await world.deliver(id, 2)
    await onceThere(t, world, id)
  })

t.test('F1 S5: a referral that is to be sent and its job come in one commit', async (t) => {
  const world = smallWorld()
  world.onCommit(unavailable)
  await t.rejects(world.submit(), { code: 'unavailable' })
  t.same([world.jobs, world.store.dump([]).referrals], [[], []], 'neither')
  world.onCommit()
  const { id } = await world.submit()
  t.same(world.jobs, [{ queue: 'deliver', referralId: id }], 'both')
})

t.test('F10 S5: the same referral sent again brings no second job', async (t) => {
  const world = smallWorld()
  for (const _again of [1, 2, 3]) await world.submit()
  t.equal(world.jobs.length, 1)
})

t.test('F6 S6: nothing is sent before Retry-After has passed', async (t) => {
  for (const retryAfter of ['30', new Date(Date.parse('2026-03-02T10:00:30.000Z')).toUTCString()]) {
    const world = smallWorld()
    const { id } = await world.submit()
    let asked = 0
    world.onTheWay(async (_request, forward) => {
      asked++
      return asked === 1 ? answer(429, '', { 'retry-after': retryAfter }) : forward()
    })
    const failure = await failureOf(world.attempt(id, 1))
    t.match(failure, { phase: 'refused', permanent: false })
    t.ok(Math.abs((failure.retryAfter ?? 0) - 30) <= 1)
    t.match(await failureOf(world.attempt(id, 2)), { phase: 'before' })
    t.equal(asked, 1, 'nobody asked')
    await world.pass((failure.retryAfter ?? 0) * 1_000)
    await world.attempt(id, 3)
    await onceThere(t, world, id)
  }
})

t.test('F7 S6: what the EHR refuses for good waits for a person, visibly', async (t) => {
  const world = smallWorld()
  const referral = await world.submit()
  world.onTheWay(async () => answer(422, '{"resourceType":"OperationOutcome"}'))
  await world.attempt(referral.id, 1)
  t.match(await world.find(referral.id), {
    businessStatus: 'delivery-failed',
    delivery: { state: 'failed', lastError: 'The EHR answered 422.' },
  })
  t.match(await world.task(referral), { businessStatus: { coding: [{ code: 'delivery-failed' }] } })
})

t.test('F7 S7: a search that is refused settles nothing, and nothing is sent', async (t) => {
  const world = smallWorld({ ignoresConditions: true })
  const { id } = await world.submit()
  world.onTheWay(
    toFirst(
      1,
      transactions,
      survived['F5 S6: a reset after the EHR committed makes no second copy'] as Way,
    ),
  )
  await failureOf(world.attempt(id, 1))
  world.onTheWay(toFirst(1, searches, async () => answer(404)))
  await world.attempt(id, 2)
  t.equal((await world.find(id)).delivery.state, 'failed', 'a person looks')
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('F10 S6: two workers with one referral leave one copy', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  await world.attempt(id, 1)
  await world.attempt(id, 1)
  await onceThere(t, world, id)
})

t.test('F10 S7: an EHR that made two by itself is reported, and gets no third', async (t) => {
  const world = smallWorld({ ignoresConditions: true })
  const { id } = await world.submit()
  world.onTheWay(
    toFirst(1, transactions, async (_request, forward) => {
      await forward()
      await forward()
      throw new AnswerLost('reset', undefined)
    }),
  )
  await failureOf(world.attempt(id, 1))
  await world.attempt(id, 2)
  t.match(await world.find(id), {
    businessStatus: 'delivery-failed',
    delivery: { lastError: 'the EHR holds 2 copies of one ServiceRequest' },
  })
  t.equal(world.held('ServiceRequest').length, 2)
})

for (const title of [
  'F11 S6: a Task that the clinic changed meanwhile is not overwritten',
  'F11 S7: nor when the answer to our change was lost',
])
  t.test(title, async (t) => {
    const world = smallWorld()
    const referral = await world.submit()
    await world.attempt(referral.id, 1)
    const current = await world.find(referral.id)
    await world.store.referrals.commit({
      referral: {
        ...current,
        version: current.version + 1,
        businessStatus: 'cancellation-requested',
        delivery: { ...current.delivery, taskChanged: true },
      },
      ...{ expectedVersion: current.version, resources: [], audit: [], jobs: [] },
    })
    const puts = (method: string) => method === 'PUT'
    world.onTheWay(
      toFirst(1, puts, async (_request, forward) => {
        if (title.includes('S7')) {
          await forward()
          throw new AnswerLost('reset', undefined)
        }
        world.ehr.act(referral.taskId, 'accept', false)
        return forward()
      }),
    )
    t.match(await failureOf(world.attempt(referral.id, 1)), { permanent: false })
    await world.deliver(referral.id, 2)
    const there = JSON.parse(world.held('Task')[0]?.content ?? '{}') as Task
    t.equal(there.status, title.includes('S7') ? 'cancelled' : 'accepted')
  })

t.test(
  'RL-20: what ended three processes is not tried again, and waits for a person',
  async (t) => {
    const world = smallWorld()
    const { id } = await world.submit()
    let asked = 0
    world.onTheWay((_request, forward) => {
      asked++
      return forward()
    })
    await world.attempt(id, 4, false, 3)
    t.equal(asked, 0)
    t.match(await world.find(id), {
      businessStatus: 'delivery-failed',
      delivery: { state: 'failed', deadLetter: { cause: 'internal', attempts: 4 } },
    })
    const second = await world.submit('two')
    t.match(await failureOf(world.attempt(second.id, 3, false, 2)), { permanent: false })
    t.ok(asked > 0, 'twice may be chance')
  },
)

t.test('F12 S6: what is cancelled before it was sent never gets there', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  const current = await world.find(id)
  await world.store.referrals.commit({
    referral: { ...current, version: 2, status: 'cancelled', businessStatus: 'cancelled' },
    ...{ expectedVersion: 1, resources: [], audit: [], jobs: [] },
  })
  await world.attempt(id, 1)
  t.same(world.held('Task'), [])
})

t.test('F13 S6: a clock that jumps an hour either way neither doubles nor stalls', async (t) => {
  for (const jump of [-3_600_000, 3_600_000]) {
    const world = smallWorld()
    const { id } = await world.submit()
    world.onTheWay(
      toFirst(1, transactions, async (_request, forward) => {
        await forward()
        world.skew(jump)
        throw new AnswerLost('reset', undefined)
      }),
    )
    await world.deliver(id)
    await onceThere(t, world, id)
  }
})
