import { Gauge, Registry } from 'prom-client'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { bearer, httpWorld } from '../../helpers/http-world.ts'

t.test('alive without asking anybody', async (t) => {
  const { app } = await httpWorld(t, {
    readiness: { database: () => Promise.reject(new Error('down')) },
  })
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})

t.test('ready when everything is, and otherwise says what is not', async (t) => {
  let down = false
  const { app, logged } = await httpWorld(t, {
    readiness: {
      database: async () => {
        if (down) throw new Problem('unavailable', 'The database does not answer.')
      },
      queue: async () => undefined,
    },
  })
  const ready = await app.inject({ url: '/health/ready' })
  t.equal(ready.statusCode, 200)
  t.strictSame(ready.json(), { status: 'ready', checks: { database: 'ok', queue: 'ok' } })
  down = true
  const not = await app.inject({ url: '/health/ready' })
  t.equal(not.statusCode, 503)
  t.strictSame(not.json(), { status: 'not-ready', checks: { database: 'failed', queue: 'ok' } })
  t.ok(not.headers['retry-after'])
  t.match(logged.join(''), 'The database does not answer.', 'the reason is for the log')
})

t.test('a check that hangs is a check that failed', async (t) => {
  const { app } = await httpWorld(t, { readiness: { database: () => new Promise(() => {}) } })
  t.match((await app.inject({ url: '/health/ready' })).json(), { checks: { database: 'failed' } })
})

t.test('metrics tell durations by route template, and what others put in', async (t) => {
  const metrics = new Registry()
  new Gauge({
    name: 'referloop_jobs',
    help: 'Jobs.',
    registers: [metrics],
    collect() {
      this.set(7)
    },
  })
  const { app } = await httpWorld(t, { metrics })
  await app.inject({ url: '/fhir/Patient/secret-id', headers: bearer('lakeside') })
  await app.inject({ url: '/secret-path' })
  await app.inject({ method: 'PROPFIND' as 'GET', url: '/fhir/Patient/1' })
  const { body, headers } = await app.inject({ url: '/metrics' })
  t.match(headers['content-type'], 'text/plain')
  t.match(
    body,
    'http_request_duration_seconds_count{method="GET",route="/fhir/:type/:id",status="404"} 1',
  )
  t.match(body, 'method="GET",route="unmatched",status="404"')
  t.match(body, 'method="other"')
  t.match(body, 'referloop_jobs 7')
  t.notMatch(body, 'secret')
})

t.test('OW5 without a token /metrics answers the machine itself, and no proxy on it', async (t) => {
  const { app } = await httpWorld(t)
  const from = async (remoteAddress: string, headers: Record<string, string> = {}) =>
    (await app.inject({ url: '/metrics', remoteAddress, headers })).statusCode
  for (const local of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    t.equal(await from(local), 200, local)
  for (const other of ['10.0.0.1', '192.0.2.1', '::ffff:10.0.0.1', 'fe80::1', '2001:db8::1', 'x'])
    t.equal(await from(other), 403, other)
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host'])
    t.equal(await from('127.0.0.1', { [name]: '127.0.0.1' }), 403, name)
})

t.test('OW5 with a token /metrics demands it, wherever the request comes from', async (t) => {
  const { app, audited } = await httpWorld(t, { metricsToken: 'a-token-of-operators' })
  const ask = async (authorization?: string, query = '') => {
    const { statusCode, headers, body } = await app.inject({
      url: `/metrics${query}`,
      headers: authorization === undefined ? {} : { authorization },
    })
    if (statusCode !== 200) t.notMatch(body, /_seconds|a-token-of/)
    return [statusCode, String(headers['www-authenticate'] ?? '').includes('invalid_token')]
  }
  t.same(await ask('Bearer a-token-of-operators'), [200, false])
  t.same(await ask(), [401, false])
  t.same(await ask('Basic a-token-of-operators'), [401, false])
  t.same(await ask('Bearer a-token-of-operator'), [401, true])
  t.same(await ask('Bearer a-token-of-operators2'), [401, true])
  t.same(await ask('Bearer lakeside'), [401, true], 'a tenant is no operator')
  t.same(await ask(undefined, '?access_token=a-token-of-operators'), [401, false])
  t.equal(audited.length, 6, 'and each refusal is in the trail')
})
