import t from 'tap'
import { newCrew } from '../../src/storage/crew.ts'

interface Job {
  readonly id: number
  readonly groupId: string | null
}

/** A queue in memory whose jobs last until they are let go. */
function aQueue(...groups: (string | null)[]) {
  const waiting: Job[] = groups.map((groupId, id) => ({ id, groupId }))
  const inHand = new Map<number, () => void>()
  const begun: number[] = []
  let looks = 0
  return {
    ...{ waiting, begun, inHand },
    looks: () => looks,
    failures: [] as unknown[],
    tools() {
      return {
        take: async (passedOver: readonly string[], atMost: number) => {
          looks++
          const isMeant = ({ groupId }: Job) => groupId === null || !passedOver.includes(groupId)
          const taken = waiting.filter(isMeant).slice(0, atMost)
          for (const job of taken) waiting.splice(waiting.indexOf(job), 1)
          return taken
        },
        run: ({ id }: Job) => {
          begun.push(id)
          return new Promise<void>((resolve) => {
            inHand.set(id, resolve)
          })
        },
        failed: (error: unknown) => void this.failures.push(error),
      }
    },
    end(id: number) {
      inHand.get(id)?.()
      inHand.delete(id)
    },
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

t.test('the jobs of one clinic keep no more than their share busy', async (t) => {
  const queue = aQueue('a', 'a', 'a', 'a', 'a', 'b', 'a', null)
  const crew = newCrew(queue.tools(), 8, { share: 0.25 })
  t.teardown(() => crew.close(0))
  await settled()
  t.same(queue.begun, [0, 1, 5, 7], 'two of eight, and all others')
  queue.end(1)
  await settled()
  t.same(queue.begun, [0, 1, 5, 7, 2], 'a place that is free again is taken at once')
})

t.test('a clinic of a small crew gets one place all the same', async (t) => {
  const queue = aQueue('a', 'a', 'b')
  const crew = newCrew(queue.tools(), 2, { share: 0.25 })
  t.teardown(() => crew.close(0))
  await settled()
  t.same(queue.begun, [0, 2])
})

t.test('nothing is taken of a clinic that is left alone, and one to see', async (t) => {
  const queue = aQueue('a', 'a', 'b')
  let allowed = 0
  const crew = newCrew(queue.tools(), 8, { allowed: async () => new Map([['a', allowed]]) })
  t.teardown(() => crew.close(0))
  await settled()
  t.same(queue.begun, [2])
  allowed = 1
  crew.wake()
  await settled()
  t.same(queue.begun, [2, 0])
})

t.test('no more than it has places for', async (t) => {
  const queue = aQueue('a', 'b', 'c')
  const crew = newCrew(queue.tools(), 2)
  t.teardown(() => crew.close(0))
  await settled()
  t.same(queue.begun, [0, 1])
})

t.test('a look that fails is told, and there is another when somebody wakes it', async (t) => {
  const queue = aQueue('a')
  let isBroken = true
  const tools = queue.tools()
  const broken = new Error('no database')
  const take = async (passedOver: readonly string[], atMost: number) => {
    if (isBroken) throw broken
    return tools.take(passedOver, atMost)
  }
  const crew = newCrew({ ...tools, take }, 2)
  t.teardown(() => crew.close(0))
  await settled()
  t.same(queue.failures, [broken])
  isBroken = false
  crew.wake()
  await settled()
  t.same(queue.begun, [0])
})

t.test('it closes when what is in hand is done, and takes nothing more', async (t) => {
  const queue = aQueue('a', 'b')
  const crew = newCrew(queue.tools(), 1)
  await settled()
  const closed = crew.close(10_000)
  queue.end(0)
  t.same(await closed, [])
  t.same(queue.begun, [0])
  const looks = queue.looks()
  crew.wake()
  await settled()
  t.equal(queue.looks(), looks)
})

t.test('what is not done in time is handed back', async (t) => {
  const queue = aQueue('a', 'b')
  const crew = newCrew(queue.tools(), 2)
  await settled()
  t.same(await crew.close(10), [
    { id: 0, groupId: 'a' },
    { id: 1, groupId: 'b' },
  ])
})
