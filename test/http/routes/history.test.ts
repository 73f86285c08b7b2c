import type { Bundle } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { baseUrl, bearer, httpWorld } from '../../helpers/http-world.ts'
import { observation } from '../../helpers/resources.ts'

const lakeside = bearer('lakeside')

t.test('vread answers with the version asked for', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1', 1), ['lakeside-family'])
  store.put(observation('1', 2), ['lakeside-family'])
  const read = (version: string, who = 'lakeside') =>
    app.inject({ url: `/fhir/Observation/1/_history/${version}`, headers: bearer(who) })
  t.equal((await read('1')).body, observation('1', 1))
  t.equal((await read('2')).headers.etag, 'W/"2"')
  for (const version of ['3', '0', '01', 'x', '-1', '1.0', '99999999999999999999'])
    t.equal((await read(version)).statusCode, 404, version)
  t.equal((await read('1', 'hilltop')).statusCode, 404)
  t.equal((await read('1', 'narrow')).statusCode, 403)
})

t.test('the history tells every version, newest first, and is valid R4', async (t) => {
  const { app, store, audited } = await httpWorld(t)
  store.put(observation('1', 1), ['lakeside-family'])
  store.put(observation('1', 2), ['lakeside-family'])
  const answer = await app.inject({ url: '/fhir/Observation/1/_history', headers: lakeside })
  t.match(answer.json(), {
    type: 'history',
    total: 2,
    entry: [
      {
        fullUrl: `${baseUrl}/fhir/Observation/1`,
        resource: { meta: { versionId: '2' } },
        request: { method: 'PUT', url: 'Observation/1' },
        response: { status: '200 OK', etag: 'W/"2"' },
      },
      {
        resource: { meta: { versionId: '1' } },
        request: { method: 'POST', url: 'Observation' },
        response: { status: '201 Created' },
      },
    ],
  })
  t.match(answer.body, '"value":1.10', 'decimals stay')
  t.strictSame(createReferralValidator().validate(answer.json()), [])
  t.match(audited, [{ action: 'history', entities: ['Observation/1'] }])
})

t.test('pages follow one another without gap or repeat', async (t) => {
  const { app, store } = await httpWorld(t)
  for (let version = 1; version <= 7; version++)
    store.put(observation('1', version), ['lakeside-family'])
  const versions: string[] = []
  let url: string | undefined = '/fhir/Observation/1/_history?_count=3'
  while (url) {
    const bundle: Bundle = (await app.inject({ url, headers: lakeside })).json()
    t.equal(bundle.total, 7)
    for (const { resource } of bundle.entry ?? []) versions.push(resource?.meta?.versionId ?? '')
    url = bundle.link?.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length)
  }
  t.strictSame(versions, ['7', '6', '5', '4', '3', '2', '1'])
})

t.test('a history that is not there or not yours is 404; parameters are checked', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const status = async (url: string, who = 'lakeside') =>
    (await app.inject({ url, headers: bearer(who) })).statusCode
  t.equal(await status('/fhir/Observation/2/_history'), 404)
  t.equal(await status('/fhir/Observation/1/_history', 'hilltop'), 404)
  t.equal(await status('/fhir/Observation/1/_history?_before=1', 'hilltop'), 404)
  t.equal(await status('/fhir/Observation/1/_history?_count=0'), 400)
  t.equal(await status('/fhir/Observation/1/_history?_since=2026'), 400)
})
