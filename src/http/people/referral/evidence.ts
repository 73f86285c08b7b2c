/** Records beside the verdicts that rest on them: what they say, when, who wrote them, why they count. */

import type { CodeableConcept, FhirResource } from 'fhir/r4'
import { type Html, html } from '../../pages/html.ts'
import { dateWords } from '../times.ts'
import { inEnglish, listWords, type View } from '../view.ts'
import { describe } from './describe.ts'
import type { ReferralModel } from './model.ts'
import { joined, sayCodeOf } from './words.ts'

/** So many stand beside a verdict; the others are one link away, and are counted. */
export const mostBeside = 10

/** @param criterion whose verdict it is evidence of */
export function evidenceItem(
  view: View,
  model: ReferralModel,
  reference: string,
  criterion?: string,
): Html {
  const { say } = view
  const resource = model.known.get(reference)
  // The check knew of it, and this clinic may not see it, or no longer.
  if (!resource) return html`<li class="quiet">${say('referral.notShown')}</li>`
  const {
    title,
    state,
    value,
    date,
    author,
    more = [],
  } = describe(resource, {
    view,
    known: model.known,
    displayOf: (coding) => model.policy?.codes.meaning(coding).display,
    questions: model.questions,
    criterion,
  })
  const english = inEnglish(view)
  const why = criterion && whyItCounts(view, model, resource, criterion)
  return html`<li><b dir="auto"${english}>${title}</b>${state && html` <span>${state}</span>`}${value && html` <span class="value" dir="auto"${english}>${value}</span>`}
<span class="facts">${date ? html`<time datetime="${date}">${dateWords(date, view)}</time> ${age(date, view)}` : say('referral.undated')}
· ${sourceWords(view, model, reference, author)}${joined(more, ' · ') && html` · <span dir="auto"${english}>${joined(more, ' · ')}</span>`}
· <a href="/referrals/${model.referral.id}/records/${reference}">${say('referral.record')}<span class="hidden"${english}> ${title}</span></a></span>
${why && html`<span class="facts">${why}</span>`}</li>`
}

const dayMs = 86_400_000

/** How old a reading is, to the day, where its date is that exact. */
function age(date: string, { say, now }: View): string {
  if (!/^\d{4}-\d\d-\d\d/.test(date)) return ''
  const days = Math.floor((now.getTime() - Date.parse(date)) / dayMs)
  return days > 0 ? say('referral.daysOld', days) : ''
}

function sourceWords(
  { say }: View,
  { referral, referrerName, clinic, task }: ReferralModel,
  reference: string,
  author: string | undefined,
): Html {
  const taken = Object.values(referral.gathering?.taken ?? {}).some(([ours]) => ours === reference)
  const returned = task.output?.some(
    ({ valueReference }) => valueReference?.reference === reference,
  )
  const way = returned
    ? say('referral.from.clinic', clinic?.name ?? referral.clinicId)
    : say(taken ? 'referral.from.record' : 'referral.from.referrer', referrerName)
  return html`${author && html`<span dir="auto">${author}</span>, `}<bdi>${way}</bdi>`
}

/** The lists of the policy that its code stands in, as far as this criterion reads them. */
function whyItCounts(
  { say }: View,
  { policy, listTitles }: ReferralModel,
  resource: FhirResource,
  criterion: string,
): string | undefined {
  if (resource.resourceType === 'QuestionnaireResponse') return say('referral.why.form')
  const rule = policy?.criteria.find(({ id }) => id === criterion)
  if (!policy || !rule) return undefined
  const read = new Set(
    rule.inputs.flatMap(({ codeFilter = [] }) =>
      codeFilter.map(({ valueSet }) => valueSet?.split('/').at(-1)?.split('|')[0] ?? ''),
    ),
  )
  const lists = codingsOf(resource).flatMap((coding) => [...policy.codes.meaning(coding).lists])
  const titles = [...new Set(lists)].flatMap((list) =>
    read.has(list) ? (listTitles.get(list) ?? list) : [],
  )
  if (titles.length > 0) return say('referral.why.lists', titles.join('; '))
  const reads = rule.inputs.some(({ type }) => type === resource.resourceType)
  return reads ? say('referral.why.read') : undefined
}

function codingsOf(resource: FhirResource) {
  const { code, medicationCodeableConcept, component } = resource as unknown as {
    code?: CodeableConcept
    medicationCodeableConcept?: CodeableConcept
    component?: readonly { readonly code?: CodeableConcept }[]
  }
  const concepts = [code, medicationCodeableConcept, ...(component ?? []).map((each) => each.code)]
  return concepts.flatMap((concept) => concept?.coding ?? [])
}

/** Evidence of one verdict; where there is none, what was looked through. */
export function evidenceList(
  view: View,
  model: ReferralModel,
  criterion: string,
  references: readonly string[],
): Html {
  const { say } = view
  if (references.length === 0)
    return html`<p class="quiet">${say('referral.nothingFound', searched(view, model, criterion))}</p>`
  const left = references.length - mostBeside
  return html`<ul class="evidence">${references
    .slice(0, mostBeside)
    .map((reference) => evidenceItem(view, model, reference, criterion))}</ul>
${left > 0 && html`<p><a href="/referrals/${model.referral.id}/evidence?criterion=${criterion}">${say('referral.allEvidence', references.length, left)}</a></p>`}`
}

/** The types of records that a criterion reads. */
function searched(view: View, { policy }: ReferralModel, criterion: string): string {
  const parts = policy?.criteria.filter(
    ({ id, partOf }) => id === criterion || partOf === criterion,
  )
  const types = new Set((parts ?? []).flatMap(({ inputs }) => inputs.map(({ type }) => type)))
  return (
    listWords(
      view,
      [...types].map((type) => kindOf(view, type)),
    ) || view.say('referral.everything')
  )
}

/** What records of a type are called: `MedicationRequest` → `prescriptions`. */
export const kindOf = (view: View, type: string): string => sayCodeOf(view, 'record', type)
