import { gzipSync } from 'node:zlib'
import t from 'tap'
import { bearer, httpWorld } from '../helpers/http-world.ts'

const validate = (
  { app }: Awaited<ReturnType<typeof httpWorld>>,
  payload: string | Buffer,
  headers: Record<string, string> = {},
) =>
  app.inject({
    method: 'POST',
    url: '/fhir/$validate',
    headers: { ...bearer('lakeside'), 'content-type': 'application/fhir+json', ...headers },
    payload,
  })

const codeOf = (answer: { json(): { issue: { details?: { coding: { code: string }[] } }[] } }) =>
  answer.json().issue[0]?.details?.coding[0]?.code

const patient = '{"resourceType":"Patient"}'

t.test('FHIR JSON and plain JSON are read, in UTF-8', async (t) => {
  const world = await httpWorld(t)
  for (const type of [
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=utf-8',
    'application/fhir+json;charset="UTF-8"; fhirVersion=4.0',
    'APPLICATION/FHIR+JSON',
  ])
    t.equal((await validate(world, patient, { 'content-type': type })).statusCode, 200, type)
})

t.test('Parameters of $validate that are none are a resource with faults', async (t) => {
  const world = await httpWorld(t)
  for (const parameter of [{}, 'x', [null], [{ name: 'resource' }], [7, { name: 'profile' }]]) {
    const answer = await validate(world, JSON.stringify({ resourceType: 'Parameters', parameter }))
    t.equal(answer.statusCode, 200, JSON.stringify(parameter))
    t.equal(answer.json().issue[0].severity, 'error')
  }
  const held = [
    { name: 'resource', resource: { resourceType: 'Patient' } },
    { name: 'profile', valueUri: { a: 1 } },
  ]
  const body = JSON.stringify({ resourceType: 'Parameters', parameter: held })
  t.equal((await validate(world, body)).statusCode, 200)
})

t.test('HT-06 every other body, XML among them, is 415, before it is read', async (t) => {
  const world = await httpWorld(t)
  for (const type of [
    'application/fhir+xml',
    'application/xml',
    'text/xml',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/fhir+json; charset=latin1',
    'application/fhir+json; fhirVersion=3.0',
    'application/json-patch+json',
    'nonsense',
  ]) {
    const answer = await validate(world, patient, { 'content-type': type })
    t.equal(answer.statusCode, 415, type)
    t.equal(codeOf(answer), 'unsupported-media-type', type)
  }
  const compressed = await validate(world, gzipSync(patient), { 'content-encoding': 'gzip' })
  t.equal(compressed.statusCode, 415)
  t.equal(compressed.headers['accept-encoding'], 'identity')
  t.equal((await validate(world, patient, { 'content-encoding': 'identity' })).statusCode, 200)
})

t.test('HT-01, F8 S1: what no two readers would read alike is 400', async (t) => {
  const world = await httpWorld(t)
  for (const [name, body, code] of [
    ['nothing', '', 'not-json'],
    ['half a body', '{"resourceType":"Patient"', 'not-json'],
    ['two names', '{"resourceType":"Patient","id":"1","id":"2"}', 'not-json'],
    ['a prototype', '{"resourceType":"Patient","__proto__":{"x":1}}', 'not-json'],
    ['NaN', '{"resourceType":"Patient","x":NaN}', 'not-json'],
    ['NUL', '{"resourceType":"Patient","id":"\\u0000"}', 'not-json'],
    ['half a character', '{"resourceType":"Patient","id":"\\ud800"}', 'not-json'],
    ['a byte order mark', `\ufeff${patient}`, 'not-json'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not-json'],
    ['500,000 levels', '['.repeat(500_000), 'json-limit'],
  ] as const) {
    const answer = await validate(world, body)
    t.equal(answer.statusCode, 400, name)
    t.equal(codeOf(answer), code, name)
  }
  t.equal(({} as { x?: number }).x, undefined)
})

t.test('HT-01 a body may have 10 MiB and no byte more', async (t) => {
  const world = await httpWorld(t, { limits: { body: 1000 } })
  const sized = (length: number) => `${patient}${' '.repeat(length - patient.length)}`
  t.equal((await validate(world, sized(1000))).statusCode, 200)
  const refused = await validate(world, sized(1001))
  t.equal(refused.statusCode, 413)
  t.equal(codeOf(refused), 'too-large')
  t.equal(refused.headers.connection, 'close')
})

t.test('who may not write is told before the body is read', async (t) => {
  const world = await httpWorld(t, { limits: { body: 1000 } })
  const answer = await validate(world, ' '.repeat(2000), { authorization: '' })
  t.equal(answer.statusCode, 401)
})
