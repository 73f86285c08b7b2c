/** A link lets one person of a practice in to one referral, once. */

import { Writable } from 'node:stream'
import type { Parameters } from 'fhir/r4'
import t from 'tap'
import { aReferral } from '../../helpers/a-referral.ts'
import { askedByClinic } from '../../helpers/answering.ts'
import { revoke } from '../../helpers/journey.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { entered, textOf, type Visitor, visitor } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'
import { type Referred, startWorld, type World } from '../../helpers/world.ts'

const minute = 60_000
const day = 24 * 60 * minute
const birthDate = '1978-06-14'
const opener = { name: 'Dana Cole', role: 'nurse', 'birth-date': birthDate }

let ahead = 0
const now = () => new Date(Date.now() + ahead)
const logged: string[] = []
const { config, clientKeys } = await ownRegistry()

/** Everything that was made, to be looked for where it must not be. */
const secrets: string[] = []

async function nurse(world: World): Promise<Visitor> {
  const person = { id: 'https://ehr.example|nora', name: 'Nora Lind, RN' }
  return entered(world.app, { role: 'clinic', organization: 'river-pain-clinic', person }, now())
}

/** The clinic makes a link. */
async function made(who: Visitor, { id }: Pick<Referred, 'id'>) {
  await who.get(`/referrals/${id}/answer-link`)
  const page = await who.post(`/referrals/${id}/answer-link`)
  const secret = /\/answer\/([\w-]{43})"/.exec(page.html)?.[1] ?? ''
  const code = /([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})/.exec(textOf(page.html))?.[1] ?? ''
  secrets.push(secret, code, code.replaceAll('-', ''))
  return { page, secret, code }
}

async function opened(world: World, secret: string, fields = opener) {
  const browser = visitor(world.app.http)
  await browser.get(`/answer/${secret}`)
  const answer = await browser.post('/answer/open', fields)
  return { browser, answer }
}

const stateAt = async (who: Visitor, { id }: Pick<Referred, 'id'>) =>
  textOf((await who.get(`/referrals/${id}/answer-link`)).html)

const rowsThatWant = async (who: Visitor): Promise<number> =>
  (await who.get('/worklist?tab=waiting')).html.split('New link wanted').length - 1

t.test('links for practices', async (t) => {
  const world = await startWorld(t, {
    background: false,
    config,
    clientKeys,
    now,
    log: new Writable({
      write(chunk, _encoding, done) {
        logged.push(String(chunk))
        done()
      },
    }),
  })
  const { app } = world
  const nora = await nurse(world)
  const lakeside = world.client('lakeside-family')
  const referred = await askedByClinic(world, 'Which medicines have been tried?')
  const other = await askedByClinic(world, 'Which medicines have been tried?')
  const home = `/practice/${referred.id}`

  await t.test('looking at a link spends nothing, however often', async (t) => {
    const { secret, page } = await made(nora, referred)
    t.equal(page.status, 200)
    t.equal(page.headers['cache-control'], 'no-store')
    t.match(textOf(page.html), /shown this once/)
    for (let i = 0; i < 3; i++) {
      const scanner = visitor(app.http)
      const first = await scanner.get(`/answer/${secret}`)
      t.equal(first.location, '/answer/open', 'the secret is in no address from here on')
      t.equal(first.headers['referrer-policy'], 'no-referrer')
      t.match(String(first.headers['set-cookie']), /HttpOnly.*SameSite=Lax/)
      const shown = await scanner.get('/answer/open')
      t.equal(shown.status, 200)
      t.match(textOf(shown.html), /Clinic river-pain-clinic asks for more/)
      t.notMatch(shown.html, /1978|ketamine|Example, /i, 'and nothing of the patient')
      t.notOk(shown.html.includes(secret))
    }
    const head = await app.http.inject({ method: 'HEAD', url: `/answer/${secret}` })
    t.equal(head.statusCode, 303)
    t.match(await stateAt(nora, referred), /Not opened yet/)
    const { answer, browser } = await opened(world, secret)
    t.equal(answer.location, home, textOf(answer.html))
    t.match(await stateAt(nora, referred), /State Opened/)
    t.equal((await browser.get('/session')).status, 204)
  })

  await t.test(
    'it opens once: a replay, and the second of two at once, find nothing',
    async (t) => {
      const { secret, code } = await made(nora, referred)
      const all = await Promise.all(Array.from({ length: 8 }, () => opened(world, secret)))
      t.same(all.map(({ answer }) => answer.status).sort(), [303, ...Array(7).fill(404)])
      t.equal((await opened(world, secret)).answer.status, 404)
      t.equal((await opened(world, code)).answer.status, 404)
    },
  )

  await t.test('what opens nothing is told alike, whatever it was', async (t) => {
    const spent = await made(nora, referred)
    await opened(world, spent.secret)
    const replaced = await made(nora, other)
    await made(nora, other)
    const faces = new Set<string>()
    for (const given of [spent.secret, replaced.secret, 'x'.repeat(43), 'none', '%00', '..']) {
      const browser = visitor(app.http)
      await browser.get(`/answer/${given}`)
      const dead = await browser.get('/answer/open')
      if (dead.status === 303) continue
      t.equal(dead.status, 404, given)
      faces.add(dead.html)
      const wanted = await browser.post('/answer/again')
      t.equal(wanted.status, 200)
      faces.add(wanted.html)
    }
    t.equal(faces.size, 2, 'one page of each')
  })

  await t.test(
    'whoever asks for another link is seen by the clinic, until there is one',
    async (t) => {
      const before = await made(nora, referred)
      await opened(world, before.secret)
      const browser = visitor(app.http)
      await browser.get(`/answer/${before.secret}`)
      await browser.get('/answer/open')
      t.notMatch(await stateAt(nora, referred), /asks for a new link/)
      await browser.post('/answer/again')
      t.match(await stateAt(nora, referred), /asks for a new link/)
      t.match(textOf((await nora.get(`/referrals/${referred.id}`)).html), /asks for a new link/)
      const wanted = await rowsThatWant(nora)
      t.ok(wanted > 0, 'in the list as well')
      await made(nora, referred)
      t.notMatch(await stateAt(nora, referred), /asks for a new link/)
      t.equal(await rowsThatWant(nora), wanted - 1)
    },
  )

  await t.test('the code of the paper opens the same door', async (t) => {
    const { code } = await made(nora, referred)
    const browser = visitor(app.http)
    const page = await browser.get('/answer')
    t.match(textOf(page.html), /Sixteen letters and digits/)
    const wrong = await browser.post('/answer', {
      code: `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`,
    })
    t.equal(wrong.status, 422)
    t.match(textOf(wrong.html), /not a code as we print them/)
    const right = await browser.post('/answer', { code: code.toLowerCase().replaceAll('-', ' ') })
    t.equal(right.location, '/answer/open')
    await browser.get('/answer/open')
    t.equal((await browser.post('/answer/open', opener)).location, home)
  })

  await t.test(
    'the date of birth is tried five times in all, then the link is closed',
    async (t) => {
      const { secret } = await made(nora, referred)
      const wrong = { ...opener, 'birth-date': '1978-06-15' }
      const many = await Promise.all(Array.from({ length: 12 }, () => opened(world, secret, wrong)))
      t.same(
        many.map(({ answer }) => answer.status).sort(),
        [...Array(7).fill(404), ...Array(5).fill(422)].sort(),
        'however many ask at once',
      )
      t.equal((await opened(world, secret)).answer.status, 404, 'the right one comes too late')
      const again = await made(nora, referred)
      const said = await opened(world, again.secret, wrong)
      t.match(textOf(said.answer.html), /You can try 4 more times/)
      t.match(said.answer.html, /value="Dana Cole"/, 'what was typed is kept')
      t.equal((await said.browser.post('/answer/open', opener)).status, 303)
    },
  )

  await t.test('who opens it says who they are', async (t) => {
    const { secret } = await made(nora, referred)
    for (const name of ['', 'D', '12', 'x'.repeat(81)]) {
      const { answer } = await opened(world, secret, { ...opener, name })
      t.equal(answer.status, 422, name)
      t.match(answer.html, /href="#name"/)
    }
    t.equal((await opened(world, secret, { ...opener, role: 'owner' })).answer.status, 400)
    t.equal((await opened(world, secret, { ...opener, 'birth-date': '' })).answer.status, 422)
    t.equal((await opened(world, secret)).answer.status, 303, 'none of it was a try')
  })

  await t.test('a form that another site sends opens nothing', async (t) => {
    const { secret } = await made(nora, referred)
    const browser = visitor(app.http)
    await browser.get(`/answer/${secret}`)
    const foreign = { 'sec-fetch-site': 'cross-site' }
    for (const path of ['/answer/open', '/answer', '/answer/again'])
      t.equal((await browser.post(path, opener, foreign)).status, 403, path)
    t.equal((await browser.post('/answer/open', opener)).status, 303)
  })

  await t.test('OW1 the session is of one referral: every other page is not there', async (t) => {
    const { secret } = await made(nora, referred)
    const { browser } = await opened(world, secret)
    let asked = 0
    for (const { method, url } of app.http.knownRoutes) {
      if (
        /^\/(fhir|cds-services|oauth|docs|errors|openapi|static|health|metrics|assets|\.well-known)/.test(
          url,
        )
      )
        continue
      const path = url
        .replaceAll(/:(\w+)/g, (_, name) => (name === 'id' ? other.id : 'x'))
        .replace('*', 'x')
      if (
        ['/', '/session', '/sign-out', '/preferences'].includes(url) ||
        /^\/(sign-in|launch|answer)/.test(url)
      )
        continue
      const { status } =
        method === 'GET' || method === 'HEAD' ? await browser.get(path) : await browser.post(path)
      t.equal(status, 404, `${method} ${url}`)
      asked++
    }
    t.ok(asked > 30, `${asked} routes`)
    t.equal(
      (await browser.get(`/referrals/${referred.id}`)).status,
      404,
      'not as its clinic either',
    )
    const api = await browser.get(`/fhir/ServiceRequest/${referred.id}`)
    t.equal(api.status, 401, 'and the API does not know it')
    // The store of the story keeps the others away as well.
    const only = { role: 'referrer', organization: 'lakeside-family', only: referred.id } as const
    t.ok(await app.storage.referrals.find(referred.id, only))
    t.equal(await app.storage.referrals.find(other.id, only), undefined)
    t.equal(await app.storage.referrals.findByTask(other.taskId, only), undefined)
  })

  await t.test('a new link, and one that is taken back, put whoever is in out', async (t) => {
    const first = await opened(world, (await made(nora, referred)).secret)
    t.equal((await first.browser.get('/session')).status, 204)
    const second = await opened(world, (await made(nora, referred)).secret)
    t.equal((await first.browser.get('/session')).status, 303)
    t.equal((await second.browser.get('/session')).status, 204)
    const ended = await nora.post(`/referrals/${referred.id}/answer-link/end`)
    t.equal(ended.location, `/referrals/${referred.id}/answer-link?done=ended`)
    t.equal((await second.browser.get('/session')).status, 303)
    t.match(await stateAt(nora, referred), /State Ended/)
  })

  await t.test('two who make a link at once leave one that works', async (t) => {
    const all = await Promise.all([
      made(nora, referred),
      made(nora, referred),
      made(nora, referred),
    ])
    const opening = await Promise.all(all.map(({ secret }) => opened(world, secret)))
    t.same(opening.map(({ answer }) => answer.status).sort(), [303, 404, 404])
  })

  await t.test(
    'the system of the practice makes and takes back links by an operation',
    async (t) => {
      const path = `ServiceRequest/${referred.id}/$answer-link`
      const answer = await lakeside.send('POST', path)
      t.equal(answer.status, 200, answer.text)
      t.match(answer.headers.get('cache-control'), /no-store/)
      const { parameter = [] } = answer.body as unknown as Parameters
      const link = parameter.find(({ name }) => name === 'link')?.valueUrl ?? ''
      const secret = link.split('/').at(-1) ?? ''
      secrets.push(secret)
      t.ok(link.startsWith(`${world.baseUrl}/answer/`))
      t.same(
        parameter.map(({ name }) => name),
        ['link', 'address', 'code', 'expires'],
      )
      const end = { resourceType: 'Parameters', parameter: [{ name: 'end', valueBoolean: true }] }
      const ended = await lakeside.send('POST', path, end)
      t.match(ended.body, { parameter: [{ name: 'ended', valueBoolean: true }] })
      t.equal((await opened(world, secret)).answer.status, 404)
      t.match((await lakeside.send('POST', path, end)).body, {
        parameter: [{ valueBoolean: false }],
      })
      const odd = { resourceType: 'Parameters', parameter: [{ name: 'days', valueInteger: 900 }] }
      t.equal((await lakeside.send('POST', path, odd)).status, 400)
      t.equal((await world.client('hilltop-internal').send('POST', path)).status, 404)
      const ready = await world.refer(aReferral())
      const early = await lakeside.send('POST', `ServiceRequest/${ready.id}/$answer-link`)
      t.match(early.body, { issue: [{ details: { coding: [{ code: 'nothing-to-answer' }] } }] })
      t.equal((await nora.post(`/referrals/${ready.id}/answer-link`)).status, 422)
    },
  )

  await t.test('a cover sheet for the fax bears the code and nothing of the patient', async (t) => {
    await nora.get(`/referrals/${referred.id}/answer-link`)
    const sheet = await nora.post(`/referrals/${referred.id}/answer-link/cover`)
    t.equal(sheet.status, 200)
    t.equal(sheet.headers['content-type'], 'application/pdf')
    t.match(sheet.headers['content-disposition'], /^attachment; filename="cover-[\w-]+\.pdf"$/)
    t.match(sheet.html, /^%PDF-1\.7/)
  })

  await t.test('it opens nothing once the referral is closed', async (t) => {
    const { secret } = await made(nora, other)
    t.equal((await revoke(other)).status, 200)
    t.equal((await opened(world, secret)).answer.status, 404)
    t.equal((await nora.post(`/referrals/${other.id}/answer-link`)).status, 422)
  })

  await t.test('all of it is in the trail, as the practice’s, and who it was', async (t) => {
    const { secret } = await made(nora, referred)
    const { browser } = await opened(world, secret, { ...opener, 'birth-date': '1900-01-01' })
    await browser.post('/answer/open', opener)
    await browser.post('/sign-out')
    const rows = await app.storage.audit.search(
      { role: 'referrer', organization: 'lakeside-family' },
      { entities: [`ServiceRequest/${referred.id}`], count: 200 },
    )
    const of = (action: string) => rows.find((row) => row.action === action)
    t.match(of('make-link'), { agent: 'worklist', personName: 'Nora Lind, RN', kind: 'C' })
    t.match(of('end-link'), { kind: 'U', outcome: 'success' })
    t.match(of('open-link'), {
      agent: 'answer-link',
      organization: 'lakeside-family',
      personName: 'Dana Cole, nurse, through a link',
      referralId: referred.id,
    })
    t.match(of('link-refused'), { outcome: 'minor-failure', detail: /^second fact, link / })
    t.match(of('ask-link'), { agent: 'answer-link', outcome: 'success' })
    t.match(
      textOf((await nora.get(`/referrals/${referred.id}`)).html),
      /Nora Lind, RN.*made a link/,
    )
  })

  await t.test(
    'signing out leads to where links are opened, and back in by the date of birth',
    async (t) => {
      const { secret } = await made(nora, referred)
      const { browser } = await opened(world, secret)
      await browser.get(home)
      const left = await browser.post('/sign-out')
      t.equal(left.location, '/answer?after=ended')
      t.match(
        textOf((await browser.get('/answer?after=ended')).html),
        /What you filled in is saved/,
      )
      await browser.get(`/answer/${secret}`)
      const again = await browser.get('/answer/open')
      t.match(textOf(again.html), /opened this link before/)
      t.equal(
        (await browser.post('/answer/open', { ...opener, 'birth-date': '1978-06-15' })).status,
        422,
      )
      t.equal((await browser.post('/answer/open', opener)).location, home)
      t.equal((await opened(world, secret)).answer.status, 404, 'for any other browser it is spent')
    },
  )

  await t.test('after 15 minutes without a sign of anybody one is asked who one is', async (t) => {
    const { secret } = await made(nora, referred)
    const { browser } = await opened(world, secret)
    ahead += 15 * minute
    const late = await browser.get(home)
    t.equal(late.location, '/answer/open?after=idle')
    t.equal((await browser.get('/sign-in?after=idle')).location, '/answer/open?after=idle')
    t.match(
      textOf((await browser.get('/answer/open?after=idle')).html),
      /nothing was done for 15 minutes/,
    )
    t.equal((await browser.post('/answer/open', opener)).location, home)
  })

  await t.test('no log line holds a secret, a code, a name or a date of birth', async (t) => {
    const all = logged.join('')
    t.ok(logged.length > 100)
    t.same(
      secrets.filter((each) => each.length < 16),
      [],
    )
    for (const each of [...secrets, birthDate, 'Dana Cole'])
      if (all.includes(each)) t.fail('a secret in a log line')
  })

  await t.test('it opens nothing after 14 days', async (t) => {
    const fresh = await made(await nurse(world), referred)
    ahead += 14 * day - minute
    const browser = visitor(app.http)
    await browser.get(`/answer/${fresh.secret}`)
    t.equal((await browser.get('/answer/open')).status, 200)
    ahead += minute
    t.equal((await browser.get('/answer/open')).status, 404)
    t.equal((await browser.post('/answer/open', opener)).status, 404)
    const late = await nurse(world)
    t.match(await stateAt(late, referred), /State Expired/)
  })
})

t.test('one address opens links, or tries to, so often a minute', async (t) => {
  const { app, clock } = await peopleWorld(t, {}, { limits: { answersPerMinute: 30 } })
  const browser = visitor(app)
  await browser.get('/answer/guess')
  const got: number[] = []
  for (let i = 0; i < 40; i++) got.push((await browser.get('/answer/open')).status)
  t.same(got, [...Array(30).fill(404), ...Array(10).fill(429)])
  t.equal((await browser.post('/answer', { code: 'x' })).status, 429)
  t.equal((await browser.post('/answer/again')).status, 429)
  clock.pass(minute)
  t.equal((await browser.get('/answer/open')).status, 404)
})
