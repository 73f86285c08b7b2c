/** A reading that a form asks for is an Observation once it is whole, and nothing before. */

import type { QuestionnaireResponse } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { observationsOf, readingItems } from '../../../src/domain/screening/readings.ts'
import { criterion, found, type Parts, screenParts } from './build.ts'

const validator = createReferralValidator()
const answer = (linkId: string, more: object) => ({ linkId, answer: [more] })
const responseWith = (
  item: QuestionnaireResponse['item'] & object,
  status: QuestionnaireResponse['status'] = 'completed',
): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status,
  subject: { reference: 'urn:uuid:patient' },
  author: { display: 'Dr Kim Example' },
  item: [{ linkId: 'about', item }],
})

const bp = 'reading-loinc-bp-of-cardiovascular-disease'
const pressure = (systolic: number, diastolic: number) => [
  answer(`${bp}-systolic`, { valueInteger: systolic }),
  answer(`${bp}-diastolic`, { valueInteger: diastolic }),
  answer(`${bp}-date`, { valueDate: '2026-02-20' }),
]
const score = 'reading-pain-intensity-of-baseline-pain-score'
const pain = (value: number, date = '2026-02-20') => [
  answer(`${score}-score`, { valueInteger: value }),
  answer(`${score}-date`, { valueDate: date }),
]

t.test('what is needed is asked for, with its day', async (t) => {
  const linkIdsOf = (parts: Parts, id: 'baseline-pain-score' | 'cardiovascular-disease') =>
    criterion(screenParts(parts), id).needed.flatMap((need) =>
      readingItems(id, need).map(({ linkId, enableWhen }) => [linkId, enableWhen?.[0]?.question]),
    )
  t.same(linkIdsOf({ pain: null }, 'baseline-pain-score'), [
    [`${score}-score`, undefined],
    [`${score}-date`, `${score}-score`],
  ])
  t.same(
    linkIdsOf(
      { bloodPressure: null, answers: { 'cardiovascular-disease': '' } },
      'cardiovascular-disease',
    ),
    [
      [`${bp}-systolic`, undefined],
      [`${bp}-diastolic`, `${bp}-systolic`],
      [`${bp}-date`, `${bp}-systolic`],
    ],
  )
  t.same(readingItems('glaucoma', { text: 'Answer' }), [])
})

t.test('a whole reading satisfies what it was asked for', async (t) => {
  const [reading, ...others] = observationsOf(responseWith(pain(7)))
  t.same(others, [])
  t.same(validator.validate(reading), [])
  t.match(reading, { effectiveDateTime: '2026-02-20', performer: [{ display: 'Dr Kim Example' }] })
  t.equal(found({ pain: reading ?? null }, 'baseline-pain-score').verdict, 'met')
  const [measured] = observationsOf(responseWith(pressure(128, 82)))
  t.same(validator.validate(measured), [])
  t.equal(found({ bloodPressure: measured ?? null }, 'cardiovascular-disease').verdict, 'met')
})

t.test('half a reading, one beyond its limits, or one that is not sent is none', async (t) => {
  for (const item of [pain(7).slice(0, 1), pain(7).slice(1), pain(11), pressure(128, 82).slice(1)])
    t.same(observationsOf(responseWith(item)), [])
  t.same(observationsOf(responseWith(pain(7), 'in-progress')), [])
  t.same(observationsOf(responseWith([answer('reading-none-of-x-score', { valueInteger: 1 })])), [])
})
