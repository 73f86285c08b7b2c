import t from 'tap'
import {
  allergy,
  clinical,
  code,
  condition,
  daysFrom,
  form,
  type Parts,
  rx,
  sct,
  status,
  verdicts,
} from '../build.ts'

const id = 'ketamine-hypersensitivity'
const ketamine = code(rx, '6130')
const has = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const unanswered = (parts: Parts): Parts => ({ ...parts, answers: { [id]: '' } })
const verified = (value: string) => ({
  verificationStatus: status('allergyintolerance-verification', value),
})
const state = (value: string) => ({ clinicalStatus: status('allergyintolerance-clinical', value) })
const noKnown = (more = {}, value = '716186003') => allergy(code(sct, value), more)

verdicts(t, id, [
  ['no', 'met', {}],
  ['unanswered', 'not-documented', unanswered({})],
  ['ketamine', 'conflicting', has(allergy(ketamine))],
  ['ketamine, unanswered', 'not-met', unanswered(has(allergy(ketamine)))],
  ['esketamine', 'conflicting', has(allergy(code(rx, '2119365')))],
  ['the substance by SNOMED CT', 'conflicting', has(allergy(code(sct, '373464007')))],
  ['a product', 'conflicting', has(allergy(code(rx, '238083')))],
  [
    'as the substance of a reaction',
    'conflicting',
    has(
      allergy(
        { text: 'anaesthetic' },
        { reaction: [{ substance: ketamine, manifestation: [{ text: 'rash' }] }] },
      ),
    ),
  ],
  [
    'no statuses',
    'conflicting',
    has(allergy(ketamine, { clinicalStatus: undefined, verificationStatus: undefined })),
  ],
  ['unconfirmed', 'needs-review', has(allergy(ketamine, verified('unconfirmed')))],
  ['presumed', 'needs-review', has(allergy(ketamine, verified('presumed')))],
  ['refuted', 'met', has(allergy(ketamine, verified('refuted')))],
  [
    'entered in error',
    'met',
    has(allergy(ketamine, { ...verified('entered-in-error'), clinicalStatus: undefined })),
  ],
  ['resolved', 'met', has(allergy(ketamine, state('resolved')))],
  ['inactive', 'met', has(allergy(ketamine, state('inactive')))],
  ['another substance', 'met', has(allergy(code(rx, '7804')))],
  ['in words', 'needs-review', has(allergy({ text: 'Ketalar' }))],
  ['in words, unlisted code', 'needs-review', has(allergy(code(sct, '1', 'Allergy to Spravato')))],
  ['a condition in words', 'needs-review', has(condition({ text: 'reaction to esketamine' }))],
  [
    'a condition in words, resolved',
    'met',
    has(condition({ text: 'reaction to ketamine' }, clinical('resolved'))),
  ],
  [
    'a referral for ketamine is no allergy',
    'met',
    { referral: { reasonCode: [{ text: 'CRPS, for ketamine infusion' }] } },
  ],
  ['no known allergy', 'met', unanswered(has(noKnown()))],
  ['no known drug allergy', 'met', unanswered(has(noKnown({}, '409137002')))],
  ['no known food allergy', 'not-documented', unanswered(has(noKnown({}, '429625007')))],
  [
    'no known allergy 365 days before',
    'met',
    unanswered(has(noKnown({ recordedDate: daysFrom(-365) }))),
  ],
  [
    'no known allergy 366 days before',
    'not-documented',
    unanswered(has(noKnown({ recordedDate: daysFrom(-366) }))),
  ],
  ['no known allergy, refuted', 'not-documented', unanswered(has(noKnown(verified('refuted'))))],
  [
    'no known allergy beside one to ketamine',
    'conflicting',
    unanswered(has(noKnown(), allergy(ketamine))),
  ],
  ['no known allergy and yes', 'not-met', { ...has(noKnown()), answers: { [id]: 'Y' } }],
  [
    'no known allergy and a stale yes',
    'needs-review',
    { ...unanswered(has(noKnown(), form({ [id]: 'Y' }, { authored: '2025-10-01' }))) },
  ],
  ['recorded after the check', 'met', has(allergy(ketamine, { recordedDate: '2026-03-10' }))],
  ['began after the check', 'met', has(allergy(ketamine, { onsetDateTime: '2026-03-10' }))],
  [
    'began before, recorded on the check date',
    'conflicting',
    has(allergy(ketamine, { onsetDateTime: '2020-01-01', recordedDate: '2026-03-09' })),
  ],
  ['of somebody else', 'met', has(allergy(ketamine, { patient: { reference: 'urn:uuid:other' } }))],
])
