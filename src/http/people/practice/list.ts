/** A practice's list of its referrals: GET /practice. */

import type { FastifyRequest } from 'fastify'
import type { Patient, Questionnaire } from 'fhir/r4'
import type { Caller } from '../../../domain/access/caller.ts'
import { byPatient } from '../../../domain/audit/patients.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import type { Progress } from '../../../domain/referral/answering.ts'
import type { ListedReferral } from '../../../domain/referral/practice-list.ts'
import { auditEntry } from '../../request.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { addressOf, readAddress } from './list-address.ts'
import { practiceListPage } from './list-page.ts'
import { asDraft, type Draft, progressWith } from './model.ts'

const pageSize = 50

/** A row with what is shown of it. */
export interface PracticeRow extends ListedReferral {
  readonly patient: Patient | undefined
  /** As people call it. */
  readonly clinic: string
  readonly progress: Progress | undefined
  readonly draft: Draft | undefined
}

export const practiceListRoutes: PageRoutes = (app, deps) => {
  app.get<{ Querystring: Record<string, unknown> }>('/practice', async (request, reply) => {
    const caller = requirePerson(request, 'referrer')
    const address = readAddress(request.query)
    const { list, clinic, after } = address
    const { practice } = deps.people
    const [listed, counts] = await Promise.all([
      practice.listed(caller, { list, clinic, after, count: pageSize }),
      practice.countLists(caller),
    ])
    const last = listed.length > pageSize ? listed[pageSize - 1] : undefined
    const view = viewFor(request, deps)
    const rows = await shownRows(deps, request, caller, listed.slice(0, pageSize), view.timeZone)
    return sendPage(reply, view, {
      title: view.say('practice.title'),
      section: 'practice',
      width: 'wide',
      body: practiceListPage(view, {
        address,
        counts,
        rows,
        next: last && addressOf({ ...address, after: last }),
        clinics: deps.people.registry().clinics,
      }),
    })
  })
}

/** Reads what is shown of the rows, and puts on record that it was. */
async function shownRows(
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
