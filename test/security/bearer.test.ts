/** How a token may come in, by the front door: in the Authorization header, as Bearer, and no other way. */

import t from 'tap'
import { startWorld } from '../helpers/world.ts'

const world = await startWorld(t, { background: false })
const { token } = world.client('lakeside-family')
const fhir = `${world.baseUrl}/fhir`
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('BS-33 a token in the address or in a form is no token', async (t) => {
  const own = { authorization: `Bearer ${token}` }
  t.equal((await fetch(`${fhir}/Task`, { headers: own })).status, 200, 'in the header it is one')
  for (const name of ['access_token', 'token', 'bearer_token', 'Authorization', 'authorization']) {
    const query = new URLSearchParams({
      [name]: name.endsWith('ization') ? `Bearer ${token}` : token,
    })
    const alone = await fetch(`${fhir}/Task?${query}`)
    t.equal(alone.status, 401, `${name} in the address`)
    t.equal(alone.headers.get('www-authenticate'), 'Bearer realm="referloop"')
    const posted = await fetch(`${fhir}/Task/_search`, {
      method: 'POST',
      headers: form,
      body: query,
    })
    t.equal(posted.status, 401, `${name} in a form`)
    const besides = await fetch(`${fhir}/Task?${query}`, { headers: own })
    t.equal(besides.status, 400, `${name} besides the header: it would lie in logs`)
    t.notMatch(await besides.text(), token)
  }
  for (const cookie of [`access_token=${token}`, `token=${token}`])
    t.equal((await fetch(`${fhir}/Task`, { headers: { cookie } })).status, 401, 'in a cookie')
})

t.test(
  'BS-35 proof of possession is neither advertised nor mistaken for a bearer token',
  async (t) => {
    for (const scheme of ['DPoP', 'MAC', 'Basic', 'PoP'])
      t.equal(
        (
          await fetch(`${fhir}/Task`, {
            headers: { authorization: `${scheme} ${token}`, dpop: token },
          })
        ).status,
        401,
        scheme,
      )
    const discovery = await (await fetch(`${fhir}/.well-known/smart-configuration`)).text()
    t.notMatch(discovery, /dpop|tls_client|mtls|certificate_bound/i)
    const [, payload = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    t.notOk('cnf' in claims, 'no token claims to be bound')
    t.ok(claims.exp - claims.iat <= 300, 'instead they are short-lived')
  },
)
