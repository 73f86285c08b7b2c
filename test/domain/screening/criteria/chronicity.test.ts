import t from 'tap'
import {
  clinical,
  code,
  condition,
  daysFrom,
  icd,
  type Parts,
  verdicts,
  verification,
} from '../build.ts'

const crps = code(icd, 'G90.511')
const onset = (onsetDateTime: string, more = {}): Parts => ({
  condition: condition(crps, { onsetDateTime, ...more }),
})
const undated = (concept = crps, more = {}): Parts => ({
  condition: condition(concept, { onsetDateTime: undefined, ...more }),
})

verdicts(t, 'chronicity', [
  ['exactly 90 days', 'met', onset(daysFrom(-90))],
  ['89 days', 'not-met', onset(daysFrom(-89))],
  ['a year and months, early and late enough', 'met', onset('2025-11')],
  ['a month that holds the limit', 'needs-review', onset('2025-12')],
  ['a month too new', 'not-met', onset('2026-01')],
  ['a year that holds the limit', 'needs-review', onset('2025')],
  ['recorded date where onset is missing', 'met', undated(crps, { recordedDate: '2023-12-03' })],
  [
    'onset goes before recorded date',
    'not-met',
    onset('2026-02-01', { recordedDate: '2023-12-03' }),
  ],
  [
    'onset in words falls back to the recorded date',
    'met',
    undated(crps, { onsetString: 'years ago', recordedDate: '2023-12-03' }),
  ],
  ['onset in words only', 'not-documented', undated(crps, { onsetString: 'years ago' })],
  ['onset as age', 'met', undated(crps, { onsetAge: { value: 40, unit: 'a', code: 'a' } })],
  [
    'onset as an age of this year',
    'not-documented',
    undated(crps, { onsetAge: { value: 48, unit: 'a', code: 'a' } }),
  ],
  ['onset period', 'met', undated(crps, { onsetPeriod: { start: '2024-01-01' } })],
  ['undated, its code says chronic', 'needs-review', undated(code(icd, 'G89.29'))],
  ['undated, its code does not say chronic', 'not-documented', undated()],
  ['no candidate', 'not-documented', { condition: null }],
  [
    'one old candidate is enough',
    'met',
    { ...onset('2026-02-01'), add: [condition(code(icd, 'M79.7'))] },
  ],
  [
    'an old provisional candidate',
    'met',
    { ...onset('2026-02-01'), add: [condition(code(icd, 'M79.7'), verification('provisional'))] },
  ],
  [
    'an old resolved one does not count',
    'not-met',
    { ...onset('2026-02-01'), add: [condition(code(icd, 'M79.7'), clinical('resolved'))] },
  ],
  ['an old underlying disease', 'met', { condition: condition(code(icd, 'G60.3')), pain: null }],
  [
    'a new one beside an undated chronic one',
    'needs-review',
    { ...onset('2026-02-01'), add: [condition(code(icd, 'G89.4'), { onsetDateTime: undefined })] },
  ],
  [
    'a new one beside an undated one',
    'not-met',
    { ...onset('2026-02-01'), add: [condition(code(icd, 'M79.7'), { onsetDateTime: undefined })] },
  ],
  ['an old category', 'needs-review', { condition: condition(code(icd, 'G90.5')) }],
  ['an old text', 'needs-review', { condition: condition({ text: 'back pain' }) }],
  [
    'a new text',
    'not-met',
    { condition: condition({ text: 'back pain' }, { onsetDateTime: '2026-02-01' }) },
  ],
  ['an undated text', 'not-documented', undated({ text: 'back pain' })],
  ['an undated text that says chronic', 'needs-review', undated({ text: 'chronic back pain' })],
  ['a look-alike is no candidate', 'not-documented', { condition: condition(code(icd, 'R52')) }],
  [
    'the reason of the referral is undated',
    'needs-review',
    { condition: null, referral: { reasonCode: [code(icd, 'G89.4')] } },
  ],
])
