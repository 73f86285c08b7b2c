/**
 * Which forms our pages can show. The subset is closed: a form that needs more is refused when it is
 * loaded, rather than shown with a question missing.
 */

import type { Extension, Questionnaire, QuestionnaireItemEnableWhen } from 'fhir/r4'
import { type Item, itemExtensions, regexOf, unitsOf, withItemsOf } from './items.ts'

const itemTypes: ReadonlySet<string> = new Set([
  'display',
  'group',
  'boolean',
  'integer',
  'decimal',
  'date',
  'dateTime',
  'string',
  'text',
  'choice',
  'open-choice',
  'quantity',
  'attachment',
])

const controls: ReadonlySet<string | undefined> = new Set([
  'help',
  'radio-button',
  'check-box',
  'drop-down',
])
const readExtensions: ReadonlySet<string> = new Set(Object.values(itemExtensions))

/** What cannot be shown, and of which item. */
export interface SubsetFault {
  readonly linkId: string
  readonly reason: string
}

/** @returns every fault of a form that is valid FHIR; none when all of it can be shown and answered */
export function subsetFaults({ item }: Pick<Questionnaire, 'item'>): readonly SubsetFault[] {
  const all = withItemsOf(item)
  const linkIds = new Set<string>()
  return all.flatMap((each) => {
    const reasons = [
      ...(linkIds.has(each.linkId) ? ['is there twice'] : []),
      ...reasonsAgainst(each, all),
    ]
    linkIds.add(each.linkId)
    return reasons.map((reason) => ({ linkId: each.linkId, reason }))
  })
}

function reasonsAgainst(item: Item, all: readonly Item[]): readonly string[] {
  const { linkId, type } = item
  if (!itemTypes.has(type)) return [`items of type ${type} are not shown`]
  return [
    // It becomes the id of a field, which has no white space.
    ...(/^[^\s]{1,200}$/.test(linkId) ? [] : ['a linkId has up to 200 characters and no space']),
    ...(item.text || type === 'group' ? [] : ['has no text']),
    ...(item.modifierExtension?.length ? ['has a modifierExtension'] : []),
    ...(item.extension ?? []).flatMap(extensionFault),
    ...optionFaults(item),
    ...(item.enableWhen ?? []).flatMap((when) => conditionFault(when, item, all)),
    ...shapeFaults(item),
  ]
}

function extensionFault({ url, valueCodeableConcept }: Extension): readonly string[] {
  if (!readExtensions.has(url)) return [`the extension ${url} is not read`]
  const code = valueCodeableConcept?.coding?.[0]?.code
  return url === itemExtensions.control && !controls.has(code)
    ? [`the control '${code}' is not shown`]
    : []
}

function optionFaults(item: Item): readonly string[] {
  const { type, answerOption, answerValueSet } = item
  if (answerValueSet) return ['write the options into answerOption instead of answerValueSet']
  const isChoice = type === 'choice' || type === 'open-choice'
  if (isChoice && !answerOption?.length) return ['a choice needs its answerOption']
  if (!isChoice && answerOption) return [`a ${type} has no answerOption here`]
  const isKnown = (answerOption ?? []).every(
    ({ valueCoding, valueString }) => valueString || (valueCoding?.code && valueCoding.display),
  )
  return isKnown ? [] : ['an option is a text, or a code with its display']
}

function shapeFaults(item: Item): readonly string[] {
  const { type, repeats, item: below } = item
  const regex = regexOf(item)
  return [
    ...(type === 'quantity' && unitsOf(item).length === 0
      ? ['a quantity needs its units, as questionnaire-unitOption']
      : []),
    ...(repeats && (type === 'group' || type === 'boolean') ? [`a ${type} does not repeat`] : []),
    ...(repeats && below?.some(({ type: each }) => each !== 'display')
      ? ['what repeats has no items below it']
      : []),
    ...(regex !== undefined && !isRegex(regex) ? ['the regex cannot be used'] : []),
  ]
}

/** It is tried on what people type: a short one over a bounded text. */
function isRegex(source: string): boolean {
  if (source.length > 200) return false
  try {
    new RegExp(`^(?:${source})$`, 'u')
    return true
  } catch {
    return false
  }
}

const comparable: ReadonlySet<string> = new Set(['integer', 'decimal', 'date', 'dateTime'])

function conditionFault(
  when: QuestionnaireItemEnableWhen,
  item: Item,
  all: readonly Item[],
): readonly string[] {
  const asked = all.find(({ linkId }) => linkId === when.question)
  if (!asked) return [`enableWhen asks for '${when.question}', which is not there`]
  if (withItemsOf([item]).includes(asked)) return ['enableWhen asks for the item itself']
  if (!/^(exists|=|!=|>|<|>=|<=)$/.test(when.operator)) return ['enableWhen has no known operator']
  return /[<>]/.test(when.operator) && !comparable.has(asked.type)
    ? [`'${when.question}' cannot be compared by ${when.operator}`]
    : []
}
