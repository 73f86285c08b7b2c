/** A form as a page: each field with its label and what is wrong with it, whatever its texts hold. */

import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import t from 'tap'
import { fieldsOf } from '../../../src/domain/questionnaire/fields.ts'
import { withItemsOf } from '../../../src/domain/questionnaire/items.ts'
import { readAnswers } from '../../../src/domain/questionnaire/read-answers.ts'
import {
  formErrors,
  renderForm,
  type ShownForm,
} from '../../../src/http/people/questionnaire/render.ts'
import { type View, viewOf } from '../../../src/http/people/view.ts'
import { formOfKinds } from '../../domain/questionnaire/kinds.ts'
import { attributeOf, elementsOf, textOf } from '../../helpers/pages.ts'

const view: View = viewOf({
  language: 'en',
  timeZone: 'America/New_York',
  now: new Date('2026-03-02T15:00:00Z'),
  session: undefined,
  organization: '',
  path: '',
  formToken: '',
  theme: 'auto',
  shortcuts: true,
  sandbox: false,
})

const shown = (facts: Partial<ShownForm> = {}, form: Pick<Questionnaire, 'item'> = formOfKinds) =>
  renderForm(view, {
    questionnaire: form,
    fields: fieldsOf(withItemsOf(form.item), [], view),
    ...facts,
  }).text

const controls = (html: string) =>
  elementsOf(html).filter(
    (each) =>
      ['input', 'select', 'textarea'].includes(each.tagName) &&
      attributeOf(each, 'type') !== 'hidden',
  )

t.test('each field has a label, and each id is there once', async (t) => {
  const html = shown()
  const elements = elementsOf(html)
  const ids = elements.flatMap((each) => attributeOf(each, 'id') ?? [])
  t.equal(new Set(ids).size, ids.length)
  const labels = new Set(elements.flatMap((each) => attributeOf(each, 'for') ?? []))
  for (const each of controls(html)) {
    const id = attributeOf(each, 'id') ?? ''
    t.ok(labels.has(id) || attributeOf(each, 'aria-label'), `${id} has a label`)
  }
  for (const each of elements)
    for (const id of (attributeOf(each, 'aria-describedby') ?? '').split(' ').filter(Boolean))
      t.ok(ids.includes(id), `${id} explains something`)
  const names = new Set(controls(html).map((each) => attributeOf(each, 'name')))
  for (const { linkId, type } of withItemsOf(formOfKinds.item))
    if (!['group', 'attachment'].includes(type) && !['hidden', 'fixed'].includes(linkId))
      t.ok(
        [...names].some((name) => name === `q.${linkId}` || name?.startsWith(`q.${linkId}.`)),
        `${linkId} can be answered`,
      )
  t.notOk(
    [...names].some((name) => /hidden|fixed/.test(name ?? '')),
    'what is not to be typed cannot',
  )
  t.match(textOf(html), /Which of many\? Choose an answer Choice 0/, 'many options are a list')
  t.equal(elements.filter((each) => attributeOf(each, 'type') === 'checkbox').length, 4)
})

t.test('a question under a condition says so, for people and for the script', async (t) => {
  const html = shown()
  t.match(textOf(html), /Only if “Which\?” is “Choice 1”\./)
  const data = elementsOf(html).flatMap((each) => attributeOf(each, 'data-when') ?? [])
  t.same(
    data.map((each) => JSON.parse(each)),
    [{ any: false, conditions: [['q.choice', '=', 'urn:s|c1']] }],
  )
})

t.test('another answer has fields of its own, and files have theirs', async (t) => {
  const fields = new Map([['q.words', ['one', 'two']]])
  const words = (html: string) =>
    controls(html).filter((each) => attributeOf(each, 'name') === 'q.words').length
  t.equal(words(shown({ fields })), 2)
  t.equal(words(shown({ fields, more: 'words' })), 3)
  t.match(textOf(shown()), /A file\? A file cannot be added here\./)
  t.notMatch(textOf(shown({ filesFor: () => 'Here it goes' })), /cannot be added/)
})

t.test('a summary of what is wrong leads to each field', async (t) => {
  const typed = new Map([
    ['q.integer', ['seven']],
    ['q.date.day', ['3']],
    ['q.string', ['far too long a word']],
  ])
  const { problems } = readAnswers(formOfKinds.item, { all: (name) => typed.get(name) ?? [] }, view)
  const html = shown({ fields: typed, problems })
  const ids = new Set(elementsOf(html).flatMap((each) => attributeOf(each, 'id') ?? []))
  const errors = formErrors(view, formOfKinds, problems)
  t.same(
    errors.map(([field]) => field),
    ['q.integer', 'q.date', 'q.string', 'q.text'],
  )
  for (const [field, words] of errors) {
    t.ok(ids.has(field), field)
    t.ok(ids.has(`${field}-error`), words)
  }
  t.match(html, /value="far too long a word"/)
})

t.test('hostile texts stay texts, wherever a form may have them', async (t) => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
  const hostile = (item: QuestionnaireItem): QuestionnaireItem => ({
    ...item,
    text: `${evil} ${item.text}`,
    ...(item.answerOption
      ? {
          answerOption: item.answerOption.map(() => ({
            valueCoding: { system: evil, code: evil, display: evil },
          })),
        }
      : {}),
    ...(item.item ? { item: item.item.map(hostile) } : {}),
  })
  const item = (formOfKinds.item ?? []).map(hostile)
  const fields = new Map(
    withItemsOf(item).flatMap(({ linkId }) =>
      ['', '.other', '.day', '.time', '.unit'].map((part): [string, string[]] => [
        `q.${linkId}${part}`,
        [evil],
      ]),
    ),
  )
  const theirs = new Map(withItemsOf(item).map(({ linkId }) => [linkId, evil]))
  const plain = elementsOf(shown({ theirs })).map(({ tagName }) => tagName)
  const html = shown({ fields, theirs }, { item })
  for (const { tagName, attrs } of elementsOf(html)) {
    t.ok(plain.includes(tagName), tagName)
    t.notOk(attrs.some(({ name }) => name.startsWith('on') || name === 'style'))
  }
})
