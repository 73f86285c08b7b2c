import t from 'tap'
import {
  allergy,
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  icd,
  lnc,
  measured,
  observation,
  type Parts,
  pain,
  quantity,
  screenParts,
  sct,
  verdicts,
  verification,
} from '../build.ts'

const none = { condition: null } satisfies Parts
const only = (concept: Parameters<typeof condition>[0], more = {}): Parts => ({
  condition: condition(concept, more),
})
const neuropathy = code(icd, 'G60.3')
const scored = (...scores: readonly [string, number][]): Parts => ({
  condition: condition(neuropathy),
  pain: null,
  add: scores.map(([date, value]) => pain(date, value)),
})

verdicts(t, 'qualifying-condition', [
  ['an active confirmed code of every qualifying list', 'met', only(code(icd, 'M79.7'))],
  ['SNOMED CT alone', 'met', only(code(sct, '203082005'))],
  ['phantom limb with pain', 'met', only(code(icd, 'G54.6'))],
  ['postherpetic neuralgia', 'met', only(code(icd, 'B02.29'))],
  ['cancer pain', 'met', only(code(icd, 'G89.3'))],
  ['chronic pain syndrome', 'met', only(code(icd, 'G89.4'))],
  ['trigeminal neuralgia', 'met', only(code(icd, 'G50.0'))],
  ['without the dot', 'met', only(code(icd, 'G90511'))],
  ['a code that extends a listed one', 'met', only(code(icd, 'M79.71'))],
  ['a listed code in another system', 'not-documented', only(code('urn:other', 'M79.7'))],
  [
    'the second of two codings',
    'met',
    only({
      coding: [
        { system: 'urn:local', code: '1' },
        { system: icd, code: 'M79.7' },
      ],
    }),
  ],
  ['a category is imprecise', 'needs-review', only(code(icd, 'G90.5'))],
  ['a category of two characters is none', 'not-documented', only(code(icd, 'G9'))],
  ['provisional', 'needs-review', only(code(icd, 'M79.7'), verification('provisional'))],
  ['differential', 'needs-review', only(code(icd, 'M79.7'), verification('differential'))],
  ['unconfirmed', 'needs-review', only(code(icd, 'M79.7'), verification('unconfirmed'))],
  [
    'without verification status it counts as confirmed',
    'met',
    only(code(icd, 'M79.7'), { verificationStatus: undefined }),
  ],
  ['refuted', 'not-documented', only(code(icd, 'M79.7'), verification('refuted'))],
  [
    'entered in error',
    'not-documented',
    only(code(icd, 'M79.7'), { ...verification('entered-in-error'), clinicalStatus: undefined }),
  ],
  ['recurrence', 'met', only(code(icd, 'M79.7'), clinical('recurrence'))],
  ['relapse', 'met', only(code(icd, 'M79.7'), clinical('relapse'))],
  ['resolved', 'not-met', only(code(icd, 'M79.7'), clinical('resolved'))],
  ['inactive', 'not-met', only(code(icd, 'M79.7'), clinical('inactive'))],
  ['remission', 'not-met', only(code(icd, 'M79.7'), clinical('remission'))],
  [
    'no clinical status, no abatement',
    'met',
    only(code(icd, 'M79.7'), { clinicalStatus: undefined }),
  ],
  [
    'no clinical status, abated',
    'not-met',
    only(code(icd, 'M79.7'), { clinicalStatus: undefined, abatementDateTime: '2025-12-01' }),
  ],
  [
    'abatement in the future is none',
    'met',
    only(code(icd, 'M79.7'), { clinicalStatus: undefined, abatementDateTime: '2026-12-01' }),
  ],
  ['acute pain only', 'not-met', only(code(icd, 'G89.11'))],
  ['pain unspecified only', 'not-met', only(code(icd, 'R52', 'Pain, unspecified'))],
  ['phantom limb without pain only', 'not-met', only(code(icd, 'G54.7'))],
  ['sickle-cell trait only', 'not-met', only(code(icd, 'D57.3'))],
  ['initial encounter of a cord injury only', 'not-met', only(code(icd, 'S14.101A'))],
  ['personal history is not looked at', 'not-documented', only(code(icd, 'Z85.3'))],
  ['family history is not looked at', 'not-documented', only(code(icd, 'Z84.81'))],
  ['nothing', 'not-documented', none],
  [
    'an onset after the check',
    'not-documented',
    only(code(icd, 'M79.7'), { onsetDateTime: '2026-03-10' }),
  ],
  ['text that names pain', 'needs-review', only({ text: 'chronic shoulder pain' })],
  ['text that names a condition', 'needs-review', only({ text: 'CRPS right arm' })],
  ['an abbreviation inside a word is none', 'not-documented', only({ text: 'macrpsia' })],
  ['text that names no pain', 'not-documented', only({ text: 'hay fever' })],
  [
    'text that names pain, resolved',
    'not-documented',
    only({ text: 'back pain' }, clinical('resolved')),
  ],
  [
    'an unlisted code that names pain',
    'needs-review',
    only(code(icd, 'M54.50', 'Low back pain, unspecified')),
  ],
  [
    'text beside look-alikes',
    'needs-review',
    { ...only({ text: 'nerve pain' }), add: [condition(code(icd, 'R52'))] },
  ],
  ['text beside a met condition', 'met', { add: [condition({ text: 'back pain' })] }],
  [
    'the reason of the referral, coded',
    'met',
    { ...none, referral: { reasonCode: [code(icd, 'M79.7')] } },
  ],
  [
    'the reason of the referral, in words',
    'needs-review',
    { ...none, referral: { reasonCode: [{ text: 'neuropathic foot pain' }] } },
  ],
  [
    'the reason of the referral, a look-alike',
    'not-met',
    { ...none, referral: { reasonCode: [code(icd, 'G89.18')] } },
  ],
  [
    'a resolved one beside an active one',
    'met',
    { add: [condition(code(icd, 'M79.7'), clinical('resolved'))] },
  ],
  [
    'somebody else has it',
    'not-documented',
    only(code(icd, 'M79.7'), { subject: { reference: 'urn:uuid:other' } }),
  ],
  ['an allergy is no condition', 'not-documented', { ...none, add: [allergy({ text: 'pain' })] }],
])

t.test('underlying disease needs pain with it', async (t) => {
  verdicts(t, 'qualifying-condition', [
    ['score 4', 'met', scored(['2026-02-20', 4])],
    ['score 3', 'not-documented', scored(['2026-02-20', 3])],
    ['no score', 'not-documented', scored()],
    ['score on the first day of the window', 'met', scored([daysFrom(-90), 4])],
    ['score a day before the window', 'not-documented', scored([daysFrom(-91), 4])],
    ['score on the check date', 'met', scored(['2026-03-09', 4])],
    ['score after the check date', 'not-documented', scored(['2026-03-10', 4])],
    ['the newest score decides', 'not-documented', scored(['2026-02-10', 8], ['2026-02-20', 3])],
    ['of one day the worst', 'met', scored(['2026-02-20', 3], ['2026-02-20', 4])],
    ['radiculopathy', 'met', { condition: condition(code(icd, 'M54.16')) }],
    ['sickle cell disease', 'met', { condition: condition(code(icd, 'D57.1')) }],
    ['spinal cord injury, sequela', 'met', { condition: condition(code(icd, 'S14.101S')) }],
    ['malignancy by prefix, first', 'met', { condition: condition(code(icd, 'C00.1')) }],
    ['malignancy by prefix, last', 'met', { condition: condition(code(icd, 'C96.9')) }],
    ['no malignancy: C97', 'not-documented', { condition: condition(code(icd, 'C97')) }],
    ['no malignancy: D00', 'not-documented', { condition: condition(code(icd, 'D00.0')) }],
    [
      'together with a qualifying code',
      'met',
      { condition: condition(neuropathy), pain: null, add: [condition(code(icd, 'G89.29'))] },
    ],
    [
      'together with an unconfirmed qualifying code',
      'needs-review',
      {
        condition: condition(neuropathy),
        pain: null,
        add: [condition(code(icd, 'G89.29'), verification('provisional'))],
      },
    ],
    [
      'unconfirmed, with pain',
      'needs-review',
      { condition: condition(neuropathy, verification('provisional')) },
    ],
    [
      'beside a look-alike',
      'not-documented',
      { condition: condition(neuropathy), pain: null, add: [condition(code(icd, 'R52'))] },
    ],
    [
      'a scale that informs only',
      'not-documented',
      { condition: condition(neuropathy), pain: measured('71961-7', '2026-02-20', 60) },
    ],
    [
      'visual analog scale, 40 mm',
      'met',
      { condition: condition(neuropathy), pain: measured('38214-3', '2026-02-20', 40, 'mm') },
    ],
    [
      'visual analog scale, 39 mm',
      'not-documented',
      { condition: condition(neuropathy), pain: measured('38214-3', '2026-02-20', 39, 'mm') },
    ],
    [
      'a preliminary score',
      'not-documented',
      {
        condition: condition(neuropathy),
        pain: observation(code(lnc, '72514-3'), '2026-02-20', {
          status: 'preliminary',
          valueQuantity: quantity(8),
        }),
      },
    ],
  ])
})

const found = (parts: Parts) => criterion(screenParts(parts), 'qualifying-condition')
const named = (id: string, icd10: string, more = {}) => condition(code(icd, icd10), { id, ...more })

t.test(
  'what is missing is a pain score, or the condition by a code of any of the lists',
  async (t) => {
    const lists = 'crps fibromyalgia neuropathic phantom phn cancer-pain chronic-pain'.split(' ')
    const conditionNeed = {
      text: 'Send the pain condition as an active Condition with an ICD-10-CM or SNOMED CT code.',
      requirement: {
        type: 'Condition',
        codeFilter: lists.map((list) => ({
          path: 'code',
          valueSet: `https://referloop.example/fhir/ValueSet/qual-${list}`,
        })),
      },
    }
    t.strictSame(found(none), {
      id: 'qualifying-condition',
      title: 'A pain condition that the clinic treats',
      kind: 'required',
      verdict: 'not-documented',
      explanation: 'No pain condition is on file.',
      evidence: [],
      needed: [conditionNeed],
    })
    const cancer = named('cancer', 'C50.911')
    const silent = found({ condition: cancer, pain: null })
    t.equal(silent.explanation, 'C50.911 is on file, but no pain with it: there is no pain score.')
    t.strictSame(silent.evidence, ['urn:uuid:cancer'])
    t.match(silent.needed, [
      { text: 'Send a pain score of 4 or more of 10, taken no earlier than 2025-12-02.' },
      conditionNeed,
    ])
    t.strictSame(silent.needed[0]?.requirement?.codeFilter, [
      { path: 'code', valueSet: 'https://referloop.example/fhir/ValueSet/pain-intensity' },
    ])
    const low = found({ condition: cancer, pain: { ...pain('2026-02-20', 2), id: 'low' } })
    t.match(low.explanation, 'the newest pain score is 2 of 10 on 2026-02-20.')
    t.strictSame(low.evidence, ['urn:uuid:cancer', 'urn:uuid:low'])
  },
)

t.test('the pain is told with what lies under it only when it is needed', async (t) => {
  const cancer = named('cancer', 'C50.911')
  const scored = { ...pain('2026-02-20', 8), id: 'score' }
  const alone = found({ condition: cancer, pain: scored })
  t.equal(alone.explanation, 'C50.911 with pain 8 of 10 on 2026-02-20.')
  t.strictSame(alone.evidence, ['urn:uuid:cancer', 'urn:uuid:score'])
  const both = found({ condition: cancer, pain: scored, add: [named('other', 'M79.7')] })
  t.equal(both.explanation, 'Fibromyalgia; C50.911.')
})

t.test('what is open is told by why: a category before what is not confirmed', async (t) => {
  const doubted = named('doubted', 'M79.7', verification('provisional'))
  const open = found({ condition: doubted })
  t.match(open.explanation, 'Fibromyalgia: not confirmed.')
  const both = found({ condition: doubted, add: [named('category', 'G90.5')] })
  t.match(both.explanation, /^Fibromyalgia; G90\.5: the code is a category/)
  t.strictSame(both.evidence, ['urn:uuid:doubted', 'urn:uuid:category'])
})

t.test('what is over or looks alike does not qualify, and is named', async (t) => {
  const over = named('over', 'G90.511', clinical('resolved'))
  const past = found({ condition: over })
  t.match(past, { verdict: 'not-met', evidence: ['urn:uuid:over'], needed: [] })
  t.match(
    past.explanation,
    'Complex regional pain syndrome I of right upper limb is on file, but over.',
  )
})
