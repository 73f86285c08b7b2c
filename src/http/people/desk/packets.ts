/** The packets of several referrals on one page, which prints each on paper of its own. */

import { Problem } from '../../../domain/problem.ts'
import { isId } from '../../addresses.ts'
import { html } from '../../pages/html.ts'
import { auditEntry } from '../../request.ts'
import { notice } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { packetOf } from '../packet/content.ts'
import { packetBody } from '../packet/page.ts'
import { requirePerson, viewFor } from '../person.ts'
import { readReferral } from '../referral/model.ts'
import { sendPage } from '../send.ts'

/** As many as a page of the list has. */
const mostAtOnce = 50

export const packetsRoutes: PageRoutes = (app, deps) => {
  app.get<{ Querystring: { ids?: string } }>('/worklist/packets', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const view = viewFor(request, deps)
    const { say } = view
    const ids = String(request.query.ids ?? '')
      .split(',')
      .filter(Boolean)
      .slice(0, mostAtOnce)
    const packets = []
    let gone = 0
    // One after the other: a packet is a whole referral, and each is put on record.
    for (const id of ids) {
      try {
        if (!isId(id)) throw new Problem('not-found')
        const model = await readReferral(deps, caller, id)
        const { taskId, patientId } = model.referral
        const entities = [`ServiceRequest/${id}`, `Task/${taskId}`]
        const what = { action: 'read', kind: 'R', outcome: 'success' } as const
        await deps.audit([auditEntry(request, { ...what, entities, patientId }, deps.now())])
        packets.push(packetOf(view, model))
      } catch (error) {
        if (!(error instanceof Problem && error.code === 'not-found')) throw error
        gone++
      }
    }
    if (packets.length === 0) throw new Problem('not-found')
    return sendPage(reply, view, {
      title: say('desk.packets', packets.length),
      section: 'worklist',
      body: html`<p class="no-print"><a href="/worklist">${say('views.open')}</a></p>
<h1 class="no-print">${say('desk.packets', packets.length)}</h1>
${gone > 0 && html`<div class="no-print">${notice(say('desk.packetsGone', gone), 'wait')}</div>`}
${packets.map((packet) => html`<article class="packet">${packetBody(view, packet)}</article>`)}`,
    })
  })
}
