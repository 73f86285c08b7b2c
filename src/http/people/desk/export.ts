/** The present list as a file: GET /worklist/list.csv, in pieces, each on record before it goes out. */

import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import type { QueuedReferral } from '../../../domain/referral/worklist.ts'
import { criterionWords } from '../criterion-title.ts'
import { byteOrderMark, csvRows, sendCsv } from '../csv.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { patientName } from '../patient.ts'
import { requirePerson, viewFor } from '../person.ts'
import { filterOf, type QueueAddress, queryOf, readAddress } from '../queue/filters.ts'
import type { QueueRow } from '../queue/rows.ts'
import { shownRows } from '../queue/shown-rows.ts'
import { daysWaiting, reasonOf } from '../queue/table.ts'
import { localDate, localTime } from '../times.ts'
import { sayCode, type View } from '../view.ts'

/** What a spreadsheet opens; the file says so where there are more. */
const mostRows = 100_000
/** So many are read at once: the file goes out while it is made, and holds nothing up. */
const atOnce = 200

const columns = [
  'due',
  'late',
  'priority',
  'status',
  'patient',
  'born',
  'reason',
  'referrer',
  'check',
  'missing',
  'owner',
  'snoozed',
  'since',
  'days',
  'id',
] as const

export const exportRoutes: PageRoutes = (app, deps) => {
  const underWay = new Set<string>()

  app.get<{ Querystring: Record<string, unknown> }>(
    '/worklist/list.csv',
    async (request, reply) => {
      const caller = requirePerson(request, 'clinic')
      const who = caller.person?.id ?? ''
      if (underWay.has(who)) throw new Problem('too-many-requests')
      underWay.add(who)
      // It lasts, and takes no turn of the requests that are to be answered.
      request.endTurn?.()
      const view = viewFor(request, deps)
      const address = readAddress(request.query)
      const name = `worklist-${address.tab}-${localDate(deps.now().toISOString(), view)}`
      const file = Readable.from(linesOf(deps, request, caller, view, address))
      // Whole, or given up by who asked for it.
      for (const end of ['end', 'close']) file.once(end, () => underWay.delete(who))
      return sendCsv(reply, name, file)
    },
  )
}

async function* linesOf(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  view: View,
  address: QueueAddress,
): AsyncGenerator<string> {
  const { worklist } = deps.people
  const { say } = view
  const colleagues = await worklist.desk.colleagues(caller)
  const { tab, overall } = address
  const filter = filterOf(address, deps.now(), caller)
  const detail = queryOf({ ...address, after: undefined })
  yield byteOrderMark + csvRows([columns.map((column) => say(`csv.${column}`))])
  let after: QueuedReferral | undefined
  for (let written = 0; ; written += atOnce) {
    const found = await worklist.page(caller, {
      tab,
      filter,
      count: atOnce,
      ...(after ? { after } : {}),
    })
    const queued = found.slice(0, atOnce)
    const showing = { queued, colleagues, action: 'export', detail } as const
    const rows = await shownRows(deps, request, caller, showing)
    // As in the list: what is withheld does not tell by which filter it is found.
    const shown = overall ? rows.filter(({ check }) => check?.overall === overall) : rows
    yield csvRows(shown.map((row) => cellsOf(view, row)))
    after = queued.at(-1)
    if (found.length <= atOnce) return
    if (written + atOnce >= mostRows) {
      yield csvRows([[say('csv.cut', mostRows)]])
      return
    }
  }
}

/** Dates as spreadsheets sort them, on the clinic's clock. */
function cellsOf(view: View, row: QueueRow): readonly (string | number)[] {
  const { say, now } = view
  const { due, priority, businessStatus, patient, request, check } = row
  const time = (instant: string | undefined) => (instant ? localTime(instant, view) : '')
  const cells: Record<(typeof columns)[number], string | number> = {
    due: time(due),
    late: due && Date.parse(due) < now.getTime() ? say('yes') : '',
    priority: sayCode(view, 'priority', priority),
    status: sayCode(view, 'status', businessStatus),
    patient: patientName(patient, view),
    born: patient?.birthDate ?? '',
    reason: reasonOf(request),
    referrer: row.referrer,
    check: check ? sayCode(view, 'overall', check.overall) : say('notKnown'),
    missing: row.missing.map((each) => criterionWords(view, each)).join('; '),
    owner: row.ownerName,
    snoozed: time(row.snoozedUntil),
    since: time(row.withClinicSince),
    days: daysWaiting(view, row),
    id: row.id,
  }
  return columns.map((column) => cells[column])
}
