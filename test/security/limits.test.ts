import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parseFhirJson } from '../../src/domain/fhir/json.ts'
import { Problem } from '../../src/domain/problem.ts'
import { defaultLimits } from '../../src/http/limits.ts'
import { type Quota, quotas } from '../../src/http/quota.ts'
import { bearer, httpWorld } from '../helpers/http-world.ts'
import { memoryResources } from '../helpers/memory-resources.ts'

const codeOf = (act: () => unknown): string => {
  try {
    act()
    return 'none'
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

t.test('HT-01 JSON is read up to its limits and not beyond', async (t) => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const items = (count: number) => `[${Array(count).fill(0).join()}]`
  // 20 arrays of 9,999 numbers, themselves and the outer one: 200,001 less what is taken off.
  const values = (count: number) => {
    const full = Array.from({ length: 19 }, () => items(9_999))
    return `[${[...full, items(count - 1 - 19 * 10_000 - 1)].join()}]`
  }
  for (const [what, make, limit] of [
    ['levels', nested, 64],
    ['items', items, 10_000],
    ['values', values, 200_000],
  ] as const) {
    t.equal(
      codeOf(() => parseFhirJson(make(limit))),
      'none',
      `${limit} ${what}`,
    )
    t.equal(
      codeOf(() => parseFhirJson(make(limit + 1))),
      'json-limit',
      `one more of ${what}`,
    )
  }
})

const quota = (facts: Partial<Quota>): Quota => ({ ...defaultLimits, ...facts })

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 10) + seconds * 1000)

t.test('OW4 so many requests a minute for each client', async (t) => {
  let time = 0
  const admit = quotas(quota({ requestsPerMinute: 60 }), () => at(time))
  for (let i = 0; i < 60; i++) admit('a', 0)()
  const refused = t.throws(() => admit('a', 0), { code: 'too-many-requests' }) as Problem
  t.equal(refused.retryAfter, 1)
  t.doesNotThrow(() => admit('b', 0), 'another client has its own')
  time = 1
  t.doesNotThrow(() => admit('a', 0), 'after Retry-After it goes on')
})

t.test('OW4 so many at once', async (t) => {
  const admit = quotas(quota({ atOnce: 2 }), () => at(0))
  const first = admit('a', 0)
  admit('a', 0)
  t.throws(() => admit('a', 0), { code: 'too-many-requests', retryAfter: 1 })
  t.doesNotThrow(() => admit('b', 0))
  first()
  first()
  t.doesNotThrow(() => admit('a', 0), 'one that ended makes room')
  t.throws(() => admit('a', 0), { code: 'too-many-requests' }, 'ending twice makes room once')
})

t.test(
  'RL-33: with too many here of all, who has more than an even share is sent away',
  async (t) => {
    const admit = quotas(quota({ atOnceOfAll: 8 }), () => at(0))
    const held = Array.from({ length: 8 }, () => admit('flood', 0))
    const refused = t.throws(() => admit('flood', 0), { code: 'unavailable' }) as Problem
    t.equal(refused.retryAfter, 2)
    const calm = Array.from({ length: 3 }, () => admit('calm', 0))
    calm.push(admit('calm', 0))
    t.throws(() => admit('calm', 0), { code: 'unavailable' }, 'four of eight, and no more')
    t.throws(() => admit('flood', 0), { code: 'unavailable' })
    for (const end of [...held.slice(0, 5), ...calm.slice(0, 1)]) end()
    t.doesNotThrow(() => admit('flood', 0)(), 'with room again nobody has a share to keep to')
    for (let i = 0; i < 20; i++) t.doesNotThrow(() => admit(`many ${i}`, 0), 'each may have one')
  },
)

t.test('OW6 so many bytes a day, counted before they are read', async (t) => {
  let time = 0
  const admit = quotas(quota({ bytesPerDay: 1000 }), () => at(time))
  admit('a', 600)()
  const refused = t.throws(() => admit('a', 600), { code: 'too-many-requests' }) as Problem
  t.equal(refused.retryAfter, 14 * 3600, 'until midnight in UTC')
  t.doesNotThrow(() => admit('a', 400)(), 'what still fits is taken')
  t.doesNotThrow(() => admit('b', 600)())
  time = 14 * 3600
  t.doesNotThrow(() => admit('a', 600)(), 'the next day starts at nothing')
})

t.test(
  'OW4, F6 S1, RL-33: a client that goes on without waiting gets nothing until it has waited',
  async (t) => {
    let time = 0
    const admit = quotas(quota({ requestsPerMinute: 600 }), () => at(time))
    const served = (seconds: number) => {
      let count = 0
      for (const end = time + seconds; time < end; time += 0.01)
        if (codeOf(() => admit('a', 0)()) === 'none') count++
      return count
    }
    t.ok(served(8) >= 600, 'what it may at once, and what comes in meanwhile')
    t.equal(served(60), 0, 'then nothing, as it never waits')
    time += 1
    t.doesNotThrow(() => admit('a', 0)())
  },
)

t.test('OW6 so many bytes a minute, of which what was sent drains away', async (t) => {
  let time = 0
  const admit = quotas(quota({ bytesPerMinute: 600 }), () => at(time))
  admit('a', 500)()
  const refused = t.throws(() => admit('a', 200), { code: 'too-many-requests' }) as Problem
  t.equal(refused.retryAfter, 10)
  t.doesNotThrow(() => admit('a', 0)(), 'what bears no body is taken all the same')
  t.doesNotThrow(() => admit('b', 600)(), 'another client has its own')
  time = 10
  t.doesNotThrow(() => admit('a', 200)())
})

t.test(
  'OW4 over HTTP: 429, Retry-After and an OperationOutcome, for that client only',
  async (t) => {
    const { app, audited } = await httpWorld(t, { limits: { requestsPerMinute: 3 } })
    const read = (name: string) => app.inject({ url: '/fhir/Task/1', headers: bearer(name) })
    for (let i = 0; i < 3; i++) t.equal((await read('lakeside')).statusCode, 404)
    const refused = await read('lakeside')
    t.equal(refused.statusCode, 429)
    t.match(refused.headers, { 'retry-after': '20' })
    t.match(refused.json(), {
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled' }],
    })
    t.equal((await read('hilltop')).statusCode, 404, 'another client is served')
    t.equal(audited.length, 5)
  },
)

t.test(
  'OW4 over HTTP: of one client few are worked on at once, and nobody waits for the rest',
  async (t) => {
    const atWork = new Map<string, number>()
    let most = 0
    const inTurn: string[] = []
    const { app } = await httpWorld(t, {
      limits: { atOnce: 30, atWork: 3 },
      resources: {
        ...memoryResources(),
        async read({ organization }) {
          const now = (atWork.get(organization) ?? 0) + 1
          atWork.set(organization, now)
          most = Math.max(most, now)
          await sleep(20)
          atWork.set(organization, (atWork.get(organization) ?? 1) - 1)
          inTurn.push(organization)
          return undefined
        },
      },
    })
    const read = (name: string) => app.inject({ url: '/fhir/Observation/1', headers: bearer(name) })
    const flood = Array.from({ length: 40 }, () => read('lakeside'))
    await sleep(5)
    await read('hilltop')
    const before = inTurn.indexOf('hilltop-internal')
    t.ok(before < 8, `after ${before} others`)
    const statuses = (await Promise.all(flood)).map(({ statusCode }) => statusCode)
    t.equal(most, 3)
    t.equal(
      statuses.filter((status) => status === 404).length,
      30,
      'those that waited are answered',
    )
    t.equal(statuses.filter((status) => status === 429).length, 10)
  },
)

t.test(
  'RL-33 over HTTP: 503 and Retry-After before anything is read, and no answer is lost',
  async (t) => {
    const { app } = await httpWorld(t, {
      limits: { atOnceOfAll: 10, holdRefusal: 5 },
      resources: { ...memoryResources(), read: () => sleep(20, undefined) },
    })
    const read = (name: string) => app.inject({ url: '/fhir/Observation/1', headers: bearer(name) })
    const flood = Array.from({ length: 40 }, () => read('lakeside'))
    await sleep(2)
    t.equal((await read('hilltop')).statusCode, 404, 'a client with little is served')
    const answers = await Promise.all(flood)
    const busy = answers.filter(({ statusCode }) => statusCode === 503)
    t.equal(busy.length, 30)
    t.match(busy[0]?.headers, { 'retry-after': '2' })
    t.match(busy[0]?.json(), { resourceType: 'OperationOutcome', issue: [{ code: 'transient' }] })
    t.equal(answers.filter(({ statusCode }) => statusCode === 404).length, 10)
  },
)

t.test('OW4 over HTTP: a request that has ended no longer counts as one at once', async (t) => {
  const { app } = await httpWorld(t, { limits: { atOnce: 1 } })
  for (let i = 0; i < 5; i++)
    for (const url of ['/fhir/Task/1', '/fhir/Task?nonsense=1', '/fhir/Nothing/at/all/here'])
      t.not((await app.inject({ url, headers: bearer('lakeside') })).statusCode, 429)
})

t.test('OW4 a flood by one client leaves the turn of the others as it was', async (t) => {
  let time = 0
  const admit = quotas(defaultLimits, () => at(time))
  let served = 0
  for (let tick = 0; tick < 600; tick++) {
    time = tick / 10
    for (let i = 0; i < (5 * defaultLimits.requestsPerMinute) / 600; i++)
      if (codeOf(() => admit('flood', 0)()) === 'none') served++
    t.doesNotThrow(() => admit('calm', 0)())
  }
  t.ok(served <= 2 * defaultLimits.requestsPerMinute, `${served} of the flood in a minute`)
})
