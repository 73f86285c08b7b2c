/** What the database counts is what one would count by hand, whatever has happened. */

import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import t from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import { openingsBetween, usualHours } from '../../src/domain/access/working-hours.ts'
import type { TallyQuery } from '../../src/domain/insight/tally.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  mayMove,
  type TaskStatus,
} from '../../src/domain/referral/life.ts'
import { dice, live } from '../helpers/insight-history.ts'
import { type History, inOrder, loopOf, type Standing, tallyOf } from '../helpers/insight-oracle.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { databaseTemplate, openTestStorage } from '../helpers/storage.ts'

const referrers = ['lakeside-family', 'hilltop-internal']
const clinics = ['river-pain-clinic', 'summit-pain-center']
const viewers: readonly Viewer[] = [
  ...referrers.map((organization) => ({ role: 'referrer' as const, organization })),
  ...clinics.map((organization) => ({ role: 'clinic' as const, organization })),
]

const statuses = Object.keys(businessStatusesOf) as TaskStatus[]
const overalls = ['ready', 'incomplete', 'incomplete', 'clinician-review', 'contraindicated']
const reasons = ['no-capacity', 'information-missing']
const hourMs = 3_600_000
const begin = Date.parse('2026-02-20T12:00:00.000Z')

/** Anything that a referral's life allows, and patients who come back. */
function someHistory(n: number, roll: (sides: number) => number): History {
  const any = <T>(all: readonly T[]): T => all[roll(all.length)] as T
  const referrerId = any(referrers)
  // Whole hours, so that changes fall on the edges of periods.
  let at = begin + roll(40 * 24) * hourMs
  const first: Standing = {
    at: new Date(at).toISOString(),
    status: 'requested',
    businessStatus: any(businessStatusesOf.requested),
    overall: any(overalls),
    ...(roll(8) === 0 ? { withheld: true } : {}),
  }
  const standings: [Standing, ...Standing[]] = [first]
  for (let left = roll(11); left > 0; left--) {
    const before = standings.at(-1) as Standing
    const next = statuses.filter(
      (status) => mayMove(before.status, status) && (left < 2 || !isClosed(status)),
    )
    const status = isClosed(before.status) ? before.status : any(next)
    const businessStatus = any<BusinessStatus>(businessStatusesOf[status])
    at += (1 + roll(6 * 24)) * hourMs
    standings.push({
      at: new Date(at).toISOString(),
      status,
      businessStatus,
      overall: roll(3) === 0 ? any(overalls) : before.overall,
      ...(businessStatus === 'declined' && before.status !== 'rejected'
        ? { reason: any([...reasons, undefined as unknown as string]) }
        : {}),
      reported: before.reported || (status !== 'requested' && roll(4) === 0),
      revoked: before.revoked || (businessStatus === 'cancelled' && roll(2) === 0),
      withheld: before.withheld ?? false,
    })
  }
  return {
    id: `r-${n}`,
    referrerId,
    clinicId: any(clinics),
    patientId: `p-${referrerId}-${roll(12)}`,
    standings,
  }
}

const dataDirectory = await mkdtemp(join(tmpdir(), 'referloop-insight-'))
const storage = await openTestStorage({ dataDirectory })
t.teardown(async () => {
  await storage.close()
  await rm(dataDirectory, { recursive: true, force: true })
})

const roll = dice(50)
const histories = Array.from({ length: 44 }, (_, n) => someHistory(n, roll))
await Promise.all(histories.map((history) => live(storage.referrals, history)))

const queryOf = (from: string, until: string, more: Partial<TallyQuery> = {}): TallyQuery => ({
  from,
  until,
  steps: [from, new Date((Date.parse(from) + Date.parse(until)) / 2).toISOString()],
  openings: openingsBetween(from, '2026-06-01T00:00:00.000Z', usualHours),
  openMs: 9 * hourMs,
  ...more,
})

const all = queryOf('2026-02-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z')
const queries: readonly TallyQuery[] = [
  all,
  queryOf('2026-03-01T05:00:00.000Z', '2026-03-08T05:00:00.000Z'),
  // From the very instant of one change to the very instant of another.
  queryOf(histories[0]?.standings[0].at as string, '2026-04-01T00:00:00.000Z'),
  queryOf('2026-03-01T05:00:00.000Z', histories[1]?.standings.at(-1)?.at as string),
  queryOf('2026-03-05T00:00:00.000Z', '2026-04-01T00:00:00.000Z', {
    partner: 'summit-pain-center',
  }),
  queryOf('2026-03-05T00:00:00.000Z', '2026-04-01T00:00:00.000Z', { partner: 'hilltop-internal' }),
  queryOf('2025-01-01T00:00:00.000Z', '2025-02-01T00:00:00.000Z'),
].filter(({ from, until }) => from < until)

t.test('the database counts what one counts by hand, for each side and period', async (t) => {
  for (const viewer of viewers)
    for (const query of queries) {
      const counted = await storage.insight.tally(viewer, query)
      const name = `${viewer.organization} ${query.from} ${query.until} ${query.partner ?? ''}`
      t.same(inOrder(counted), inOrder(tallyOf(histories, viewer, query)), name)
    }
})

t.test('of what was random, enough came to happen', async (t) => {
  const told = await Promise.all(viewers.map((viewer) => storage.insight.tally(viewer, all)))
  const most = (read: (tally: (typeof told)[number]) => number) => Math.max(...told.map(read))
  for (const [name, value] of Object.entries({
    salvaged: most(({ total }) => total.salvaged),
    sentBack: most(({ total }) => total.sentBack),
    ended: most(({ total }) => total.ended),
    waiting: most(({ total }) => total.waiting),
    unknown: most(({ total }) => total.unknown),
    closed: most(({ total }) => total.closed),
    declined: most(({ total }) => total.declined),
    noShows: most(({ noShows }) => noShows),
    visits: most(({ visits }) => visits),
    reasons: most(({ ends }) => ends.filter(({ reason }) => reason).length),
  }))
    t.ok(value > 0, name)
})

t.test('parts add up to the whole', async (t) => {
  for (const viewer of viewers)
    for (const query of queries) {
      const { total, partners, steps, days } = await storage.insight.tally(viewer, query)
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
      const { salvaged, sentBack, ended, waiting } = total
      t.equal(salvaged + sentBack + ended + waiting, total.incomplete, 'what was incomplete')
      t.equal(sum(partners.map(({ submitted }) => submitted)), total.submitted, 'by organisation')
      t.equal(sum(steps.map(({ submitted }) => submitted)), total.submitted, 'by step')
      t.equal(sum(days), total.completed, 'by day')
      const way = [total.submitted, total.arrived, total.accepted, total.scheduled, total.seen]
      t.same(
        way.toSorted((a, b) => b - a),
        way,
        'nobody comes farther than before',
      )
      t.ok(total.closed <= total.seen)
      const { clock } = total
      t.ok(!clock || (clock.p25 <= clock.p50 && clock.p50 <= clock.p75 && clock.p75 <= clock.p90))
    }
})

t.test('CMS50: the first referral of each patient that was not taken back', async (t) => {
  const year = { from: '2026-01-01T05:00:00.000Z', until: '2027-01-01T05:00:00.000Z' }
  const short = { from: '2026-03-01T05:00:00.000Z', until: '2026-03-20T05:00:00.000Z' }
  const loops = [
    { ...year, referredUntil: '2026-11-01T04:00:00.000Z' },
    { ...year, referredUntil: '2026-03-10T00:00:00.000Z' },
    { ...short, referredUntil: short.until },
  ]
  for (const viewer of viewers)
    for (const query of loops) {
      const { total, partners } = await storage.insight.loop(viewer, query)
      t.same(total, loopOf(histories, viewer, query), viewer.organization)
      for (const part of ['initialPopulation', 'numerator'] as const)
        t.equal(
          partners.reduce((sum, each) => sum + each[part], 0),
          total[part],
        )
    }
})

t.test('OW1 without the first wall, row-level security lets out no more', async (t) => {
  const template = await databaseTemplate()
  const open = await openTestStorage({ template, firstWall: false })
  t.teardown(() => open.close())
  const mine = aReferral({ createdAt: '2026-03-02T10:00:00.000Z' })
  const theirs = aReferral({ referrerId: 'hilltop-internal', clinicId: 'summit-pain-center' })
  for (const each of [mine, theirs]) await open.referrals.commit(aSubmission(each))
  const seen = async (viewer: Viewer) => {
    const { total, states } = await open.insight.tally(viewer, all)
    const { initialPopulation } = (
      await open.insight.loop(viewer, {
        from: all.from,
        until: all.until,
        referredUntil: all.until,
      })
    ).total
    return [total.submitted, states.length, initialPopulation]
  }
  t.same(await seen({ role: 'referrer', organization: 'lakeside-family' }), [1, 1, 1])
  t.same(
    await seen({ role: 'clinic', organization: 'river-pain-clinic' }),
    [0, 0, 0],
    'the clinic does not have it yet',
  )
  await open.referrals.commit(
    aNextState(mine, { status: 'received', businessStatus: 'awaiting-triage' }),
  )
  t.same(
    await seen({ role: 'clinic', organization: 'river-pain-clinic' }),
    [1, 1, 1],
    'and sees nothing of where it stood before it came',
  )
})

t.test('what an upgrade learns of the past is what would have been kept at the time', async (t) => {
  await storage.close()
  const db = await PGlite.create({ dataDir: join(dataDirectory, 'pglite') })
  t.teardown(() => db.close())
  await db.exec(`SET referloop.service = 'on'`)
  const kept = async (table: string) =>
    (
      await db.query(
        `SELECT row_to_json(x) AS row FROM referloop.${table} x ORDER BY row_to_json(x)::text`,
      )
    ).rows
  const before = [await kept('journey'), await kept('move')]
  t.ok(before.every((rows) => rows.length > 0))
  const folder = new URL('../../src/storage/migrations/', import.meta.url)
  const file = readdirSync(folder).find((name) => name.endsWith('-journeys.sql')) as string
  const [learn] =
    /CREATE FUNCTION referloop\.learn_journeys[\s\S]*?\n\$\$;/.exec(
      readFileSync(new URL(file, folder), 'utf8'),
    ) ?? []
  await db.exec(`DELETE FROM referloop.journey; DELETE FROM referloop.move; ${learn}`)
  await db.exec(`SELECT referloop.learn_journeys('-infinity')`)
  t.same([await kept('journey'), await kept('move')], before)
})
