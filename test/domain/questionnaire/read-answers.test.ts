/** What is typed becomes answers, or is said to be none; nothing is cut off and nothing is guessed. */

import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { allResponses, fieldsOf, typedIn } from '../../../src/domain/questionnaire/fields.ts'
import { withItemsOf } from '../../../src/domain/questionnaire/items.ts'
import { type ReadSetting, readAnswers } from '../../../src/domain/questionnaire/read-answers.ts'
import { subsetFaults } from '../../../src/domain/questionnaire/subset.ts'
import { formOfKinds } from './kinds.ts'

const timeZone = 'America/New_York'
const validator = createReferralValidator()

type Typed = Readonly<Record<string, string | readonly string[]>>

const fields = (typed: Typed) =>
  typedIn(new Map(Object.entries(typed).map(([name, value]) => [`q.${name}`, [value].flat()])))
const read = (typed: Typed, setting: Partial<ReadSetting> = {}) =>
  readAnswers(formOfKinds.item, fields({ text: 'said', ...typed }), { timeZone, ...setting })
const faultsOf = (typed: Typed) =>
  read(typed).problems.map(({ linkId, fault, limit }) => [linkId, fault, limit].filter(Boolean))
const answersOf = (typed: Typed, linkId: string) =>
  allResponses(read(typed).items).find((each) => each.linkId === linkId)?.answer
const asResponse = (item: QuestionnaireResponseItem[]): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: 'urn:form|1',
  item,
})

const good: Typed = {
  boolean: 'false',
  integer: '7',
  decimal: '1.10',
  'date.day': '7',
  'date.month': '2',
  'date.year': '2026',
  'dateTime.day': '9',
  'dateTime.month': '3',
  'dateTime.year': '2026',
  'dateTime.time': '14:30',
  string: 'abc',
  text: 'two\r\nlines',
  choice: 'urn:s|c1',
  list: 'urn:s|c8',
  open: 'other',
  'open.other': 'something else',
  several: ['urn:s|c0', 'urn:s|c2'],
  words: ['one', '', 'two'],
  quantity: '70,5',
  'quantity.unit': 'kg',
  followed: 'next',
  known: 'from the record',
  'known.still': 'yes',
}

t.test('the form of every kind can be shown', async (t) => {
  t.same(subsetFaults(formOfKinds), [])
  t.same(validator.validate(formOfKinds), [])
})

t.test('each kind of answer is read, and makes a valid response', async (t) => {
  const { items, problems, answered } = read(good)
  t.same(problems, [])
  t.same(validator.validate(asResponse(items)), [])
  const said = (linkId: string) => JSON.parse(JSON.stringify(answersOf(good, linkId) ?? []))
  t.same(said('boolean'), [{ valueBoolean: false }])
  t.same(said('integer'), [{ valueInteger: 7 }])
  t.equal(JSON.stringify(answersOf(good, 'decimal')), '[{"valueDecimal":1.10}]', 'as written')
  t.same(said('date'), [{ valueDate: '2026-02-07' }])
  t.same(said('dateTime'), [{ valueDateTime: '2026-03-09T18:30:00.000Z' }], 'on their clock')
  t.same(said('text'), [{ valueString: 'two\nlines' }])
  t.same(said('choice'), [{ valueCoding: { system: 'urn:s', code: 'c1', display: 'Choice 1' } }])
  t.same(said('open'), [{ valueString: 'something else' }])
  t.equal(said('several').length, 2)
  t.same(said('words'), [{ valueString: 'one' }, { valueString: 'two' }])
  t.match(said('quantity'), [{ valueQuantity: { value: 70.5, code: 'kg', unit: 'kg' } }])
  t.same(said('followed'), [{ valueString: 'next' }])
  t.same(said('known'), [{ valueString: 'from the record' }])
  t.same(said('fixed'), [{ valueString: 'so' }])
  t.ok(answered.has('known') && !answered.has('fixed') && !answered.has('attachment'))
  const files = new Map([['attachment', [{ contentType: 'text/plain', title: 'note' }]]])
  t.match(
    allResponses(read(good, { files }).items).find(({ linkId }) => linkId === 'attachment'),
    {
      answer: [{ valueAttachment: { title: 'note' } }],
    },
  )
})

t.test('what cannot be read is said, by question', async (t) => {
  const cases: readonly (readonly [Typed, readonly (string | undefined)[]])[] = [
    [{ text: '' }, ['text', 'required']],
    [{ integer: 'seven' }, ['integer', 'not-a-number']],
    [{ integer: '1,000' }, ['integer', 'not-a-number']],
    [{ integer: '2.5' }, ['integer', 'not-whole']],
    [{ integer: '11' }, ['integer', 'too-large', '10']],
    [{ integer: '-1' }, ['integer', 'too-small', '0']],
    [{ decimal: '1e3' }, ['decimal', 'not-a-number']],
    [{ decimal: '1,000' }, ['decimal', 'not-a-number']],
    [{ 'date.day': '30', 'date.month': '2', 'date.year': '2026' }, ['date', 'not-a-date']],
    [{ 'date.day': '3', 'date.year': '2026' }, ['date', 'not-a-date']],
    [{ 'date.month': '3', 'date.year': '26' }, ['date', 'not-a-date']],
    [{ 'date.month': '4', 'date.year': '2026' }, ['date', 'too-large', '2026-03-02']],
    [{ 'dateTime.year': '2026', 'dateTime.time': '14:30' }, ['dateTime', 'not-a-time']],
    // The clocks go forward at that hour.
    [
      {
        'dateTime.day': '8',
        'dateTime.month': '3',
        'dateTime.year': '2026',
        'dateTime.time': '02:30',
      },
      ['dateTime', 'not-a-time'],
    ],
    [{ string: 'abcdefghijk' }, ['string', 'too-long', '10']],
    [{ string: 'ABC' }, ['string', 'wrong-form']],
    [{ text: 'x'.repeat(20_001) }, ['text', 'too-long', '20000']],
    [{ choice: 'urn:s|c7' }, ['choice', 'not-an-option']],
    [{ choice: 'other' }, ['choice', 'not-an-option']],
    [{ open: 'other' }, ['open', 'required']],
    [{ several: ['urn:s|c0', '<script>'] }, ['several', 'not-an-option']],
    [{ quantity: '70' }, ['quantity', 'no-unit']],
    [{ quantity: 'heavy', 'quantity.unit': 'kg' }, ['quantity', 'not-a-number']],
  ]
  for (const [typed, fault] of cases) {
    t.same(faultsOf(typed), [fault], JSON.stringify(typed).slice(0, 60))
    const { items, problems } = read(typed, { draft: true })
    t.notOk(problems.some((each) => each.fault === 'required' && each.linkId === 'text'))
    // A draft gives back what was typed, to the letter.
    const again = fieldsOf(withItemsOf(formOfKinds.item), items, { timeZone })
    for (const [name, value] of Object.entries(typed))
      if ([value].flat().some((each) => each !== ''))
        t.same(again.get(`q.${name}`), [value].flat(), `${name} is kept`)
  }
})

t.test('as much of a date as is known is an answer', async (t) => {
  t.same(answersOf({ 'date.year': '2019' }, 'date'), [{ valueDate: '2019' }])
  t.same(answersOf({ 'date.month': '11', 'date.year': '2019' }, 'date'), [{ valueDate: '2019-11' }])
  t.same(answersOf({ 'dateTime.year': '2019' }, 'dateTime'), [{ valueDateTime: '2019' }])
})

t.test('what is known already counts once it is confirmed, or changed', async (t) => {
  t.equal(answersOf({ known: 'from the record' }, 'known'), undefined)
  t.same(answersOf({ known: 'something new' }, 'known'), [{ valueString: 'something new' }])
  t.ok(read({ known: 'from the record', 'known.still': 'yes' }).answered.has('known'))
})

t.test('"not known" is said, and is no answer', async (t) => {
  const { items, answered } = read({ boolean: 'unknown' })
  const said = allResponses(items).find(({ linkId }) => linkId === 'boolean')
  t.equal(said?.answer, undefined)
  t.match(said?.extension, [{ valueCode: 'asked-unknown' }])
  t.ok(answered.has('boolean'))
  t.same(validator.validate(asResponse(items)), [])
  const again = fieldsOf(withItemsOf(formOfKinds.item), items, { timeZone })
  t.same(again.get('q.boolean'), ['unknown'])
})

t.test('what is not asked is not sent, and a draft keeps it', async (t) => {
  const typed = { choice: 'urn:s|c0', followed: 'typed before' }
  t.equal(answersOf(typed, 'followed'), undefined)
  const { items } = read(typed, { draft: true })
  t.same(allResponses(items).find(({ linkId }) => linkId === 'followed')?.answer, [
    { valueString: 'typed before' },
  ])
  t.equal(answersOf({ hidden: 'typed by hand' }, 'hidden'), undefined, 'nor what is hidden')
  t.same(
    answersOf({ fixed: 'typed by hand' }, 'fixed'),
    [{ valueString: 'so' }],
    'nor what is fixed',
  )
})

t.test('a draft gives back every answer as it was', async (t) => {
  const { items } = read(good, { draft: true })
  const again = fieldsOf(withItemsOf(formOfKinds.item), items, { timeZone })
  const read2 = readAnswers(formOfKinds.item, typedIn(again), { timeZone, draft: true })
  t.same(JSON.parse(JSON.stringify(read2.items)), JSON.parse(JSON.stringify(items)))
})
