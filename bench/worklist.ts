/**
 * How quick the clinic's list is when it is long: `npm run bench:worklist -- --referrals 100000`
 *
 * One referral goes the usual way; its rows are then copied within PostgreSQL: a third is nobody's, the
 * rest belongs to twenty colleagues, one in fifty is snoozed, and six lists are saved. Measured is the
 * whole page over HTTP, with session, audit, owners, counts and saved lists: the first page as it is and
 * by owner, the pages behind it, a search, taking the next one, and the list as a file.
 * "Own CPU" is what this process, server and client, works for one of them: it says what a busy machine
 * adds. Fails when a first page takes 200 ms or more at p99.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import { startApp } from '../src/app.ts'
import { aReferral } from '../test/helpers/a-referral.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { percentile } from './harness/figures.ts'
import { makeWorld } from './harness/world.ts'

const { values: options } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '200' },
  },
})
const [referrals, requests] = [Number(options.referrals), Number(options.requests)]
const boundMs = 200
const clinicId = 'river-pain-clinic'
const nurse = { id: 'https://ehr.example|nurse', name: 'Nora Lind' }

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const server = await startPostgres()
if ('skip' in server) throw new Error(server.skip)
const database = await server.newDatabase()
const folder = await mkdtemp(join(tmpdir(), 'referloop-bench-'))
const world = await makeWorld()
const app = await startApp(
  {
    mode: 'service',
    port: 0,
    host: '127.0.0.1',
    logLevel: 'silent',
    databaseUrl: database.url,
    registry: world.registry(),
    baseUrl: undefined,
    keys: JSON.parse(world.keys) as unknown,
    dataDirectory: folder,
    allowNetworks: [],
    sandboxPace: 0,
  },
  pino({ level: 'silent' }),
  { background: false, limits: { requestsPerMinute: 1_000_000 } },
)
try {
  await submitOne()
  await multiply()
  const cookie = await signIn()
  say(
    `${referrals} referrals of one clinic, PostgreSQL, ${requests} requests each, one after the other`,
  )
  const first = await measure('first page', cookie, () => '/worklist')
  const others = [
    await measure('first page, mine', cookie, () => '/worklist?owner=mine'),
    await measure('first page, nobody’s', cookie, () => '/worklist?owner=none'),
    await measure('first page, late and mine', cookie, () => '/worklist?owner=mine&due=late'),
    await measure('first page, snoozed', cookie, () => '/worklist?tab=snoozed'),
  ]
  await measure('first page, filtered', cookie, () => '/worklist?priority=urgent')
  await measure('first page, filter that nothing fits', cookie, () => '/worklist?priority=stat')
  const pages = await walk(cookie, 200)
  await measure('page 200', cookie, () => pages.at(-1) as string)
  await measure('search', cookie, () => '/worklist/find')
  await measure('taking the next one', cookie, () => '/worklist/take')
  await measureFile(cookie)
  if (Math.max(first, ...others) >= boundMs) {
    say(`a first page has to take less than ${boundMs} ms at p99`)
    process.exitCode = 1
  }
} finally {
  await app.close()
  await database.drop()
  await server.close()
  await rm(folder, { recursive: true, force: true })
}

async function submitOne(): Promise<void> {
  const answer = await fetch(`${app.baseUrl}/fhir`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.token(app.baseUrl)}`,
      'content-type': 'application/fhir+json',
    },
    body: JSON.stringify(aReferral()),
  })
  if (answer.status !== 200) throw new Error(await answer.text())
}

/** The same referral under other ids, of patients of other names, due at other times. */
async function multiply(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const began = performance.now()
  const names = ['Okonkwo', 'Lindqvist', 'Petrov', 'Haile', 'Kowalski', 'Ng', 'Arden', 'Birch']
  await client.query(`SET referloop.service = 'on'`)
  await client.query(
    `CREATE TEMP TABLE copy AS SELECT n, 'c' || n || '-' AS mark, (ARRAY['routine','routine','routine','urgent'])[1 + n % 4] AS priority,
       ($2::text[])[1 + n % 8] AS family FROM generate_series(1, $1::int) AS n`,
    [referrals, names],
  )
  const columns = `digest, submitted, version, status, business_status, overall, participants, updated_at,
    with_clinic_since, delivery, release, gathering, information, step, next_actor, step_of`
  await client.query(`
    INSERT INTO referloop.referral (id, task_id, patient_id, referrer_id, clinic_id, identifiers, priority,
      created_at, next_due, ${columns})
    SELECT c.mark || r.id, c.mark || r.task_id, c.mark || r.patient_id, r.referrer_id, r.clinic_id,
      ARRAY['urn:bench|' || c.n], c.priority, r.created_at - c.n * interval '1 second',
      r.next_due + (c.n * 7919 % 1000000) * interval '1 second', ${columns.replaceAll(/(\w+)/g, 'r.$1')}
    FROM referloop.referral r, copy c WHERE r.id NOT LIKE 'c%-%-%-%-%-%'`)
  await client.query(`
    INSERT INTO referloop.resource (type, id, version, last_updated, referrer_id, clinic_id, referral_id, digest, tokens, content)
    SELECT x.type, c.mark || x.id, x.version, x.last_updated, x.referrer_id, x.clinic_id, c.mark || x.referral_id, x.digest,
      CASE WHEN x.type = 'Patient' THEN ARRAY['~name|' || lower(left(c.family, 4)), 'identifier||MRN' || c.n] ELSE ARRAY['bench|' || c.n] END,
      replace(replace(replace(replace(x.content, r.id, c.mark || r.id), r.task_id, c.mark || r.task_id),
        r.patient_id, c.mark || r.patient_id), '"Example"', '"' || c.family || '"')
    FROM referloop.referral r, referloop.resource x, copy c
    WHERE r.id NOT LIKE 'c%-%-%-%-%-%' AND (x.referral_id = r.id OR x.id = r.patient_id)
      AND x.type IN ('Patient', 'ServiceRequest', 'Task')`)
  await client.query(`
    INSERT INTO referloop.clinic_participant (clinic_id, type, id, referrer_id)
    SELECT r.clinic_id, 'Patient', r.patient_id, r.referrer_id FROM referloop.referral r ON CONFLICT DO NOTHING`)
  await client.query(
    `INSERT INTO referloop.colleague (clinic_id, id, name, signed_in_at)
     SELECT $1, CASE n WHEN 0 THEN referloop.colleague_id($1, $2) ELSE lpad(n::text, 16, '0') END,
       'Colleague ' || n, now() FROM generate_series(0, 19) AS n`,
    [clinicId, nurse.id],
  )
  await client.query(
    `UPDATE referloop.referral r SET
       owner = CASE WHEN c.n % 3 = 0 THEN '' ELSE
         (SELECT array_agg(id ORDER BY id) FROM referloop.colleague)[1 + c.n % 20] END,
       snoozed_until = CASE WHEN c.n % 50 = 0 THEN now() + interval '3 days' END
     FROM copy c WHERE r.identifiers = ARRAY['urn:bench|' || c.n]`,
  )
  await client.query(
    `INSERT INTO referloop.saved_view (clinic_id, id, owner, name, query)
     SELECT $1, gen_random_uuid(), '', query, query FROM unnest(ARRAY['tab=new&owner=mine',
       'tab=new&priority=urgent', 'tab=new&priority=stat', 'tab=snoozed', 'tab=new&due=late',
       'tab=to-schedule&owner=none']) AS query`,
    [clinicId],
  )
  await client.query('VACUUM ANALYZE')
  await client.end()
  say(`made in ${Math.round((performance.now() - began) / 1000)} s`)
}

async function signIn(): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  const at = new Date().toISOString()
  await app.storage.sessions.begin(createHash('sha256').update(secret).digest('hex'), {
    id: randomUUID(),
    role: 'clinic',
    organization: clinicId,
    person: nurse,
    startedAt: at,
    lastSeenAt: at,
  })
  return `referloop-session=${secret}`
}

async function measure(what: string, cookie: string, path: () => string): Promise<number> {
  const times: number[] = []
  let rows = 0
  let cpu = process.cpuUsage()
  const token = await formToken(cookie)
  for (let n = 0; n < requests + 10; n++) {
    const body = new URLSearchParams({
      'form-token': token,
      find: `MRN${1 + ((n * 97) % referrals)}`,
      list: 'tab=new',
    })
    if (n === 10) cpu = process.cpuUsage()
    const began = performance.now()
    const answer = await fetch(
      `${app.baseUrl}${path()}`,
      /\/(find|take)$/.test(path())
        ? {
            method: 'POST',
            redirect: 'manual',
            headers: { cookie, 'sec-fetch-site': 'same-origin' },
            body,
          }
        : { headers: { cookie } },
    )
    const html = await answer.text()
    if (answer.status !== 200 && answer.status !== 303) throw new Error(`${what}: ${answer.status}`)
    // The first ones are for the compiler.
    if (n >= 10) times.push(performance.now() - began)
    rows = html.split('<tr data-referral').length - 1
  }
  const { user, system } = process.cpuUsage(cpu)
  const own = ((user + system) / 1000 / requests).toFixed(0).padStart(4)
  const at = (share: number) =>
    percentile(times, share / 100)
      .toFixed(0)
      .padStart(5)
  say(
    `${what.padEnd(40)} ${String(rows).padStart(3)} rows  p50 ${at(50)} ms  p95 ${at(95)} ms  p99 ${at(99)} ms  own CPU ${own} ms`,
  )
  return percentile(times, 0.99)
}

/** All of it, as somebody downloads it. */
async function measureFile(cookie: string): Promise<void> {
  const began = performance.now()
  const answer = await fetch(`${app.baseUrl}/worklist/list.csv?tab=new`, { headers: { cookie } })
  let bytes = 0
  let lines = 0
  let first = 0
  for await (const part of answer.body ?? []) {
    first ||= performance.now() - began
    bytes += part.length
    lines += new TextDecoder().decode(part).split('\r\n').length - 1
  }
  const [mb, s] = [bytes / 1e6, (performance.now() - began) / 1000]
  say(
    `the list as CSV: ${lines} lines, ${mb.toFixed(1)} MB in ${s.toFixed(1)} s, the first after ${first.toFixed(0)} ms`,
  )
}

async function formToken(cookie: string): Promise<string> {
  const html = await (await fetch(`${app.baseUrl}/worklist/here`, { headers: { cookie } })).text()
  return /name="form-token" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

/** The addresses of the pages, each found on the page before. */
async function walk(cookie: string, count: number): Promise<readonly string[]> {
  const pages = ['/worklist']
  while (pages.length < count) {
    const html = await (
      await fetch(`${app.baseUrl}${pages.at(-1)}`, { headers: { cookie } })
    ).text()
    const next = /<a href="([^"]+)" rel="next">/.exec(html)?.[1]
    if (!next) break
    pages.push(next.replaceAll('&amp;', '&'))
  }
  return pages
}
