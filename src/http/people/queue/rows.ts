/** The rows of a list with what is shown of each, as its viewer may see it. */

import type { GuidanceResponse, Patient, ServiceRequest, Task } from 'fhir/r4'
import type { Caller } from '../../../domain/access/caller.ts'
import { byPatient } from '../../../domain/audit/patients.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import type { Colleague } from '../../../domain/referral/desk.ts'
import type { StoredResource } from '../../../domain/referral/ports.ts'
import { isCheckResult } from '../../../domain/referral/task.ts'
import type { QueuedReferral } from '../../../domain/referral/worklist.ts'
import type { Criterion } from '../../../domain/screening/policy.ts'
import { type CheckShown, readCheck } from '../check.ts'
import type { PageDeps } from '../deps.ts'

export interface QueueRow extends QueuedReferral {
  readonly patient: Patient | undefined
  readonly request: ServiceRequest | undefined
  readonly check: CheckShown | undefined
  /** The criteria for which nothing was found. */
  readonly missing: readonly Criterion[]
  /** The practice, as people call it. */
  readonly referrer: string
  /** '' for nobody, and for who is not known any more. */
  readonly ownerName: string
  /** True where a practice has a link that does not work any more, and asks for another. */
  readonly asksForLink: boolean
}

export interface RowsRead {
  readonly rows: readonly QueueRow[]
  /** What was shown, by patient, for the audit trail. */
  readonly shown: ReturnType<typeof byPatient>
}

/** Two round trips however many rows there are. */
export async function readRows(
  deps: Pick<PageDeps, 'resources' | 'people' | 'policyOf' | 'answering'>,
  caller: Caller,
  queued: readonly QueuedReferral[],
  colleagues: readonly Colleague[],
): Promise<RowsRead> {
  const { resources, people, policyOf } = deps
  const asking = await askingForLinks(deps, caller, queued)
  const first = await resources.readMany(
    caller,
    queued.flatMap(({ id, patientId, taskId }) => [
      `ServiceRequest/${id}`,
      `Patient/${patientId}`,
      `Task/${taskId}`,
    ]),
  )
  const at = byReference(first)
  const checkOf = ({ taskId }: QueuedReferral): string | undefined =>
    (read<Task>(at, `Task/${taskId}`)?.output ?? []).find(isCheckResult)?.valueReference?.reference
  const checks = await resources.readMany(
    caller,
    queued.flatMap((each) => checkOf(each) ?? []),
  )
  const guidance = byReference(checks)
  const registry = people.registry()
  const clinic = caller.role === 'clinic' ? registry.clinicById(caller.organization) : undefined
  const criteria = clinic ? policyOf(clinic).criteria : []
  return {
    rows: queued.map((each) => {
      const found = read<GuidanceResponse>(guidance, checkOf(each))
      const check = found && readCheck(found)
      return {
        ...each,
        patient: read<Patient>(at, `Patient/${each.patientId}`),
        request: read<ServiceRequest>(at, `ServiceRequest/${each.id}`),
        check,
        missing: missingIn(check, criteria),
        referrer: registry.referrerById(each.referrerId)?.name ?? each.referrerId,
        ownerName: colleagues.find(({ id }) => id === each.owner)?.name ?? '',
        asksForLink: asking.has(each.id),
      }
    }),
    shown: byPatient([...first, ...checks]),
  }
}

/** Only who waits for its practice can be one; most pages have none, and then nobody is asked. */
async function askingForLinks(
  { answering }: Pick<PageDeps, 'answering'>,
  caller: Caller,
  queued: readonly QueuedReferral[],
): Promise<ReadonlySet<string>> {
  const waiting = queued.flatMap(({ id, businessStatus }) =>
    businessStatus === 'awaiting-information' ? [id] : [],
  )
  const found = waiting.length > 0 ? await answering.links.standings(caller, waiting) : []
  return new Set(found.flatMap((each) => (each.askedAgainAt ? [each.referralId] : [])))
}

type Found = ReadonlyMap<string, StoredResource>

const byReference = (stored: readonly StoredResource[]): Found =>
  new Map(stored.map((each) => [`${each.type}/${each.id}`, each]))

const read = <R>(found: Found, reference: string | undefined): R | undefined => {
  const stored = reference === undefined ? undefined : found.get(reference)
  return stored && (parseFhirJson(stored.content) as R)
}

function missingIn(
  check: CheckShown | undefined,
  criteria: ReturnType<PageDeps['policyOf']>['criteria'],
): readonly Criterion[] {
  const whole = new Map<string, Criterion>(
    criteria.filter(({ partOf }) => partOf === undefined).map((each) => [each.id, each]),
  )
  return (check?.criteria ?? []).flatMap(({ id, verdict }) =>
    verdict === 'not-documented' ? (whole.get(id) ?? []) : [],
  )
}
