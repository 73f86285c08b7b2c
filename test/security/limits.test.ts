import t from 'tap'
import { parseFhirJson } from '../../src/domain/fhir/json.ts'
import { Problem } from '../../src/domain/problem.ts'
import { defaultLimits } from '../../src/http/limits.ts'
import { type Quota, quotas } from '../../src/http/quota.ts'
import { bearer, httpWorld } from '../helpers/http-world.ts'

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
