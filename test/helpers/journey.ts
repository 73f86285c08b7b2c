/** Steps and views that the journeys of a referral share. */

import type { Bundle, DocumentReference, FhirResource, ServiceRequest, Task } from 'fhir/r4'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import type { SandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { aReferral } from './a-referral.ts'
import type { Answer } from './fhir-client.ts'
import { type Referred, standingOf, type World } from './world.ts'

/** A referral that has arrived in the clinic's EHR. */
export async function delivered(world: World, bundle = aReferral()): Promise<Referred> {
  const referred = await world.refer(bundle)
  await world.reaches(referred, 'received/awaiting-triage')
  return referred
}

/** As the referrer reads it now: `status/business-status`. */
export const standing = async ({ by, taskId }: Referred): Promise<string> =>
  standingOf((await by.get<Task>(`Task/${taskId}`)).body)

/** Each version of the Task, oldest first. */
export async function statusesOf({ by, taskId }: Referred): Promise<readonly string[]> {
  const { body } = await by.get<Bundle<Task>>(`Task/${taskId}/_history?_count=50`)
  return (body.entry ?? []).map(({ resource }) => standingOf(resource as Task)).reverse()
}

/** The first entry of a type among those that were sent. */
export const sentOf = ({ sent }: Referred, type: string): string =>
  sent.find((reference) => reference.startsWith(`${type}/`)) as string

export const patientOf = (referred: Referred): string => sentOf(referred, 'Patient')

export const outputsOf = (task: Task, type: string): readonly string[] =>
  (task.output ?? []).flatMap(({ valueReference }) =>
    valueReference?.reference?.startsWith(`${type}/`) ? valueReference.reference : [],
  )

/** The text of the note that came back with a completed Task. */
export async function outcomeNote({ by }: Pick<Referred, 'by'>, task: Task): Promise<string> {
  const [reference] = outputsOf(task, 'DocumentReference')
  const { body } = await by.get<DocumentReference>(reference as string)
  return Buffer.from(body.content[0]?.attachment.data ?? '', 'base64').toString()
}

/** The referrer takes the referral back, on the version that is there now. */
export async function revoke({ by, id }: Referred): Promise<Answer<FhirResource>> {
  const request = await by.get<ServiceRequest>(`ServiceRequest/${id}`)
  return by.put(
    `ServiceRequest/${id}`,
    { ...request.body, status: 'revoked' },
    { 'if-match': request.etag },
  )
}

/** What a practitioner says to let a referral go on. */
export const acknowledgement = (reason: string) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'reason', valueString: reason },
    { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
  ],
})

/** The latest versions of a type in a clinic's EHR. */
export const heldBy = (ehr: Pick<SandboxEhr, 'store'>, type: string): readonly FhirResource[] =>
  [...ehr.store.histories(type)].flatMap((history) => {
    const content = history.at(-1)?.content
    return content ? [JSON.parse(content) as FhirResource] : []
  })

/** What the clinic's EHR has of a type that bears an id of ours, or is about that patient of ours. */
export function atClinic(
  world: World,
  type: string,
  about: string,
  clinic: 'river-pain-clinic' | 'summit-pain-center' = 'river-pain-clinic',
): readonly FhirResource[] {
  const ehr = world.ehr(clinic)
  const id = about.split('/').at(-1) as string
  const [patient] = ehr.store.byIdentifier('Patient', `${resourceIdentifierSystem}|${id}`)
  return heldBy(ehr, type).filter((resource) => {
    const text = JSON.stringify(resource)
    return text.includes(id) || (patient !== undefined && text.includes(`Patient/${patient}`))
  })
}

export function taskAtClinic(
  world: World,
  { taskId }: Referred,
  clinic: 'river-pain-clinic' | 'summit-pain-center' = 'river-pain-clinic',
): Task {
  const [task] = atClinic(world, 'Task', taskId, clinic)
  if (!task) throw new Error(`${clinic} has no Task/${taskId}`)
  return task as Task
}

/** The value of a line of /metrics; 0 when it is not there. */
export async function metricOf({ baseUrl }: World, line: string): Promise<number> {
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text()
  const found = metrics.split('\n').find((each) => each.startsWith(`${line} `))
  return Number(found?.slice(line.length + 1) ?? 0)
}
