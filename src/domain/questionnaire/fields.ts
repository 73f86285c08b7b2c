/**
 * How the answers of an item stand in the fields of a page: the names of the fields, and what is in
 * them. Several answers of one item are several fields of one name, in order.
 */

import type { Quantity, QuestionnaireResponseItem } from 'fhir/r4'
import { FhirDecimal } from '../fhir/decimal.ts'
import { type Answer, type Item, initialOf, isQuestion, optionKey, unitsOf } from './items.ts'

/** What a page sent, or is to show: all fields of a name, in order. */
export interface TypedFields {
  all(name: string): readonly string[]
}

/** The field of a question; its parts are `.day`, `.unit` … behind it. */
export const fieldOf = (linkId: string): string => `q.${linkId}`

/** Choices that no option of a form can have as its key. */
export const otherChoice = 'other'
export const unknownChoice = 'unknown'

/** Keeps what was typed and is no answer yet, such as a letter in a number, in a draft. */
const asTypedUrl = 'https://referloop.example/fhir/StructureDefinition/as-typed'
/** https://hl7.org/fhir/R4/extension-data-absent-reason.html */
const absentUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** A yes/no question that was answered with "not known": asked, and no answer. */
export const notKnownItem = (linkId: string): QuestionnaireResponseItem => ({
  linkId,
  extension: [{ url: absentUrl, valueCode: 'asked-unknown' }],
})

export const isNotKnown = ({ extension = [] }: QuestionnaireResponseItem): boolean =>
  extension.some(({ url, valueCode }) => url === absentUrl && valueCode === 'asked-unknown')

export const asTypedItem = (linkId: string, fields: Fields): QuestionnaireResponseItem => ({
  linkId,
  extension: [{ url: asTypedUrl, valueString: new URLSearchParams(pairsOf(fields)).toString() }],
})

const pairsOf = (fields: Fields): [string, string][] =>
  [...fields].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))

/** The names of the fields of an item. */
export function fieldNames({ linkId, type, answerOption }: Item): readonly string[] {
  const name = fieldOf(linkId)
  const parts: Readonly<Record<string, readonly string[]>> = {
    date: ['.day', '.month', '.year'],
    dateTime: ['.day', '.month', '.year', '.time'],
    quantity: ['', '.unit'],
    'open-choice': answerOption ? ['', '.other'] : [''],
  }
  return [...(parts[type] ?? ['']).map((part) => `${name}${part}`), `${name}.still`]
}

export type Fields = ReadonlyMap<string, readonly string[]>

export const typedIn = (fields: Fields): TypedFields => ({
  all: (name) => fields.get(name) ?? [],
})

/** @param timeZone of whom it is shown to */
export interface FieldSetting {
  readonly timeZone: string
}

/**
 * What a form begins with: what a draft has of a question, else what is known of it already.
 * @param draft the items of a QuestionnaireResponse
 */
export function fieldsOf(
  items: readonly Item[],
  draft: readonly QuestionnaireResponseItem[],
  setting: FieldSetting,
): Fields {
  const said = new Map(allResponses(draft).map((each) => [each.linkId, each]))
  return new Map(
    items.filter(isQuestion).flatMap((item): [string, readonly string[]][] => {
      const response = said.get(item.linkId)
      const raw = response?.extension?.find(({ url }) => url === asTypedUrl)?.valueString
      if (raw !== undefined) return [...grouped(raw)]
      if (response && isNotKnown(response)) return [[fieldOf(item.linkId), [unknownChoice]]]
      const answers = response?.answer ?? []
      if (answers.length > 0)
        return [
          ...fieldsOfAnswers(item, answers, setting),
          [`${fieldOf(item.linkId)}.still`, ['yes']],
        ]
      return [...fieldsOfAnswers(item, initialOf(item), setting)]
    }),
  )
}

/** Every item of a response, those below answers too. */
export const allResponses = (
  items: readonly QuestionnaireResponseItem[] = [],
): readonly QuestionnaireResponseItem[] =>
  items.flatMap((each) => [
    each,
    ...allResponses(each.item),
    ...(each.answer ?? []).flatMap(({ item }) => allResponses(item)),
  ])

function grouped(raw: string): Fields {
  const fields = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(raw))
    fields.set(name, [...(fields.get(name) ?? []), value])
  return fields
}

/** The same answers as fields. */
export function fieldsOfAnswers(
  item: Item,
  answers: readonly Answer[],
  setting: FieldSetting,
): Fields {
  const fields = new Map<string, string[]>()
  for (const [part, value] of answers.flatMap((answer) => partsOf(item, answer, setting))) {
    const name = `${fieldOf(item.linkId)}${part}`
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  return fields
}

/** What stands in each field of an answer. */
type Parts = (readonly [part: string, value: string])[]

function partsOf(item: Item, answer: Answer, setting: FieldSetting): Parts {
  switch (item.type) {
    case 'boolean':
      return [['', String(answer.valueBoolean)]]
    case 'integer':
      return [['', numberText(answer.valueInteger)]]
    case 'decimal':
      return [['', numberText(answer.valueDecimal)]]
    case 'date':
      return dateParts(answer.valueDate ?? '')
    case 'dateTime':
      return dateTimeParts(answer.valueDateTime ?? '', setting)
    case 'choice':
    case 'open-choice':
      return choiceParts(item, answer)
    case 'quantity':
      return quantityParts(item, answer.valueQuantity ?? {})
    case 'attachment':
      return []
    default:
      return [['', answer.valueString ?? '']]
  }
}

const numberText = (value: unknown): string =>
  value instanceof FhirDecimal ? value.source : value === undefined ? '' : String(value)

function dateParts(date: string): Parts {
  const [year = '', month = '', day = ''] = date.slice(0, 10).split('-')
  return [
    ['.day', day.replace(/^0/, '')],
    ['.month', month.replace(/^0/, '')],
    ['.year', year],
  ]
}

/** An instant is shown as the clock on the wall had it. */
function dateTimeParts(dateTime: string, { timeZone }: FieldSetting): Parts {
  if (!dateTime.includes('T')) return [...dateParts(dateTime), ['.time', '']]
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(dateTime))
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
  const day = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  return [...dateParts(day), ['.time', `${part('hour')}:${part('minute')}`]]
}

function choiceParts({ answerOption = [], type }: Item, answer: Answer): Parts {
  const { valueCoding, valueString } = answer
  const key = optionKey({
    ...(valueCoding ? { valueCoding } : {}),
    ...(valueString ? { valueString } : {}),
  })
  if (answerOption.some((option) => optionKey(option) === key)) return [['', key]]
  if (type !== 'open-choice') return []
  return [
    ['', otherChoice],
    ['.other', valueString ?? valueCoding?.display ?? ''],
  ]
}

function quantityParts(item: Item, { value, code, unit }: Quantity): Parts {
  const known = unitsOf(item).find((each) => each.code === code || each.display === unit)
  return [
    ['', numberText(value)],
    ['.unit', known?.code ?? ''],
  ]
}
