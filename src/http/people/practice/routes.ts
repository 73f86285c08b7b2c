/** The pages of the referring practice. */

import { Problem } from '../../../domain/problem.ts'
import { html } from '../../pages/html.ts'
import { notice } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { isMessage } from '../messages/messages.ts'
import { patientName } from '../patient.ts'
import { downloadOf } from '../referral/attachments.ts'
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
      if (!/^\d{1,4}$/.test(index)) throw new Problem('not-found')
      const file = downloadOf(model, `${type}/${record}`, Number(index))
      return reply
        .headers({
          // Should a browser open it all the same, it is in no origin and may do nothing.
          'content-security-policy': "sandbox; default-src 'none'",
          'content-disposition': `attachment; filename="${file.name}"`,
          'x-content-type-options': 'nosniff',
        })
        .type(file.type)
        .send(file.bytes)
    },
  )
}

function doneWords(view: View, done: string | undefined) {
  return isMessage(`practice.done.${done}`)
    ? notice(sayCodeOf(view, 'practice.done', done ?? ''), 'good', true)
    : undefined
}
