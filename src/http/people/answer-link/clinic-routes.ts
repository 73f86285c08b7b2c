/** Where a clinic makes a link for the practice, prints it, and takes it back. */

import type { FastifyRequest } from 'fastify'

import { endLink, makeLink } from '../../../domain/answering/make-link.ts'
import { agentOf } from '../../request.ts'
import type { PageRoutes } from '../deps.ts'
import { packetPdf } from '../packet/pdf.ts'
import { requirePerson } from '../person.ts'
import { open } from '../referral/open.ts'
import { sendPage } from '../send.ts'
import { linkPage, madePage } from './clinic-pages.ts'
import { coverOf } from './cover-sheet.ts'

interface Params {
  readonly id: string
}
type Asked = FastifyRequest<{ Params: Params }>

export const clinicLinkRoutes: PageRoutes = (app, deps) => {
  const ports = { ...deps.intake, ...deps.answering }

  const make = async (request: Asked) => {
    const caller = requirePerson(request, 'clinic')
    // Read before, so that no link is made which cannot be shown.
    const { view, model } = await open(deps, request)
    const made = await makeLink(ports, request.params.id, caller, agentOf(request))
    return { view, model, made }
  }

  app.get<{ Params: Params; Querystring: { done?: string } }>(
    '/referrals/:id/answer-link',
    async (request, reply) => {
      const { view, model, caller } = await open(deps, request)
      const [standing] = await deps.answering.links.standings(caller, [model.referral.id])
      return sendPage(reply, view, {
        title: view.say('link.title'),
        section: 'worklist',
        body: linkPage(view, model, standing, request.query.done === 'ended'),
      })
    },
  )

  // Answered at once and not by a redirect: what is shown here is kept nowhere to be shown again.
  app.post<{ Params: Params }>('/referrals/:id/answer-link', async (request, reply) => {
    const { view, model, made } = await make(request)
    return sendPage(reply, view, {
      title: view.say('link.title'),
      section: 'worklist',
      body: madePage(view, model, made, deps.baseUrl),
    })
  })

  app.post<{ Params: Params }>('/referrals/:id/answer-link/cover', async (request, reply) => {
    const { view, model, made } = await make(request)
    return reply
      .headers({
        'content-security-policy': "sandbox; default-src 'none'",
        'content-disposition': `attachment; filename="cover-${model.referral.id}.pdf"`,
        'x-content-type-options': 'nosniff',
      })
      .type('application/pdf')
      .send(packetPdf(view, coverOf(view, model, made, deps.baseUrl)))
  })

  app.post<{ Params: Params }>('/referrals/:id/answer-link/end', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const { id } = request.params
    await endLink(ports, id, caller, agentOf(request))
    return reply.redirect(`/referrals/${id}/answer-link?done=ended`, 303)
  })
}
