import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import type { ResourceWrite, SearchQuery } from '../../src/domain/referral/ports.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../helpers/referral-change.ts'
import { aReferrer, type Engine, river } from './contract.ts'

const query = (facts: Partial<SearchQuery> = {}): SearchQuery => ({
  tokens: [],
  order: 'ascending',
  count: 100,
  ...facts,
})

export async function searchContract(t: Test, { openFresh }: Engine): Promise<void> {
  const { referrals, resources } = await openFresh(t)

  const given = async (viewer: Viewer, observations: readonly ResourceWrite[]) => {
    const referral = aReferral({ referrerId: viewer.organization })
    await referrals.commit(aSubmission(referral, { resources: observations }))
    return referral
  }
  const ids = async (viewer: Viewer, facts: Partial<SearchQuery>) => {
    const { rows, total } = await resources.search(viewer, 'Observation', query(facts))
    return [rows.map(({ id }) => id), total]
  }

  await t.test('by tokens: all of the outer list, any of an inner one', async (t) => {
    const viewer = aReferrer()
    const prefix = randomUUID()
    const odd = [
      'quote"',
      'back\\slash',
      'comma,{}',
      'käse 🧀',
      'null\u0000',
      '\ud800half',
      'NULL',
      '',
    ]
    await given(viewer, [
      aResource('Observation', `${prefix}-1`, 1, { tokens: ['status|final', 'code|a'] }),
      aResource('Observation', `${prefix}-2`, 1, { tokens: ['status|final', 'code|b'] }),
      aResource('Observation', `${prefix}-3`, 1, { tokens: odd }),
    ])
    t.same(await ids(viewer, { tokens: [['code|a', 'code|b']] }), [
      [`${prefix}-1`, `${prefix}-2`],
      2,
    ])
    t.same(await ids(viewer, { tokens: [['status|final'], ['code|b', 'x']] }), [[`${prefix}-2`], 1])
    t.same(await ids(viewer, { tokens: [['status|final'], ['null\u0000']] }), [[], 0])
    for (const token of odd) t.same(await ids(viewer, { tokens: [[token]] }), [[`${prefix}-3`], 1])
    t.same(await ids(viewer, { tokens: [[]] }), [[], 0], 'nothing is none of nothing')
    t.same(await ids(viewer, { ids: [`${prefix}-2`, 'null\u0000'] }), [[`${prefix}-2`], 1])
  })

  await t.test('by lastUpdated, each comparison', async (t) => {
    const viewer = aReferrer()
    const instants = [1, 2, 3].map((second) => `2026-03-02T10:00:0${second}.000Z`)
    const prefix = randomUUID()
    await given(
      viewer,
      instants.map((lastUpdated, i) =>
        aResource('Observation', `${prefix}-${i}`, 1, { lastUpdated }),
      ),
    )
    const found = async (op: 'ge' | 'gt' | 'le' | 'lt') =>
      (await ids(viewer, { lastUpdated: [{ op, instant: '2026-03-02T10:00:02.000Z' }] }))[1]
    t.same(
      [await found('ge'), await found('gt'), await found('le'), await found('lt')],
      [2, 1, 2, 1],
    )
    const second = [
      { op: 'gt', instant: '2026-03-02T10:00:01.999Z' },
      { op: 'lt', instant: '2026-03-02T10:00:02.001Z' },
    ] as const
    t.same(await ids(viewer, { lastUpdated: second }), [[`${prefix}-1`], 1])
  })

  for (const order of ['ascending', 'descending'] as const)
    await t.test(`pages ${order} show each row once, also those of one instant`, async (t) => {
      const viewer = aReferrer()
      const rows = Array.from({ length: 25 }, (_, i) =>
        aResource('Observation', randomUUID(), 1, {
          lastUpdated: `2026-03-02T10:00:0${Math.floor(i / 7)}.000Z`,
        }),
      )
      const referral = await given(viewer, rows)
      await referrals.commit(aNextState(referral, { status: 'received' }))
      const mine = new Set(rows.map(({ id }) => id))
      for (const reader of [viewer, river]) {
        const seen: string[] = []
        let after: SearchQuery['after']
        for (;;) {
          const page = await resources.search(
            reader,
            'Observation',
            query({ order, count: 4, ids: [...mine], ...(after ? { after } : {}) }),
          )
          t.equal(page.total, 25, 'the total is that of all pages')
          seen.push(...page.rows.slice(0, 4).map(({ id }) => id))
          const last = page.rows[3]
          if (page.rows.length <= 4 || !last) break
          after = { lastUpdated: last.lastUpdated, id: last.id }
        }
        const sorted = rows
          .map(({ id, lastUpdated }) => `${lastUpdated} ${id}`)
          .sort()
          .map((line) => line.split(' ')[1])
        t.same(seen, order === 'ascending' ? sorted : sorted.reverse())
      }
    })

  await t.test('text that PostgreSQL cannot hold finds nothing, and breaks nothing', async (t) => {
    const viewer = aReferrer()
    for (const odd of ['a\u0000b', '\udfff', "'; DROP TABLE x --"]) {
      t.equal(await resources.read(viewer, 'Task', odd), undefined)
      t.equal(await resources.read(viewer, odd, 'x'), undefined)
      t.same(await resources.readMany(viewer, [odd, `Task/${odd}`]), [])
      t.same(await resources.history(viewer, 'Task', odd, 5), [])
      t.equal(await referrals.find(odd, viewer), undefined)
      t.match(await referrals.lookUp(viewer.organization, [odd], [`Patient|${odd}`], [odd]), {
        referral: undefined,
        visible: [],
      })
    }
  })
}
