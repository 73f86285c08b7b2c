/** A referral on paper: everything that its clinic may see of it, as a page and as a PDF. */

import type { Observation, Patient } from 'fhir/r4'
import t from 'tap'
import { aReferral, requestOf, resourcesOf } from '../../helpers/a-referral.ts'
import { signedIn, textOf } from '../../helpers/pages.ts'
import { pdfFacts } from '../../helpers/pdf-facts.ts'
import { type ReferralPages, referralPages } from '../../helpers/referral-pages.ts'

/** The PDF's text in one line: where lines break is the setter's business. */
const flat = (text: string): string => text.replace(/\s+/g, ' ')

async function pdfOf(pages: ReferralPages, id: string, language = 'en') {
  const nora = await signedIn(pages.app, 'nora-lind')
  const cookie = [...nora.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await pages.app.inject({
    url: `/referrals/${id}/packet.pdf`,
    headers: { cookie, 'accept-language': language },
  })
  return { answer, facts: pdfFacts(answer.rawPayload) }
}

t.test('a packet for paper', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')

  await t.test('says the same as a page and as a PDF', async (t) => {
    const bundle = aReferral({ answers: { glaucoma: 'Y' } })
    requestOf(bundle).note = [{ text: 'Please see her soon.' }]
    const { id } = await pages.submit(bundle)
    const page = textOf((await nora.get(`/referrals/${id}/packet`)).html)
    const { answer, facts } = await pdfOf(pages, id)
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['content-type'], 'application/pdf')
    t.match(answer.headers['content-disposition'], /^attachment; filename="referral-[\w-]+\.pdf"$/)
    for (const words of [
      /Example, Robin/,
      /Made for Nora Lind, RN, River Pain Clinic, on \d/,
      /14 Jun 1978 \(\d+ y\)/,
      /Please see her soon\./,
      /oxycodone/i,
      /glaucoma: Yes/i,
      /All records/,
    ]) {
      t.match(flat(page), words)
      t.match(flat(facts.text), words)
    }
    t.notMatch(`${page}${facts.text}`, /undefined|null|NaN|Invalid Date/)
  })

  await t.test('can be followed by who does not see it', async (t) => {
    const { id } = await pages.submit(aReferral())
    const { facts } = await pdfOf(pages, id)
    t.ok(facts.isMarked)
    t.equal(facts.language, 'en-US')
    t.equal(facts.tags.filter((tag) => tag === 'H1').length, 1)
    t.ok(facts.tags.filter((tag) => tag === 'H2').length >= 4)
    t.match(flat(facts.text), new RegExp(`Page ${facts.pages} of ${facts.pages}`))
  })

  await t.test('is in the reader’s language, and says what of it is not', async (t) => {
    const bundle = aReferral({ answers: { glaucoma: 'Y' } })
    requestOf(bundle).note = [{ text: 'Please see her soon.' }]
    const { id } = await pages.submit(bundle)
    const page = textOf(
      (await nora.get(`/referrals/${id}/packet`, { 'accept-language': 'es' })).html,
    )
    const { facts } = await pdfOf(pages, id, 'es')
    for (const words of [
      /Preparado para Nora Lind, RN, River Pain Clinic, el \d/,
      /14 jun 1978 \(\d+ años\)/,
      /Sin glaucoma ni presión ocular elevada/,
      /Todos los registros/,
      /Please see her soon\./,
    ]) {
      t.match(flat(page), words)
      t.match(flat(facts.text), words)
    }
    t.match(flat(facts.text), new RegExp(`Página ${facts.pages} de ${facts.pages}`))
    t.equal(facts.language, 'es-US')
    t.same([...facts.languages].sort(), ['en', 'es-US'])
    t.same([...(await pdfOf(pages, id)).facts.languages], ['en-US'])
  })

  await t.test('leaves none of three hundred records out', async (t) => {
    const bundle = aReferral()
    const { subject } = requestOf(bundle)
    for (let n = 0; n < 300; n++)
      bundle.entry?.push({
        fullUrl: `urn:uuid:7d1f0f0e-0000-4000-8000-${String(n).padStart(12, '0')}`,
        resource: {
          resourceType: 'Observation',
          status: 'final',
          code: { text: `Reading number ${n} of many` },
          subject,
        } satisfies Observation,
        request: { method: 'POST', url: 'Observation' },
      })
    const { id } = await pages.submit(bundle)
    const { facts } = await pdfOf(pages, id)
    const text = flat(facts.text)
    for (let n = 0; n < 300; n++)
      if (!text.includes(`Reading number ${n} of many`)) t.fail(`record ${n} is not in it`)
    t.ok(facts.pages > 6)
  })

  await t.test('with everything missing says so, and what no font has is said too', async (t) => {
    const bundle = aReferral()
    for (const resource of resourcesOf(bundle))
      if (resource.resourceType === 'Patient') {
        delete resource.birthDate
        delete resource.gender
        resource.name = [{ family: '例', given: ['子'] }]
      }
    const { id } = await pages.submit(bundle)
    const { facts } = await pdfOf(pages, id)
    t.match(flat(facts.text), /Date of birth not known/)
    t.match(flat(facts.text), /\d+ characters of this packet are in no font/)
    t.match(textOf((await nora.get(`/referrals/${id}/packet`)).html), /例, 子/)
  })

  await t.test('AL-08 markup in a record is text on paper', async (t) => {
    const bundle = aReferral()
    for (const resource of resourcesOf(bundle))
      if (resource.resourceType === 'Patient')
        (resource as Patient).name = [{ family: '<img src=x onerror=alert(1)>' }]
    const { id } = await pages.submit(bundle)
    const { html } = await nora.get(`/referrals/${id}/packet`)
    t.notMatch(html, /<img/)
    t.match(textOf(html), /<img src=x onerror=alert\(1\)>/)
  })

  await t.test('is nobody else’s', async (t) => {
    const { id } = await pages.submit(aReferral())
    const sam = await signedIn(pages.app, 'sam-okafor')
    t.equal((await sam.get(`/referrals/${id}/packet`)).status, 404)
    t.equal((await sam.get(`/referrals/${id}/packet.pdf`)).status, 404)
  })
})
