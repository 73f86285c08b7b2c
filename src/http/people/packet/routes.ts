/** A referral on paper: the page that prints, and the PDF. */

import type { PageRoutes } from '../deps.ts'
import { open } from '../referral/open.ts'
import { sendPage } from '../send.ts'
import { packetOf } from './content.ts'
import { packetPage } from './page.ts'
import { packetPdf } from './pdf.ts'

interface Params {
  readonly id: string
}

export const packetRoutes: PageRoutes = (app, deps) => {
  app.get<{ Params: Params }>('/referrals/:id/packet', async (request, reply) => {
    const { view, model } = await open(deps, request)
    const { id } = model.referral
    return sendPage(reply, view, {
      title: view.say('packet.title'),
      section: 'worklist',
      body: packetPage(view, packetOf(view, model), `/referrals/${id}`),
    })
  })

  app.get<{ Params: Params }>('/referrals/:id/packet.pdf', async (request, reply) => {
    const { view, model } = await open(deps, request)
    // No name of a patient in that of the file: it ends up in lists of downloads.
    const name = `referral-${model.referral.id}.pdf`
    return reply
      .headers({
        'content-security-policy': "sandbox; default-src 'none'",
        'content-disposition': `attachment; filename="${name}"`,
        'x-content-type-options': 'nosniff',
      })
      .type('application/pdf')
      .send(packetPdf(view, packetOf(view, model)))
  })
}
