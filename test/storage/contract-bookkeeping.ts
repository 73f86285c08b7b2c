import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import type { Engine } from './contract.ts'

export async function bookkeepingContract(t: Test, { openFresh }: Engine): Promise<void> {
  const storage = await openFresh(t)
  const { referrals } = storage

  await t.test('finds referrals by the Tasks of the clinic’s EHR', async (t) => {
    const ehrTask = `Task/${randomUUID()}`
    const referral = aReferral()
    const delivery = { state: 'delivered', ehrTask } as const
    await referrals.commit(aSubmission(referral))
    await referrals.commit(aNextState(referral, { status: 'received', delivery }))
    const find = (clinic: string) => referrals.findByEhrTask(clinic, ['Task/none', ehrTask])
    t.match(await find('river-pain-clinic'), [{ id: referral.id }])
    t.same(await find('summit-pain-center'), [])
  })

  await t.test('records each version of the clinic’s Task once', async (t) => {
    const referral = aReferral()
    const report = {
      ehrVersion: '7',
      from: 'requested',
      to: 'completed',
      verdict: 'illegal',
    } as const
    await referrals.commit(aSubmission(referral))
    const once = aNextState(referral, {}, { reports: [{ ...report, reason: 'not\u0000so' }] })
    t.equal(await referrals.commit(once), 'committed')
    const twice = aNextState(once.referral, {}, { reports: [report] })
    t.equal(await referrals.commit(twice), 'committed')
  })

  await t.test('remembers how far each clinic was polled', async (t) => {
    const clinic = randomUUID()
    t.equal(await storage.polls.watermark(clinic), undefined)
    await storage.polls.advance(clinic, '2026-03-02T10:00:00Z')
    await storage.polls.advance(clinic, '2026-03-02T10:05:00Z')
    t.equal(await storage.polls.watermark(clinic), '2026-03-02T10:05:00Z')
  })

  await t.test('lets an assertion be spent once', async (t) => {
    const soon = new Date(Date.now() + 60_000)
    const spent = await Promise.all(
      Array.from({ length: 20 }, () => storage.assertions.spend('client', 'jti', soon)),
    )
    t.equal(spent.filter(Boolean).length, 1)
    t.equal(await storage.assertions.spend('other', 'jti', soon), true)
  })

  await t.test(
    'RL-14, INV-9, F13 S1: a clock that jumps an hour sells no token twice',
    async (t) => {
      let clock = Date.now()
      const own = await openFresh(t, { now: () => new Date(clock) })
      const soon = new Date(clock + 300_000)
      t.equal(await own.assertions.spend('client', 'jti', soon), true)
      // Ahead, where the assertion looks forgotten by now, and back again; behind, and back again.
      for (const jump of [3_600_000, -3_600_000, -3_600_000, 3_600_000]) {
        clock += jump
        t.equal(await own.assertions.spend('client', `at ${clock} ${jump}`, soon), true)
        t.equal(await own.assertions.spend('client', 'jti', soon), false)
      }
      const old = new Date(Date.now() - 3 * 3_600_000)
      t.equal(await own.assertions.spend('client', 'old', old), true)
      clock += 120_000
      await own.assertions.spend('client', 'sweeps', soon)
      t.equal(
        await own.assertions.spend('client', 'old', old),
        true,
        'what is long gone is cleared away',
      )
    },
  )

  await t.test('AL-06 finds a session by its digest until it is ended', async (t) => {
    const digest = randomUUID()
    const at = new Date().toISOString()
    const session = {
      id: randomUUID(),
      role: 'clinic',
      organization: 'river-pain-clinic',
      person: { id: 'https://ehr.example|Practitioner/1', name: 'Nora Lind' },
      startedAt: at,
      lastSeenAt: at,
    } as const
    t.equal(await storage.sessions.find(digest), undefined)
    await storage.sessions.begin(digest, session)
    t.same(await storage.sessions.find(digest), session)
    const later = new Date(Date.parse(at) + 60_000).toISOString()
    await storage.sessions.seen(digest, later)
    await storage.sessions.seen(digest, at)
    t.equal((await storage.sessions.find(digest))?.lastSeenAt, later, 'time goes on only')
    await storage.sessions.end(digest)
    t.equal(await storage.sessions.find(digest), undefined)
  })

  await t.test(
    'AL-02 gives a sign-in that comes back to one, and none that is too old',
    async (t) => {
      const [digest, old] = [randomUUID(), randomUUID()]
      await storage.attempts.keep(digest, 'sealed', new Date(Date.now() + 60_000).toISOString())
      await storage.attempts.keep(old, 'sealed', new Date(Date.now() - 1).toISOString())
      const taken = await Promise.all(
        Array.from({ length: 5 }, () => storage.attempts.take(digest)),
      )
      t.same(
        taken.filter((each) => each !== undefined),
        ['sealed'],
      )
      t.equal(await storage.attempts.take(old), undefined)
    },
  )

  await t.test('takes audit of what changed nothing', async () => {
    await referrals.record([])
    await referrals.record([
      {
        action: 'read',
        kind: 'R',
        outcome: 'success',
        agent: 'a\u0000',
        recorded: '2026-03-02T10:00:00Z',
      },
    ])
  })
}
