/** What is believed of a referrer's FHIR server, and who is asked no more. */

import type { FhirResource, Patient } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { askRecords, type PatientRecords } from '../../../src/domain/referral/ask-records.ts'
import { EhrFailure } from '../../../src/domain/referral/ports.ts'
import { evidenceQueries } from '../../../src/domain/screening/evidence-queries.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'

const validator = createReferralValidator()
const policy = loadPolicy(readPublished())
const base = 'https://ehr.example/fhir'

const patient: Patient = {
  resourceType: 'Patient',
  identifier: [
    { system: 'https://ehr.example/mrn', value: '7' },
    { system: 'https://ehr.example/old', value: '8', use: 'old' },
  ],
  birthDate: '1978-06-14',
}
const there: Patient = { ...patient, id: 'p1' }
const pain = (more: object = {}): FhirResource =>
  ({
    resourceType: 'Observation',
    id: 'o1',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '72514-3' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-02-20',
    valueInteger: 8,
    ...more,
  }) as FhirResource

type Answers = Readonly<Record<string, readonly unknown[] | Error>>

/** @param answers by type; what is not there is empty */
async function ask(answers: Answers, missing = ['baseline-pain-score'], given: Patient = patient) {
  const asked: string[] = []
  let minutes = 0
  const find = (key: string) => {
    asked.push(key)
    const answer = answers[key] ?? []
    if (answer instanceof Error) throw answer
    return answer
  }
  const records: PatientRecords = {
    base,
    async search(type) {
      const found = find(type)
      return {
        matches: found.filter((each) => (each as FhirResource).resourceType === type),
        included: found.filter((each) => (each as FhirResource).resourceType !== type),
      }
    },
    read: async (reference) => find(reference)[0],
  }
  const trail: string[] = []
  const result = await askRecords(
    {
      validate: (resource) => validator.validate(resource, {}),
      now: () => {
        minutes += answers.Late ? 2 : 0
        return new Date(Date.parse('2026-03-02T10:00:00Z') + minutes * 60_000)
      },
      async onAsking(query) {
        trail.push(query)
      },
    },
    records,
    given,
    evidenceQueries(policy, missing, '2026-03-02'),
  )
  const failures = result.map(
    ({ failure }) => failure && `${failure.reason}${failure.again ? ', again' : ''}`,
  )
  return { result, asked, trail, failures, first: result[0] }
}

const refused = (status: number, more: object = {}) =>
  new EhrFailure(`The EHR answered ${status}.`, {
    phase: 'refused',
    permanent: true,
    status,
    ...more,
  })
const broken = (status: number) =>
  new EhrFailure(`The EHR answered ${status}.`, { phase: 'unknown', status })

t.test('a patient is found by current identifiers, and by nothing less', async (t) => {
  const { trail, first } = await ask({ Patient: [there], Observation: [pain()] })
  t.equal(trail[0], 'Patient?identifier=https://ehr.example/mrn|7')
  t.equal(trail.length, 2, 'one identifier, one search')
  t.match(trail[1], /^Observation\?patient=p1&combo-code=/)
  t.match(first?.resources, [{ id: 'o1' }])
  const none = async (answer: readonly Patient[], given?: Patient) =>
    (await ask({ Patient: answer, Observation: [pain()] }, undefined, given)).failures[0]
  t.match(await none([]), 'no patient')
  t.match(
    await none([{ ...there, identifier: [{ system: 'https://ehr.example/mrn', value: '70' }] }]),
    'no patient',
    'a server that ignores the parameter',
  )
  t.match(await none([there, { ...there, id: 'p2' }]), 'several')
  t.equal(
    await none([there, { ...there, id: 'p2', active: false }]),
    undefined,
    'one was merged away',
  )
  t.match(await none([{ ...there, birthDate: '1987-06-14' }]), 'another date of birth')
  t.equal(await none([{ ...there, birthDate: '1978' }]), undefined, 'less precise is not another')
  const { birthDate: _b, ...ageless } = there
  t.equal(await none([ageless]), undefined)
  t.match(await none([there], { resourceType: 'Patient' }), 'no identifier')
})

t.test('records of somebody else spoil the answer', async (t) => {
  const about = async (subject: object | undefined) =>
    ask({ Patient: [there], Observation: [pain(), pain({ id: 'o2', subject })] })
  for (const subject of [
    { reference: 'Patient/p2' },
    { reference: 'Patient/p11' },
    { reference: 'https://other.example/fhir/Patient/p1' },
    { reference: 'Group/p1' },
    { display: 'Robin' },
    { identifier: { system: 'https://ehr.example/mrn', value: '70' } },
    undefined,
  ]) {
    const { failures, first } = await about(subject)
    t.same(failures, ['it answered with records of another patient'], JSON.stringify(subject))
    t.same(first?.resources, [])
  }
  for (const subject of [
    { reference: `${base}/Patient/p1` },
    { reference: 'Patient/p1/_history/3' },
    { identifier: { system: 'https://ehr.example/mrn', value: '7' } },
  ])
    t.same((await about(subject)).failures, [undefined], JSON.stringify(subject))
})

t.test('what is not valid R4 is left, and its search is not whole', async (t) => {
  const { first, failures } = await ask({
    Patient: [there],
    Observation: [
      pain(),
      pain({ id: 'o2', status: 'finished' }),
      pain({ id: 'o3', code: undefined }),
    ],
  })
  t.match(first?.resources, [{ id: 'o1' }])
  t.equal(first?.resources.length, 1)
  t.same(failures, ['2 of them are not valid FHIR'])
})

t.test('what was not asked for is left', async (t) => {
  const weight = pain({
    id: 'w',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  })
  const { first, failures } = await ask({ Patient: [there], Observation: [weight, pain()] })
  t.match(first?.resources, [{ id: 'o1' }])
  t.equal(first?.resources.length, 1)
  t.same(failures, [undefined])
})

t.test('one search that breaks does not stop the others; a server that is away does', async (t) => {
  const missing = ['cardiovascular-disease']
  const types = ['Patient', 'Condition', 'Observation', 'QuestionnaireResponse']
  for (const error of [refused(403), refused(400), broken(500)]) {
    const { asked, failures } = await ask({ Patient: [there], Condition: error }, missing)
    t.same(asked, types, error.message)
    t.match(failures[0], `it answered ${error.status}`)
    t.same(failures.slice(1), [undefined, undefined])
  }
  for (const error of [
    broken(503),
    refused(503, { permanent: false, retryAfter: 60 }),
    refused(429, { permanent: false }),
    refused(401, { permanent: false }),
    new EhrFailure('The EHR could not be reached.', { phase: 'before' }),
  ]) {
    const { asked, failures } = await ask({ Patient: [there], Condition: error }, missing)
    t.same(asked, types.slice(0, 2), error.message)
    t.equal(new Set(failures).size, 1)
    t.match(failures[2], /, again$/)
  }
  const { asked, failures } = await ask({ Patient: broken(500) }, missing)
  t.same(asked, ['Patient'])
  t.same(failures, Array(3).fill('it answered 500, again'))
})

t.test('a server that does not know combo-code is asked by code', async (t) => {
  const asked: string[] = []
  const records: PatientRecords = {
    base,
    async search(type, parameters) {
      asked.push(parameters.map(([name]) => name).join())
      if (parameters.some(([name]) => name === 'combo-code')) throw refused(400)
      return { matches: type === 'Patient' ? [there] : [pain()], included: [] }
    },
    read: async () => undefined,
  }
  const ports = { validate: () => [], now: () => new Date(), onAsking: async () => {} }
  const queries = evidenceQueries(policy, ['baseline-pain-score'], '2026-03-02')
  t.match(await askRecords(ports, records, patient, queries), [{ resources: [{ id: 'o1' }] }])
  t.same(asked, ['identifier', 'patient,combo-code,date', 'patient,code,date'])
})

t.test('a server that takes minutes is asked for the rest later', async (t) => {
  const { failures } = await ask({ Patient: [there], Late: [1] }, ['cardiovascular-disease'])
  t.match(failures.at(-1), 'it took too long, again')
})

t.test(
  'a server without dispenses is as good as any, one whose dispenses fail is not',
  async (t) => {
    const of = async (error: Error) => {
      const { result } = await ask({ Patient: [there], MedicationDispense: error }, [
        'failed-opioid-therapy',
      ])
      return result.find(({ query }) => query.type === 'MedicationDispense')?.failure
    }
    t.equal(await of(refused(404)), undefined)
    t.match(await of(broken(500)), { again: true })
  },
)

t.test('medicines bring what they are and why they were given', async (t) => {
  const order = (more: object): FhirResource =>
    ({
      resourceType: 'MedicationRequest',
      id: 'rx',
      status: 'stopped',
      intent: 'order',
      subject: { reference: 'Patient/p1' },
      medicationReference: { reference: 'Medication/m' },
      ...more,
    }) as FhirResource
  const medication = { resourceType: 'Medication', id: 'm' } as FhirResource
  const because = {
    reasonReference: [{ reference: `${base}/Condition/c` }, { reference: 'Condition/c' }],
  }
  const reason = {
    resourceType: 'Condition',
    id: 'c',
    subject: { reference: 'Patient/p1' },
  } as FhirResource
  const missing = ['failed-opioid-therapy']
  const answerOf = async (answers: Answers) => {
    const { result, asked } = await ask({ Patient: [there], ...answers }, missing)
    return { ...result.find(({ query }) => query.type === 'MedicationRequest'), asked }
  }
  const included = await answerOf({ MedicationRequest: [order({}), medication] })
  t.match(included, { support: [{ id: 'm' }], failure: undefined })
  t.notOk(included.asked.includes('Medication/m'), 'it came along')
  const read = await answerOf({
    MedicationRequest: [order(because)],
    'Medication/m': [medication],
    'Condition/c': [reason],
  })
  t.same(
    read.support?.map(({ id }) => id),
    ['m', 'c'],
  )
  t.equal(read.asked.filter((each) => each === 'Condition/c').length, 1)
  const gone = await answerOf({ MedicationRequest: [order({})], 'Medication/m': refused(404) })
  t.match(gone, { resources: [{ id: 'rx' }], failure: { reason: 'it answered 404', again: false } })
  const foreign = { ...reason, subject: { reference: 'Patient/p2' } }
  const wrong = await answerOf({
    MedicationRequest: [order(because), medication],
    'Condition/c': [foreign],
  })
  t.match(wrong, { failure: { reason: 'they refer to records of another patient' } })
  t.equal(wrong.support?.length, 1)
  const many = Array.from({ length: 101 }, (_, i) =>
    order({ id: `rx${i}`, medicationReference: { reference: `Medication/m${i}` } }),
  )
  const tooMany = await answerOf({ MedicationRequest: many })
  t.match(tooMany.failure?.reason, 'more than 100')
  t.notOk(tooMany.asked.some((each) => each.startsWith('Medication/')))
})

t.test('an appointment is of the patient who takes part', async (t) => {
  const appointment = (...actors: readonly string[]) => ({
    resourceType: 'Appointment',
    id: 'a',
    status: 'booked',
    start: '2026-04-01T10:00:00Z',
    end: '2026-04-01T11:00:00Z',
    participant: actors.map((reference) => ({ actor: { reference }, status: 'accepted' })),
  })
  const of = async (...actors: readonly string[]) => {
    const { result } = await ask({ Patient: [there], Appointment: [appointment(...actors)] }, [
      'planned-surgery',
    ])
    return result.find(({ query }) => query.type === 'Appointment')
  }
  t.equal((await of('Patient/p1', 'Practitioner/1'))?.resources.length, 1)
  t.ok((await of('Patient/p1', 'Patient/p2'))?.failure)
  t.ok((await of('Practitioner/1'))?.failure)
})
