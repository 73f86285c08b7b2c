/** The desk of one referral: it is assigned, snoozed, and brought back. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import { changeDesk, type DeskRefusal, type DeskWish } from '../../../domain/referral/desk.ts'
import { isId } from '../../addresses.ts'
import { type Html, html } from '../../pages/html.ts'
import { agentOf } from '../../request.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { meOf } from '../queue/filters.ts'
import { seenOf } from '../queue/table.ts'
import { listOf, withList } from '../referral/next.ts'
import { open } from '../referral/open.ts'
import { nameOf } from '../referral/page.ts'
import { sendPage } from '../send.ts'
import { timeWords } from '../times.ts'
import { seenIn } from './bulk-routes.ts'
import { ownerIn } from './owner-select.ts'
import { readSnooze, type SnoozeErrors, snoozeForm } from './snooze-form.ts'

interface Params {
  readonly id: string
}
type OneRequest = FastifyRequest<{ Params: Params }>

export const oneRoutes: PageRoutes = (app, deps) => {
  const { desk } = deps.people.worklist

  /** @throws Problem not-found, version-conflict, referral-closed, or bad-request for another referral's form */
  const change = async (request: OneRequest, caller: Caller, wish: DeskWish) => {
    const { id } = request.params
    const [seen] = seenIn(formOf(request))
    if (seen?.id !== id) throw new Problem('bad-request')
    const ports = { desk, now: deps.now }
    const outcome = await changeDesk(ports, caller.organization, [seen], wish, agentOf(request))
    return outcome.notDone[0]?.why
  }

  app.post<{ Params: Params }>('/referrals/:id/assign', async (request, reply) => {
    const caller = await ofClinic(deps, request)
    const owner = ownerIn(formOf(request), await desk.colleagues(caller))
    refuse(await change(request, caller, { kind: 'assign', owner }))
    const done = owner?.id === meOf(caller) ? 'taken' : 'assign'
    return reply.redirect(doneAddress(request, done), 303)
  })

  app.post<{ Params: Params }>('/referrals/:id/wake', async (request, reply) => {
    const caller = await ofClinic(deps, request)
    refuse(await change(request, caller, { kind: 'wake' }))
    return reply.redirect(doneAddress(request, 'wake'), 303)
  })

  app.get<{ Params: Params }>('/referrals/:id/snooze', async (request, reply) => {
    const body = await snoozePage(deps, request)
    const title = viewFor(request, deps).say('desk.snooze')
    return sendPage(reply, viewFor(request, deps), { title, section: 'worklist', body })
  })

  app.post<{ Params: Params }>('/referrals/:id/snooze', async (request, reply) => {
    const caller = await ofClinic(deps, request)
    const view = viewFor(request, deps)
    const said = readSnooze(view, formOf(request))
    const errors = 'errors' in said ? said.errors : undefined
    const why =
      'errors' in said ? undefined : await change(request, caller, { kind: 'snooze', ...said })
    if (errors || why === 'due') {
      const body = await snoozePage(deps, request, errors ?? { until: view.say('desk.isDue') })
      const title = view.say('desk.snooze')
      return sendPage(reply, view, { title, section: 'worklist', body }, 422)
    }
    refuse(why)
    return reply.redirect(doneAddress(request, 'snooze'), 303)
  })
}

/** The referral, which still knows the list that it was opened from. */
function doneAddress(request: OneRequest, done: string): string {
  const list = listOf({ path: '' }, formOf(request))
  return `/referrals/${request.params.id}?${list === '' ? '' : `${list}&`}done=${done}`
}

function refuse(why: DeskRefusal | undefined): void {
  if (why === 'closed') throw new Problem('referral-closed')
  if (why === 'gone') throw new Problem('not-found')
  if (why !== undefined) throw new Problem('version-conflict')
}

/** @throws Problem not-found before anything of the form is looked at */
async function ofClinic(deps: PageDeps, request: OneRequest): Promise<Caller> {
  const caller = requirePerson(request, 'clinic')
  const { id } = request.params
  const found = isId(id) ? await deps.people.worklist.desk.find(caller, id) : undefined
  if (!found) throw new Problem('not-found')
  return caller
}

async function snoozePage(
  deps: PageDeps,
  request: OneRequest,
  errors?: SnoozeErrors,
): Promise<Html> {
  const { view, model, caller } = await open(deps, request)
  const { id } = model.referral
  const found = await deps.people.worklist.desk.find(caller, id)
  if (!found) throw new Problem('not-found')
  const list = errors ? listOf(view, formOf(request)) : listOf(view)
  return snoozeForm(view, {
    action: `/referrals/${id}/snooze`,
    fields: [
      ['row', errors ? formOf(request).text('row') : seenOf(found)],
      ['list', list],
    ],
    about: html`<p dir="auto">${view.say('referral.forPatient', nameOf(view, model))}</p>
${found.due && html`<p>${view.say('desk.dueAt', timeWords(found.due, view))}</p>`}`,
    back: html`<a href="${withList(`/referrals/${id}`, list)}">${view.say('referral.back')}</a>`,
    ...(errors ? { form: formOf(request), errors } : {}),
  })
}
