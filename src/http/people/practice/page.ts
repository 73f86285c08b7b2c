/** One referral for its practice: where it stands, what is missing and why, what the clinic says. */

import type { Annotation, Appointment, FhirResource } from 'fhir/r4'
import { type Html, html, type Part } from '../../pages/html.ts'
import { type Fact, factList, notice, tag } from '../components.ts'
import { patientName } from '../patient.ts'
import { attachmentList } from '../referral/attachments.ts'
import { overallTones, titleHtml } from '../referral/criteria.ts'
import { describe } from '../referral/describe.ts'
import { namerOf } from '../referral/described.ts'
import { patientFacts, requestFacts } from '../referral/facts.ts'
import { referenceWords, sayCodeOf, statusReasonWords } from '../referral/words.ts'
import { dateWords, spanWords, time, timeWords } from '../times.ts'
import { inEnglish, sayCode, type View } from '../view.ts'
import { standingTone, standingWords } from './list-page.ts'
import { type PracticeModel, reasonsSaid } from './model.ts'

/** @param told what was just done */
export function practicePage(
  view: View,
  model: PracticeModel,
  history: Html,
  told: Html | undefined,
): Html {
  const { say } = view
  const { referral, clinic } = model
  return html`${!view.session?.through && html`<p class="no-print"><a href="/practice">${say('practice.back')}</a></p>`}
${told}
<h1 dir="auto">${patientName(model.patient, view)}</h1>
<p>${tag(standingWords(view, referral.businessStatus), standingTone(referral))} ${referral.priority !== 'routine' && tag(sayCode(view, 'priority', referral.priority), 'wait')} <span>${clinic?.name ?? referral.clinicId}</span></p>
<p class="next">${nowWords(view, model)}</p>
${due(view, model)}
${drafted(view, model)}
${actions(view, model)}
${reason(view, model)}
${appointments(view, model)}
${returned(view, model)}
${notes(view, model)}
<h2 id="check">${say('practice.checkTitle')} ${tag(sayCode(view, 'overall', referral.overall), overallTones[referral.overall] ?? 'plain')}</h2>
${check(view, model)}
<h2 id="about">${say('practice.about')}</h2>
${factList(view, facts(view, model))}
${attachmentList(view, model, `/practice/${referral.id}`)}
<h2 id="history">${say('practice.timeline')}</h2>
${history}`
}

/** The same as the clinic reads, but that it was sent by the reader. */
const facts = (view: View, model: PracticeModel): readonly Fact[] => [
  ...patientFacts(view, model),
  ...requestFacts(view, model).map(
    ([name, ...rest]): Fact =>
      name === view.say('referral.came')
        ? [view.say('practice.column.sent'), ...rest]
        : [name, ...rest],
  ),
]

/** What the standing means for the practice. */
function nowWords(view: View, { referral, mayGoOn }: PracticeModel): string {
  const { say } = view
  if (referral.businessStatus !== 'awaiting-information')
    return sayCodeOf(view, 'practice.now', referral.businessStatus)
  if (referral.status !== 'requested') return say('practice.now.asked')
  return say(
    mayGoOn && !referral.information?.overdue ? 'practice.now.unavailable' : 'practice.now.missing',
  )
}

function due(view: View, { referral: { step } }: PracticeModel): Part {
  if (step?.actor !== 'referrer') return undefined
  const left = Date.parse(step.due) - view.now.getTime()
  const span = spanWords(left, view)
  const at = timeWords(step.due, view)
  return left < 0
    ? notice(view.say('practice.late', span, at), 'bad')
    : html`<p>${view.say('practice.due', span, at)}</p>`
}

const drafted = (view: View, { draft, progress }: PracticeModel): Part =>
  draft &&
  notice(
    html`${view.say('practice.drafted', draft.savedBy.name, timeWords(draft.savedAt, view))} ${progress && view.say('practice.answered', progress.answered, progress.asked)}`,
    'wait',
  )

function actions(view: View, model: PracticeModel): Part {
  const { say } = view
  const { referral, form, draft, mayGoOn, mayWithdraw } = model
  const path = `/practice/${referral.id}`
  const answer = form
    ? say(draft ? 'practice.continue' : 'practice.answer')
    : draft && say('practice.review')
  if (!answer && !mayGoOn && !mayWithdraw) return undefined
  // Where nothing can be had any more, going on is what is left to do.
  const first = mayGoOn && !referral.information?.overdue ? 'acknowledge' : 'answer'
  const kind = (name: string) => (name === first ? 'button' : 'button second')
  return html`<section class="no-print" aria-label="${say('practice.actions')}"><div class="actions">
${answer && html`<a class="${kind('answer')}" href="${path}/answer" data-key="a">${answer}</a>`}
${mayGoOn && html`<a class="${kind('acknowledge')}" href="${path}/acknowledge">${say('practice.acknowledge')}</a>`}
${mayWithdraw && html`<a class="button second" href="${path}/withdraw">${say('practice.withdraw')}</a>`}</div></section>`
}

function reason(view: View, { task }: PracticeModel): Part {
  const words = statusReasonWords(task.statusReason, view)
  return (
    words &&
    html`<h2 id="reason">${view.say('practice.reason')}</h2><p class="value" dir="auto">${words}</p>`
  )
}

const returnedOf = ({ task, known }: PracticeModel): readonly FhirResource[] =>
  (task.output ?? []).flatMap(({ valueReference }) => {
    const resource = known.get(valueReference?.reference ?? '')
    return resource && resource.resourceType !== 'GuidanceResponse' ? [resource] : []
  })

const isAppointment = (resource: FhirResource): resource is Appointment =>
  resource.resourceType === 'Appointment'

/** The latest first: an appointment that was made anew is what counts. */
function appointments(view: View, model: PracticeModel): Part {
  const { say } = view
  const all = returnedOf(model).filter(isAppointment).toReversed()
  return (
    all.length > 0 &&
    html`<h2 id="appointment">${say('practice.appointment')}</h2><ul>${all.map(
      ({ start, minutesDuration, status, comment, patientInstruction }) =>
        html`<li>${start ? (minutesDuration ? say('practice.appointmentAt', timeWords(start, view), minutesDuration) : timeWords(start, view)) : say('notKnown')} ${tag(sayCodeOf(view, 'referral.status', status), status === 'booked' ? 'good' : 'plain')}
${[comment, patientInstruction].map((words) => words && html`<br><span class="value" dir="auto">${words}</span>`)}</li>`,
    )}</ul>`
  )
}

/** Reports and whatever else came back; the files among it are in the list of files. */
function returned(view: View, model: PracticeModel): Part {
  const all = returnedOf(model).filter((resource) => !isAppointment(resource))
  return (
    all.length > 0 &&
    html`<h2 id="returned">${view.say('practice.returned')}</h2><ul>${all.map((resource) => {
      const { title, value, date, author } = describe(resource, { view, known: model.known })
      return html`<li><b dir="auto">${title}</b> ${value && html`<span class="value" dir="auto">${value}</span>`}
<span class="facts">${date && dateWords(date, view)}${author && html` · <span dir="auto">${author}</span>`}</span></li>`
    })}</ul>`
  )
}

function notes(view: View, { task, known }: PracticeModel): Part {
  const all = task.note ?? []
  const author = (note: Annotation) =>
    note.authorString ?? referenceWords([note.authorReference], namerOf(known)) ?? ''
  return (
    all.length > 0 &&
    html`<h2 id="notes">${view.say('practice.notes')}</h2>${all.map(
      (
        note,
      ) => html`<article class="note"><p class="quiet"><bdi>${author(note)}</bdi> ${note.time && time(note.time, view)}</p>
<p class="value" dir="auto">${note.text}</p></article>`,
    )}`
  )
}

/** What is open, with what would settle it; of what is documented the number. */
function check(view: View, model: PracticeModel): Part {
  const { say } = view
  if (!model.check) return html`<p>${say('referral.notChecked')}</p>`
  const parts = new Set(
    (model.policy?.criteria ?? []).flatMap(({ id, partOf }): string[] => (partOf ? [id] : [])),
  )
  const whole = model.check.criteria.filter(({ id }) => !parts.has(id))
  const open = whole.filter(({ verdict }) => verdict !== 'met')
  const reasons = reasonsSaid(model)
  return html`<p>${say('practice.met', whole.length - open.length)}</p>
${
  open.length === 0
    ? html`<p>${say('practice.nothingOpen')}</p>`
    : html`<h3>${say('practice.openTitle')}</h3><ul class="open">${open.map(
        ({
          id,
          verdict,
          explanation,
          needed,
        }) => html`<li id="criterion-${id}"><b>${titleHtml(view, model, id)}</b> ${tag(sayCodeOf(view, groupOf(model, id), verdict), 'wait')}
<p dir="auto"${inEnglish(view)}>${explanation}</p>
${reasons.has(id) && html`<p>${say('practice.youSaid')} <span dir="auto">${reasons.get(id)}</span></p>`}
${needed.length > 0 && html`<details><summary>${say('practice.needed')}</summary><ul>${needed.map((words) => html`<li${inEnglish(view)}>${words}</li>`)}</ul></details>`}</li>`,
      )}</ul>`
}`
}

const groupOf = ({ policy }: PracticeModel, id: string): string =>
  policy?.criteria.find((each) => each.id === id)?.kind === 'contraindication'
    ? 'referral.contraindication'
    : 'referral.verdict'
