import t from 'tap'
import { parseScopes } from '../../src/domain/access/scopes.ts'
import { httpWorld } from '../helpers/http-world.ts'

t.test('the scopes that are advertised are those that the routes have a use for', async (t) => {
  const { app } = await httpWorld(t)
  const { scopes_supported: scopes } = (
    await app.inject({ url: '/.well-known/smart-configuration' })
  ).json()
  t.strictSame(parseScopes(scopes.join(' ')), [...scopes].sort())
  for (const scope of [
    'system/ServiceRequest.crus',
    'system/Task.crus',
    'system/Patient.rs',
    'system/QuestionnaireResponse.crs',
  ])
    t.ok(scopes.includes(scope), scope)
  t.notMatch(scopes.join(' '), /ValueSet|Resource\./, 'what is open needs none')
})
