/**
 * Made-up referrals of known size for measurements. No patient in them exists.
 *
 * Each number gives another patient and another referral; the same number gives the same bytes.
 */
import { createHash } from 'node:crypto'
import type { Bundle, CodeableConcept, FhirResource, Observation, ServiceRequest } from 'fhir/r4'

type Entry = NonNullable<Bundle<FhirResource>['entry']>[number]

const icd10 = 'http://hl7.org/fhir/sid/icd-10-cm'
const snomed = 'http://snomed.info/sct'
const loinc = 'http://loinc.org'
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'
const ucum = 'http://unitsofmeasure.org'
const npi = 'http://hl7.org/fhir/sid/us-npi'
const treatmentOutcome = 'https://referloop.example/fhir/CodeSystem/treatment-outcome'
const terminology = 'http://terminology.hl7.org/CodeSystem'

const crps = concept(icd10, 'G90.511', 'Complex regional pain syndrome I of right upper limb')

/** A transaction Bundle of 19 KB and 19 entries that meets the ketamine infusion policy. */
export function referralBundle(number = 0): Bundle<FhirResource> {
  return transaction(number, referralResources(number))
}

/** A referral with years of pain scores and notes: about 1 MB. */
export function largeReferralBundle(number = 0): Bundle<FhirResource> {
  const resources = referralResources(number)
  for (let week = 0; week < 1_350; week++) {
    const day = dayAfter('2000-01-03', week * 7)
    resources[`history-${week}`] = {
      ...painScore(number, day, 5 + (week % 5)),
      note: [{ text: `Weekly diary entry ${week}: burning pain of the right hand, sleep broken.` }],
    }
  }
  return transaction(number, resources)
}

/** A ServiceRequest of 2 KB that needs no other resource. */
export function serviceRequest(number = 0): ServiceRequest {
  return {
    ...request(number),
    id: uuid(number, 'request'),
    meta: { versionId: '1', lastUpdated: '2026-03-02T15:04:05.123Z' },
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Referral</b> to River Pain Clinic for ketamine infusion: complex regional pain syndrome I, failed oxycodone and gabapentin.</p></div>',
    },
    subject: { reference: `Patient/${uuid(number, 'patient')}`, display: 'Oona Benitez' },
    requester: { reference: `Practitioner/${uuid(number, 'practitioner')}` },
    supportingInfo: ['oxycodone', 'gabapentin', 'pain-now'].map((name) => ({
      reference: `Observation/${uuid(number, name)}`,
    })),
    reasonReference: [{ reference: `Condition/${uuid(number, 'crps')}` }],
    occurrencePeriod: { start: '2026-03-09', end: '2026-06-01' },
    locationCode: [concept(`${terminology}/v3-RoleCode`, 'PC', 'Primary care clinic')],
    patientInstruction: 'Bring a list of all medicines and someone who can drive you home.',
  }
}

function request(number: number): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    identifier: [{ system: 'https://lakeside-family.example/referral', value: `REF-B${number}` }],
    status: 'active',
    intent: 'order',
    category: [concept(snomed, '3457005', 'Patient referral')],
    priority: 'routine',
    code: concept(snomed, '306265007', 'Referral to pain management specialist'),
    subject: reference(number, 'patient'),
    authoredOn: '2026-03-02',
    requester: reference(number, 'practitioner'),
    performer: [
      {
        type: 'Organization',
        identifier: { system: npi, value: '1234567893' },
        display: 'River Pain Clinic',
      },
    ],
    reasonCode: [crps],
    note: [
      {
        time: '2026-03-02T10:30:00-06:00',
        text: 'Pain since a distal radius fracture in 2023. Oxycodone to 60 MME a day, gabapentin, duloxetine and physical therapy brought no lasting relief. Asks whether ketamine infusion could help.',
      },
    ],
  }
}

function referralResources(number: number): Record<string, FhirResource> {
  const subject = reference(number, 'patient')
  const recorder = reference(number, 'practitioner')
  const supporting = [
    'crps',
    'fracture',
    'oxycodone',
    'gabapentin',
    'duloxetine',
    'therapy',
    'pain-before',
    'pain-after',
    'pain-now',
    'blood-pressure',
    'alt',
    'ast',
    'allergies',
    'note',
    'screening',
  ]
  return {
    patient: {
      resourceType: 'Patient',
      identifier: [{ system: 'https://lakeside-family.example/mrn', value: `LF-B${number}` }],
      name: [{ use: 'official', family: 'Benitez', given: ['Oona', 'Marit'] }],
      telecom: [{ system: 'phone', value: '+1 555 0100', use: 'mobile' }],
      gender: 'female',
      birthDate: '1978-06-14',
      address: [{ line: ['12 Shore Road'], city: 'Lakeside', state: 'MN', postalCode: '55000' }],
    },
    request: {
      ...request(number),
      supportingInfo: supporting.map((name) => reference(number, name)),
    },
    organization: {
      resourceType: 'Organization',
      identifier: [{ system: npi, value: '1245319599' }],
      name: 'Lakeside Family Medicine',
    },
    practitioner: {
      resourceType: 'Practitioner',
      identifier: [{ system: npi, value: '1679576722' }],
      name: [{ family: 'Okafor', given: ['Ngozi'], prefix: ['Dr'] }],
    },
    crps: {
      resourceType: 'Condition',
      ...problem('active'),
      code: {
        coding: [
          ...(crps.coding ?? []),
          {
            system: snomed,
            code: '734947007',
            display: 'Complex regional pain syndrome type I (disorder)',
          },
        ],
        text: 'CRPS I of the right hand',
      },
      subject,
      onsetDateTime: '2023-12-03',
      recordedDate: '2023-12-03',
      recorder,
      note: [
        {
          text: 'Budapest criteria met: allodynia, colour change, swelling, reduced range of motion.',
        },
      ],
    },
    fracture: {
      resourceType: 'Condition',
      ...problem('resolved'),
      code: concept(
        icd10,
        'S52.501S',
        'Unspecified fracture of the lower end of right radius, sequela',
      ),
      subject,
      onsetDateTime: '2023-09-18',
      abatementDateTime: '2023-11-20',
      recordedDate: '2023-09-18',
      recorder,
    },
    oxycodone: {
      resourceType: 'MedicationRequest',
      status: 'stopped',
      intent: 'order',
      statusReason: concept(treatmentOutcome, 'ineffective', 'Ineffective'),
      medicationCodeableConcept: concept(
        rxnorm,
        '1049683',
        'oxycodone hydrochloride 10 MG Oral Tablet',
      ),
      subject,
      authoredOn: '2025-01-26',
      requester: recorder,
      reasonCode: [crps],
      dosageInstruction: [
        {
          text: '10 mg every 6 hours (4 tablets a day)',
          timing: {
            repeat: {
              boundsPeriod: { start: '2025-01-26', end: '2025-04-26' },
              frequency: 4,
              period: 1,
              periodUnit: 'd',
            },
          },
          route: concept(snomed, '26643006', 'Oral route'),
          doseAndRate: [{ doseQuantity: { value: 1, unit: 'tablet' } }],
        },
      ],
      dispenseRequest: {
        numberOfRepeatsAllowed: 0,
        quantity: { value: 120, unit: 'tablet' },
        expectedSupplyDuration: { value: 30, unit: 'day', system: ucum, code: 'd' },
      },
    },
    gabapentin: {
      ...triedMedicine(number, '310431', 'gabapentin 300 MG Oral Capsule'),
      effectivePeriod: { start: '2024-02-01', end: '2024-08-01' },
    },
    duloxetine: {
      ...triedMedicine(number, '596934', 'duloxetine 60 MG Delayed Release Oral Capsule'),
      effectivePeriod: { start: '2024-08-15', end: '2025-01-10' },
    },
    therapy: {
      resourceType: 'Procedure',
      status: 'completed',
      code: concept(snomed, '91251008', 'Physical therapy procedure (regime/therapy)'),
      subject,
      performedPeriod: { start: '2024-01-08', end: '2024-06-28' },
      recorder,
      reasonCode: [crps],
      outcome: concept(treatmentOutcome, 'inadequate-relief', 'Inadequate relief'),
      note: [{ text: '24 sessions with mirror therapy and graded motor imagery.' }],
    },
    'pain-before': painScore(number, '2025-01-21', 8),
    'pain-after': painScore(number, '2025-04-06', 7),
    'pain-now': painScore(number, '2026-02-20', 8),
    'blood-pressure': {
      ...observation(
        number,
        '85354-9',
        'Blood pressure panel with all children optional',
        '2026-02-20',
      ),
      component: [
        component('8480-6', 'Systolic blood pressure', 124),
        component('8462-4', 'Diastolic blood pressure', 78),
      ],
    },
    alt: enzyme(
      number,
      '1742-6',
      'Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
      22,
    ),
    ast: enzyme(
      number,
      '1920-8',
      'Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
      19,
    ),
    allergies: {
      resourceType: 'AllergyIntolerance',
      clinicalStatus: concept(`${terminology}/allergyintolerance-clinical`, 'active'),
      verificationStatus: concept(`${terminology}/allergyintolerance-verification`, 'confirmed'),
      code: concept(snomed, '409137002', 'No known drug allergy (situation)'),
      patient: subject,
      recordedDate: '2026-02-20',
      recorder,
    },
    note: {
      resourceType: 'DocumentReference',
      status: 'current',
      type: concept(loinc, '11506-3', 'Progress note'),
      subject,
      date: '2026-02-20T16:40:00-06:00',
      author: [recorder],
      description: 'Visit note of 20 February 2026',
      content: [
        {
          attachment: {
            contentType: 'text/plain',
            language: 'en',
            data: Buffer.from(visitNote).toString('base64'),
            title: 'Visit note',
            creation: '2026-02-20T16:40:00-06:00',
          },
        },
      ],
    },
    screening: {
      resourceType: 'QuestionnaireResponse',
      questionnaire: 'https://referloop.example/fhir/Questionnaire/ketamine-infusion-screening',
      status: 'completed',
      subject,
      authored: '2026-02-27',
      author: recorder,
      item: [
        ...screeningItems.map(([linkId, text]) => ({
          linkId,
          text,
          answer: [{ valueCoding: { system: `${terminology}/v2-0532`, code: 'N', display: 'No' } }],
        })),
        {
          linkId: 'failed-opioid-therapy',
          text: 'How did opioid therapy end?',
          answer: [
            {
              valueCoding: {
                system: treatmentOutcome,
                code: 'ineffective',
                display: 'Ineffective',
              },
            },
          ],
        },
      ],
    },
  }
}

const screeningItems = [
  ['cardiovascular-disease', 'Poorly controlled cardiovascular disease?'],
  ['liver-disease', 'Severe liver disease?'],
  ['psychosis', 'Poorly controlled psychosis?'],
  ['substance-use', 'Active substance use disorder?'],
  ['intracranial-pressure', 'Raised intracranial pressure?'],
  ['glaucoma', 'Glaucoma or raised eye pressure?'],
  ['pregnancy', 'Pregnancy?'],
  ['ketamine-hypersensitivity', 'Hypersensitivity to ketamine?'],
  ['planned-surgery', 'Is surgery planned?'],
] as const

const visitNote = `Reason for visit: burning pain of the right hand and forearm for more than two years.
History: distal radius fracture in September 2023, cast for six weeks; from December 2023 allodynia,
colour change, swelling and stiffness. Complex regional pain syndrome type I by the Budapest criteria.
Tried so far: physical therapy with mirror therapy, 24 sessions; gabapentin to 2,400 mg a day for six
months; duloxetine 60 mg a day for five months; oxycodone 40 mg a day for 90 days, pain 8 to 7.
Examination: right hand warmer by 1.5 degrees, mottled, grip 9 kg against 27 kg. Blood pressure 124/78.
Assessment: refractory pain, function poor, no contraindication to ketamine known.
Plan: refer for evaluation of ketamine infusion therapy; follow-up in four weeks.`

function problem(clinicalStatus: 'active' | 'resolved') {
  return {
    clinicalStatus: concept(`${terminology}/condition-clinical`, clinicalStatus),
    verificationStatus: concept(`${terminology}/condition-ver-status`, 'confirmed'),
    category: [concept(`${terminology}/condition-category`, 'problem-list-item')],
  }
}

function triedMedicine(number: number, code: string, display: string) {
  return {
    resourceType: 'MedicationStatement' as const,
    status: 'stopped' as const,
    statusReason: [concept(treatmentOutcome, 'ineffective', 'Ineffective')],
    medicationCodeableConcept: concept(rxnorm, code, display),
    subject: reference(number, 'patient'),
    dateAsserted: '2026-02-20',
    informationSource: reference(number, 'practitioner'),
    reasonCode: [crps],
  }
}

function observation(number: number, code: string, display: string, day: string): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: concept(loinc, code, display),
    subject: reference(number, 'patient'),
    effectiveDateTime: day,
  }
}

function painScore(number: number, day: string, score: number): Observation {
  const display = 'Pain severity - 0-10 verbal numeric rating [Score] - Reported'
  return {
    ...observation(number, '72514-3', display, day),
    category: [concept(`${terminology}/observation-category`, 'survey', 'Survey')],
    performer: [reference(number, 'practitioner')],
    valueQuantity: { value: score, unit: '{score}', system: ucum, code: '{score}' },
  }
}

function enzyme(number: number, code: string, display: string, value: number): Observation {
  return {
    ...observation(number, code, display, '2026-02-20'),
    category: [concept(`${terminology}/observation-category`, 'laboratory', 'Laboratory')],
    valueQuantity: { value, unit: 'U/L', system: ucum, code: 'U/L' },
    referenceRange: [{ high: { value: 40, unit: 'U/L', system: ucum, code: 'U/L' } }],
  }
}

function component(code: string, display: string, value: number) {
  return {
    code: concept(loinc, code, display),
    valueQuantity: { value, unit: 'mm[Hg]', system: ucum, code: 'mm[Hg]' },
  }
}

function transaction(
  number: number,
  resources: Record<string, FhirResource>,
): Bundle<FhirResource> {
  const entry = Object.entries(resources).map(
    ([name, resource]): Entry => ({
      fullUrl: `urn:uuid:${uuid(number, name)}`,
      resource,
      request: { method: 'POST', url: resource.resourceType },
    }),
  )
  return { resourceType: 'Bundle', type: 'transaction', entry }
}

function concept(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [{ system, code, ...(display ? { display } : {}) }] }
}

function reference(number: number, name: string) {
  return { reference: `urn:uuid:${uuid(number, name)}` }
}

function uuid(number: number, name: string): string {
  const hex = createHash('sha256').update(`${number} ${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}
