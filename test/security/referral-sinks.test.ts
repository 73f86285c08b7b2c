/** AL-08: what a referrer writes or attaches is read on the clinic's page and runs nowhere, sink by sink. */

import type {
  Bundle,
  Condition,
  DocumentReference,
  FhirResource,
  Observation,
  Patient,
  Practitioner,
  QuestionnaireResponse,
} from 'fhir/r4'
import t from 'tap'
import { aReferral, requestOf, resourcesOf } from '../helpers/a-referral.ts'
import { attributeOf, elementsOf, signedIn, textOf } from '../helpers/pages.ts'
import { referralPages } from '../helpers/referral-pages.ts'

const hostile = `"'><img src=x onerror=alert(1)><svg onload=alert(2)></textarea></pre></script><script>alert(3)</script>{{7*7}}`

const found = <R extends FhirResource>(bundle: Bundle<FhirResource>, type: R['resourceType']): R =>
  resourcesOf(bundle).find(({ resourceType }) => resourceType === type) as R

/** Adds a resource to what supports the referral. */
function support(bundle: Bundle<FhirResource>, resource: FhirResource): void {
  const fullUrl = 'urn:uuid:6c1f0f0e-0000-4000-8000-00000000abcd'
  bundle.entry?.push({ fullUrl, resource, request: { method: 'POST', url: resource.resourceType } })
  requestOf(bundle).supportingInfo?.push({ reference: fullUrl })
}

const file = (contentType: string, content: string): DocumentReference => ({
  resourceType: 'DocumentReference',
  status: 'current',
  description: hostile,
  content: [
    {
      attachment: {
        contentType,
        title: `${hostile}.html`,
        data: Buffer.from(content).toString('base64'),
      },
    },
  ],
})

type Plant = (bundle: Bundle<FhirResource>) => void

const sinks: Readonly<Record<string, Plant>> = {
  'Patient.name': (bundle) => {
    found<Patient>(bundle, 'Patient').name = [{ family: hostile, given: [hostile] }]
  },
  'Patient.address, telecom and identifier': (bundle) => {
    const patient = found<Patient>(bundle, 'Patient')
    patient.address = [{ text: hostile }]
    patient.telecom = [{ value: hostile }]
    patient.identifier = [...(patient.identifier ?? []), { value: hostile }]
  },
  'Practitioner.name': (bundle) => {
    found<Practitioner>(bundle, 'Practitioner').name = [{ text: hostile }]
  },
  'ServiceRequest.note': (bundle) => {
    requestOf(bundle).note = [{ text: hostile }]
  },
  'ServiceRequest.reasonCode and patientInstruction': (bundle) => {
    requestOf(bundle).reasonCode = [{ text: hostile }]
    requestOf(bundle).patientInstruction = hostile
  },
  'Condition.code': (bundle) => {
    const { code } = found<Condition>(bundle, 'Condition')
    if (code) code.text = hostile
  },
  'Observation.note and value': (bundle) => {
    const observation = found<Observation>(bundle, 'Observation')
    observation.note = [{ text: hostile }]
    observation.valueQuantity = { ...observation.valueQuantity, unit: hostile }
  },
  'the answers of a form': (bundle) => {
    const form = found<QuestionnaireResponse>(bundle, 'QuestionnaireResponse')
    form.item?.push({ linkId: 'words', text: hostile, answer: [{ valueString: hostile }] })
  },
  'a text document': (bundle) => support(bundle, file('text/plain', hostile)),
  'the address of an attachment': (bundle) =>
    support(bundle, {
      ...file('text/html', ''),
      content: [{ attachment: { url: 'javascript:alert(4)', title: hostile } }],
    }),
  'a narrative': (bundle) =>
    support(bundle, {
      resourceType: 'Condition',
      text: {
        status: 'additional',
        div: '<div xmlns="http://www.w3.org/1999/xhtml"><b>Bold</b> <a href="https://x.example">x</a></div>',
      },
      subject: requestOf(bundle).subject,
      code: { text: hostile },
    }),
}

t.test('AL-08 what a referrer writes runs nowhere', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')

  for (const [sink, plant] of Object.entries(sinks))
    await t.test(`AL-08 ${sink} is text`, async (t) => {
      const bundle = aReferral()
      plant(bundle)
      const { id } = await pages.submit(bundle)
      const main = await nora.get(`/referrals/${id}`)
      const links = elementsOf(main.html).flatMap((each) => attributeOf(each, 'href') ?? [])
      const ours = [...new Set(links)].filter((link) =>
        /\/(evidence\?|decline|records\/Patient)/.test(link),
      )
      const shown = [main, ...(await Promise.all(ours.map((link) => nora.get(link))))]
      t.ok(shown.length > 4)
      for (const { status, html, headers } of shown) {
        t.equal(status, 200)
        const bad = elementsOf(html).filter(({ tagName }) =>
          ['img', 'svg', 'iframe', 'object', 'embed', 'style', 'base'].includes(tagName),
        )
        t.same(
          bad.map(({ tagName }) => tagName),
          [],
        )
        const scripts = elementsOf(html).filter(({ tagName }) => tagName === 'script')
        t.ok(scripts.length > 0)
        for (const script of scripts) {
          t.match(attributeOf(script, 'src'), /^\/assets\/(app|referral)\.[0-9a-f]+\.js$/)
          t.equal(script.childNodes.length, 0)
        }
        const attributes = elementsOf(html).flatMap(({ attrs }) => attrs)
        t.same(
          attributes.filter(({ name }) => /^on|^style$/.test(name)),
          [],
        )
        t.same(
          attributes.filter(
            ({ name, value }) => /^(href|src|action)$/.test(name) && !/^[/#]/.test(value),
          ),
          [],
          'links lead to our own pages',
        )
        t.match(headers['content-security-policy'], /script-src 'self';/)
      }
      t.match(textOf(main.html), 'onerror=alert(1)', 'it is there to read')
    })

  const files = {
    'an HTML document': ['text/html', '<script>alert(1)</script>', 'application/octet-stream'],
    'an SVG image': ['image/svg+xml', '<svg onload="alert(1)"/>', 'application/octet-stream'],
    'an XHTML document': ['application/xhtml+xml', '<html/>', 'application/octet-stream'],
    'a PDF document': ['application/pdf', '%PDF-1.7', 'application/pdf'],
    'a type of a sender’s own': [
      'text/plain; charset=x"; bad',
      hostile,
      'text/plain; charset=utf-8',
    ],
  } as const
  for (const [sink, [type, content, sent]] of Object.entries(files))
    await t.test(`AL-08 ${sink} is saved, never shown`, async (t) => {
      const bundle = aReferral()
      support(bundle, file(type, content))
      const { id } = await pages.submit(bundle)
      const { html } = await nora.get(`/referrals/${id}`)
      const link = /\/referrals\/[^"]+\/files\/[^"]+/.exec(html)?.[0] ?? ''
      const answer = await nora.get(link)
      t.equal(answer.status, 200)
      t.equal(answer.headers['content-type'], sent)
      t.match(
        answer.headers['content-disposition'],
        /^attachment; filename="referral-1\.(bin|pdf|txt)"$/,
      )
      t.equal(answer.headers['content-security-policy'], "sandbox; default-src 'none'")
      t.equal(answer.headers['x-content-type-options'], 'nosniff')
      t.equal(answer.headers['cache-control'], 'no-store')
      t.equal(answer.html, content)
      const sam = await signedIn(pages.app, 'sam-okafor')
      t.equal((await sam.get(link)).status, 404, 'and not by another clinic')
      t.equal((await nora.get(`${link}9`)).status, 404)
    })
})
