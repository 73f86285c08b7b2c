/** The clinic's list: GET /worklist, and POST /worklist/find to look for somebody. */

import { html } from '../../pages/html.ts'
import type { PageRoutes } from '../deps.ts'
import { readDone, toldOf } from '../desk/told.ts'
import { draftNotices } from '../drafts/notices.ts'
import { formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { addressOf, filterOf, meOf, readAddress } from './filters.ts'
import { queuePage } from './page.ts'
import { shownRows } from './shown-rows.ts'
import { tokensFor } from './sought.ts'
import { surroundings } from './surroundings.ts'

const pageSize = 50

export const queueRoutes: PageRoutes = (app, deps) => {
  const { worklist } = deps.people

  app.get<{ Querystring: Record<string, unknown> }>('/worklist', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    // Who comes without an address begins with the list that they chose for it.
    if (Object.keys(request.query).length === 0) {
      const { views, first } = await worklist.views.of(caller, meOf(caller))
      const begun = views.find(({ id }) => id === first)
      if (begun) return reply.redirect(`/worklist?${begun.query}`, 303)
    }
    const address = readAddress(request.query)
    const { tab, after, overall } = address
    const filter = filterOf(address, deps.now(), caller)
    const view = viewFor(request, deps)
    const [found, around, notices] = await Promise.all([
      worklist.page(caller, { tab, filter, count: pageSize, ...(after ? { after } : {}) }),
      surroundings(deps, caller, address),
      draftNotices(deps, request, caller, view),
    ])
    const { colleagues } = around
    const queued = found.slice(0, pageSize)
    const last = found.length > pageSize ? queued.at(-1) : undefined
    const showing = { queued, colleagues, action: 'search', detail: `tab=${tab}` } as const
    const [rows, told] = await Promise.all([
      shownRows(deps, request, caller, showing),
      toldOf(deps, request, caller, view, readDone(request.query), colleagues),
    ])
    return sendPage(reply, view, {
      title: view.say('queue.title'),
      section: 'worklist',
      width: 'wide',
      script: 'queue.js',
      body: queuePage(view, {
        ...around,
        // Where something is withheld, only the check that the clinic has tells whether it fits.
        rows: overall ? rows.filter(({ check }) => check?.overall === overall) : rows,
        next: last && addressOf({ ...address, after: last }),
        chosen: request.query.chosen === 'all',
        told: html`${notices}${told}`,
      }),
    })
  })

  app.post('/worklist/find', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const sought = formOf(request).text('find').slice(0, 100)
    const [found, around] = await Promise.all([
      worklist.find(caller, tokensFor(sought), pageSize),
      surroundings(deps, caller, readAddress({})),
    ])
    const view = viewFor(request, deps)
    const { colleagues } = around
    const queued = found.slice(0, pageSize)
    const rows = await shownRows(deps, request, caller, {
      queued,
      colleagues,
      action: 'search',
      detail: 'find',
    })
    return sendPage(reply, view, {
      title: view.say('queue.title'),
      section: 'worklist',
      width: 'wide',
      script: 'queue.js',
      body: queuePage(view, { ...around, rows, next: undefined, sought }),
    })
  })
}
