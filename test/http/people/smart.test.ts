/** The way to the EHR and back, as the browser walks it. */

import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { textOf, visitor } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'

const nora = {
  role: 'clinic',
  organization: 'river-pain-clinic',
  person: { id: 'https://ehr.example/fhir|Practitioner/7', name: 'Nora Lind, RN' },
} as const

t.test('signing in through the EHR', async (t) => {
  const begun: unknown[][] = []
  const finished: unknown[][] = []
  let refuse = false
  const { app, audited, sessions, logged } = await peopleWorld(t, {
    smart: {
      begin: async (...asked) => {
        begun.push(asked)
        return { url: 'https://ehr.example/authorize?state=s', binding: 'bound' }
      },
      finish: async (...asked) => {
        finished.push(asked)
        if (refuse) throw new Problem('sign-in-refused')
        return { identity: nora, next: '/worklist?tab=new' }
      },
    },
  })

  await t.test(
    'AL-01 an EHR opens /launch, and the browser goes there and comes back',
    async (t) => {
      const browser = visitor(app)
      const sent = await browser.get('/launch?iss=https%3A%2F%2Fehr.example%2Ffhir&launch=abc')
      t.equal(sent.location, 'https://ehr.example/authorize?state=s')
      t.same(begun.at(-1), ['https://ehr.example/fhir', '', 'abc'])
      const [cookie] = [sent.headers['set-cookie']].flat()
      t.match(
        cookie,
        /^__Host-referloop-sign-in=bound; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      )
      const back = await browser.get('/sign-in/callback?code=c&state=s')
      t.same(finished.at(-1), ['code=c&state=s', 'bound'])
      t.equal(back.location, '/worklist?tab=new')
      t.same([...browser.cookies.keys()], ['__Host-referloop-session'], 'the binding is used up')
      t.match([...sessions.values()].at(-1), nora)
      t.match(audited.at(-1), {
        action: 'sign-in',
        person: nora.person.id,
        clinicId: nora.organization,
      })
    },
  )

  await t.test('a launch that lacks something is answered by a page', async (t) => {
    for (const path of [
      '/launch',
      '/launch?iss=a',
      '/launch?launch=a',
      '/launch?iss=a&iss=b&launch=c',
    ]) {
      const answer = await visitor(app).get(path)
      t.equal(answer.status, 400, path)
      t.match(textOf(answer.html), /That did not work/)
    }
    t.equal((await visitor(app).get('/sign-in/start?organization=nowhere')).status, 404)
  })

  await t.test(
    'AL-02 AL-05 who is refused gets no session, and it is on record without a name',
    async (t) => {
      refuse = true
      const before = sessions.size
      const browser = visitor(app)
      const answer = await browser.get('/sign-in/callback?code=secret-code&state=s')
      t.equal(answer.status, 403)
      t.match(textOf(answer.html), /You could not be signed in/)
      t.equal(sessions.size, before)
      t.same([...browser.cookies], [])
      const entry = audited.find(({ action }) => action === 'sign-in-refused')
      t.match(entry, { outcome: 'minor-failure', agent: 'worklist' })
      t.equal(entry?.person, undefined)
      t.notMatch(logged.join(''), 'secret-code')
      t.notMatch(JSON.stringify(audited), 'secret-code')
      refuse = false
    },
  )

  await t.test('AL-06 a session that was there before ends with the next sign-in', async (t) => {
    const browser = visitor(app)
    await browser.get('/sign-in/callback?code=c&state=s')
    const first = new Map(browser.cookies)
    await browser.get('/sign-in/callback?code=c&state=s')
    const old = visitor(app)
    for (const [name, value] of first) old.cookies.set(name, value)
    t.equal((await old.get('/session')).status, 303)
    t.equal((await browser.get('/session')).status, 204)
  })
})
