import t from 'tap'
import {
  code,
  condition,
  daysFrom,
  form,
  icd,
  lnc,
  measured,
  observation,
  type Parts,
  quantity,
  screened,
  sct,
  verdicts,
} from '../build.ts'

const id = 'glaucoma'
const has = (value: string): Parts => ({ add: [condition(code(icd, value))] })
const right = (value: number, unit: string | undefined = 'mm[Hg]', date = '2026-02-20') =>
  measured('79892-6', date, value, unit)
const left = (value: number, date = '2026-02-20') => measured('79893-4', date, value, 'mm[Hg]')
const lab = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const eye = (value: number, date: string, site: string) =>
  observation(code(sct, '41633001'), date, {
    valueQuantity: quantity(value, 'mm[Hg]'),
    bodySite: { text: site },
  })
const silent = { ...screened, [id]: '' }
const stale = (answer: string, authored = '2025-10-01', more = {}) =>
  form({ [id]: answer }, { authored, ...more })

verdicts(t, id, [
  [
    'by body site in code, one eye',
    'met',
    lab(
      { ...eye(25, '2026-01-01', ''), bodySite: code(sct, '18944008') },
      right(18, 'mm[Hg]', '2026-02-01'),
    ),
  ],
  [
    'by body site in code, the other eye',
    'needs-review',
    lab(
      { ...eye(25, '2026-01-01', ''), bodySite: code(sct, '8966001') },
      right(18, 'mm[Hg]', '2026-02-01'),
    ),
  ],
  ['nothing and no', 'met', {}],
  ['nothing and unanswered', 'not-documented', { answers: { [id]: '' } }],
  ['glaucoma', 'conflicting', has('H40.1131')],
  ['glaucoma, unanswered', 'not-met', { ...has('H40.1131'), answers: { [id]: '' } }],
  ['suspect', 'needs-review', has('H40.001')],
  ['ocular hypertension by SNOMED CT', 'needs-review', { add: [condition(code(sct, '4210003'))] }],
  ['family history', 'met', has('Z83.511')],
  ['cataract', 'met', has('H26.9')],
  ['a category', 'needs-review', has('H40.1')],
  ['21', 'met', lab(right(21))],
  ['22', 'needs-review', lab(right(22))],
  ['22, unanswered', 'needs-review', { ...lab(right(22)), answers: { [id]: '' } }],
  ['2.8 kPa is 21.0', 'needs-review', lab(right(2.8, 'kPa'))],
  ['2.79 kPa is 20.9', 'met', lab(right(2.79, 'kPa'))],
  ['365 days before', 'needs-review', lab(right(22, 'mm[Hg]', daysFrom(-365)))],
  ['366 days before', 'met', lab(right(22, 'mm[Hg]', daysFrom(-366)))],
  ['the newest day of one eye', 'met', lab(right(25, 'mm[Hg]', '2026-01-01'), right(18))],
  ['each eye for itself', 'needs-review', lab(right(25, 'mm[Hg]', '2026-01-01'), left(18))],
  [
    'by body site, one eye',
    'met',
    lab(eye(25, '2026-01-01', 'right eye'), eye(18, '2026-02-01', 'right eye')),
  ],
  [
    'by body site, two eyes',
    'needs-review',
    lab(eye(25, '2026-01-01', 'right eye'), eye(18, '2026-02-01', 'left eye')),
  ],
  ['by body site and by code, one eye', 'met', lab(eye(25, '2026-01-01', 'Left eye'), left(18))],
  [
    'without unit, would be abnormal',
    'needs-review',
    lab(observation(code(lnc, '79892-6'), '2026-02-20', { valueQuantity: quantity(22) })),
  ],
  [
    'without unit, would be normal',
    'met',
    lab(observation(code(lnc, '79892-6'), '2026-02-20', { valueQuantity: quantity(21) })),
  ],
  ['raised IOP in words', 'needs-review', lab(condition({ text: 'raised IOP left' }))],
  ['words', 'needs-review', lab(condition({ text: 'no glaucoma' }))],
  [
    'the reason of the referral in words',
    'needs-review',
    { referral: { reasonCode: [{ text: 'CRPS and glaucoma' }] } },
  ],
])

t.test('forms', async (t) => {
  verdicts(t, id, [
    ['90 days before', 'met', { form: form(screened, { authored: daysFrom(-90) }) }],
    ['91 days before', 'not-documented', { form: form(screened, { authored: daysFrom(-91) }) }],
    ['on the check date', 'met', { form: form(screened, { authored: '2026-03-09' }) }],
    [
      'after the check date',
      'not-documented',
      { form: form(screened, { authored: '2026-03-10' }) },
    ],
    ['without a date', 'not-documented', { form: form(screened, { authored: undefined }) }],
    ['amended', 'met', { form: form(screened, { status: 'amended' }) }],
    ['in progress', 'not-documented', { form: form(screened, { status: 'in-progress' }) }],
    ['stopped', 'not-documented', { form: form(screened, { status: 'stopped' }) }],
    [
      'entered in error',
      'not-documented',
      { form: form({ ...screened, [id]: 'Y' }, { status: 'entered-in-error' }) },
    ],
    [
      'with a version in its canonical',
      'met',
      { form: form(screened, { questionnaire: `${form().questionnaire}|1.0.0` }) },
    ],
    ['another form', 'not-documented', { form: form(screened, { questionnaire: 'urn:other' }) }],
    [
      'nested in a group',
      'met',
      { form: form({}, { item: [{ linkId: 'group', item: form().item ?? [] }] }) },
    ],
    [
      'nested in an answer',
      'met',
      {
        form: form(
          {},
          { item: [{ linkId: 'x', answer: [{ valueBoolean: true, item: form().item ?? [] }] }] },
        ),
      },
    ],
    ['unknown linkIds say nothing', 'met', { form: form({ ...screened, 'no-such-item': 'Y' }) }],
    [
      'an answer of another system',
      'not-documented',
      {
        form: form(
          {},
          { item: [{ linkId: id, answer: [{ valueCoding: { system: sct, code: 'N' } }] }] },
        ),
      },
    ],
    [
      'an answer in words',
      'not-documented',
      { form: form({}, { item: [{ linkId: id, answer: [{ valueString: 'no' }] }] }) },
    ],
    [
      'the newest answer decides',
      'not-met',
      { form: form(screened), add: [form({ [id]: 'Y' }, { authored: '2026-02-28' })] },
    ],
    [
      'the newest answer decides the other way',
      'met',
      {
        form: form({ ...screened, [id]: 'Y' }),
        add: [form({ [id]: 'N' }, { authored: '2026-02-28' })],
      },
    ],
    ['a newer form that is silent', 'met', { add: [form({}, { authored: '2026-02-28' })] }],
    [
      'a newer unknown',
      'not-documented',
      { add: [form({ [id]: 'UNK' }, { authored: '2026-02-28' })] },
    ],
    ['of one day yes goes first', 'not-met', { add: [form({ [id]: 'Y' })] }],
    ['of one day unknown goes before no', 'not-documented', { add: [form({ [id]: 'UNK' })] }],
    [
      'of one day by time',
      'met',
      {
        form: form(screened, { authored: '2026-02-27T12:00:00Z' }),
        add: [form({ [id]: 'Y' }, { authored: '2026-02-27T09:00:00Z' })],
      },
    ],
    [
      'two answers on one form',
      'not-met',
      { form: form({}, { item: ['N', 'Y'].flatMap((each) => form({ [id]: each }).item ?? []) }) },
    ],
    [
      'a stale yes, the newer form is silent',
      'needs-review',
      { form: form(silent), add: [stale('Y')] },
    ],
    ['a stale yes alone', 'needs-review', { form: null, add: [stale('Y')] }],
    ['a stale no alone', 'not-documented', { form: null, add: [stale('N')] }],
    ['a stale yes and a newer no', 'met', { add: [stale('Y')] }],
    [
      'a stale yes and a newer unknown',
      'needs-review',
      { form: form({ ...screened, [id]: 'UNK' }), add: [stale('Y')] },
    ],
    [
      'a stale yes and a newer yes',
      'not-met',
      { form: form({ ...screened, [id]: 'Y' }), add: [stale('Y')] },
    ],
    [
      'an unfinished yes after a no',
      'needs-review',
      { add: [stale('Y', '2026-02-28', { status: 'in-progress' })] },
    ],
    [
      'an unfinished yes before a no',
      'met',
      { add: [stale('Y', '2026-02-26', { status: 'in-progress' })] },
    ],
    [
      'an unfinished yes of the same day',
      'needs-review',
      { add: [stale('Y', '2026-02-27', { status: 'in-progress' })] },
    ],
    ['an undated yes', 'needs-review', { add: [stale('Y', '', { authored: undefined })] }],
    [
      'a form of somebody else',
      'met',
      {
        add: [
          form({ [id]: 'Y' }, { subject: { reference: 'urn:uuid:other' }, authored: '2026-02-28' }),
        ],
      },
    ],
  ])
})
