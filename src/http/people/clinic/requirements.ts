/** What a clinic asks for, in plain words, with what differs from the published policy marked. */

import type {
  RequiredNumber,
  Requirement,
  Requirements,
} from '../../../domain/screening/requirements.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { summaryList, tag } from '../components.ts'
import { criterionTitle } from '../criterion-title.ts'
import { isMessage, type MessageKey } from '../messages/messages.ts'
import { inEnglish, sayCode, type View } from '../view.ts'

export function requirementsSection(view: View, asked: Requirements): Html {
  const { say } = view
  const { required, contraindications, general, dropped } = asked
  return html`<h3>${say('clinic.required')}</h3>
${required.map((each) => requirementHtml(view, each))}
${contraindications.length > 0 && html`<h3>${say('clinic.contraindications')}</h3>`}
${contraindications.map((each) => requirementHtml(view, each))}
${general.length > 0 && html`<h3>${say('clinic.general')}</h3>${numberList(view, general)}`}
${
  dropped.length > 0 &&
  html`<h3>${say('clinic.dropped')}</h3><ul>${dropped.map((each) => html`<li>${criterionTitle(view, each)}</li>`)}</ul>`
}
<h3>${say('clinic.after')}</h3>
${outcomes(view, asked)}`
}

function requirementHtml(view: View, requirement: Requirement): Html {
  const { say } = view
  const { criterion, numbers, parts } = requirement
  const title = html`${criterionTitle(view, criterion)} ${criterion.own && tag(say('clinic.ownCriterion'), 'info')}`
  return html`<section class="criterion${criterion.partOf && ' part'}">
${criterion.partOf ? html`<h5>${title}</h5>` : html`<h4>${title}</h4>`}
${classWords(view, requirement)}
${describeCriterion(view, requirement)}
${parts.length > 0 && html`<p>${say('clinic.oneOf')}</p>${parts.map((each) => requirementHtml(view, each))}`}
${parts.length > 0 && numbers.length > 0 && html`<p>${say('clinic.judged')}</p>`}
${numbers.length > 0 && numberList(view, numbers)}</section>`
}

function classWords({ say }: View, { class: rank }: Requirement): Part {
  if (!rank) return undefined
  return html`<p class="quiet">${say(`clinic.class.${rank.value}`)}${rank.usual && html` ${tag(say(`clinic.classUsual.${rank.usual}`), 'wait')}`}</p>`
}

/** The published ones in our words; a clinic's own by what it says that would satisfy it. */
function describeCriterion(view: View, { criterion }: Requirement): Part {
  const key = `requirement.${criterion.id}`
  if (criterion.own) return html`<p${inEnglish(view)} dir="auto">${criterion.own.needed}</p>`
  return isMessage(key) && html`<p>${(view.say as (key: MessageKey) => string)(key)}</p>`
}

const numberList = (view: View, numbers: readonly RequiredNumber[]): Html =>
  html`<dl class="numbers">${numbers.map(
    ({ name, value, unit, usual }) =>
      html`<div><dt>${view.say(`parameter.${name}`)}</dt><dd>${numberWords(view, value, unit)}${usual !== undefined && html` ${tag(view.say('clinic.usual', numberWords(view, usual, unit)), 'wait')}`}</dd></div>`,
  )}</dl>`

/** Of UCUM the units that parameters have; a day and a year as the language writes them. */
function numberWords({ say, locale }: View, value: number, unit: string): string {
  const plain = (options: Intl.NumberFormatOptions = {}) =>
    new Intl.NumberFormat(locale, options).format(value)
  switch (unit) {
    case 'd':
      return plain({ style: 'unit', unit: 'day', unitDisplay: 'long' })
    case 'a':
      return plain({ style: 'unit', unit: 'year', unitDisplay: 'long' })
    case '%':
      return plain({ style: 'unit', unit: 'percent' })
    case 'mg/d':
      return say('unit.mgPerDay', plain())
    case '1':
    case '{score}':
      return plain()
    default:
      return `${plain()} ${unit.replace('mm[Hg]', 'mmHg').replace('[IU]', 'IU')}`
  }
}

const outcomes = (view: View, asked: Requirements): Html =>
  summaryList(
    asked.outcomes.map(({ overall, value, usual }) => [
      sayCode(view, 'overall', overall),
      html`${view.say(`clinic.action.${value}`)}${usual && html` ${tag(view.say('clinic.usual', view.say(`clinic.action.${usual}`)), 'wait')}`}`,
    ]),
  )
