/** Urgent referrals that do not arrive, with a clock that the test moves. */

import { pino } from 'pino'
import { Registry as MetricsRegistry } from 'prom-client'
import t, { type Test } from 'tap'
import { alertForever } from '../../src/delivery/alert-forever.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aReferral as aBundle, npis } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { openTestStorage } from '../helpers/storage.ts'
import { startWorld } from '../helpers/world.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly referralId?: string
}

const aLog = () => {
  const lines: Line[] = []
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as Line) }
  return { lines, sink, alerts: () => lines.filter(({ msg }) => msg.startsWith('urgent')) }
}

/** A process: its own metrics and memory, the same database. */
function start(t: Test, { undelivered }: Storage, now: () => Date) {
  const { lines, sink, alerts } = aLog()
  const metrics = new MetricsRegistry()
  const stopping = new AbortController()
  let looks = 0
  const ended = alertForever(
    {
      undelivered: {
        ...undelivered,
        async takeUrgent(...asked) {
          const taken = await undelivered.takeUrgent(...asked)
          looks++
          return taken
        },
      },
      now,
      every: 0.01,
      log: pino({}, sink),
      metrics,
    },
    stopping.signal,
  )
  const stop = () => {
    stopping.abort()
    return ended
  }
  t.teardown(stop)
  return {
    ...{ lines, alerts, stop },
    /** Resolves when it has looked twice more: what is there by now was seen. */
    async look() {
      const before = looks
      await eventually('it looks', () => (looks > before + 1 ? true : undefined))
    },
    async counted(name: string): Promise<number> {
      const found = (await metrics.getSingleMetric(name)?.get())?.values ?? []
      return found.reduce((sum, { value }) => sum + value, 0)
    },
  }
}

const urgent = 'referloop_urgent_undelivered'

t.test('an alert is raised before a quarter of an hour is over, once, by one', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  let now = new Date('2026-03-02T10:13:59.000Z')
  const stat = aReferral({ priority: 'stat' })
  for (const referral of [stat, aReferral({ priority: 'routine' })])
    await storage.referrals.commit(aSubmission(referral))
  const one = start(t, storage, () => now)
  const other = start(t, storage, () => now)
  await Promise.all([one.look(), other.look()])
  t.equal(await one.counted(urgent), 0)
  t.same([...one.lines, ...other.lines], [])

  now = new Date('2026-03-02T10:14:00.000Z')
  await Promise.all([one.look(), other.look()])
  t.match(
    [...one.alerts(), ...other.alerts()],
    [{ level: 50, referralId: stat.id, clinicId: 'river-pain-clinic', priority: 'stat' }],
  )
  t.equal([...one.alerts(), ...other.alerts()].length, 1)
  t.same([await one.counted(urgent), await other.counted(urgent)], [1, 1], 'seen by both')

  await Promise.all([one.stop(), other.stop()])
  const restarted = start(t, storage, () => now)
  await restarted.look()
  t.same(restarted.lines, [], 'a restart does not raise it again')
  t.equal(await restarted.counted(urgent), 1, 'nor forget it')
  const arrived = { status: 'received', businessStatus: 'awaiting-triage' } as const
  await storage.referrals.commit(aNextState(stat, arrived))
  t.equal(await restarted.counted(urgent), 0)
  await restarted.look()
  t.equal(restarted.lines.length, 0)
})

t.test('one that was given up is told of at once, and counted until somebody acts', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  const asap = aReferral({ priority: 'asap' })
  await storage.referrals.commit(aSubmission(asap))
  const failed = aNextState(asap, { businessStatus: 'delivery-failed' })
  await storage.referrals.commit(failed)
  const service = start(t, storage, () => new Date('2026-03-02T10:00:05.000Z'))
  await service.look()
  t.match(service.alerts(), [{ referralId: asap.id, businessStatus: 'delivery-failed' }])
  t.equal(await service.counted(urgent), 1)
  t.equal(await service.counted('referloop_given_up'), 1)
  await storage.referrals.commit(aNextState(failed.referral, { businessStatus: 'sending' }))
  t.equal(await service.counted('referloop_given_up'), 0)
})

t.test('a look that fails is told of, and the next one is made', async (t) => {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  let broken = true
  const flaky = {
    ...storage,
    undelivered: {
      ...storage.undelivered,
      takeUrgent: async (...asked: Parameters<Storage['undelivered']['takeUrgent']>) => {
        if (broken) throw new Error('Jane Doe')
        return storage.undelivered.takeUrgent(...asked)
      },
    },
  }
  await storage.referrals.commit(aSubmission(aReferral({ priority: 'urgent' })))
  const service = start(t, flaky, () => new Date('2026-03-02T11:00:00.000Z'))
  const said = () => service.lines.find(({ msg }) => msg === 'looking for urgent referrals broke')
  await eventually('it fails', said)
  t.notMatch(JSON.stringify(service.lines), /Jane/)
  broken = false
  await eventually('it alerts', () => service.alerts()[0])
})

t.test('the app that ships looks as well', async (t) => {
  const { sink, alerts } = aLog()
  let ahead = 0
  const world = await startWorld(t, {
    log: sink,
    alertEvery: 0.1,
    now: () => new Date(Date.now() + ahead),
  })
  world.ehr('summit-pain-center').misbehave({ refuse: { status: 503, retryAfter: '3600' } })
  const bundle = aBundle({ clinicNpi: npis['summit-pain-center'], priority: 'urgent' })
  const { id } = await world.refer(bundle)
  t.same(alerts(), [])
  ahead = 14 * 60_000
  await eventually('it alerts', () => alerts()[0])
  t.match(alerts(), [{ level: 50, referralId: id, priority: 'urgent', businessStatus: 'sending' }])
  const scrape = await (await fetch(`${world.baseUrl}/metrics`)).text()
  t.match(scrape, `${urgent}{clinic="summit-pain-center"} 1`)
  const [, wait] =
    /^referloop_ehr_wait_seconds\{clinic="summit-pain-center"\} (\d+)$/m.exec(scrape) ?? []
  t.ok(Number(wait) > 3_000 && Number(wait) <= 3_600, `it asked for an hour: ${wait}`)
  t.match(scrape, 'referloop_ehr_wait_seconds{clinic="river-pain-clinic"} 0')
})
