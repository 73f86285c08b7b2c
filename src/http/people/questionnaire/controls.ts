/** The fields of each type of question. The first field of a question has the question's id. */

import type { QuestionnaireItem } from 'fhir/r4'
import { fieldOf, otherChoice, unknownChoice } from '../../../domain/questionnaire/fields.ts'
import { optionKey, optionWords, unitsOf } from '../../../domain/questionnaire/items.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { publishedLang, publishedText, publishedWords } from '../published-text.ts'
import { type Asked, valuesIn } from './asked.ts'

interface Control {
  /** True when it is several fields, below a legend. */
  readonly isGroup: boolean
  readonly html: Part
}

/** More of them are a list to choose from. */
const mostRadios = 7

const controls: Readonly<
  Partial<Record<QuestionnaireItem['type'], (asked: Asked, described: string) => Control>>
> = {
  boolean: (asked) => group(yesNo(asked)),
  date: (asked) => group(repeated(asked, ['.day', '.month', '.year'], dateFields)),
  dateTime: (asked) => group(repeated(asked, ['.day', '.month', '.year', '.time'], dateFields)),
  choice: choices,
  'open-choice': choices,
  quantity: (asked) => group(repeated(asked, ['', '.unit'], quantityFields)),
  attachment: ({ files }) => group(files),
}

/** @param described ids of what explains the question, for a field that stands alone */
export function controlFor(asked: Asked, described: string): Control {
  const { item } = asked
  if (item.readOnly) return group(shownOnly(asked))
  const make = controls[item.type]
  if (make) return make(asked, described)
  return item.repeats
    ? group(repeated(asked, [''], (each, n) => textInput(each, n, '')))
    : { isGroup: false, html: textInput(asked, 0, described) }
}

const group = (part: Part): Control => ({ isGroup: true, html: part })

const shownOnly = ({ item, fields }: Asked): Html =>
  html`<p class="value" dir="auto">${[...fields]
    .filter(
      ([name]) => name === fieldOf(item.linkId) || name.startsWith(`${fieldOf(item.linkId)}.`),
    )
    .flatMap(([, values]) => values)
    .join(' ')}</p>`

/** Of the nth answer; only the first field of all is what a label or a summary leads to. */
const idOf = ({ item }: Asked, part: string, n: number, isFirst = false): string =>
  n === 0 && isFirst ? fieldOf(item.linkId) : `${fieldOf(item.linkId)}${part}-${n + 1}`

const typedAt = ({ item, fields }: Asked, part: string, n: number): string =>
  valuesIn(fields, `${fieldOf(item.linkId)}${part}`)[n] ?? ''

/** Says of a field among several what it belongs to. */
const invalid = ({ fault }: Asked): Part => fault !== undefined && html` aria-invalid="true"`

/** As many sets of fields as there are answers, and one more where it was asked for. */
function repeated(
  asked: Asked,
  parts: readonly string[],
  set: (asked: Asked, n: number) => Html,
): Part {
  const { view, item, fields, more } = asked
  if (!item.repeats) return set(asked, 0)
  const name = fieldOf(item.linkId)
  const filled = Math.max(...parts.map((part) => valuesIn(fields, `${name}${part}`).length), 0)
  const count = Math.max(filled, 1) + (more && filled > 0 ? 1 : 0)
  return html`${Array.from({ length: count }, (_, n) => set(asked, n))}
<p><button class="second" name="do" value="more ${item.linkId}">${view.say('ask.another')}<span class="hidden">: ${publishedText(view, item.text)}</span></button></p>`
}

const textInput = (asked: Asked, n: number, described: string): Html => {
  const { view, item } = asked
  const name = fieldOf(item.linkId)
  const attributes = html`id="${idOf(asked, '', n, true)}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${invalid(asked)}${item.repeats && html` aria-label="${view.say('ask.nth', item.text ?? '', n + 1)}"`}`
  const value = typedAt(asked, '', n)
  if (item.type === 'text')
    return html`<textarea ${attributes} rows="3" dir="auto">${value}</textarea>`
  const numeric = item.type === 'integer' ? 'numeric' : item.type === 'decimal' && 'decimal'
  return html`<input ${attributes} type="text" value="${value}" autocomplete="off"${numeric ? html` inputmode="${numeric}" class="short"` : html` dir="auto"`}>`
}

const yesNo = (asked: Asked): Html => {
  const { say } = asked.view
  return radios(asked, [
    ['true', say('ask.yes')],
    ['false', say('ask.no')],
    [unknownChoice, say('ask.notKnown')],
  ])
}

type Choice = readonly [value: string, words: Part]

function radios(asked: Asked, all: readonly Choice[]): Html {
  const { item, fields } = asked
  const name = fieldOf(item.linkId)
  const chosen = new Set(valuesIn(fields, name))
  const type = item.repeats ? 'checkbox' : 'radio'
  return html`<div class="choices">${all.map(([value, words], n) => {
    const id = idOf(asked, '', n, true)
    return html`<p class="choice"><input type="${type}" id="${id}" name="${name}" value="${value}"${chosen.has(value) && html` checked`}${invalid(asked)}><label for="${id}">${words}</label></p>`
  })}</div>`
}

function choices(asked: Asked, described: string): Control {
  const { view, item, fields } = asked
  const { say } = view
  const isOpen = item.type === 'open-choice'
  const options = (item.answerOption ?? []).map((option) => [
    optionKey(option),
    optionWords(option),
  ]) as [string, string][]
  const name = fieldOf(item.linkId)
  const other = isOpen
    ? html`<p class="other"><label for="${name}.other">${say('ask.otherText')}</label><input type="text" id="${name}.other" name="${name}.other" value="${typedAt(asked, '.other', 0)}" dir="auto" autocomplete="off"></p>`
    : undefined
  if (item.repeats || options.length <= mostRadios) {
    const all: Choice[] = options.map(([value, words]) => [value, publishedText(view, words)])
    if (isOpen) all.push([otherChoice, say('ask.other')])
    return group(html`${radios(asked, all)}${other}`)
  }
  const chosen = valuesIn(fields, name)[0]
  const list = html`<select id="${name}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${invalid(asked)}><option value="">${say('ask.choose')}</option>${options.map(
    ([value, words]) =>
      html`<option value="${value}"${value === chosen && html` selected`}${publishedLang(view, words)}>${publishedWords(view, words)}</option>`,
  )}${isOpen && html`<option value="${otherChoice}"${chosen === otherChoice && html` selected`}>${say('ask.other')}</option>`}</select>`
  return { isGroup: false, html: html`${list}${other}` }
}

const dateParts = [
  ['.day', 'ask.day', 'numeric'],
  ['.month', 'ask.month', 'numeric'],
  ['.year', 'ask.year', 'numeric'],
  ['.time', 'ask.time', 'text'],
] as const

function dateFields(asked: Asked, n: number): Html {
  const { view, item } = asked
  const name = fieldOf(item.linkId)
  return html`<div class="parts">${dateParts.map(([part, words, mode], i) => {
    if (part === '.time' && item.type !== 'dateTime') return undefined
    const id = idOf(asked, part, n, i === 0)
    return html`<span class="part${part === '.year' && ' year'}"><label for="${id}">${view.say(words)}${item.repeats && html`<span class="hidden"> ${n + 1}</span>`}</label><input type="text" id="${id}" name="${name}${part}" value="${typedAt(asked, part, n)}" inputmode="${mode}" autocomplete="off"${invalid(asked)}></span>`
  })}</div>`
}

function quantityFields(asked: Asked, n: number): Html {
  const { view, item } = asked
  const { say } = view
  const name = fieldOf(item.linkId)
  const id = idOf(asked, '', n, true)
  const label = item.repeats ? say('ask.nth', item.text ?? '', n + 1) : (item.text ?? '')
  const units = unitsOf(item)
  const [only] = units
  const unitId = idOf(asked, '.unit', n)
  const unit =
    units.length === 1
      ? html`<span class="unit">${only?.display ?? only?.code}</span><input type="hidden" name="${name}.unit" value="${only?.code}">`
      : html`<label class="hidden" for="${unitId}">${say('ask.unit')}</label><select id="${unitId}" name="${name}.unit"><option value="">${say('ask.unit')}</option>${units.map(
          ({ code, display }) =>
            html`<option value="${code}"${code === typedAt(asked, '.unit', n) && html` selected`}>${display ?? code}</option>`,
        )}</select>`
  return html`<div class="parts"><input class="short" type="text" id="${id}" name="${name}" value="${typedAt(asked, '', n)}" inputmode="decimal" autocomplete="off" aria-label="${label}"${invalid(asked)}>${unit}</div>`
}
