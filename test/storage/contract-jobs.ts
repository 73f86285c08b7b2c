import type { Test } from 'tap'
import { EhrFailure } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, until } from './contract.ts'

const deliver = (referral: Referral) => [{ queue: 'deliver', referralId: referral.id }] as const

async function submit(storage: Storage): Promise<Referral> {
  const referral = aReferral()
  const change = aSubmission(referral, { jobs: deliver(referral) })
  if ((await storage.referrals.commit(change)) !== 'committed') throw new Error('not committed')
  return referral
}

export async function jobContract(t: Test, { openFresh }: Engine): Promise<void> {
  await t.test(
    'F3 S5: a committed job starts within a second, without anybody listening',
    async (t) => {
      const storage = await openFresh(t)
      const started = new Map<string, number>()
      await storage.jobs.work('deliver', async (job) => {
        t.match(job, { queue: 'deliver', attempt: 1, last: false })
        started.set(job.referralId, performance.now())
      })
      // Let the workers fall asleep first.
      await new Promise((resolve) => setTimeout(resolve, 300))
      const before = performance.now()
      const { id } = await submit(storage)
      await until(() => started.has(id))
      t.ok((started.get(id) ?? Infinity) - before < 1_000)
      await until(async () => (await storage.jobs.depth()).deliver === 0)
    },
  )

  await t.test('F11 S5: a referral’s jobs run in order, a failed one first again', async (t) => {
    const storage = await openFresh(t)
    const log: string[] = []
    const referral = await submit(storage)
    await storage.referrals.commit(aNextState(referral, {}, { jobs: deliver(referral) }))
    t.match(await storage.jobs.depth(), { deliver: 2, 'deliver-given-up': 0, gather: 0 })
    let running = 0
    await storage.jobs.work('deliver', async ({ referralId, attempt }) => {
      if (referralId !== referral.id) return void log.push('other')
      t.equal(++running, 1, 'one at a time')
      log.push(`attempt ${attempt}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      running--
      if (log.filter((line) => line.startsWith('attempt')).length === 1) throw new Error('no')
    })
    await until(() => log.includes('attempt 1'))
    await submit(storage)
    await until(() => log.length === 4)
    t.same(log, ['attempt 1', 'other', 'attempt 2', 'attempt 1'])
  })

  await t.test('several referrals are worked on at once, up to the limit', async (t) => {
    const storage = await openFresh(t, { concurrency: 3 })
    const all = await Promise.all(Array.from({ length: 7 }, () => submit(storage)))
    let running = 0
    let most = 0
    const done = new Set<string>()
    const opened = Promise.withResolvers<void>()
    await storage.jobs.work('deliver', async ({ referralId }) => {
      most = Math.max(most, ++running)
      if (running === 3) opened.resolve()
      await opened.promise
      await new Promise((resolve) => setTimeout(resolve, 30))
      running--
      done.add(referralId)
    })
    await until(() => done.size === all.length)
    t.equal(most, 3)
  })

  await t.test(
    'RL-12: what fails each time, or never ends, does not hold up the rest',
    async (t) => {
      const storage = await openFresh(t)
      const [failing, hanging, ...rest] = await Promise.all(
        Array.from({ length: 32 }, () => submit(storage)),
      )
      const done = new Set<string>()
      const hung = Promise.withResolvers<void>()
      let failures = 0
      await storage.jobs.work(
        'deliver',
        async ({ referralId }) => {
          if (referralId === hanging?.id) return hung.promise
          if (referralId === failing?.id) {
            failures++
            throw new EhrFailure('poisoned', { phase: 'refused' })
          }
          done.add(referralId)
        },
        { share: 0.25 },
      )
      await until(() => done.size === rest.length)
      t.ok(failures >= 1)
      await until(async () => (await storage.jobs.depth()).deliver === 2)
      hung.resolve()
    },
  )

  await t.test('a job waits as long as the EHR asked for', async (t) => {
    const storage = await openFresh(t)
    const times: number[] = []
    await submit(storage)
    await storage.jobs.work('deliver', async () => {
      times.push(performance.now())
      if (times.length === 1) throw new EhrFailure('busy', { phase: 'refused', retryAfter: 4 })
    })
    await until(() => times.length === 2)
    t.ok((times[1] ?? 0) - (times[0] ?? 0) >= 3_990)
  })

  await t.test('a search that failed waits a minute, and holds no delivery up', async (t) => {
    const storage = await openFresh(t)
    const referral = await submit(storage)
    const gather = [{ queue: 'gather', referralId: referral.id }] as const
    await storage.referrals.commit(aNextState(referral, {}, { jobs: gather }))
    let searches = 0
    let deliveries = 0
    await storage.jobs.work('gather', async () => {
      searches++
      throw new EhrFailure('away', { phase: 'before' })
    })
    await until(() => searches === 1)
    await storage.jobs.work('deliver', async () => {
      deliveries++
    })
    await until(() => deliveries === 1)
    // A delivery would be tried again after one to two seconds.
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    t.equal(searches, 1)
    t.match(await storage.jobs.depth(), { deliver: 0, gather: 1, 'gather-given-up': 0 })
  })

  await t.test('closing waits for the job in hand', async (t) => {
    const storage = await openFresh(t)
    let finished = false
    const begun = Promise.withResolvers<void>()
    await submit(storage)
    await storage.jobs.work('deliver', async () => {
      begun.resolve()
      await new Promise((resolve) => setTimeout(resolve, 500))
      finished = true
    })
    await begun.promise
    await storage.close()
    t.equal(finished, true)
    await storage.close()
  })
}
