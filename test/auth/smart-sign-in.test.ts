/** SMART App Launch against a real authorization server, the sandbox EHR's: AL-01 … AL-05, AL-07, AL-09. */

import t, { type Test } from 'tap'
import { generateKeys, loadKeys } from '../../src/auth/keys.ts'
import { secretBox } from '../../src/auth/secret-box.ts'
import type { SignInFetch } from '../../src/auth/smart-configuration.ts'
import { smartSignIn } from '../../src/auth/smart-sign-in.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import type { AttemptStore } from '../../src/domain/access/sign-in-attempt.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'

const baseUrl = 'https://referloop.test'
const clientId = 'referloop-worklist'

const privateKeys = await generateKeys()
const keys = await loadKeys(privateKeys)

function memoryAttempts(now: () => Date): AttemptStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  const until = new Map<string, string>()
  return {
    kept,
    keep: async (digest, sealed, expiresAt) => {
      kept.set(digest, sealed)
      until.set(digest, expiresAt)
    },
    take: async (digest) => {
      const sealed = kept.get(digest)
      kept.delete(digest)
      return (until.get(digest) ?? '') > now().toISOString() ? sealed : undefined
    },
  }
}

t.test('SMART App Launch', async (t) => {
  let ahead = 0
  const now = () => new Date(Date.now() + ahead)
  const ehr = await startSandboxEhr({
    port: 0,
    name: 'River Pain Clinic',
    token: { clientId, jwks: () => keys.publicJwks as never },
    authorize: {
      clientId,
      redirectUri: `${baseUrl}/sign-in/callback`,
      launchUrl: `${baseUrl}/launch`,
      staff: [{ id: 'nora', name: 'Nora Lind, RN' }],
    },
    now,
  })
  t.teardown(() => ehr.close())
  const issuer = ehr.baseUrl
  let policy: object = {}
  const registry = () =>
    parseRegistry({
      referrers: [],
      clinics: [
        {
          id: 'river-pain-clinic',
          name: 'River',
          npi: '1234567893',
          policy: 'p',
          signIn: { issuer, clientId, ...policy },
        },
      ],
    })
  const asked: string[] = []
  const fetched: SignInFetch = (url, request = {}) => {
    asked.push(url)
    const { method = 'GET', headers = {}, body } = request
    return fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined || body === null ? {} : { body: String(body) }),
    })
  }
  const attempts = memoryAttempts(now)
  const smart = smartSignIn({
    baseUrl,
    registry,
    attempts,
    secrets: secretBox(privateKeys),
    fetch: fetched,
    key: () => keys.signer('ES384'),
    now,
    log: { warn() {} },
  })
  /** What the browser brings back from the EHR. */
  const atEhr = async (url: string): Promise<string> => {
    const answer = await fetch(url, { redirect: 'manual' })
    const back = answer.headers.get('location') ?? ''
    if (!back.startsWith(`${baseUrl}/sign-in/callback?`)) throw new Error(await answer.text())
    return back.slice(back.indexOf('?') + 1)
  }
  const through = async () => {
    const { url, binding } = await smart.begin(issuer, '/worklist', 'nora')
    return smart.finish(await atEhr(url), binding)
  }
  const refusedBy = (t: Test, work: Promise<unknown>, why: RegExp) =>
    t.rejects(work, { code: 'sign-in-refused', message: why })

  await t.test('AL-02 AL-03 a launch from within the EHR signs in who is at it', async (t) => {
    const { url, binding } = await smart.begin(issuer, '/worklist?tab=new', 'nora')
    const query = new URL(url).searchParams
    t.match(Object.fromEntries(query), {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: `${baseUrl}/sign-in/callback`,
      scope: 'launch openid fhirUser',
      launch: 'nora',
      aud: issuer,
      code_challenge_method: 'S256',
    })
    t.match(query.get('code_challenge'), /^[\w-]{43}$/)
    t.ok((query.get('state') ?? '').length >= 22, '128 bits or more')
    const { identity, next } = await smart.finish(await atEhr(url), binding)
    t.same(identity, {
      role: 'clinic',
      organization: 'river-pain-clinic',
      person: { id: `${issuer}|Practitioner/nora`, name: 'Nora Lind, RN' },
    })
    t.equal(next, '/worklist?tab=new')
  })

  await t.test(
    'AL-02 a sign-in that begins here does without a launch; each has its own secrets',
    async (t) => {
      const [one, other] = await Promise.all([smart.begin(issuer, ''), smart.begin(issuer, '')])
      const of = (url: string) => new URL(url).searchParams
      t.equal(of(one.url).get('scope'), 'openid fhirUser')
      t.notOk(of(one.url).has('launch'))
      for (const name of ['state', 'nonce', 'code_challenge'])
        t.not(of(one.url).get(name), of(other.url).get(name), name)
      t.not(one.binding, other.binding)
      const { identity } = await smart.finish(await atEhr(`${one.url}&user=nora`), one.binding)
      t.equal(identity.person.name, 'Nora Lind, RN')
    },
  )

  await t.test(
    'AL-01 an issuer that nobody registered is refused, and nothing is fetched',
    async (t) => {
      asked.length = 0
      for (const iss of [
        'https://evil.example/fhir',
        `${issuer}/`,
        `${issuer}/../fhir`,
        'file:///etc',
        '',
        'http://169.254.169.254/',
      ])
        await t.rejects(smart.begin(iss, '', 'x'), { code: 'bad-request' }, iss)
      await t.rejects(smart.begin(issuer, '', 'x'.repeat(2049)), { code: 'bad-request' })
      await t.rejects(smart.begin(issuer, '', ''), { code: 'bad-request' })
      t.same(asked, [])
    },
  )

  await t.test(
    'AL-02 a state is used once, by the browser that began, within ten minutes',
    async (t) => {
      const first = await smart.begin(issuer, '', 'nora')
      const answer = await atEhr(first.url)
      await smart.finish(answer, first.binding)
      await refusedBy(t, smart.finish(answer, first.binding), /used/)

      const second = await smart.begin(issuer, '', 'nora')
      const foreign = await smart.begin(issuer, '', 'nora')
      await refusedBy(t, smart.finish(await atEhr(second.url), foreign.binding), /another browser/)
      await refusedBy(t, smart.finish(await atEhr(foreign.url), undefined), /another browser/)

      const late = await smart.begin(issuer, '', 'nora')
      const lateAnswer = await atEhr(late.url)
      ahead += 10 * 60_000
      await refusedBy(t, smart.finish(lateAnswer, late.binding), /too old/)
      await refusedBy(t, smart.finish('code=x', 'y'), /unknown/)
      await refusedBy(t, smart.finish('code=x&state=made-up-made-up-made-up', 'y'), /unknown/)
      await refusedBy(t, smart.finish('error=access_denied', 'y'), /unknown/)
    },
  )

  await t.test(
    'AL-02 a code of another sign-in does not fit the verifier of this one',
    async (t) => {
      const mine = await smart.begin(issuer, '', 'nora')
      const theirs = await smart.begin(issuer, '', 'nora')
      const stolen = new URLSearchParams(await atEhr(theirs.url))
      const answer = new URLSearchParams(await atEhr(mine.url))
      answer.set('code', stolen.get('code') ?? '')
      await refusedBy(t, smart.finish(answer.toString(), mine.binding), /does not hold/)
    },
  )

  await t.test('AL-04 an answer in the name of another issuer is refused (mix-up)', async (t) => {
    for (const answerIss of ['https://evil.example', '']) {
      ehr.misidentify({ answerIss })
      await refusedBy(t, through(), /does not hold/)
    }
    ehr.misidentify({})
    const { url, binding } = await smart.begin(issuer, '', 'nora')
    const answer = new URLSearchParams(await atEhr(url))
    answer.delete('iss')
    await refusedBy(t, smart.finish(answer.toString(), binding), /does not hold/)
  })

  const wrong: Record<string, Parameters<typeof ehr.misidentify>[0]> = {
    'of another issuer': { claims: { iss: 'https://evil.example' } },
    'for another client': { claims: { aud: 'somebody-else' } },
    'for several, of which we are not the one': { claims: { aud: [clientId, 'x'], azp: 'x' } },
    'that has expired': { claims: { exp: 1 } },
    'without an expiry': { claims: { exp: undefined } },
    'issued by no clock': { claims: { iat: 'yesterday' } },
    'with another nonce': { claims: { nonce: 'another' } },
    'without a nonce': { claims: { nonce: undefined } },
    'without a subject': { claims: { sub: undefined } },
    'with an endless subject': { claims: { sub: 'x'.repeat(256) } },
    'of a key that is not published': { foreignKey: true },
    'of an unknown kid': { kid: 'another' },
  }
  for (const [what, faults] of Object.entries(wrong))
    await t.test(`AL-05 an ID token ${what} is refused`, async (t) => {
      ehr.misidentify(faults)
      await t.rejects(through(), { code: 'sign-in-refused' })
      ehr.misidentify({})
    })

  await t.test('AL-05 only staff of this EHR can be the user', async (t) => {
    for (const fhirUser of [
      undefined,
      'Practitioner/nora',
      `${issuer}/Patient/1`,
      `${issuer}/RelatedPerson/1`,
      `${issuer}/Practitioner/1/../../x`,
      `${issuer}.evil.example/Practitioner/1`,
      'https://evil.example/fhir/Practitioner/1',
      'javascript:alert(1)',
    ]) {
      ehr.misidentify({ claims: { fhirUser } })
      await refusedBy(t, through(), /who of its staff/)
    }
    ehr.misidentify({ claims: { fhirUser: `${issuer}/PractitionerRole/7` } })
    t.equal((await through()).identity.person.id, `${issuer}|PractitionerRole/7`)
    ehr.misidentify({})
  })

  await t.test('AL-07 a log-in weaker than the organisation asks for is refused', async (t) => {
    policy = { acr: ['urn:loa:3', 'urn:loa:4'], amr: ['mfa'] }
    for (const claims of [
      {},
      { acr: 'urn:loa:3' },
      { amr: ['mfa'] },
      { acr: 'urn:loa:1', amr: ['mfa'] },
      { acr: 'urn:loa:4', amr: ['pwd'] },
      { acr: 'urn:loa:4', amr: 'mfa' },
    ]) {
      ehr.misidentify({ claims })
      await refusedBy(t, through(), /not strong enough/)
    }
    ehr.misidentify({ claims: { acr: 'urn:loa:4', amr: ['pwd', 'mfa'] } })
    t.equal((await through()).identity.organization, 'river-pain-clinic')
    ehr.misidentify({})
    policy = {}
  })

  await t.test('AL-09 nothing of the EHR’s tokens is kept, and what waits is sealed', async (t) => {
    const { url, binding } = await smart.begin(issuer, '/worklist', 'nora')
    const waiting = JSON.stringify([...attempts.kept])
    for (const name of ['state', 'nonce', 'code_challenge'])
      t.notMatch(waiting, new URL(url).searchParams.get(name) ?? '', name)
    t.notMatch(waiting, binding)
    t.notMatch(waiting, 'worklist')
    t.notMatch(url, /code_verifier/)
    const finished = await smart.finish(await atEhr(url), binding)
    t.same(Object.keys(finished).sort(), ['identity', 'next'])
    t.notMatch(JSON.stringify([...attempts.kept]), 'token')
  })

  await t.test(
    'a name that the token lacks is read from the record, and may be lacking there',
    async (t) => {
      ehr.misidentify({ claims: { name: undefined } })
      t.equal((await through()).identity.person.name, 'Practitioner/nora')
      ehr.misidentify({ claims: { name: ' Nora\u202e\n Lind ' } })
      t.equal((await through()).identity.person.name, 'Nora Lind')
      ehr.misidentify({})
    },
  )
})
