import { decodeJwt } from 'jose'
import t from 'tap'
import { challengeOf } from '../../src/domain/access/challenge.ts'
import { assertion, assertionType, createWorld, formFor, grantFor, type World } from './world.ts'

/** A good request, but for what is asked; undefined takes a parameter away. */
function request(world: World, more: Readonly<Record<string, string | undefined>>) {
  const form = { ...formFor(assertion(world)), ...more }
  const sent = Object.entries(form).filter(([, value]) => value !== undefined)
  return grantFor(world, Object.fromEntries(sent) as Record<string, string>)
}

t.test('BS-15 what is wrong with the parameters is told, each by its error code', async (t) => {
  const world = createWorld()
  const authenticate = `Authenticate with client_assertion and client_assertion_type=${assertionType}.`
  const table: readonly (readonly [Record<string, string | undefined>, string, string])[] = [
    [
      { grant_type: undefined },
      'invalid_request',
      'The parameter grant_type is missing: it must be client_credentials.',
    ],
    [
      { grant_type: 'authorization_code' },
      'unsupported_grant_type',
      'The grant_type must be client_credentials.',
    ],
    [{ client_assertion: undefined }, 'invalid_client', authenticate],
    [{ client_assertion_type: undefined }, 'invalid_client', authenticate],
    [{ client_assertion_type: 'jwt-bearer' }, 'invalid_client', authenticate],
    [
      { client_id: 'river' },
      'invalid_client',
      'The parameter client_id differs from the claim iss.',
    ],
    [{ scope: undefined }, 'invalid_request', 'The parameter scope is missing.'],
    [{ scope: '  ' }, 'invalid_request', 'The parameter scope is missing.'],
  ]
  for (const [more, code, message] of table)
    await t.rejects(
      request(world, more),
      { name: 'OAuthError', code, message, reason: message, status: 400 },
      JSON.stringify(more),
    )
  t.equal(world.spent.size, 0, 'no assertion was spent on it')
  t.ok(await request(world, {}), 'the good one, from which the others differ')
})

t.test('AU-03 what is logged of a token is whose it is and its id', async (t) => {
  const world = createWorld()
  const { answer, ...logged } = await request(world, { scope: 'system/Task.rs system/Task.r' })
  t.same(logged, {
    client: 'lakeside',
    organization: 'lakeside-family',
    tokenId: decodeJwt(answer.access_token).jti,
  })
  t.equal(answer.scope, 'system/Task.rs')
})

t.test('BS-30 each token has an id of its own', async (t) => {
  const world = createWorld()
  const ids = [await request(world, {}), await request(world, {})].map(({ tokenId }) => tokenId)
  t.not(ids[0], ids[1])
})

t.test('BS-33 the challenges say what RFC 6750 has for them, word for word', async (t) => {
  t.equal(
    challengeOf('invalid-token'),
    'Bearer realm="referloop", error="invalid_token", error_description="The access token is expired, revoked or not ours"',
  )
  t.equal(
    challengeOf('forbidden'),
    'Bearer realm="referloop", error="insufficient_scope", error_description="The access token does not cover this interaction"',
  )
})
