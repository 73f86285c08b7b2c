/** The pages of the referring practice. */

import { html } from '../../pages/html.ts'
import { notice } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { isMessage } from '../messages/messages.ts'
import { patientName } from '../patient.ts'
import { sendDownload } from '../referral/attachments.ts'
import { readTrail } from '../referral/timeline.ts'
import { sayCodeOf } from '../referral/words.ts'
import { sendPage } from '../send.ts'
import type { View } from '../view.ts'
import { practiceActRoutes } from './act-routes.ts'
import { answerRoutes } from './answer-routes.ts'
import { practiceListRoutes } from './list.ts'
import { openPractice } from './model.ts'
import { practicePage } from './page.ts'
import { practiceTimeline } from './timeline.ts'

export const practiceRoutes: PageRoutes = (app, deps) => {
  practiceListRoutes(app, deps)
  answerRoutes(app, deps)
  practiceActRoutes(app, deps)

  app.get<{ Params: { id: string }; Querystring: { done?: string } }>(
    '/practice/:id',
    async (request, reply) => {
      const { view, model, caller } = await openPractice(deps, request)
      const trail = await readTrail(deps, caller, model)
      const history = practiceTimeline(view, deps, model.referral.id, trail)
      return sendPage(reply, view, {
        title: patientName(model.patient, view),
        section: 'practice',
        body: practicePage(view, model, history, doneWords(view, request.query.done)),
      })
    },
  )

  app.get<{ Params: { id: string }; Querystring: { before?: string } }>(
    '/practice/:id/history',
    async (request, reply) => {
      const { view, model, caller } = await openPractice(deps, request)
      const { say } = view
      const { before } = request.query
      const isCursor = before !== undefined && /^[1-9]\d{0,17}$/.test(before)
      const trail = await readTrail(deps, caller, model, isCursor ? before : undefined)
      const { id } = model.referral
      return sendPage(reply, view, {
        title: say('practice.timeline'),
        section: 'practice',
        body: html`<p><a href="/practice/${id}">${say('practice.backToReferral')}</a></p>
<h1>${say('practice.timeline')}</h1><p dir="auto">${patientName(model.patient, view)}</p>
${practiceTimeline(view, deps, id, trail)}`,
      })
    },
  )

  app.get<{ Params: { id: string; type: string; record: string; index: string } }>(
    '/practice/:id/files/:type/:record/:index',
    async (request, reply) => {
      const { type, record, index } = request.params
      const { model } = await openPractice(deps, request)
      return sendDownload(reply, model, `${type}/${record}`, index)
    },
  )
}

function doneWords(view: View, done: string | undefined) {
  return isMessage(`practice.done.${done}`)
    ? notice(sayCodeOf(view, 'practice.done', done ?? ''), 'good', true)
    : undefined
}
