/** A row of the clinic's list: what stands in it, and that no colour says anything by itself. */

import t from 'tap'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { table } from '../../../src/http/people/queue/table.ts'
import { viewOf } from '../../../src/http/people/view.ts'
import { attributeOf, elementsOf, textOf } from '../../helpers/pages.ts'

type Row = Parameters<typeof table>[1][number]

const now = new Date('2026-03-09T15:00:00.000Z')
const view = viewOf({
  language: 'en',
  timeZone: 'America/New_York',
  now,
  session: undefined,
  organization: '',
  path: '',
  formToken: '',
  theme: 'auto',
  shortcuts: true,
  sandbox: false,
})
const { criteria } = loadPolicy(readPublished())
const inHours = (hours: number): string => new Date(now.getTime() + hours * 3_600_000).toISOString()

const aRow = (facts: Partial<Row> = {}): Row => ({
  id: 'r-1',
  taskId: 't-1',
  patientId: 'p-1',
  referrerId: 'lakeside-family',
  version: 3,
  status: 'received',
  businessStatus: 'awaiting-triage',
  tab: 'new',
  priority: 'routine',
  due: inHours(48),
  createdAt: inHours(-300),
  updatedAt: inHours(-300),
  withClinicSince: inHours(-12 * 24 - 1),
  owner: '',
  ownerName: '',
  snoozedUntil: undefined,
  snoozedFor: undefined,
  desk: 2,
  patient: undefined,
  request: undefined,
  check: undefined,
  missing: [],
  referrer: 'Lakeside Family Medicine',
  asksForLink: false,
  ...facts,
})

const htmlOf = (facts: Partial<Row>): string =>
  table(view, [aRow(facts)], { list: 'tab=new&owner=mine', chosen: false, me: 'me' }).text
const said = (facts: Partial<Row>): string => textOf(htmlOf(facts))

t.test(
  'W8 late and soon are said in words and by a sign, which a screen reader leaves out',
  async (t) => {
    for (const [hours, words, sign] of [
      [-3, '3 hr late', '▲'],
      [-72, '3 days late', '▲'],
      [5, 'due in 5 hr', '◆'],
      [48, 'due in 2 days', undefined],
    ] as const) {
      const html = htmlOf({ due: inHours(hours) })
      t.match(textOf(html), words)
      const signs = elementsOf(html).filter((each) => attributeOf(each, 'class') === 'sign')
      t.equal(signs.length, sign ? 1 : 0, words)
      if (sign) t.match(textOf(html), `${sign} ${words}`)
      t.ok(signs.every((each) => attributeOf(each, 'aria-hidden') === 'true'))
    }
    t.match(said({ due: undefined }), 'no date')
  },
)

t.test('W2 two of what is missing are named, and the others counted', async (t) => {
  const titles = criteria.slice(0, 5)
  const check = {
    overall: 'incomplete',
    criteria: [],
    warnings: [],
    checkDate: undefined,
    policy: undefined,
  }
  const all = said({ check, missing: titles })
  t.match(all, `Incomplete ${titles[0]?.title} , ${titles[1]?.title} +3`)
  t.notMatch(all, titles[2]?.title ?? '')
  t.notMatch(said({ check, missing: titles.slice(0, 2) }), /\+\d/)
})

t.test('W2 whose it is, and how long it waits', async (t) => {
  t.match(said({}), /Nobody .*12 days/)
  t.match(said({ owner: 'me', ownerName: 'Nora Lind' }), 'Nora Lind (you)')
  t.match(said({ owner: 'sam', ownerName: 'Sam Okafor' }), /Sam Okafor(?! \(you)/)
  t.match(said({ owner: 'gone' }), 'Not known')
  t.match(
    said({ tab: 'snoozed', snoozedUntil: inHours(20), snoozedFor: 'insurer-decides' }),
    'until 10 Mar 2026 The insurer decides',
  )
})

t.test('a row knows what was seen of it, its list, and what can be done with it', async (t) => {
  const elements = elementsOf(htmlOf({}))
  const [box] = elements.filter((each) => attributeOf(each, 'name') === 'row')
  t.equal(box && attributeOf(box, 'value'), 'r-1.3.2')
  t.ok(elements.some((each) => attributeOf(each, 'href') === '/referrals/r-1?tab=new&owner=mine'))
  const [row] = elements.filter((each) => attributeOf(each, 'data-acts') !== undefined)
  t.match(row && attributeOf(row, 'data-acts'), /^accept ask decline/)
})
