/** What is filled in is kept on the server, and nobody's answers are overwritten unseen. */

import type { FastifyRequest } from 'fastify'
import type { Questionnaire, QuestionnaireResponseItem } from 'fhir/r4'
import { Problem } from '../../../domain/problem.ts'
import { readAnswers } from '../../../domain/questionnaire/read-answers.ts'
import { responseOf } from '../../../domain/referral/answering.ts'
import type { PageDeps } from '../deps.ts'
import type { Form } from '../form.ts'
import { asDraft, type Draft, type OpenedPractice, practiceAudit } from './model.ts'

export type Saved =
  | { readonly draft: Draft | undefined }
  /** Somebody else has saved, sent or thrown away what this page began with. */
  | { readonly conflict: true; readonly theirs: Draft | undefined }

/** Keeps what stands in the fields of a page as the next version of the draft. */
export async function saveAnswers(
  deps: PageDeps,
  request: FastifyRequest,
  { model, view, caller }: OpenedPractice,
  form: Questionnaire,
  typed: Form,
): Promise<Saved> {
  const { referral, draft } = model
  const base = versionIn(typed)
  const { items } = readAnswers(form.item, typed, { timeZone: view.timeZone, draft: true })
  const next = [...items, ...leftOver(draft, form)]
  if (isSame(next, draft?.items ?? [])) return { draft }
  if (base !== (draft?.version ?? 0)) return { conflict: true, theirs: draft }
  const now = deps.now().toISOString()
  const response = responseOf(referral, form, next, caller.person, 'in-progress', now)
  const saved = {
    referralId: referral.id,
    version: base + 1,
    content: JSON.stringify(response),
    savedAt: now,
    savedBy: caller.person,
  }
  const { practice } = deps.people
  if (!(await practice.saveDraft(saved, referral.referrerId))) {
    const [theirs] = await practice.drafts(caller, [referral.id])
    return { conflict: true, theirs: theirs && asDraft(theirs) }
  }
  await deps.audit([practiceAudit(request, model, 'save-answers', deps.now())])
  return { draft: asDraft(saved) }
}

/** @throws Problem bad-request when the form was not made by a page of ours */
export function versionIn(typed: Form): number {
  const version = typed.text('draft')
  if (!/^(?:0|[1-9]\d{0,8})$/.test(version)) throw new Problem('bad-request')
  return Number(version)
}

/** What was filled in of a form that asked for more, and is not asked for now. */
const leftOver = (
  draft: Draft | undefined,
  { item = [] }: Questionnaire,
): readonly QuestionnaireResponseItem[] =>
  (draft?.items ?? []).filter(({ linkId }) => !item.some((each) => each.linkId === linkId))

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)
