/** The referring practice: where each referral stands, what is missing, and answering it. */

import t from 'tap'
import { aReferral } from '../../helpers/a-referral.ts'
import { attributeOf, elementsOf, signedIn, textOf, type Visitor } from '../../helpers/pages.ts'
import { referralPages } from '../../helpers/referral-pages.ts'

/** What the hidden fields of the form of a page hold. */
const heldIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    elementsOf(html)
      .filter(
        (each) =>
          each.tagName === 'input' && /^(form|draft)$/.test(attributeOf(each, 'name') ?? ''),
      )
      .map((each) => [attributeOf(each, 'name') ?? '', attributeOf(each, 'value') ?? '']),
  )

const yesNo = (code: string) => `http://terminology.hl7.org/CodeSystem/v2-0532|${code}`

async function answer(
  browser: Visitor,
  id: string,
  fields: Readonly<Record<string, string | readonly string[]>>,
  wish = 'send',
) {
  const { html } = await browser.get(`/practice/${id}/answer`)
  return browser.post(`/practice/${id}/answer`, { ...heldIn(html), ...fields, do: wish })
}

t.test('the pages of a practice', async (t) => {
  const pages = await referralPages(t)
  const kim = await signedIn(pages.app, 'kim-example')
  const lacking = () => pages.submit(aReferral({ unanswered: ['glaucoma', 'psychosis'] }))

  await t.test('list what needs it, with how far its answers are', async (t) => {
    const { id } = await lacking()
    const list = await kim.get('/practice')
    t.equal(list.status, 200)
    t.match(textOf(list.html), /Needs you 1/)
    t.match(
      textOf(list.html),
      /Example, Robin .* River Pain Clinic Needs your answer 0 of 2 answered/,
    )
    await answer(kim, id, { 'q.glaucoma': yesNo('N') }, 'save')
    t.match(textOf((await kim.get('/practice')).html), /1 of 2 answered, not sent yet/)
  })

  await t.test('show what is missing and why, and take the answers into the story', async (t) => {
    const { id } = await lacking()
    const page = await kim.get(`/practice/${id}`)
    t.match(textOf(page.html), /Nobody has answered whether the patient has glaucoma/)
    const form = await kim.get(`/practice/${id}/answer`)
    t.match(textOf(form.html), /Why this is asked: Nobody has answered/)
    t.match(textOf(form.html), /Does the patient have glaucoma or raised eye pressure\?/)

    const first = await answer(kim, id, { 'q.glaucoma': yesNo('N') })
    t.equal(first.status, 303, first.html)
    t.equal((await pages.find(id)).businessStatus, 'awaiting-information')
    const less = await kim.get(`/practice/${id}/answer`)
    t.notMatch(textOf(less.html), /have glaucoma/, 'less is asked for')
    t.match(textOf(less.html), /poorly controlled psychosis/)

    const last = await answer(kim, id, { 'q.psychosis': yesNo('N') })
    t.equal(last.status, 303, last.html)
    t.equal((await pages.find(id)).businessStatus, 'awaiting-triage')
    const done = await kim.get(`${last.location}`)
    t.match(textOf(done.html), /Your answers are sent\..*The clinic is deciding/)
  })
})
