/** Whatever a referral says: shown as text, all of it reachable, and nothing of it runs. */

import type { Bundle, FhirResource, Patient } from 'fhir/r4'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { aReferral, requestOf, resourcesOf } from '../helpers/a-referral.ts'
import { overflows, startBrowser, withoutBrowser } from '../helpers/browser.ts'
import { condition } from '../helpers/evidence.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { entered } from '../helpers/pages.ts'
import { pdfFacts } from '../helpers/pdf-facts.ts'
import { type Referred, startWorld } from '../helpers/world.ts'

const evil =
  '"><script>document.title="run"</script><img src=x onerror=document.title="run"><svg/onload=document.title="run">\'-document.title-\'{{7*7}}</textarea></title></style>'

const texts: ReadonlySet<string> = new Set([
  ...['text', 'display', 'family', 'title', 'description', 'comment', 'city', 'patientInstruction'],
  ...['unit', 'valueString'],
])

/** The same with markup in every field that people write into. */
function spoilt<Value>(value: Value, key = ''): Value {
  if (typeof value === 'string') return (texts.has(key) ? `${evil}${value}` : value) as Value
  if (Array.isArray(value)) return value.map((each) => spoilt(each, key)) as Value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, spoilt(each, name)]),
  ) as Value
}

function patientOf(bundle: Bundle<FhirResource>): Patient {
  return resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient') as Patient
}

const crps = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'G90.511' }

function withRecords(bundle: Bundle<FhirResource>, count: number): Bundle<FhirResource> {
  const { subject } = requestOf(bundle)
  for (let n = 0; n < count; n++) {
    const fullUrl = `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    const resource = condition(subject, { coding: [crps], text: `Pain ${n}` })
    bundle.entry?.push({ fullUrl, resource, request: { method: 'POST', url: 'Condition' } })
    requestOf(bundle).supportingInfo?.push({ reference: fullUrl })
  }
  return bundle
}

t.test('bad input in a browser', { skip: withoutBrowser }, async (t) => {
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { background: false, config, clientKeys })
  const browser = await startBrowser(t)
  const identity = { role: 'clinic', organization: 'river-pain-clinic' } as const
  const person = { id: 'https://ehr.example|nora', name: `Nora ${evil}` }
  const { page, context, faults } = await browser.open({ width: 360, height: 740 })
  const { cookies } = await entered(world.app, { ...identity, person })
  await context.addCookies(
    [...cookies].map(([name, value]) => ({ name, value, domain: '127.0.0.1', path: '/' })),
  )
  const visit = async (path: string) => page.goto(`${world.baseUrl}${path}`)
  const isSafe = async (t: Test, page: Page, path: string) => {
    t.not(await page.title(), 'run', path)
    const strange = `main img, main svg, main iframe, main object, main script, [onerror], [onload]`
    t.equal(await page.locator(strange).count(), 0, `${path}: no element of a sender`)
    t.notOk(await overflows(page), `${path} fits`)
  }

  await t.test('script and markup in every text field', async (t) => {
    const bundle = spoilt(aReferral())
    patientOf(bundle).name = [{ family: `Evil${evil}`, given: [evil, 'x'.repeat(400)] }]
    requestOf(bundle).note = [{ text: `${evil}\n${'long'.repeat(300)}` }]
    const { id } = await world.refer(bundle)
    const path = `/referrals/${id}`
    const paths = ['', '/ask', '/decline', '/note', '/history', '/packet']
    const everywhere = ['/worklist', ...paths.map((each) => path + each)]
    for (const each of [...everywhere, `${path}/evidence?type=Condition`]) {
      t.equal((await visit(each))?.status(), 200, each)
      await isSafe(t, page, each)
      t.match(await page.locator('main').textContent(), /<script>|"><script>/, `${each}: as text`)
    }
    await visit(`${path}/note`)
    await page.getByLabel('Note').fill(`${evil} typed`)
    await page.getByText(/^Saved at/).waitFor()
    await visit('/worklist/drafts')
    await isSafe(t, page, 'drafts')
    t.match(await page.locator('main').textContent(), /<\/textarea>/)
    await visit(`${path}/note`)
    t.equal(await page.getByLabel('Note').inputValue(), `${evil} typed`)
    await page.getByRole('button', { name: 'Write a note' }).click()
    await page.waitForURL(/done=note/)
    await isSafe(t, page, 'the referral with the note')
    t.match(await page.locator('main').textContent(), 'typed')
    const pdf = await context.request.get(`${world.baseUrl}${path}/packet.pdf`)
    t.match(pdfFacts(await pdf.body()).text, /<script>/)
    t.same(faults, [])
  })

  await t.test('5,000 records: each is counted, and one way or another shown', async (t) => {
    const { id } = await world.refer(withRecords(aReferral(), 5_000))
    const before = performance.now()
    await visit(`/referrals/${id}`)
    t.ok(performance.now() - before < 15_000)
    const text = await page.locator('main').textContent()
    t.match(text, /5,001/)
    t.match(text, /Show all 5,\d\d\d records \(\d,\d\d\d more\)/)
    await isSafe(t, page, 'the referral')
    await page
      .getByRole('link', { name: /Show all 5,\d\d\d records/ })
      .first()
      .click()
    t.match(await page.locator('main').textContent(), /1 to \d+ of 5,\d\d\d/)
    t.same(faults, [])
  })

  await t.test(
    'a name from right to left stands so, with what is beside it in its place',
    async (t) => {
      const bundle = aReferral()
      patientOf(bundle).name = [{ family: '\u202eאלון', given: ['נעה'] }]
      const { id } = await world.refer(bundle)
      await visit(`/referrals/${id}`)
      const direction = await page.evaluate(
        `getComputedStyle(document.querySelector('h1')).direction`,
      )
      t.equal(direction, 'rtl')
      await visit('/worklist')
      const row = page.locator(`tr[data-referral="${id}"]`)
      t.match(await row.textContent(), /14 Jun 1978 \(\d+ y\)/, 'the date is not turned round')
      const beside = await page.evaluate(
        `getComputedStyle(document.querySelector('tr[data-referral="${id}"] bdi')).unicodeBidi`,
      )
      t.match(beside, /isolate/)
      t.same(faults, [])
    },
  )

  await t.test('a missing everything is said in words', async (t) => {
    const bundle = aReferral()
    const patient = patientOf(bundle)
    delete patient.name
    delete patient.birthDate
    delete patient.gender
    delete requestOf(bundle).reasonCode
    const sent: Referred = await world.refer(bundle)
    await visit(`/referrals/${sent.id}`)
    const text = await page.locator('main').textContent()
    t.match(text, /Name not known/)
    t.match(text, /Not known/)
    t.notMatch(text, /undefined|null|NaN|Invalid Date|\[object/)
    await isSafe(t, page, 'the referral')
    t.same(faults, [])
  })
  await context.close()
})
