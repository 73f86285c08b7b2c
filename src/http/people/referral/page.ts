/** The page of one referral: who, why, what the check found, what can be done, what happened. */

import type { Annotation } from 'fhir/r4'
import { isForPractice } from '../../../domain/answering/make-link.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { buttonForm, factList, formTokenField, hidden, notice, tag } from '../components.ts'
import type { Desk } from '../desk/section.ts'
import { patientName } from '../patient.ts'
import { spanWords, time } from '../times.ts'
import { inEnglish, sayCode, type View } from '../view.ts'
import { type ActName, isOffered, isOnePress, offered } from './acts.ts'
import { attachmentList } from './attachments.ts'
import { checkSection, overallTones } from './criteria.ts'
import { namerOf } from './described.ts'
import { evidenceItem, kindOf } from './evidence.ts'
import { patientFacts, requestFacts, wordsOfReferrer } from './facts.ts'
import type { ReferralModel } from './model.ts'
import { listOf, withList } from './next.ts'
import { referenceWords, sayCodeOf } from './words.ts'

export const nameOf = (view: View, { patient }: Pick<ReferralModel, 'patient'>): string =>
  patientName(patient, view)

interface ReferralPage {
  readonly history: Html
  /** What was just done, or what stood in the way of it. */
  readonly told?: Html | undefined
  /** Who else is there, and what changes meanwhile. */
  readonly company?: Html | undefined
  /** Whose it is, and until when it sleeps. */
  readonly desk?: Desk | undefined
  /** What the reader typed here and has not sent. */
  readonly drafts?: Html | undefined
}

export function referralPage(
  view: View,
  model: ReferralModel,
  { history, told, company, desk, drafts }: ReferralPage,
): Html {
  const { say } = view
  const mayAct = isOffered('finding', model.referral)
  return html`${told}${company}
${banner(view, model)}
${model.isWithheld && notice(say('referral.withheld'), 'wait')}
${nextWords(view, model)}
${desk?.standing}
${actions(view, model)}
${desk?.acts}
${drafts}
<p class="no-print"><a href="#check" data-key="e">${say('referral.toCheck')}</a> · <a href="/referrals/${model.referral.id}/packet">${say('packet.open')}</a>${isForPractice(model.referral) && html` · <a href="/referrals/${model.referral.id}/answer-link">${say('link.toLink')}</a>`}</p>
<h2 id="reason">${say('referral.reasonTitle')}</h2>
${reason(view, model)}
<h2 id="check">${say('referral.check')} ${tag(sayCode(view, 'overall', model.check?.overall ?? model.referral.overall), overallTones[model.check?.overall ?? ''] ?? 'plain')}</h2>
${checkSection(view, model, mayAct)}
${consents(view, model)}
${returned(view, model)}
${notes(view, model)}
${attachmentList(view, model)}
<h2 id="records">${say('referral.everythingTitle')}</h2>
${everything(view, model)}
<h2 id="history">${say('referral.timeline')}</h2>
${history}`
}

/** Labels are lighter than what they name; what is unknown is said in words. */
function banner(view: View, model: ReferralModel): Html {
  const { say } = view
  const { referral } = model
  return html`<section class="patient" aria-label="${say('referral.banner')}">
<h1 dir="auto">${nameOf(view, model)}</h1>
<p>${tag(sayCode(view, 'status', referral.businessStatus), 'info')} ${tag(sayCode(view, 'priority', referral.priority), referral.priority === 'routine' ? 'plain' : 'bad')}</p>
${factList(view, patientFacts(view, model))}</section>`
}

function nextWords(view: View, { referral: { step } }: ReferralModel): Html {
  const { say, now } = view
  if (!step) return html`<p class="next">${say('referral.closed')}</p>`
  const left = Date.parse(step.due) - now.getTime()
  const span = spanWords(left, view)
  return html`<p class="next"><b>${say('referral.next')}</b> ${say('referral.nextBy', sayCodeOf(view, 'referral.actor', step.actor), sayCodeOf(view, 'referral.step', step.name))}
${tag(left < 0 ? say('due.late', span) : say('due.in', span), left < 0 ? 'bad' : 'plain')} <span class="quiet">${time(step.due, view)}</span></p>`
}

function actions(view: View, model: ReferralModel): Html | undefined {
  const { say } = view
  const { first, others } = offered(model.referral)
  if (first.length + others.length === 0) return undefined
  return html`<section class="no-print" aria-label="${say('referral.actions')}"><div class="actions">${first.map((name, i) => control(view, model, name, i === 0))}</div>
${others.length > 0 && html`<details><summary>${say('referral.otherActions')}</summary><div class="actions">${others.map((name) => control(view, model, name, false))}</div></details>`}</section>`
}

/** One press does what needs no words; the others are links to their forms. */
function control(view: View, model: ReferralModel, name: ActName, isFirst: boolean): Part {
  const { say } = view
  const list = listOf(view)
  const path = `/referrals/${model.referral.id}/${name}`
  const words = sayCodeOf(view, 'referral.act', name)
  const link = (label: string) =>
    html`<a class="button second" href="${withList(path, list)}"${keys[name] && html` data-key="${keys[name]}"`}>${label}</a>`
  if (!isOnePress(name)) return link(words)
  const fields = { version: String(model.version), ...(list ? { list } : {}) }
  if (name !== 'accept') return buttonForm(view, path, words, fields)
  // No key accepts by itself: it opens the page on which Enter does.
  return [
    html`<form method="post" action="${path}" class="inline">${formTokenField(view)}${hidden(fields)}<button>${words}</button>
${isFirst && html`<button class="second" name="go" value="next">${say('referral.act.acceptNext')}</button>`}</form>`,
    link(say('referral.act.acceptNote')),
  ]
}

const keys: Readonly<Partial<Record<ActName, string>>> = {
  accept: 'a',
  ask: 'i',
  decline: 'd',
  schedule: 's',
  complete: 'c',
  note: 'n',
}

function reason(view: View, model: ReferralModel): Html {
  const said = wordsOfReferrer(model)
  return html`${factList(view, requestFacts(view, model))}
${said && html`<h3>${view.say('referral.wordsOfReferrer')}</h3><pre dir="auto"${inEnglish(view)}>${said}</pre>`}`
}

/** What is protected comes with the consent that it is shown by (42 CFR 2.32). */
function consents(view: View, model: ReferralModel): Html | undefined {
  const references = (model.task.input ?? []).flatMap(
    ({ valueReference }) =>
      (valueReference?.reference?.startsWith('Consent/') && valueReference.reference) || [],
  )
  return references.length === 0
    ? undefined
    : html`<h2 id="consents">${view.say('referral.consents')}</h2><ul class="evidence">${references.map((each) => evidenceItem(view, model, each))}</ul>`
}

function returned(view: View, model: ReferralModel): Html | undefined {
  const references = (model.task.output ?? []).flatMap(({ valueReference }) => {
    const { reference = '' } = valueReference ?? {}
    return reference === '' || reference.startsWith('GuidanceResponse/') ? [] : reference
  })
  return references.length === 0
    ? undefined
    : html`<h2 id="returned">${view.say('referral.returned')}</h2><ul class="evidence">${references.map((each) => evidenceItem(view, model, each))}</ul>`
}

function notes(view: View, { task, known }: ReferralModel): Html | undefined {
  const all = task.note ?? []
  const author = (note: Annotation) =>
    note.authorString ?? referenceWords([note.authorReference], namerOf(known))
  return all.length === 0
    ? undefined
    : html`<h2 id="notes">${view.say('referral.notes')}</h2>${all.map(
        (
          note,
        ) => html`<article class="note"><p class="quiet"><bdi>${author(note) ?? ''}</bdi> ${note.time && time(note.time, view)}</p>
<p class="value" dir="auto"${inEnglish(view)}>${note.text}</p></article>`,
      )}`
}

/** Types that are how the service keeps the referral, not what came with it. */
export const ownTypes: ReadonlySet<string> = new Set(['Task', 'GuidanceResponse', 'Binary'])

/** How many there are of each kind of record, each a link to all of them. */
function everything(view: View, { known, referral }: ReferralModel): Html {
  const counts = new Map<string, number>()
  for (const { resourceType } of known.values())
    if (!ownTypes.has(resourceType)) counts.set(resourceType, (counts.get(resourceType) ?? 0) + 1)
  const kinds = [...counts].map(([type, count]) => ({ type, count, words: kindOf(view, type) }))
  return html`<ul class="kinds">${kinds
    .sort((one, other) => one.words.localeCompare(other.words, view.locale))
    .map(
      ({ type, count, words }) =>
        html`<li><a href="/referrals/${referral.id}/evidence?type=${type}">${view.say('referral.records', words, count)}</a></li>`,
    )}</ul>`
}
