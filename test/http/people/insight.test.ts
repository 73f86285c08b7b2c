/** The figures as a page and as files: what stands there is what one counts by hand. */

import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openingsBetween, usualHours } from '../../../src/domain/access/working-hours.ts'
import { endsOf, figuresOf } from '../../../src/domain/insight/figures.ts'
import { type Period, periodOf } from '../../../src/domain/insight/period.ts'
import { aHalfYear, live } from '../../helpers/insight-history.ts'
import { type History, tallyOf } from '../../helpers/insight-oracle.ts'
import { elementsOf, signedIn, textOf } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'
import { openTestStorage } from '../../helpers/storage.ts'

// The clock of the world stands at 15:00 of this day.
const now = '2026-03-02T15:00:00.000Z'
const clinic = { role: 'clinic', organization: 'river-pain-clinic' } as const
const practice = { role: 'referrer', organization: 'lakeside-family' } as const

const storage = await openTestStorage()
t.teardown(() => storage.close())
const histories = aHalfYear('river-pain-clinic', now, 70)
const elsewhere = aHalfYear('summit-pain-center', now, 12)
const all: readonly History[] = [...histories, ...elsewhere]
await Promise.all(all.map((history) => live(storage.referrals, history)))

const audited: string[] = []
const world = await peopleWorld(
  t,
  {},
  {
    insight: storage.insight,
    audit: async (entries) => {
      for (const { action, detail } of entries) audited.push(`${action} ${detail}`)
    },
  },
)
const nora = await signedIn(world.app, 'nora-lind')
const kim = await signedIn(world.app, 'kim-example')
const sam = await signedIn(world.app, 'sam-okafor')

const quarter = periodOf({ code: 'quarter' }, now, usualHours.timeZone) as Period
const counted = (viewer: typeof clinic | typeof practice, period: Period = quarter) =>
  tallyOf(all, viewer, {
    ...{ from: period.from, until: period.until },
    steps: period.steps.map(({ from }) => from),
    openings: openingsBetween(period.from, now, usualHours),
    openMs: 9 * 3_600_000,
  })

/** Name and big number of each tile. */
const tilesOf = (html: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...html.matchAll(/<li><h2>([^<]+)<\/h2><p class="big">([^<]+)<\/p>/g)].map((tile) => [
      tile[1] as string,
      tile[2] as string,
    ]),
  )

const percent = ({ part, whole }: { part: number; whole: number }) =>
  whole === 0 ? 'none yet' : `${Math.round((part / whole) * 100)}%`

t.test('each side reads its own figures, with what each is a part of', async (t) => {
  for (const [browser, viewer] of [
    [nora, clinic],
    [kim, practice],
  ] as const) {
    const { status, html } = await browser.get('/insight')
    t.equal(status, 200)
    const tally = counted(viewer)
    const figures = figuresOf(tally)
    t.match(tilesOf(html), {
      Submitted: String(figures.submitted),
      'Incomplete at first submission': percent(figures.incomplete),
      'Completed without being bounced': percent(figures.salvaged),
      'Closed with an outcome note': percent(figures.closed),
      'No-shows': percent(figures.noShows),
    })
    const { part, whole } = figures.incomplete
    t.match(textOf(html), `${part} of ${whole}`)
    t.ok(figures.submitted > 10 && part > 3, 'and there is something to count')
  }
})

t.test(
  'a clinic reads of its practices, a practice of its clinics, and nobody of others',
  async (t) => {
    const rows = (html: string) =>
      textOf(html.slice(html.indexOf('id="partners"'))).replaceAll(/\s+/g, ' ')
    const ofClinic = rows((await nora.get('/insight')).html)
    t.match(ofClinic, 'Lakeside Family Medicine')
    const ofPractice = rows((await kim.get('/insight')).html)
    t.match(ofPractice, 'River Pain Clinic')
    t.match(ofPractice, 'Summit Pain Center')
    const ofOther = (await sam.get('/insight')).html
    t.equal(
      tilesOf(ofOther).Submitted,
      String(counted({ ...clinic, organization: 'summit-pain-center' } as never).total.submitted),
    )
    const narrowed = (await kim.get('/insight?with=summit-pain-center')).html
    t.equal(
      tilesOf(narrowed).Submitted,
      String(
        elsewhere.filter(
          (each) =>
            each.referrerId === practice.organization && each.standings[0].at >= quarter.from,
        ).length,
      ),
    )
    const foreign = (await nora.get('/insight?with=river-pain-clinic')).html
    t.match(textOf(foreign), 'No referral was submitted', 'nothing of whom one has nothing with')
  },
)

t.test('every table is a file of the same numbers', async (t) => {
  const tally = counted(clinic)
  const fileOf = async (name: string) => {
    const { status, html, headers } = await nora.get(`/insight/${name}.csv?period=quarter`)
    t.equal(status, 200, name)
    t.match(headers['content-type'], /^text\/csv/)
    t.equal(
      headers['content-disposition'],
      `attachment; filename="figures-${name}-2026-01-01-2026-03-02.csv"`,
    )
    return html
      .replace('\uFEFF', '')
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','))
  }
  const column = (rows: readonly (readonly string[])[], n: number) =>
    rows.slice(1).map((row) => Number(row[n]))
  t.same(
    column(await fileOf('steps'), 1),
    tally.steps.map(({ submitted }) => submitted),
  )
  t.same(column(await fileOf('days'), 1), tally.days)
  const { arrived, accepted, scheduled, seen, closed } = tally.total
  t.same(column(await fileOf('way'), 1), [arrived, accepted, scheduled, seen, closed])
  const ends = (await fileOf('ends')).slice(1).reduce((sum, row) => sum + Number(row.at(-2)), 0)
  t.equal(
    ends,
    Object.values(endsOf(tally.ends)).reduce((a, b) => a + b, 0),
  )
  t.same(
    column(await fileOf('partners'), 1),
    tally.partners.map(({ submitted }) => submitted).sort((a, b) => b - a),
  )
  t.equal(
    column(await fileOf('packets'), 1).reduce((a, b) => a + b, 0),
    tally.total.incomplete,
  )
  const summary = await fileOf('summary')
  t.equal(summary[1]?.[1], String(tally.total.submitted))
  for (const name of ['states', 'reasons']) t.ok((await fileOf(name)).length > 1, name)
})

t.test('the address says which days, and what is no period is said to be none', async (t) => {
  const january = await nora.get('/insight?period=month&on=2026-01-15')
  t.match(textOf(january.html), '1 Jan 2026 – 31 Jan 2026')
  t.match(textOf(january.html), '1 Dec 2025 – 31 Dec 2025', 'compared with the month before')
  t.match(january.html, 'href="/insight?period=month&amp;on=2025-12-01"')
  t.match(january.html, 'href="/insight?period=month&amp;on=2026-02-01"')
  const own = await nora.get('/insight?period=custom&first=2026-02-02&last=2026-02-05&step=day')
  t.match(textOf(own.html), '2 Feb 2026 – 5 Feb 2026')
  for (const wrong of [
    'first=2026-02-05&last=2026-02-02',
    'first=2026-02-30&last=2026-03-01',
    'first=2026-02-05',
    'first=2027-01-01&last=2027-01-02',
    'first=2020-01-01&last=2026-01-01',
    'first=<script>&last=x',
  ]) {
    const { status, html } = await nora.get(`/insight?period=custom&${wrong}`)
    t.equal(status, 200)
    t.match(textOf(html), 'These days make no period', wrong)
  }
  t.match((await nora.get('/insight?period=week&on=2024-05-05')).html, 'No referral was submitted')
})

t.test('the plots are drawn without styles and scripts, and named', async (t) => {
  const { html } = await kim.get('/insight')
  const plots = elementsOf(html).filter(({ attrs }) =>
    attrs.some(({ name, value }) => name === 'role' && value === 'img'),
  )
  t.ok(plots.length >= 3)
  for (const { attrs } of plots) t.ok(attrs.some(({ name }) => name === 'aria-label'))
  t.notOk(/\sstyle=|\son\w+=|NaN|Infinity|undefined/.exec(html.slice(html.indexOf('<main'))))
  for (const height of html.matchAll(/<rect[^>]* height="([^"]+)"/g)) t.ok(Number(height[1]) >= 0)
})

t.test('it weighs at most 40 KB compressed, style and script included', async (t) => {
  const { html } = await kim.get('/insight?period=year')
  const linked = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(
    (link) => link[1] ?? '',
  )
  t.ok(linked.length >= 2)
  const parts = await Promise.all(
    linked.map((url) => world.app.inject({ method: 'GET', url }).then(({ body }) => body)),
  )
  const weight = [html, ...parts].reduce((sum, part) => sum + gzipSync(part).length, 0)
  t.ok(weight <= 40 * 1024, `${weight} bytes`)
})

t.test('who looked at figures is on record, and nobody who is not signed in does', async (t) => {
  t.ok(audited.includes('evaluate-measure figures page 2026-01-01 2026-03-02'))
  t.ok(audited.includes('evaluate-measure figures steps 2026-01-01 2026-03-02'))
  for (const path of ['/insight', '/insight/steps.csv']) {
    const answer = await world.app.inject({
      method: 'GET',
      url: path,
      headers: { accept: 'text/html' },
    })
    t.not(answer.statusCode, 200, path)
  }
})
