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
