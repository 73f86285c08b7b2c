/** A hook call and its answer, as the documentation shows them. Nobody in them is real. */

const base = 'https://referloop.example'
const id = 'ketamine-infusion-referral'

export const cdsServicesExample = {
  services: [
    {
      hook: 'order-sign',
      id,
      title: 'Referral to ketamine infusion for chronic pain: is the order complete?',
      description: 'Checks an order for River Pain Clinic as the clinic will.',
      usageRequirements: 'The organisation is registered with this service.',
      prefetch: {
        patient: 'Patient/{{context.patientId}}',
        condition: 'Condition?patient={{context.patientId}}',
        allergyIntolerance: 'AllergyIntolerance?patient={{context.patientId}}',
      },
    },
  ],
}

const order = {
  resourceType: 'ServiceRequest',
  id: 'order-1',
  status: 'draft',
  intent: 'order',
  code: {
    coding: [
      {
        system: 'http://snomed.info/sct',
        code: '306265007',
        display: 'Referral to pain management specialist',
      },
    ],
  },
  subject: { reference: 'Patient/patient-1' },
  authoredOn: '2026-03-02',
  performer: [
    {
      type: 'Organization',
      identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' },
    },
  ],
}

export const hookCall = {
  hook: 'order-sign',
  hookInstance: 'b7e4a1c2-5d0f-4a86-9c3e-1f2a3b4c5d6e',
  context: {
    userId: 'Practitioner/practitioner-1',
    patientId: 'patient-1',
    draftOrders: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: order }] },
  },
  prefetch: {
    patient: {
      resourceType: 'Patient',
      id: 'patient-1',
      gender: 'female',
      birthDate: '1978-06-14',
    },
    condition: { resourceType: 'Bundle', type: 'searchset', entry: [] },
    allergyIntolerance: null,
  },
}

const form = {
  resourceType: 'QuestionnaireResponse',
  id: '0d9f2b64-7c1e-4f58-8a37-6e5d4c3b2a19',
  questionnaire: `${base}/fhir/Questionnaire/ketamine-infusion-screening|1.0.0`,
  status: 'in-progress',
  subject: { reference: 'Patient/patient-1' },
  item: [
    {
      linkId: 'contraindications',
      item: [
        {
          linkId: 'glaucoma',
          text: 'Does the patient have glaucoma or raised eye pressure?',
        },
      ],
    },
  ],
}

export const hookAnswer = {
  cards: [
    {
      uuid: '5a1c9e07-3b2d-4e6f-8091-a2b3c4d5e6f7',
      summary: 'River Pain Clinic: 1 thing is missing for this referral.',
      detail:
        "Sent as it is, this referral waits until what is missing is supplied.\n\n- **No glaucoma or raised eye pressure** (not documented): Nobody has answered whether the patient has glaucoma.\n  - Answer item 'glaucoma' of the screening form, authored no earlier than 90 days before the referral.",
      indicator: 'warning',
      source: {
        label: 'River Pain Clinic: Referral to ketamine infusion for chronic pain',
        url: `${base}/fhir/PlanDefinition/${id}`,
        topic: {
          system: `${base}/fhir/CodeSystem/screening-overall`,
          code: 'incomplete',
          display: 'Incomplete',
        },
      },
      links: [
        {
          label: 'What the clinic asks for',
          url: `${base}/fhir/PlanDefinition/${id}`,
          type: 'absolute',
        },
      ],
      suggestions: [
        {
          label: 'Start the screening form with 1 open question',
          uuid: 'c4d5e6f7-0819-4a2b-9c3d-4e5f60718293',
          isRecommended: true,
          actions: [
            {
              type: 'create',
              description: 'Create the screening form with 1 question to answer',
              resource: form,
            },
            {
              type: 'update',
              description: 'Attach the form, and the evidence found, to the order',
              resource: {
                ...order,
                supportingInfo: [{ reference: `QuestionnaireResponse/${form.id}` }],
              },
            },
          ],
        },
      ],
      selectionBehavior: 'at-most-one',
    },
  ],
}

export const feedbackExample = {
  feedback: [
    {
      card: '5a1c9e07-3b2d-4e6f-8091-a2b3c4d5e6f7',
      outcome: 'accepted',
      acceptedSuggestions: [{ id: 'c4d5e6f7-0819-4a2b-9c3d-4e5f60718293' }],
      outcomeTimestamp: '2026-03-02T10:05:31Z',
    },
    {
      card: '6b2d0f18-4c3e-4f70-91a2-b3c4d5e6f708',
      outcome: 'overridden',
      overrideReason: {
        reason: {
          system: `${base}/fhir/CodeSystem/override-reason`,
          code: 'cleared-by-specialist',
        },
      },
      outcomeTimestamp: '2026-03-02T10:06:02Z',
    },
  ],
}
