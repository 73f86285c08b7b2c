/** What is typed is not lost, what was pressed can be taken back for a moment, and two people know of one another. */

import t from 'tap'
import { keptMs } from '../../../src/domain/referral/draft.ts'
import { aReferral } from '../../helpers/a-referral.ts'
import { eventually } from '../../helpers/eventually.ts'
import { signedIn, textOf } from '../../helpers/pages.ts'
import { referralPages } from '../../helpers/referral-pages.ts'

const versionOf = (html: string): string => /name="version" value="(\d+)"/.exec(html)?.[1] ?? ''
const fetched = { accept: 'application/json' }

t.test('drafts', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')
  const opened = async (act: string) => {
    const { id } = await pages.submit(aReferral())
    const { html } = await nora.get(`/referrals/${id}/${act}`)
    return { id, version: versionOf(html) }
  }
  const type = (id: string, act: string, fields: Record<string, string>) =>
    nora.post(`/referrals/${id}/drafts/${act}`, fields, fetched)

  await t.test('what is typed is found again by its author, and by nobody else', async (t) => {
    const { id, version } = await opened('decline')
    const saved = await type(id, 'decline', { version, text: 'Not before <autumn>' })
    t.equal(saved.status, 200)
    t.match(JSON.parse(saved.html).words, /^Saved at \d\d:\d\d\.$/)
    const stored = JSON.stringify([...pages.drafts.all.values()])
    t.notMatch(stored, /autumn/, 'it is sealed')
    // Another browser, after the first one was killed.
    const again = await signedIn(pages.app, 'nora-lind')
    const form = await again.get(`/referrals/${id}/decline`)
    t.match(form.html, />Not before &lt;autumn&gt;<\/textarea>/)
    t.match(textOf(form.html), /You began this on .* It is kept until \d+ \w+ 20\d\d\./)
    t.match(textOf((await again.get(`/referrals/${id}`)).html), /Your drafts here.*<autumn>/)
    const list = await again.get('/worklist/drafts')
    t.match(textOf(list.html), /Decline: Example, Robin Saved .* Go on: Decline/)
    for (const other of ['sam-okafor', 'kim-example']) {
      const browser = await signedIn(pages.app, other)
      t.equal((await browser.post(`/referrals/${id}/drafts/decline`, { version })).status, 404)
      t.notMatch((await browser.get('/worklist/drafts')).html, /autumn/)
    }
  })

  await t.test('without a script there is a button, and the form comes back', async (t) => {
    const { id, version } = await opened('ask')
    const list = 'tab=new&priority=urgent'
    const fields = { version, list, questions: 'Which dose?', text: '' }
    const kept = await nora.post(`/referrals/${id}/drafts/ask`, fields)
    t.equal(kept.location, `/referrals/${id}/ask?${list}&kept=1`)
    const form = await nora.get(kept.location ?? '')
    t.match(form.html, />Which dose\?<\/textarea>/)
    t.match(textOf(form.html), /Saved at \d\d:\d\d/)
    const { location } = await nora.post(`/referrals/${id}/drafts/ask/discard`, { list })
    t.equal(location, `/referrals/${id}?${list}&done=discarded`)
    t.match(textOf((await nora.get(location ?? '')).html), /The draft is thrown away/)
    t.notMatch((await nora.get(`/referrals/${id}/ask`)).html, /Which dose/)
  })

  await t.test('is gone when it is sent, and when all of it is taken out again', async (t) => {
    const { id, version } = await opened('note')
    await type(id, 'note', { version, text: 'Called' })
    await type(id, 'note', { version, text: ' ' })
    t.notMatch((await nora.get(`/referrals/${id}/note`)).html, /You began this/)
    await type(id, 'note', { version, text: 'Called twice' })
    const sent = await nora.post(`/referrals/${id}/note`, { version, text: 'Called twice' })
    t.equal(sent.status, 303)
    t.notMatch((await nora.get(`/referrals/${id}/note`)).html, /You began this/)
  })

  await t.test('each finding has its own', async (t) => {
    const { id } = await opened('note')
    const path = `/referrals/${id}/finding?criterion=`
    const { html } = await nora.get(`${path}glaucoma`)
    t.match(html, new RegExp(`data-draft="/referrals/${id}/drafts/finding.glaucoma"`))
    const fields = { version: versionOf(html), criterion: 'glaucoma', text: 'Dr Eye' }
    await type(id, 'finding.glaucoma', fields)
    t.match((await nora.get(`${path}glaucoma`)).html, />Dr Eye<\/textarea>/)
    t.notMatch((await nora.get(`${path}severe-hepatic`)).html, /Dr Eye/)
    t.equal((await type(id, 'note.glaucoma', fields)).status, 404)
    t.equal((await type(id, '__proto__', fields)).status, 404)
  })

  await t.test(
    'stays when somebody else was faster, and when the referral is closed',
    async (t) => {
      const { id, version } = await opened('decline')
      await type(id, 'ask', { version, questions: 'Since when?', text: '' })
      await nora.post(`/referrals/${id}/note`, { version, text: 'Mine' })
      const late = { version, reason: 'no-capacity', text: 'Try Summit first' }
      t.equal((await nora.post(`/referrals/${id}/decline`, late)).status, 412)
      const form = await nora.get(`/referrals/${id}/decline`)
      t.match(form.html, />Try Summit first<\/textarea>/, 'kept though nothing was saved before')
      t.match(textOf(form.html), /The referral has changed since then/)
      const done = { version: versionOf(form.html), reason: 'no-capacity', text: 'Try Summit' }
      t.equal((await nora.post(`/referrals/${id}/decline`, done)).status, 303)
      const text = textOf((await nora.get(`/referrals/${id}`)).html)
      t.match(text, /The referral has moved on \(Declined\).* Since when\? Throw the draft away/)
      t.notMatch(text, /Go on: Ask/)
    },
  )

  await t.test('what cannot be kept is said: too long, and a field that is none', async (t) => {
    const { id, version } = await opened('note')
    t.equal((await type(id, 'note', { version, text: 'x'.repeat(30_000) })).status, 413)
    t.equal((await type(id, 'note', { text: 'x' })).status, 400)
    t.equal((await nora.post(`/referrals/${id}/drafts/note`, { 'form-token': 'x' })).status, 403)
  })

  await t.test('is told of before it goes', async (t) => {
    t.notMatch(textOf((await nora.get('/worklist')).html), /about to go/)
    pages.clock.pass(keptMs - 4 * 86_400_000)
    const again = await signedIn(pages.app, 'nora-lind')
    const { id } = await pages.submit(aReferral())
    t.match(textOf((await again.get(`/referrals/${id}`)).html), /A draft of yours is about to go/)
    t.match(
      textOf((await again.get('/worklist/drafts')).html),
      /It goes on \d+ \w+ 20\d\d\. Send it/,
    )
  })
})

t.test('do and next', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')
  const opened = async () => {
    const { id } = await pages.submit(aReferral())
    return { id, version: versionOf((await nora.get(`/referrals/${id}`)).html) }
  }
  const standing = async (id: string) => (await pages.find(id)).businessStatus
  const becomes = (id: string, wanted: string) =>
    eventually(`${id} is ${wanted}`, async () =>
      (await standing(id)) === wanted ? true : undefined,
    )

  await t.test('W5 nothing goes out for ten seconds, and it can be taken back', async (t) => {
    const { id, version } = await opened()
    const { id: next } = await opened()
    pages.queue.push({ id } as never, { id: next } as never)
    const list = 'tab=new&overall=ready'
    const fields = { version, list, go: 'next' }
    const answer = await nora.post(`/referrals/${id}/accept`, fields)
    t.equal(answer.location, `/referrals/${next}?${list}`, 'the next, in the same list')
    const jobs = pages.jobs.length
    const page = await nora.get(answer.location ?? '')
    t.match(textOf(page.html), /Accept: Example, Robin\. It goes out at \d\d:\d\d:\d\d\. Undo/)
    pages.clock.pass(9_900)
    await new Promise((done) => setTimeout(done, 40))
    t.equal(await standing(id), 'awaiting-triage')
    const undone = await nora.post(`/referrals/${id}/drafts/accept/undo`)
    t.match(textOf((await nora.get(undone.location ?? '')).html), /Taken back\. Nothing was sent/)
    pages.clock.pass(60_000)
    await new Promise((done) => setTimeout(done, 40))
    t.equal(await standing(id), 'awaiting-triage')
    t.equal(pages.jobs.length, jobs)
    t.same(
      pages.trail.filter(({ action, referralId }) => action === 'move' && referralId === id),
      [],
      'no event, no trail, no version',
    )
    pages.queue.length = 0
  })

  await t.test(
    'then it is done, once, by who pressed, and to take it back is too late',
    async (t) => {
      const { id, version } = await opened()
      const fields = { version, go: 'next', reason: 'no-capacity', text: 'Try Summit' }
      t.equal((await nora.post(`/referrals/${id}/decline`, fields)).location, '/worklist?tab=new')
      pages.clock.pass(10_001)
      await becomes(id, 'declined')
      const moves = pages.trail.filter((each) => each.action === 'move' && each.referralId === id)
      t.match(moves, [{ personName: 'Nora Lind, RN', detail: 'declined', agent: 'worklist' }])
      t.equal(moves.length, 1)
      await eventually('it is no draft any more', async () =>
        [...pages.drafts.all.values()].every(({ referralId }) => referralId !== id)
          ? true
          : undefined,
      )
      const { location } = await nora.post(`/referrals/${id}/drafts/decline/undo`)
      t.match(textOf((await nora.get(location ?? '')).html), /too late to take it back/)
    },
  )

  await t.test('several in a row lead through the list, each once', async (t) => {
    const all = [await opened(), await opened(), await opened()]
    pages.queue.push(...all.map(({ id }) => ({ id }) as never))
    const seen: string[] = []
    let at: string | undefined = all[0]?.id
    while (at) {
      seen.push(at)
      const html = (await nora.get(`/referrals/${at}?tab=new`)).html
      const fields = { version: versionOf(html), list: 'tab=new', go: 'next' }
      const { location = '' } = await nora.post(`/referrals/${at}/accept`, fields)
      at = /^\/referrals\/([^?]+)/.exec(location)?.[1]
    }
    t.same(
      seen,
      all.map(({ id }) => id),
    )
    pages.clock.pass(10_001)
    for (const { id } of all) await becomes(id, 'awaiting-scheduling')
    pages.queue.length = 0
  })

  await t.test('when somebody was faster it is not done, is told, and is kept', async (t) => {
    const { id, version } = await opened()
    await nora.post(`/referrals/${id}/decline`, {
      ...{ version, go: 'next', reason: 'no-capacity', text: 'Try Summit first' },
    })
    await nora.post(`/referrals/${id}/accept`, { version })
    pages.clock.pass(10_001)
    const { id: elsewhere } = await opened()
    const text = await eventually('the author is told', async () => {
      const said = textOf((await nora.get(`/referrals/${elsewhere}`)).html)
      return /It was not done/.test(said) ? said : undefined
    })
    t.match(text, /Decline: Example, Robin\. It was not done\. Somebody changed this referral/)
    t.equal(await standing(id), 'awaiting-scheduling')
    t.match(
      textOf((await nora.get(`/referrals/${id}`)).html),
      /Your drafts here .*Try Summit first/,
    )
  })

  await t.test(
    'what was done by an instance that ended before it could say so is done',
    async (t) => {
      const { id, version } = await opened()
      await nora.post(`/referrals/${id}/accept`, { version, go: 'next' })
      const [held] = [...pages.drafts.all.values()].filter(({ referralId }) => referralId === id)
      pages.clock.pass(10_001)
      await becomes(id, 'awaiting-scheduling')
      await eventually('it is done with', async () =>
        [...pages.drafts.all.values()].some(({ referralId }) => referralId === id)
          ? undefined
          : true,
      )
      if (held) await pages.drafts.keep({ ...held, sendAt: pages.clock.now().toISOString() })
      await eventually('it is not done again, and nobody is told of a failure', async () =>
        [...pages.drafts.all.values()].some(({ referralId }) => referralId === id)
          ? undefined
          : true,
      )
      t.equal(
        pages.trail.filter((each) => each.action === 'move' && each.referralId === id).length,
        1,
      )
    },
  )
})

t.test('two people at one referral', async (t) => {
  const pages = await referralPages(t)
  const nora = await signedIn(pages.app, 'nora-lind')
  const amir = await signedIn(pages.app, 'amir-haddad')
  const { id } = await pages.submit(aReferral())
  const news = async (browser: typeof nora, version: string) =>
    JSON.parse((await browser.get(`/referrals/${id}/news?version=${version}`)).html)

  await t.test(
    'W17 each is told of the other, for two minutes, and nobody is kept out',
    async (t) => {
      t.notMatch(textOf((await nora.get(`/referrals/${id}`)).html), /looking at this/)
      const page = await amir.get(`/referrals/${id}`)
      t.match(textOf(page.html), /Nora Lind, RN is looking at this\./)
      const version = versionOf(page.html)
      t.match((await news(nora, version)).present, 'Amir Haddad, MD is looking at this.')
      await amir.post(`/referrals/${id}/drafts/note`, { version, text: 'I' }, fetched)
      t.match((await news(nora, version)).present, 'Amir Haddad, MD is writing.')
      t.match(textOf((await nora.get(`/referrals/${id}/note`)).html), /Amir Haddad, MD is writing/)
      pages.clock.pass(120_001)
      t.equal((await news(nora, version)).present, '')
    },
  )

  await t.test('W9 what the other does is told: who, when, what', async (t) => {
    const version = versionOf((await nora.get(`/referrals/${id}`)).html)
    t.equal((await news(nora, version)).changed, '')
    await amir.get(`/referrals/${id}`)
    t.equal((await amir.post(`/referrals/${id}/accept`, { version })).status, 303)
    t.match(
      (await news(nora, version)).changed,
      /^Changed by Amir Haddad, MD, River Pain Clinic at \d\d:\d\d: To be scheduled\.$/,
    )
  })
})
