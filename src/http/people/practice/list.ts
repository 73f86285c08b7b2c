/** A practice's list of its referrals: GET /practice, and POST /practice/find to look for somebody. */

import type { PageRoutes } from '../deps.ts'
import { formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { tokensFor } from '../queue/sought.ts'
import { sendPage } from '../send.ts'
import { addressOf, readAddress } from './list-address.ts'
import { practiceListPage } from './list-page.ts'
import { shownRows } from './rows.ts'

const pageSize = 50

export const practiceListRoutes: PageRoutes = (app, deps) => {
  app.get<{ Querystring: Record<string, unknown> }>('/practice', async (request, reply) => {
    const caller = requirePerson(request, 'referrer')
    const address = readAddress(request.query)
    const { list, clinic, after } = address
    const { practice } = deps.people
    const [listed, counts] = await Promise.all([
      practice.listed(caller, { list, clinic, after, count: pageSize }),
      practice.countLists(caller),
    ])
    const last = listed.length > pageSize ? listed[pageSize - 1] : undefined
    const view = viewFor(request, deps)
    const rows = await shownRows(deps, request, caller, listed.slice(0, pageSize), view.timeZone)
    return sendPage(reply, view, {
      title: view.say('practice.title'),
      section: 'practice',
      width: 'wide',
      body: practiceListPage(view, {
        address,
        counts,
        rows,
        next: last && addressOf({ ...address, after: last }),
        clinics: deps.people.registry().clinics,
      }),
    })
  })

  app.post('/practice/find', async (request, reply) => {
    const caller = requirePerson(request, 'referrer')
    const sought = formOf(request).text('find').slice(0, 100)
    const { practice, worklist } = deps.people
    const found = await worklist.find(caller, tokensFor(sought), pageSize)
    const [listed, counts] = await Promise.all([
      practice.withIds(
        caller,
        found.slice(0, pageSize).map(({ id }) => id),
      ),
      practice.countLists(caller),
    ])
    const view = viewFor(request, deps)
    const rows = await shownRows(deps, request, caller, listed, view.timeZone)
    return sendPage(reply, view, {
      title: view.say('practice.title'),
      section: 'practice',
      width: 'wide',
      body: practiceListPage(view, {
        address: readAddress({}),
        counts,
        rows,
        next: undefined,
        clinics: deps.people.registry().clinics,
        sought,
      }),
    })
  })
}
