/** The clinic's desk on its pages: owners, the next one, snoozing, several at once, the list as a file, saved lists. */

import type { Bundle, FhirResource, Patient } from 'fhir/r4'
import t from 'tap'
import { aReferral, npis, requestOf, resourcesOf } from '../../helpers/a-referral.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { attributeOf, elementsOf, entered, textOf, type Visitor } from '../../helpers/pages.ts'
import { startWorld } from '../../helpers/world.ts'

function referralOf(
  family: string,
  wishes: Parameters<typeof aReferral>[0] = {},
  reason = 'Refractory neuropathic pain',
): Bundle<FhirResource> {
  const bundle = aReferral(wishes)
  const found = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient')
  Object.assign(found as Patient, { name: [{ family, given: ['Robin'] }] })
  requestOf(bundle).reasonCode = [{ text: reason }]
  return bundle
}

/** The text of each row. */
const rowsOf = (html: string): readonly string[] =>
  html
    .split('<tr data-referral')
    .slice(1)
    .map((row) => textOf(`<table><tr x${row.split('</table>')[0]}`))

/** What the checkboxes of a page stand for, by the id of the referral. */
const seenOn = (html: string): ReadonlyMap<string, string> =>
  new Map(
    elementsOf(html)
      .filter((each) => attributeOf(each, 'name') === 'row')
      .map((each) => attributeOf(each, 'value') ?? '')
      .map((value) => [value.split('.')[0] as string, value]),
  )

const linksOf = (html: string): readonly string[] =>
  elementsOf(html).map((each) => attributeOf(each, 'href') ?? '')

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

t.test('the clinic’s desk', async (t) => {
  // Without an EHR a clinic has a referral as soon as it is sent.
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { background: false, config, clientKeys })
  const at = (organization: string, name: string): Promise<Visitor> =>
    entered(world.app, {
      role: 'clinic',
      organization,
      person: { id: `https://ehr.example|${name}`, name },
    })
  const nora = await at('river-pain-clinic', 'Nora Lind')
  const sam = await at('river-pain-clinic', 'Sam Okafor')
  const other = await at('summit-pain-center', 'Ola Berg')

  const arden = (await world.refer(referralOf('Arden'))).id
  const birch = (await world.refer(referralOf('Birch', { priority: 'urgent' }))).id
  const cedar = (await world.refer(referralOf('Cedar', {}, '=HYPERLINK("https://evil.example")')))
    .id
  await world.refer(referralOf('Dogwood', { clinicNpi: npis['summit-pain-center'] }))

  const trail = async (count: number) =>
    world.app.storage.audit.search({ role: 'clinic', organization: 'river-pain-clinic' }, { count })
  const samId = async () => {
    const page = await nora.get('/worklist')
    const option = elementsOf(page.html).find(
      (each) =>
        each.tagName === 'option' &&
        textOf(each.childNodes.map((n) => ('value' in n ? n.value : '')).join('')) === 'Sam Okafor',
    )
    return (option && attributeOf(option, 'value')) ?? ''
  }

  await t.test('the next one is the first that is nobody’s, and is mine then', async (t) => {
    const taken = await nora.post('/worklist/take', { list: 'tab=new' })
    t.equal(taken.status, 303)
    t.equal(taken.location, `/referrals/${birch}?tab=new&done=taken`)
    const page = await nora.get(taken.location ?? '')
    t.match(textOf(page.html), /It is yours now\. .*Owner Nora Lind \(you\)/)
    t.match(
      textOf(page.html),
      /Nora Lind, .*: Assigned to Nora Lind/,
      'the history says who did it',
    )
    t.match(rowsOf((await nora.get('/worklist')).html)[0], /Birch.*Nora Lind \(you\)/)
    t.match(rowsOf((await sam.get('/worklist')).html)[0], /Birch.*Nora Lind(?! \(you)/)
    const none = await nora.post('/worklist/take', { list: 'tab=to-report' })
    t.equal(none.location, '/worklist?tab=to-report&did=none')
    t.match(textOf((await nora.get(none.location ?? '')).html), /nothing here that is nobody’s/)
  })

  await t.test(
    'mine, nobody’s, a colleague’s: a code in the address, and counted so',
    async (t) => {
      const names = async (who: Visitor, address: string) =>
        rowsOf((await who.get(address)).html).map((row) => /Arden|Birch|Cedar/.exec(row)?.[0])
      t.same(await names(nora, '/worklist?owner=mine'), ['Birch'])
      t.same(await names(sam, '/worklist?owner=mine'), [])
      t.same((await names(sam, '/worklist?owner=none')).toSorted(), ['Arden', 'Cedar'])
      t.match(textOf((await nora.get('/worklist?owner=mine')).html), /New 1 /)
      t.ok(
        linksOf((await nora.get('/worklist?owner=mine')).html).includes(
          '/worklist?tab=closed&owner=mine',
        ),
      )
      const id = linksOf((await sam.get('/worklist?owner=mine&priority=urgent')).html)
      t.ok(id.includes('/worklist?tab=new&priority=urgent'), 'a chip takes it back')
      t.ok(id.includes('/worklist?tab=new'), 'and all of them at once')
      t.equal((await names(nora, '/worklist?owner=%3Cscript%3E')).length, 3)
    },
  )

  await t.test('several at once: what could not be done is told one by one', async (t) => {
    const before = seenOn((await nora.get('/worklist?chosen=all')).html)
    t.equal(before.size, 3)
    const page = await nora.get('/worklist?chosen=all')
    const boxes = elementsOf(page.html).filter((each) => attributeOf(each, 'name') === 'row')
    t.ok(
      boxes.every((box) => attributeOf(box, 'checked') !== undefined),
      'all are chosen, without a script',
    )
    // Sam is faster with one of them.
    const [ofSam] = [...seenOn((await sam.get('/worklist')).html)].filter(([id]) => id === arden)
    const fields = { row: ofSam?.[1] ?? '', owner: await samId(), list: 'tab=new&owner=none' }
    const one = await sam.post(`/referrals/${arden}/assign`, fields)
    t.equal(one.location, `/referrals/${arden}?tab=new&owner=none&done=taken`, 'the list is kept')
    const sent = await nora.post('/worklist/bulk', {
      do: 'assign',
      owner: 'none',
      list: 'tab=new',
      row: [...before.values()],
    })
    t.equal(sent.status, 303)
    const told = await nora.get(sent.location ?? '')
    t.match(
      textOf(told.html),
      /Assigned: 2 referrals\..*Not done: 1 referral\. Arden, Robin : somebody changed it/,
    )
    t.match(
      rowsOf((await nora.get('/worklist')).html).find((row) => /Arden/.test(row)),
      /Sam Okafor/,
    )
    const nothing = await nora.post('/worklist/bulk', { do: 'assign', owner: 'none', list: '' })
    t.equal(nothing.location, '/worklist?tab=new&did=nothing')
    const wrong: readonly Readonly<Record<string, string | string[]>>[] = [
      { do: 'accept', row: [...before.values()] },
      { do: 'decline', row: [...before.values()] },
      { do: 'assign', owner: 'somebody', row: [...before.values()] },
    ]
    for (const fields of wrong)
      t.equal((await nora.post('/worklist/bulk', fields)).status, 400, 'nothing decides on many')
  })

  await t.test('OW1 a form with another clinic’s referral does nothing with it', async (t) => {
    const rows = [...seenOn((await nora.get('/worklist')).html).values()]
    for (const deed of ['assign', 'snooze', 'print']) {
      const fields = { do: deed, owner: 'none', list: 'tab=new', row: rows }
      const answer = await other.post('/worklist/bulk', fields)
      const page = answer.location ? await other.get(answer.location) : answer
      t.notMatch(page.html, /Arden|Birch|Cedar/)
    }
    t.equal((await other.get(`/worklist/packets?ids=${arden}`)).status, 404)
    const snoozed = await other.post('/worklist/snooze', {
      row: rows,
      until: day(2),
      reason: 'other',
    })
    t.match(snoozed.location, /not=gone/)
    t.notMatch((await other.get(snoozed.location ?? '')).html, /Arden|Birch|Cedar/)
    t.match(textOf((await nora.get('/worklist')).html), /New 3 /)
  })

  await t.test(
    'snoozed: asked until when and why, out of sight, counted, and brought back',
    async (t) => {
      const seen = seenOn((await nora.get('/worklist')).html)
      const row = [seen.get(arden) ?? '', seen.get(cedar) ?? '']
      const asked = await nora.post('/worklist/bulk', { do: 'snooze', list: 'tab=new', row })
      t.equal(asked.status, 200)
      t.match(textOf(asked.html), /For 2 referrals .*Arden.*Cedar/)
      for (const [until, reason] of [
        ['', 'other'],
        [day(-1), 'other'],
        [day(900), 'other'],
        [day(3), ''],
      ] as const) {
        const wrong = await nora.post('/worklist/snooze', { row, until, reason, list: 'tab=new' })
        t.equal(wrong.status, 422)
        t.same([...seenOn(wrong.html).values()], row, 'and the rows are not lost')
      }
      const sent = await nora.post('/worklist/snooze', {
        row,
        until: day(300),
        reason: 'records-coming',
        list: 'tab=new',
      })
      const page = await nora.get(sent.location ?? '')
      t.match(textOf(page.html), /Snoozed: 2 referrals\..* New 1 .* Snoozed 2 /)
      t.same(rowsOf(page.html).length, 1)
      const [sleeper] = rowsOf((await nora.get('/worklist?tab=snoozed')).html)
      t.match(sleeper, /until \d+ \w{3} 20\d\d .*Records are on their way/)
      const due = await world.app.storage.worklist.desk.find(
        { role: 'clinic', organization: 'river-pain-clinic' },
        arden,
      )
      t.notMatch(sleeper, day(300), 'not past its due time')
      t.ok((due?.snoozedUntil ?? '') > (due?.due ?? ''), 'though that was wished')
      const one = await nora.get(`/referrals/${arden}`)
      t.match(textOf(one.html), /Snoozed until .*: Records are on their way/)
      t.match(textOf(one.html), /Nora Lind, .*: Snoozed until/, 'in the history')
      const woken = await nora.post(`/referrals/${arden}/wake`, {
        row: `${arden}.${due?.version}.${due?.desk}`,
      })
      t.equal(woken.location, `/referrals/${arden}?done=wake`)
      t.match(textOf((await nora.get('/worklist')).html), /New 2 .* Snoozed 1 /)
      const again = await nora.post(`/referrals/${arden}/wake`, {
        row: `${arden}.${due?.version}.${due?.desk}`,
      })
      t.equal(again.status, 412, 'with what was seen before, not once more')
      t.equal(
        (
          await nora.post(`/referrals/${arden}/assign`, {
            row: seen.get(birch) ?? '',
            owner: 'none',
          })
        ).status,
        400,
      )
      const wrong = await nora.post(`/referrals/${arden}/snooze`, { row: seen.get(arden) ?? '' })
      t.equal(wrong.status, 422)
    },
  )

  await t.test('packets of several on one page, each put on record', async (t) => {
    const row = [...seenOn((await nora.get('/worklist')).html).values()]
    const sent = await nora.post('/worklist/bulk', { do: 'print', row })
    t.match(sent.location, /^\/worklist\/packets\?ids=/)
    const page = await nora.get(sent.location ?? '')
    t.equal(elementsOf(page.html).filter(({ tagName }) => tagName === 'article').length, 2)
    t.match(textOf(page.html), /Packets of 2 referrals .*Birch.*Arden/)
    const rows = await trail(1)
    t.same(
      rows.map(({ action }) => action),
      ['read', 'read'],
    )
    t.equal((await nora.get('/worklist/packets?ids=no-such')).status, 404)
  })

  await t.test(
    'the list as CSV: what is filtered, with nothing that a spreadsheet runs, on record',
    async (t) => {
      const answer = await nora.get('/worklist/list.csv?tab=snoozed')
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], 'text/csv; charset=utf-8')
      t.match(
        String(answer.headers['content-disposition']),
        /^attachment; filename="worklist-snoozed-\d{4}-\d\d-\d\d\.csv"$/,
      )
      const [head, first, ...rest] = answer.html.split('\r\n')
      t.match(head, /^\ufeffDue,Late,Priority,Status,Patient,Born,/)
      t.match(first, /"Cedar, Robin",1978-06-14,"'=HYPERLINK\(""https:/)
      t.same(rest, [''])
      t.match((await trail(1))[0], {
        action: 'export',
        personName: 'Nora Lind',
        detail: 'worklist tab=snoozed',
      })
      const spanish = await nora.get('/worklist/list.csv?tab=new', { 'accept-language': 'es' })
      t.match(spanish.html, /^\ufeffVence,/)
      t.equal(spanish.html.split('\r\n').length, 4)
      t.notMatch((await other.get('/worklist/list.csv?tab=new')).html, /Arden|Birch|Cedar/)
    },
  )

  await t.test(
    'lists under a name: mine or the clinic’s, with counts, and one to begin with',
    async (t) => {
      const save = (who: Visitor, name: string, whose: string, list: string) =>
        who.post('/worklist/views', { do: 'save', name, whose, list })
      const sent = await save(nora, 'At once', 'mine', 'tab=new&priority=urgent&find=Arden&after=x')
      t.equal(sent.location, '/worklist?tab=new&priority=urgent', 'codes, and nothing else')
      await save(sam, 'Snoozed by us', 'shared', 'tab=snoozed')
      t.equal((await save(nora, '  ', 'mine', 'tab=new')).status, 422)
      t.equal((await save(nora, 'x'.repeat(61), 'mine', 'tab=new')).status, 422)
      const page = await nora.get('/worklist?tab=new')
      t.match(textOf(page.html), /At once 1 Snoozed by us 1/)
      t.notMatch((await sam.get('/worklist?tab=new')).html, /At once/)
      t.match((await sam.get('/worklist?tab=new')).html, /Snoozed by us/)
      t.notMatch((await other.get('/worklist?tab=new')).html, /Snoozed by us|At once/)
      const viewOn = async (who: Visitor, name: string) => {
        const { html } = await who.get('/worklist/views?tab=new')
        const part = html.split('<li>').find((each) => each.includes(name)) ?? ''
        return /name="view" value="([^"]+)"/.exec(part)?.[1] ?? ''
      }
      const view = await viewOn(nora, 'At once')
      await nora.post('/worklist/views', { do: 'begin', view, list: 'tab=new' })
      t.equal((await nora.get('/worklist')).location, '/worklist?tab=new&priority=urgent')
      t.same(rowsOf((await nora.get('/worklist?tab=new&priority=urgent')).html).length, 1)
      t.equal((await sam.get('/worklist')).status, 200, 'everybody begins with their own')
      await sam.post('/worklist/views', { do: 'rename', view, name: 'Mine now', list: 'tab=new' })
      await sam.post('/worklist/views', { do: 'remove', view, list: 'tab=new' })
      t.equal(await viewOn(nora, 'At once'), view, 'another’s stays')
      await nora.post('/worklist/views', {
        do: 'rename',
        view,
        name: 'Very urgent',
        list: 'tab=new',
      })
      t.equal(await viewOn(nora, 'Very urgent'), view)
      await nora.post('/worklist/views', { do: 'usual', list: 'tab=new' })
      t.equal((await nora.get('/worklist')).status, 200)
      await nora.post('/worklist/views', { do: 'remove', view, list: 'tab=new' })
      t.equal(await viewOn(nora, 'Very urgent'), '')
      const evil = '"><script>alert(1)</script>'
      await save(nora, evil, 'mine', 'tab=new')
      const shown = await nora.get('/worklist?tab=new')
      t.match(textOf(shown.html), evil)
      t.notOk(
        elementsOf(shown.html).some(
          (each) => each.tagName === 'script' && !attributeOf(each, 'src'),
        ),
      )
    },
  )
})
