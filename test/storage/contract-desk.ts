/** The clinic's desk: owners, what is snoozed, and the lists that people keep. */

import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import {
  type Colleague,
  changeDesk,
  colleagueId,
  type DeskWish,
  hiddenUntil,
  type SeenReferral,
  takeNext,
} from '../../src/domain/referral/desk.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  type TaskStatus,
} from '../../src/domain/referral/life.ts'
import type { NextStep } from '../../src/domain/referral/next-step.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { ReferralNews } from '../../src/domain/referral/referral-news.ts'
import { mostViews } from '../../src/domain/referral/saved-view.ts'
import { type Tab, tabOf, tabs } from '../../src/domain/referral/worklist.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aNextState, aReferral, aSubmission } from '../helpers/referral-change.ts'
import { until } from './contract.ts'

const hour = 3_600_000
const began = Date.parse('2026-03-02T15:00:00.000Z')
const later = (hours: number): string => new Date(began + hours * hour).toISOString()
const at = later(0)

const aClinic = (): Viewer => ({ role: 'clinic', organization: `clinic-${randomUUID()}` })

const stepBy = (due: string): NextStep => ({
  name: 'triage',
  actor: 'clinic',
  of: 'awaiting-triage',
  since: later(-1),
  due,
  notices: [],
})

const nora: Colleague = { id: 'nora', name: 'Nora Lind' }
const sam: Colleague = { id: 'sam', name: 'Sam Okafor' }

/** @param clock of the storage */
export async function deskContract(
  t: Test,
  storage: Storage,
  clock: { at: string },
): Promise<void> {
  const { worklist, referrals } = storage
  const { desk, views } = worklist
  const ports = { desk, now: () => new Date(clock.at) }
  /** What is read at another time. */
  const when = async <Result>(now: string, read: () => Promise<Result>): Promise<Result> => {
    clock.at = now
    try {
      return await read()
    } finally {
      clock.at = at
    }
  }
  const agentOf = ({ organization }: Viewer) => ({
    client: 'worklist',
    organization,
    person: { id: 'https://ehr.example|nora', name: 'Nora Lind' },
  })

  const received = async ({ organization }: Viewer, facts: Partial<Referral> = {}) => {
    const referral = aReferral({
      clinicId: organization,
      status: 'received',
      businessStatus: 'awaiting-triage',
      step: stepBy(later(48)),
      ...facts,
    })
    await referrals.commit(aSubmission(referral))
    return referral
  }
  const seen = async (viewer: Viewer, id: string): Promise<SeenReferral> => {
    const found = await desk.find(viewer, id)
    if (!found) throw new Error(`${id} is not there`)
    return found
  }
  const wish = async (viewer: Viewer, id: string, what: DeskWish) =>
    changeDesk(ports, viewer.organization, [await seen(viewer, id)], what, agentOf(viewer))
  const snooze = (viewer: Viewer, id: string, hours: number) =>
    wish(viewer, id, { kind: 'snooze', until: later(hours), reason: 'records-coming' })
  /** The tabs that a referral is on. */
  const on = (viewer: Viewer, id: string, now: string) =>
    when(now, async () => {
      const found: Tab[] = []
      for (const tab of tabs)
        for (const row of await worklist.page(viewer, { tab, filter: {}, count: 200 }))
          if (row.id === id) found.push(row.tab)
      return found
    })

  await t.test(
    'whatever it waits for, however it is snoozed, an open referral is on one tab, and never hidden when it is due',
    async (t) => {
      const clinic = aClinic()
      const states = Object.entries(businessStatusesOf).flatMap(([status, all]) =>
        (all as readonly BusinessStatus[])
          .filter(() => status !== 'requested')
          .map((businessStatus) => [status as TaskStatus, businessStatus] as const),
      )
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...states),
          fc.boolean(),
          fc.integer({ min: -5, max: 30 }),
          fc.option(fc.integer({ min: -5, max: 60 }), { nil: undefined }),
          fc.array(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 3 }),
          async ([status, businessStatus], asked, due, snoozed, looks) => {
            const step = isClosed(status) ? undefined : stepBy(later(due))
            const first = await received(clinic, {
              businessStatus: asked ? 'awaiting-information' : 'awaiting-triage',
            })
            await referrals.commit(aNextState(first, { status, businessStatus, step }))
            const answered = asked && businessStatus !== 'awaiting-information'
            const outcome =
              snoozed === undefined ? undefined : await snooze(clinic, first.id, snoozed)
            const isSnoozed = outcome?.done.length === 1
            if (outcome)
              t.equal(isSnoozed, !isClosed(status) && due > 0, 'what is due or closed is refused')
            const row = await desk.find(clinic, first.id)
            for (const hours of looks) {
              const now = later(hours)
              const hidden = row && hiddenUntil(row)
              const isHidden = hidden !== undefined && hidden > now
              t.same(
                await on(clinic, first.id, now),
                [tabOf(businessStatus, answered, isHidden)],
                `${businessStatus} due ${due} snoozed ${snoozed} at ${hours}`,
              )
              if (isHidden) t.ok(step && now < step.due, 'what is due is in sight')
            }
          },
        ),
        { numRuns: 20, seed: 7 },
      )
    },
  )

  await t.test(
    'what is snoozed is counted and listed by itself, and comes back by itself',
    async (t) => {
      const clinic = aClinic()
      const { id } = await received(clinic)
      const other = await received(clinic)
      t.same(await snooze(clinic, id, 10), { done: [id], notDone: [] })
      const counts = async (hours: number) => {
        const { new: fresh, snoozed } = await when(later(hours), () => worklist.counts(clinic))
        return { fresh, snoozed }
      }
      t.same(await counts(1), { fresh: 1, snoozed: 1 })
      const [row] = await worklist.page(clinic, { tab: 'snoozed', filter: {}, count: 10 })
      t.match(row, { id, tab: 'snoozed', snoozedUntil: later(10), snoozedFor: 'records-coming' })
      t.same(await worklist.woken(clinic, later(1), later(9)), [])
      t.same(await counts(10), { fresh: 2, snoozed: 0 })
      t.same(await worklist.woken(clinic, later(9), later(10)), [id], 'and that it did can be told')
      const back = await when(later(10), () =>
        worklist.page(clinic, { tab: 'new', filter: {}, count: 10 }),
      )
      t.same(
        back.map((each) => [each.id, each.snoozedUntil]).toSorted(),
        [
          [id, undefined],
          [other.id, undefined],
        ].toSorted(),
      )
      await wish(clinic, id, { kind: 'wake' })
      t.same(await counts(1), { fresh: 2, snoozed: 0 })
    },
  )

  await t.test(
    'whatever is snoozed, its clock goes on: it is counted and told as overdue',
    async (t) => {
      const clinic = aClinic()
      const { id } = await received(clinic, {
        step: { ...stepBy(later(10)), notices: [later(10)] },
      })
      await snooze(clinic, id, 100)
      const overdue = async (hours: number) =>
        (await storage.steps.counts(later(hours))).find(
          ({ clinicId }) => clinicId === clinic.organization,
        )?.overdue
      t.equal(await overdue(9), 0)
      t.equal(await overdue(11), 1)
      t.notOk((await storage.steps.due(later(9), 1000)).includes(id))
      t.ok((await storage.steps.due(later(11), 1000)).includes(id))
    },
  )

  await t.test(
    'a due time that comes nearer wakes it, and so does whatever the referrer says',
    async (t) => {
      const clinic = aClinic()
      const asleep = async (change: (before: Referral) => ReturnType<typeof aNextState>) => {
        const referral = await received(clinic)
        await snooze(clinic, referral.id, 40)
        await referrals.commit(change(referral))
        return (await on(clinic, referral.id, later(20)))[0]
      }
      t.equal(await asleep((r) => aNextState(r, {})), 'snoozed', 'what the service notes does not')
      t.equal(await asleep((r) => aNextState(r, { step: stepBy(later(20)) })), 'new')
      t.equal(await asleep((r) => aNextState(r, { overall: 'incomplete' })), 'new')
      t.equal(await asleep((r) => aNextState(r, { priority: 'urgent' })), 'new')
      t.equal(
        await asleep((r) => aNextState(r, { businessStatus: 'cancellation-requested' })),
        'stalled',
      )
      const said = (r: Referral) =>
        aNextState(
          r,
          {},
          {
            audit: [
              {
                action: 'supply-information',
                kind: 'U',
                outcome: 'success',
                agent: 'lakeside-family',
                organization: r.referrerId,
                recorded: at,
              },
            ],
          },
        )
      t.equal(await asleep(said), 'new')
    },
  )

  await t.test('an owner is kept through the life of a referral, and lists go by it', async (t) => {
    const clinic = aClinic()
    const [one, two, three] = [
      await received(clinic),
      await received(clinic),
      await received(clinic),
    ]
    await wish(clinic, one.id, { kind: 'assign', owner: nora })
    await wish(clinic, two.id, { kind: 'assign', owner: sam })
    const owned = async (owner: string | undefined, tab: Tab = 'new') =>
      (await worklist.page(clinic, { tab, filter: { owner }, count: 10 })).map(({ id }) => id)
    t.same(await owned('nora'), [one.id])
    t.same(await owned(''), [three.id])
    t.equal((await owned(undefined)).length, 3)
    t.equal((await worklist.counts(clinic, 'nora')).new, 1)
    t.equal((await worklist.counts(clinic, '')).new, 1)
    await referrals.commit(
      aNextState(one, { status: 'accepted', businessStatus: 'awaiting-scheduling' }),
    )
    t.same(await owned('nora', 'to-schedule'), [one.id])
    await wish(clinic, one.id, { kind: 'assign', owner: undefined })
    t.same(await owned('nora', 'to-schedule'), [])
    t.same(
      await worklist.sizes(clinic, [
        { tab: 'new', filter: { owner: 'sam' } },
        { tab: 'new', filter: {} },
        { tab: 'new', filter: { priority: 'urgent' } },
        { tab: 'snoozed', filter: {} },
      ]),
      [1, 2, 0, 0].map((count) => ({ count, isMore: false })),
    )
  })

  await t.test('what somebody changed meanwhile is not done, and the rest is', async (t) => {
    const clinic = aClinic()
    const all = [await received(clinic), await received(clinic), await received(clinic)]
    const before = await Promise.all(all.map(({ id }) => seen(clinic, id)))
    const [moved, taken, free] = all as [Referral, Referral, Referral]
    await referrals.commit(aNextState(moved, {}))
    await wish(clinic, taken.id, { kind: 'assign', owner: sam })
    const strange = { id: 'no-such', version: 1, desk: 0 }
    const outcome = await changeDesk(
      ports,
      clinic.organization,
      [...before, strange],
      { kind: 'assign', owner: nora },
      agentOf(clinic),
    )
    t.same(outcome, {
      done: [free.id],
      notDone: [
        { id: moved.id, why: 'changed' },
        { id: taken.id, why: 'changed' },
        { id: 'no-such', why: 'gone' },
      ],
    })
    t.equal((await desk.find(clinic, taken.id))?.owner, 'sam')
    t.equal((await desk.find(clinic, free.id))?.owner, 'nora')
  })

  await t.test('of many who take the next one, no two get the same, and all get one', async (t) => {
    const clinic = aClinic()
    const all = await Promise.all(
      [5, 1, 4, 2, 3].map((n) => received(clinic, { step: stepBy(later(n)) })),
    )
    const take = (tab: Tab = 'new', filter = {}) =>
      takeNext(ports, clinic, { tab, filter }, nora, agentOf(clinic))
    t.equal(await take(), all[1]?.id, 'the first by due time')
    const others = await Promise.all([take(), take(), take(), take()])
    t.same(new Set(others), new Set([0, 2, 3, 4].map((n) => all[n]?.id)))
    t.equal(await take(), undefined)
    t.equal(await take('to-schedule'), undefined)
    await received(clinic, { priority: 'urgent' })
    t.equal(await take('new', { priority: 'stat' }), undefined)
    t.ok(await take('new', { priority: 'urgent' }))
  })

  await t.test('OW1 no other clinic, and no practice, sees or changes any of it', async (t) => {
    const [clinic, other] = [aClinic(), aClinic()]
    const { id, referrerId } = await received(clinic)
    const before = await seen(clinic, id)
    const answer = await changeDesk(
      ports,
      other.organization,
      [before],
      { kind: 'assign', owner: sam },
      agentOf(other),
    )
    t.same(answer.notDone, [{ id, why: 'gone' }])
    t.equal(
      await takeNext(ports, other, { tab: 'new', filter: {} }, sam, agentOf(other)),
      undefined,
    )
    t.equal(await desk.find(other, id), undefined)
    t.equal(await desk.find({ role: 'referrer', organization: referrerId }, id), undefined)
    t.same(await worklist.some(other, [id]), [])
    t.same(
      (await worklist.some(clinic, [id])).map((row) => row.owner),
      [''],
    )
    await wish(clinic, id, { kind: 'assign', owner: nora })
    const trail = (viewer: Viewer) =>
      storage.audit.search(viewer, { entities: [`ServiceRequest/${id}`], count: 10 })
    t.match((await trail(clinic))[0], {
      action: 'assign',
      kind: 'U',
      detail: 'to Nora Lind',
      personName: 'Nora Lind',
      referralId: id,
    })
    const practice = await trail({ role: 'referrer', organization: referrerId })
    t.notOk(
      practice.some(({ action }) => action === 'assign'),
      'who has it in hand is the clinic’s business',
    )
  })

  await t.test(
    'what happens at the desk is no version, and news for the clinic alone',
    async (t) => {
      const clinic = aClinic()
      const heard: (ReferralNews | undefined)[] = []
      const stop = await storage.changes.subscribe((news) => {
        if (news?.clinicId === clinic.organization) heard.push(news)
      })
      const referral = await received(clinic)
      await wish(clinic, referral.id, { kind: 'assign', owner: nora })
      await until(() => heard.length === 2)
      stop()
      const { id, referrerId } = referral
      t.same(heard, [
        { id, version: 1, referrerId, clinicId: clinic.organization },
        { id, version: 1, referrerId: '', clinicId: clinic.organization },
      ])
      t.equal((await referrals.find(referral.id))?.version, 1)
    },
  )

  await t.test(
    'whoever has signed in at a clinic is a colleague there, as they are called now',
    async (t) => {
      const clinic = aClinic()
      const person = { id: 'https://ehr.example|sam', name: 'S. Okafor' }
      const begin = (name: string, role: Viewer['role'] = 'clinic') =>
        storage.sessions.begin(randomUUID(), {
          id: randomUUID(),
          role,
          organization: clinic.organization,
          person: { ...person, name },
          startedAt: at,
          lastSeenAt: at,
        })
      await begin('Somebody of a practice', 'referrer')
      t.same(await desk.colleagues(clinic), [])
      await begin('S. Okafor')
      await begin('Sam Okafor')
      const id = colleagueId(clinic.organization, person.id)
      t.same(await desk.colleagues(clinic), [{ id, name: 'Sam Okafor' }])
      t.same(await desk.colleagues(aClinic()), [])
      const mine = { id: 'v1', name: 'Urgent', isShared: false, query: 'tab=new&priority=urgent' }
      t.ok(await views.keep(clinic.organization, id, mine))
      await views.beginWith(clinic.organization, id, 'v1')
      t.same(await views.of(clinic, id), { views: [mine], first: 'v1' })
      t.same(await views.of(clinic, 'sam'), { views: [], first: undefined }, 'a colleague’s own')
      const shared = { ...mine, id: 'v2', name: 'All late', isShared: true }
      t.ok(await views.keep(clinic.organization, id, shared))
      t.same((await views.of(clinic, 'sam')).views, [shared])
      t.same((await views.of(aClinic(), id)).views, [])
      await views.rename(clinic.organization, 'sam', 'v1', 'Mine now')
      await views.remove(clinic.organization, 'sam', 'v1')
      t.same(
        (await views.of(clinic, id)).views.map(({ name }) => name),
        ['All late', 'Urgent'],
      )
      await views.rename(clinic.organization, id, 'v1', 'At once')
      t.same(
        (await views.of(clinic, id)).views.map(({ name }) => name),
        ['All late', 'At once'],
      )
      await views.remove(clinic.organization, id, 'v1')
      t.same(await views.of(clinic, id), { views: [shared], first: undefined })
      const kept = await Promise.all(
        Array.from({ length: mostViews + 1 }, (_, n) =>
          views.keep(clinic.organization, id, { ...mine, id: `w${n}` }),
        ),
      )
      t.ok(kept.includes(false), 'there is an end to it')
    },
  )
}
