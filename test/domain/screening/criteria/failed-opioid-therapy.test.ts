import type { Medication, MedicationRequest } from 'fhir/r4'
import t from 'tap'
import {
  allergy,
  code,
  condition,
  criterion,
  daysFrom,
  dosage,
  form,
  icd,
  lnc,
  medicine,
  observation,
  opioid,
  outcomes,
  type Parts,
  pain,
  quantity,
  rx,
  screened,
  screenParts,
  sct,
  status,
  verdicts,
  verification,
} from '../build.ts'

const id = 'failed-opioid-therapy'
const start = '2025-01-26'
const only = (...add: NonNullable<Parts['add']>): Parts => ({ opioid: null, add })
const days = (length: number, more = {}) =>
  only(
    opioid({
      dosageInstruction: [dosage(start, daysFrom(length, start), 4, quantity(1))],
      ...more,
    }),
  )
/** Oxycodone 1 mg is 1.5 MME: a dose in milligrams, once a day. */
const mme = (value: number, more = {}) =>
  only(
    opioid({
      medicationCodeableConcept: code(rx, '7804'),
      dosageInstruction: [
        { ...dosage(start, '2025-04-26', 1, quantity(value / 1.5, 'mg')), ...more },
      ],
    }),
  )
const product = (
  rxcui: string,
  perDay: number,
  dose = quantity(1),
  more: Partial<MedicationRequest> = {},
) =>
  only(
    opioid({
      medicationCodeableConcept: code(rx, rxcui),
      dosageInstruction: [dosage(start, '2025-04-26', perDay, dose)],
      ...more,
    }),
  )
const said = (outcome: string): Parts => ({ answers: { [id]: outcome } })
const silent = { statusReason: undefined }
const statement = (more = {}) => ({
  resourceType: 'MedicationStatement' as const,
  status: 'completed' as const,
  subject: { reference: 'urn:uuid:patient' },
  medicationCodeableConcept: code(rx, '1049683'),
  effectivePeriod: { start, end: '2025-04-26' },
  dosage: [dosage(undefined, undefined, 4, quantity(1))],
  statusReason: [code(outcomes, 'ineffective')],
  ...more,
})

const containedMedication: Medication = {
  resourceType: 'Medication',
  id: 'm',
  code: code(rx, '1049683'),
}

verdicts(t, id, [
  ['90 days, 60 MME, ineffective', 'met', {}],
  ['28 days', 'met', days(28)],
  ['27 days', 'not-met', days(27)],
  ['27 days without an outcome', 'not-met', days(27, silent)],
  ['20 MME', 'met', mme(20)],
  ['19.9 MME', 'not-met', mme(19.9)],
  ['inadequate relief', 'met', days(28, { statusReason: code(outcomes, 'inadequate-relief') })],
  ['effective', 'not-met', days(28, { statusReason: code(outcomes, 'effective') })],
  ['without an outcome', 'not-documented', days(28, silent)],
  [
    'stopped with an unknown reason',
    'not-documented',
    days(28, { statusReason: code(sct, '182870006') }),
  ],
  ['no record and no answer', 'not-documented', only()],
])

t.test('which drug', async (t) => {
  verdicts(t, id, [
    ['a cough syrup', 'not-documented', product('995226', 4, quantity(10, 'mL'))],
    ['an injection', 'not-documented', product('1728783', 4)],
    ['transmucosal fentanyl', 'not-documented', product('668363', 4)],
    ['a product for opioid use disorder', 'not-documented', product('1010604', 2)],
    ['methadone tablets', 'met', product('864706', 1)],
    [
      'methadone tablets for dependence',
      'not-documented',
      product('864706', 1, quantity(1), { reasonCode: [code(icd, 'F11.20')] }),
    ],
    ['a combination', 'met', product('1049625', 2)],
    ['tramadol 0.2: 2 x 50 mg are 20', 'met', product('835603', 2)],
    ['tramadol 0.2: 50 mg are 10', 'not-met', product('835603', 1)],
    ['hydromorphone 5: 4 mg are 20', 'met', product('897702', 1)],
    ['hydromorphone 5: 3 mg are 15', 'not-met', product('897749', 1)],
    ['methadone 4.7: 5 mg are 23.5', 'met', product('864718', 1)],
    ['no factor, failed', 'needs-review', product('904870', 1)],
    [
      'no factor, effective',
      'not-met',
      product('904870', 1, quantity(1), { statusReason: code(outcomes, 'effective') }),
    ],
    ['no factor, no outcome', 'not-documented', product('904870', 1, quantity(1), silent)],
    [
      'no factor, too short',
      'not-met',
      only(medicine('904870', start, daysFrom(27, start), 'ineffective')),
    ],
    ['levorphanol has no factor', 'needs-review', product('197873', 4)],
    ['fentanyl patch 12 mcg/h is 28.8, whatever the interval', 'met', product('577057', 1 / 3)],
    ['fentanyl patch, dose in mcg/h', 'met', product('245134', 1 / 3, quantity(25, 'ug/h'))],
    [
      'fentanyl by ingredient in milligrams has no factor',
      'needs-review',
      product('4337', 4, quantity(1, 'mg')),
    ],
    [
      'an opioid in words',
      'needs-review',
      only(opioid({ medicationCodeableConcept: { text: 'Oxycodone 10 mg' } })),
    ],
    [
      'a brand in words',
      'needs-review',
      only(opioid({ medicationCodeableConcept: { text: 'PERCOCET' } })),
    ],
    [
      'an unlisted code by its display',
      'needs-review',
      only(opioid({ medicationCodeableConcept: code(rx, '1', 'morphine 7 MG Oral Tablet') })),
    ],
    [
      'another medicine in words',
      'not-documented',
      only(opioid({ medicationCodeableConcept: { text: 'apomorphine' } })),
    ],
    [
      'in words and never taken',
      'not-documented',
      only(opioid({ status: 'cancelled', medicationCodeableConcept: { text: 'Oxycodone' } })),
    ],
    [
      'by reference',
      'met',
      only(
        opioid({
          medicationCodeableConcept: undefined,
          medicationReference: { reference: 'urn:uuid:med' },
        }),
        { resourceType: 'Medication', id: 'med', code: code(rx, '1049683') },
      ),
    ],
    [
      'contained',
      'met',
      only(
        opioid({
          medicationCodeableConcept: undefined,
          medicationReference: { reference: '#m' },
          contained: [containedMedication],
        }),
      ),
    ],
    [
      'the second of two codings',
      'met',
      only(
        opioid({
          medicationCodeableConcept: {
            coding: [
              { system: 'urn:local', code: '1' },
              { system: rx, code: '1049683' },
            ],
          },
        }),
      ),
    ],
  ])
})

t.test('why it was given', async (t) => {
  const draft = (more: Partial<MedicationRequest>) => opioid({ id: 'rx', status: 'draft', ...more })
  const drug = {
    status: 'completed' as const,
    subject: { reference: 'urn:uuid:patient' },
    medicationCodeableConcept: code(rx, '1049683'),
  }
  const dispense = {
    ...drug,
    resourceType: 'MedicationDispense' as const,
    authorizingPrescription: [{ reference: 'urn:uuid:rx' }],
    whenHandedOver: start,
    daysSupply: { value: 30, unit: 'd', code: 'd' },
    quantity: { value: 120 },
  }
  const administration = {
    ...drug,
    resourceType: 'MedicationAdministration' as const,
    request: { reference: 'urn:uuid:rx' },
    effectivePeriod: { start, end: '2025-04-26' },
    dosage: { dose: quantity(40, 'mg') },
  }
  const failed = { answers: { [id]: 'ineffective' } }
  verdicts(t, id, [
    ['a dispense', 'met', { ...only(draft({}), dispense), ...failed }],
    [
      'a dispense has the reason of its prescription',
      'needs-review',
      { ...only(draft({ reasonCode: [code(icd, 'G89.18')] }), dispense), ...failed },
    ],
    ['an administration', 'met', { ...only(draft({}), administration), ...failed }],
    [
      'an administration has the category of its request',
      'needs-review',
      {
        ...only(
          draft({ category: [status('medicationrequest-category', 'inpatient')] }),
          administration,
        ),
        ...failed,
      },
    ],
    [
      'a dispense that is not completed',
      'needs-review',
      { ...only({ ...dispense, status: 'in-progress' as const }), ...failed },
    ],
    [
      'a Medication that tells its ingredient only',
      'needs-review',
      only(
        opioid({
          medicationCodeableConcept: undefined,
          medicationReference: { reference: 'urn:uuid:med' },
          dosageInstruction: [dosage(start, '2025-04-26', 4, quantity(1))],
        }),
        {
          resourceType: 'Medication',
          id: 'med',
          ingredient: [{ itemCodeableConcept: code(rx, '7804') }],
        },
      ),
    ],
    [
      'a Medication known by its display only',
      'needs-review',
      only(
        opioid({
          medicationCodeableConcept: undefined,
          medicationReference: { display: 'Oxycodone 10 mg' },
        }),
      ),
    ],
  ])
  const reason = (...reasonCode: NonNullable<MedicationRequest['reasonCode']>) =>
    days(90, { reasonCode })
  verdicts(t, id, [
    ['no reason', 'met', days(90, { reasonCode: undefined })],
    ['any other reason', 'met', reason(code(icd, 'M54.50'))],
    ['acute postprocedural pain', 'not-documented', reason(code(icd, 'G89.18'))],
    ['opioid dependence', 'not-documented', reason(code(icd, 'F11.20'))],
    ['opioid dependence by SNOMED CT', 'not-documented', reason(code(sct, '191821007'))],
    ['one counting reason among several', 'met', reason(code(icd, 'G89.18'), code(icd, 'G89.4'))],
    [
      'inpatient',
      'not-documented',
      days(90, { category: [status('medicationrequest-category', 'inpatient')] }),
    ],
    [
      'outpatient',
      'met',
      days(90, { category: [status('medicationrequest-category', 'outpatient')] }),
    ],
    [
      'a reason by reference',
      'not-documented',
      only(
        opioid({ reasonCode: undefined, reasonReference: [{ reference: 'urn:uuid:c' }] }),
        condition(code(icd, 'G89.18'), { id: 'c' }),
      ),
    ],
    [
      'a dispense has the reason of its prescription',
      'not-documented',
      {
        ...only(opioid({ id: 'rx', status: 'draft', reasonCode: [code(icd, 'G89.18')] }), {
          resourceType: 'MedicationDispense',
          status: 'completed',
          subject: { reference: 'urn:uuid:patient' },
          medicationCodeableConcept: code(rx, '1049683'),
          authorizingPrescription: [{ reference: 'urn:uuid:rx' }],
          whenHandedOver: start,
          daysSupply: { value: 30, unit: 'd', code: 'd' },
          quantity: { value: 120 },
        }),
      },
    ],
    [
      'an administration has the reason of its request',
      'not-documented',
      {
        ...only(
          opioid({
            id: 'rx',
            status: 'draft',
            category: [status('medicationrequest-category', 'inpatient')],
          }),
          {
            resourceType: 'MedicationAdministration',
            status: 'completed',
            subject: { reference: 'urn:uuid:patient' },
            medicationCodeableConcept: code(rx, '1049683'),
            request: { reference: 'urn:uuid:rx' },
            effectivePeriod: { start, end: '2025-04-26' },
          },
        ),
      },
    ],
    [
      'a refuted reason is none',
      'met',
      only(
        opioid({ reasonCode: undefined, reasonReference: [{ reference: 'urn:uuid:c' }] }),
        condition(code(icd, 'G89.18'), { id: 'c', ...verification('refuted') }),
      ),
    ],
  ])
})

t.test('taken or not', async (t) => {
  const orders = [
    'order',
    'original-order',
    'reflex-order',
    'filler-order',
    'instance-order',
  ] as const
  const others = ['proposal', 'plan', 'option'] as const
  verdicts(t, id, [
    ...orders.map((intent) => [intent, 'met', days(90, { intent })] as const),
    ...others.map((intent) => [intent, 'not-documented', days(90, { intent })] as const),
    ...(['completed', 'stopped'] as const).map(
      (each) => [each, 'met', days(90, { status: each })] as const,
    ),
    ...(['draft', 'cancelled', 'on-hold', 'entered-in-error', 'unknown'] as const).map(
      (each) => [each, 'not-documented', days(90, { status: each })] as const,
    ),
    ['do not perform', 'not-documented', days(90, { doNotPerform: true })],
    [
      'another treatment was to be tried first',
      'not-documented',
      days(90, { statusReason: status('medicationrequest-status-reason', 'altchoice') }),
    ],
    ['a statement', 'met', only(statement())],
    [
      'a statement that it was not taken',
      'not-documented',
      only(statement({ status: 'not-taken' })),
    ],
    ['a statement that is intended', 'not-documented', only(statement({ status: 'intended' }))],
    [
      'a statement with a never-taken reason',
      'not-documented',
      only(statement({ statusReason: [code(sct, '182865004')] })),
    ],
    [
      'only a record that it was not taken, form says failed',
      'conflicting',
      { ...only(statement({ status: 'not-taken' })), ...said('ineffective') },
    ],
    [
      'an order on hold, form says failed',
      'conflicting',
      { ...days(90, { status: 'on-hold' }), ...said('ineffective') },
    ],
    [
      'a cancelled order, form says failed',
      'conflicting',
      { ...days(90, { status: 'cancelled' }), ...said('adverse-effect') },
    ],
    [
      'a draft, form says failed',
      'needs-review',
      { ...days(90, { status: 'draft' }), ...said('ineffective') },
    ],
    [
      'not taken, form says effective',
      'not-met',
      { ...only(statement({ status: 'not-taken' })), ...said('effective') },
    ],
    [
      'not taken beside a trial',
      'met',
      {
        add: [statement({ status: 'not-taken', medicationCodeableConcept: code(rx, '835603') })],
        ...said('ineffective'),
      },
    ],
    [
      'a dispense',
      'met',
      {
        ...only({
          resourceType: 'MedicationDispense',
          status: 'completed',
          subject: { reference: 'urn:uuid:patient' },
          medicationCodeableConcept: code(rx, '1049683'),
          whenHandedOver: start,
          daysSupply: { value: 30, unit: 'd', code: 'd' },
          quantity: { value: 120 },
        }),
        ...said('ineffective'),
      },
    ],
  ])
})

t.test('how long', async (t) => {
  const refill = (from: string, to: string, more = {}) =>
    opioid({ dosageInstruction: [dosage(from, to, 4, quantity(1))], ...more })
  const first = refill(start, daysFrom(14, start), { status: 'completed', statusReason: undefined })
  const next = (gap: number, more = {}) =>
    refill(daysFrom(14 + gap, start), daysFrom(28 + gap, start), more)
  const running = (more: Partial<MedicationRequest>) =>
    only(
      opioid({
        status: 'active',
        dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
        ...more,
      }),
    )
  const supply = (value: number, repeats = 0) => ({
    dispenseRequest: {
      expectedSupplyDuration: { value, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' },
      numberOfRepeatsAllowed: repeats,
    },
  })
  verdicts(t, id, [
    ['refills 7 days apart join', 'met', only(first, next(7))],
    ['refills 8 days apart do not', 'not-met', only(first, next(8))],
    [
      'refills of two ingredients do not',
      'not-met',
      only(first, next(0, { medicationCodeableConcept: code(rx, '892582') })),
    ],
    [
      'two products of one ingredient join',
      'met',
      only(first, next(0, { medicationCodeableConcept: code(rx, '1049543') })),
    ],
    ['an active order without an end, 28 days', 'met', running({ authoredOn: daysFrom(-28) })],
    ['an active order without an end, 27 days', 'not-met', running({ authoredOn: daysFrom(-27) })],
    [
      'its supply ended 7 days before: still running',
      'met',
      running({ authoredOn: daysFrom(-28), ...supply(21) }),
    ],
    [
      'its supply ended 8 days before: over',
      'not-met',
      running({ authoredOn: daysFrom(-28), ...supply(20) }),
    ],
    ['supply with repeats', 'met', running({ authoredOn: '2025-01-26', ...supply(14, 1) })],
    ['supply without repeats', 'not-met', running({ authoredOn: '2025-01-26', ...supply(14) })],
    [
      'validity period',
      'met',
      running({
        status: 'completed',
        dispenseRequest: { validityPeriod: { start, end: daysFrom(28, start) } },
      }),
    ],
    [
      'validity period, too short',
      'not-met',
      running({
        status: 'completed',
        dispenseRequest: { validityPeriod: { start, end: daysFrom(27, start) } },
      }),
    ],
    [
      'bounds go before validity',
      'not-met',
      only(
        opioid({
          dosageInstruction: [dosage(start, daysFrom(20, start), 4, quantity(1))],
          dispenseRequest: { validityPeriod: { start, end: '2025-06-01' } },
        }),
      ),
    ],
    ['stopped without an end', 'needs-review', running({ status: 'stopped', authoredOn: start })],
    [
      'completed without an end, effective',
      'not-met',
      running({
        status: 'completed',
        authoredOn: start,
        statusReason: code(outcomes, 'effective'),
      }),
    ],
    [
      'completed without an end, no outcome',
      'not-documented',
      running({ status: 'completed', authoredOn: start, statusReason: undefined }),
    ],
    ['five years before', 'met', only(refill('2020-12-01', '2021-03-02'))],
    [
      'a day more than five years before',
      'not-documented',
      only(refill('2020-12-01', '2021-03-01')),
    ],
    ['after the check', 'not-documented', only(refill('2026-03-10', '2026-06-01'))],
    [
      'a month on both sides',
      'needs-review',
      days(0, { dosageInstruction: [dosage('2025-01', '2025-02-15', 4, quantity(1))] }),
    ],
    [
      'one month to the same month',
      'needs-review',
      days(0, { dosageInstruction: [dosage('2025-01', '2025-01', 4, quantity(1))] }),
    ],
    [
      'a month long enough either way',
      'met',
      days(0, { dosageInstruction: [dosage('2025-01', '2025-04', 4, quantity(1))] }),
    ],
  ])
})

t.test('how much', async (t) => {
  const ten = (more = {}, from = start, to = '2025-04-26') =>
    opioid({
      medicationCodeableConcept: code(rx, '892582'),
      dosageInstruction: [dosage(from, to, 2 / 3, quantity(1))],
      ...more,
    })
  const of = (
    doseAndRate: NonNullable<MedicationRequest['dosageInstruction']>[number]['doseAndRate'],
    more = {},
  ) =>
    only(
      opioid({
        dosageInstruction: [
          { ...dosage(start, '2025-04-26', 1, quantity(1)), doseAndRate, ...more },
        ],
      }),
    )
  const repeat = (
    repeat: NonNullable<
      NonNullable<MedicationRequest['dosageInstruction']>[number]['timing']
    >['repeat'],
  ) =>
    only(
      opioid({
        dosageInstruction: [
          {
            ...dosage(start, '2025-04-26', 1, quantity(1)),
            timing: { repeat: { ...repeat, boundsPeriod: { start, end: '2025-04-26' } } },
          },
        ],
      }),
    )
  verdicts(t, id, [
    ['two overlapping orders add up', 'met', only(ten(), ten({ identifier: [{ value: '2' }] }))],
    ['a copy of an order does not', 'not-met', only(ten(), ten())],
    [
      'two equal orders that the referral names add up',
      'met',
      {
        ...only(ten({ id: 'one' }), ten({ id: 'two' })),
        referral: {
          supportingInfo: [{ reference: 'urn:uuid:one' }, { reference: 'urn:uuid:two' }],
        },
      },
    ],
    [
      'a copy beside the one order that the referral names does not',
      'not-met',
      {
        ...only(ten({ id: 'copy' }), ten({ id: 'one' })),
        referral: { supportingInfo: [{ reference: 'urn:uuid:one' }] },
      },
    ],
    [
      'a request and a statement of one drug do not',
      'not-met',
      only(
        ten(),
        statement({
          medicationCodeableConcept: code(rx, '892582'),
          dosage: [dosage(undefined, undefined, 2 / 3, quantity(1))],
        }),
      ),
    ],
    [
      'the larger of request and statement counts',
      'met',
      only(
        ten(),
        statement({
          medicationCodeableConcept: code(rx, '892582'),
          dosage: [dosage(undefined, undefined, 2, quantity(1))],
        }),
      ),
    ],
    [
      'the average over the covered days',
      'not-met',
      only(
        ten({}, start, '2025-02-25'),
        ten({ dosageInstruction: [dosage('2025-02-26', '2025-03-10', 2, quantity(1))] }),
      ),
    ],
    ['in tablets', 'met', of([{ doseQuantity: { value: 2, unit: 'tablets' } }])],
    ['in capsules', 'met', of([{ doseQuantity: { value: 2, unit: 'capsule' } }])],
    ['in UCUM annotations', 'met', of([{ doseQuantity: quantity(2, '{tablet}') }])],
    ['in milligrams', 'met', of([{ doseQuantity: quantity(20, 'mg') }])],
    ['in milligrams, unit in words', 'met', of([{ doseQuantity: { value: 20, unit: 'mg' } }])],
    ['in milligrams, code alone', 'met', of([{ doseQuantity: { value: 20, code: 'mg' } }])],
    ['in milligrams, too few', 'not-met', of([{ doseQuantity: { value: 10, unit: 'mg' } }])],
    ['in grams', 'met', of([{ doseQuantity: quantity(0.02, 'g') }])],
    ['in mcg', 'met', of([{ doseQuantity: { value: 20_000, unit: 'mcg' } }])],
    ['in a unit that says nothing', 'needs-review', of([{ doseQuantity: quantity(2, 'mm') }])],
    ['no dose', 'needs-review', of(undefined)],
    [
      'no dose and no outcome',
      'not-documented',
      only(
        opioid({
          dosageInstruction: [
            { ...dosage(start, '2025-04-26', 1, quantity(1)), doseAndRate: undefined },
          ],
          statusReason: undefined,
        } as never),
      ),
    ],
    ['a negative dose is none', 'needs-review', of([{ doseQuantity: quantity(-2) }])],
    [
      'no instruction',
      'needs-review',
      only(
        opioid({
          dosageInstruction: undefined,
          dispenseRequest: { validityPeriod: { start, end: '2025-04-26' } },
        }),
      ),
    ],
    [
      'as needed, up to 60',
      'needs-review',
      of([{ doseQuantity: quantity(4) }], { asNeededBoolean: true }),
    ],
    [
      'as needed, up to 15',
      'not-met',
      of([{ doseQuantity: quantity(1) }], { asNeededBoolean: true }),
    ],
    [
      'as needed for pain',
      'needs-review',
      of([{ doseQuantity: quantity(4) }], { asNeededCodeableConcept: { text: 'pain' } }),
    ],
    [
      'a range that straddles 20',
      'needs-review',
      of([{ doseRange: { low: quantity(1), high: quantity(2) } }]),
    ],
    ['a range above 20', 'met', of([{ doseRange: { low: quantity(2), high: quantity(3) } }])],
    ['a range below 20', 'not-met', of([{ doseRange: { low: quantity(0.5), high: quantity(1) } }])],
    ['every 6 hours', 'met', repeat({ frequency: 1, period: 6, periodUnit: 'h' })],
    [
      'every 18 to 36 hours straddles',
      'needs-review',
      repeat({ frequency: 1, period: 12, periodMax: 24, periodUnit: 'h' }),
    ],
    [
      'once or twice a day straddles',
      'needs-review',
      repeat({ frequency: 1, frequencyMax: 2, period: 1, periodUnit: 'd' }),
    ],
    [
      'twice a day by code',
      'met',
      only(
        opioid({
          dosageInstruction: [
            {
              timing: {
                code: code('http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation', 'BID'),
                repeat: { boundsPeriod: { start, end: '2025-04-26' } },
              },
              doseAndRate: [{ doseQuantity: quantity(1) }],
            },
          ],
        }),
      ),
    ],
    ['three times of day', 'met', repeat({ timeOfDay: ['08:00:00', '14:00:00', '20:00:00'] })],
    ['in millilitres', 'met', product('892625', 2, quantity(0.5, 'mL'))],
    ['a solution without a unit', 'needs-review', product('892625', 2, quantity(0.5))],
  ])
})

t.test('what became of it', async (t) => {
  const scored = (before: number, after: number, more: Parts = {}): Parts => ({
    ...days(90, silent),
    ...more,
    add: [
      ...(days(90, silent).add ?? []),
      pain('2025-01-21', before),
      pain('2025-04-06', after),
      ...(more.add ?? []),
    ],
  })
  const at = (beforeDay: number, afterDay: number): Parts => ({
    ...days(90, silent),
    add: [
      ...(days(90, silent).add ?? []),
      pain(daysFrom(beforeDay, start), 8),
      pain(daysFrom(afterDay, start), 8),
    ],
  })
  const reaction = (value: string) => status('medicationrequest-status-reason', value)
  verdicts(t, id, [
    ['scores 8 to 7', 'met', scored(8, 7)],
    ['scores 10 to 7, a fall of 30 %', 'not-met', scored(10, 7)],
    ['scores 10 to 7.1', 'met', scored(10, 7.1)],
    ['scores 7 to 4.9, a fall of 30 %', 'not-met', scored(7, 4.9)],
    ['scores 5 to 4', 'met', scored(5, 4)],
    ['scores 4 to 3', 'not-documented', scored(4, 3)],
    ['a baseline of 0', 'met', scored(0, 5)],
    ['baseline 30 days before', 'met', at(-30, 20)],
    ['baseline 31 days before', 'not-documented', at(-31, 20)],
    ['baseline on the first day', 'met', at(0, 20)],
    ['last score on day 14', 'met', at(-5, 14)],
    ['last score on day 13', 'not-documented', at(-5, 13)],
    ['last score 14 days after the end', 'met', at(-5, 104)],
    ['last score 15 days after the end', 'not-documented', at(-5, 105)],
    [
      'PEG',
      'met',
      {
        ...days(90, silent),
        add: [
          ...(days(90, silent).add ?? []),
          pain('2025-01-21', 8, '91147-9'),
          pain('2025-04-06', 7, '91147-9'),
        ],
      },
    ],
    [
      'two scales are not compared',
      'not-documented',
      {
        ...days(90, silent),
        add: [
          ...(days(90, silent).add ?? []),
          pain('2025-01-21', 8),
          pain('2025-04-06', 7, '91147-9'),
        ],
      },
    ],
    [
      'form says failed, scores say effective',
      'conflicting',
      { ...scored(8, 4), ...said('ineffective') },
    ],
    ['status says failed, form says effective', 'conflicting', said('effective')],
    ['status says failed, form says not started', 'conflicting', said('not-started')],
    [
      'status says effective, form says failed',
      'conflicting',
      { ...days(90, { statusReason: code(outcomes, 'effective') }), ...said('ineffective') },
    ],
    ['form alone says failed', 'met', { ...days(90, silent), ...said('inadequate-relief') }],
    [
      'form alone says not tolerated, 10 days',
      'met',
      { ...days(10, silent), ...said('adverse-effect') },
    ],
    ['form says failed, 27 days', 'not-met', { ...days(27, silent), ...said('ineffective') }],
    ['form says failed, no record', 'needs-review', { ...only(), ...said('ineffective') }],
    [
      'form says not tolerated, no record',
      'needs-review',
      { ...only(), ...said('adverse-effect') },
    ],
    ['form says effective, no record', 'not-met', { ...only(), ...said('effective') }],
    ['form says not started, no record', 'not-met', { ...only(), ...said('not-started') }],
    [
      'a stale form says failed, no record',
      'not-documented',
      { ...only(form({ [id]: 'ineffective' }, { authored: '2025-10-01' })), form: form(screened) },
    ],
    ['an answer that no code of ours is', 'not-documented', { ...only(), ...said('maybe') }],
    ['suspected intolerance after 5 days', 'met', days(5, { statusReason: reaction('sintol') })],
    ['allergy after 5 days', 'met', days(5, { statusReason: reaction('salg') })],
    ['side effects after 5 days', 'met', days(5, { statusReason: code(sct, '182864000') })],
    [
      'adverse effect at a low dose',
      'met',
      only(
        opioid({
          medicationCodeableConcept: code(rx, '835603'),
          dosageInstruction: [dosage(start, daysFrom(5, start), 1, quantity(1))],
          statusReason: code(outcomes, 'adverse-effect'),
        }),
      ),
    ],
    [
      'side effects, not taken',
      'not-documented',
      only(statement({ status: 'not-taken', statusReason: [code(sct, '182864000')] })),
    ],
    [
      'an intolerance on record, 5 days',
      'met',
      only(...(days(5, silent).add ?? []), allergy(code(rx, '7804'))),
    ],
    [
      'an intolerance by product',
      'met',
      only(...(days(5, silent).add ?? []), allergy(code(rx, '1049625'))),
    ],
    [
      'an intolerance that is unconfirmed',
      'not-met',
      only(
        ...(days(5, silent).add ?? []),
        allergy(code(rx, '7804'), {
          verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
        }),
      ),
    ],
    [
      'an intolerance that is resolved',
      'not-met',
      only(
        ...(days(5, silent).add ?? []),
        allergy(code(rx, '7804'), {
          clinicalStatus: status('allergyintolerance-clinical', 'resolved'),
        }),
      ),
    ],
    [
      'an intolerance to another opioid',
      'needs-review',
      only(...(days(5, silent).add ?? []), allergy(code(rx, '7052'))),
    ],
    ['an intolerance without any trial', 'needs-review', only(allergy(code(rx, '7804')))],
    ['an intolerance to something else', 'not-documented', only(allergy(code(rx, '5640')))],
    [
      'intolerance and effective',
      'conflicting',
      { ...days(90, { statusReason: code(outcomes, 'effective') }), ...said('adverse-effect') },
    ],
    [
      'as needed, effective',
      'not-met',
      only(
        opioid({
          statusReason: code(outcomes, 'effective'),
          dosageInstruction: [
            { ...dosage(start, '2025-04-26', 4, quantity(1)), asNeededBoolean: true },
          ],
        }),
      ),
    ],
    [
      'as needed, no outcome',
      'not-documented',
      only(
        opioid({
          statusReason: undefined,
          dosageInstruction: [
            { ...dosage(start, '2025-04-26', 4, quantity(1)), asNeededBoolean: true },
          ],
        }),
      ),
    ],
  ])
})

t.test('the best trial wins', async (t) => {
  const tramadol = (outcome: string | undefined, end = '2025-08-01') =>
    medicine('835603', '2025-06-01', end, outcome)
  verdicts(t, id, [
    ['failed and effective', 'met', { add: [tramadol('effective')] }],
    [
      'needs review and not met',
      'needs-review',
      only(tramadol('effective'), opioid({ medicationCodeableConcept: { text: 'oxycodone' } })),
    ],
    ['not met and not documented', 'not-met', only(tramadol('effective'), opioid(silent))],
  ])
})

t.test('the sentence names drug, dose, days and scores', async (t) => {
  const { explanation, evidence } = criterion(
    screenParts({
      opioid: opioid({ id: 'oxy' }),
      add: [pain('2025-01-21', 8), pain('2025-04-06', 7)],
    }),
    id,
  )
  t.match(explanation, /^Oxycodone 60 MME\/day .*90 days.*8 to 7/)
  t.ok(evidence.includes('urn:uuid:oxy'))
})

t.test('an observation of somebody else is no outcome', async (t) => {
  const other = { subject: { reference: 'urn:uuid:other' } }
  const result = screenParts({
    ...days(90, silent),
    add: [
      ...(days(90, silent).add ?? []),
      observation(code(lnc, '72514-3'), '2025-01-21', { ...other, valueQuantity: quantity(8) }),
      pain('2025-04-06', 7),
    ],
  })
  t.equal(criterion(result, id).verdict, 'not-documented')
  t.equal(result.warnings.length, 1)
})
