/** Several referrals of the list at once, and the next one: POST, and 303 to the list that says what became of it. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { changeDesk, type SeenReferral, takeNext } from '../../../domain/referral/desk.ts'
import { html } from '../../pages/html.ts'
import { agentOf } from '../../request.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { patientNameHtml } from '../patient.ts'
import { requirePerson, viewFor } from '../person.ts'
import { addressOf, filterOf, meOf, queryOf, readList } from '../queue/filters.ts'
import { shownRows } from '../queue/shown-rows.ts'
import { sendPage } from '../send.ts'
import { ownerIn } from './owner-select.ts'
import { readSnooze, type SnoozeErrors, snoozeForm } from './snooze-form.ts'
import { doneAddress } from './told.ts'

/** As many as a page of the list has. */
const mostAtOnce = 50

export const bulkRoutes: PageRoutes = (app, deps) => {
  const { desk } = deps.people.worklist
  const ports = { desk, now: deps.now }

  app.post('/worklist/bulk', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const form = formOf(request)
    const list = listIn(form)
    const seen = seenIn(form)
    const deed = form.code('do', ['assign', 'snooze', 'print'])
    if (seen.length === 0) return reply.redirect(doneAddress(list, 'nothing'), 303)
    if (deed === 'print') {
      const ids = seen.map(({ id }) => id).join(',')
      return reply.redirect(`/worklist/packets?ids=${ids}`, 303)
    }
    if (deed === 'snooze') return sendSnooze(deps, request, reply, caller, form)
    const owner = ownerIn(form, await desk.colleagues(caller))
    const { organization } = caller
    const wish = { kind: 'assign', owner } as const
    const outcome = await changeDesk(ports, organization, seen, wish, agentOf(request))
    return reply.redirect(doneAddress(list, 'assign', outcome), 303)
  })

  app.post('/worklist/snooze', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const form = formOf(request)
    const said = readSnooze(viewFor(request, deps), form)
    if ('errors' in said) return sendSnooze(deps, request, reply, caller, form, said.errors)
    const wish = { kind: 'snooze', ...said } as const
    const { organization } = caller
    const outcome = await changeDesk(ports, organization, seenIn(form), wish, agentOf(request))
    return reply.redirect(doneAddress(listIn(form), 'snooze', outcome), 303)
  })

  app.post('/worklist/take', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const list = listIn(formOf(request))
    const address = readList(list)
    const me = { id: meOf(caller), name: caller.person?.name ?? '' }
    const filter = filterOf({ ...address, owner: undefined }, deps.now(), caller)
    const wish = { tab: address.tab, filter }
    const id = await takeNext(ports, caller, wish, me, agentOf(request))
    if (id === undefined) return reply.redirect(doneAddress(list, 'none'), 303)
    return reply.redirect(`/referrals/${id}?${list ? `${list}&` : ''}done=taken`, 303)
  })
}

/** What a form says of its list, as codes and nothing else. */
const listIn = (form: Form): string => queryOf(readList(form.text('list')))

/** The rows that were chosen, each once; what no page of ours made is left out. */
export function seenIn(form: Form): readonly SeenReferral[] {
  const seen = new Map<string, SeenReferral>()
  for (const each of form.all('row').slice(0, mostAtOnce)) {
    const [, id, version, desk] = /^([A-Za-z0-9-]{1,64})\.(\d{1,9})\.(\d{1,9})$/.exec(each) ?? []
    if (id) seen.set(id, { id, version: Number(version), desk: Number(desk) })
  }
  return [...seen.values()]
}

/** Asks until when, and what for, with those who were chosen by name. */
async function sendSnooze(
  deps: PageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  form: Form,
  errors?: SnoozeErrors,
): Promise<FastifyReply> {
  const view = viewFor(request, deps)
  const { say } = view
  const list = listIn(form)
  const seen = seenIn(form)
  const { worklist } = deps.people
  const queued = await worklist.some(
    caller,
    seen.map(({ id }) => id),
  )
  const showing = { queued, colleagues: [], action: 'search', detail: 'snooze' } as const
  const rows = await shownRows(deps, request, caller, showing)
  const body = snoozeForm(view, {
    action: '/worklist/snooze',
    fields: [['list', list], ...form.all('row').map((row): [string, string] => ['row', row])],
    about: html`<p>${say('desk.forThese', rows.length)}</p><ul>${rows.map((row) => html`<li>${patientNameHtml(row.patient, view)}</li>`)}</ul>`,
    back: html`<a href="${addressOf(readList(list))}">${say('views.open')}</a>`,
    ...(errors ? { form, errors } : {}),
  })
  const page = { title: say('desk.snooze'), section: 'worklist', body } as const
  return sendPage(reply, view, page, errors ? 422 : 200)
}
