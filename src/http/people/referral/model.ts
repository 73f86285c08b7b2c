/** Everything of one referral that its clinic may see, read once for a page. */

import type {
  FhirResource,
  Patient,
  Questionnaire,
  QuestionnaireItem,
  ServiceRequest,
  Task,
} from 'fhir/r4'
import type { Caller } from '../../../domain/access/caller.ts'
import type { Clinic } from '../../../domain/access/registry.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import { Problem } from '../../../domain/problem.ts'
import { findOrThrow } from '../../../domain/referral/change.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import { latestCheck } from '../../../domain/referral/task.ts'
import type { Policy } from '../../../domain/screening/policy.ts'
import { isLabel, labelsOf, redacted } from '../../../domain/sensitivity/labels.ts'
import { type CheckShown, readCheck } from '../check.ts'
import type { PageDeps } from '../deps.ts'

export interface ReferralModel {
  readonly referral: Referral
  readonly task: Task
  /** What an action is based on. */
  readonly version: number
  readonly request: ServiceRequest | undefined
  readonly patient: Patient | undefined
  readonly check: CheckShown | undefined
  readonly clinic: Clinic | undefined
  /** What the clinic asks for now; undefined when its policy cannot be read. */
  readonly policy: Policy | undefined
  readonly referrerName: string
  /** True when something is withheld from this clinic. */
  readonly isWithheld: boolean
  /** By `Type/id`, as the clinic may see it. */
  readonly known: ReadonlyMap<string, FhirResource>
  /** Titles of the published lists of codes, by their ids. */
  readonly listTitles: ReadonlyMap<string, string>
  /** What the policy's screening form asks, by linkId. */
  readonly questions: ReadonlyMap<string, string>
}

/** @throws Problem not-found when it is not, or not yet, with the caller's clinic */
export async function readReferral(
  deps: PageDeps,
  caller: Caller,
  id: string,
): Promise<ReferralModel> {
  const { referrals } = deps.intake
  const referral = await findOrThrow(referrals, id, caller)
  // Which there are is known to the service; what is in them, and which of them, the clinic's view says.
  const names = (await referrals.resources(referral)).map((each) => `${each.type}/${each.id}`)
  const stored = await deps.resources.readMany(caller, names)
  const known = new Map(
    stored.map((each) => [`${each.type}/${each.id}`, parseFhirJson(each.content) as FhirResource]),
  )
  const task = known.get(`Task/${referral.taskId}`) as Task | undefined
  const version = stored.find(({ id: each }) => each === referral.taskId)?.version
  const request = known.get(`ServiceRequest/${id}`) as ServiceRequest | undefined
  if (!task || version === undefined) throw new Problem('not-found')
  const guidance = latestCheck(referral, stored)
  const registry = deps.people.registry()
  const clinic = registry.clinicById(referral.clinicId)
  const policy = clinic && deps.policyOf(clinic)
  return {
    referral,
    task,
    version,
    request,
    patient: known.get(`Patient/${referral.patientId}`) as Patient | undefined,
    check: guidance && readCheck(guidance),
    clinic,
    policy,
    referrerName: registry.referrerById(referral.referrerId)?.name ?? referral.referrerId,
    isWithheld: [task, request].some(
      (each) => each && labelsOf(each).some((label) => isLabel(label, redacted)),
    ),
    known,
    listTitles: titlesOf(deps.conformance),
    questions: questionsOf(deps.conformance, policy),
  }
}

const titlesOf = (published: readonly FhirResource[]): ReadonlyMap<string, string> =>
  new Map(
    published.flatMap((each) =>
      each.resourceType === 'ValueSet' && each.id ? [[each.id, each.title ?? each.id]] : [],
    ),
  )

function questionsOf(
  published: readonly FhirResource[],
  policy: Policy | undefined,
): ReadonlyMap<string, string> {
  const form = published.find(
    (each): each is Questionnaire =>
      each.resourceType === 'Questionnaire' && each.url === policy?.questionnaire,
  )
  const texts = (items: readonly QuestionnaireItem[] = []): [string, string][] =>
    items.flatMap(({ linkId, text, item }) => [
      ...(text ? [[linkId, text] as [string, string]] : []),
      ...texts(item),
    ])
  return new Map(texts(form?.item))
}
