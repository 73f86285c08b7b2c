/** Where a practice opens its link, types the code from a paper, or asks for another one. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { rateLimit } from '../../../domain/access/rate-limit.ts'
import { readCode } from '../../../domain/answering/answer-code.ts'
import type { AnswerLink } from '../../../domain/answering/answer-link.ts'
import {
  askForAnother,
  lookAtLink,
  type Opener,
  openLink,
  practiceRoles,
  type SeenLink,
} from '../../../domain/answering/open-link.ts'
import { defaultLimits } from '../../limits.ts'
import { auditEntry } from '../../request.ts'
import { clearCookie, readCookie, setCookie } from '../cookies.ts'
import type { PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { cookieSetting, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { signIn } from '../sign-in/begin-session.ts'
import { homeOf } from '../sign-in/next.ts'
import { codePage, deadPage, type OpenErrors, openPage, wantedPage } from './open-pages.ts'

const open = { access: 'public' } as const
/** From the address to the button. */
const givenSeconds = 30 * 60
const longestName = 80

export const openLinkRoutes: PageRoutes = (app, deps) => {
  const ports = { ...deps.intake, ...deps.answering }
  const setting = cookieSetting(deps)
  const { answersPerMinute } = { ...defaultLimits, ...deps.limits }
  const perAddress = rateLimit(answersPerMinute, deps.now)

  /** What the browser has: the link that it came by, and what it kept of one that it has opened. */
  const keysOf = (request: FastifyRequest) => ({
    given: readCookie(request, 'answer', setting),
    kept: readCookie(request, 'answer-kept', setting),
  })

  app.get<{ Querystring: { after?: string } }>('/answer', { config: open }, (request, reply) => {
    const view = viewFor(request, deps)
    const { after } = request.query
    return sendPage(reply, view, {
      title: view.say('answer.title'),
      body: codePage(view, { isEnded: after === 'ended' }),
    })
  })

  app.post('/answer', { config: open }, async (request, reply) => {
    perAddress.admit(request.ip)
    const typed = formOf(request).text('code')
    const code = readCode(typed)
    if (code === undefined) {
      const view = viewFor(request, deps)
      const body = codePage(view, { typed, isWrong: true })
      return sendPage(reply, view, { title: view.say('answer.title'), body }, 422)
    }
    setCookie(reply, 'answer', code, setting, givenSeconds)
    return reply.redirect('/answer/open', 303)
  })

  app.get<{ Querystring: { after?: string } }>(
    '/answer/open',
    { config: open },
    async (request, reply) => {
      perAddress.admit(request.ip)
      const keys = keysOf(request)
      if (keys.given === undefined && keys.kept === undefined) return reply.redirect('/answer', 303)
      const seen = await lookAtLink(ports, keys)
      if (!seen) return sendDead(request, reply)
      const view = viewFor(request, deps)
      const { after } = request.query
      return sendPage(reply, view, {
        title: view.say('answer.title'),
        body: openPage(view, seen, { isIdle: after === 'idle' }),
      })
    },
  )

  app.post('/answer/open', { config: open }, async (request, reply) => {
    perAddress.admit(request.ip)
    const keys = keysOf(request)
    const seen = await lookAtLink(ports, keys)
    if (!seen) return sendDead(request, reply)
    const form = formOf(request)
    const read = readOpener(form, seen)
    if ('errors' in read) return sendOpen(request, reply, seen, form, read.errors)
    const opened = await openLink(ports, keys, read)
    if (opened.outcome === 'none') return sendDead(request, reply)
    if (opened.outcome === 'wrong-birth-date') {
      await noteRefused(request, seen.link)
      return sendOpen(request, reply, seen, form, { 'birth-date': opened.left })
    }
    const session = await signIn(request, reply, deps, opened.identity)
    clearCookie(reply, 'answer', setting)
    // What is kept opens nothing without the second fact; without one it says whose link this was.
    const seconds = (Date.parse(seen.link.expiresAt) - deps.now().getTime()) / 1000
    setCookie(reply, 'answer-kept', opened.kept, setting, Math.ceil(seconds))
    return reply.redirect(homeOf(session), 303)
  })

  app.post('/answer/again', { config: open }, async (request, reply) => {
    perAddress.admit(request.ip)
    const link = await askForAnother(ports, keysOf(request))
    if (link) {
      const entry = auditEntry(
        request,
        {
          action: 'ask-link',
          kind: 'E',
          outcome: 'success',
          entities: [`ServiceRequest/${link.referralId}`],
          detail: `link ${link.id}`,
        },
        deps.now(),
      )
      await deps.audit([{ ...entry, ...ofLink(link) }])
    }
    const view = viewFor(request, deps)
    const body = wantedPage(view)
    return sendPage(reply, view, { title: view.say('answer.wanted'), body })
  })

  // Nothing is looked up here: who reads mail by machine opens this address as well. From here on
  // the secret is in no address, and so in no history and in no log of a proxy.
  app.get<{ Params: { secret: string } }>(
    '/answer/:secret',
    { config: open },
    async (request, reply) => {
      const { secret } = request.params
      setCookie(
        reply,
        'answer',
        /^[\w-]{1,64}$/.test(secret) ? secret : 'none',
        setting,
        givenSeconds,
      )
      return reply.redirect('/answer/open', 303)
    },
  )

  function sendOpen(
    request: FastifyRequest,
    reply: FastifyReply,
    seen: SeenLink,
    form: Form,
    errors: OpenErrors,
  ): FastifyReply {
    const view = viewFor(request, deps)
    const title = view.say('answer.title')
    return sendPage(reply, view, { title, body: openPage(view, seen, { form, errors }) }, 422)
  }

  /** The same words for what was spent, is over, or never was. */
  async function sendDead(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const entry = auditEntry(
      request,
      { action: 'link-refused', kind: 'E', outcome: 'minor-failure', detail: 'opens nothing' },
      deps.now(),
    )
    await deps.noteRefusal(entry, 404, request.log)
    const view = viewFor(request, deps)
    return sendPage(reply, view, { title: view.say('answer.dead'), body: deadPage(view) }, 404)
  }

  function noteRefused(request: FastifyRequest, link: AnswerLink): Promise<void> {
    const entry = auditEntry(
      request,
      {
        action: 'link-refused',
        kind: 'E',
        outcome: 'minor-failure',
        entities: [`ServiceRequest/${link.referralId}`],
        detail: `second fact, link ${link.id}`,
      },
      deps.now(),
    )
    return deps.audit([{ ...entry, ...ofLink(link) }])
  }
}

/** Whom an audit line of a link concerns. */
const ofLink = ({ referralId, referrerId, clinicId }: AnswerLink) => ({
  agent: 'answer-link',
  organization: referrerId,
  referralId,
  referrerId,
  clinicId,
})

function readOpener(form: Form, seen: SeenLink): Opener | { readonly errors: OpenErrors } {
  const name = form.text('name').replaceAll(/\s+/g, ' ')
  const birthDate = form.text('birth-date')
  const errors: OpenErrors = {
    ...(isName(name) ? {} : { name: true }),
    ...(form.text('role') === '' ? { role: true } : {}),
    ...(seen.asksBirthDate && !/^\d{4}-\d\d-\d\d$/.test(birthDate) ? { 'birth-date': true } : {}),
  }
  if (Object.keys(errors).length > 0) return { errors }
  return { name, birthDate, role: form.code('role', practiceRoles) }
}

const isName = (name: string): boolean =>
  name.length >= 2 && name.length <= longestName && /\p{L}/u.test(name) && !/\p{Cc}/u.test(name)
