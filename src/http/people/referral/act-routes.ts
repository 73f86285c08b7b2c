/** Actions: a form on GET, the story on POST, and 303 to what comes next. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../domain/problem.ts'
import { agentOf, originOf } from '../../request.ts'
import { notice } from '../components.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { type Hold, holding } from '../drafts/held.ts'
import { draftAct, keep, keptOf, saysSomething, type Typed } from '../drafts/kept.ts'
import { type Form, formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { timeWords } from '../times.ts'
import type { View } from '../view.ts'
import { type ActPage, actPage, movedOnPage } from './act-page.ts'
import { type ActName, actNames, isOffered, isOnePress } from './acts.ts'
import { company } from './company.ts'
import { doAct, moveOf } from './do-act.ts'
import { type ReferralModel, readReferral } from './model.ts'
import { nextAfter } from './next.ts'
import { open } from './open.ts'
import { referralPage } from './page.ts'
import { readTrail, timeline, whoDid } from './timeline.ts'
import { sayCodeOf } from './words.ts'

interface Params {
  readonly id: string
}

export const actRoutes: PageRoutes = (app, deps) => {
  const hold = holding(app, deps)
  for (const name of actNames) {
    app.get<{ Params: Params; Querystring: { criterion?: string } }>(
      `/referrals/:id/${name}`,
      async (request, reply) => {
        const { view, model, caller } = await open(deps, request)
        if (!isOffered(name, model.referral)) throw new Problem('illegal-transition')
        const { criterion = '' } = request.query
        const all = await keptOf(deps, caller, model.referral.id)
        const act = draftAct(name, criterion)
        const kept = all.find(({ draft }) => draft.act === act && !draft.sendAt)
        const around = await company(deps, caller, view, model, true)
        return sendAct(reply, view, model, { name, kept, criterion, company: around })
      },
    )
    app.post<{ Params: Params }>(`/referrals/:id/${name}`, (request, reply) =>
      act(deps, hold, request, reply, name),
    )
  }
}

const sendAct = (
  reply: FastifyReply,
  view: View,
  model: ReferralModel,
  page: ActPage,
  status = 200,
): FastifyReply =>
  sendPage(
    reply,
    view,
    {
      title: sayCodeOf(view, 'referral.act', page.name),
      section: 'worklist',
      script: 'referral.js',
      body: actPage(view, model, page),
    },
    status,
  )

async function act(
  deps: PageDeps,
  hold: Hold,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
  name: ActName,
): Promise<FastifyReply> {
  const caller = requirePerson(request, 'clinic')
  const { person } = caller
  if (!person) throw new Problem('not-signed-in')
  const form = formOf(request)
  const view = viewFor(request, deps)
  const model = await readReferral(deps, caller, request.params.id)
  const { referral } = model
  const move = moveOf(view, model, name, form, person)
  if ('errors' in move) {
    // The form shows whom it is about once more.
    const opened = await open(deps, request)
    return sendAct(reply, view, opened.model, { name, form, errors: move.errors }, 422)
  }
  const typed: Typed = {
    ...{ referralId: referral.id, act: draftAct(name, form.text('criterion')), form },
    ...{ version: versionOf(form), language: view.language, origin: originOf(request) },
  }
  const isOfNow = typed.version === model.version && isOffered(name, referral)
  if (form.text('go') === 'next' && isOfNow && (await hold(caller, typed)))
    return reply.redirect(await nextAfter(deps, caller, referral, name, form), 303)
  try {
    await doAct(deps, model, move, typed.version, caller, agentOf(request))
  } catch (error) {
    if (!(error instanceof Problem && isOthersChange(error))) throw error
    if (saysSomething(form)) await keep(deps, caller, typed)
    return sendChanged(deps, request, reply, name, form)
  }
  await deps.people.drafts.drop({ ...typed, personId: person.id })
  return reply.redirect(await nextAfter(deps, caller, referral, name, form), 303)
}

/** @throws Problem bad-request when the form was not made by a page of ours */
export function versionOf(form: Form): number {
  const version = form.text('version')
  if (!/^[1-9]\d{0,8}$/.test(version)) throw new Problem('bad-request')
  return Number(version)
}

const isOthersChange = ({ code }: Problem): boolean =>
  code === 'version-conflict' || code === 'illegal-transition' || code === 'referral-closed'

/** Somebody was faster: 412 with the referral as it is now, who changed it, and what was typed. */
async function sendChanged(
  deps: PageDeps,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
  name: ActName,
  form: Form,
): Promise<FastifyReply> {
  const { view, model, caller } = await open(deps, request)
  const trail = await readTrail(deps, caller, model)
  const [latest] = trail.rows
  const told = notice(
    latest
      ? view.say('referral.changed', whoDid(deps, latest), timeWords(latest.recorded, view))
      : view.say('problem.version-conflict'),
    'wait',
    true,
  )
  const title = view.say('problem.title')
  const page = { title, section: 'worklist' } as const
  if (!isOffered(name, model.referral))
    return sendPage(reply, view, { ...page, body: movedOnPage(view, model, form, told) }, 412)
  if (!isOnePress(name)) return sendAct(reply, view, model, { name, form, told }, 412)
  const history = timeline(view, deps, model, trail)
  return sendPage(reply, view, { ...page, body: referralPage(view, model, { history, told }) }, 412)
}
