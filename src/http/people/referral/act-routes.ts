/** Actions: a form on GET, the story on POST, and 303 to what comes next. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../domain/problem.ts'
import { moveTask } from '../../../domain/referral/move-task.ts'
import { agentOf } from '../../request.ts'
import { notice } from '../components.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { timeWords } from '../times.ts'
import type { View } from '../view.ts'
import { type ActPage, actPage, movedOnPage } from './act-page.ts'
import { readAct } from './act-words.ts'
import { type ActName, actNames, isOffered, isOnePress } from './acts.ts'
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
  for (const name of actNames) {
    app.get<{ Params: Params; Querystring: { criterion?: string } }>(
      `/referrals/:id/${name}`,
      async (request, reply) => {
        const { view, model } = await open(deps, request)
        if (!isOffered(name, model.referral)) throw new Problem('illegal-transition')
        const { criterion = '' } = request.query
        return sendAct(reply, view, model, { name, criterion })
      },
    )
    app.post<{ Params: Params }>(`/referrals/:id/${name}`, (request, reply) =>
      act(deps, request, reply, name),
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
      body: actPage(view, model, page),
    },
    status,
  )

async function act(
  deps: PageDeps,
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
  const said = readAct(view, model, name, form, person)
  if ('errors' in said) {
    // The form shows whom it is about once more.
    const opened = await open(deps, request)
    return sendAct(reply, view, opened.model, { name, form, errors: said.errors }, 422)
  }
  try {
    const { taskId } = model.referral
    const version = versionOf(form)
    await moveTask(deps.intake, taskId, said.compose, version, caller, agentOf(request), said.word)
  } catch (error) {
    if (!(error instanceof Problem && isOthersChange(error))) throw error
    return sendChanged(deps, request, reply, name, form)
  }
  return reply.redirect(await nextAfter(deps, caller, model.referral, name, form), 303)
}

/** @throws Problem bad-request when the form was not made by a page of ours */
function versionOf(form: Form): number {
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
  return sendPage(reply, view, { ...page, body: referralPage(view, model, history, told) }, 412)
}
