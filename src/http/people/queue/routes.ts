/** The clinic's list: GET /worklist, and POST /worklist/find to look for somebody. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { nameToken, plainWords } from '../../../domain/fhir/name-tokens.ts'
import { makeToken } from '../../../domain/fhir/search-tokens.ts'
import type { QueuedReferral } from '../../../domain/referral/worklist.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { draftNotices } from '../drafts/notices.ts'
import { formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { addressOf, filterOf, readAddress } from './filters.ts'
import { type Queue, queuePage } from './page.ts'
import { type QueueRow, readRows } from './rows.ts'

const pageSize = 50

export const queueRoutes: PageRoutes = (app, deps) => {
  const { worklist } = deps.people

  app.get<{ Querystring: Record<string, unknown> }>('/worklist', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const address = readAddress(request.query)
    const { tab, after, overall } = address
    const filter = filterOf(address, deps.now())
    const [queued, counts] = await Promise.all([
      worklist.page(caller, { tab, filter, count: pageSize, ...(after ? { after } : {}) }),
      worklist.counts(caller),
    ])
    const last = queued.length > pageSize ? queued[pageSize - 1] : undefined
    const rows = await shownRows(deps, request, caller, queued, `tab=${tab}`)
    const view = viewFor(request, deps)
    const queue: Queue = {
      address,
      counts,
      // Where something is withheld, only the check that the clinic has tells whether it fits.
      rows: overall ? rows.filter(({ check }) => check?.overall === overall) : rows,
      next: last && addressOf({ ...address, after: last }),
      referrers: deps.people.registry().referrers,
      told: await draftNotices(deps, request, caller, view),
    }
    return sendPage(reply, view, {
      title: view.say('queue.title'),
      section: 'worklist',
      width: 'wide',
      body: queuePage(view, queue),
    })
  })

  app.post('/worklist/find', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const sought = formOf(request).text('find').slice(0, 100)
    const [found, counts] = await Promise.all([
      worklist.find(caller, tokensFor(sought), pageSize),
      worklist.counts(caller),
    ])
    const view = viewFor(request, deps)
    const queue: Queue = {
      address: readAddress({}),
      counts,
      rows: await shownRows(deps, request, caller, found, 'find'),
      next: undefined,
      referrers: deps.people.registry().referrers,
      sought,
    }
    return sendPage(reply, view, {
      title: view.say('queue.title'),
      section: 'worklist',
      width: 'wide',
      body: queuePage(view, queue),
    })
  })
}

/** Reads what is shown of the rows, and puts on record that it was. */
async function shownRows(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  queued: readonly QueuedReferral[],
  detail: string,
): Promise<readonly QueueRow[]> {
  const { rows, shown } = await readRows(deps, caller, queued.slice(0, pageSize))
  const what = { action: 'search', kind: 'E', outcome: 'success' } as const
  await deps.audit(
    shown.map((about) =>
      auditEntry(request, { ...what, ...about, detail: `worklist ${detail}` }, deps.now()),
    ),
  )
  return rows
}

/** Each word may begin a name or be a record number; all of it together may be a referral's number. */
const tokensFor = (sought: string) => ({
  words:
    plainWords(sought).length === 0
      ? []
      : sought
          .split(/\s+/)
          .filter((word) => plainWords(word).length > 0)
          .map((word) => [
            makeToken('identifier', '', word),
            ...plainWords(word).slice(0, 1).map(nameToken),
          ]),
  identifiers: sought === '' ? [] : [makeToken('identifier', '', sought)],
})
