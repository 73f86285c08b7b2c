/** The clinic's page of one referral: what it shows, and what can be done on it. */

import { gzipSync } from 'node:zlib'
import type { Appointment, DocumentReference, Questionnaire, Task } from 'fhir/r4'
import t from 'tap'
import { aForm, aReferral, requestOf, resourcesOf } from '../../helpers/a-referral.ts'
import { condition, daysAgo } from '../../helpers/evidence.ts'
import { attributeOf, elementsOf, signedIn, textOf } from '../../helpers/pages.ts'
import { referralPages } from '../../helpers/referral-pages.ts'

const versionOf = (html: string): string => /name="version" value="(\d+)"/.exec(html)?.[1] ?? ''

t.test('the page of a referral', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')

  await t.test('says who it is about, what is next and by when', async (t) => {
    const { id } = await pages.submit(aReferral())
    const page = await nora.get(`/referrals/${id}`)
    t.equal(page.status, 200)
    const text = textOf(page.html)
    t.match(text, /Example, Robin/)
    t.match(text, /14 Jun 1978 \(\d+ y\)/)
    t.match(text, /Your clinic: decides on the referral due in/)
    t.match(text, /Referral to pain management specialist/)
    t.match(text, /Lakeside Family Medicine/)
  })

  await t.test('has evidence beside each verdict, or says what was searched', async (t) => {
    const { id } = await pages.submit(aReferral({ answers: { glaucoma: 'Y' } }))
    const { html } = await nora.get(`/referrals/${id}`)
    const rows = html.split('<section class="criterion').slice(1)
    t.equal(rows.length, 15)
    for (const row of rows)
      t.match(textOf(row), /Whole record|Nothing found\. Searched: \w/, textOf(row).slice(0, 60))
    const text = textOf(html)
    t.match(text, /oxycodone/i, 'the actual medicine')
    t.match(text, /Counts: its code is in/)
    t.match(text, /Does the patient have glaucoma[^?]*\? Yes/, 'the actual answer')
    t.match(text, /Systolic blood pressure: 1\d\d mmHg/)
    t.match(text, /sent by Lakeside Family Medicine/)
    t.match(text, /\d+ days old/)
  })

  await t.test('shows both sides where they clash', async (t) => {
    const bundle = aReferral()
    const glaucoma = condition(requestOf(bundle).subject, {
      coding: [
        {
          system: 'http://hl7.org/fhir/sid/icd-10-cm',
          code: 'H40.9',
          display: 'Unspecified glaucoma',
        },
      ],
    })
    const fullUrl = 'urn:uuid:6c1f0f0e-0000-4000-8000-000000000001'
    bundle.entry?.push({
      fullUrl,
      resource: glaucoma,
      request: { method: 'POST', url: 'Condition' },
    })
    requestOf(bundle).supportingInfo?.push({ reference: fullUrl })
    const { id } = await pages.submit(bundle)
    const { html } = await nora.get(`/referrals/${id}`)
    const row = textOf(html.split('id="criterion-glaucoma"')[1]?.split('</section>')[0] ?? '')
    t.match(row, /Contradictory/)
    t.match(row, /These records do not agree/)
    t.match(row, /Unspecified glaucoma/)
    t.match(row, /glaucoma[^?]*\? No/)
    const needed = /What would settle it: (.{20})/.exec(row)?.[1] ?? 'nothing'
    const ask = await nora.get(`/referrals/${id}/ask`)
    t.ok(textOf(ask.html).includes(needed), 'asking begins with what would settle it')
  })

  await t.test('of another clinic’s referral there is nothing to see or to do', async (t) => {
    const { id } = await pages.submit(aReferral())
    const sam = await signedIn(pages.app, 'sam-okafor')
    const kim = await signedIn(pages.app, 'kim-example')
    for (const browser of [sam, kim]) {
      t.equal((await browser.get(`/referrals/${id}`)).status, 404)
      t.equal((await browser.get(`/referrals/${id}/decline`)).status, 404)
      t.equal((await browser.post(`/referrals/${id}/accept`, { version: '1' })).status, 404)
    }
    t.equal((await pages.find(id)).status, 'received')
  })

  await t.test('reads and writes are audited with the person', async (t) => {
    const { id } = await pages.submit(aReferral())
    const page = await nora.get(`/referrals/${id}`)
    await nora.post(`/referrals/${id}/accept`, { version: versionOf(page.html) })
    const mine = pages.trail.filter(
      ({ entities, personName }) =>
        personName === 'Nora Lind, RN' && entities?.some((each) => each.startsWith('Task/')),
    )
    const { taskId } = await pages.find(id)
    const ours = mine.filter(({ entities }) => entities?.includes(`Task/${taskId}`))
    t.same(
      ours.map(({ action, kind }) => [action, kind]),
      [
        ['read', 'R'],
        ['move', 'U'],
      ],
    )
    t.match(
      textOf((await nora.get(`/referrals/${id}`)).html),
      /Nora Lind, RN, River Pain Clinic : To be scheduled/,
    )
  })

  await t.test('with everything missing says so', async (t) => {
    const bundle = aReferral({ painScores: false })
    for (const resource of resourcesOf(bundle))
      if (resource.resourceType === 'Patient') {
        delete resource.name
        delete resource.birthDate
        delete resource.gender
      }
    delete requestOf(bundle).reasonCode
    delete requestOf(bundle).supportingInfo
    bundle.entry = (bundle.entry ?? []).filter(({ resource }) =>
      ['Patient', 'ServiceRequest', 'Practitioner'].includes(resource?.resourceType ?? ''),
    )
    const { id, businessStatus } = await pages.submit(bundle)
    t.equal(businessStatus, 'awaiting-information')
    const page = await nora.get(`/referrals/${id}`)
    t.equal(page.status, 200)
    const text = textOf(page.html)
    t.match(text, /Name not known/)
    t.match(text, /Date of birth not known/)
    t.match(text, /Nothing found\. Searched: conditions/)
    t.notMatch(text, /undefined|null|NaN|Invalid Date/)
  })

  await t.test('a name that is read from right to left stands in its own direction', async (t) => {
    const bundle = aReferral()
    for (const resource of resourcesOf(bundle))
      if (resource.resourceType === 'Patient') resource.name = [{ family: 'לוי', given: ['דנה'] }]
    const { id } = await pages.submit(bundle)
    const { html } = await nora.get(`/referrals/${id}`)
    const heading = elementsOf(html).find(({ tagName }) => tagName === 'h1')
    t.equal(heading && attributeOf(heading, 'dir'), 'auto')
    t.match(textOf(html), /לוי, דנה/)
  })

  await t.test('weighs at most 40 KB, style and script included', async (t) => {
    const { id } = await pages.submit(aReferral())
    const page = await nora.get(`/referrals/${id}`)
    const assets = [...page.html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)]
    const parts = await Promise.all(
      assets.map(async ([, path]) => (await nora.get(path ?? '')).html),
    )
    const weight = [page.html, ...parts].reduce((sum, each) => sum + gzipSync(each).length, 0)
    t.equal(parts.length, 3)
    t.ok(weight < 40_000, `${weight} bytes`)
  })
})

t.test('5,000 records', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')
  const bundle = aReferral()
  const { subject } = requestOf(bundle)
  for (let n = 0; n < 5_000; n++) {
    const fullUrl = `urn:uuid:6c1f0f0e-0000-4000-8000-${String(n).padStart(12, '0')}`
    bundle.entry?.push({
      fullUrl,
      resource: {
        resourceType: 'Condition',
        code: {
          coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'G90.511' }],
          text: `Pain ${n}`,
        },
        subject,
        onsetDateTime: daysAgo(400),
        clinicalStatus: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' },
          ],
        },
      },
      request: { method: 'POST', url: 'Condition' },
    })
    requestOf(bundle).supportingInfo?.push({ reference: fullUrl })
  }
  const { id } = await pages.submit(bundle)
  const { html } = await nora.get(`/referrals/${id}`)
  t.ok(gzipSync(html).length < 30_000)
  t.match(textOf(html), /conditions: 5,001/)
  t.match(textOf(html), /Show all 5,\d+ records/)
  const seen = new Set<string>()
  let path: string | undefined = `/referrals/${id}/evidence?type=Condition`
  while (path) {
    const page = await nora.get(path)
    t.equal(page.status, 200)
    for (const [, n] of page.html.matchAll(/>Pain (\d+)</g)) seen.add(n ?? '')
    const next = elementsOf(page.html).find(
      (element) =>
        element.tagName === 'a' &&
        /from=/.test(attributeOf(element, 'href') ?? '') &&
        textOf(page.html).includes('The following') &&
        Number(/from=(\d+)/.exec(attributeOf(element, 'href') ?? '')?.[1]) >
          Number(/from=(\d+)/.exec(path ?? '')?.[1] ?? 0),
    )
    path = next && attributeOf(next, 'href')
  }
  t.equal(seen.size, 5_000, 'each of them is shown somewhere, and leads from page to page')
})

t.test('what can be done', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')
  const opened = async (wishes = {}) => {
    const { id, taskId } = await pages.submit(aReferral(wishes))
    return { id, taskId, html: (await nora.get(`/referrals/${id}`)).html }
  }
  const send = async (id: string, act: string, fields: Record<string, string> = {}) => {
    const { html } = await nora.get(`/referrals/${id}/${act}`)
    return nora.post(`/referrals/${id}/${act}`, { version: versionOf(html), ...fields })
  }
  const standing = async (id: string) => {
    const { status, businessStatus } = await pages.find(id)
    return `${status}/${businessStatus}`
  }

  await t.test('accepted in one press on the page, and back on it', async (t) => {
    const { id, html } = await opened()
    const answer = await nora.post(`/referrals/${id}/accept`, { version: versionOf(html) })
    t.equal(answer.status, 303)
    t.equal(answer.location, `/referrals/${id}?done=accept`)
    t.equal(await standing(id), 'accepted/awaiting-scheduling')
    t.match(textOf((await nora.get(answer.location ?? '')).html), /Accepted\./)
  })

  await t.test('accepted, and the next of the list is opened', async (t) => {
    const { id, html } = await opened()
    const { id: other } = await pages.submit(aReferral())
    const fields = { version: versionOf(html), go: 'next' }
    pages.queue.push({ id: other } as never)
    const answer = await nora.post(`/referrals/${id}/accept`, fields)
    t.equal(answer.location, `/referrals/${other}`)
    pages.queue.length = 0
    t.equal((await send(other, 'accept', { go: 'next' })).location, '/worklist?tab=new')
  })

  await t.test('declined with a code and words', async (t) => {
    const { id, taskId } = await opened()
    t.equal((await nora.get(`/referrals/${id}/decline`)).status, 200)
    const bare = await send(id, 'decline', { text: 'Try Summit' })
    t.equal(bare.status, 422)
    t.match(textOf(bare.html), /Choose a reason/)
    t.match(bare.html, />Try Summit</, 'what was typed is kept')
    t.match(pages.trail.at(-1), { action: 'read', personName: 'Nora Lind, RN' })
    t.equal((await send(id, 'decline', { reason: 'no-capacity', text: 'Try Summit' })).status, 303)
    t.equal(await standing(id), 'rejected/declined')
    const task = await pages.read<Task>('Task', taskId)
    t.equal(task.statusReason?.coding?.[0]?.code, 'no-capacity')
    t.equal(task.statusReason?.text, 'No capacity in useful time. Try Summit')
    t.equal(task.note?.at(-1)?.authorReference?.display, 'Nora Lind, RN')
  })

  await t.test(
    'asked for information: filled in with what is missing, into the form',
    async (t) => {
      const { id } = await pages.submit(aReferral({ painScores: false, unanswered: ['glaucoma'] }))
      const { id: ready } = await opened()
      t.match((await nora.get(`/referrals/${ready}`)).html, new RegExp(`/referrals/${ready}/ask`))
      t.equal((await nora.get(`/referrals/${id}/ask`)).status, 422, 'it is not with the clinic yet')
      const filled = textOf((await nora.get(`/referrals/${ready}/ask`)).html)
      t.notMatch(filled, /planned-surgery/, 'what does not count is not asked for')
      const nothing = await send(ready, 'ask', { questions: ' ', text: '' })
      t.equal(nothing.status, 422)
      const asked = await send(ready, 'ask', {
        questions: 'Which dose of oxycodone?\r\nSince when?',
        text: 'Thank you',
      })
      t.equal(asked.status, 303)
      t.equal(await standing(ready), 'received/awaiting-information')
      const { information } = await pages.find(ready)
      const form = await pages.read<Questionnaire>(
        'Questionnaire',
        information?.questionnaireId ?? '',
      )
      t.same(
        form.item?.[0]?.item?.map(({ text }) => text),
        ['Which dose of oxycodone?', 'Since when?', 'Your answer'],
      )
      t.match(form.item?.[0]?.text, /Thank you/)
      await send(ready, 'note', { text: 'Called the practice as well' })
      const later = await pages.find(ready)
      t.same(later.information, information, 'a note does not ask anew')
    },
  )

  await t.test('an appointment made, missed, made again, kept, and the outcome', async (t) => {
    const { id, taskId } = await opened()
    await send(id, 'accept')
    const wrong = await send(id, 'schedule', { start: '2026-13-01T10:00', minutes: '60' })
    t.equal(wrong.status, 422)
    const day = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10)
    t.equal(
      (await send(id, 'schedule', { start: `${day}T10:00`, minutes: '60', text: 'Room 3' })).status,
      303,
    )
    t.equal(await standing(id), 'in-progress/scheduled')
    const outputs = async () =>
      ((await pages.read<Task>('Task', taskId)).output ?? []).flatMap(
        ({ valueReference }) => valueReference?.reference ?? [],
      )
    const appointments = async () =>
      Promise.all(
        (await outputs())
          .filter((each) => each.startsWith('Appointment/'))
          .map((each) => pages.read<Appointment>('Appointment', each.slice(12))),
      )
    const [first] = await appointments()
    t.match(first, { status: 'booked', minutesDuration: 60, comment: 'Room 3' })
    t.equal(first?.basedOn?.[0]?.reference, `ServiceRequest/${id}`)
    t.match((await pages.find(id)).step, { name: 'visit', appointment: first?.end })
    await send(id, 'no-show')
    t.equal(await standing(id), 'in-progress/no-show')
    t.equal((await appointments())[0]?.status, 'noshow')
    await send(id, 'schedule', { start: `${day}T15:00`, minutes: '30' })
    await send(id, 'schedule', { start: `${day}T16:00`, minutes: '30' })
    t.same(
      (await appointments()).map(({ status }) => status),
      ['noshow', 'cancelled', 'booked'],
    )
    await send(id, 'visit')
    t.equal((await appointments())[2]?.status, 'fulfilled')
    t.equal((await send(id, 'complete', { text: '' })).status, 422)
    t.equal((await send(id, 'complete', { text: 'Pain fell from 8 to 3.' })).status, 303)
    t.equal(await standing(id), 'completed/completed')
    const note = (await outputs()).find((each) => each.startsWith('DocumentReference/'))
    const document = await pages.read<DocumentReference>('DocumentReference', note?.slice(18) ?? '')
    const { data = '' } = document.content[0]?.attachment ?? {}
    t.equal(Buffer.from(data, 'base64').toString(), 'Pain fell from 8 to 3.')
    const text = textOf((await nora.get(`/referrals/${id}`)).html)
    t.match(text, /This referral is closed/)
    t.match(text, /Pain fell from 8 to 3/)
    t.equal((await nora.get(`/referrals/${id}/note`)).status, 422)
  })

  await t.test('put on hold, gone on with, and cancelled', async (t) => {
    const { id } = await opened()
    await send(id, 'accept')
    t.equal((await send(id, 'hold', { text: '' })).status, 422)
    await send(id, 'hold', { text: 'Travelling' })
    t.equal(await standing(id), 'on-hold/on-hold')
    await send(id, 'resume')
    t.equal(await standing(id), 'accepted/awaiting-scheduling')
    await send(id, 'cancel', { text: 'Moved away' })
    t.equal(await standing(id), 'cancelled/cancelled')
  })

  await t.test('a finding is set aside with a reason, and stays as the check has it', async (t) => {
    const { id } = await opened({ answers: { glaucoma: 'Y' } })
    const { id: other } = await opened()
    const page = await nora.get(`/referrals/${other}/finding?criterion=glaucoma`)
    t.match(textOf(page.html), /No glaucoma or raised eye pressure/)
    t.equal((await send(other, 'finding', { criterion: 'x', reason: 'risk-accepted' })).status, 422)
    const fields = { criterion: 'glaucoma', reason: 'cleared-by-specialist', text: 'Dr Eye, March' }
    t.equal((await send(other, 'finding', fields)).status, 303)
    const text = textOf((await nora.get(`/referrals/${other}`)).html)
    t.match(
      text,
      /Set aside by Nora Lind, RN, .*A specialist has cleared the patient\. Dr Eye, March/,
    )
    t.match(text, /set a finding aside: No glaucoma/)
    t.equal(await standing(other), 'received/awaiting-triage')
    t.ok(id)
  })

  await t.test('two people do not overwrite each other, and what was typed is kept', async (t) => {
    const { id, html } = await opened()
    const version = versionOf(html)
    await send(id, 'note', { text: 'I take this one' })
    const unmended = await nora.post(`/referrals/${id}/decline`, { version, text: 'No reason' })
    t.equal(unmended.status, 422)
    t.equal(versionOf(unmended.html), version, 'mending a field does not hide the change')
    const late = await nora.post(`/referrals/${id}/decline`, {
      version,
      reason: 'no-capacity',
      text: 'Not before <autumn>',
    })
    t.equal(late.status, 412)
    t.match(
      textOf(late.html),
      /Nora Lind, RN, River Pain Clinic changed this referral at \d+ \w+ 20\d\d, \d\d:\d\d,/,
    )
    t.match(late.html, /Not before &lt;autumn&gt;<\/textarea>/)
    t.equal(await standing(id), 'received/awaiting-triage')
    const again = { version: versionOf(late.html), reason: 'no-capacity', text: 'Not before' }
    t.equal(
      (await nora.post(`/referrals/${id}/decline`, again)).status,
      303,
      'it can be sent again',
    )
    const pressed = await nora.post(`/referrals/${id}/accept`, { version })
    t.equal(pressed.status, 412)
    t.match(textOf(pressed.html), /has moved on/)
    const typed = await nora.post(`/referrals/${id}/note`, { version, text: 'too late for this' })
    t.equal(typed.status, 412)
    t.match(textOf(typed.html), /What you typed too late for this/)
  })

  await t.test('a form without its token or its version does nothing', async (t) => {
    const { id } = await opened()
    t.equal((await nora.post(`/referrals/${id}/accept`, {})).status, 400)
    t.equal(
      (await nora.post(`/referrals/${id}/accept`, { 'form-token': 'x', version: '1' })).status,
      403,
    )
    t.equal(await standing(id), 'received/awaiting-triage')
  })

  await t.test('an answer that comes puts it back, and the page says so', async (t) => {
    const { id } = await opened()
    await send(id, 'ask', { questions: 'Glaucoma?' })
    const { patientId } = await pages.find(id)
    await pages.supply(
      id,
      aForm({ reference: `Patient/${patientId}` }, { glaucoma: 'N' }, daysAgo(0)),
    )
    t.equal(await standing(id), 'received/awaiting-triage')
    t.match(
      textOf((await nora.get(`/referrals/${id}`)).html),
      /Lakeside Family Medicine : sent more information/,
    )
  })
})
