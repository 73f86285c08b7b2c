/** Signing in and out, sessions and forms: AL-06. */

import t from 'tap'
import { parseRegistry } from '../../../src/domain/access/registry.ts'
import { sessionsOf } from '../../../src/domain/access/session.ts'
import { signedIn, textOf, visitor } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'

const minute = 60_000

t.test('AL-06 sessions', async (t) => {
  const { app, clock, audited, sessions } = await peopleWorld(t)

  await t.test('who is not signed in is asked to, and then gets where they wanted', async (t) => {
    const browser = visitor(app)
    const asked = await browser.get('/worklist/here?tab=new')
    t.equal(asked.status, 303)
    t.equal(asked.location, '/sign-in?next=%2Fworklist%2Fhere%3Ftab%3Dnew')
    const page = await browser.get(asked.location ?? '')
    t.match(textOf(page.html), /Nora Lind, RN/)
    const entered = await browser.post('/sign-in/sandbox', {
      person: 'urn:referloop:sandbox|nora-lind',
      next: '/worklist?tab=new',
    })
    t.equal(entered.location, '/worklist?tab=new')
  })

  await t.test('no other address is gone to after signing in', async (t) => {
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/fhir/Patient',
      '/worklist/../fhir',
      'javascript:alert(1)',
      '/worklist\r\nset-cookie: a=b',
    ]) {
      const entered = await visitor(app).post('/sign-in/sandbox', {
        person: 'urn:referloop:sandbox|nora-lind',
        next,
      })
      t.equal(entered.location, '/worklist', next)
    }
  })

  await t.test(
    'the cookie is bound to this host, unreadable for scripts, and new at each sign-in',
    async (t) => {
      const browser = visitor(app)
      const who = { person: 'urn:referloop:sandbox|nora-lind' }
      const entered = await browser.post('/sign-in/sandbox', who)
      t.match(
        [entered.headers['set-cookie']].flat()[0],
        /^__Host-referloop-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      )
      const first = new Map(browser.cookies)
      const refused = await browser.post('/sign-in/sandbox', who)
      t.equal(refused.status, 403, 'a session that is there needs the token of its pages')
      t.equal((await browser.post('/sign-in/sandbox', who)).status, 303)
      t.notSame(browser.cookies, first, 'a new one')
      const before = visitor(app)
      for (const [name, value] of first) before.cookies.set(name, value)
      t.equal((await before.get('/session')).status, 303, 'and the one before is over')
    },
  )

  await t.test('after 15 minutes without a sign of anybody the session is over', async (t) => {
    const browser = await signedIn(app, 'nora-lind')
    clock.pass(14 * minute)
    t.equal((await browser.get('/session')).status, 204)
    clock.pass(14 * minute)
    t.equal((await browser.get('/session')).status, 204, 'a sign begins the time anew')
    clock.pass(15 * minute)
    t.equal((await browser.get('/session')).status, 303)
    t.equal(browser.cookies.size, 0, 'and the cookie is taken back')
  })

  await t.test('after twelve hours it is over, busy or not', async (t) => {
    const browser = await signedIn(app, 'nora-lind')
    for (let hour = 0; hour < 71; hour++) {
      clock.pass(10 * minute)
      t.equal((await browser.get('/session')).status, 204)
    }
    clock.pass(10 * minute)
    t.equal((await browser.get('/session')).status, 303)
  })

  await t.test('signing out ends it on the server, for a copy of the cookie as well', async (t) => {
    const browser = await signedIn(app, 'nora-lind')
    await browser.get('/worklist/here')
    const copy = visitor(app)
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    t.equal((await copy.get('/session')).status, 204)
    const left = await browser.post('/sign-out')
    t.equal(left.location, '/sign-in?after=ended')
    t.equal(browser.cookies.size, 0)
    t.equal((await copy.get('/session')).status, 303)
  })

  await t.test('a secret that nobody has opens nothing', async (t) => {
    const browser = visitor(app)
    browser.cookies.set('__Host-referloop-session', 'x'.repeat(43))
    t.equal((await browser.get('/session')).status, 303)
    browser.cookies.set('__Host-referloop-session', "' OR 1=1 --")
    t.equal((await browser.get('/session')).status, 303)
  })

  await t.test('AL-06 a form has to come from our own page, in this session', async (t) => {
    const browser = await signedIn(app, 'nora-lind')
    await browser.get('/worklist/here')
    const foreign: [string, Record<string, string>, Record<string, string>][] = [
      ['no token', { 'form-token': '' }, {}],
      ['another token', { 'form-token': 'x'.repeat(43) }, {}],
      ['another site', {}, { 'sec-fetch-site': 'cross-site' }],
      ['a neighbouring host', {}, { 'sec-fetch-site': 'same-site' }],
      ['no page at all', {}, { 'sec-fetch-site': 'none' }],
    ]
    for (const [why, fields, headers] of foreign) {
      const refused = await browser.post('/sign-out', fields, headers)
      t.equal(refused.status, 403, why)
      t.match(textOf(refused.html), /was not made for you/)
    }
    const elsewhere = await signedIn(app, 'sam-okafor')
    const page = await elsewhere.get('/worklist/here')
    const token = /name="form-token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    t.equal(
      (await browser.post('/sign-out', { 'form-token': token })).status,
      403,
      'of another session',
    )
    t.equal((await browser.get('/session')).status, 204, 'and nobody was signed out')
  })

  await t.test('AL-06 nobody is signed in by a form of another site', async (t) => {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      const answer = await visitor(app).post(
        '/sign-in/sandbox',
        { person: 'urn:referloop:sandbox|nora-lind' },
        headers,
      )
      t.equal(answer.status, 403)
      t.equal(answer.headers['set-cookie'], undefined)
    }
    const old = await app.inject({
      method: 'POST',
      url: '/sign-in/sandbox',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://evil.example',
      },
      payload: 'person=urn:referloop:sandbox|nora-lind',
    })
    t.equal(old.statusCode, 403, 'a browser without Fetch Metadata is known by its Origin')
  })

  await t.test(
    'AL-06 pages may run nothing of others, be framed by nobody and kept nowhere',
    async (t) => {
      const browser = await signedIn(app, 'nora-lind')
      for (const page of [
        await browser.get('/worklist/here'),
        await browser.get('/worklist/nowhere'),
        await visitor(app).get('/sign-in'),
      ]) {
        const policy = String(page.headers['content-security-policy'])
        t.match(policy, "default-src 'none'")
        t.match(policy, "script-src 'self';")
        t.match(policy, "frame-ancestors 'none'")
        t.notMatch(policy, 'unsafe')
        t.equal(page.headers['cache-control'], 'no-store')
        t.equal(page.headers['referrer-policy'], 'no-referrer')
        t.match(page.headers['strict-transport-security'], /max-age/)
        t.notMatch(page.html, /<script>|<style|\sstyle=|\son\w+=/)
      }
    },
  )

  await t.test('who signed in and out is in the trail', async (t) => {
    const browser = await signedIn(app, 'sam-okafor')
    await browser.get('/worklist/here')
    await browser.post('/sign-out')
    const told = audited.filter(({ action }) => /^sign-(in|out)$/.test(action)).slice(-2)
    t.match(told, [{ action: 'sign-in' }, { action: 'sign-out' }])
    for (const entry of told)
      t.match(entry, {
        organization: 'summit-pain-center',
        clinicId: 'summit-pain-center',
        person: 'urn:referloop:sandbox|sam-okafor',
        personName: 'Sam Okafor, RN',
      })
    t.equal(told[0]?.tokenId, told[1]?.tokenId)
  })

  await t.test('what is stored opens nothing: digests, and names of sessions', async (t) => {
    const browser = await signedIn(app, 'nora-lind')
    const stored = JSON.stringify([...sessions])
    for (const secret of browser.cookies.values()) t.notMatch(stored, secret)
    for (const { tokenId } of audited) {
      const thief = visitor(app)
      thief.cookies.set('__Host-referloop-session', tokenId ?? '')
      t.equal((await thief.get('/session')).status, 303)
    }
  })
})

t.test('AL-06 without the sandbox there is no way in without a password', async (t) => {
  const world = await peopleWorld(t, { sandboxPeople: undefined })
  const browser = visitor(world.app)
  t.equal(
    (await browser.post('/sign-in/sandbox', { person: 'urn:referloop:sandbox|nora-lind' })).status,
    404,
  )
  t.notMatch(textOf((await browser.get('/sign-in')).html), /sandbox|Nora/)
})

t.test('a disabled organisation has nobody signed in', async (t) => {
  const registry = parseRegistry({
    referrers: [],
    clinics: [
      { id: 'river-pain-clinic', name: 'River', npi: '1234567893', policy: 'p', disabled: true },
    ],
  })
  const session = {
    id: 's',
    role: 'clinic',
    organization: 'river-pain-clinic',
    person: { id: 'a|b', name: 'Nora' },
    startedAt: '2026-03-02T15:00:00.000Z',
    lastSeenAt: '2026-03-02T15:00:00.000Z',
  } as const
  const ended: string[] = []
  const { resume } = sessionsOf({
    sessions: {
      begin: async () => {},
      find: async () => session,
      seen: async () => {},
      end: async (digest) => void ended.push(digest),
    },
    registry: () => registry,
    now: () => new Date('2026-03-02T15:01:00.000Z'),
    newId: () => 's',
    newSecret: () => 'secret',
  })
  t.equal(await resume('secret'), undefined)
  t.equal(ended.length, 1)
})
