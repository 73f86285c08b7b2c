/**
 * What the items of a form say, as far as our pages show forms:
 * https://hl7.org/fhir/R4/questionnaire-definitions.html
 */

import type {
  Coding,
  Extension,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'

const structure = 'http://hl7.org/fhir/StructureDefinition'

/** The extensions that are read. */
export const itemExtensions = {
  hidden: `${structure}/questionnaire-hidden`,
  control: `${structure}/questionnaire-itemControl`,
  unit: `${structure}/questionnaire-unitOption`,
  regex: `${structure}/regex`,
  min: `${structure}/minValue`,
  max: `${structure}/maxValue`,
} as const

export type Item = QuestionnaireItem
export type Answer = QuestionnaireResponseItemAnswer

const extensionOf = ({ extension }: Item, url: string): Extension | undefined =>
  extension?.find((each) => each.url === url)

export const isHidden = (item: Item): boolean =>
  extensionOf(item, itemExtensions.hidden)?.valueBoolean === true

export const unitsOf = ({ extension = [] }: Item): readonly Coding[] =>
  extension.flatMap(({ url, valueCoding }) =>
    url === itemExtensions.unit && valueCoding ? [valueCoding] : [],
  )

export const regexOf = (item: Item): string | undefined =>
  extensionOf(item, itemExtensions.regex)?.valueString

/** The least and the most that may be answered, as the form writes them. */
export const limitsOf = (
  item: Item,
): { readonly min: string | undefined; readonly max: string | undefined } => ({
  min: limitIn(extensionOf(item, itemExtensions.min)),
  max: limitIn(extensionOf(item, itemExtensions.max)),
})

function limitIn(extension: Extension | undefined): string | undefined {
  const { valueInteger, valueDecimal, valueDate, valueDateTime } = extension ?? {}
  const value = valueInteger ?? valueDecimal ?? valueDate ?? valueDateTime
  return value === undefined ? undefined : String(value)
}

/** Characters that an answer may have; nothing longer is taken, and nothing is cut off. */
export const longestOf = ({ type, maxLength }: Item): number =>
  maxLength ?? (type === 'text' ? 20_000 : 1_000)

/** Is it answered, rather than shown or a heading? */
export const isQuestion = ({ type }: Item): boolean => type !== 'group' && type !== 'display'

/** An item and all items below it, in the order of the form. */
export const withItemsOf = (items: readonly Item[] = []): readonly Item[] =>
  items.flatMap((item) => [item, ...withItemsOf(item.item)])

/** What tells an option from the others of its item. */
export function optionKey({ valueCoding, valueString }: QuestionnaireItemAnswerOption): string {
  return valueCoding ? `${valueCoding.system ?? ''}|${valueCoding.code ?? ''}` : (valueString ?? '')
}

export const optionWords = ({ valueCoding, valueString }: QuestionnaireItemAnswerOption): string =>
  valueString ?? valueCoding?.display ?? valueCoding?.code ?? ''

/** What is known as the answer already and is yet to be confirmed. */
export const initialOf = ({ answerOption, initial }: Item): readonly Answer[] =>
  answerOption
    ? answerOption
        .filter(({ initialSelected }) => initialSelected)
        .map(({ valueCoding, valueString }) => (valueCoding ? { valueCoding } : { valueString }))
        .map((answer) => answer as Answer)
    : ((initial ?? []) as readonly Answer[])

/** What an answer names: the form in its version. */
export const canonicalOfForm = ({ url, version }: Questionnaire): string =>
  version ? `${url}|${version}` : `${url}`
