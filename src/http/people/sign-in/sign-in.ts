/** Signing in and out. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Identity, Session } from '../../../domain/access/session.ts'
import { Problem } from '../../../domain/problem.ts'
import { type Html, html } from '../../pages/html.ts'
import { auditEntry } from '../../request.ts'
import { buttonForm, notice } from '../components.ts'
import { clearCookie, readCookie, setCookie } from '../cookies.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { formOf } from '../form.ts'
import type { SandboxPerson } from '../people.ts'
import { cookieSetting, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import type { View } from '../view.ts'
import { nextOf } from './next.ts'

const open = { access: 'public' } as const

interface SignInQuery {
  readonly next?: string
  /** Why one is here again: `ended` or `idle`. */
  readonly after?: string
}

export const signInRoutes: PageRoutes = (app, deps) => {
  app.get<{ Querystring: SignInQuery }>('/sign-in', { config: open }, async (request, reply) => {
    const { next, after } = request.query
    if (request.signedIn) return reply.redirect(nextOf(next, request.signedIn.session), 303)
    const view = viewFor(request, deps)
    return sendPage(reply, view, {
      title: view.say('signIn.title'),
      body: signInPage(view, deps, String(next ?? ''), String(after ?? '')),
    })
  })

  // The script asks for it when somebody says that they are still there.
  app.get('/session', async (_request, reply) => reply.code(204).send())

  app.post('/sign-out', async (request, reply) => {
    const { signedIn } = request
    if (signedIn) await deps.people.sessions.end(signedIn.secret)
    await deps.audit([
      auditEntry(request, { action: 'sign-out', kind: 'E', outcome: 'success' }, deps.now()),
    ])
    clearCookie(reply, 'session', cookieSetting(deps))
    return reply.redirect('/sign-in?after=ended', 303)
  })

  const { sandboxPeople } = deps.people
  if (sandboxPeople)
    app.post('/sign-in/sandbox', { config: open }, async (request, reply) => {
      const form = formOf(request)
      const chosen = sandboxPeople.find(({ person }) => person.id === form.text('person'))
      if (!chosen) throw new Problem('sign-in-refused')
      const { role, organization, person } = chosen
      const session = await signIn(request, reply, deps, { role, organization, person })
      return reply.redirect(nextOf(form.text('next'), session), 303)
    })
}

/** Begins a session of its own, whatever was there before, and puts it on record. */
async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: PageDeps,
  identity: Identity,
): Promise<Session> {
  const setting = cookieSetting(deps)
  const before = readCookie(request, 'session', setting)
  if (before !== undefined) await deps.people.sessions.end(before)
  const { secret, session } = await deps.people.sessions.begin(identity)
  const { role, organization, person, id } = session
  await deps.audit([
    {
      ...auditEntry(request, { action: 'sign-in', kind: 'E', outcome: 'success' }, deps.now()),
      agent: 'worklist',
      organization,
      ...(role === 'clinic' ? { clinicId: organization } : { referrerId: organization }),
      tokenId: id,
      person: person.id,
      personName: person.name,
    },
  ])
  setCookie(reply, 'session', secret, setting)
  return session
}

function signInPage(view: View, { people }: PageDeps, next: string, after: string): Html {
  const { say } = view
  const { sandboxPeople = [] } = people
  return html`${after === 'ended' && notice(say('signIn.ended'), 'good', true)}
${after === 'idle' && notice(say('signIn.idle'), 'wait', true)}
<h1>${say('signIn.title')}</h1>
${sandboxPeople.length === 0 && html`<p>${say('signIn.none')}</p>`}
${sandboxPeople.length > 0 && sandboxList(view, sandboxPeople, people.registry(), next)}`
}

function sandboxList(
  view: View,
  people: readonly SandboxPerson[],
  registry: ReturnType<PageDeps['people']['registry']>,
  next: string,
): Html {
  const { say } = view
  const nameOf = ({ role, organization }: SandboxPerson): string =>
    (role === 'clinic' ? registry.clinicById(organization) : registry.referrerById(organization))
      ?.name ?? organization
  return html`<h2>${say('signIn.sandbox')}</h2>
<p class="quiet">${say('signIn.sandboxHint')}</p>
<ul class="people">${people.map(
    (each) =>
      html`<li>${buttonForm(view, '/sign-in/sandbox', each.person.name, {
        person: each.person.id,
        next,
      })} <span>${each.task}<br><span class="quiet">${nameOf(each)}</span></span></li>`,
  )}</ul>`
}
