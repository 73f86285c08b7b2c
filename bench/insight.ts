/**
 * How quick the figures are when there is much to count: `npm run bench:insight -- --referrals 100000`
 *
 * The referrals of one clinic over a year, with all their moves, are written within PostgreSQL. Measured
 * is what the page and the MeasureReport ask of the store, for each period, one after the other.
 */

import { parseArgs } from 'node:util'
import pg from 'pg'
import { openingsBetween, usualHours } from '../src/domain/access/working-hours.ts'
import { type Period, type PeriodCode, periodOf } from '../src/domain/insight/period.ts'
import { openStorage } from '../src/storage/open.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { percentile } from './harness/figures.ts'

const { values: options } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '20' },
  },
})
const [referrals, requests] = [Number(options.referrals), Number(options.requests)]
const now = '2026-11-20T20:00:00.000Z'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const server = await startPostgres()
if ('skip' in server) throw new Error(server.skip)
const database = await server.newDatabase()
const storage = await openStorage({ databaseUrl: database.url, now: () => new Date(now) })
try {
  await write()
  say(`${referrals} referrals of one clinic over a year, PostgreSQL, ${requests} requests each`)
  for (const code of ['week', 'month', 'quarter', 'year'] as const) await measure(code)
  await measureLoop()
} finally {
  await storage.close()
  await database.drop()
  await server.close()
}

/** Seven moves each; half of them lacked something for some days. */
async function write(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const began = performance.now()
  await client.query(`SET referloop.service = 'on'`)
  await client.query(
    `INSERT INTO referloop.journey (referral_id, referrer_id, clinic_id, patient_id, submitted_at,
       first_overall, complete_at, arrived_at, accepted_at, scheduled_at, seen_at, reported_at,
       ended_at, ended_as, withheld)
     SELECT 'r' || n, 'practice-' || n % 40, 'river-pain-clinic', 'p' || n, at,
       CASE WHEN n % 2 = 0 THEN 'incomplete' ELSE 'ready' END,
       at + (n % 2 = 0)::int * (n * 7919 % 300) * interval '1 hour', at + interval '13 days',
       at + interval '14 days', at + interval '16 days', at + interval '40 days',
       at + interval '42 days', at + interval '42 days', 'completed', false
     FROM (SELECT n, $2::timestamptz - n * interval '365 days' / $1 AS at
       FROM generate_series(1, $1::int) AS n) AS n`,
    [referrals, now],
  )
  await client.query(
    `INSERT INTO referloop.move (referral_id, version, referrer_id, clinic_id, with_clinic, at, until,
       standing, from_status, to_status)
     SELECT referral_id, s.n, referrer_id, clinic_id, s.n > 2, submitted_at + s.begins,
       submitted_at + s.ends, s.n = 7, 'sending', s.status
     FROM referloop.journey, (VALUES
       (1, 'awaiting-information', interval '0', interval '12 days'),
       (2, 'sending', interval '12 days', interval '13 days'),
       (3, 'awaiting-triage', interval '13 days', interval '14 days'),
       (4, 'awaiting-scheduling', interval '14 days', interval '16 days'),
       (5, 'scheduled', interval '16 days', interval '40 days'),
       (6, 'visit-completed', interval '40 days', interval '42 days'),
       (7, 'completed', interval '42 days', interval '42 days')) AS s (n, status, begins, ends)`,
  )
  await client.query('VACUUM ANALYZE referloop.journey, referloop.move')
  await client.end()
  say(`written in ${Math.round((performance.now() - began) / 1000)} s`)
}

async function measure(code: PeriodCode): Promise<void> {
  const period = periodOf({ code }, now, usualHours.timeZone) as Period
  const viewer = { role: 'clinic', organization: 'river-pain-clinic' } as const
  await time(code, async () => {
    const { total } = await storage.insight.tally(viewer, {
      ...{ from: period.from, until: period.until },
      steps: period.steps.map(({ from }) => from),
      openings: openingsBetween(period.from, now, usualHours),
      openMs: 9 * 3_600_000,
    })
    return total.submitted
  })
}

async function measureLoop(): Promise<void> {
  const viewer = { role: 'clinic', organization: 'river-pain-clinic' } as const
  await time('MeasureReport of a year', async () => {
    const { total } = await storage.insight.loop(viewer, {
      from: '2025-11-20T05:00:00.000Z',
      until: '2026-11-21T05:00:00.000Z',
      referredUntil: '2026-09-20T04:00:00.000Z',
    })
    return total.initialPopulation
  })
}

async function time(what: string, ask: () => Promise<number>): Promise<void> {
  const times: number[] = []
  let counted = 0
  for (let n = 0; n < requests + 2; n++) {
    const began = performance.now()
    counted = await ask()
    // The first ones are for the compiler.
    if (n >= 2) times.push(performance.now() - began)
  }
  const at = (share: number) => percentile(times, share).toFixed(0).padStart(5)
  say(
    `${what.padEnd(24)} ${String(counted).padStart(6)} referrals  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms`,
  )
}
