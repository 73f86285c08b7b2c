import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseFhirJson } from '../../../../src/domain/fhir/json.ts'
import type { Definitions } from '../../../../src/domain/fhir/validation/definitions.ts'
import { createReferralValidator } from '../../../../src/domain/fhir/validation/referral-validator.ts'
import { createValidator } from '../../../../src/domain/fhir/validation/validator.ts'
import { validResources } from './valid-resources.ts'

const file = new URL('../../../../schemas/r4/definitions.json', import.meta.url)
const definitions: Definitions = JSON.parse(readFileSync(file, 'utf8'))
const { validate } = createReferralValidator()

t.test('what is no resource is named so', async (t) => {
  for (const body of [undefined, null, 7, 'Patient', [], [{ resourceType: 'Patient' }], true])
    t.match(validate(body), [{ severity: 'error', code: 'structure', expression: ['Resource'] }])
  const unknown = [
    {},
    { resourceType: 'Patientt' },
    { resourceType: 7 },
    { resourceType: 'HumanName' },
  ]
  const inner = [{ resourceType: 'Patient.contact' }, { resourceType: 'DomainResource' }]
  const prototypes = ['constructor', 'toString', '__proto__'].map((name) => ({
    resourceType: name,
  }))
  for (const body of [...unknown, ...inner, ...prototypes])
    t.match(validate(body), [{ code: 'structure', problem: 'not-fhir' }], JSON.stringify(body))
})

t.test('a resource type of STU3 is told what it became', async (t) => {
  const told = (resourceType: string) => validate({ resourceType })[0]?.diagnostics
  t.match(told('ReferralRequest'), /STU3.*ServiceRequest/)
  t.match(told('ProcedureRequest'), /STU3.*ServiceRequest/)
  t.match(told('Sequence'), /STU3.*MolecularSequence/)
  t.notMatch(told('MyRequest'), /STU3|MyRequest/)
})

t.test('an element of STU3 is told what it became', async (t) => {
  const [issue] = validate({ ...validResources.request(), context: { reference: 'Encounter/1' } })
  t.match(issue, { expression: ['ServiceRequest.context'], diagnostics: /STU3.*encounter/ })
})

t.test('another resource type than the one expected is refused', async (t) => {
  t.same(validate(validResources.task(), { type: 'Task' }), [])
  t.match(validate(validResources.task(), { type: 'ServiceRequest' }), [
    { code: 'structure', diagnostics: 'Send a ServiceRequest here.', expression: ['Task'] },
  ])
})

t.test('names of the prototype are unknown elements', async (t) => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']
  for (const name of names) {
    const body = parseFhirJson(
      `{"resourceType":"Patient","name":[{"${name}":{"prototype":{"x":1}}}]}`,
    )
    const [issue, ...more] = validate(body)
    t.same(more, [], name)
    t.equal(issue?.code, 'structure')
  }
  const polluted = validate(JSON.parse('{"resourceType":"Patient","__proto__":{"x":1}}'))
  t.equal(polluted.length, 1)
  t.equal(({} as Record<string, unknown>).x, undefined)
})

t.test('a name that is no element name stays out of the path', async (t) => {
  const [issue] = validate({ resourceType: 'Patient', 'Oona Benitez, born 1978': true })
  t.same(issue?.expression, ['Patient'])
})

t.test('F7 S2: after 100 issues it stops and says so', async (t) => {
  const contact = Array.from({ length: 5_000 }, () => ({ gender: 'x' }))
  const issues = validate({ resourceType: 'Patient', contact })
  t.equal(issues.length, 101)
  t.match(issues.at(-1), { severity: 'information', code: 'incomplete' })
  t.ok(issues.slice(0, 100).every(({ severity }) => severity === 'error'))
})

t.test('input of any depth is bounded', async (t) => {
  let extension: object = { url: 'http://example.org', valueString: 'x' }
  for (let depth = 0; depth < 50_000; depth++)
    extension = { url: 'http://example.org', extension: [extension] }
  const codes = validate({ resourceType: 'Patient', extension: [extension] }).map(
    ({ code }) => code,
  )
  t.ok(codes.includes('too-costly'))
  let item: object = { linkId: 'end' }
  for (let depth = 0; depth < 50_000; depth++) item = { linkId: `i${depth}`, item: [item] }
  const form = { resourceType: 'QuestionnaireResponse', status: 'completed', item: [item] }
  t.ok(validate(form).some(({ code }) => code === 'too-costly'))
})

t.test('a resource is left as it was', async (t) => {
  for (const make of Object.values(validResources)) {
    const resource = make()
    const before = structuredClone(resource)
    validate(resource)
    t.same(resource, before)
  }
})

t.test('F8 S2: a constraint that cannot be evaluated is told each time, and passes', async (t) => {
  const told: string[] = []
  const broken = {
    ...definitions,
    constraints: {
      ...definitions.constraints,
      'smp-1': { human: 'x', expression: 'no such ( expression' },
      'tst-3': { human: 'x', expression: 'memberOf(%unknown)' },
    },
  }
  const validator = createValidator(broken, [], { onUnevaluated: (key) => told.push(key) })
  const map = {
    resourceType: 'StructureMap',
    url: 'http://example.org/m',
    name: 'M',
    status: 'draft',
    group: [
      {
        name: 'g',
        typeMode: 'none',
        input: [{ name: 'i', mode: 'source' }],
        rule: [{ name: 'r', source: [{ context: 'i' }], target: [{ element: 'e' }] }],
      },
    ],
  }
  t.same(validator.validate(map), [])
  t.same(validator.validate(map), [])
  t.same(told, ['smp-1', 'smp-1'])
})

t.test('a constraint without a native form is evaluated by FHIRPath, quietly', async (t) => {
  const written: unknown[] = []
  t.intercept(console, 'log', { value: (...args: unknown[]) => written.push(args) })
  const wrong = {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'requirements',
    fhirVersion: '4.0.1',
    format: ['json'],
    implementation: { description: 'x' },
    messaging: [{ endpoint: [{ protocol: { code: 'http' }, address: 'https://example.org' }] }],
    rest: [{ mode: 'server', resource: [{ type: 'Patient' }, { type: 'Patient' }] }],
  }
  const keys = validate(wrong).map(({ diagnostics }) => diagnostics.replace(/:.*$/s, ''))
  t.same(keys, ['cpb-9', 'cpb-3', 'cpb-16'])
  t.same(written, [])
})

t.test('resources inside Bundle and Parameters are checked where they stand', async (t) => {
  const body = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'a',
        part: [
          {
            name: 'b',
            resource: {
              resourceType: 'Bundle',
              type: 'collection',
              entry: [{ resource: { resourceType: 'Patient', gender: 'F' } }],
            },
          },
        ],
      },
    ],
  }
  t.match(validate(body), [
    { expression: ['Parameters.parameter[0].part[0].resource.entry[0].resource.gender'] },
  ])
})

t.test('a urn:uuid: that is no UUID is a warning only', async (t) => {
  const entry = {
    fullUrl: 'urn:uuid:patient-1',
    resource: { resourceType: 'Patient' },
    request: { method: 'POST', url: 'Patient' },
  }
  t.match(validate({ resourceType: 'Bundle', type: 'transaction', entry: [entry] }), [
    { severity: 'warning', code: 'value', expression: ['Bundle.entry[0].fullUrl'] },
  ])
})

t.test('F9 S2: what FHIRPath may cost is bounded, and told', async (t) => {
  const scriptOf = (actions: number) => ({
    resourceType: 'TestScript',
    url: 'http://example.org/t',
    name: 'T',
    status: 'draft',
    setup: {
      action: Array.from({ length: actions }, () => ({
        operation: { encodeRequestUrl: true, sourceId: 'a' },
      })),
    },
  })
  t.same(validate(scriptOf(10)), [])
  const start = performance.now()
  t.match(validate(scriptOf(20_000)), [{ code: 'too-costly', severity: 'error' }])
  t.ok(performance.now() - start < 30_000)
})

t.test('a rule broken everywhere names a few places', async (t) => {
  const entry = Array.from({ length: 1_000 }, () => ({ resource: { resourceType: 'Patient' } }))
  const [issue, ...more] = validate({ resourceType: 'Bundle', type: 'transaction', entry })
  t.same(more, [])
  t.equal(issue?.expression?.length, 11)
})
