import type { FhirResource } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { bearer, httpWorld } from '../../helpers/http-world.ts'

const valueSet = (id: string, name: string): FhirResource => ({
  resourceType: 'ValueSet',
  id,
  url: `https://referloop.example/fhir/ValueSet/${id}`,
  version: '1.0.0',
  name,
  status: 'active',
})
const conformance = [valueSet('pain', 'PainScales'), valueSet('drugs', 'Opioids')]

t.test('published resources are read and found without a token', async (t) => {
  const { app } = await httpWorld(t, { conformance })
  const read = await app.inject({ url: '/fhir/ValueSet/pain' })
  t.strictSame(read.json(), conformance[0])
  t.equal(read.headers['access-control-allow-origin'], '*')
  const found = async (query: string) =>
    (await app.inject({ url: `/fhir/ValueSet?${query}` }))
      .json()
      .entry?.map(({ resource }: { resource: { id: string } }) => resource.id)
  t.strictSame(await found(''), ['pain', 'drugs'])
  t.strictSame(await found('url=https://referloop.example/fhir/ValueSet/drugs'), ['drugs'])
  t.strictSame(await found('url=https://referloop.example/fhir/ValueSet/drugs|1.0.0'), ['drugs'])
  t.strictSame(await found('url=https://referloop.example/fhir/ValueSet/drugs|2.0.0'), undefined)
  t.strictSame(await found('name=pain'), ['pain'])
  t.strictSame(await found('_id=pain,drugs&version=1.0.0'), ['pain', 'drugs'])
  t.equal((await app.inject({ url: '/fhir/ValueSet?title=x' })).statusCode, 400)
  t.equal((await app.inject({ url: '/fhir/ValueSet/none' })).statusCode, 404)
})

t.test('nothing but what was handed in can be read without a token', async (t) => {
  const { app, store } = await httpWorld(t, { conformance })
  store.put(
    '{"resourceType":"Questionnaire","id":"q","meta":{"versionId":"1","lastUpdated":"2026-03-01T00:00:00.000Z"}}',
    ['lakeside-family'],
  )
  t.equal((await app.inject({ url: '/fhir/Questionnaire/q' })).statusCode, 401)
  t.equal((await app.inject({ url: '/fhir/Questionnaire' })).json().total, 0)
  t.equal((await app.inject({ url: '/fhir/Questionnaire/q/_history' })).statusCode, 401)
  t.equal((await app.inject({ url: '/fhir/Patient/q' })).statusCode, 401)
})

t.test('the problem codes are published, and are valid R4', async (t) => {
  const { app } = await httpWorld(t)
  const answer = await app.inject({ url: '/fhir/CodeSystem/problem' })
  t.strictSame(createReferralValidator().validate(answer.json()), [])
  t.match(answer.json().concept, [{ code: 'not-json' }])
})

t.test('what is published cannot be written', async (t) => {
  const { app } = await httpWorld(t, { conformance })
  const answer = await app.inject({
    method: 'PUT',
    url: '/fhir/ValueSet/pain',
    headers: bearer('lakeside'),
    payload: {},
  })
  t.equal(answer.statusCode, 405)
  t.equal(answer.headers.allow, 'GET, HEAD')
})
