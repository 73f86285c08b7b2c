/**
 * The queue with much in it, on a PostgreSQL of its own: `node bench/queue.ts [--jobs 10000] [--rounds 3]`.
 *
 * - poison: one referral whose every attempt fails, and one whose attempt never ends, among the rest of
 *   their clinic and others. How much longer do the rest take, from one to the next?
 * - outage: the EHR of one clinic comes back to a full queue. How soon is all there, and how many come in
 *   its busiest second?
 */

import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { throughLine } from '../src/delivery/ehr-line.ts'
import { NotSent } from '../src/delivery/exchange.ts'
import { EhrFailure } from '../src/domain/referral/ports.ts'
import { openStorage, type Storage } from '../src/storage/open.ts'
import { type PostgresServer, startPostgres } from '../test/helpers/postgres.ts'
import { aReferral, aSubmission } from '../test/helpers/referral-change.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    waiting: { type: 'string', default: '600' },
  },
})
const clinics = ['river-pain-clinic', 'summit-pain-center', 'c', 'd', 'e']

async function poison(server: PostgresServer, jobs: number, rounds: number): Promise<void> {
  const clean: number[] = []
  const poisoned: number[] = []
  for (let round = 0; round < rounds; round++) {
    clean.push(...(await drain(server, jobs, false)))
    poisoned.push(...(await drain(server, jobs, true)))
  }
  const [without, beside] = [clean, poisoned].map((all) =>
    [0.5, 0.99].map((at) => percent(all, at)),
  )
  say(`${jobs} jobs, ${rounds} rounds each: milliseconds from one begun to the next`)
  say(`  without poison p50 ${without?.[0]?.toFixed(2)}, p99 ${without?.[1]?.toFixed(2)}`)
  say(`  with poison    p50 ${beside?.[0]?.toFixed(2)}, p99 ${beside?.[1]?.toFixed(2)}`)
  say(`  p99 with to without: ${((beside?.[1] ?? 0) / (without?.[1] ?? 1)).toFixed(3)}`)
}

/** @returns milliseconds from each job begun to the next */
async function drain(server: PostgresServer, jobs: number, isPoisoned: boolean): Promise<number[]> {
  return withQueue(server, jobs, async (storage, ids) => {
    const [failing, hanging] = isPoisoned ? [ids[0], ids[1]] : []
    const gaps: number[] = []
    let last = performance.now()
    let left = jobs - (isPoisoned ? 2 : 0)
    const done = Promise.withResolvers<void>()
    const hung = Promise.withResolvers<void>()
    await storage.jobs.work(
      'deliver',
      async ({ referralId }) => {
        if (referralId === failing) throw new EhrFailure('poisoned', { phase: 'refused' })
        if (referralId === hanging) return hung.promise
        const now = performance.now()
        gaps.push(now - last)
        last = now
        await pause(5)
        if (--left === 0) done.resolve()
      },
      { share: 0.25 },
    )
    await done.promise
    hung.resolve()
    return gaps
  })
}

async function outage(server: PostgresServer, waiting: number): Promise<void> {
  await withQueue(server, waiting, async (storage) => {
    const sent: { readonly at: number; readonly ok: boolean }[] = []
    let isBack = false
    const egress = {
      send: async () => {
        sent.push({ at: performance.now(), ok: isBack })
        await pause(20)
        if (!isBack) throw new NotSent(new Error('ECONNREFUSED'))
        return { status: 200, header: () => undefined, body: new Uint8Array() }
      },
    }
    const lines = new Map(
      clinics.map((id) => [
        id,
        throughLine(
          { id, requestsPerSecond: 10 },
          {
            ...{ egress, lines: storage.lines, now: () => new Date(), onLine: () => {} },
            monotonic: () => performance.now(),
          },
        ),
      ]),
    )
    let done = 0
    let taken = 0
    const allowed = async () =>
      new Map((await storage.lines.state()).map((line) => [line.clinicId, line.isClosed ? 0 : 1]))
    await storage.jobs.work(
      'deliver',
      async () => {
        taken++
        await lines.get(clinics[0] as string)?.send({ url: 'https://ehr.example/fhir' })
        done++
      },
      { share: 0.25, allowed },
    )
    await pause(30_000)
    const during = { requests: sent.length, taken }
    isBack = true
    const back = performance.now()
    while (done < waiting) await pause(100)
    const after = sent.filter(({ ok }) => ok).map(({ at }) => at)
    const most = Math.max(
      ...after.map((from) => after.filter((at) => at >= from && at < from + 1_000).length),
    )
    const seconds = (performance.now() - back) / 1_000
    say(
      `${waiting} waiting for one EHR that was away for 30 s: ${during.requests} requests and ${during.taken} jobs taken meanwhile; all there ${seconds.toFixed(1)} s after its return, ${most} in the busiest second`,
    )
  })
}

/** A queue with so many jobs; for one clinic when they are few. */
async function withQueue<R>(
  server: PostgresServer,
  jobs: number,
  act: (storage: Storage, ids: readonly string[]) => Promise<R>,
): Promise<R> {
  const database = await server.newDatabase()
  const storage = await openStorage({ databaseUrl: database.url, now: () => new Date() })
  const admin = new pg.Client({ connectionString: database.url })
  try {
    await admin.connect()
    const referral = aReferral()
    const job = { queue: 'deliver', referralId: referral.id } as const
    await storage.referrals.commit(aSubmission(referral, { jobs: [job] }))
    // Jobs as a commit makes them, without their referrals: thousands of these take minutes.
    const { rows } = await admin.query<{ id: string }>(copyJobs, [jobs, clinics])
    await admin.query('DELETE FROM pgboss.job WHERE singleton_key = $1', [referral.id])
    await admin.query('ANALYZE pgboss.job')
    return await act(storage, rows.map(({ id }) => id).sort())
  } finally {
    await admin.end()
    await storage.close()
    await database.drop()
  }
}

const copyJobs = `
  INSERT INTO pgboss.job (id, name, data, retry_limit, retry_delay, retry_backoff, retry_delay_max,
    start_after, singleton_key, expire_seconds, keep_until, policy, dead_letter, heartbeat_seconds,
    deletion_seconds, created_on, group_id)
  SELECT gen_random_uuid(), name, jsonb_build_object('queue', 'deliver', 'referralId', key),
    retry_limit, retry_delay, retry_backoff, retry_delay_max, start_after, key, expire_seconds,
    keep_until, policy, dead_letter, heartbeat_seconds, deletion_seconds,
    created_on + n * interval '1 microsecond',
    ($2::text[])[CASE WHEN $1::int > 2000 THEN 1 + n % 5 ELSE 1 END]
  FROM pgboss.job, generate_series(1, $1::int) AS n, lpad(n::text, 8, '0') AS key
  WHERE name = 'deliver'
  RETURNING singleton_key AS id`

function percent(all: readonly number[], at: number): number {
  const sorted = [...all].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? 0
}

const say = (line: string) => process.stdout.write(`${line}\n`)
const server = await startPostgres()
if ('skip' in server) throw new Error(server.skip)
try {
  await poison(server, Number(values.jobs), Number(values.rounds))
  await outage(server, Number(values.waiting))
} finally {
  await server.close()
}
