/** A referral as a referring EHR sends it: complete unless a test asks for less. All people are made up. */

import { randomUUID } from 'node:crypto'
import type {
  Bundle,
  CodeableConcept,
  FhirResource,
  Observation,
  QuestionnaireResponse,
  Reference,
  ServiceRequest,
} from 'fhir/r4'
import { bloodPressure, condition, daysAgo, failedOxycodone } from './evidence.ts'

export const npiSystem = 'http://hl7.org/fhir/sid/us-npi'
export const referralSystem = 'https://lakeside-family.example/referral'
const staffSystem = 'https://lakeside-family.example/staff'
export const mrnSystem = 'https://lakeside-family.example/mrn'
const screeningForm = 'https://referloop.example/fhir/Questionnaire/ketamine-infusion-screening'

const deliberateDuplicate =
  'https://referloop.example/fhir/StructureDefinition/deliberate-duplicate'

export const npis = {
  'river-pain-clinic': '1234567893',
  'summit-pain-center': '1100000003',
} as const

export const contraindications = [
  'cardiovascular-disease',
  'liver-disease',
  'psychosis',
  'substance-use',
  'intracranial-pressure',
  'glaucoma',
  'pregnancy',
  'ketamine-hypersensitivity',
] as const
type Contraindication = (typeof contraindications)[number]

/** `Y` present, `N` screened and absent; an item that is left out was not asked. */
export type ScreeningAnswers = Partial<Record<Contraindication, 'Y' | 'N'>>

export interface ReferralWishes {
  /** Value of ServiceRequest.identifier; a fresh one by default. */
  readonly identifier?: string
  /** The patient's record number at the referrer; a fresh one by default. */
  readonly mrn?: string
  readonly clinicNpi?: string
  /** Who refers, by the referrer's own number; the same person each time by default. */
  readonly doctor?: string
  readonly answers?: ScreeningAnswers
  /** Items of the form that nobody has answered. */
  readonly unanswered?: readonly Contraindication[]
  /** False leaves the pain scores out. */
  readonly painScores?: boolean
  /** What the patient has; by default a condition that clinics treat with ketamine. */
  readonly condition?: CodeableConcept
  readonly priority?: ServiceRequest['priority']
  /** True for one more open referral of the same patient, on purpose. */
  readonly beside?: boolean
}

type Entry = NonNullable<Bundle<FhirResource>['entry']>[number]

const crps: CodeableConcept = {
  coding: [
    {
      system: 'http://hl7.org/fhir/sid/icd-10-cm',
      code: 'G90.511',
      display: 'Complex regional pain syndrome I of right upper limb',
    },
  ],
}

/** Headache and the like: R52 alone is no condition that the clinics treat. */
export const unspecifiedPain: CodeableConcept = {
  coding: [
    { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'R52', display: 'Pain, unspecified' },
  ],
}

/** A transaction Bundle with the referral and what supports it. */
export function aReferral(wishes: ReferralWishes = {}): Bundle<FhirResource> {
  const patient = entryOf({
    resourceType: 'Patient',
    identifier: [{ system: mrnSystem, value: wishes.mrn ?? randomUUID() }],
    name: [{ family: 'Example', given: ['Robin'] }],
    gender: 'female',
    birthDate: '1978-06-14',
  })
  const doctor = entryOf({
    resourceType: 'Practitioner',
    identifier: [{ system: staffSystem, value: wishes.doctor ?? '17' }],
    name: [{ family: 'Example', given: ['Kim'], prefix: ['Dr'] }],
  })
  const subject: Reference = { reference: patient.fullUrl as string }
  const support = [
    entryOf(condition(subject, wishes.condition ?? crps)),
    entryOf(failedOxycodone(subject, { reference: doctor.fullUrl as string })),
    ...(wishes.painScores === false
      ? []
      : [
          entryOf(painScore(subject, daysAgo(400), 8)),
          entryOf(painScore(subject, daysAgo(325), 7)),
          entryOf(painScore(subject, daysAgo(17), 8)),
        ]),
    entryOf(bloodPressure(subject)),
    entryOf(aForm(subject, formAnswers(wishes))),
  ]
  const request = entryOf({
    resourceType: 'ServiceRequest',
    ...(wishes.beside
      ? { extension: [{ url: deliberateDuplicate, valueString: 'Both are meant' }] }
      : {}),
    identifier: [{ system: referralSystem, value: wishes.identifier ?? randomUUID() }],
    status: 'active',
    intent: 'order',
    priority: wishes.priority ?? 'routine',
    code: {
      coding: [
        {
          system: 'http://snomed.info/sct',
          code: '306265007',
          display: 'Referral to pain management specialist',
        },
      ],
    },
    subject,
    authoredOn: daysAgo(7),
    requester: { reference: doctor.fullUrl as string },
    performer: [
      {
        type: 'Organization',
        identifier: { system: npiSystem, value: wishes.clinicNpi ?? npis['river-pain-clinic'] },
      },
    ],
    supportingInfo: support.map(({ fullUrl }) => ({ reference: fullUrl as string })),
  })
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [patient, request, doctor, ...support],
  }
}

/** The ServiceRequest of a referral that was built above. */
export const requestOf = (bundle: Bundle<FhirResource>): ServiceRequest =>
  resourcesOf(bundle).find(
    ({ resourceType }) => resourceType === 'ServiceRequest',
  ) as ServiceRequest

export const resourcesOf = (bundle: Bundle<FhirResource>): readonly FhirResource[] =>
  (bundle.entry ?? []).flatMap(({ resource }) => resource ?? [])

/** The same referral as one ServiceRequest that contains its support. */
export function asSingle(bundle: Bundle<FhirResource>): ServiceRequest {
  const names = new Map(
    (bundle.entry ?? []).map(({ fullUrl, resource }, i) => [
      fullUrl as string,
      `${resource?.resourceType.toLowerCase()}-${i}`,
    ]),
  )
  const renamed = JSON.parse(
    JSON.stringify(bundle, (key, value: unknown) =>
      key === 'reference' && names.has(value as string) ? `#${names.get(value as string)}` : value,
    ),
  ) as Bundle<FhirResource>
  const contained = (renamed.entry ?? []).flatMap(({ fullUrl, resource }) =>
    resource && resource.resourceType !== 'ServiceRequest'
      ? [{ ...resource, id: names.get(fullUrl as string) as string }]
      : [],
  )
  return { ...requestOf(renamed), contained: contained as FhirResource[] }
}

function formAnswers({ answers = {}, unanswered = [] }: ReferralWishes): ScreeningAnswers {
  const asked = contraindications.filter((item) => !unanswered.includes(item))
  return Object.fromEntries(asked.map((item) => [item, answers[item] ?? 'N']))
}

/** The screening form with these answers, authored lately. */
export const aForm = (
  subject: Reference,
  answers: ScreeningAnswers,
  authored = daysAgo(10),
): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: screeningForm,
  status: 'completed',
  subject,
  authored,
  item: Object.entries(answers).map(([linkId, code]) => ({
    linkId,
    answer: [{ valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v2-0532', code } }],
  })),
})

export const painScore = (subject: Reference, date: string, value: number): Observation => ({
  resourceType: 'Observation',
  status: 'final',
  code: {
    coding: [
      {
        system: 'http://loinc.org',
        code: '72514-3',
        display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported',
      },
    ],
  },
  subject,
  effectiveDateTime: date,
  valueQuantity: {
    value,
    unit: '{score}',
    system: 'http://unitsofmeasure.org',
    code: '{score}',
  },
})

const entryOf = (resource: FhirResource): Entry => ({
  fullUrl: `urn:uuid:${randomUUID()}`,
  resource,
  request: { method: 'POST', url: resource.resourceType },
})
