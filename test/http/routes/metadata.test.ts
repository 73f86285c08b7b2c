import type { CapabilityStatement } from 'fhir/r4'
import t from 'tap'
import { searchParameters } from '../../../src/domain/fhir/search-parameters.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { baseUrl, bearer, httpWorld } from '../../helpers/http-world.ts'

const statementOf = async (t: Test, query = '') => {
  const { app } = await httpWorld(t)
  const answer = await app.inject({ url: `/fhir/metadata${query}` })
  return { app, answer, statement: answer.json() as CapabilityStatement }
}
type Test = Parameters<typeof httpWorld>[0]

t.test('it is open to everybody, from any origin, and valid R4', async (t) => {
  const { answer, statement } = await statementOf(t)
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['access-control-allow-origin'], '*')
  t.strictSame(createReferralValidator().validate(statement), [])
  t.match(statement, {
    fhirVersion: '4.0.1',
    kind: 'instance',
    software: { version: '0.0.0-test' },
    implementation: { url: `${baseUrl}/fhir` },
    rest: [{ mode: 'server', security: { service: [{ coding: [{ code: 'SMART-on-FHIR' }] }] } }],
  })
  t.match(statement.rest?.[0]?.security?.extension, [
    { extension: [{ url: 'token', valueUri: `${baseUrl}/oauth/token` }] },
  ])
})

t.test(
  'every interaction that it claims is a route, and every FHIR route is claimed',
  async (t) => {
    const { app, statement } = await statementOf(t)
    const claimed = new Set(
      (statement.rest?.[0]?.resource ?? []).flatMap(
        ({ type, interaction = [], operation = [] }) => [
          ...interaction.map(({ code }) => `${type} ${code}`),
          ...operation.map(({ name }) => `${type} $${name}`),
        ],
      ),
    )
    const { interaction: atSystem = [], operation: systemOperation = [] } =
      statement.rest?.[0] ?? {}
    for (const { code } of atSystem) claimed.add(`system ${code}`)
    for (const { name } of systemOperation) claimed.add(`system $${name}`)
    const types = (statement.rest?.[0]?.resource ?? []).map(({ type }) => type)
    const served = new Set(
      app.knownRoutes.flatMap(({ fhir }) => {
        if (!fhir || fhir.interaction === 'capabilities') return []
        if (fhir.types === 'system') return [`system ${fhir.interaction}`]
        const of = fhir.types.includes('Resource') ? types : fhir.types
        return of.map((type) => `${type} ${fhir.interaction}`)
      }),
    )
    t.strictSame([...claimed].sort(), [...served].sort())
    t.ok(claimed.has('Task update'))
    t.ok(claimed.has('system transaction'))
    t.ok(claimed.has('ServiceRequest $referral-check'))
  },
)

t.test('every route under the FHIR base says which interaction it is', async (t) => {
  const { app } = await statementOf(t)
  for (const { url, fhir } of app.knownRoutes)
    if (url.startsWith('/fhir') && !url.startsWith('/fhir/.well-known')) t.ok(fhir, url)
})

t.test(
  'every search parameter that it names is understood, and every one of the table is named',
  async (t) => {
    const { app, statement } = await statementOf(t)
    for (const { type, searchParam = [], interaction } of statement.rest?.[0]?.resource ?? []) {
      if (!interaction?.some(({ code }) => code === 'search-type')) continue
      for (const { name, type: kind } of searchParam) {
        const value = kind === 'date' ? '2026' : 'x'
        const { statusCode } = await app.inject({
          url: `/fhir/${type}?${name}=${value}`,
          headers: bearer('lakeside'),
        })
        t.equal(statusCode, 200, `${type}?${name}`)
      }
      const row = searchParameters[type as keyof typeof searchParameters] ?? {}
      const names = searchParam.map(({ name }) => name)
      for (const name of Object.keys(row)) t.ok(names.includes(name), `${type}.${name} is named`)
    }
  },
)

t.test('every include that it names is understood', async (t) => {
  const { app, statement } = await statementOf(t)
  for (const resource of statement.rest?.[0]?.resource ?? [])
    for (const [name, values] of [
      ['_include', resource.searchInclude ?? []],
      ['_revinclude', resource.searchRevInclude ?? []],
    ] as const)
      if (values.length > 0) {
        const query = values.map((value) => `${name}=${value}`)
        for (let i = 0; i < query.length; i += 40) {
          const url = `/fhir/${resource.type}?${query.slice(i, i + 40).join('&')}`
          const { statusCode } = await app.inject({ url, headers: bearer('lakeside') })
          t.equal(statusCode, 200, `${resource.type} ${name}`)
        }
      }
})

t.test('normative leaves out what is not; other modes are refused', async (t) => {
  const { statement } = await statementOf(t, '?mode=normative')
  const types = (statement.rest?.[0]?.resource ?? []).map(({ type }) => type)
  t.ok(types.includes('Patient'))
  t.notOk(types.includes('Task'))
  t.equal((await statementOf(t, '?mode=terminology')).answer.statusCode, 400)
  t.equal((await statementOf(t, '?_format=xml')).answer.statusCode, 406)
})
