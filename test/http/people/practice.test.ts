/** The referring practice: where each referral stands, what is missing, and answering it. */

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Task } from 'fhir/r4'
import t from 'tap'
import { aForm, aReferral } from '../../helpers/a-referral.ts'
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

  await t.test('find a patient without a word of it in the address', async (t) => {
    await kim.get('/practice')
    const found = await kim.post('/practice/find', { find: 'Exam' })
    t.equal(found.status, 200)
    t.match(textOf(found.html), /No referral fits the search/, 'this world finds nobody')
    t.match(found.html, /name="find" type="search" value="Exam"/)
    t.notOk(elementsOf(found.html).some((each) => /Exam/.test(attributeOf(each, 'href') ?? '')))
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

  await t.test(
    'keep what is filled in, and say what cannot be read, with what was typed',
    async (t) => {
      const { id } = await lacking()
      const empty = await answer(kim, id, {})
      t.equal(empty.status, 422)
      t.match(textOf(empty.html), /Answer a question, or say that it is not available/)
      const wrong = await answer(kim, id, {
        'q.glaucoma': 'urn:s|other',
        'q.glaucoma-detail': 'typed <b>with care</b>',
        'q.about-psychosis-not-available': 'x'.repeat(501),
      })
      t.equal(wrong.status, 422)
      const links = elementsOf(wrong.html).flatMap((each) => attributeOf(each, 'href') ?? [])
      for (const field of ['q.glaucoma', 'q.about-psychosis-not-available']) {
        t.ok(links.includes(`#${field}`), `the summary leads to ${field}`)
        t.ok(elementsOf(wrong.html).some((each) => attributeOf(each, 'id') === field))
      }
      t.match(textOf(wrong.html), /typed <b>with care<\/b>/)
      t.match(textOf(wrong.html), /Use at most 500 characters/)
      t.match(textOf(wrong.html), /0 of 2 answered/, 'a remark answers nothing')
      const half = await answer(kim, id, {
        'q.glaucoma': yesNo('N'),
        'q.glaucoma-detail': 'typed <b>with care</b>',
        'q.about-psychosis-not-available': 'x'.repeat(501),
      })
      t.match(textOf(half.html), /1 of 2 answered/)
      t.match(
        textOf(half.html),
        /No poorly controlled psychosis If this is not available: why\? Use at most/,
      )
      // It was kept on the server as well: another session finds it, a letter in a number and all.
      const again = await signedIn(pages.app, 'kim-example')
      const { html } = await again.get(`/practice/${id}/answer`)
      t.match(textOf(html), /typed <b>with care<\/b>/)
      t.match(html, new RegExp('x'.repeat(501)))
      t.equal((await pages.find(id)).businessStatus, 'awaiting-information', 'nothing was sent')
    },
  )

  await t.test('save while somebody types, and tell of another who did', async (t) => {
    const { id } = await lacking()
    const pat = await signedIn(pages.app, 'kim-example')
    const [mine, theirs] = [
      heldIn((await kim.get(`/practice/${id}/answer`)).html),
      heldIn((await pat.get(`/practice/${id}/answer`)).html),
    ]
    const path = `/practice/${id}/answer`
    const auto = await kim.post(path, { ...mine, 'q.glaucoma': yesNo('N'), do: 'auto' })
    t.match(JSON.parse(auto.html), { draft: 1, words: /^Saved at \d\d:\d\d$/ })
    const same = await kim.post(path, { ...mine, draft: '1', 'q.glaucoma': yesNo('N'), do: 'auto' })
    t.match(JSON.parse(same.html), { draft: 1 }, 'what is the same is not saved again')

    const late = await pat.post(path, { ...theirs, 'q.glaucoma': yesNo('Y'), do: 'auto' })
    t.equal(late.status, 409)
    t.match(JSON.parse(late.html).words, /Kim Example saved answers/)
    const both = await pat.post(path, { ...theirs, 'q.glaucoma': yesNo('Y'), do: 'save' })
    t.equal(both.status, 412)
    t.match(textOf(both.html), /Dr Kim Example saved: No/, 'the other answer stands beside')
    const chosen = elementsOf(both.html).find((each) => attributeOf(each, 'checked') !== undefined)
    t.equal(chosen && attributeOf(chosen, 'value'), yesNo('Y'), 'and what was typed in the field')
    const sent = await pat.post(path, { ...theirs, 'q.glaucoma': yesNo('Y'), do: 'send' })
    t.equal(sent.status, 412, 'nor is it sent over the head of the other')
    const kept = await pat.post(path, {
      ...heldIn(both.html),
      'q.glaucoma': yesNo('Y'),
      do: 'save',
    })
    t.equal(kept.status, 303, 'once seen, it may be')
    t.equal(kept.location, `/practice/${id}?done=saved`)
  })

  await t.test('keep the text when the referral has moved meanwhile', async (t) => {
    const { id, patientId } = await lacking()
    const { html } = await kim.get(`/practice/${id}/answer`)
    const typed = { 'q.glaucoma-detail': 'A long remark', 'q.psychosis': yesNo('N') }
    const subject = { reference: `Patient/${patientId}` }
    await pages.supply(id, aForm(subject, { glaucoma: 'N' }, new Date().toISOString()))
    const path = `/practice/${id}/answer`
    const changed = await kim.post(path, { ...heldIn(html), ...typed, do: 'send' })
    t.equal(changed.status, 412)
    t.match(textOf(changed.html), /What is asked for has changed/)
    const psychosis = elementsOf(changed.html).find(
      (each) => attributeOf(each, 'checked') !== undefined,
    )
    t.equal(psychosis && attributeOf(psychosis, 'name'), 'q.psychosis', 'what is left is filled in')

    await pages.supply(id, aForm(subject, { psychosis: 'N' }, new Date().toISOString()))
    const over = await kim.post(path, { ...heldIn(html), ...typed, do: 'send' })
    t.equal(over.status, 412)
    t.match(textOf(over.html), /A long remark/)
    const unsent = await kim.get(path)
    t.match(textOf(unsent.html), /Answers that were not sent .*poorly controlled psychosis\? No/)
    const { draft = '' } = heldIn(unsent.html)
    const gone = await kim.post(path, { draft, do: 'discard' })
    t.equal(gone.status, 303)
    t.match(textOf((await kim.get(path)).html), /Nothing is asked for any more/)
    const twice = await kim.post(path, { draft, do: 'discard' })
    t.equal(twice.status, 412)
  })

  await t.test(
    'say what is not available, which settles nothing and reaches the clinic',
    async (t) => {
      const { id, taskId } = await lacking()
      t.equal((await kim.get(`/practice/${id}/acknowledge`)).status, 422, 'not before')
      await answer(kim, id, { 'q.about-glaucoma-not-available': 'No eye doctor within reach' })
      t.equal(
        (await kim.get(`/practice/${id}/acknowledge`)).status,
        422,
        'nor while a part is open',
      )
      await answer(kim, id, { 'q.about-psychosis-not-available': 'Never <i>assessed</i>' })
      const { businessStatus, overall } = await pages.find(id)
      t.same(
        { businessStatus, overall },
        { businessStatus: 'awaiting-information', overall: 'incomplete' },
      )
      const page = await kim.get(`/practice/${id}`)
      t.match(
        textOf(page.html),
        /You have said of everything that is missing that it is not available/,
      )
      t.match(textOf(page.html), /Not available, as you said: No eye doctor within reach/)
      t.match(textOf((await kim.get('/practice')).html), /2 of 2 answered/)
      const form = await kim.get(`/practice/${id}/acknowledge`)
      const reason = /<textarea[^>]*>([^<]*)</.exec(form.html)?.[1] ?? ''
      t.match(reason, /Not available: .*glaucoma.*\(No eye doctor within reach\)/)
      t.equal((await kim.post(`/practice/${id}/acknowledge`, { text: ' ' })).status, 422)
      const done = await kim.post(`/practice/${id}/acknowledge`, {
        text: 'Not available: see there',
      })
      t.equal(done.status, 303, done.html)
      t.equal((await pages.find(id)).businessStatus, 'awaiting-triage')
      const task = await pages.read<Task>('Task', taskId)
      t.equal(task.statusReason?.text, 'Not available: see there')
      t.match(task.note?.at(-1), { authorReference: { display: 'Dr Kim Example' } })
      const nora = await signedIn(pages.app, 'nora-lind')
      const seen = textOf((await nora.get(`/referrals/${id}`)).html)
      t.match(seen, /The practice says that this is not available: No eye doctor within reach/)
      t.match(seen, /Never <i>assessed<\/i>/)
    },
  )

  await t.test('take a reading as the Observation that it is', async (t) => {
    const { id } = await pages.submit(aReferral({ painScores: false }))
    const reading = 'q.reading-pain-intensity-of-baseline-pain-score'
    const undated = await answer(kim, id, { [`${reading}-score`]: '7' })
    t.equal(undated.status, 422, 'a reading has its day')
    const [year, month, day] = new Date(pages.clock.now()).toISOString().slice(0, 10).split('-')
    const sent = await answer(kim, id, {
      [`${reading}-score`]: '7',
      [`${reading}-date.year`]: `${year}`,
      [`${reading}-date.month`]: `${month}`,
      [`${reading}-date.day`]: `${day}`,
    })
    t.equal(sent.status, 303, sent.html)
    const { businessStatus } = await pages.find(id)
    t.equal(businessStatus, 'awaiting-triage', 'and settles what it was asked for')
    const nora = await signedIn(pages.app, 'nora-lind')
    const evidence = await nora.get(`/referrals/${id}/evidence?type=Observation`)
    t.match(textOf(evidence.html), /Pain severity .* 7 .*Dr Kim Example/)
  })

  await t.test('withdraw with a reason that the clinic reads', async (t) => {
    const { id, taskId } = await pages.submit(aReferral())
    t.equal((await kim.post(`/practice/${id}/withdraw`, { text: '' })).status, 422)
    const done = await kim.post(`/practice/${id}/withdraw`, { text: 'The patient moved away' })
    t.equal(done.status, 303, done.html)
    const task = await pages.read<Task>('Task', taskId)
    t.equal(task.statusReason?.text, 'The patient moved away')
    t.match(textOf((await kim.get(`${done.location}`)).html), /withdrew the referral/)
    t.equal((await kim.get(`/practice/${id}/withdraw`)).status, 422, 'once')
    t.notOk(
      pages.trail.some(({ detail = '' }) => /moved away/.test(detail)),
      'the trail has no words of it',
    )
  })

  await t.test('put the clinic’s own questions, and take partial answers back to it', async (t) => {
    const { id } = await pages.submit(aReferral())
    const nora = await signedIn(pages.app, 'nora-lind')
    const { html } = await nora.get(`/referrals/${id}/ask`)
    const version = /name="version" value="(\d+)"/.exec(html)?.[1] ?? ''
    const evil = '<img src=x onerror=alert(1)>'
    await nora.post(`/referrals/${id}/ask`, {
      version,
      questions: `Any surgery? ${evil}\nWho is next of kin?`,
      text: `Dear colleague ${evil}`,
    })
    const page = await kim.get(`/practice/${id}/answer`)
    const text = textOf(page.html)
    t.match(text, /The clinic asks .*Dear colleague <img src=x/)
    t.equal(text.split('Any surgery?').length, 2, 'each question once')
    t.match(text, /0 of 2 answered/)
    t.notOk(elementsOf(page.html).some(({ tagName }) => tagName === 'img'))
    const sent = await answer(kim, id, { 'q.clinic-question-1': `None ${evil}` })
    t.equal(sent.status, 303, sent.html)
    t.equal((await pages.find(id)).businessStatus, 'awaiting-triage')
    t.match(textOf((await nora.get(`/referrals/${id}`)).html), /sent more information/)
  })

  await t.test('are on record, and small', async (t) => {
    const { id, patientId } = await lacking()
    const before = pages.trail.length
    const { html } = await kim.get(`/practice/${id}/answer`)
    await kim.post(`/practice/${id}/answer`, {
      ...heldIn(html),
      'q.glaucoma': yesNo('N'),
      do: 'auto',
    })
    t.match(pages.trail.slice(before), [
      { action: 'read', kind: 'R', patientId, personName: 'Dr Kim Example' },
      { action: 'save-answers', kind: 'E', patientId, referrerId: 'lakeside-family' },
    ])
    const assets = ['app.css', 'app.js', 'answer.js'].map((name) =>
      readFileSync(new URL(`../../../src/http/people/assets/${name}`, import.meta.url)),
    )
    const weight = [html, ...assets].reduce((sum, each) => sum + gzipSync(each).length, 0)
    t.ok(weight <= 40 * 1024, `${weight} bytes`)
  })
})
