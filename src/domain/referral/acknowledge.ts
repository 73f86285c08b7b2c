/** The referrer has read the warning and wants the referral to go on all the same. */

import type { CodeableConcept, Parameters, Questionnaire, Reference } from 'fhir/r4'
import type { Caller } from '../access/caller.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { Problem } from '../problem.ts'
import { isAllUnavailable } from '../screening/wanted-form.ts'
import { isHeldAt } from '../sensitivity/release.ts'
import { acknowledgedPrefix } from '../sensitivity/released-view.ts'
import { isShared } from './arrange.ts'
import { type Agent, auditOf, findOrThrow, ownerOf, taskWrite } from './change.ts'
import { relativeReference } from './references.ts'
import type { Referral } from './referral.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import type { SupplyPorts } from './supply-information.ts'
import { type TaskState, withState } from './task.ts'
import { endAsking } from './wanted-information.ts'

export interface Acknowledgement {
  readonly reason: CodeableConcept
  readonly practitioner: Reference
}

/**
 * Reads Parameters `reason` (CodeableConcept or text) and `practitioner` (Reference).
 * @throws Problem bad-parameter naming what is missing
 */
export function readAcknowledgement(parameters: Parameters): Acknowledgement {
  const find = (name: string) => parameters.parameter?.find((each) => each.name === name)
  const reason = find('reason')
  const text = reason?.valueString ?? reason?.valueMarkdown
  const concept = reason?.valueCodeableConcept ?? (text ? { text } : undefined)
  const practitioner = find('practitioner')?.valueReference
  if (!concept?.text && !concept?.coding?.length)
    throw new Problem(
      'bad-parameter',
      'Give the reason for going on, as a CodeableConcept or text.',
      {
        expression: ["Parameters.parameter.where(name='reason')"],
      },
    )
  if (!practitioner || !(practitioner.reference || practitioner.identifier || practitioner.display))
    throw new Problem('bad-parameter', 'Name the practitioner who decides, as a Reference.', {
      expression: ["Parameters.parameter.where(name='practitioner')"],
    })
  return { reason: concept, practitioner }
}

/**
 * Lets a referral that awaits acknowledgement, or information that is overdue or not to be had, go on,
 * flagged with the reason.
 * @throws Problem not-found, illegal-transition when nothing awaits acknowledgement, unresolved-reference
 */
export async function acknowledge(
  ports: SupplyPorts,
  id: string,
  { reason, practitioner }: Acknowledgement,
  caller: Caller,
  agent: Agent,
): Promise<Referral> {
  const { referral } = await settle(ports, async () => {
    const current = await findOrThrow(ports.referrals, id, caller)
    if (caller.role !== 'referrer') throw new Problem('not-yours-to-change')
    const now = laterThan(current.updatedAt, ports.now())
    if (!(await mayBeAcknowledged(ports, current, now)))
      throw new Problem('illegal-transition', 'This referral does not wait for an acknowledgement.')
    const named = await whoDecides(ports, current, practitioner, caller)
    const hasEhr = ports.registry().clinicById(current.clinicId)?.ehr !== undefined
    const state: TaskState = hasEhr
      ? { status: 'requested', businessStatus: 'sending', reason }
      : { status: 'received', businessStatus: 'awaiting-triage', reason }
    const after: Referral = {
      ...current,
      version: current.version + 1,
      status: state.status,
      businessStatus: state.businessStatus,
      participants: [...new Set([...current.participants, ...named])],
      updatedAt: now,
      delivery: { ...current.delivery, state: hasEhr ? 'queued' : 'none' },
    }
    const asking = await endAsking(ports, current, after, now)
    const next: Referral = { ...after, information: asking.information }
    return {
      referral: next,
      change: {
        referral: next,
        expectedVersion: current.version,
        resources: [
          await taskWrite(ports.resources, current, now, (task) => ({
            ...withState(task, state, now),
            note: [
              ...(task.note ?? []),
              { authorReference: practitioner, time: now, text: noteText(reason) },
            ],
          })),
          ...asking.writes,
        ],
        audit: [
          auditOf(agent, 'acknowledge', 'U', id, [`Task/${current.taskId}`], now),
          ...asking.audit,
        ],
        jobs: hasEhr ? [{ queue: 'deliver' as const, referralId: id }] : [],
      },
    }
  })
  return referral
}

/**
 * What has not come by its deadline, or cannot be had as the referrer has said of each part, is for a
 * person to decide, the referrer's; but nothing lets a referral go without the consent that the law
 * asks for.
 */
export async function mayBeAcknowledged(
  { resources }: Pick<SupplyPorts, 'resources'>,
  referral: Referral,
  now: string,
): Promise<boolean> {
  if (referral.businessStatus === 'awaiting-acknowledgement') return true
  const { information } = referral
  if (referral.status !== 'requested' || !information || isHeldAt(referral.release, now))
    return false
  if (information.overdue) return true
  const name = `Questionnaire/${information.questionnaireId}`
  const [stored] = await resources.readMany(ownerOf(referral), [name])
  return stored !== undefined && isAllUnavailable(parseFhirJson(stored.content) as Questionnaire)
}

/**
 * The practitioner goes to the clinic with the note, so a reference must lead to somebody here.
 * @returns the reference, when it has to be delivered as well
 */
async function whoDecides(
  ports: SupplyPorts,
  referral: Referral,
  { reference = '' }: Reference,
  caller: Caller,
): Promise<readonly string[]> {
  const relative = relativeReference(reference)
  if (!relative) return []
  const name = `${relative.type}/${relative.id}`
  const own = await ports.referrals.resources(referral)
  if (own.some(({ type, id }) => `${type}/${id}` === name)) return []
  const [found] = await ports.resources.readMany(caller, [name])
  if (found && isShared(found)) return [name]
  throw new Problem(
    'unresolved-reference',
    'This reference leads to nobody that you have sent before: correct it, or name the practitioner by identifier or display.',
    { expression: ["Parameters.parameter.where(name='practitioner').value.reference"] },
  )
}

const noteText = ({ text, coding }: CodeableConcept): string =>
  `${acknowledgedPrefix}${text ?? coding?.[0]?.display ?? coding?.[0]?.code ?? ''}`
