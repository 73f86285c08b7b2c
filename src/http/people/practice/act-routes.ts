/** What a practice can do with its referral besides answering: withdraw it, or send it on with a reason. */

import type { FastifyReply } from 'fastify'
import type { Task } from 'fhir/r4'
import { Problem } from '../../../domain/problem.ts'
import { acknowledge } from '../../../domain/referral/acknowledge.ts'
import { askToStop } from '../../../domain/referral/ask-to-stop.ts'
import { noteOf, personReference } from '../../../domain/referral/clinic-word.ts'
import { type Html, html } from '../../pages/html.ts'
import { agentOf } from '../../request.ts'
import { errorSummary, formTokenField, textField } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { formOf } from '../form.ts'
import { patientName } from '../patient.ts'
import { titleOf } from '../referral/criteria.ts'
import { sendPage } from '../send.ts'
import { listWords, type View } from '../view.ts'
import { type OpenedPractice, openPractice, type PracticeModel, reasonsSaid } from './model.ts'

export const practiceActs = ['withdraw', 'acknowledge'] as const
type PracticeAct = (typeof practiceActs)[number]

const longest = 5_000

const mayDo = (name: PracticeAct, { mayWithdraw, mayGoOn }: PracticeModel): boolean =>
  name === 'withdraw' ? mayWithdraw : mayGoOn

export const practiceActRoutes: PageRoutes = (app, deps) => {
  for (const name of practiceActs) {
    app.get<{ Params: { id: string } }>(`/practice/:id/${name}`, async (request, reply) => {
      const opened = await openPractice(deps, request)
      if (!mayDo(name, opened.model)) throw new Problem('illegal-transition')
      return sendAct(reply, opened, name, reasonAtHand(name, opened))
    })

    app.post<{ Params: { id: string } }>(`/practice/:id/${name}`, async (request, reply) => {
      const text = formOf(request).text('text')
      const opened = await openPractice(deps, request)
      const { view, model, caller } = opened
      const error =
        text === ''
          ? view.say('form.required')
          : text.length > longest && view.say('form.tooLong', longest)
      if (error) return sendAct(reply, opened, name, text, error)
      const { id } = model.referral
      if (name === 'withdraw')
        await askToStop(deps.intake, abortTask(opened, text, deps.now()), caller, agentOf(request))
      else
        await acknowledge(
          deps.intake,
          id,
          { reason: { text }, practitioner: personReference(caller.person) },
          caller,
          agentOf(request),
        )
      const done = name === 'withdraw' ? 'withdrawn' : 'acknowledged'
      return reply.redirect(`/practice/${id}?done=${done}`, 303)
    })
  }
}

/** As a referrer's EHR would ask for it: https://hl7.org/fhir/R4/task.html */
const abortTask = (
  { model: { referral }, caller }: OpenedPractice,
  text: string,
  now: Date,
): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
  focus: { reference: `Task/${referral.taskId}` },
  reasonCode: { text },
  note: [noteOf(caller.person, text, now.toISOString())],
})

/** What the practice has said of each missing part already. */
function reasonAtHand(name: PracticeAct, { view, model }: OpenedPractice): string {
  if (name === 'withdraw' || model.referral.businessStatus !== 'awaiting-information') return ''
  const asked = new Set((model.form?.item ?? []).map(({ linkId }) => linkId))
  const parts = [...reasonsSaid(model)]
    .filter(([criterion]) => asked.has(`about-${criterion}`))
    .map(([criterion, reason]) =>
      view.say('practice.reasonPart', titleOf(model, criterion), reason),
    )
  return parts.length === 0
    ? ''
    : view.say('practice.unavailableReason', listWords(view, parts)).slice(0, longest)
}

function sendAct(
  reply: FastifyReply,
  { view, model }: OpenedPractice,
  name: PracticeAct,
  value: string,
  error?: string,
): FastifyReply {
  const title = view.say(`practice.${name}`)
  const body = actPage(view, model, name, value, error)
  return sendPage(reply, view, { title, section: 'practice', body }, error ? 422 : 200)
}

function actPage(
  view: View,
  model: PracticeModel,
  name: PracticeAct,
  value: string,
  error: string | undefined,
): Html {
  const { say } = view
  const { referral, clinic } = model
  const path = `/practice/${referral.id}`
  return html`<p><a href="${path}">${say('practice.backToReferral')}</a></p>
${errorSummary(say('form.errors'), error ? [['text', error]] : [])}
<h1>${say(`practice.${name}`)}</h1>
<p dir="auto">${say('practice.for', patientName(model.patient, view), clinic?.name ?? referral.clinicId)}</p>
<p>${say(`practice.${name}Hint`)}</p>
<form method="post" action="${path}/${name}" novalidate>${formTokenField(view)}
${textField({ name: 'text', label: say('practice.why'), hint: say('practice.whyHint'), rows: 5, required: true, value, error })}
<div class="actions"><button>${say(`practice.${name}`)}</button></div></form>`
}
