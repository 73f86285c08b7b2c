import t from 'tap'
import { entryOfSum, refusals } from '../../../src/domain/audit/refusals.ts'
import type { AuditEntry } from '../../../src/domain/referral/ports.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 10) + seconds * 1000)

const refusal = (agent: string, detail: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  action: 'refuse',
  kind: 'C',
  outcome: 'minor-failure',
  agent,
  detail,
  recorded: at(0).toISOString(),
  ...more,
})

const flood = refusal('lakeside', '429 too-many-requests: POST /fhir', {
  organization: 'lakeside-family',
  referrerId: 'lakeside-family',
  requestId: 'r-1',
  tokenId: 't-1',
})

t.test('AU-06 what a known client may not do stands there each time', async (t) => {
  const kept = refusals(() => at(0))
  for (let i = 0; i < 500; i++)
    t.equal(kept.take(refusal('lakeside', '404 not-found: GET /fhir'), 404).length, 1)
  t.same(kept.due('all'), [])
})

t.test('AU-06 OW6 of a flood the first stands there, and how many more there were', async (t) => {
  let time = 0
  const kept = refusals(() => at(time))
  t.same(kept.take(flood, 429), [flood])
  for (time = 1; time < 60; time++) t.same(kept.take(flood, 429), [])
  time = 59
  t.same(kept.due('over'), [], 'the minute is not over')
  time = 60
  const [sum, ...rest] = kept.due('over')
  t.same(rest, [])
  t.strictSame(entryOfSum(sum as never, at(61)), {
    action: 'refuse',
    kind: 'E',
    outcome: 'minor-failure',
    agent: 'lakeside',
    organization: 'lakeside-family',
    referrerId: 'lakeside-family',
    detail: '429 too-many-requests: 59 more, 2026-03-02T10:00:01.000Z to 2026-03-02T10:00:59.000Z',
    recorded: '2026-03-02T10:01:01.000Z',
  })
  t.same(kept.due('all'), [], 'and once')
  t.same(kept.take(flood, 429), [flood], 'the next minute begins anew')
})

t.test('AU-06 a minute that nobody asked for is not lost when the next begins', async (t) => {
  let time = 0
  const kept = refusals(() => at(time))
  for (let i = 0; i < 5; i++) kept.take(flood, 429)
  time = 90
  t.same(kept.take(flood, 429), [flood])
  t.match(kept.due('over'), [{ count: 4 }])
})

t.test('AU-06 who is not known has ten rows of each kind in a minute, by address', async (t) => {
  const kept = refusals(() => at(0))
  const knock = (network: string, status = 401) =>
    kept.take(refusal('anonymous', `${status} x: GET /fhir`, { network }), status).length
  const written = (network: string) =>
    Array.from({ length: 100 }, () => knock(network)).reduce((sum, n) => sum + n, 0)
  t.equal(written('192.0.2.1'), 10)
  t.equal(written('192.0.2.2'), 10)
  t.equal(knock('192.0.2.1', 415), 1, 'another refusal')
  t.equal(
    kept.due('all').reduce((sum, { count }) => sum + count, 0),
    180,
  )
})

t.test('AU-06 a flood from everywhere at once is bounded, and counted to the last', async (t) => {
  const kept = refusals(() => at(0))
  let rows = 0
  for (let i = 0; i < 50_000; i++)
    rows += kept.take(
      refusal('anonymous', '401 x: GET /fhir', { network: `2001:db8::${i}` }),
      401,
    ).length
  t.ok(rows <= 120, `${rows} rows`)
  const sums = kept.due('all')
  t.ok(sums.length <= 101)
  t.equal(
    sums.reduce((sum, { count }) => sum + count, rows),
    50_000,
  )
})

t.test('AU-06 while the database is away refusals wait, one sum for each sender', async (t) => {
  let time = 0
  const kept = refusals(() => at(time))
  const away = refusal('lakeside', '503 unavailable: POST /fhir', { outcome: 'serious-failure' })
  for (let minutes = 0; minutes < 60; minutes++) {
    time = minutes * 60
    for (let i = 0; i < 10; i++) t.same(kept.take(away, 503), [])
    const sums = kept.due('all')
    t.equal(sums.length, 1)
    kept.giveBack(sums)
  }
  const [sum] = kept.due('over')
  t.match(entryOfSum(sum as never, at(4000)), {
    detail: '503 unavailable: 600 more, 2026-03-02T10:00:00.000Z to 2026-03-02T10:59:00.000Z',
  })
})
