/** Who else is at a referral, and what became of it since its page was opened: for its page, and for its script. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import { findOrThrow } from '../../../domain/referral/change.ts'
import { presentMs } from '../../../domain/referral/presence.ts'
import { isId } from '../../addresses.ts'
import { type Html, html } from '../../pages/html.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { clockWords } from '../times.ts'
import type { View } from '../view.ts'
import { type ReferralModel, readReferral } from './model.ts'
import { readTrail, whatHappened, whoDid } from './timeline.ts'

/** @returns a part of the page that its script keeps up to date */
export async function company(
  deps: PageDeps,
  caller: Caller,
  view: View,
  { referral: { id }, version }: ReferralModel,
  typing = false,
): Promise<Html> {
  const { say } = view
  const base = `/referrals/${id}`
  return html`<div class="company" data-company="${base}/news?version=${version}" data-here="${base}/here?version=${version}">
<p class="quiet" role="status" data-present>${await presentWords(deps, caller, view, id)}</p>
<div role="status"><p class="notice wait" data-news hidden><span data-words>${say('news.missed')}</span>${typing && html` ${say('news.keepsTyped')}`} <a href="${view.path || base}" data-key="r">${say('news.show')}</a></p></div></div>`
}

/** '' when nobody else is there. */
async function presentWords(
  { people }: Pick<PageDeps, 'people'>,
  caller: Caller,
  { say, now }: View,
  id: string,
): Promise<string> {
  const since = new Date(now.getTime() - presentMs).toISOString()
  const others = await people.presence.others(caller, id, caller.person?.id ?? '', since)
  const names = (doing: string) =>
    others.filter((each) => each.doing === doing).map(({ person }) => person.name)
  const [writing, looking] = [names('writing'), names('looking')]
  return [
    ...(writing.length > 0 ? [say('present.writing', writing)] : []),
    ...(looking.length > 0 ? [say('present.looking', looking)] : []),
  ].join(' ')
}

type Asked = FastifyRequest<{
  Params: { readonly id: string }
  Querystring: { readonly version?: string }
}>

export const companyRoutes: PageRoutes = (app, deps) => {
  type Route = { Params: Asked['params']; Querystring: Asked['query'] }
  app.get<Route>('/referrals/:id/news', { config: { unattended: true } }, async (request, reply) =>
    reply.type('application/json').send(await newsFor(deps, request)),
  )
  /** The same, asked because somebody reads or moves on the page. */
  app.get<Route>('/referrals/:id/here', async (request, reply) => {
    const news = await newsFor(deps, request)
    await noteLooking(deps, requirePerson(request, 'clinic'), request.params.id)
    return reply.type('application/json').send(news)
  })
}

/** Somebody looks at it. */
export async function noteLooking(
  { people, now }: Pick<PageDeps, 'people' | 'now'>,
  caller: Caller,
  id: string,
): Promise<void> {
  const { person } = caller
  if (person)
    await people.presence.note(caller, id, { person, doing: 'looking' }, now().toISOString())
}

async function newsFor(deps: PageDeps, request: Asked) {
  const caller = requirePerson(request, 'clinic')
  const { id } = request.params
  if (!isId(id)) throw new Problem('not-found')
  const { taskId } = await findOrThrow(deps.intake.referrals, id, caller)
  const view = viewFor(request, deps)
  const [task] = await deps.resources.readMany(caller, [`Task/${taskId}`])
  const isChanged = task !== undefined && String(task.version) !== request.query.version
  return {
    present: await presentWords(deps, caller, view, id),
    changed: isChanged ? await changedWords(deps, caller, view, id) : '',
  }
}

/** What follows from what somebody did, and is no news beside it. */
const byItself: ReadonlySet<string> = new Set([
  ...['deliver', 'redeliver', 'update-at-clinic', 'gather', 'next-step', 'disclose'],
])

async function changedWords(deps: PageDeps, caller: Caller, view: View, id: string) {
  const model = await readReferral(deps, caller, id)
  const { rows } = await readTrail(deps, caller, model)
  const latest = rows.find(({ action }) => !byItself.has(action)) ?? rows[0]
  if (!latest) return view.say('news.missed')
  const what = whatHappened(view, model, latest)
  const at = clockWords(latest.recorded, view)
  return view.say('news.changed', whoDid(deps, latest), at, what)
}
