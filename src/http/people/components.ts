/** The parts that pages are made of. Each takes words, never keys, and escapes what it is given. */

import { type Html, html, type Part } from '../pages/html.ts'
import { inEnglish, type View } from './view.ts'

/** Belongs into every form that changes something: see csrf.ts. */
export const formTokenField = ({ formToken }: Pick<View, 'formToken'>): Html =>
  html`<input type="hidden" name="form-token" value="${formToken}">`

/** A state in one adjective; never a link, and never by its colour alone. @param sign that catches the eye */
export const tag = (words: string, tone: Tone = 'plain', sign = ''): Html =>
  html`<strong class="tag ${tone}">${sign !== '' && html`<span class="sign" aria-hidden="true">${sign}</span> `}${words}</strong>`

export type Tone = 'plain' | 'good' | 'wait' | 'bad' | 'info'

/** Names and values, one below the other. */
export const summaryList = (rows: readonly (readonly [name: string, value: Part])[]): Html =>
  html`<dl class="summary">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/** A name and its value; `sent` when the words are a sender's, and not of the page's language. */
export type Fact = readonly [name: string, value: string, of?: 'sent']

/** Facts one below the other, each value in its own direction and with its line breaks. */
export const factList = (view: View, facts: readonly Fact[]): Html =>
  summaryList(
    facts.map(([name, value, of]) => [
      name,
      html`<span class="value" dir="auto"${of && inEnglish(view)}>${value}</span>`,
    ]),
  )

/** Says something of importance at the top of a page. @param live read out when it appears */
export const notice = (body: Part, tone: Tone = 'info', live = false): Html =>
  html`<div class="notice ${tone}"${live && html` role="status"`}>${body}</div>`

/** A form that sends one button: what a link must not do. */
export const buttonForm = (
  view: View,
  action: string,
  words: string,
  fields: Readonly<Record<string, string>> = {},
): Html => html`<form method="post" action="${action}" class="inline">${formTokenField(view)}
${hidden(fields)}<button>${words}</button></form>`

export const hidden = (fields: Readonly<Record<string, string>>): Html[] =>
  Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )

export interface Option {
  readonly value: string
  readonly words: string
}

/** A labelled list to choose one from. */
export const select = (
  name: string,
  label: string,
  options: readonly Option[],
  chosen: string | undefined,
  error?: string | undefined,
): Html => html`<p class="field${error && ' wrong'}"><label for="${name}">${label}</label>
${error && html`<span class="error" id="${name}-error">${error}</span>`}
<select id="${name}" name="${name}"${error && html` aria-invalid="true" aria-describedby="${name}-error"`}>${options.map(
  ({ value, words }) =>
    html`<option value="${value}"${value === chosen && html` selected`}>${words}</option>`,
)}</select></p>`

export interface TextField {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value?: string | undefined
  /** What is wrong with the value. */
  readonly error?: string | undefined
  readonly rows?: number
  readonly required?: boolean
  readonly type?: 'text' | 'search' | 'date' | 'datetime-local' | 'email'
}

/** One question with its hint and, when it was answered wrongly, why. */
export function textField(field: TextField): Html {
  const { name, label, hint, value = '', error, rows, required, type = 'text' } = field
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  const attributes = html`id="${name}" name="${name}"${described !== '' && html` aria-describedby="${described}"`}${error && html` aria-invalid="true"`}${required && html` required`}`
  return html`<div class="field${error && ' wrong'}"><label for="${name}">${label}</label>
${hint && html`<span class="hint" id="${name}-hint">${hint}</span>`}
${error && html`<span class="error" id="${name}-error">${error}</span>`}
${rows ? html`<textarea ${attributes} rows="${rows}" dir="auto">${value}</textarea>` : html`<input ${attributes} type="${type}" value="${value}" dir="auto">`}
</div>`
}

/** What is wrong with a form, with links to the fields; first thing on the page, and focused by the script. */
export const errorSummary = (
  title: string,
  errors: readonly (readonly [field: string, words: string])[],
): Html | undefined =>
  errors.length === 0
    ? undefined
    : html`<div class="notice bad" role="alert" tabindex="-1" data-focus><h2>${title}</h2>
<ul>${errors.map(([field, words]) => html`<li><a href="#${field}">${words}</a></li>`)}</ul></div>`
