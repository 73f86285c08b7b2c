/** The clinic's list: one tab for each, in order, page by page, and told of as it changes. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import { nameToken, nameTokens } from '../../src/domain/fhir/name-tokens.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  type TaskStatus,
} from '../../src/domain/referral/life.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { ReferralNews } from '../../src/domain/referral/referral-news.ts'
import { type QueuedReferral, tabOf, tabs } from '../../src/domain/referral/worklist.ts'
import type { Storage } from '../../src/storage/open.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, until } from './contract.ts'
import { deskContract } from './contract-desk.ts'

const aClinic = (): Viewer => ({ role: 'clinic', organization: `clinic-${randomUUID()}` })

/** A referral that is with its clinic. */
async function received(
  { referrals }: Storage,
  { organization }: Viewer,
  facts: Partial<Referral> = {},
): Promise<Referral> {
  const referral = aReferral({
    clinicId: organization,
    status: 'received',
    businessStatus: 'awaiting-triage',
    ...facts,
  })
  await referrals.commit(aSubmission(referral))
  return referral
}

/** Every page of a tab, in order. */
async function walk(
  { worklist }: Storage,
  viewer: Viewer,
  tab: QueuedReferral['tab'],
  count: number,
): Promise<readonly QueuedReferral[]> {
  const all: QueuedReferral[] = []
  for (let after: QueuedReferral | undefined; ; after = all.at(-1)) {
    const rows = await worklist.page(viewer, {
      tab,
      filter: {},
      count,
      ...(after ? { after } : {}),
    })
    all.push(...rows.slice(0, count))
    if (rows.length <= count) return all
  }
}

export async function worklistContract(t: Test, { openFresh }: Engine): Promise<void> {
  const clock = { at: '2026-03-02T15:00:00.000Z' }
  const storage = await openFresh(t, { now: () => new Date(clock.at) })
  const { worklist, referrals } = storage

  await t.test(
    'every referral that a clinic has is on exactly one tab, as the domain says',
    async (t) => {
      const clinic = aClinic()
      const wanted = new Map<string, string>()
      for (const [status, all] of Object.entries(businessStatusesOf))
        for (const businessStatus of all as readonly BusinessStatus[]) {
          if (status === 'requested') continue
          for (const answered of [false, true]) {
            const asked = answered && businessStatus !== 'awaiting-information'
            const first = await received(storage, clinic, {
              businessStatus: asked ? 'awaiting-information' : 'awaiting-triage',
            })
            const moved = aNextState(first, { status: status as TaskStatus, businessStatus })
            await referrals.commit(moved)
            wanted.set(first.id, tabOf(businessStatus, asked))
          }
        }
      const found = new Map<string, string[]>()
      for (const tab of tabs)
        for (const { id } of await walk(storage, clinic, tab, 100))
          found.set(id, [...(found.get(id) ?? []), tab])
      for (const [id, tab] of wanted) t.same(found.get(id), [tab])
      t.equal(found.size, wanted.size)
      const counts = await worklist.counts(clinic)
      t.equal(
        Object.values(counts).reduce((sum, each) => sum + each, 0),
        wanted.size,
        'and the counts add up to all of them',
      )
    },
  )

  await t.test('an answer counts until the clinic moves on', async (t) => {
    const clinic = aClinic()
    const tab = async (id: string) => {
      for (const each of tabs)
        if ((await walk(storage, clinic, each, 50)).some((row) => row.id === id)) return each
      return undefined
    }
    let state = await received(storage, clinic)
    const move = async (facts: Partial<Referral>) => {
      const change = aNextState(state, facts)
      await referrals.commit(change)
      state = change.referral
      return tab(state.id)
    }
    t.equal(await tab(state.id), 'new')
    t.equal(await move({ businessStatus: 'awaiting-information' }), 'waiting')
    t.equal(await move({ businessStatus: 'awaiting-triage' }), 'answered')
    t.equal(await move({ overall: 'incomplete' }), 'answered', 'a change of something else')
    t.equal(
      await move({ status: 'accepted', businessStatus: 'awaiting-scheduling' }),
      'to-schedule',
    )
  })

  await t.test(
    'what is due first comes first, then what is urgent, then what is older',
    async (t) => {
      const clinic = aClinic()
      const day = (n: number) => `2026-03-0${n}T10:00:00.000Z`
      const facts = [1, 2, 2, 3].flatMap((due) =>
        (['routine', 'urgent', 'stat', 'asap'] as const).flatMap((priority) =>
          [2, 1].map((created) => ({ due: day(due), priority, createdAt: day(created) })),
        ),
      )
      for (const { due, priority, createdAt } of facts)
        await received(storage, clinic, {
          priority,
          createdAt,
          step: {
            name: 'triage',
            actor: 'clinic',
            of: 'awaiting-triage',
            since: day(1),
            due,
            notices: [],
          },
        })
      await received(storage, clinic)
      const rank = { stat: 0, asap: 1, urgent: 2, routine: 3 }
      const key = (row: QueuedReferral) =>
        [row.due ?? 'infinity', rank[row.priority], row.createdAt, row.id].join(' ')
      const whole = await walk(storage, clinic, 'new', 100)
      t.same(whole.map(key), whole.map(key).toSorted())
      t.equal(whole.at(-1)?.due, undefined, 'what has no date comes last')
      t.same(await walk(storage, clinic, 'new', 3), whole, 'and so it is in small pages')
      for (const [filter, wanted] of [
        [{ priority: 'urgent' }, whole.filter(({ priority }) => priority === 'urgent')],
        [{ dueBy: day(2) }, whole.filter(({ due = 'x' }) => due <= day(2))],
        [{ referrer: 'lakeside-family' }, whole],
        [{ referrer: 'hilltop-internal' }, []],
        [
          { overall: 'ready', priority: 'stat' },
          whole.filter(({ priority }) => priority === 'stat'),
        ],
        [{ overall: 'incomplete' }, []],
      ] as const)
        t.same(await worklist.page(clinic, { tab: 'new', filter, count: 100 }), wanted)
    },
  )

  await t.test('closed ones have the latest first', async (t) => {
    const clinic = aClinic()
    for (const n of [3, 1, 2])
      await received(storage, clinic, {
        status: 'completed',
        businessStatus: 'completed',
        updatedAt: `2026-03-0${n}T10:00:00.000Z`,
      })
    const rows = await walk(storage, clinic, 'closed', 1)
    t.same(
      rows.map(({ updatedAt }) => updatedAt.slice(8, 10)),
      ['03', '02', '01'],
    )
  })

  await t.test(
    'OW1 no other clinic, and none before it has it, sees or counts a referral',
    async (t) => {
      const clinic = aClinic()
      await received(storage, clinic)
      const waiting = aReferral({ clinicId: clinic.organization })
      await referrals.commit(aSubmission(waiting))
      t.equal((await walk(storage, clinic, 'new', 10)).length, 1)
      t.same(await walk(storage, clinic, 'stalled', 10), [])
      for (const other of [
        aClinic(),
        { role: 'referrer', organization: clinic.organization } as const,
      ]) {
        t.same(await walk(storage, other, 'new', 10), [])
        t.equal((await worklist.counts(other)).new, 0)
      }
      t.equal((await worklist.counts(clinic)).new, 1)
    },
  )

  await t.test('a patient is found by the beginning of a name, by its clinic only', async (t) => {
    const clinic = aClinic()
    const id = randomUUID()
    const name = [{ family: 'Østergård-Quell', given: ['Ánna'] }]
    const patient = aResource('Patient', id, 1, {
      sharedIdentifiers: [],
      digest: 'd',
      tokens: nameTokens(name),
    })
    const referral = aReferral({
      clinicId: clinic.organization,
      patientId: id,
      participants: [`Patient/${id}`],
      status: 'received',
      businessStatus: 'awaiting-triage',
    })
    await referrals.commit(aSubmission(referral, { resources: [patient] }))
    const find = async (viewer: Viewer, ...words: string[]) => {
      const sought = { words: words.map((word) => [nameToken(word)]), identifiers: [] }
      return (await worklist.find(viewer, sought, 10)).map((row) => row.id)
    }
    t.same(await find(clinic, 'quell'), [referral.id])
    t.same(await find(clinic, 'qu', 'ann'), [referral.id])
    t.same(await find(clinic, 'qu', 'bert'), [], 'all words have to fit')
    t.same(await find(aClinic(), 'quell'), [])
    t.same(
      await worklist.find(clinic, { words: [], identifiers: [] }, 10),
      [],
      'nothing finds nothing',
    )
  })

  await t.test('a change is told to who listens, in ids', async (t) => {
    const clinic = aClinic()
    const heard: (ReferralNews | undefined)[] = []
    const stop = await storage.changes.subscribe((news) => heard.push(news))
    const waiting = aReferral({ clinicId: clinic.organization })
    await referrals.commit(aSubmission(waiting))
    const sent = aNextState(waiting, { status: 'received', businessStatus: 'awaiting-triage' })
    await referrals.commit(sent)
    const { id, referrerId } = waiting
    await until(() => heard.length === 2)
    t.same(heard, [
      { id, version: 1, referrerId, clinicId: undefined },
      { id, version: 2, referrerId, clinicId: clinic.organization },
    ])
    stop()
    await referrals.commit(aNextState(sent.referral, {}))
    t.equal(heard.length, 2)
  })

  await t.test('the desk', (t) => deskContract(t, storage, clock))
}
