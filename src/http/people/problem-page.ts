/** What went wrong, in words, with the next step; what was typed is not lost. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { challengeOf } from '../../domain/access/challenge.ts'
import type { ProblemCode } from '../../domain/problem.ts'
import { safeError } from '../../domain/safe-error.ts'
import { asProblem, noteProblem } from '../error-handler.ts'
import { type Html, html } from '../pages/html.ts'
import type { PageDeps } from './deps.ts'
import { Form } from './form.ts'
import { isMessage, type MessageKey } from './messages/messages.ts'
import { cameByLink, viewFor } from './person.ts'
import { sendPage } from './send.ts'
import { homeOf } from './sign-in/next.ts'
import type { View } from './view.ts'

/** Seconds to wait where the problem does not say. */
const usualWait = 5

export function pageErrorHandler(deps: PageDeps) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error)
    if (problem.status >= 500) request.log.error({ err: safeError(error) }, problem.code)
    // Nobody was refused anything: who opens a page is asked to sign in first.
    if (problem.code === 'not-signed-in' && request.method === 'GET')
      return reply.redirect(wayIn(request, deps), 303)
    await noteProblem(problem, request, deps)
    const challenge = challengeOf(problem.code)
    if (challenge) reply.header('www-authenticate', challenge)
    if (problem.status === 429 || problem.status === 503)
      reply.header('retry-after', String(problem.retryAfter ?? usualWait))
    if (problem.status === 413 || problem.status === 408) reply.header('connection', 'close')
    const view = viewFor(request, deps)
    return sendPage(
      reply,
      view,
      { title: view.say('problem.title'), body: problemBody(view, problem.code, request) },
      problem.status,
    )
  }
}

const wayIn = (request: FastifyRequest, deps: PageDeps): string =>
  request.url.startsWith('/practice/') && cameByLink(request, deps)
    ? '/answer/open?after=idle'
    : `/sign-in?next=${encodeURIComponent(request.url)}`

function problemBody(view: View, code: ProblemCode, request: FastifyRequest): Html {
  const { say } = view
  // A form from elsewhere is not shown back: nobody here typed it.
  const kept = code === 'foreign-form' ? [] : typed(request.body)
  return html`<h1>${say('problem.title')}</h1>
<p>${say(wordsFor(code))}</p>
${kept.length > 0 && html`<h2>${say('problem.kept')}</h2>${kept.map((text) => html`<pre class="kept" dir="auto">${text}</pre>`)}`}
<p><a class="button" href="${view.session ? homeOf(view.session) : '/sign-in'}">${say(view.session ? 'problem.toWork' : 'signIn.title')}</a></p>
<p class="quiet">${say('problem.reference', request.id)}</p>`
}

/** Long enough to be somebody's words rather than a code or a choice. */
const typed = (body: unknown): readonly string[] =>
  body instanceof Form
    ? body.fields().flatMap(([, value]) => (/\s/.test(value.trim()) ? value : []))
    : []

function wordsFor(code: ProblemCode): PlainProblem {
  const key = `problem.${code}`
  return isProblemKey(key) ? key : 'problem.other'
}

type PlainProblem = Exclude<Extract<MessageKey, `problem.${string}`>, 'problem.reference'>

const isProblemKey = (key: string): key is PlainProblem => isMessage(key)
