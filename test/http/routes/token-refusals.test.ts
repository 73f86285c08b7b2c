import Fastify from 'fastify'
import t from 'tap'
import type { AuditEntry } from '../../../src/domain/referral/ports.ts'
import { tokenRoute } from '../../../src/http/routes/token.ts'

const form = 'application/x-www-form-urlencoded'
const granted = {
  answer: { access_token: 'secret', token_type: 'bearer', expires_in: 300, scope: 's' },
  client: 'lakeside',
  organization: 'lakeside-family',
  tokenId: 'id-1',
}

/** The route alone, with what it hands to the audit trail in sight. */
function world({ grant = async () => granted }: { grant?: () => Promise<typeof granted> } = {}) {
  const audited: AuditEntry[] = []
  const refused: (readonly [AuditEntry, number])[] = []
  const forms: ReadonlyMap<string, string>[] = []
  const app = Fastify()
  app.register(tokenRoute, {
    grantToken: async (parameters) => {
      forms.push(parameters)
      return await grant()
    },
    now: () => new Date('2026-03-02T10:00:00Z'),
    audit: async (entries) => {
      audited.push(...entries)
    },
    noteRefusal: async (entry, status) => {
      refused.push([entry, status])
    },
    perAddress: 100,
  })
  const post = (payload: string | Buffer, more: object = {}) =>
    app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': form },
      payload,
      ...more,
    })
  return { post, audited, refused, forms }
}

t.test('AU-03 a token that is given is audited by its id, before it goes out', async (t) => {
  const { post, audited } = world()
  t.same((await post('a=b')).json(), granted.answer)
  t.match(audited, [
    {
      action: 'token',
      kind: 'E',
      outcome: 'success',
      agent: 'lakeside',
      organization: 'lakeside-family',
      tokenId: 'id-1',
    },
  ])
  t.equal(audited.length, 1)
  t.notMatch(JSON.stringify(audited), 'secret')
})

t.test('AU-06 a refusal is audited with its status, ours as serious', async (t) => {
  const { post, refused } = world({ grant: () => Promise.reject(new Error('gone')) })
  await post('a=b&a=c')
  await post('a=b', { headers: { 'content-type': 'application/json' } })
  await post('a=b')
  t.match(refused, [
    [
      {
        action: 'token-refused',
        kind: 'E',
        outcome: 'minor-failure',
        detail: '400 invalid_request',
      },
      400,
    ],
    [{ outcome: 'minor-failure', detail: '400 invalid_request' }, 400],
    [{ outcome: 'serious-failure', detail: '500 failed' }, 500],
  ])
  await post('x'.repeat(50_000))
  t.match(refused.at(-1), [{ outcome: 'minor-failure', detail: '413 refused' }, 413])
})

t.test('BS-15 each fault of the body is told in words', async (t) => {
  const { post } = world()
  const table: readonly (readonly [string | Buffer, object, string])[] = [
    [
      '{}',
      { headers: { 'content-type': 'application/json' } },
      'Send the parameters as application/x-www-form-urlencoded.',
    ],
    [
      'a=b',
      { headers: { 'content-type': 'text/plain' } },
      'Send the parameters as application/x-www-form-urlencoded.',
    ],
    ['a=b', { url: '/oauth/token?a=b' }, 'Send the parameters in the body, not in the address.'],
    ['', { headers: {}, payload: undefined }, 'The body is empty.'],
    ['a=b&a=c', {}, 'A parameter is there twice.'],
    ['a=&a=c', {}, 'A parameter is there twice.'],
    [Buffer.from([0x61, 0x3d, 0xff]), {}, 'The body is not UTF-8.'],
    ['a=%zz', {}, 'The body is not well-formed: a percent sign needs two hexadecimal digits.'],
    ['x'.repeat(50_000), {}, 'The request cannot be read, or is too large.'],
  ]
  for (const [payload, more, error_description] of table) {
    const response = await post(payload, more)
    t.equal(response.statusCode, 400, error_description)
    t.same(response.json(), { error: 'invalid_request', error_description })
  }
})

t.test('BS-15 parameters are read as a form has them, empty ones as absent', async (t) => {
  const { post, forms } = world()
  await post('&a=b+c%3D&&flag&empty=&d=e=f&')
  t.same(Object.fromEntries(forms[0] ?? []), { a: 'b c=', d: 'e=f' })
})

t.test('BS-30 a failure of ours is told without its cause', async (t) => {
  const { post } = world({ grant: () => Promise.reject(new Error('password in the clear')) })
  const response = await post('a=b')
  t.equal(response.statusCode, 500)
  t.same(response.json(), {
    error: 'server_error',
    error_description: 'Quote the X-Request-Id to the operator.',
  })
})
