/** Corners of treatments: what a changed line of the code would have got wrong unnoticed. */

import type {
  CodeableConcept,
  FhirResource,
  MedicationDispense,
  MedicationRequest,
  MedicationStatement,
  Procedure,
} from 'fhir/r4'
import t from 'tap'
import {
  allergy,
  code,
  condition,
  type criterion,
  daysFrom,
  dosage,
  form,
  found,
  icd,
  medicine,
  opioid,
  outcomes,
  type Parts,
  pain,
  quantity,
  rx,
  screened,
  sct,
  status,
  verdicts,
  verification,
} from './build.ts'

const subject = { reference: 'urn:uuid:patient' }
const having = (...add: FhirResource[]): Parts => ({ add })
const codings = (...pairs: readonly (readonly [string, string, string?])[]): CodeableConcept => ({
  coding: pairs.map(([system, value, display]) => ({
    system,
    code: value,
    ...(display ? { display } : {}),
  })),
})
const explained = (parts: Parts, id: Parameters<typeof criterion>[1]) =>
  found(parts, id).explanation
/** The ids of the evidence. */
const evidence = (parts: Parts, id: Parameters<typeof criterion>[1]) =>
  found(parts, id)
    .evidence.map((reference) => reference.replace('urn:uuid:', ''))
    .sort()
const named = <R extends FhirResource>(id: string, resource: R): R => ({ ...resource, id })

const o = 'failed-opioid-therapy'
const other = 'failed-other-therapies'
const from = '2025-01-01'
const to = '2025-06-01'
const gabapentin = medicine('310431', from, to, 'ineffective')
const statement = (more: Partial<MedicationStatement> = {}): MedicationStatement => ({
  resourceType: 'MedicationStatement',
  status: 'completed',
  subject,
  medicationCodeableConcept: code(rx, '1049683'),
  effectivePeriod: { start: from, end: to },
  statusReason: [code(outcomes, 'ineffective')],
  dosage: [dosage(undefined, undefined, 4, quantity(1))],
  ...more,
})
const dispense = (more: Partial<MedicationDispense> = {}): MedicationDispense => ({
  resourceType: 'MedicationDispense',
  status: 'completed',
  subject,
  medicationCodeableConcept: code(rx, '1049683'),
  whenHandedOver: from,
  daysSupply: { value: 30, code: 'd', unit: 'd' },
  quantity: { value: 120, unit: 'tablet' },
  ...more,
})

t.test('why, what and whether', async (t) => {
  const medication = (more: object): Parts => ({
    opioid: opioid({
      medicationCodeableConcept: undefined,
      contained: [{ resourceType: 'Medication', id: 'm', ...more }],
      medicationReference: { reference: '#m' },
    } as object),
  })
  const errors = condition(code(icd, 'F11.20'), verification('entered-in-error'))
  verdicts(t, o, [
    [
      'one reason with two codings, one of opioid use disorder',
      'not-documented',
      { opioid: opioid({ reasonCode: [codings([sct, '1'], [icd, 'F11.20'])] }) },
    ],
    [
      'a reason that was entered in error is none',
      'met',
      {
        opioid: opioid({
          reasonCode: undefined,
          reasonReference: [{ reference: 'urn:uuid:e' }],
        } as object),
        add: [named('e', errors)],
      },
    ],
    [
      'ingredients in words',
      'needs-review',
      medication({ ingredient: [{ itemCodeableConcept: { text: 'oxycodone' } }] }),
    ],
    [
      'an ingredient without a concept',
      'not-documented',
      medication({ ingredient: [{ itemReference: { reference: '#x' } }] }),
    ],
    ['a Medication that says nothing', 'not-documented', medication({})],
    [
      'a dispense to an inpatient',
      'not-documented',
      {
        opioid: null,
        answers: {},
        add: [dispense({ category: status('medicationdispense-category', 'inpatient') })],
      },
    ],
    [
      'inpatient by one of two codings',
      'not-documented',
      {
        opioid: opioid({
          category: [codings(['urn:local', 'ward'], ['urn:x', 'inpatient'])],
        }),
      },
    ],
    [
      'a statement on hold, and the form says failed',
      'conflicting',
      { opioid: statement({ status: 'on-hold' }), answers: { [o]: 'ineffective' } },
    ],
    [
      'two codes of one medicine, the ingredient first',
      'met',
      { opioid: opioid({ medicationCodeableConcept: codings([rx, '7804'], [rx, '1049683']) }) },
    ],
    [
      'two codes of one medicine, the product first',
      'met',
      { opioid: opioid({ medicationCodeableConcept: codings([rx, '1049683'], [rx, '7804']) }) },
    ],
    [
      'an opioid goes before another medicine',
      'met',
      { opioid: opioid({ medicationCodeableConcept: codings([rx, '310431'], [rx, '1049683']) }) },
    ],
    [
      'an opioid before another medicine',
      'met',
      { opioid: opioid({ medicationCodeableConcept: codings([rx, '1049683'], [rx, '310431']) }) },
    ],
    [
      'a supporting reference that leads nowhere',
      'met',
      { referral: { supportingInfo: [{ reference: 'urn:uuid:nowhere' }] }, add: [opioid()] },
    ],
    [
      'two equal statements count once although the referral names both',
      'not-met',
      {
        opioid: null,
        referral: { supportingInfo: [{ reference: 'urn:uuid:s1' }, { reference: 'urn:uuid:s2' }] },
        add: ['s1', 's2'].map((id) =>
          named(id, statement({ dosage: [dosage(undefined, undefined, 1, quantity(1))] })),
        ),
      },
    ],
    [
      'two equal orders count twice when the referral names both',
      'met',
      {
        opioid: null,
        referral: { supportingInfo: [{ reference: 'urn:uuid:r1' }, { reference: 'urn:uuid:r2' }] },
        add: ['r1', 'r2'].map((id) =>
          named(
            id,
            opioid({ dosageInstruction: [dosage('2025-01-26', '2025-04-26', 1, quantity(1))] }),
          ),
        ),
      },
    ],
  ])
  t.match(
    explained(
      medication({
        ingredient: [
          { itemCodeableConcept: { text: 'oxycodone' } },
          { itemCodeableConcept: { text: 'paracetamol' } },
        ],
      }),
      o,
    ),
    '("oxycodone paracetamol")',
  )
  verdicts(t, 'glaucoma', [
    [
      'a reason of an order that was entered in error',
      'met',
      having(opioid({ status: 'entered-in-error', reasonCode: [code(icd, 'H40.1131')] })),
    ],
    [
      'a reason of an order that ended five years before to the day',
      'needs-review',
      having(
        medicine('310431', '2021-01-01', '2021-03-02', 'ineffective', {
          reasonCode: [code(icd, 'H40.1131')],
        }),
      ),
    ],
    [
      'a reason of an order that ended five years and a day before',
      'met',
      having(
        medicine('310431', '2021-01-01', '2021-03-01', 'ineffective', {
          reasonCode: [code(icd, 'H40.1131')],
        }),
      ),
    ],
    [
      'a reason by reference is judged as the condition that it is',
      'met',
      having(
        named(
          'g',
          condition(code(icd, 'H40.1131'), {
            clinicalStatus: status('condition-clinical', 'resolved'),
          }),
        ),
        medicine('310431', from, to, 'ineffective', {
          reasonCode: undefined,
          reasonReference: [{ reference: 'urn:uuid:g' }],
        } as object),
      ),
    ],
  ])
})

t.test('trials of which a part is not known', async (t) => {
  const order = (
    start: string | undefined,
    end: string | undefined,
    more: Partial<MedicationRequest> = {},
  ) =>
    opioid({
      authoredOn: start,
      dosageInstruction: [dosage(start, end, 4, quantity(1))],
      ...more,
    } as object)
  verdicts(t, o, [
    [
      'the second of two joined orders has no end',
      'needs-review',
      { opioid: order('2025-01-01', '2025-01-20'), add: [order('2025-01-21', undefined)] },
    ],
    ['an order without a start', 'needs-review', { opioid: order(undefined, '2025-04-26') }],
    [
      'an allergy of which one substance was taken',
      'met',
      {
        opioid: opioid({ statusReason: undefined } as object),
        add: [
          allergy(code(rx, '7052'), {
            reaction: [{ substance: code(rx, '7804'), manifestation: [{ text: 'rash' }] }],
          }),
        ],
      },
    ],
    [
      'an unconfirmed allergy to an opioid that was not taken',
      'not-documented',
      {
        opioid: null,
        add: [
          allergy(code(rx, '7052'), {
            verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
          }),
        ],
      },
    ],
    [
      'an inactive allergy to an opioid that was not taken',
      'not-documented',
      {
        opioid: null,
        add: [
          allergy(code(rx, '7052'), {
            clinicalStatus: status('allergyintolerance-clinical', 'inactive'),
          }),
        ],
      },
    ],
    [
      'an allergy in words to an opioid',
      'needs-review',
      { opioid: null, add: [allergy({ text: 'Morphine' })] },
    ],
    [
      'an allergy in words to something else',
      'not-documented',
      { opioid: null, add: [allergy({ text: 'ibuprofen' })] },
    ],
    [
      'an opioid in words beside one not taken, and the form says failed',
      'needs-review',
      {
        opioid: opioid({ medicationCodeableConcept: { text: 'Percocet' } }),
        answers: { [o]: 'ineffective' },
        add: [opioid({ status: 'cancelled' })],
      },
    ],
    [
      'a medicine in words that is no opioid',
      'not-documented',
      { opioid: opioid({ medicationCodeableConcept: { text: 'ibuprofen' } }) },
    ],
    [
      'the first score of two days decides nothing',
      'needs-review',
      {
        opioid: null,
        condition: condition(code(icd, 'G90.511')),
        answers: { [o]: 'ineffective' },
      },
    ],
  ])
  t.equal(
    explained(
      {
        opioid: opioid({ statusReason: undefined } as object),
        add: [pain('2025-01-20', 4), pain('2025-04-20', 3)],
      },
      o,
    ),
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), without an outcome.',
    'scores without an outcome are not told',
  )
  t.equal(
    explained({ opioid: opioid({ statusReason: code(outcomes, 'effective') }) }, o),
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), effective.',
  )
  t.equal(
    explained({ opioid: null, answers: { [o]: 'not-started' } }, o),
    'The form of 2026-02-27 says that opioid therapy was never started.',
  )
  t.match(
    explained(
      {
        opioid: opioid({ statusReason: undefined } as object),
        add: [pain('2025-01-20', 8), pain('2025-04-20', 8)],
      },
      o,
    ),
    'pain 8 to 8.',
  )
})

t.test('the evidence of an opioid trial', async (t) => {
  const answered = (outcome: string) => named('f', form({ ...screened, [o]: outcome }))
  const trial = named('o', opioid({ statusReason: undefined } as object))
  t.strictSame(
    evidence(
      {
        opioid: trial,
        form: answered('ineffective'),
        add: [named('p1', pain('2025-01-20', 8)), named('p2', pain('2025-04-20', 8))],
      },
      o,
    ),
    ['f', 'o', 'p1', 'p2'],
  )
  t.strictSame(evidence({ opioid: trial, add: [named('a', allergy(code(rx, '7804')))] }, o), [
    'a',
    'o',
  ])
  t.strictSame(evidence({ opioid: null, add: [named('a', allergy(code(rx, '7804')))] }, o), ['a'])
  t.strictSame(
    evidence(
      { opioid: named('n', opioid({ status: 'cancelled' })), form: answered('ineffective') },
      o,
    ),
    ['f', 'n'],
  )
  const worded = found(
    { opioid: named('w', opioid({ medicationCodeableConcept: { text: 'Percocet' } })) },
    o,
  )
  t.strictSame(worded.evidence, ['urn:uuid:w'])
  t.strictSame(
    worded.needed.map(({ text }) => text),
    ['Send the opioid with an RxNorm code, its dose, its dates and its outcome.'],
  )
  const [need] = found({ opioid: null }, o).needed
  t.match(need?.requirement?.codeFilter?.[0]?.valueSet, /opioids$/)
})

t.test('what is said of other therapies', async (t) => {
  const duloxetine = (outcome: string) => medicine('596934', from, to, outcome)
  const clash = found(having(gabapentin, duloxetine('effective'), duloxetine('ineffective')), other)
  t.equal(clash.verdict, 'conflicting')
  t.match(clash.explanation, 'What became of a class is told in two ways: gabapentin')
  t.match(clash.explanation, 'said to have failed and to have helped')
  t.strictSame(
    clash.needed.map(({ text }) => text),
    ['Correct the record that is wrong and send it again.'],
  )
  t.equal(
    explained(
      having(gabapentin, medicine('596934', from, to, undefined), allergy(code(rx, '39786'))),
      other,
    ),
    '2 classes failed: gabapentin (gabapentinoid) from 2025-01-01 to 2025-06-01 (151 days), failed; an allergy or intolerance to venlafaxine.',
    'only what decides a class is told',
  )
  t.match(
    explained(
      having(medicine('310431', from, to), pain('2024-12-20', 8), pain('2025-05-20', 8)),
      other,
    ),
    'gabapentin (gabapentinoid) from 2025-01-01 to 2025-06-01 (151 days), failed, pain 8 to 8',
  )
  t.match(
    explained(
      having(medicine('310431', from, to), pain('2024-12-20', 4), pain('2025-05-20', 3)),
      other,
    ),
    'no outcome on file.',
    'scores without an outcome are not told',
  )
  const physical: Procedure = {
    resourceType: 'Procedure',
    status: 'completed',
    subject,
    code: code(sct, '91251008'),
    performedPeriod: { start: from, end: to },
    outcome: code(outcomes, 'ineffective'),
  }
  t.match(
    explained(having(physical), other),
    '1 of 2 classes failed: Physical therapy procedure from 2025-01-01 to 2025-06-01 (151 days), failed.',
  )
  const undated = { ...physical, performedPeriod: undefined } as unknown as Procedure
  t.match(
    explained(having(undated), other),
    'Physical therapy procedure, undated, failed, but for how long it was taken is not known',
  )
  t.match(
    explained(having({ ...physical, performedPeriod: { start: from } }), other),
    'Physical therapy procedure from 2025-01-01, failed, but',
  )
  t.match(
    explained(having(medicine('310431', from, '2025-01-05', 'ineffective'), gabapentin), other),
    'gabapentin (gabapentinoid) from 2025-01-01 to 2025-06-01',
  )
})

t.test('the evidence of other therapies', async (t) => {
  const records = having(
    named('g', medicine('310431', from, to)),
    named('p1', pain('2024-12-20', 8)),
    named('p2', pain('2025-05-20', 8)),
    named('n', medicine('310965', from, to)),
    named('a', allergy(code(rx, '5640'))),
    named('b', allergy(code(rx, '7258'))),
  )
  t.strictSame(evidence(records, other), ['a', 'b', 'g', 'n', 'p1', 'p2'])
})

t.test('classes and allergies', async (t) => {
  const worded = (text: string) =>
    medicine('', from, to, 'ineffective', { medicationCodeableConcept: { text } })
  const substances = (...ids: readonly string[]) =>
    allergy(code(rx, ids[0] ?? ''), {
      reaction: ids.slice(1).map((id) => ({
        substance: code(rx, id),
        manifestation: [{ text: 'rash' }],
      })),
    })
  const ibuprofen = (outcome?: string) => medicine('310965', from, to, outcome)
  verdicts(t, other, [
    [
      'an opioid in words is no other class',
      'not-met',
      having(gabapentin, worded('ibuprofen with oxycodone')),
    ],
    [
      'a gel in words is topical',
      'needs-review',
      having(medicine('310965', from, to, 'ineffective'), worded('diclofenac gel')),
    ],
    [
      'a tablet in words is not',
      'not-met',
      having(medicine('310965', from, to, 'ineffective'), worded('diclofenac tablets')),
    ],
    ['words that name nothing', 'not-met', having(gabapentin, worded('vitamin D'))],
    [
      'an allergy of which one substance is of the class',
      'met',
      having(gabapentin, ibuprofen(), substances('7052', '7258')),
    ],
    [
      'an allergy to another class says nothing of this one',
      'not-met',
      having(gabapentin, ibuprofen(), substances('7052')),
    ],
    [
      'an allergy to one of two that were tried is of that one',
      'conflicting',
      having(gabapentin, ibuprofen('effective'), medicine('197391', from, to), substances('5640')),
    ],
    [
      'an allergy to what was tried in two classes',
      'met',
      having(ibuprofen(), medicine('197391', from, to), substances('5640', '1292')),
    ],
    ['an allergy to a class that was not taken', 'not-met', having(gabapentin, substances('5640'))],
    [
      'a class whose trials are all older than the look-back was not taken',
      'not-met',
      having(gabapentin, medicine('310965', '2019-01-01', '2019-06-01'), substances('5640')),
    ],
    [
      'two ingredients of one class are not joined',
      'not-met',
      having(
        gabapentin,
        medicine('310965', '2025-01-01', '2025-01-20', 'ineffective'),
        medicine('849574', '2025-01-21', '2025-02-10', 'ineffective'),
      ),
    ],
    [
      'one decided record beside one in words',
      'not-met',
      having(
        gabapentin,
        medicine('', from, to, undefined, { medicationCodeableConcept: { text: 'pregabalin' } }),
      ),
    ],
  ])
})

t.test('medicines for opioid use disorder that run or do not', async (t) => {
  const words = (text: string, more: Partial<MedicationRequest> = {}) =>
    having(
      medicine('', '2026-01-01', undefined, undefined, {
        status: 'active',
        reasonCode: undefined,
        medicationCodeableConcept: { text },
        ...more,
      } as object),
    )
  const suboxone = { medicationCodeableConcept: code(rx, '1010604') }
  verdicts(t, 'substance-use', [
    ['another medicine in words', 'met', words('metoprolol')],
    ['in words', 'needs-review', words('Subutex')],
    [
      'a dispense without a date',
      'met',
      having(dispense({ ...suboxone, whenHandedOver: undefined } as object)),
    ],
    [
      'a dispense that is not completed',
      'met',
      having(dispense({ ...suboxone, status: 'in-progress', whenHandedOver: daysFrom(-10) })),
    ],
    [
      'a dispense that is',
      'needs-review',
      having(dispense({ ...suboxone, whenHandedOver: daysFrom(-10) })),
    ],
    [
      'an order without any date',
      'needs-review',
      having(medicine('1010604', undefined, undefined, undefined, { status: 'active' } as object)),
    ],
    [
      'an order without start that ended long ago',
      'met',
      having(
        medicine('1010604', undefined, '2025-06-01', undefined, { status: 'active' } as object),
      ),
    ],
  ])
  t.ok(
    evidence(
      having(named('s', dispense({ ...suboxone, whenHandedOver: daysFrom(-10) }))),
      'substance-use',
    ).includes('s'),
  )
})

t.test('orders as they come', async (t) => {
  const part = (start: string, end: string) =>
    opioid({ authoredOn: start, dosageInstruction: [dosage(start, end, 4, quantity(1))] })
  const bounded = (...lengths: readonly number[]) =>
    opioid({
      authoredOn: from,
      dosageInstruction: lengths.map((value) => ({
        timing: {
          repeat: {
            boundsDuration: { value, unit: 'd', code: 'd' },
            frequency: 4,
            period: 1,
            periodUnit: 'd',
          },
        },
        doseAndRate: [{ doseQuantity: quantity(1) }],
      })),
    })
  const reasons = (...reasonReference: readonly { reference: string }[]) =>
    opioid({ reasonCode: undefined, reasonReference } as object)
  const withdrawn = {
    verificationStatus: {
      coding: [{ code: 'local' }, { code: 'refuted' }],
    },
  }
  verdicts(t, o, [
    [
      'refills in the wrong order',
      'met',
      { opioid: part('2025-01-21', '2025-02-10'), add: [part('2025-01-01', '2025-01-20')] },
    ],
    [
      'refills in the wrong order, too far apart',
      'not-met',
      { opioid: part('2025-01-28', '2025-02-14'), add: [part('2025-01-01', '2025-01-19')] },
    ],
    ['bounds of 28 days', 'met', { opioid: bounded(28) }],
    ['bounds of 27 days', 'not-met', { opioid: bounded(27) }],
    ['bounds of 27 and of 28 days', 'met', { opioid: bounded(27, 28) }],
    ['bounds that are negative', 'needs-review', { opioid: bounded(-3) }],
    [
      'a reason by reference that is no condition',
      'met',
      { opioid: reasons({ reference: 'urn:uuid:p' }), add: [named('p', pain('2026-02-01', 5))] },
    ],
    [
      'a reason by reference that leads nowhere',
      'met',
      { opioid: reasons({ reference: 'urn:uuid:x' }) },
    ],
    [
      'a reason that was refuted by one of two codings',
      'met',
      {
        opioid: reasons({ reference: 'urn:uuid:d' }),
        add: [named('d', condition(code(icd, 'F11.20'), withdrawn))],
      },
    ],
    [
      'one of two status reasons says failed',
      'met',
      {
        opioid: statement({
          statusReason: [{ text: 'pain clinic' }, code(outcomes, 'ineffective')],
        }),
      },
    ],
    [
      'a low dose beside a statement whose dose is in words',
      'not-met',
      {
        opioid: opioid({ dosageInstruction: [dosage(from, to, 1, quantity(1))] }),
        add: [statement({ dosage: [{ text: 'as before' }] })],
      },
    ],
    [
      'an administration without a dose',
      'needs-review',
      {
        opioid: null,
        answers: { [o]: 'ineffective' },
        add: [
          {
            resourceType: 'MedicationAdministration',
            status: 'completed',
            subject,
            medicationCodeableConcept: code(rx, '1049683'),
            effectivePeriod: { start: from, end: to },
          },
        ],
      },
    ],
  ])
})

t.test('several answers about opioid therapy', async (t) => {
  const said = (...codes: readonly string[]) =>
    form(screened, {
      item: codes.map((value) => ({
        linkId: o,
        answer: [{ valueCoding: { system: outcomes, code: value } }],
      })),
    })
  const unsaid: Parts = { opioid: opioid({ statusReason: undefined } as object) }
  verdicts(t, o, [
    [
      'failed and effective: effective',
      'not-met',
      { ...unsaid, form: said('ineffective', 'effective') },
    ],
    [
      'effective and failed: effective',
      'not-met',
      { ...unsaid, form: said('effective', 'ineffective') },
    ],
    [
      'not started goes before all',
      'conflicting',
      { ...unsaid, form: said('effective', 'not-started') },
    ],
    [
      'what is no code of ours goes last',
      'met',
      { ...unsaid, form: said('better', 'ineffective') },
    ],
    ['what is no code of ours alone', 'not-documented', { ...unsaid, form: said('better') }],
    [
      'an answer without a coding',
      'not-documented',
      {
        ...unsaid,
        form: form(screened, { item: [{ linkId: o, answer: [{ valueString: 'failed' }] }] }),
      },
    ],
  ])
})

t.test('medicines for opioid use disorder at the edge of the window', async (t) => {
  const ended = (days: number) =>
    having(
      medicine('1010604', undefined, daysFrom(-days), undefined, { status: 'active' } as object),
    )
  verdicts(t, 'substance-use', [
    ['without start, ended 30 days before', 'met', ended(30)],
    ['without start, ended 29 days before', 'needs-review', ended(29)],
    [
      'active, but never started',
      'met',
      having(medicine('1010604', daysFrom(-10), undefined, 'not-started', { status: 'active' })),
    ],
  ])
})
