/** Corners of criteria: what a changed line of the code would have got wrong unnoticed. */

import type {
  Appointment,
  CodeableConcept,
  FhirResource,
  Observation,
  Procedure,
  ServiceRequest,
} from 'fhir/r4'
import t from 'tap'
import { packetOf, packetOfBundle } from '../../../src/domain/screening/packet.ts'
import { inUnit } from '../../../src/domain/screening/quantities.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import {
  allergy,
  bloodPressure,
  bundleOf,
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  form,
  found,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  type Parts,
  pain,
  policy,
  quantity,
  screened,
  screenParts,
  sct,
  status,
  verdicts,
} from './build.ts'

type Id = Parameters<typeof criterion>[1]
const subject = { reference: 'urn:uuid:patient' }
const having = (...add: FhirResource[]): Parts => ({ add })
const explained = (parts: Parts, id: Id) => found(parts, id).explanation
/** The ids of the evidence. */
const evidence = (parts: Parts, id: Id) =>
  found(parts, id)
    .evidence.map((reference) => reference.replace('urn:uuid:', ''))
    .sort()
const needed = (parts: Parts, id: Id) => found(parts, id).needed.map(({ text }) => text)
const named = <R extends FhirResource>(id: string, resource: R): R => ({ ...resource, id })
const answers = (changes: Readonly<Record<string, string>> = {}) =>
  named('f', form({ ...screened, ...changes }))
const reasonOf = (value: string, more: object = {}) =>
  medicine('310431', '2025-06-01', undefined, undefined, {
    reasonCode: [code(icd, value)],
    ...more,
  })

t.test('cardiovascular disease', async (t) => {
  const id = 'cardiovascular-disease'
  const heart = (value: string, more: object = {}) => condition(code(icd, value), more)
  verdicts(t, id, [
    [
      'an unfinished yes that is newer than the no',
      'needs-review',
      having(form({ [id]: 'Y' }, { status: 'in-progress', authored: '2026-03-01' })),
    ],
    ['stable disease as the reason of a medicine', 'met', having(reasonOf('I25.10'))],
    ['hypertension as the reason of a medicine', 'met', having(reasonOf('I10'))],
    ['acute disease as the reason of a medicine', 'needs-review', having(reasonOf('I21.4'))],
    ['a category as the reason of a medicine', 'needs-review', having(reasonOf('I25'))],
    [
      'stable disease as the reason of a medicine, unanswered',
      'needs-review',
      { ...having(reasonOf('I25.10')), answers: { [id]: '' } },
    ],
    [
      'a relapse of which only the onset is known',
      'conflicting',
      having(heart('I50.23', { ...clinical('relapse'), onsetDateTime: daysFrom(-20) })),
    ],
    [
      'a relapse of which only the record is dated',
      'conflicting',
      having(
        heart('I50.23', {
          ...clinical('relapse'),
          onsetDateTime: undefined,
          recordedDate: daysFrom(-20),
        }),
      ),
    ],
    [
      'a relapse that began lately and was recorded before',
      'conflicting',
      having(
        heart('I50.23', {
          ...clinical('relapse'),
          onsetDateTime: daysFrom(-20),
          recordedDate: daysFrom(-300),
        }),
      ),
    ],
  ])
  const known = {
    form: answers(),
    bloodPressure: named('b', bloodPressure('2026-02-20', 124, 78)),
    add: [named('c', heart('I25.2')), named('d', heart('I25.10'))],
  }
  t.strictSame(evidence(known, id), ['b', 'c', 'd', 'f'])
  t.match(
    explained(known, id),
    'Known: Old myocardial infarction (since 2024-01-10); Atherosclerotic heart disease of native coronary artery without angina pectoris (since 2024-01-10).',
  )
})

t.test('liver disease', async (t) => {
  const id = 'liver-disease'
  const fatty = (name = 'm') => named(name, condition(code(icd, 'K76.0')))
  const alt = named('alt', measured('1742-6', '2026-01-15', 40, 'U/L'))
  const ast = named('ast', measured('1920-8', '2026-01-15', 30, 'U/L'))
  t.strictSame(evidence({ form: answers(), add: [fatty(), alt, ast] }, id), [
    'alt',
    'ast',
    'f',
    'm',
  ])
  t.match(
    explained(having(fatty(), alt), id),
    'AST of the last 180 days before the referral, with a unit, is not on file.',
  )
  t.match(
    explained(having(fatty(), condition(code(icd, 'K73.9'))), id),
    'Fatty (change of) liver, not elsewhere classified (since 2024-01-10); Chronic hepatitis, unspecified (since 2024-01-10); ALT and AST',
  )
  t.match(needed(having(fatty(), alt), id)[0], 'Send AST in U/L')
  t.equal(needed({ ...having(fatty(), alt, ast), answers: { [id]: '' } }, id).length, 1)
  t.equal(needed({ ...having(fatty()), answers: { [id]: '' } }, id).length, 3)
  t.equal(
    needed({ ...having(fatty()), answers: { [id]: 'Y' } }, id).length,
    0,
    'enzymes would not help',
  )
  const ranged = (value: number, ranges: NonNullable<Observation['referenceRange']>) =>
    having({ ...measured('1742-6', '2026-01-15', value, 'U/L'), referenceRange: ranges })
  const type = (value: string) => code('urn:meaning', value)
  verdicts(t, id, [
    ['a range in another unit', 'needs-review', ranged(181, [{ high: quantity(1, 'ukat/L') }])],
    ['a range in another unit, within it', 'met', ranged(180, [{ high: quantity(1, 'ukat/L') }])],
    ['a range by unit text alone', 'met', ranged(180, [{ high: { value: 1, unit: 'ukat/L' } }])],
    ['a range by code alone', 'met', ranged(180, [{ high: { value: 1, code: 'ukat/L' } }])],
    [
      'a range in an unknown unit',
      'needs-review',
      ranged(130, [{ high: { value: 60, unit: 'x' } }]),
    ],
    [
      'the normal range of several, the last',
      'met',
      ranged(180, [
        { high: quantity(30, 'U/L'), type: type('therapeutic') },
        {
          high: quantity(60, 'U/L'),
          type: { coding: [{ code: 'local' }, { code: 'normal' }] },
        },
      ]),
    ],
    [
      'ranges of which none is the normal one',
      'needs-review',
      ranged(100, [
        { low: quantity(1, 'U/L') },
        { high: quantity(30, 'U/L'), type: type('therapeutic') },
        { high: quantity(60, 'U/L'), type: { text: 'panic' } },
      ]),
    ],
    [
      'bilirubin in another unit of mass',
      'needs-review',
      having(measured('1975-2', '2026-01-15', 31, 'mg/L')),
    ],
    [
      'bilirubin in another unit of mass, lower',
      'met',
      having(measured('1975-2', '2026-01-15', 30, 'mg/L')),
    ],
  ])
  const pugh = (text: string, date: string | undefined) =>
    named('p', observation({ text: 'Child-Pugh class' }, date, { valueString: text }))
  t.match(
    explained(having(pugh('C', undefined)), id),
    'The record shows Child-Pugh class C without a date; the form',
  )
  t.ok(evidence(having(pugh('C', undefined)), id).includes('p'))
  t.ok(evidence(having(pugh('C', '2026-01-15')), id).includes('p'))
  verdicts(t, id, [['Child-Pugh A without a date', 'met', having(pugh('A', undefined))]])
  t.match(
    explained(having(measured('1975-2', '2026-01-15', 3.5, 'mg/dL')), id),
    'total bilirubin 3.5 mg/dL on 2026-01-15',
  )
})

t.test('eyes', async (t) => {
  const eye = (value: number, date: string, bodySite?: CodeableConcept) =>
    observation(code(sct, '41633001'), date, {
      valueQuantity: quantity(value, 'mm[Hg]'),
      ...(bodySite ? { bodySite } : {}),
    })
  const site = (...codes: readonly string[]) => ({
    coding: codes.map((value) => ({ code: value })),
  })
  const id = 'glaucoma'
  t.match(explained(having(eye(25, '2026-02-20')), id), 'an eye pressure of 25 mmHg')
  t.match(
    explained(having(measured('79893-4', '2026-02-20', 25, 'mm[Hg]')), id),
    'a pressure in the left eye of 25 mmHg',
  )
  verdicts(t, id, [
    [
      'two sites that are told apart by code',
      'needs-review',
      having(eye(25, '2026-01-01', site('a')), eye(18, '2026-02-01', site('b'))),
    ],
    [
      'one site by code',
      'met',
      having(eye(25, '2026-01-01', site('a')), eye(18, '2026-02-01', site('a'))),
    ],
    [
      'both eyes in one text are told apart from either',
      'needs-review',
      having(
        eye(25, '2026-01-01', { text: 'right and left' }),
        measured('79893-4', '2026-02-01', 18, 'mm[Hg]'),
      ),
    ],
    [
      'the right eye by one of two codes',
      'met',
      having(
        eye(25, '2026-01-01', site('x', '18944008')),
        measured('79892-6', '2026-02-01', 18, 'mm[Hg]'),
      ),
    ],
    ['no site and no code', 'met', having(eye(25, '2026-01-01'), eye(18, '2026-02-01'))],
  ])
})

t.test('allergies to ketamine', async (t) => {
  const id = 'ketamine-hypersensitivity'
  const none = named('n', allergy(code(sct, '716186003'), { recordedDate: '2026-01-10' }))
  const open = { answers: { [id]: '' } }
  t.match(
    explained({ ...open, add: [none] }, id),
    'No known allergy (2026-01-10) stands for the answer no.',
  )
  t.ok(evidence({ ...open, add: [none] }, id).includes('n'))
  const unsure = {
    verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
  }
  const coded = named('k', allergy(code(sct, '373464007'), unsure))
  t.match(explained(having(coded), id), 'an allergy to Ketamine, not confirmed;')
  t.ok(evidence(having(coded), id).includes('k'))
  t.ok(evidence(having(named('w', allergy({ text: 'Ketalar' }))), id).includes('w'))
})

t.test('tests and their results', async (t) => {
  const id = 'pregnancy'
  const hcg = (more: Partial<Observation>, date: string | undefined = daysFrom(-10)) =>
    observation(code(lnc, '2106-3'), date, more)
  const bare = (more: Partial<Observation>) => observation(code(lnc, '2106-3'), undefined, more)
  const quantitative = (more: Partial<Observation>) =>
    having(observation(code(lnc, '19080-1'), daysFrom(-10), more))
  const state = (more: Partial<Observation>) =>
    observation(code(lnc, '82810-3'), daysFrom(-10), more)
  const age = (more: Partial<Observation>) =>
    having(observation(code(lnc, '11885-1'), daysFrom(-10), more))
  const begun = (days: number) => condition(code(icd, 'Z34.01'), { onsetDateTime: daysFrom(-days) })
  const negative = { ...code(sct, '260385009', 'positive') }
  verdicts(t, id, [
    [
      'a concept in words',
      'conflicting',
      having(hcg({ valueCodeableConcept: { text: 'Positive' } })),
    ],
    ['the display of a listed concept', 'met', having(hcg({ valueCodeableConcept: negative }))],
    ['blank', 'met', having(hcg({ valueString: '  ' }))],
    [
      'a number where a word is asked for',
      'needs-review',
      having(hcg({ valueQuantity: quantity(3) })),
    ],
    [
      'an interpretation that says neither',
      'needs-review',
      having(hcg({ interpretation: [{ text: 'high' }] })),
    ],
    ['true', 'conflicting', having(hcg({ valueBoolean: true }))],
    ['false', 'met', having(hcg({ valueBoolean: false }))],
    [
      'an unclear test cancels nothing',
      'conflicting',
      having(begun(100), hcg({ valueString: 'repeat' })),
    ],
    [
      'a positive test cancels nothing',
      'conflicting',
      having(begun(100), hcg({ valueString: 'positive' })),
    ],
    [
      'an unclear status cancels nothing',
      'conflicting',
      having(begun(100), state({ valueString: 'unsure' })),
    ],
    ['an undated positive test', 'needs-review', having(bare({ valueString: 'positive' }))],
    ['the status in words', 'conflicting', having(state({ valueString: 'Pregnant' }))],
    ['the status in words, not', 'met', having(begun(100), state({ valueString: 'Not pregnant' }))],
    [
      'the status in words, non-',
      'met',
      having(begun(100), state({ valueString: 'non-pregnant' })),
    ],
    ['the status in one word', 'met', having(begun(100), state({ valueString: 'nonpregnant' }))],
    ['the status negative', 'met', having(begun(100), state({ valueString: 'negative' }))],
    ['the status positive', 'conflicting', having(state({ valueString: 'positive' }))],
    ['the status without a value', 'met', having(state({}))],
    [
      'the status as a concept in words',
      'conflicting',
      having(state({ valueCodeableConcept: { text: 'pregnant' } })),
    ],
    [
      'the display of a listed status',
      'met',
      having(state({ valueCodeableConcept: code(sct, '60001007', 'pregnant') })),
    ],
    [
      'a quantity below 25 that is only an upper bound',
      'met',
      quantitative({ valueQuantity: { ...quantity(24, '[IU]/L'), comparator: '<' } }),
    ],
    [
      'a quantity of which only an upper bound is known',
      'needs-review',
      quantitative({ valueQuantity: { ...quantity(30, '[IU]/L'), comparator: '<' } }),
    ],
    [
      'an upper bound that is reached',
      'needs-review',
      quantitative({ valueQuantity: { ...quantity(30, '[IU]/L'), comparator: '<=' } }),
    ],
    ['a quantity without a number', 'met', quantitative({ valueString: 'see note' })],
    ['an age in words', 'conflicting', age({ valueString: '12 weeks' })],
    ['an age as a concept', 'conflicting', age({ valueCodeableConcept: { text: '12 weeks' } })],
    ['an age without a value', 'met', age({})],
    [
      'an age without birth date',
      'not-documented',
      { patient: { birthDate: undefined } as object, answers: { [id]: '' } },
    ],
    [
      'a reason of the referral is as strong as it',
      'conflicting',
      { referral: { reasonCode: [code(icd, 'Z34.01')] } },
    ],
    [
      'a reason of a medicine is not',
      'needs-review',
      having(reasonOf('Z34.01', { authoredOn: daysFrom(-100) })),
    ],
    [
      'a reason of a medicine of 302 days before',
      'met',
      having(
        medicine('310431', daysFrom(-320), daysFrom(-302), undefined, {
          reasonCode: [code(icd, 'Z34.01')],
        }),
      ),
    ],
    [
      'a reason of a medicine of 301 days before',
      'needs-review',
      having(
        medicine('310431', daysFrom(-320), daysFrom(-301), undefined, {
          reasonCode: [code(icd, 'Z34.01')],
        }),
      ),
    ],
    [
      'a reason of a medicine before a negative test',
      'met',
      having(
        medicine('310431', daysFrom(-120), daysFrom(-100), undefined, {
          reasonCode: [code(icd, 'Z34.01')],
        }),
        hcg({ valueString: 'negative' }),
      ),
    ],
    [
      'a medicine without dates stopped for pregnancy',
      'needs-review',
      having(
        medicine('310431', undefined, undefined, status('medicationrequest-status-reason', 'preg')),
      ),
    ],
  ])
  const says = (resource: FhirResource, text: string) => {
    t.match(explained(having(named('x', resource)), id), `The record shows ${text}`)
    t.ok(evidence(having(named('x', resource)), id).includes('x'), `${text} is evidence`)
  }
  says(bare({ valueString: 'positive' }), 'a positive pregnancy test without a date;')
  says(hcg({ valueString: 'repeat' }), `an unclear pregnancy test on ${daysFrom(-10)};`)
  says(state({ valueString: 'unsure' }), 'an unclear pregnancy status on')
  says(state({ valueString: 'pregnant' }), 'the status pregnant on')
  says(
    measured('19080-1', daysFrom(-10), 30),
    'a choriogonadotropin of 30 without a usable unit on',
  )
  says(measured('19080-1', daysFrom(-10), 30, '[IU]/L'), 'a choriogonadotropin of 30 [IU]/L on')
  says(
    observation(code(lnc, '19080-1'), daysFrom(-10), {
      valueQuantity: { ...quantity(30, '[IU]/L'), comparator: '<' },
    }),
    'a choriogonadotropin below 30 on',
  )
  says(
    observation(code(lnc, '11885-1'), daysFrom(-10), { valueString: '12 weeks' }),
    'a gestational age on',
  )
  says(
    medicine(
      '310431',
      daysFrom(-20),
      daysFrom(-10),
      status('medicationrequest-status-reason', 'preg'),
    ),
    'gabapentin stopped or withheld for pregnancy;',
  )
})

t.test('where pregnancy does not apply', async (t) => {
  const id = 'pregnancy'
  const absence = named('z', condition(code(icd, 'Z90.710')))
  t.strictSame(evidence(having(absence), id), ['z'])
  t.strictSame(evidence({ patient: { gender: 'male' } }, id), ['patient'])
  const test = named(
    'h',
    observation(code(lnc, '2106-3'), daysFrom(-10), { valueString: 'positive' }),
  )
  const other = named('w', condition({ text: 'gravida 2' }))
  const parts: Parts = { patient: { gender: 'male' }, form: answers(), add: [test, other] }
  t.equal(
    explained(parts, id),
    `Not applicable (the patient is male), but the record shows "gravida 2", which names gravid; a positive pregnancy test on ${daysFrom(-10)}. The form of 2026-02-27 says no to pregnancy.`,
  )
  t.strictSame(evidence(parts, id), ['f', 'h', 'patient', 'w'])
})

t.test('planned operations', async (t) => {
  const id = 'planned-surgery'
  const order = (more: Partial<ServiceRequest> = {}): ServiceRequest => ({
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject,
    code: code(sct, '609588000'),
    occurrenceDateTime: '2026-04-01',
    ...more,
  })
  const appointment = (more: Partial<Appointment> = {}): Appointment => ({
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-04-01T08:00:00Z',
    participant: [{ actor: subject, status: 'accepted' }],
    ...more,
  })
  const preparation = (more: Partial<Procedure> = {}): Procedure => ({
    resourceType: 'Procedure',
    status: 'preparation',
    subject,
    code: { text: 'Spine surgery' },
    performedDateTime: '2026-04-01',
    ...more,
  })
  const open = (...add: FhirResource[]): Parts => ({ form: answers({ [id]: '' }), add })
  const no = (...add: FhirResource[]): Parts => ({ form: answers(), add })
  const second = named(
    'p',
    order({ occurrenceDateTime: '2026-05-01', code: code(sct, '19063003') }),
  )
  t.equal(
    explained(open(named('o', order()), second), id),
    'Planned: Total knee replacement on 2026-04-01; Arthroplasty of knee on 2026-05-01.',
  )
  t.strictSame(evidence(open(named('o', order()), second), id), ['o', 'p'])
  const clash = no(named('o', order()))
  t.equal(
    explained(clash, id),
    'Planned: Total knee replacement on 2026-04-01; but the form of 2026-02-27 says that no operation is planned.',
  )
  t.strictSame(evidence(clash, id), ['f', 'o'])
  t.strictSame(needed(clash, id), [
    'Correct the order or the answer, whichever is wrong, and send it again.',
  ])
  const undated = open({ ...order(), occurrenceDateTime: undefined } as never)
  t.equal(
    explained(undated, id),
    'Perhaps planned: Total knee replacement, undated. A clinician must read it.',
  )
  t.strictSame(needed(undated, id), [
    'Send the order of the operation with its code or category and its date.',
  ])
  const fusion = order({ code: { text: 'fusion' }, category: [code(sct, '387713003')] })
  t.equal(explained(open(fusion), id), 'Planned: fusion on 2026-04-01.')
  t.equal(
    explained(open({ ...fusion, code: undefined } as never), id),
    'Planned: Surgical procedure on 2026-04-01.',
  )
  t.equal(
    explained(open(appointment({ appointmentType: { text: 'Spine surgery' } })), id),
    'Planned: an appointment for Spine surgery on 2026-04-01.',
  )
  t.equal(
    explained(
      open(appointment({ serviceType: [{ text: 'knee' }], appointmentType: { text: 'surgery' } })),
      id,
    ),
    'Planned: an appointment for knee on 2026-04-01.',
    'one of several kinds is enough',
  )
  const booked = appointment({ basedOn: [{ reference: 'urn:uuid:far' }] })
  const far = (more: Partial<ServiceRequest> = {}) =>
    named('far', order({ occurrenceDateTime: '2027-04-01', ...more }))
  t.equal(
    explained(open(booked, far()), id),
    'Planned: an appointment for an operation on 2026-04-01.',
  )
  verdicts(t, id, [
    [
      'an appointment for an order by category',
      'met',
      open(booked, far({ code: { text: 'x' }, category: [code(sct, '387713003')] })),
    ],
    [
      'an appointment for an order without category',
      'not-documented',
      open(booked, far({ code: { text: 'x' } })),
    ],
    [
      'an appointment for an order that was revoked',
      'not-documented',
      open(booked, far({ status: 'revoked' })),
    ],
    [
      'an appointment for something that is no order',
      'not-documented',
      open(booked, named('far', preparation({ status: 'completed' }))),
    ],
    ['an appointment for what is not there', 'not-documented', open(booked)],
    [
      'an appointment by the period asked for',
      'met',
      open(
        appointment({
          start: undefined,
          appointmentType: { text: 'surgery' },
          requestedPeriod: [{ start: '2026-04-01' }],
        } as object),
      ),
    ],
    [
      'an appointment without any time',
      'needs-review',
      open(appointment({ start: undefined, appointmentType: { text: 'surgery' } } as object)),
    ],
    ['a procedure in preparation in words only', 'not-documented', open(preparation())],
    [
      'a timing by its bounds',
      'met',
      open(
        order({
          occurrenceDateTime: undefined,
          occurrenceTiming: { repeat: { boundsPeriod: { start: '2026-04-01' } } },
        } as object),
      ),
    ],
    [
      'a timing without bounds',
      'needs-review',
      open(
        order({
          occurrenceDateTime: undefined,
          occurrenceTiming: { repeat: { frequency: 1 } },
        } as object),
      ),
    ],
    [
      'a timing by its events',
      'met',
      open(
        order({
          occurrenceDateTime: undefined,
          occurrenceTiming: { event: ['2026-04-01', '2027-01-01'] },
        } as object),
      ),
    ],
    [
      'the code of an order is a category of surgery',
      'met',
      open(order({ code: code(sct, '387713003') })),
    ],
  ])
})

t.test('the evidence of requirements', async (t) => {
  const early = named('a', condition(code(icd, 'M79.7'), { onsetDateTime: '2020-01-01' }))
  const late = named('b', condition(code(icd, 'G90.511'), { onsetDateTime: '2023-01-01' }))
  for (const parts of [
    { condition: early, add: [late] },
    { condition: late, add: [early] },
  ]) {
    t.equal(explained(parts, 'chronicity'), 'Fibromyalgia since 2020-01-01.')
    t.strictSame(evidence(parts, 'chronicity'), ['a'])
  }
  const young = {
    condition: named('y', condition(code(icd, 'G90.511'), { onsetDateTime: '2026-02-01' })),
  }
  t.strictSame(evidence(young, 'chronicity'), ['y'])
  const text = { condition: named('x', condition({ text: 'back pain' })) }
  t.strictSame(evidence(text, 'chronicity'), ['x'])
  const undated = { onsetDateTime: undefined } as object
  const two = {
    condition: condition(code(icd, 'G90.511'), undated),
    add: [condition(code(icd, 'M79.7'), undated)],
  }
  t.match(explained(two, 'chronicity'), 'limb; Fibromyalgia has no onset')
  t.strictSame(evidence({ pain: named('p', pain('2026-02-20', 8)) }, 'baseline-pain-score'), ['p'])
  const [need] = found({ pain: null }, 'baseline-pain-score').needed
  t.match(need?.requirement?.codeFilter?.[0]?.valueSet, /pain-intensity$/)
  t.strictSame(
    evidence({ add: [named('s', measured('72109-2', '2026-02-20', 9))] }, 'substance-use').length,
    1,
    'a score below its limit is no evidence: the form is all',
  )
})

t.test('partial dates', async (t) => {
  const scored: Parts = {
    condition: condition(code(icd, 'G60.3')),
    pain: pain('2026-03', 8),
    add: [pain('2026', 2)],
  }
  verdicts(t, 'qualifying-condition', [
    ['the one may be newer than the other, or not', 'needs-review', scored],
  ])
  t.match(
    explained(scored, 'qualifying-condition'),
    'It depends on the day that a date leaves open (2026-03, 2026). Either: Idiopathic progressive neuropathy with pain 8 of 10',
  )
})

t.test('a search that could not be read', async (t) => {
  const without = (type: string, id: Id, parts: Parts = {}) => {
    const whole = packetOfBundle(bundleOf(parts), ({ display }) => display === 'clinic')
    const entries = (bundleOf(parts).entry ?? []).flatMap(({ fullUrl = '', resource }) =>
      resource && fullUrl !== 'urn:uuid:0'
        ? [{ reference: fullUrl, resource: resource as FhirResource }]
        : [],
    )
    const packet = packetOf(entries, whole.referral, [
      { type, reason: 'timeout' },
      { type: 'Observation', reason: '503' },
    ])
    return criterion(screen(packet, policy, { asOf: '2026-03-09' }), id)
  }
  const high = { bloodPressure: bloodPressure('2026-02-20', 170, 80) }
  t.equal(without('Condition', 'cardiovascular-disease', high).verdict, 'conflicting')
  const band = { bloodPressure: bloodPressure('2026-02-20', 150, 80) }
  t.equal(without('Condition', 'cardiovascular-disease', band).verdict, 'needs-review')
  const open = without('Condition', 'cardiovascular-disease')
  t.equal(open.verdict, 'not-documented')
  t.match(open.explanation, 'Source unavailable: Condition (timeout), Observation (503). The form')
  t.strictSame(
    open.needed.map(({ text, requirement }) => [text, requirement?.type]),
    ['Condition', 'Observation'].map((type) => [
      `Send the ${type} resources, or let the search for them succeed.`,
      type,
    ]),
  )
  const asked = without('Condition', 'cardiovascular-disease', {
    answers: { 'cardiovascular-disease': '' },
  })
  t.strictSame(
    asked.needed.map(({ requirement }) => requirement?.type),
    ['QuestionnaireResponse'],
  )
})

t.test('warnings', async (t) => {
  const item = (more: Partial<Observation>, date = '2026-02-20') =>
    screenParts(having(named('q', observation(code(lnc, '44260-8'), date, more)))).warnings
  const said = [
    {
      text: 'PHQ-9 item 9 (thoughts of death or self-harm) was not "not at all" on 2026-02-20.',
      evidence: ['urn:uuid:q'],
    },
  ]
  const answer = (...codes: readonly string[]) => ({
    valueCodeableConcept: { coding: codes.map((value) => ({ system: lnc, code: value })) },
  })
  t.strictSame(item({ valueQuantity: quantity(1) }), said)
  t.strictSame(item({ valueQuantity: quantity(0) }), [])
  t.strictSame(item(answer('LA6569-3')), said)
  t.strictSame(item(answer('LA6568-5')), [])
  t.strictSame(item(answer('x', 'LA6568-5')), [])
  t.strictSame(item({ valueCodeableConcept: { text: 'often' } }), said)
  t.strictSame(item({}), [])
  t.strictSame(item({ valueQuantity: quantity(1) }, daysFrom(-90)).length, 1)
  t.strictSame(item({ valueQuantity: quantity(1) }, daysFrom(-91)), [])
  const late = screenParts({ referral: { authoredOn: '2026-03-10' } }).warnings
  t.strictSame(late, [{ text: 'The referral is dated after the check.', evidence: ['urn:uuid:0'] }])
})

t.test('what is of another day or another person', async (t) => {
  const begun = condition(code(icd, 'Z34.01'), { onsetDateTime: daysFrom(-100) })
  const negative = (date: string) =>
    observation(code(lnc, '2106-3'), date, { valueString: 'negative' })
  verdicts(t, 'pregnancy', [
    ['a negative test after the check', 'conflicting', having(begun, negative(daysFrom(8)))],
    ['a negative test on the day of the check', 'met', having(begun, negative(daysFrom(7)))],
  ])
  verdicts(t, 'glaucoma', [
    [
      'an unfinished yes after the check',
      'met',
      having(form({ glaucoma: 'Y' }, { status: 'in-progress', authored: daysFrom(8) })),
    ],
  ])
  verdicts(t, 'substance-use', [
    [
      'a negative AUDIT is no newer one',
      'needs-review',
      having(measured('75624-7', daysFrom(-30), 20), measured('75624-7', daysFrom(-10), -1)),
    ],
    [
      'an AUDIT of 0 is',
      'met',
      having(measured('75624-7', daysFrom(-30), 20), measured('75624-7', daysFrom(-10), 0)),
    ],
  ])
  verdicts(t, 'cardiovascular-disease', [
    [
      'stable disease as the reason of the referral',
      'conflicting',
      { referral: { reasonCode: [code(icd, 'I25.10')] } },
    ],
  ])
  const booked = (...actors: readonly object[]): Parts => ({
    answers: { 'planned-surgery': '' },
    add: [
      {
        resourceType: 'Appointment',
        status: 'booked',
        start: '2026-04-01T08:00:00Z',
        appointmentType: { text: 'surgery' },
        participant: actors.map((actor) => ({ actor, status: 'accepted' as const })),
      },
    ],
  })
  verdicts(t, 'planned-surgery', [
    ['an appointment with a surgeon', 'met', booked(subject, { reference: 'Practitioner/1' })],
    [
      'an appointment of a patient by type',
      'not-documented',
      booked({ type: 'Patient', reference: 'urn:uuid:other' }),
    ],
    [
      'an appointment of a patient by reference',
      'not-documented',
      booked({ reference: 'Patient/other' }),
    ],
    ['an appointment of nobody', 'met', booked()],
  ])
  const pressure = found({ bloodPressure: null }, 'cardiovascular-disease').needed[0]
  t.match(pressure?.text, 'Send a blood pressure, systolic and diastolic in mm[Hg]')
  t.match(pressure?.requirement?.codeFilter?.[0]?.valueSet, /loinc-bp$/)
})

t.test('scores of one day, and lines of 100 mm', async (t) => {
  const neuropathy = condition(code(icd, 'G60.3'))
  const scores = (...values: readonly number[]): Parts => ({
    condition: neuropathy,
    pain: null,
    add: values.map((value) => pain('2026-02-20', value)),
  })
  const line = (value: number, unit: string, ...codes: readonly string[]): Parts => ({
    condition: neuropathy,
    pain: observation(
      { coding: codes.map((each) => ({ system: lnc, code: each })) },
      '2026-02-20',
      {
        valueQuantity: quantity(value, unit),
      },
    ),
  })
  verdicts(t, 'qualifying-condition', [
    ['2 and 8', 'met', scores(2, 8)],
    ['8 and 2', 'met', scores(8, 2)],
    ['4 cm', 'met', line(4, 'cm', '38214-3')],
    ['3.9 cm', 'not-documented', line(3.9, 'cm', '38214-3')],
    ['40 mm by one of two codes', 'met', line(40, 'mm', '1', '38214-3')],
  ])
  const both = { condition: named('c', neuropathy), pain: named('p', pain('2026-02-20', 8)) }
  t.strictSame(evidence(both, 'qualifying-condition'), ['c', 'p'])
  const alone = { condition: named('c', condition(code(icd, 'G90.511'))), pain: both.pain }
  t.strictSame(evidence(alone, 'qualifying-condition'), ['c'])
})

t.test('who else is in the Bundle', async (t) => {
  const stranger = (id: string) =>
    named(id, condition(code(icd, 'R52'), { subject: { reference: 'urn:uuid:other' } }))
  t.strictSame(screenParts(having(stranger('s'))).warnings, [
    { text: 'A resource is about somebody else and not counted.', evidence: ['urn:uuid:s'] },
  ])
  t.strictSame(screenParts(having(stranger('s'), stranger('u'))).warnings, [
    {
      text: '2 resources are about somebody else and not counted.',
      evidence: ['urn:uuid:s', 'urn:uuid:u'],
    },
  ])
  t.strictSame(screenParts({ referral: { authoredOn: '2026-03-09' } }).warnings, [])
  t.strictSame(screenParts({ referral: { authoredOn: undefined } as object }).warnings, [
    {
      text: 'The referral has no date (authoredOn); it is taken to be of the check date.',
      evidence: ['urn:uuid:0'],
    },
  ])
  t.strictSame(screenParts({ patient: undefined }).warnings, [
    {
      text: 'The patient is not in the referral: sex and age are not known.',
      evidence: ['urn:uuid:0'],
    },
  ])
})

t.test('many partial dates', async (t) => {
  const trial = (start: string, end: string) => ({
    opioid: medicine('1049683', start, end, 'ineffective'),
    add: ['2021-01', '2021-02', '2021-03'].map((date) => pain(date, 5)),
  })
  verdicts(t, 'failed-opioid-therapy', [
    ['a late start and an early end are too short', 'needs-review', trial('2025-01', '2025-02')],
    ['a late start and an early end are long enough', 'met', trial('2025-01', '2025-03')],
  ])
})

t.test('a screen on the day of the prescription', async (t) => {
  const screened = (date: string) =>
    having(
      observation(code(lnc, '3879-4'), date, { valueString: 'Positive' }),
      medicine('7052', '2026-02-10', '2026-03-01', undefined, { reasonCode: undefined } as object),
    )
  verdicts(t, 'substance-use', [
    ['on its first day', 'met', screened('2026-02-10')],
    ['the day before', 'needs-review', screened('2026-02-09')],
    ['on its last day', 'met', screened('2026-03-01')],
    ['the day after', 'needs-review', screened('2026-03-02')],
  ])
})

t.test('the evidence against a qualifying condition', async (t) => {
  const over = named(
    'r',
    condition(code(icd, 'G90.511'), { clinicalStatus: status('condition-clinical', 'resolved') }),
  )
  const alike = named('a', condition(code(icd, 'R52')))
  const id = 'qualifying-condition'
  t.strictSame(evidence({ condition: over, add: [alike] }, id), ['a', 'r'])
  const neuropathy = named('n', condition(code(icd, 'G60.3')))
  t.strictSame(evidence({ condition: neuropathy, pain: named('p', pain('2026-02-20', 3)) }, id), [
    'n',
    'p',
  ])
})

t.test('urine screens', async (t) => {
  const id = 'substance-use'
  const urine = (loinc: string, date: string | undefined, more: Partial<Observation>) =>
    named('u', observation(code(lnc, loinc), date, more))
  const morphine = medicine('7052', '2026-01-10', '2026-03-01', undefined, {
    reasonCode: undefined,
  } as object)
  const inWords = medicine('', '2026-01-10', '2026-03-01', undefined, {
    reasonCode: undefined,
    medicationCodeableConcept: { text: 'vitamin D' },
  } as object)
  const on = '2026-02-20'
  verdicts(t, id, [
    [
      'unclear opiates while morphine was prescribed',
      'needs-review',
      having(morphine, urine('3879-4', on, { valueString: 'invalid' })),
    ],
    [
      'undated opiates while morphine was prescribed',
      'needs-review',
      having(morphine, urine('3879-4', undefined, { valueString: 'Positive' })),
    ],
    [
      'opiates while a medicine in words was taken',
      'needs-review',
      having(inWords, urine('3879-4', on, { valueString: 'Positive' })),
    ],
    ['no value', 'met', having(urine('3397-7', on, {}))],
    [
      'negative in one of two texts',
      'met',
      having(
        urine('3397-7', on, { valueString: 'see below', interpretation: [{ text: 'negative' }] }),
      ),
    ],
    [
      'positive in the display of an unlisted code',
      'needs-review',
      having(
        urine('3397-7', on, {
          valueCodeableConcept: {
            coding: [{ system: 'urn:local', code: 'P', display: 'positive' }],
          },
        }),
      ),
    ],
    [
      'positive in the display of a listed negative',
      'met',
      having(urine('3397-7', on, { valueCodeableConcept: code(sct, '260385009', 'positive') })),
    ],
    [
      'negative in the display of a listed positive',
      'needs-review',
      having(urine('3397-7', on, { valueCodeableConcept: code(sct, '10828004', 'negative') })),
    ],
  ])
  const undated = having(urine('3397-7', undefined, { valueString: 'Positive' }))
  t.match(
    explained(undated, id),
    'The record shows a positive urine screen (Cocaine [Presence] in Urine) without a date;',
  )
  t.ok(evidence(undated, id).includes('u'))
  t.match(
    explained(having(urine('3397-7', on, { valueString: 'invalid' })), id),
    'The record shows an unclear urine screen (Cocaine [Presence] in Urine) on 2026-02-20;',
  )
  t.match(
    explained(having(measured('82667-7', on, 7)), id),
    'The record shows DAST-10 7 on 2026-02-20;',
  )
})

t.test('units in every spelling', async (t) => {
  const rows: readonly (readonly [string, string, number | undefined])[] = [
    ...['mm[Hg]', 'mmHg', 'MMHG', 'mm Hg'].map((each) => [each, 'mm[Hg]', 1] as const),
    ...['mcg', 'µg', 'μg', 'ug'].map((each) => [each, 'mg', 0.001] as const),
    ...['mcg/h', 'mcg/hr', 'ug/hr', 'µg/h', 'μg/h', 'ug/h'].map(
      (each) => [each, 'ug/h', 1] as const,
    ),
    ...['ml', 'ML', 'cc', 'mL'].map((each) => [each, 'mL', 1] as const),
    ...['d', 'day', 'days'].map((each) => [each, 'd', 1] as const),
    ...['wk', 'week', 'weeks'].map((each) => [each, 'd', 7] as const),
    ...['mo', 'month', 'months'].map((each) => [each, 'd', 30.4375] as const),
    ...['a', 'year', 'years'].map((each) => [each, 'd', 365.25] as const),
    ...['U/L', 'u/l', 'IU/L', '[iU]/L', 'iu/l'].map((each) => [each, 'U/L', 1] as const),
    ...['U/L', '[IU]/L', 'mIU/mL', 'm[IU]/mL', 'mU/mL'].map((each) => [each, '[IU]/L', 1] as const),
    ['U/mL', 'U/L', 1000],
    ['kU/L', 'U/L', 1000],
    ['U/Lx', 'U/L', undefined],
    ['xU/L', 'U/L', undefined],
    ['U', 'U/L', undefined],
    ['mg{total}/dL', 'mg/dL', 1],
    ['mg/dL', 'U/L', undefined],
    ['nothing', 'U/L', undefined],
  ]
  for (const [unit, to, times] of rows) {
    t.equal(inUnit({ value: 1, unit }, to), times, `${unit} in ${to}`)
    t.equal(inUnit({ value: 1, unit }, to), times, `${unit} in ${to}, asked again`)
  }
})

t.test('what a failure of treatment or an operation rests on', async (t) => {
  const id = 'treatment-failure-or-surgery'
  const both = {
    opioid: named('o', medicine('1049683', '2025-01-26', '2025-04-26', 'ineffective')),
    form: answers({ 'planned-surgery': 'Y' }),
  }
  t.strictSame(evidence(both, id), ['f', 'o'])
  t.match(
    explained(both, id),
    /: Oxycodone 60 MME\/day .* which failed\. .*: The form of 2026-02-27 says that an operation is planned\.$/,
    'both parts are told',
  )
  const one = { ...both, form: answers() }
  t.strictSame(evidence(one, id), ['o'])
  t.notMatch(explained(one, id), 'operation is planned')
  const only = { opioid: null, form: answers() }
  t.match(explained(only, id), 'No opioid trial is on file')
})
