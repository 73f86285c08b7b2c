/** Signing in and out. */

import type { Registry } from '../../../domain/access/registry.ts'
import { Problem } from '../../../domain/problem.ts'
import { type Html, html } from '../../pages/html.ts'
import { auditEntry } from '../../request.ts'
import { buttonForm, notice } from '../components.ts'
import { clearCookie } from '../cookies.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { formOf } from '../form.ts'
import type { SandboxPerson } from '../people.ts'
import { cameByLink, cookieSetting, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { inEnglish, type View } from '../view.ts'
import { signIn } from './begin-session.ts'
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
    if (after === 'idle' && cameByLink(request, deps))
      return reply.redirect('/answer/open?after=idle', 303)
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
    const isByLink = signedIn?.session.through !== undefined
    return reply.redirect(isByLink ? '/answer?after=ended' : '/sign-in?after=ended', 303)
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

function signInPage(view: View, { people }: PageDeps, next: string, after: string): Html {
  const { say } = view
  const { sandboxPeople = [] } = people
  return html`${after === 'ended' && notice(say('signIn.ended'), 'good', true)}
${after === 'idle' && notice(say('signIn.idle'), 'wait', true)}
<h1>${say('signIn.title')}</h1>
${throughEhr(view, people.registry(), next)}
${sandboxPeople.length > 0 && sandboxList(view, sandboxPeople, people.registry(), next)}
<p><a href="/answer">${say('answer.toAnswer')}</a></p>`
}

/** The organisations whose EHR vouches for their people. */
function throughEhr(view: View, registry: Registry, next: string): Html | undefined {
  const { say } = view
  const all = [...registry.clinics, ...registry.referrers]
  const offered = all.filter(({ signIn, disabled }) => signIn && !disabled)
  if (offered.length === 0) return view.sandbox ? undefined : html`<p>${say('signIn.none')}</p>`
  const address = (id: string) =>
    `/sign-in/start?${new URLSearchParams({ organization: id, ...(next ? { next } : {}) })}`
  return html`<p>${say('signIn.intro')}</p>
<ul class="ways">${offered.map(
    ({ id, name }) =>
      html`<li><a class="button second" href="${address(id)}">${say('signIn.with', name)}</a></li>`,
  )}</ul>
<p class="quiet">${say('signIn.fromEhr')}</p>`
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
      })} <span><span${inEnglish(view)}>${each.task}</span><br><bdi class="quiet">${nameOf(each)}</bdi></span></li>`,
  )}</ul>`
}
