/** The rows of a practice's list with what is shown of each. */

import type { FastifyRequest } from 'fastify'
import type { Patient, Questionnaire } from 'fhir/r4'
import type { Caller } from '../../../domain/access/caller.ts'
import { byPatient } from '../../../domain/audit/patients.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import type { Progress } from '../../../domain/referral/answering.ts'
import type { ListedReferral } from '../../../domain/referral/practice-list.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps } from '../deps.ts'
import { asDraft, type Draft, progressWith } from './model.ts'

/** A row with what is shown of it. */
export interface PracticeRow extends ListedReferral {
  readonly patient: Patient | undefined
  /** As people call it. */
  readonly clinic: string
  readonly progress: Progress | undefined
  readonly draft: Draft | undefined
}

/** Reads what is shown of the rows, and puts on record that it was. */
export async function shownRows(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  listed: readonly ListedReferral[],
  timeZone: string,
): Promise<readonly PracticeRow[]> {
  const [stored, kept] = await Promise.all([
    deps.resources.readMany(
      caller,
      listed.flatMap(({ patientId, information }) => [
        `Patient/${patientId}`,
        ...(information ? [`Questionnaire/${information.questionnaireId}`] : []),
      ]),
    ),
    deps.people.practice.drafts(
      caller,
      listed.map(({ id }) => id),
    ),
  ])
  const at = new Map(stored.map((each) => [`${each.type}/${each.id}`, each.content]))
  const drafts = new Map(kept.map((each) => [each.referralId, asDraft(each)]))
  const registry = deps.people.registry()
  const read = <R>(reference: string): R | undefined => {
    const content = at.get(reference)
    return content === undefined ? undefined : (parseFhirJson(content) as R)
  }
  const what = { action: 'search', kind: 'E', outcome: 'success' } as const
  await deps.audit(
    byPatient(stored).map((about) =>
      auditEntry(request, { ...what, ...about, detail: 'practice' }, deps.now()),
    ),
  )
  return listed.map((each) => {
    const { questionnaireId } = each.information ?? {}
    const form = read<Questionnaire>(`Questionnaire/${questionnaireId}`)
    const draft = drafts.get(each.id)
    return {
      ...each,
      patient: read<Patient>(`Patient/${each.patientId}`),
      clinic: registry.clinicById(each.clinicId)?.name ?? each.clinicId,
      draft,
      progress: form && progressWith(form, draft, timeZone),
    }
  })
}
