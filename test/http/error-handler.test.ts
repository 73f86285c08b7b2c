import Fastify from 'fastify'
import t from 'tap'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { Problem, type ProblemCode, problems } from '../../src/domain/problem.ts'
import { bearer, httpWorld } from '../helpers/http-world.ts'

const failing = (error: unknown) => ({
  verifyToken: async () => {
    throw error
  },
})

t.test('every problem becomes a valid OperationOutcome with its status and its page', async (t) => {
  const validator = createReferralValidator()
  for (const code of Object.keys(problems) as ProblemCode[]) {
    const { app } = await httpWorld(t, failing(new Problem(code)))
    const answer = await app.inject({ url: '/fhir/Task/1' })
    const [status, issueType, advice] = problems[code]
    t.equal(answer.statusCode, status, code)
    t.match(answer.json(), {
      resourceType: 'OperationOutcome',
      issue: [
        {
          code: issueType,
          details: {
            coding: [{ system: 'https://referloop.example/fhir/CodeSystem/problem', code }],
            text: advice,
          },
        },
      ],
    })
    t.strictSame(validator.validate(answer.json()), [], code)
    t.equal(answer.headers.link, `<https://referloop.test/errors/${code}>; rel="help"`)
    t.equal(answer.headers['retry-after'] !== undefined, status === 429 || status === 503, code)
    if (status === 401)
      t.match(answer.headers['www-authenticate'], code === 'not-signed-in' ? 'Cookie' : 'Bearer')
  }
})

t.test('all issues are told, each with its place and its own code', async (t) => {
  const issues = [
    { severity: 'error', code: 'required', diagnostics: 'One.', expression: ['Task.status'] },
    { severity: 'warning', code: 'value', diagnostics: 'Two.', problem: 'not-supported' },
  ] as const
  const { app } = await httpWorld(t, failing(new Problem('invalid-resource', issues)))
  t.match((await app.inject({ url: '/fhir/Task/1' })).json().issue, [
    { details: { coding: [{ code: 'invalid-resource' }] }, expression: ['Task.status'] },
    { details: { coding: [{ code: 'not-supported' }] }, diagnostics: 'Two.' },
  ])
})

t.test('a wait that is known is told', async (t) => {
  const { app } = await httpWorld(
    t,
    failing(new Problem('unavailable', undefined, { retryAfter: 42 })),
  )
  t.equal((await app.inject({ url: '/fhir/Task/1' })).headers['retry-after'], '42')
})

t.test(
  'OW8 a bug is 500 without detail, and logged with its cause but not its values',
  async (t) => {
    const bug = Object.assign(new Error('outer', { cause: new TypeError('inner CANARY') }), {
      detail: 'Key (identifier)=(CANARY) already exists.',
      parameters: ['CANARY'],
    })
    const { app, logged } = await httpWorld(t, failing(bug))
    const answer = await app.inject({ url: '/fhir/Task/1' })
    t.equal(answer.statusCode, 500)
    t.match(answer.json().issue[0], { code: 'exception' })
    t.notMatch(answer.body, /outer|inner|at /)
    t.match(logged.join(''), '"cause":{"type":"TypeError"')
    t.notMatch(logged.join(''), 'CANARY')
  },
)

t.test('whatever is thrown is answered', async (t) => {
  for (const thrown of ['text', 42, null, undefined, { statusCode: 418 }]) {
    const { app } = await httpWorld(t, failing(thrown))
    const answer = await app.inject({ url: '/fhir/Task/1' })
    t.ok([400, 500].includes(answer.statusCode), String(answer.statusCode))
    t.match(answer.json(), { resourceType: 'OperationOutcome' })
  }
})

t.test('a refusal is answered even when it cannot be audited', async (t) => {
  const { app, logged } = await httpWorld(t, {
    audit: async () => {
      throw new Error('disk full')
    },
  })
  t.equal((await app.inject({ url: '/fhir/Task/1' })).statusCode, 401)
  t.match(logged.join(''), 'a refusal could not be audited')
  t.notMatch(logged.join(''), 'disk full')
})

t.test('refusals below the FHIR base are audited, with ids and codes only', async (t) => {
  const { app, audited } = await httpWorld(t)
  await app.inject({ url: '/fhir/Task/CANARY?name=CANARY' })
  await app.inject({ method: 'PUT', url: '/fhir/Task/1', headers: bearer('river'), payload: {} })
  await app.inject({ method: 'DELETE', url: '/fhir/CANARY', headers: bearer('lakeside') })
  await app.inject({ url: '/CANARY' })
  t.match(audited, [
    { action: 'refuse', kind: 'R', agent: 'anonymous', detail: /^401 missing-token/ },
    {
      action: 'refuse',
      kind: 'U',
      agent: 'river-pain-clinic',
      detail: /^403 forbidden: PUT \/fhir\/Task\/:id$/,
    },
    {
      action: 'refuse',
      kind: 'D',
      agent: 'lakeside-family',
      detail: '404 not-found: DELETE no route',
    },
  ])
  t.equal(audited.length, 3)
  t.notMatch(JSON.stringify(audited), 'CANARY')
})

t.test('this Fastify still names its errors as we know them', async (t) => {
  const { errorCodes } = Fastify
  for (const code of [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    'FST_ERR_BAD_URL',
    'FST_ERR_MAX_PARAM_LENGTH',
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
  ])
    t.ok(Object.hasOwn(errorCodes, code), code)
})
