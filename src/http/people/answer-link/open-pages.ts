/** The pages before a link is opened. None of them says anything of a patient. */

import { practiceRoles, type SeenLink } from '../../../domain/answering/open-link.ts'
import { type Html, html } from '../../pages/html.ts'
import { errorSummary, formTokenField, notice, select, textField } from '../components.ts'
import type { Form } from '../form.ts'
import type { View } from '../view.ts'

interface CodePage {
  readonly typed?: string
  readonly isWrong?: boolean
  readonly isEnded?: boolean
}

export function codePage(view: View, { typed, isWrong, isEnded }: CodePage): Html {
  const { say } = view
  const error = isWrong ? say('answer.codeWrong') : undefined
  return html`${isEnded && notice(say('answer.ended'), 'good', true)}
${errorSummary(say('form.errors'), error ? [['code', error]] : [])}
<h1>${say('answer.title')}</h1>
<p>${say('answer.intro')}</p>
<form method="post" action="/answer" class="code" autocomplete="off" novalidate>${formTokenField(view)}
${textField({ name: 'code', label: say('answer.code'), hint: say('answer.codeHint'), value: typed, error, required: true })}
<div class="actions"><button>${say('answer.go')}</button></div></form>`
}

/** By field; of a date of birth that was not the right one, how many tries are left. */
export interface OpenErrors {
  readonly name?: true
  readonly role?: true
  readonly 'birth-date'?: true | number
}

interface OpenPage {
  readonly form?: Form
  readonly errors?: OpenErrors
  readonly isIdle?: boolean
}

export function openPage(view: View, seen: SeenLink, page: OpenPage): Html {
  const { say } = view
  const { form, errors = {}, isIdle } = page
  const name = errors.name && say('answer.nameWrong')
  const role = errors.role && say('answer.roleWrong')
  const birthDate = birthDateWords(view, errors['birth-date'])
  const { clinicName, asksBirthDate, link } = seen
  return html`${isIdle && notice(say('answer.idle'), 'info', true)}
${errorSummary(
  say('form.errors'),
  Object.entries({ name, role, 'birth-date': birthDate }).flatMap(([field, words]) =>
    words ? [[field, words] as const] : [],
  ),
)}
<h1>${say('answer.asks', clinicName)}</h1>
<p>${link.isKept ? say('answer.again', clinicName) : say('answer.once')}</p>
<form method="post" action="/answer/open" novalidate>${formTokenField(view)}
${textField({ name: 'name', label: say('answer.name'), hint: say('answer.nameHint'), value: form?.text('name'), error: name, required: true })}
${select(
  'role',
  say('answer.role'),
  [
    { value: '', words: say('answer.roleChoose') },
    ...practiceRoles.map((value) => ({ value, words: say(`answer.role.${value}`) })),
  ],
  form?.text('role'),
  role,
)}
${asksBirthDate && textField({ name: 'birth-date', label: say('answer.birthDate'), hint: say('answer.birthDateHint'), value: form?.text('birth-date'), error: birthDate, type: 'date', required: true })}
<div class="actions"><button>${say('answer.open')}</button></div></form>`
}

function birthDateWords({ say }: View, wrong: true | number | undefined): string | undefined {
  if (wrong === undefined) return undefined
  return wrong === true ? say('answer.birthDateMissing') : say('answer.birthDateWrong', wrong)
}

/** The same for whatever opens nothing: whether there was ever a link is not said. */
export function deadPage(view: View): Html {
  const { say } = view
  return html`<h1>${say('answer.dead')}</h1>
<p>${say('answer.deadWhy')}</p>
<p>${say('answer.deadKept')}</p>
<form method="post" action="/answer/again">${formTokenField(view)}
<div class="actions"><button>${say('answer.want')}</button> <a href="/answer">${say('answer.toCode')}</a></div></form>`
}

export const wantedPage = ({ say }: View): Html => html`<h1>${say('answer.wanted')}</h1>
<p>${say('answer.wantedWhy')}</p>
<p>${say('answer.deadKept')}</p>`
