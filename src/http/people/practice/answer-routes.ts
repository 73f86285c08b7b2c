/** Answering what is missing: the form on GET; saving, sending and throwing away on POST. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Questionnaire } from 'fhir/r4'
import { Problem } from '../../../domain/problem.ts'
import { type Fields, fieldsOf } from '../../../domain/questionnaire/fields.ts'
import { canonicalOfForm, withItemsOf } from '../../../domain/questionnaire/items.ts'
import { readAnswers } from '../../../domain/questionnaire/read-answers.ts'
import { responseOf } from '../../../domain/referral/answering.ts'
import { readBody } from '../../../domain/referral/intake.ts'
import { supplyInformation } from '../../../domain/referral/supply-information.ts'
import { originOf } from '../../request.ts'
import { notice } from '../components.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { sendPage } from '../send.ts'
import { clockWords, timeWords } from '../times.ts'
import { documentsOf } from '../uploads/with-documents.ts'
import { type AnswerPage, answerPage, notAskedPage, textsOf, theirsBeside } from './answer-page.ts'
import {
  type Draft,
  type OpenedPractice,
  openPractice,
  progressWith,
  readPractice,
} from './model.ts'
import { type Saved, saveAnswers, versionIn } from './save-answers.ts'

type Asked = FastifyRequest<{ Params: { readonly id: string } }>

export const answerRoutes: PageRoutes = (app, deps) => {
  app.get<{ Params: { id: string }; Querystring: { more?: string } }>(
    '/practice/:id/answer',
    async (request, reply) => {
      const opened = await openPractice(deps, request)
      const { view, model } = opened
      const { form, draft } = model
      if (!form) return send(reply, opened, notAskedPage(view, model, []))
      const fields = fieldsOf(withItemsOf(form.item), draft?.items ?? [], view)
      return sendAnswer(reply, opened, { form, fields, more: request.query.more })
    },
  )

  app.post<{ Params: { id: string } }>('/practice/:id/answer', async (request, reply) => {
    const typed = formOf(request)
    const wish = typed.text('do')
    if (wish === 'auto') return autosave(deps, request, reply, typed)
    const opened = await openPractice(deps, request)
    if (wish === 'discard') return discard(deps, reply, opened, typed)
    const { form } = opened.model
    if (!form) return sendMovedOn(reply, opened, typed)
    const saved = await saveAnswers(deps, request, opened, form, typed)
    if ('conflict' in saved) return sendConflict(reply, opened, form, typed, saved)
    const kept = withDraft(opened, saved.draft)
    if (wish === 'send') return submit(deps, request, reply, kept, form, typed)
    const path = `/practice/${opened.model.referral.id}`
    const more = /^more (\S+)$/.exec(wish)?.[1]
    if (wish === 'files') return reply.redirect(`${path}/documents`, 303)
    if (more) return reply.redirect(`${path}/answer?more=${encodeURIComponent(more)}`, 303)
    return reply.redirect(wish === 'stay' ? `${path}/answer` : `${path}?done=saved`, 303)
  })
}

const withDraft = (opened: OpenedPractice, draft: Draft | undefined): OpenedPractice => ({
  ...opened,
  model: {
    ...opened.model,
    draft,
    progress: opened.model.form && progressWith(opened.model.form, draft, opened.view.timeZone),
  },
})

const send = (
  reply: FastifyReply,
  { view }: OpenedPractice,
  body: ReturnType<typeof answerPage>,
  status = 200,
): FastifyReply =>
  sendPage(
    reply,
    view,
    { title: view.say('practice.answerTitle'), section: 'practice', body, script: 'answer.js' },
    status,
  )

const sendAnswer = (
  reply: FastifyReply,
  opened: OpenedPractice,
  page: AnswerPage,
  status = 200,
): FastifyReply => send(reply, opened, answerPage(opened.view, opened.model, page), status)

/** Everything that was typed, as it was typed. */
function fieldsIn(typed: Form): Fields {
  const fields = new Map<string, string[]>()
  for (const [name, value] of typed.fields())
    if (name.startsWith('q.')) fields.set(name, [...(fields.get(name) ?? []), value])
  return fields
}

/** The answers go into the story of the referral, as an EHR's would. */
async function submit(
  deps: PageDeps,
  request: Asked,
  reply: FastifyReply,
  opened: OpenedPractice,
  form: Questionnaire,
  typed: Form,
): Promise<FastifyReply> {
  const { view, model, caller } = opened
  const fields = fieldsIn(typed)
  if (typed.text('form') !== canonicalOfForm(form)) {
    const told = notice(view.say('practice.changed'), 'wait', true)
    return sendAnswer(reply, opened, { form, fields, told }, 412)
  }
  const read = readAnswers(form.item, typed, view)
  if (read.problems.length > 0)
    return sendAnswer(reply, opened, { form, fields, problems: read.problems }, 422)
  const documents = await documentsOf(deps, caller, model.referral)
  if (read.answered.size === 0 && documents.additions.length === 0)
    return sendAnswer(reply, opened, { form, fields, isEmpty: true }, 422)
  const { referral, draft } = model
  const now = deps.now().toISOString()
  const resource = readBody(
    deps.intake,
    responseOf(referral, form, read.items, caller.person, 'completed', now),
  )
  const addition = {
    resource,
    expression: resource.resourceType,
    fullUrl: undefined,
    ifNoneExist: undefined,
    put: undefined,
  }
  try {
    // Documents alone are an answer as well.
    const answers = read.answered.size > 0 ? [addition] : []
    const supply = { additions: [...answers, ...documents.additions] }
    await supplyInformation(deps.intake, referral.id, supply, caller, originOf(request))
  } catch (error) {
    if (!(error instanceof Problem && isMovedOn(error))) throw error
    return sendMovedOn(reply, await readPractice(deps, request), typed, form)
  }
  await documents.sent()
  if (draft) await deps.people.practice.dropDraft(referral.id, draft.version)
  return reply.redirect(`/practice/${referral.id}?done=sent`, 303)
}

const isMovedOn = ({ code }: Problem): boolean =>
  code === 'referral-closed' || code === 'version-conflict' || code === 'illegal-transition'

/** The referral does not wait for answers any more: 412, with what was typed. */
function sendMovedOn(
  reply: FastifyReply,
  opened: OpenedPractice,
  typed: Form,
  form?: Questionnaire,
): FastifyReply {
  const { view, model } = opened
  const items = form ? readAnswers(form.item, typed, { ...view, draft: true }).items : []
  // Where the form is gone as well, the fields have no questions: what was typed still stands there.
  const texts = form ? textsOf(view, items) : plainTexts(typed, view.say('practice.typed'))
  return send(reply, opened, notAskedPage(view, model, texts), 412)
}

const plainTexts = (typed: Form, name: string): readonly (readonly [string, string])[] =>
  typed
    .fields()
    .filter(([field, value]) => field.startsWith('q.') && /[^\s|:/]\s/.test(value.trim()))
    .map(([, value]) => [name, value])

/** Two of the practice at one form: 412, with both answers side by side. */
function sendConflict(
  reply: FastifyReply,
  opened: OpenedPractice,
  form: Questionnaire,
  typed: Form,
  { theirs }: Extract<Saved, { conflict: true }>,
): FastifyReply {
  const { view } = opened
  const ours = readAnswers(form.item, typed, { ...view, draft: true }).items
  const words = theirs
    ? view.say('practice.conflict', theirs.savedBy.name, timeWords(theirs.savedAt, view))
    : view.say('practice.draftGone')
  const beside = theirs
    ? { theirs: theirsBeside(view, form, theirs.savedBy.name, theirs.items, ours) }
    : {}
  return sendAnswer(
    reply,
    withDraft(opened, theirs),
    { form, fields: fieldsIn(typed), told: notice(words, 'wait', true), ...beside },
    412,
  )
}

/** What the script asks while somebody types; it says what became of it in a word or two. */
async function autosave(
  deps: PageDeps,
  request: Asked,
  reply: FastifyReply,
  typed: Form,
): Promise<FastifyReply> {
  const opened = await readPractice(deps, request)
  const { view, model } = opened
  if (!model.form) return reply.code(409).send({ words: view.say('practice.notAsked') })
  const saved = await saveAnswers(deps, request, opened, model.form, typed)
  if ('conflict' in saved) {
    const words = saved.theirs
      ? view.say('practice.othersSaved', saved.theirs.savedBy.name)
      : view.say('practice.draftGone')
    return reply.code(409).send({ words })
  }
  const { version = 0, savedAt = deps.now().toISOString() } = saved.draft ?? {}
  const words = view.say('practice.saved', clockWords(savedAt, view))
  return reply.send({ draft: version, words })
}

async function discard(
  deps: PageDeps,
  reply: FastifyReply,
  { model }: OpenedPractice,
  typed: Form,
): Promise<FastifyReply> {
  const { id } = model.referral
  if (!(await deps.people.practice.dropDraft(id, versionIn(typed))))
    throw new Problem('version-conflict')
  return reply.redirect(`/practice/${id}?done=discarded`, 303)
}
