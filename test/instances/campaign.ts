/** What several instances have to stand: being killed, being replaced, being of two versions. */

import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../faults/traces.ts'
import { eventually } from '../helpers/eventually.ts'
import type { PostgresServer } from '../helpers/postgres.ts'
import { refer } from '../helpers/world.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { logInAll, nextReferral, startLoad } from './load.ts'
import { nextVersion, versionBefore } from './versions.ts'

interface CampaignOptions {
  readonly postgres: PostgresServer
  readonly seed: number
  readonly say: (line: string) => void
}

const perSecond = 50

/** Each resolves to what was not as promised. */
export const campaigns = { takeUp, rolling, upgrade, before } as const

/** Of four instances three are killed in the middle of their jobs, again and again. */
async function takeUp(options: CampaignOptions): Promise<readonly string[]> {
  return withFleet(options, 0, async (fleet) => {
    for (const ehr of fleet.ehrs) ehr.misbehave({ on: 'write', delayMs: 4_000 })
    for (let n = 0; n < 4; n++) await fleet.start()
    const clients = await logInAll(fleet.proxy.baseUrl, fleet.clientKeys)
    const times: number[] = []
    let referrals = 0
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 10; n++) {
        await Promise.all(clients.flatMap((by) => [by, by]).map((by) => refer(by, nextReferral())))
        referrals += 4
      }
      await eventually('all are at work', async () => {
        const [row] = await fleet.query(activeJobs)
        return Number(row?.n) >= 16 || undefined
      })
      times.push(...(await killThree(fleet)))
    }
    for (const ehr of fleet.ehrs) ehr.misbehave({})
    const wrong = [...(await fleet.settled(referrals))]
    const at = (part: number) => Math.round(percentile(times, part))
    options.say(
      `${times.length} jobs of killed instances taken up again: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
    )
    if (times.length < 30) wrong.push(`only ${times.length} jobs were in hand at the kills`)
    if (at(0.99) > 30_000) wrong.push('the 99th percentile is above 30 s')
    return wrong
  })
}

/** @returns for each job that they had in hand, how long after the kill it was begun again */
async function killThree(fleet: Fleet): Promise<readonly number[]> {
  const doomed = fleet.running.slice(0, 3)
  const before = new Map(
    (await fleet.query(inHand)).map(({ id, retry_count }) => [String(id), Number(retry_count)]),
  )
  await Promise.all(doomed.map((one) => fleet.kill(one)))
  const [{ at: killedAt } = { at: 0 }] = await fleet.query(databaseClock)
  const replaced = Promise.all(doomed.map(() => fleet.start()))
  const times = new Map<string, number>()
  const isOver = new Set<string>()
  await eventually(
    'each is taken up or done',
    async () => {
      for (const { id, retry_count, state, started } of await fleet.query(stateOf(before))) {
        const key = String(id)
        if (Number(retry_count) > Number(before.get(key))) {
          if (!times.has(key)) times.set(key, Number(started) - Number(killedAt))
          isOver.add(key)
        } else if (state === 'completed') isOver.add(key)
      }
      return isOver.size === before.size || undefined
    },
    () => `${isOver.size} of ${before.size}`,
    90_000,
  )
  await replaced
  return [...times.values()]
}

const activeJobs = `SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'deliver' AND state = 'active'`
const inHand = `SELECT id, retry_count FROM pgboss.job WHERE name = 'deliver' AND state = 'active'`
const databaseClock = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS at'
const stateOf = (jobs: ReadonlyMap<string, number>) => `
  SELECT id, retry_count, state, extract(epoch FROM started_on)::float8 * 1000 AS started
  FROM pgboss.job WHERE id IN (${[...jobs.keys()].map((id) => `'${id}'`).join(', ')})`

/** Two instances, then four, each replaced under load. */
async function rolling(options: CampaignOptions): Promise<readonly string[]> {
  return withFleet(options, 2, async (fleet) => {
    const wrong: string[] = []
    for (const count of [2, 4]) {
      while (fleet.running.length < count) await fleet.start()
      wrong.push(
        ...(await underLoad(fleet, options, `${count} instances replaced`, async () => {
          for (const one of fleet.running.slice(0, count)) await fleet.replace(one)
        })),
      )
    }
    return [...wrong, ...(await fleet.settled(referralsOf(fleet)))]
  })
}

/** This version gives way to one with an expansion, whose migration is killed half-way, and comes back. */
async function upgrade(options: CampaignOptions): Promise<readonly string[]> {
  const next = await nextVersion(expansion)
  try {
    return await withFleet(options, 2, async (fleet) => {
      for (let n = 0; n < 2; n++) await fleet.start()
      const wrong = [
        ...(await underLoad(fleet, options, 'upgrade, and half of it taken back', async () => {
          const killed = fleet.start(next).catch(() => 'ended')
          await eventually(
            'it migrates',
            async () => (await fleet.query(asleep)).length > 0 || undefined,
          )
          await fleet.query(killSleeper)
          if ((await killed) !== 'ended') wrong.push('a killed migration did not end the start')
          const [first, second] = fleet.running.filter(({ baseUrl }) =>
            fleet.proxy.targets.has(baseUrl),
          )
          if (!first || !second) throw new Error('the instances are gone')
          await fleet.replace(first, next)
          const newer = await fleet.replace(second, next)
          await fleet.replace(newer)
        })),
      ]
      const [{ hue } = { hue: undefined }] = await fleet.query(
        `SELECT count(*)::int AS hue FROM pg_attribute WHERE attname = 'hue'`,
      )
      if (hue !== 1) wrong.push('the expansion is not there')
      return [...wrong, ...(await fleet.settled(referralsOf(fleet)))]
    })
  } finally {
    await next.remove()
  }
}

const expansion = `
  ALTER TABLE referloop.referral ADD COLUMN hue text, ADD COLUMN tone text NOT NULL DEFAULT 'plain';
  SELECT pg_sleep(1);
  CREATE TABLE referloop.next (id text PRIMARY KEY, content text NOT NULL);
`
const asleep = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`
const killSleeper = `SELECT pg_terminate_backend(pid) FROM (${asleep}) AS sleeper`

/** The version before the newest migration, and this one beside it, on a database that it made. */
async function before(options: CampaignOptions): Promise<readonly string[]> {
  const old = await versionBefore()
  if (typeof old === 'string') {
    options.say(`the version before was not tried: ${old}`)
    return []
  }
  try {
    return await withFleet(options, 2, async (fleet) => {
      const first = await fleet.start(old)
      const second = await fleet.start(old)
      const wrong = await underLoad(
        fleet,
        options,
        'the version before, then both, then this',
        async () => {
          await exchange(fleet, first)
          await pause(2_000)
          await exchange(fleet, second)
        },
      )
      return [...wrong, ...(await fleet.settled(referralsOf(fleet)))]
    })
  } finally {
    await old.remove()
  }
}

/** One that does not say that it leaves is taken out of the proxy first. */
async function exchange(fleet: Fleet, old: Fleet['running'][number]): Promise<void> {
  await fleet.start()
  fleet.proxy.targets.delete(old.baseUrl)
  await eventually('nothing goes there', () => !fleet.proxy.ready.has(old.baseUrl) || undefined)
  await pause(1_000)
  await fleet.kill(old)
}

const taken = new WeakMap<Fleet, number>()
const referralsOf = (fleet: Fleet): number => taken.get(fleet) ?? 0

async function underLoad(
  fleet: Fleet,
  { say }: CampaignOptions,
  what: string,
  act: () => Promise<void>,
): Promise<readonly string[]> {
  const load = startLoad(await logInAll(fleet.proxy.baseUrl, fleet.clientKeys), perSecond)
  const began = performance.now()
  try {
    await act()
  } finally {
    await load.stop()
  }
  const seconds = (performance.now() - began) / 1_000
  taken.set(fleet, referralsOf(fleet) + load.referred.length)
  say(
    `${what}: ${load.asked()} requests in ${seconds.toFixed(1)} s (${(load.asked() / seconds).toFixed(0)} a second), ${load.failures.length} failed`,
  )
  const reached = load.asked() / seconds
  if (reached < perSecond * 0.9)
    say(`${what}: this machine did not keep up with ${perSecond} a second`)
  const tooFew = reached < perSecond / 2 ? [`${what}: too few requests to tell`] : []
  return [...load.failures.slice(0, 5).map((each) => `${what}: ${each}`), ...tooFew]
}

async function withFleet(
  { postgres, seed }: CampaignOptions,
  drainSeconds: number,
  act: (fleet: Fleet) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const database = await postgres.newDatabase()
  const fleet = await startFleet(database.url, { drainSeconds, seed })
  try {
    return await act(fleet)
  } finally {
    await fleet.close()
    await database.drop()
  }
}
