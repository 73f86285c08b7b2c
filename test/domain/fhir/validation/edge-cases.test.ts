import t from 'tap'
import { parseFhirJson } from '../../../../src/domain/fhir/json.ts'
import { createReferralValidator } from '../../../../src/domain/fhir/validation/referral-validator.ts'
import { plant, validResources } from './valid-resources.ts'

const { validate } = createReferralValidator()

const patient = (more: object) => ({ resourceType: 'Patient', ...more })
const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...more,
})
const absent = {
  extension: [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
      valueCode: 'asked-unknown',
    },
  ],
}
const request = (path: string, value: unknown) => plant(validResources.request(), path, value)
const bundle = (path: string, value: unknown) => plant(validResources.bundle(), path, value)
const searchset = (...entry: object[]) => ({ resourceType: 'Bundle', type: 'searchset', entry })
const repeat = (more: object) => request('occurrenceTiming.repeat', more)

/** Legal, unusual, and each refused by some validator. */
const edgeCases: Readonly<Record<string, object>> = {
  'a resource with only its type': { resourceType: 'Patient' },
  'an extension in the place of a birth date': patient({ _birthDate: absent }),
  'an extension beside a birth date': patient({ birthDate: '1978', _birthDate: absent }),
  'an id on a primitive that has a value': patient({ birthDate: '1978', _birthDate: { id: 'b' } }),
  'an extension in the place of a required status': {
    ...observation({ _status: absent }),
    status: undefined,
  },
  'an extension in the place of a required code': {
    resourceType: 'Condition',
    clinicalStatus: absent,
    subject: { reference: 'Patient/1' },
  },
  'null in an array whose extension stands beside it': patient({
    name: [{ given: ['Oona', null], _given: [null, absent] }],
  }),
  'null in the array of extensions': patient({
    name: [{ given: ['Oona', 'Marit'], _given: [absent, null] }],
  }),
  'fewer extensions than values': patient({ name: [{ given: ['A', 'B', 'C'], _given: [absent] }] }),
  'an undefined member': patient({ gender: undefined }),
  'a leap second': observation({ effectiveInstant: '2016-12-31T23:59:60Z' }),
  'a leap day': patient({ birthDate: '2000-02-29' }),
  'a year, and a month': patient({ birthDate: '1978', deceasedDateTime: '2020-05' }),
  'a fraction of a second of nine digits': observation({
    issued: '2026-02-20T09:00:00.123456789Z',
  }),
  'an offset of 14 hours': observation({ effectiveDateTime: '2026-02-20T09:00:00+14:00' }),
  'a period of one day, of mixed precision': observation({
    effectivePeriod: { start: '2026-02-20T09:00:00Z', end: '2026-02-20' },
  }),
  'a period with an open end': observation({ effectivePeriod: { start: '2026-02-20' } }),
  'a period across time zones': observation({
    effectivePeriod: { start: '2026-02-20T10:00:00+02:00', end: '2026-02-20T09:00:00Z' },
  }),
  'a logical reference': request('subject', { identifier: { value: '1' }, type: 'Patient' }),
  'a reference with nothing but a display': request('subject', { display: 'a patient' }),
  'a versioned reference': request('subject.reference', 'Patient/1/_history/3'),
  'an absolute reference': request('subject.reference', 'https://ehr.example/fhir/Patient/1'),
  'an absolute reference that is not RESTful': request(
    'subject.reference',
    'https://ehr.example/p?id=1',
  ),
  'a conditional reference': bundle(
    'entry[1].resource.requester.reference',
    'Practitioner?identifier=1',
  ),
  'a urn: outside any Bundle': request(
    'subject.reference',
    'urn:uuid:0f0c9d9e-1111-4000-8000-000000000000',
  ),
  'an unresolved urn: in a search result': searchset({
    resource: request('subject.reference', 'urn:uuid:0f0c9d9e-1111-4000-8000-000000000000'),
  }),
  'a type named by its canonical URL': request(
    'subject.type',
    'http://hl7.org/fhir/StructureDefinition/Patient',
  ),
  'a contained resource that refers upward': {
    resourceType: 'Encounter',
    status: 'finished',
    class: { code: 'AMB' },
    contained: [
      {
        resourceType: 'Condition',
        id: 'c',
        subject: { reference: 'Patient/1' },
        encounter: { reference: '#' },
      },
    ],
  },
  'a contained resource referred to by a uri': {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: '#form',
    contained: [{ resourceType: 'Questionnaire', id: 'form', status: 'active' }],
  },
  'a quantity with a comparator': observation({ valueQuantity: { value: 5, comparator: '<' } }),
  'a quantity in words': observation({ valueQuantity: { value: 5, unit: 'points' } }),
  'a range across units that is in order': observation({
    referenceRange: [
      {
        low: { value: 500, system: 'http://unitsofmeasure.org', code: 'mg' },
        high: { value: 1, system: 'http://unitsofmeasure.org', code: 'g' },
      },
    ],
  }),
  'a second coding of a local system': {
    resourceType: 'Condition',
    subject: { reference: 'Patient/1' },
    clinicalStatus: {
      coding: [
        { system: 'http://local.example', code: 'A' },
        { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' },
      ],
    },
  },
  'an unknown extension with a complex value': request('extension', [
    {
      url: 'http://example.org/a',
      extension: [{ url: 'part', valueReference: { reference: 'Patient/1' } }],
    },
  ]),
  'a modifier extension': request('modifierExtension', [
    { url: 'http://example.org/m', valueBoolean: true },
  ]),
  'base64 with white space': {
    resourceType: 'Binary',
    contentType: 'text/plain; charset=utf-8',
    data: 'YWJj\nZGVm\r\n',
  },
  'a narrative with a table, entities and an image': request(
    'text.div',
    '\n<div xmlns="http://www.w3.org/1999/xhtml" lang="en"><!-- a remark --><table><tr><td colspan="2">5 &lt; 6 &#160; &amp;</td></tr></table><br/><img src="#p" alt="x"/></div> ',
  ),
  'text in other scripts, with line breaks': patient({ name: [{ text: '山田\n太郎 😀' }] }),
  'a timing by events': repeat({ when: ['MORN', 'HS'], frequency: 1 }),
  'a time of day': repeat({ timeOfDay: ['08:00:00'], dayOfWeek: ['mon'] }),
  'an operation outcome in a response': {
    resourceType: 'Bundle',
    type: 'transaction-response',
    entry: [
      {
        response: {
          status: '201',
          outcome: {
            resourceType: 'OperationOutcome',
            issue: [{ severity: 'information', code: 'informational' }],
          },
        },
      },
    ],
  },
  'an empty Bundle': { resourceType: 'Bundle', type: 'collection' },
  'a history with two versions under one fullUrl': {
    resourceType: 'Bundle',
    type: 'history',
    entry: ['1', '2'].map((versionId) => ({
      fullUrl: 'https://ehr.example/fhir/Patient/1',
      resource: { resourceType: 'Patient', id: '1', meta: { versionId } },
      request: { method: 'PUT', url: 'Patient/1' },
      response: { status: '200' },
    })),
  },
  'decimals of any length': observation({
    valueQuantity: parseFhirJson('{"value":1.10000000000000000000000001}') as object,
  }),
  'a decimal that is whole': observation({
    valueQuantity: parseFhirJson('{"value":1.0}') as object,
  }),
}

t.test('what is legal passes', async (t) => {
  for (const [title, resource] of Object.entries(edgeCases)) t.same(validate(resource), [], title)
})

t.test('there are at least 28 of them', async (t) => {
  t.ok(Object.keys(edgeCases).length >= 28)
})

t.test('a whole decimal is no integer, and no number is too large for a double', async (t) => {
  const expressions = (text: string) =>
    validate(parseFhirJson(text)).map(({ expression }) => expression?.[0])
  t.same(expressions('{"resourceType":"Patient","multipleBirthInteger":2}'), [])
  for (const wrong of ['2.0', '2e0', '-0'])
    t.same(
      expressions(`{"resourceType":"Patient","multipleBirthInteger":${wrong}}`),
      ['Patient.multipleBirth.ofType(integer)'],
      wrong,
    )
  const quantity = (value: string) =>
    expressions(
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}}`,
    )
  for (const right of ['1.10', '-0', '1e3', '0.00', '1E-20', '12345678901234567890.5'])
    t.same(quantity(right), [], right)
  for (const wrong of ['1e999', '-1e999', '1e-999', '0e-99999'])
    t.same(quantity(wrong), ['Observation.value.ofType(Quantity).value'], wrong)
})
