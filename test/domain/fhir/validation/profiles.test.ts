import { readFileSync } from 'node:fs'
import t from 'tap'
import { referralBundle, serviceRequest } from '../../../../bench/payloads.ts'
import type { Definitions } from '../../../../src/domain/fhir/validation/definitions.ts'
import { createReferralValidator } from '../../../../src/domain/fhir/validation/referral-validator.ts'
import { createValidator } from '../../../../src/domain/fhir/validation/validator.ts'
import { plant, validResources } from './valid-resources.ts'

const base = 'https://referloop.example/fhir/StructureDefinition'
const referral = `${base}/referral-servicerequest`
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../schemas/${name}`, import.meta.url), 'utf8'))
const definitions: Definitions = read('r4/definitions.json')
const { validate } = createReferralValidator()

const found = (resource: unknown, profile: string) =>
  validate(resource, { profile }).map(({ code, expression }) => [code, expression?.[0]])

t.test('a referral meets its profile', async (t) => {
  t.same(validate(serviceRequest(), { profile: referral }), [])
  t.same(validate(serviceRequest(), { profile: `${referral}|1.0.0` }), [])
})

t.test('the profile asks for what a referral needs', async (t) => {
  for (const element of ['identifier', 'code', 'authoredOn', 'requester', 'performer'])
    t.same(
      found(plant(serviceRequest(), element, undefined), referral),
      [['required', `ServiceRequest.${element}`]],
      element,
    )
  const faults = [
    ['status', 'draft', 'code-invalid', 'ServiceRequest.status'],
    ['intent', 'option', 'code-invalid', 'ServiceRequest.intent'],
    ['subject', { reference: 'Group/1' }, 'value', 'ServiceRequest.subject'],
    ['subject', { type: 'Group', display: 'x' }, 'value', 'ServiceRequest.subject'],
  ] as const
  for (const [path, value, code, at] of faults)
    t.same(found(plant(serviceRequest(), path, value), referral), [[code, at]], `${path} ${code}`)
})

t.test('an extension in the place of a value is there', async (t) => {
  const absent = { extension: [{ url: 'http://example.org/unknown', valueBoolean: true }] }
  const request = { ...serviceRequest(), authoredOn: undefined, _authoredOn: absent }
  t.same(validate(request, { profile: referral }), [])
})

t.test('without the profile its rules do not apply, unless the resource claims it', async (t) => {
  const request = plant(serviceRequest(), 'requester', undefined)
  t.same(validate(request), [])
  t.equal(validate(plant(request, 'meta', { profile: [referral] })).length, 1)
  t.same(validate(plant(request, 'meta', { profile: ['http://other.example/p'] })), [])
})

t.test('a resource in a Bundle can be held to a profile where it stands', async (t) => {
  const bundle = referralBundle()
  const request = bundle.entry?.[1]?.resource
  const options = { profile: (each: object) => (each === request ? referral : undefined) }
  t.same(validate(bundle, options), [])
  plant(bundle, 'entry[1].resource.code', undefined)
  t.match(validate(bundle, options), [{ expression: ['Bundle.entry[1].resource.code'] }])
})

t.test('a profile of another type is refused', async (t) => {
  t.same(found(validResources.task(), referral), [['structure', 'Task']])
})

t.test('the Task of a referral has a focus, an owner and a business status', async (t) => {
  const profile = `${base}/referral-task`
  t.same(found(validResources.task(), profile), [])
  for (const element of ['businessStatus', 'focus', 'owner'])
    t.same(found(plant(validResources.task(), element, undefined), profile), [
      ['required', `Task.${element}`],
    ])
  t.same(found(plant(validResources.task(), 'focus', { reference: 'Condition/1' }), profile), [
    ['value', 'Task.focus'],
  ])
})

t.test(
  'the published profiles are valid R4, and their snapshots hold what they change',
  async (t) => {
    for (const name of ['referral-servicerequest', 'referral-task']) {
      const profile = read(`StructureDefinition-${name}.json`)
      t.same(validate(profile, { type: 'StructureDefinition' }), [], name)
      for (const change of profile.differential.element) {
        const merged = profile.snapshot.element.find(({ id }: { id: string }) => id === change.id)
        t.match(merged, change, change.id)
      }
    }
    for (const name of ['referral-request-status', 'referral-request-intent'])
      t.same(validate(read(`ValueSet-${name}.json`), { type: 'ValueSet' }), [], name)
  },
)

const observation = {
  url: 'http://example.org/vitals',
  type: 'Observation',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
  differential: {
    element: [
      { id: 'Observation', path: 'Observation' },
      { id: 'Observation.status', path: 'Observation.status', fixedCode: 'final' },
      {
        id: 'Observation.code',
        path: 'Observation.code',
        patternCodeableConcept: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
      },
      { id: 'Observation.value[x]', path: 'Observation.value[x]', type: [{ code: 'Quantity' }] },
      { id: 'Observation.value[x].unit', path: 'Observation.value[x].unit', min: 1 },
      { id: 'Observation.note', path: 'Observation.note', max: '0' },
      {
        id: 'Observation.method',
        path: 'Observation.method',
        constraint: [{ key: 'm-1', severity: 'error', human: 'text', expression: 'text.exists()' }],
      },
      { id: 'Observation.identifier', path: 'Observation.identifier', min: 1 },
      {
        id: 'Observation.identifier:lab',
        path: 'Observation.identifier',
        sliceName: 'lab',
        min: 1,
        max: '1',
      },
      {
        id: 'Observation.identifier:lab.system',
        path: 'Observation.identifier.system',
        fixedUri: 'http://lab.example',
      },
      {
        id: 'Observation.identifier:lab.value',
        path: 'Observation.identifier.value',
        min: 1,
      },
    ],
  },
}

t.test('fixed values, patterns, types, slices and constraints of a profile hold', async (t) => {
  const validator = createValidator(definitions, [observation])
  const right = {
    resourceType: 'Observation',
    status: 'final',
    identifier: [{ system: 'http://other.example' }, { system: 'http://lab.example', value: '1' }],
    code: {
      coding: [{ code: 'x' }, { system: 'http://loinc.org', code: '85354-9', display: 'BP' }],
    },
    valueQuantity: { value: 1, unit: 'mm' },
    method: { text: 'cuff' },
  }
  const broken = (path: string, value: unknown) =>
    validator
      .validate(plant(structuredClone(right), path, value), { profile: observation.url })
      .map(({ code, expression }) => [code, expression?.[0]])
  t.same(broken('subject', undefined), [])
  t.same(broken('status', 'amended'), [['value', 'Observation.status']])
  t.same(broken('code.coding[1].code', '1'), [['value', 'Observation.code']])
  t.same(broken('valueQuantity.unit', undefined), [
    ['required', 'Observation.value.ofType(Quantity).unit'],
  ])
  t.same(broken('note', [{ text: 'x' }]), [['structure', 'Observation.note']])
  t.same(broken('method', { coding: [{ code: 'x' }] }), [['invariant', 'Observation.method']])
  t.same(broken('identifier[1].system', 'x'), [['required', 'Observation.identifier']])
  t.same(broken('identifier[1].value', undefined), [
    ['required', 'Observation.identifier[1].value'],
  ])
  t.same(broken('identifier[0].system', 'http://lab.example'), [
    ['structure', 'Observation.identifier'],
    ['required', 'Observation.identifier[0].value'],
  ])
  const text = plant(structuredClone(right), 'valueQuantity', undefined)
  t.match(validator.validate(plant(text, 'valueString', 'x'), { profile: observation.url }), [
    { code: 'value', expression: ['Observation.value.ofType(string)'] },
  ])
})

t.test('a profile builds on another', async (t) => {
  const narrower = {
    url: 'http://example.org/narrower',
    type: 'Observation',
    baseDefinition: observation.url,
    differential: { element: [{ id: 'Observation.subject', path: 'Observation.subject', min: 1 }] },
  }
  const validator = createValidator(definitions, [narrower, observation])
  const issues = validator.validate(
    { resourceType: 'Observation', status: 'amended', code: { text: 'x' } },
    { profile: narrower.url },
  )
  t.same(
    issues.map(({ expression }) => expression?.[0]),
    [
      'Observation.status',
      'Observation.code',
      'Observation.identifier',
      'Observation.identifier',
      'Observation.subject',
    ],
  )
})

t.test('a profile that is not well formed stops the start', async (t) => {
  const wrong = (element: object) => ({
    ...observation,
    differential: { element: [element as { path: string }] },
  })
  const faults = [
    { id: 'Observation.colour', path: 'Observation.colour', min: 1 },
    { id: 'Observation.code.text', path: 'Observation.code.text', min: 1 },
    { id: 'Observation', path: 'Observation', constraint: [] },
    {
      id: 'Observation.status',
      path: 'Observation.status',
      binding: { strength: 'required', valueSet: 'http://example.org/none' },
    },
  ]
  for (const fault of faults) t.throws(() => createValidator(definitions, [wrong(fault)]), fault.id)
})
