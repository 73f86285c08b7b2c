/** The check of a referral, and what of the referral its clinic may get. */

import type {
  FhirResource,
  GuidanceResponse,
  QuestionnaireItem,
  ServiceRequest,
  Task,
} from 'fhir/r4'
import { Problem } from '../problem.ts'
import type { Unavailable } from '../screening/packet.ts'
import { keepLabels, markedHigh } from '../sensitivity/labels.ts'
import { decideRelease, isHeldAt, type Release, withheldAt } from '../sensitivity/release.ts'
import { releasedView, withWithheldOutputs } from '../sensitivity/released-view.ts'
import { type Agent, auditOf } from './change.ts'
import type { CheckOutcome } from './check.ts'
import { checkDate } from './check-date.ts'
import type { IntakePorts } from './intake.ts'
import type { AuditEntry, ResourceWrite } from './ports.ts'
import type { Referral } from './referral.ts'
import { writeOf } from './resource-write.ts'
import { releasedCopyTag, withCheckResult } from './task.ts'
import type { Ask } from './wanted-questionnaire.ts'

/** A referral that is about to be checked. */
export interface Candidate {
  readonly referrerId: string
  readonly clinicId: string
  readonly patientId: string
  readonly request: ServiceRequest & { readonly id: string }
  /** Everything that supports it, labelled, each with its id. */
  readonly support: readonly FhirResource[]
  /** `GuidanceResponse/id` of the checks so far. */
  readonly earlierChecks: readonly string[]
  /** Searches of the record that could not be read. */
  readonly unavailable?: readonly Unavailable[]
}

export interface CheckedForBoth {
  readonly check: CheckOutcome
  /** Of the whole check, which the referrer gets. */
  readonly guidanceId: string
  readonly release: Release | undefined
  readonly writes: readonly ResourceWrite[]
  /** The order, to whose confidentiality the Task is raised. */
  readonly request: ServiceRequest
}

/** The Task with the latest check, and for the referrer what is withheld and why. */
export const withCheck = (
  task: Task,
  { guidanceId, release, request }: CheckedForBoth,
  now: string,
): Task =>
  withWithheldOutputs(
    markedHigh(withCheckResult(task, `GuidanceResponse/${guidanceId}`), [request]),
    release,
    now,
  )

/** What the referrer is asked for after a check: what is missing, and a consent without which nothing may go. */
export const askAfter = ({ check, release, request }: CheckedForBoth, now: string): Ask => ({
  items: isHeldAt(release, now) ? [...check.wanted, consentItem] : check.wanted,
  form: check.form,
  sources: [request],
})

const consentItem: QuestionnaireItem = {
  linkId: 'consent',
  text: "Send the patient's Consent for 42 CFR Part 2: without it nothing of this referral may go to the clinic.",
  type: 'display',
}

/** One audit line for what a consent decided: what goes, what does not. */
export function releaseAudit(agent: Agent, referral: Referral, now: string): readonly AuditEntry[] {
  const { release } = referral
  if (!release) return []
  const withheld = [...withheldAt(release, now).keys()]
  const decision = isHeldAt(release, now) ? 'hold' : withheld.length > 0 ? 'deny' : 'permit'
  const entities = [...release.consents, ...withheld]
  return [auditOf(agent, 'consent', 'E', referral.id, entities, now, decision)]
}

/**
 * Checks the referral whole for the referrer and, when something is withheld, once more as the
 * clinic gets it, so that no sentence of the clinic's copy rests on what it does not have.
 * @param now instant of the change
 */
export async function checkForBoth(
  ports: Pick<IntakePorts, 'check' | 'newId' | 'registry'>,
  candidate: Candidate,
  now: string,
): Promise<CheckedForBoth> {
  const { request, support, clinicId, unavailable = [] } = candidate
  const asOf = checkDate(now, [request, ...support])
  const check = await ports.check({ clinicId, request, resources: support, asOf, unavailable })
  const decided = decideRelease({ ...partiesOf(ports, candidate), ...candidate, now })
  const guidanceId = ports.newId()
  const place = { id: guidanceId, version: 1, lastUpdated: now }
  const whole = writeOf(labelledByEvidence(check.guidance, support), place)
  if (!decided) return { check, guidanceId, release: undefined, writes: [whole], request }
  const hidden = withheldAt(decided, now)
  const copyId = hidden.size > 0 ? ports.newId() : undefined
  const release = withChecks(decided, guidanceId, copyId, candidate.earlierChecks)
  const shown = { clinicId, asOf, unavailable, request: releasedView(request, decided, now) }
  const resources = support
    .filter(({ resourceType, id }) => !hidden.has(`${resourceType}/${id}`))
    .map((each) => releasedView(each, decided, now))
  const writes = [whole]
  if (copyId) {
    const { guidance } = await ports.check({ ...shown, resources })
    writes.push(releasedCopy(guidance, resources, copyId, now))
  }
  const isHeld = isHeldAt(release, now)
  return {
    check: isHeld ? { ...check, next: 'await-information' } : check,
    guidanceId,
    release,
    writes,
    request,
  }
}

function partiesOf(ports: Pick<IntakePorts, 'registry'>, { referrerId, clinicId }: Candidate) {
  const registry = ports.registry()
  const discloser = registry.referrerById(referrerId)
  const recipient = registry.clinicById(clinicId)
  if (!discloser || !recipient) throw new Problem('forbidden')
  return { discloser, recipient }
}

/** The whole checks are withheld as long as anything is that they may rest on. */
function withChecks(
  release: Release,
  guidanceId: string,
  copyId: string | undefined,
  earlier: readonly string[],
): Release {
  const ends = Object.values(release.withheld).flatMap(({ from }) => from ?? [])
  const from = copyId ? undefined : ends.toSorted()[0]
  if (!copyId && !from) return release
  const entry = { reason: 'whole-check' as const, ...(from ? { from } : {}) }
  return {
    ...release,
    withheld: {
      ...release.withheld,
      ...Object.fromEntries(earlier.map((reference) => [reference, entry])),
      [`GuidanceResponse/${guidanceId}`]: {
        ...entry,
        ...(copyId ? { instead: `GuidanceResponse/${copyId}` } : {}),
      },
    },
  }
}

function releasedCopy(
  guidance: GuidanceResponse,
  resources: readonly FhirResource[],
  id: string,
  now: string,
): ResourceWrite {
  const tagged = { ...guidance, meta: { ...guidance.meta, tag: [releasedCopyTag] } }
  return writeOf(labelledByEvidence(tagged, resources), { id, version: 1, lastUpdated: now })
}

/** What a check says of a record is as sensitive as the record. */
function labelledByEvidence(
  guidance: GuidanceResponse,
  support: readonly FhirResource[],
): GuidanceResponse {
  const text = JSON.stringify(guidance.contained ?? [])
  return support
    .filter(({ resourceType, id }) => text.includes(`"${resourceType}/${id}"`))
    .reduce<GuidanceResponse>(keepLabels, guidance)
}
