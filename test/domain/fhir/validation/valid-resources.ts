/** Valid resources, one fault each is planted in. */
import { referralBundle, serviceRequest } from '../../../../bench/payloads.ts'

const ucum = 'http://unitsofmeasure.org'
const terminology = 'http://terminology.hl7.org/CodeSystem'

const task = {
  resourceType: 'Task',
  status: 'accepted',
  businessStatus: { text: 'awaiting scheduling' },
  intent: 'order',
  focus: { reference: 'ServiceRequest/1', type: 'ServiceRequest' },
  for: { reference: 'Patient/1' },
  authoredOn: '2026-03-02T09:00:00Z',
  lastModified: '2026-03-04T09:00:00Z',
  owner: { type: 'Organization', identifier: { value: '1234567893' } },
  restriction: { period: { start: '2026-03-02', end: '2026-06-02' } },
  output: [{ type: { text: 'check-result' }, valueReference: { reference: 'GuidanceResponse/1' } }],
}

const guidance = {
  resourceType: 'GuidanceResponse',
  status: 'data-required',
  moduleCanonical: 'https://referloop.example/fhir/PlanDefinition/ketamine-infusion-referral|1.0.0',
  occurrenceDateTime: '2026-03-02',
  subject: { reference: 'Patient/1' },
  contained: [
    {
      resourceType: 'Parameters',
      id: 'result',
      parameter: [
        { name: 'overall', valueCode: 'incomplete' },
        { name: 'criterion', part: [{ name: 'id', valueCode: 'glaucoma' }] },
      ],
    },
  ],
  outputParameters: { reference: '#result' },
  dataRequirement: [
    {
      type: 'QuestionnaireResponse',
      dateFilter: [{ path: 'authored', valuePeriod: { start: '2025-12-02' } }],
      codeFilter: [{ path: 'code', code: [{ code: 'glaucoma' }] }],
    },
  ],
}

const appointment = {
  resourceType: 'Appointment',
  status: 'booked',
  start: '2026-03-20T15:00:00Z',
  end: '2026-03-20T16:00:00Z',
  basedOn: [{ reference: 'ServiceRequest/1' }],
  participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }],
}

const observation = {
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: `${terminology}/observation-category`, code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  subject: { reference: 'Patient/1' },
  effectivePeriod: { start: '2026-02-20T08:00:00-06:00', end: '2026-02-20T08:05:00-06:00' },
  issued: '2026-02-20T09:00:00.000-06:00',
  referenceRange: [
    {
      low: { value: 90, unit: 'mm[Hg]', system: ucum, code: 'mm[Hg]' },
      high: { value: 120, unit: 'mm[Hg]', system: ucum, code: 'mm[Hg]' },
      age: {
        low: { value: 18, unit: 'a', system: ucum, code: 'a' },
        high: { value: 65, unit: 'a', system: ucum, code: 'a' },
      },
    },
  ],
  valueQuantity: { value: 5, comparator: '<', unit: 'mm[Hg]', system: ucum, code: 'mm[Hg]' },
  component: [
    {
      code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
      valueRatio: { numerator: { value: 1 }, denominator: { value: 128 } },
    },
  ],
}

const questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  item: [
    {
      linkId: 'history',
      type: 'group',
      item: [
        { linkId: 'glaucoma', type: 'boolean' },
        {
          linkId: 'pressure',
          type: 'decimal',
          enableWhen: [{ question: 'glaucoma', operator: 'exists', answerBoolean: true }],
        },
        {
          linkId: 'drug',
          type: 'choice',
          answerOption: [{ valueCoding: { code: 'a' } }, { valueCoding: { code: 'b' } }],
        },
        { linkId: 'thanks', type: 'display', text: 'Thank you.' },
        { linkId: 'remark', type: 'string', maxLength: 200, initial: [{ valueString: 'none' }] },
      ],
    },
  ],
}

const request = {
  ...serviceRequest(),
  occurrencePeriod: undefined,
  occurrenceTiming: {
    repeat: {
      boundsPeriod: { start: '2026-03-09', end: '2026-06-01' },
      frequency: 1,
      period: 2,
      periodUnit: 'wk',
      duration: 40,
      durationUnit: 'min',
      when: ['MORN'],
      offset: 30,
    },
  },
  orderDetail: [{ text: 'sub-anaesthetic dose' }],
  quantityRange: {
    low: { value: 4, unit: '1' },
    high: { value: 6, unit: '1' },
  },
  relevantHistory: [{ reference: 'Provenance/1' }],
  insurance: [{ reference: '#cover' }],
  contained: [
    {
      resourceType: 'Coverage',
      id: 'cover',
      status: 'active',
      beneficiary: { reference: `Patient/1` },
      payor: [{ reference: '#payer' }],
    },
    { resourceType: 'Organization', id: 'payer', name: 'North Health Plan' },
  ],
}

const consent = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: `${terminology}/consentscope`, code: 'treatment' }] },
  category: [{ text: 'sharing' }],
  policyRule: { text: 'opt-in' },
}

const list = {
  resourceType: 'List',
  status: 'current',
  mode: 'working',
  entry: [{ date: '2026-01-01', item: { reference: 'Condition/1' } }],
}

const family = {
  resourceType: 'FamilyMemberHistory',
  status: 'completed',
  patient: { reference: 'Patient/1' },
  relationship: { text: 'mother' },
  ageAge: { value: 71, unit: 'a', system: ucum, code: 'a' },
  estimatedAge: true,
}

const careTeam = {
  resourceType: 'CareTeam',
  participant: [
    { member: { reference: 'Practitioner/1' }, onBehalfOf: { reference: 'Organization/1' } },
  ],
}

export const validResources = {
  bundle: () => referralBundle(),
  request: () => structuredClone(request),
  task: () => structuredClone(task),
  guidance: () => structuredClone(guidance),
  appointment: () => structuredClone(appointment),
  observation: () => structuredClone(observation),
  questionnaire: () => structuredClone(questionnaire),
  consent: () => structuredClone(consent),
  list: () => structuredClone(list),
  family: () => structuredClone(family),
  careTeam: () => structuredClone(careTeam),
} as const satisfies Record<string, () => object>

export type ValidResource = keyof typeof validResources

/** Puts a value where a path such as `entry[1].resource.status` leads; undefined takes it away. */
export function plant(resource: object, path: string, value: unknown): object {
  const steps = path.match(/[^.[\]]+/g) ?? []
  const last = steps.pop() as string
  let holder = resource as Record<string, unknown>
  for (const step of steps) {
    if (typeof holder[step] !== 'object') throw new Error(`Nothing at ${step} of ${path}`)
    holder = holder[step] as Record<string, unknown>
  }
  if (value === undefined) delete holder[last]
  else holder[last] = value
  return resource
}
