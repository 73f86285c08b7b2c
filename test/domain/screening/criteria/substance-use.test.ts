import t from 'tap'
import {
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  dosage,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  opioid,
  type Parts,
  quantity,
  rx,
  screenParts,
  sct,
  verdicts,
} from '../build.ts'

const id = 'substance-use'
const has = (value: string, ...more: NonNullable<Parts['add']>): Parts => ({
  add: [condition(code(icd, value)), ...more],
})
const lab = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const screenOf = (loinc: string, value = 'Positive', days = 10) =>
  observation(code(lnc, loinc), daysFrom(-days), { valueString: value })
const suboxone = '1010604'
const active = (rxcui: string, start: string, end?: string, more = {}) =>
  medicine(rxcui, start, end, undefined, { status: 'active', reasonCode: undefined, ...more })

verdicts(t, id, [
  ['nothing and no', 'met', {}],
  ['nothing and unanswered', 'not-documented', { answers: { [id]: '' } }],
  ['opioid dependence, often miscoded', 'conflicting', has('F11.20')],
  ['alcohol dependence, unanswered', 'not-met', { ...has('F10.20'), answers: { [id]: '' } }],
  ['use', 'needs-review', has('F10.90')],
  ['use, added later', 'needs-review', has('F16.9Z')],
  ['use, in remission', 'met', has('F10.91')],
  ['alcohol use with psychosis', 'needs-review', has('F10.950')],
  ['dependence in remission, status active', 'met', has('F10.21')],
  ['dependence in remission by SNOMED CT', 'met', lab(condition(code(sct, '191821007')))],
  ['nicotine', 'met', has('F17.210')],
  ['nicotine by category', 'met', has('F17')],
  ['long-term opioids', 'met', has('Z79.891')],
  ['personal history', 'met', has('Z87.891')],
  ['a category', 'needs-review', has('F10')],
  ['resolved', 'met', lab(condition(code(icd, 'F10.20'), clinical('resolved')))],
  ['OUD in words', 'needs-review', lab(condition({ text: 'OUD' }))],
  ['the abbreviation inside a word', 'met', lab(condition({ text: 'loud snoring' }))],
  ['IV drug in words', 'needs-review', lab(condition({ text: 'past IV drug user' }))],
  ['HIV drug is another thing', 'met', lab(condition({ text: 'HIV drug rash' }))],
  ['AUDIT 15', 'met', lab(measured('75624-7', '2026-02-20', 15))],
  ['AUDIT 16', 'needs-review', lab(measured('75624-7', '2026-02-20', 16))],
  ['AUDIT 16, 365 days before', 'needs-review', lab(measured('75624-7', daysFrom(-365), 16))],
  ['AUDIT 16, 366 days before', 'met', lab(measured('75624-7', daysFrom(-366), 16))],
  [
    'AUDIT, the newest',
    'met',
    lab(measured('75624-7', '2026-02-01', 16), measured('75624-7', '2026-02-20', 5)),
  ],
  [
    'AUDIT, of one day the worst',
    'needs-review',
    lab(measured('75624-7', '2026-02-20', 16), measured('75624-7', '2026-02-20', 5)),
  ],
  ['a negative AUDIT', 'met', lab(measured('75624-7', '2026-02-20', -16))],
  ['AUDIT-C decides nothing', 'met', lab(measured('75626-2', '2026-02-20', 12))],
  ['DAST-10 5', 'met', lab(measured('82667-7', '2026-02-20', 5))],
  ['DAST-10 6', 'needs-review', lab(measured('82667-7', '2026-02-20', 6))],
  ['ORT is a risk tool', 'met', lab(measured('91392-1', '2026-02-20', 20))],
])

t.test('urine screens', async (t) => {
  const running = {
    ...medicine('892582', daysFrom(-40), undefined, undefined, { status: 'active' }),
    authoredOn: daysFrom(-40),
  }
  verdicts(t, id, [
    [
      'opiates after the referral while morphine runs on',
      'met',
      lab(screenOf('3879-4', 'Positive', -3), running),
    ],
    [
      'opiates after the referral, morphine completed without an end',
      'needs-review',
      lab(screenOf('3879-4', 'Positive', -3), { ...running, status: 'completed' as const }),
    ],
    [
      'opiates after the referral, morphine ended at the referral',
      'needs-review',
      lab(
        screenOf('3879-4', 'Positive', -3),
        medicine('892582', daysFrom(-40), daysFrom(0), undefined, { status: 'active' }),
      ),
    ],
    [
      'opiates while morphine and oxycodone were prescribed',
      'met',
      lab(screenOf('3879-4'), medicine('892582', daysFrom(-40), daysFrom(-1)), opioid()),
    ],
  ])
  const cocaine = '3397-7'
  const opiates = '3879-4'
  const morphine = (start: string, end: string) =>
    medicine('892582', start, end, undefined, { status: 'completed' })
  verdicts(t, id, [
    ['positive, 90 days before', 'needs-review', lab(screenOf(cocaine, 'Positive', 90))],
    ['positive, 91 days before', 'met', lab(screenOf(cocaine, 'Positive', 91))],
    ['negative', 'met', lab(screenOf(cocaine, 'Negative'))],
    ['not detected', 'met', lab(screenOf(cocaine, 'Not detected'))],
    [
      'a later negative does not cancel',
      'needs-review',
      lab(screenOf(cocaine, 'Positive', 20), screenOf(cocaine, 'Negative', 10)),
    ],
    ['neither', 'needs-review', lab(screenOf(cocaine, 'pending'))],
    [
      'positive by code',
      'needs-review',
      lab(
        observation(code(lnc, cocaine), '2026-02-20', {
          valueCodeableConcept: code(sct, '260373001'),
        }),
      ),
    ],
    [
      'negative by code',
      'met',
      lab(
        observation(code(lnc, cocaine), '2026-02-20', {
          valueCodeableConcept: code(sct, '260385009'),
        }),
      ),
    ],
    [
      'opiates while morphine was prescribed',
      'met',
      lab(screenOf(opiates), morphine(daysFrom(-40), daysFrom(-10))),
    ],
    [
      'opiates a day after morphine',
      'needs-review',
      lab(screenOf(opiates), morphine(daysFrom(-40), daysFrom(-11))),
    ],
    [
      'opiates before morphine',
      'needs-review',
      lab(screenOf(opiates), morphine(daysFrom(-9), daysFrom(-1))),
    ],
    [
      'opiates while oxycodone was prescribed',
      'needs-review',
      lab(
        screenOf(opiates),
        opioid({ dosageInstruction: [dosage(daysFrom(-40), daysFrom(-1), 4, quantity(1))] }),
      ),
    ],
    [
      'opiates while a codeine syrup was prescribed',
      'met',
      lab(
        screenOf(opiates),
        medicine('995226', daysFrom(-40), daysFrom(-1), undefined, { status: 'completed' }),
      ),
    ],
    [
      'opiates while a cancelled order ran',
      'needs-review',
      lab(screenOf(opiates), {
        ...morphine(daysFrom(-40), daysFrom(-1)),
        status: 'cancelled' as const,
      }),
    ],
    [
      'cocaine while morphine was prescribed',
      'needs-review',
      lab(screenOf(cocaine), morphine(daysFrom(-40), daysFrom(-1))),
    ],
  ])
})

t.test('medicines for opioid use disorder', async (t) => {
  verdicts(t, id, [
    ['running', 'needs-review', lab(active(suboxone, '2025-10-01'))],
    [
      'running beside a remission code',
      'needs-review',
      has('F11.21', active(suboxone, '2025-10-01')),
    ],
    ['ended 29 days before', 'needs-review', lab(active(suboxone, '2025-10-01', daysFrom(-29)))],
    ['ended 30 days before', 'met', lab(active(suboxone, '2025-10-01', daysFrom(-30)))],
    ['stopped', 'met', lab(active(suboxone, '2025-10-01', daysFrom(-10), { status: 'stopped' }))],
    ['a patch for pain', 'met', lab(active('904870', '2025-10-01'))],
    [
      'a brand in words',
      'needs-review',
      lab(
        active('', '2025-10-01', undefined, {
          medicationCodeableConcept: { text: 'Subutex 8 mg' },
        }),
      ),
    ],
    ['Sublocade', 'needs-review', lab(active('1996189', '2025-10-01'))],
    ['an injection without that name', 'met', lab(active('1996184', '2025-10-01'))],
    [
      'methadone for pain',
      'met',
      lab(active('864706', '2025-10-01', undefined, { reasonCode: [code(icd, 'G89.4')] })),
    ],
    [
      'methadone for dependence',
      'needs-review',
      lab(active('864706', '2025-10-01', undefined, { reasonCode: [code(icd, 'F11.20')] })),
    ],
    ['methadone concentrate', 'needs-review', lab(active('991147', '2025-10-01'))],
    [
      'a dispense whose supply reaches into the 30 days',
      'needs-review',
      lab({
        resourceType: 'MedicationDispense',
        status: 'completed',
        subject: { reference: 'urn:uuid:patient' },
        medicationCodeableConcept: code(rx, suboxone),
        whenHandedOver: daysFrom(-59),
        daysSupply: { value: 30, unit: 'd', code: 'd' },
      }),
    ],
    [
      'a dispense whose supply ends before',
      'met',
      lab({
        resourceType: 'MedicationDispense',
        status: 'completed',
        subject: { reference: 'urn:uuid:patient' },
        medicationCodeableConcept: code(rx, suboxone),
        whenHandedOver: daysFrom(-60),
        daysSupply: { value: 30, unit: 'd', code: 'd' },
      }),
    ],
  ])
})

t.test('reasons', async (t) => {
  verdicts(t, id, [
    ['of the referral', 'conflicting', { referral: { reasonCode: [code(icd, 'F11.20')] } }],
    [
      'of a medicine',
      'needs-review',
      lab(
        medicine('310431', '2025-10-01', '2025-11-01', undefined, {
          reasonCode: [code(icd, 'F10.20')],
        }),
      ),
    ],
    [
      'of a medicine six years ago',
      'met',
      lab(
        medicine('310431', '2019-10-01', '2019-11-01', undefined, {
          reasonCode: [code(icd, 'F10.20')],
        }),
      ),
    ],
  ])
  const { evidence } = criterion(
    screenParts({ referral: { reasonCode: [code(icd, 'F11.20')] } }),
    id,
  )
  t.ok(evidence.includes('urn:uuid:0'), 'the referral itself is the evidence')
})
