/** The addresses of one referral, for its clinic. */

import { Problem } from '../../../domain/problem.ts'
import { html } from '../../pages/html.ts'
import { askedNotice } from '../answer-link/clinic-pages.ts'
import { notice } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { deskOf } from '../desk/section.ts'
import { keptOf } from '../drafts/kept.ts'
import { draftNotices } from '../drafts/notices.ts'
import { draftsHere } from '../drafts/page.ts'
import { isMessage, type MessageKey, type Say } from '../messages/messages.ts'
import { sendPage } from '../send.ts'
import { actRoutes } from './act-routes.ts'
import { sendDownload } from './attachments.ts'
import { company, companyRoutes } from './company.ts'
import { type EvidenceQuery, evidencePage } from './evidence-page.ts'
import { open } from './open.ts'
import { nameOf, referralPage } from './page.ts'
import { readTrail, timeline } from './timeline.ts'

interface Params {
  readonly id: string
}
interface RecordParams extends Params {
  readonly type: string
  readonly record: string
}

export const referralRoutes: PageRoutes = (app, deps) => {
  actRoutes(app, deps)
  companyRoutes(app, deps)

  app.get<{ Params: Params; Querystring: { done?: string } }>(
    '/referrals/:id',
    async (request, reply) => {
      const { view, model, caller } = await open(deps, request)
      const [trail, kept, notices, around, desk, [link]] = await Promise.all([
        readTrail(deps, caller, model),
        keptOf(deps, caller, model.referral.id),
        draftNotices(deps, request, caller, view),
        company(deps, caller, view, model),
        deskOf(deps, caller, view, model.referral.id),
        deps.answering.links.standings(caller, [model.referral.id]),
      ])
      const page = referralPage(view, model, {
        history: timeline(view, deps, model, trail),
        told: html`${notices}${doneWords(view.say, request.query.done)}${askedNotice(view, link)}`,
        company: around,
        desk,
        drafts: draftsHere(view, kept, model.referral),
      })
      return sendPage(reply, view, {
        title: nameOf(view, model),
        section: 'worklist',
        script: 'referral.js',
        body: page,
      })
    },
  )

  app.get<{ Params: Params; Querystring: { before?: string } }>(
    '/referrals/:id/history',
    async (request, reply) => {
      const { view, model, caller } = await open(deps, request)
      const { before } = request.query
      const isCursor = before !== undefined && /^[1-9]\d{0,17}$/.test(before)
      const trail = await readTrail(deps, caller, model, isCursor ? before : undefined)
      const { say } = view
      return sendPage(reply, view, {
        title: say('referral.timeline'),
        section: 'worklist',
        body: html`<p><a href="/referrals/${model.referral.id}">${say('referral.back')}</a></p>
<h1>${say('referral.timeline')}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
${timeline(view, deps, model, trail)}`,
      })
    },
  )

  app.get<{ Params: Params; Querystring: EvidenceQuery }>(
    '/referrals/:id/evidence',
    async (request, reply) => {
      const { view, model } = await open(deps, request)
      const page = evidencePage(view, model, request.query)
      return sendPage(reply, view, { ...page, section: 'worklist' })
    },
  )

  app.get<{ Params: RecordParams }>(
    '/referrals/:id/records/:type/:record',
    async (request, reply) => {
      const { type, record } = request.params
      const reference = `${type}/${record}`
      const { view, model } = await open(deps, request, reference)
      const resource = model.known.get(reference)
      if (!resource) throw new Problem('not-found')
      const { say } = view
      return sendPage(reply, view, {
        title: say('referral.recordTitle'),
        section: 'worklist',
        body: html`<p><a href="/referrals/${model.referral.id}">${say('referral.back')}</a></p>
<h1>${say('referral.recordTitle')}</h1><p class="quiet">${say('referral.recordHint')}</p>
<pre dir="ltr">${JSON.stringify(resource, null, 2)}</pre>`,
      })
    },
  )

  app.get<{ Params: RecordParams & { index: string } }>(
    '/referrals/:id/files/:type/:record/:index',
    async (request, reply) => {
      const { type, record, index } = request.params
      const reference = `${type}/${record}`
      const { model } = await open(deps, request, reference)
      return sendDownload(reply, model, reference, index)
    },
  )
}

/** What became of an action that was held, or of a draft. */
const endings = {
  undone: ['held.undone', 'good'],
  late: ['held.late', 'wait'],
  discarded: ['draft.discarded', 'good'],
} as const

function doneWords(say: Say, done: string | undefined) {
  if (done === 'undone' || done === 'late' || done === 'discarded') {
    const [words, tone] = endings[done]
    return notice(say(words), tone, true)
  }
  const key = `referral.done.${done}`
  return isMessage(key)
    ? notice((say as (key: MessageKey) => string)(key), 'good', true)
    : undefined
}
