/** The clinic's list as its page shows it: what stands in a row, filters, search, and what a row may not do. */

import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { aReferral, npis, requestOf, resourcesOf } from '../../helpers/a-referral.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { attributeOf, elementsOf, entered, textOf } from '../../helpers/pages.ts'
import { startWorld } from '../../helpers/world.ts'

interface Wishes extends NonNullable<Parameters<typeof aReferral>[0]> {
  readonly patient?: Partial<Patient>
  readonly request?: Partial<ServiceRequest>
}

function referralOf({ patient, request, ...wishes }: Wishes): Bundle<FhirResource> {
  const bundle = aReferral(wishes)
  const found = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient')
  Object.assign(found as Patient, patient)
  Object.assign(requestOf(bundle), request)
  return bundle
}

/** The text of each row. */
const rowsOf = (html: string): readonly string[] =>
  html
    .split('<tr data-referral')
    .slice(1)
    .map((row) => textOf(`<table><tr x${row}`))

t.test('the clinic’s list', async (t) => {
  // Without an EHR a clinic has a referral as soon as it is sent.
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { background: false, config, clientKeys })
  const nurse = (organization: string) =>
    entered(world.app, {
      role: 'clinic',
      organization,
      person: { id: `https://ehr.example|${organization}-nurse`, name: 'Nora Lind' },
    })
  const river = await nurse('river-pain-clinic')
  const summit = await nurse('summit-pain-center')

  await world.refer(
    referralOf({ mrn: 'MRN-4711', patient: { name: [{ family: 'Arden', given: ['Robin'] }] } }),
  )
  await world.refer(
    referralOf({ priority: 'urgent', patient: { name: [{ family: 'Birch', given: ['Ana'] }] } }),
  )
  await world.refer(
    referralOf({
      clinicNpi: npis['summit-pain-center'],
      patient: { name: [{ family: 'Cedar', given: ['Li'] }] },
    }),
  )

  await t.test('a row says who, from whom, what for, how it stands and by when', async (t) => {
    const page = await river.get('/worklist')
    t.equal(page.status, 200)
    const rows = rowsOf(page.html)
    t.equal(rows.length, 2)
    t.match(rows[0], /Birch, Ana/, 'the urgent one is due first')
    t.match(rows[0], /Urgent/)
    t.match(rows[1], /due in \d+ (min|hr|days?).*Arden, Robin/)
    t.match(rows[1], /14 Jun 1978 \(\d+ y\)/)
    t.match(rows[1], /Referral to pain management specialist Practice lakeside-family/)
    t.match(rows[1], /Ready/)
    t.match(rows[1], /since today/)
  })

  await t.test('OW1 each clinic has its own', async (t) => {
    const [other] = rowsOf((await summit.get('/worklist')).html)
    t.match(other, /Cedar, Li/)
    t.notMatch((await summit.get('/worklist')).html, /Arden|Birch/)
    t.notMatch((await river.get('/worklist')).html, /Cedar/)
  })

  await t.test('a practice’s people have no worklist', async (t) => {
    const doctor = await entered(world.app, {
      role: 'referrer',
      organization: 'lakeside-family',
      person: { id: 'https://ehr.example|kim', name: 'Dr Kim Example' },
    })
    for (const answer of [
      await doctor.get('/worklist'),
      await doctor.post('/worklist/find', { find: 'Arden' }),
    ]) {
      t.equal(answer.status, 404)
      t.notMatch(answer.html, /Arden/)
    }
  })

  await t.test('filters are codes in the address, and each can be taken back', async (t) => {
    const page = await river.get('/worklist?tab=new&priority=urgent&overall=ready')
    t.same(rowsOf(page.html).length, 1)
    t.match(rowsOf(page.html)[0], /Birch/)
    const links = elementsOf(page.html).map((each) => attributeOf(each, 'href') ?? '')
    t.ok(links.includes('/worklist?tab=new&overall=ready'), 'without the priority')
    t.ok(links.includes('/worklist?tab=new&priority=urgent'), 'without the check')
    t.ok(links.includes('/worklist?tab=closed&priority=urgent&overall=ready'), 'on another tab')
    const none = await river.get('/worklist?priority=stat')
    t.match(textOf(none.html), /No referral fits/)
    const strange = await river.get('/worklist?tab=%3Cscript%3E&priority=__proto__&after=x&due=1')
    t.equal(rowsOf(strange.html).length, 2, 'what is not known says nothing')
  })

  await t.test(
    'a patient is found by name, record number or the referral’s number, and by POST',
    async (t) => {
      const found = async (find: string) =>
        rowsOf((await river.post('/worklist/find', { find })).html).map((row) => row.slice(0, 60))
      t.match((await found('ard')).join(), /Arden/)
      t.match((await found('robin ARDEN')).join(), /Arden/)
      t.match((await found('MRN-4711')).join(), /Arden/)
      t.same(await found('cedar'), [], 'of the other clinic')
      t.same(await found('%'), [])
      t.same(await found(''), [])
      const page = await river.get('/worklist')
      const [form] = elementsOf(page.html).filter((each) => attributeOf(each, 'role') === 'search')
      t.equal(form && attributeOf(form, 'method'), 'post')
    },
  )

  await t.test('what somebody saw is on record, with who it was', async (t) => {
    await river.get('/worklist')
    const rows = await world.app.storage.audit.search(
      { role: 'clinic', organization: 'river-pain-clinic' },
      { count: 1 },
    )
    t.match(rows[0], { action: 'search', personName: 'Nora Lind', detail: 'worklist tab=new' })
    t.match(rows[0]?.entities.join(), /ServiceRequest\/.*GuidanceResponse\//)
  })

  await t.test('AL-08 what was sent stands in the list as text, whatever it is', async (t) => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    await world.refer(
      referralOf({
        patient: { name: [{ family: evil, given: [evil] }], birthDate: '1978-06' },
        request: { reasonCode: [{ text: evil }] },
      }),
    )
    await world.refer(referralOf({ patient: { name: [{ family: '\u202eשרה', given: ['אמנו'] }] } }))
    const page = await river.get('/worklist')
    t.match(textOf(page.html), evil)
    t.match(textOf(page.html), 'Jun 1978')
    const scripts = elementsOf(page.html).filter(({ tagName }) => tagName === 'script')
    t.same(
      scripts.map((each) => attributeOf(each, 'src')?.slice(0, 12)),
      ['/assets/app.', '/assets/queu'],
    )
    t.same(
      elementsOf(page.html).filter(
        ({ tagName, attrs }) =>
          tagName === 'img' || attrs.some(({ name }) => name.startsWith('on')),
      ),
      [],
    )
  })

  await t.test('a referral that says as little as may be is listed as well', async (t) => {
    const bundle = referralOf({})
    const patient = resourcesOf(bundle).find(
      ({ resourceType }) => resourceType === 'Patient',
    ) as Patient
    delete patient.name
    delete patient.birthDate
    await world.refer(bundle)
    const page = await river.get('/worklist')
    t.match(textOf(page.html), /Name not known Date of birth not known/)
  })

  await t.test(
    'an instance that is asked to stop does not wait for who is listening',
    async (t) => {
      const { cookies } = await nurse('river-pain-clinic')
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const live = await fetch(`${world.baseUrl}/worklist/live`, { headers: { cookie } })
      t.equal(live.headers.get('content-type'), 'text/event-stream')
      t.match(live.headers.get('content-security-policy'), "default-src 'none'")
      const reader = (live.body as ReadableStream<Uint8Array>).getReader()
      const heard: string[] = []
      const reading = (async () => {
        for (let part = await reader.read(); !part.done; part = await reader.read())
          heard.push(new TextDecoder().decode(part.value))
      })()
      const sent = await world.refer(referralOf({}))
      await world.refer(referralOf({ clinicNpi: npis['summit-pain-center'] }))
      while (!heard.join('').includes(sent.id)) await new Promise((done) => setTimeout(done, 20))
      const before = performance.now()
      await world.close()
      await reading
      t.ok(performance.now() - before < 5_000)
      const told = heard.join('').match(/"ids":\[[^\]]*\]/g) ?? []
      t.same(told, [`"ids":["${sent.id}"]`], 'and of the other clinic’s nothing was told')
      t.match(heard.join(''), /1 change since you opened this list/)
    },
  )
})
