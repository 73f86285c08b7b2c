/** One referral as its practice sees it: what is there, what is asked for, what is filled in. */

import type { FastifyRequest } from 'fastify'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { Caller, Person } from '../../../domain/access/caller.ts'
import { usualHours } from '../../../domain/access/working-hours.ts'
import type { AnswerFile } from '../../../domain/answering/documents.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import { Problem } from '../../../domain/problem.ts'
import { fieldsOf, typedIn } from '../../../domain/questionnaire/fields.ts'
import { withItemsOf } from '../../../domain/questionnaire/items.ts'
import { readAnswers } from '../../../domain/questionnaire/read-answers.ts'
import { mayBeAcknowledged } from '../../../domain/referral/acknowledge.ts'
import type { AnswerDraft } from '../../../domain/referral/answer-draft.ts'
import { type Progress, progressOf } from '../../../domain/referral/answering.ts'
import { isClosed } from '../../../domain/referral/life.ts'
import type { AuditEntry } from '../../../domain/referral/ports.ts'
import { unavailableReasons } from '../../../domain/screening/wanted-form.ts'
import { isId } from '../../addresses.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { type ReferralModel, readReferral } from '../referral/model.ts'
import type { View } from '../view.ts'

export interface Draft extends AnswerDraft {
  readonly items: NonNullable<QuestionnaireResponse['item']>
}

export interface PracticeModel extends ReferralModel {
  /** The form of what is asked for; undefined when nothing is. */
  readonly form: Questionnaire | undefined
  /** What somebody of the practice has filled in and not sent. */
  readonly draft: Draft | undefined
  /** What goes with the answers. */
  readonly documents: readonly AnswerFile[]
  /** Undefined when nothing is asked for. */
  readonly progress: Progress | undefined
  /** May the practice send it on as it is, with a reason? */
  readonly mayGoOn: boolean
  readonly mayWithdraw: boolean
}

export interface OpenedPractice {
  readonly view: View
  readonly model: PracticeModel
  readonly caller: Caller & { readonly person: Person }
}

type Asked = FastifyRequest<{ Params: { readonly id: string } }>

/**
 * Reads the referral of an address for somebody of its practice.
 * @throws Problem not-found
 */
export async function readPractice(deps: PageDeps, request: Asked): Promise<OpenedPractice> {
  const caller = requirePerson(request, 'referrer')
  const { person } = caller
  if (!person) throw new Problem('not-signed-in')
  const { id } = request.params
  if (!isId(id)) throw new Problem('not-found')
  const referral = await readReferral(deps, caller, id)
  // Appointments are on the clock of whom they are at.
  const { timeZone } = referral.clinic?.due.hours ?? usualHours
  const view: View = { ...viewFor(request, deps), timeZone }
  const model = await withAsking(deps, caller, referral, view)
  return { view, model, caller: { ...caller, person } }
}

/** The same, with it written down that it was seen. */
export async function openPractice(deps: PageDeps, request: Asked): Promise<OpenedPractice> {
  const opened = await readPractice(deps, request)
  await deps.audit([practiceAudit(request, opened.model, 'read', deps.now())])
  return opened
}

/** What somebody of the practice saw of a referral, or filled in and did not send. */
export function practiceAudit(
  request: FastifyRequest,
  { referral: { id, taskId, patientId } }: PracticeModel,
  action: 'read' | 'save-answers',
  now: Date,
): AuditEntry {
  const entities = [`ServiceRequest/${id}`, `Task/${taskId}`]
  const kind = action === 'read' ? 'R' : 'E'
  return auditEntry(request, { action, kind, outcome: 'success', entities, patientId }, now)
}

async function withAsking(
  deps: PageDeps,
  caller: Caller,
  read: ReferralModel,
  view: View,
): Promise<PracticeModel> {
  const { referral } = read
  const { information } = referral
  const [[stored], [kept], documents, mayGoOn] = await Promise.all([
    information
      ? deps.resources.readMany(caller, [`Questionnaire/${information.questionnaireId}`])
      : [],
    deps.people.practice.drafts(caller, [referral.id]),
    deps.people.files.files(caller, referral.id),
    mayBeAcknowledged(deps.intake, referral, deps.now().toISOString()),
  ])
  const form = stored && (parseFhirJson(stored.content) as Questionnaire)
  const draft = kept && asDraft(kept)
  return {
    ...read,
    form,
    draft,
    documents,
    progress: form && progressWith(form, draft, view.timeZone),
    mayGoOn,
    mayWithdraw: !isClosed(referral.status) && referral.businessStatus !== 'cancellation-requested',
  }
}

/** What the practice has said not to be available, by criterion. */
export const reasonsSaid = ({ known }: Pick<PracticeModel, 'known'>): ReadonlyMap<string, string> =>
  unavailableReasons(
    [...known.values()].filter(
      (each): each is QuestionnaireResponse => each.resourceType === 'QuestionnaireResponse',
    ),
  )

export const asDraft = (kept: AnswerDraft): Draft => ({
  ...kept,
  items: (parseFhirJson(kept.content) as QuestionnaireResponse).item ?? [],
})

/** How far the form is, with what is filled in and not sent. */
export function progressWith(
  form: Questionnaire,
  draft: Draft | undefined,
  timeZone: string,
): Progress {
  const fields = fieldsOf(withItemsOf(form.item), draft?.items ?? [], { timeZone })
  const { answered } = readAnswers(form.item, typedIn(fields), { timeZone, draft: true })
  return progressOf(form, answered)
}
