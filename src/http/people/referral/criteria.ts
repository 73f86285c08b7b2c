/** Each criterion with its verdict, its sentence, and the records that it rests on. */

import type { FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { findingOf } from '../../../domain/referral/clinic-word.ts'
import type { Criterion } from '../../../domain/screening/policy.ts'
import { unavailableReasons } from '../../../domain/screening/wanted-form.ts'
import { type Html, html } from '../../pages/html.ts'
import type { CheckedCriterion, CheckShown } from '../check.ts'
import { type Tone, tag } from '../components.ts'
import { criterionTitle, criterionWords } from '../criterion-title.ts'
import { dateWords, time } from '../times.ts'
import { inEnglish, type View } from '../view.ts'
import { evidenceItem, evidenceList, mostBeside } from './evidence.ts'
import type { ReferralModel } from './model.ts'
import { sayCodeOf } from './words.ts'

const tones: Readonly<Record<string, Tone>> = {
  met: 'good',
  'not-met': 'bad',
  'not-documented': 'wait',
  conflicting: 'wait',
  'needs-review': 'info',
}

export const overallTones: Readonly<Record<string, Tone>> = {
  ready: 'good',
  incomplete: 'wait',
  'clinician-review': 'info',
  'not-eligible': 'bad',
  contraindicated: 'bad',
}

/** The criterion as the clinic's policy has it now; one that was dropped since has only its id. */
const criterionIn = (
  { policy }: Pick<ReferralModel, 'policy'>,
  id: string,
): Criterion | undefined => policy?.criteria.find((each) => each.id === id)

export const titleOf = (model: Pick<ReferralModel, 'policy'>, id: string): string =>
  criterionIn(model, id)?.title ?? id

/** In the reader's language where it is one of the published criteria. */
export const titleWords = (
  view: View,
  model: Pick<ReferralModel, 'policy'>,
  id: string,
): string => {
  const criterion = criterionIn(model, id)
  return criterion ? criterionWords(view, criterion) : id
}

export const titleHtml = (view: View, model: Pick<ReferralModel, 'policy'>, id: string): Html => {
  const criterion = criterionIn(model, id)
  return criterion ? criterionTitle(view, criterion) : html`<code>${id}</code>`
}

/** @param mayAct whether the clinic may still set a finding aside */
export function checkSection(view: View, model: ReferralModel, mayAct: boolean): Html {
  const { say } = view
  const { check } = model
  if (!check) return html`<p>${say('referral.notChecked')}</p>`
  const isContraindication = ({ id }: CheckedCriterion) =>
    criterionIn(model, id)?.kind === 'contraindication'
  const reasons = unavailableReasons([...model.known.values()].filter(isForm))
  const groups = [
    ['referral.required', check.criteria.filter((each) => !isContraindication(each))],
    ['referral.contraindications', check.criteria.filter(isContraindication)],
  ] as const
  const open = check.criteria.filter(
    ({ id, verdict }) => verdict !== 'met' && !criterionIn(model, id)?.partOf,
  )
  return html`<p class="quiet">${checkedWords(view, check)}</p>
${open.length > 0 && html`<p>${say('referral.toLookAt')}</p><ul>${open.map(({ id }) => html`<li><a href="#criterion-${id}">${titleHtml(view, model, id)}</a></li>`)}</ul>`}
${groups.map(
  ([title, criteria]) =>
    criteria.length > 0 &&
    html`<h3>${say(title)}</h3>
<div class="criteria">${criteria.map((each) => criterionRow(view, model, each, mayAct, reasons.get(each.id)))}</div>`,
)}
${check.warnings.length > 0 && html`<h3>${say('referral.warnings')}</h3>`}
${check.warnings.map(
  ({
    explanation,
    evidence,
  }) => html`<div class="criterion"><p dir="auto"${inEnglish(view)}>${explanation}</p>
<ul class="evidence">${evidence.slice(0, mostBeside).map((each) => evidenceItem(view, model, each))}</ul>
${evidence.length > mostBeside && html`<p>${say('referral.moreRecords', evidence.length - mostBeside)}</p>`}</div>`,
)}`
}

const isForm = (resource: FhirResource): resource is QuestionnaireResponse =>
  resource.resourceType === 'QuestionnaireResponse'

function checkedWords(view: View, { policy, checkDate }: CheckShown): string {
  const [canonical = '', version = '1'] = (policy ?? '').split('|')
  const name = canonical.split('/').at(-1) ?? canonical
  return view.say(
    'referral.checked',
    checkDate ? dateWords(checkDate, view) : view.say('notKnown'),
    name,
    version,
  )
}

function criterionRow(
  view: View,
  model: ReferralModel,
  { id, verdict, applicable, explanation, evidence, needed }: CheckedCriterion,
  mayAct: boolean,
  unavailable: string | undefined,
): Html {
  const { say } = view
  const rule = criterionIn(model, id)
  const isContraindication = rule?.kind === 'contraindication'
  const group = isContraindication ? 'referral.contraindication' : 'referral.verdict'
  const isOpen = verdict !== 'met'
  const english = inEnglish(view)
  const words = applicable ? sayCodeOf(view, group, verdict) : say('referral.notApplicable')
  const considered = (model.task.note ?? []).filter((note) => findingOf(note) === id)
  return html`<section class="criterion${rule?.partOf && ' part'}" id="criterion-${id}">
<h4>${titleHtml(view, model, id)} ${tag(words, applicable ? (tones[verdict] ?? 'plain') : 'plain')}
${rule?.class && html`<span class="quiet">${sayCodeOf(view, 'referral.class', rule.class)}</span>`}</h4>
<p dir="auto"${english}>${explanation}</p>
${verdict === 'conflicting' && html`<p>${say('referral.bothSides')}</p>`}
${evidenceList(view, model, id, evidence)}
${needed.length > 0 && html`<p class="needed">${say('referral.needed')}</p><ul${english}>${needed.map((text) => html`<li>${text}</li>`)}</ul>`}
${isOpen && unavailable !== undefined && html`<p class="considered">${say('practice.saysUnavailable')} <span dir="auto"${english}>${unavailable}</span></p>`}
${considered.map(
  (note) =>
    html`<p class="considered">${say('referral.considered', note.authorReference?.display ?? say('notKnown'))} ${note.time && time(note.time, view)}: <span dir="auto"${english}>${note.text}</span></p>`,
)}
${isOpen && mayAct && html`<p class="no-print"><a href="/referrals/${model.referral.id}/finding?criterion=${id}">${say('referral.consider')}<span class="hidden">: ${titleHtml(view, model, id)}</span></a></p>`}
</section>`
}
