/** Drafts: kept while somebody types, listed, thrown away; and what is held, taken back. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../domain/problem.ts'
import { findOrThrow } from '../../../domain/referral/change.ts'
import { isId } from '../../addresses.ts'
import { html } from '../../pages/html.ts'
import { originOf } from '../../request.ts'
import { notice } from '../components.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { versionOf } from '../referral/act-routes.ts'
import { listOf, withList } from '../referral/next.ts'
import { sendPage } from '../send.ts'
import { clockWords } from '../times.ts'
import { keep, personOf, readDraftAct, saysSomething } from './kept.ts'
import { draftNotices, draftRows } from './notices.ts'
import { draftsPage } from './page.ts'

interface Params {
  readonly id: string
  readonly act: string
}

export const draftRoutes: PageRoutes = (app, deps) => {
  const { drafts } = deps.people

  app.get<{ Querystring: { done?: string } }>('/worklist/drafts', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const mine = await drafts.ofPerson(caller, personOf(caller).id)
    const view = viewFor(request, deps)
    const told = await draftNotices(deps, request, caller, view, false)
    const kept = mine.filter(({ sendAt }) => !sendAt)
    const rows = await draftRows(deps, request, caller, kept)
    const isDiscarded = request.query.done === 'discarded'
    const done = isDiscarded && notice(view.say('draft.discarded'), 'good', true)
    return sendPage(reply, view, {
      title: view.say('draft.title'),
      section: 'drafts',
      body: draftsPage(view, rows, html`${told}${done}`),
    })
  })

  app.post<{ Params: Params }>('/referrals/:id/drafts/:act', async (request, reply) => {
    const { key, caller } = await draftOf(deps, request)
    const form = formOf(request)
    const view = viewFor(request, deps)
    const typed = { ...key, form, version: versionOf(form), language: view.language }
    if (saysSomething(form)) {
      const kept = await keep(deps, caller, { ...typed, origin: originOf(request) })
      if (!kept) return answer(reply, request, form, view.say('draft.full'), 409)
      const doing = { person: personOf(caller), doing: 'writing' } as const
      await deps.people.presence.note(caller, key.referralId, doing, kept.savedAt)
    } else await drafts.drop({ ...key, personId: personOf(caller).id })
    const words = view.say('draft.saved', clockWords(view.now.toISOString(), view))
    return answer(reply, request, form, words)
  })

  app.post<{ Params: Params }>('/referrals/:id/drafts/:act/discard', async (request, reply) => {
    const { key, caller } = await draftOf(deps, request)
    await drafts.drop({ ...key, personId: personOf(caller).id })
    const form = formOf(request)
    if (form.text('from') === 'drafts')
      return reply.redirect('/worklist/drafts?done=discarded', 303)
    const list = listOf({ path: '' }, form)
    const path = `/referrals/${key.referralId}?${list === '' ? '' : `${list}&`}done=discarded`
    return reply.redirect(path, 303)
  })

  app.post<{ Params: Params }>('/referrals/:id/drafts/:act/undo', async (request, reply) => {
    const { key, caller } = await draftOf(deps, request)
    const isBack = await drafts.takeBack({ ...key, personId: personOf(caller).id })
    return reply.redirect(`/referrals/${key.referralId}?done=${isBack ? 'undone' : 'late'}`, 303)
  })
}

/** @throws Problem not-found for a referral that the caller's clinic does not have */
async function draftOf(deps: PageDeps, request: FastifyRequest<{ Params: Params }>) {
  const caller = requirePerson(request, 'clinic')
  const { id, act } = request.params
  if (!isId(id)) throw new Problem('not-found')
  await findOrThrow(deps.intake.referrals, id, caller)
  readDraftAct(act)
  return { key: { referralId: id, act }, caller }
}

/** To the script in words; to a browser without one as the form again. */
function answer(
  reply: FastifyReply,
  request: FastifyRequest<{ Params: Params }>,
  form: Form,
  words: string,
  status = 200,
): FastifyReply {
  if (request.headers.accept?.includes('application/json'))
    return reply.code(status).type('application/json').send({ words })
  if (status !== 200) throw new Problem('conflict', words)
  const { id, act } = request.params
  const { name, criterion } = readDraftAct(act)
  const list = withList('', listOf({ path: '' }, form)).slice(1)
  const query = [list, criterion && `criterion=${criterion}`, 'kept=1'].filter(Boolean).join('&')
  return reply.redirect(`/referrals/${id}/${name}?${query}`, 303)
}
