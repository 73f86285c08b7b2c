/** AU-06 by the front door: each kind of refusal is in the trail, and a flood is a few rows. */

import { pino } from 'pino'
import t from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import type { AuditEntry } from '../../src/domain/referral/ports.ts'
import { refusalLog } from '../../src/http/refusals.ts'
import { bearer, httpWorld } from '../helpers/http-world.ts'

const lakeside = bearer('lakeside')
const json = { 'content-type': 'application/fhir+json' }

t.test('AU-06 every status that refuses leaves its entry, bad addresses included', async (t) => {
  const { app, audited } = await httpWorld(t, {
    limits: { requestsPerMinute: 12, body: 1000 },
    verifyToken: async (authorization) => {
      if (authorization === 'Bearer away') throw new Problem('unavailable')
      if (!authorization) throw new Problem('missing-token')
      const organization = 'lakeside-family'
      return {
        role: 'referrer',
        organization,
        client: organization,
        scopes: ['system/Task.rs'],
        tokenId: 't',
      }
    },
  })
  const refusals = [
    [401, 'GET', '/fhir/Task', {}],
    [403, 'GET', '/fhir/Patient/1', lakeside],
    [404, 'GET', '/fhir/Task/1', lakeside],
    [405, 'DELETE', '/fhir/Task/1', lakeside],
    [406, 'GET', '/fhir/Task/1', { ...lakeside, accept: 'text/xml' }],
    [400, 'GET', '/fhir/Task?nonsense=1', lakeside],
    [400, 'POST', '/fhir', { ...lakeside, ...json }, '{'],
    [413, 'POST', '/fhir', { ...lakeside, ...json }, ' '.repeat(1001)],
    [414, 'GET', `/fhir/Task?_id=${'x'.repeat(9000)}`, lakeside],
    [415, 'POST', '/fhir', { ...lakeside, 'content-type': 'application/xml' }, '<x/>'],
    [415, 'POST', '/fhir', { ...lakeside, ...json, 'content-encoding': 'gzip' }, 'x'],
    [431, 'GET', '/fhir/Task', { ...lakeside, 'x-much': 'x'.repeat(17_000) }],
    [400, 'GET', '/fhir/%zz', lakeside],
    [404, 'GET', `/fhir/Task/${'x'.repeat(300)}`, lakeside],
  ] as const
  for (const [status, method, url, headers, payload] of refusals) {
    const before = audited.length
    const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) })
    const what = `${status} ${method} ${url.slice(0, 40)}`
    t.equal(answer.statusCode, status, what)
    t.equal(audited.length, before + 1, what)
    t.match(audited.at(-1), { action: 'refuse', detail: new RegExp(`^${status} `) }, what)
  }
  for (let i = 0; i < 20; i++) await app.inject({ url: '/fhir/Task/1', headers: lakeside })
  t.match(audited.at(-1), { agent: 'lakeside-family', detail: /^429 too-many-requests: GET/ })
  const away = await app.inject({ url: '/fhir/Task', headers: bearer('away') })
  t.equal(away.statusCode, 503)
  t.notMatch(JSON.stringify(audited), '503', 'where it would go is away')
  await app.close()
  t.match(JSON.stringify(audited), '503 unavailable: 1 more')
})

t.test('AU-06 OW6 a flood is counted to the last request, in a handful of rows', async (t) => {
  const { app, audited, logged } = await httpWorld(t, { limits: { requestsPerMinute: 5 } })
  const times = (count: number, headers: Record<string, string>) =>
    Promise.all(Array.from({ length: count }, () => app.inject({ url: '/fhir/Task/1', headers })))
  await times(1005, lakeside)
  await times(1000, bearer('made-up'))
  await times(2, bearer('hilltop'))
  t.ok(audited.length < 30, `${audited.length} rows`)
  await app.close()
  const told = (agent: string, status: number) => {
    const rows = audited.filter(
      (entry) => entry.agent === agent && entry.detail?.startsWith(`${status} `),
    )
    const more = (entry: AuditEntry) => Number(/: (\d+) more,/.exec(entry.detail ?? '')?.[1] ?? 1)
    return { rows: rows.length, requests: rows.reduce((sum, entry) => sum + more(entry), 0) }
  }
  t.same(told('lakeside-family', 429), { rows: 2, requests: 1000 })
  t.same(told('anonymous', 401), { rows: 11, requests: 1000 })
  t.same(told('hilltop-internal', 404), { rows: 2, requests: 2 })
  const sum = audited.find(({ detail }) => detail?.includes('999 more'))
  t.match(sum, {
    organization: 'lakeside-family',
    referrerId: 'lakeside-family',
    requestId: undefined,
  })
  t.match(logged.join(''), 'refusals summed up', 'whoever watches the log is told')
})

t.test('AU-06 what cannot be written while the database is away is written later', async (t) => {
  let away = true
  const written: AuditEntry[] = []
  const logger = pino({ level: 'silent' })
  const kept = refusalLog({
    audit: async (entries) => {
      if (away) throw new Problem('unavailable')
      written.push(...entries)
    },
    now: () => new Date('2026-03-02T10:00:00.000Z'),
    logger,
  })
  const entry = {
    action: 'refuse',
    kind: 'R',
    outcome: 'serious-failure',
    agent: 'lakeside',
    detail: '503 unavailable: GET /fhir/:type',
    recorded: '',
  } as const
  for (let i = 0; i < 7; i++) await kept.note(entry, 503, logger)
  await kept.close()
  t.same(written, [])
  away = false
  await kept.close()
  t.match(written, [{ detail: /^503 unavailable: 7 more/ }])
  await kept.close()
  t.equal(written.length, 1)
})
