/**
 * What a referral that waits for information carries: a form of what is missing and a Task that asks
 * the referrer for it, kept in step with each change of the referral.
 *
 * Both belong to the referrer alone: they are stored without their referral, so that no clinic sees
 * them, no EHR is sent them and no check takes them for evidence.
 */

import type { Resource, Task } from 'fhir/r4'
import type { Registry } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { Problem } from '../problem.ts'
import { markedHigh } from '../sensitivity/labels.ts'
import { auditOf, nextVersion, ownerOf, pick } from './change.ts'
import { asking, ended, informationTask } from './information-task.ts'
import { isClosed } from './life.ts'
import type { AuditEntry, ResourceStore, ResourceWrite, StoredResource } from './ports.ts'
import type { InformationRequest, Referral } from './referral.ts'
import { writeOf } from './resource-write.ts'
import type { TaskState } from './task.ts'
import { type Ask, asksForOther, canonicalOf, composeForm } from './wanted-questionnaire.ts'

export interface InformationPorts {
  readonly resources: Pick<ResourceStore, 'readMany'>
  registry(): Registry
  newId(): string
}

/** What a change adds to keep the asking in step. */
interface Asking {
  readonly information: InformationRequest | undefined
  readonly writes: readonly ResourceWrite[]
  readonly audit: readonly AuditEntry[]
}

interface Step {
  /** As it was; undefined for a new referral. */
  readonly before: Referral | undefined
  readonly after: Referral
  /** Undefined where the story has not looked at what is missing. */
  readonly ask: Ask | undefined
  readonly now: string
}

/**
 * Asks when a referral begins to wait for information, asks for less when some of it has come, and
 * ends the asking when it no longer waits.
 */
export async function keepAsking(ports: InformationPorts, step: Step): Promise<Asking> {
  const { before, after, ask } = step
  const open = before?.information
  if (after.businessStatus !== 'awaiting-information')
    return open ? end(ports, step, open) : nothing(undefined)
  if (!ask) return nothing(open)
  if (!open) return begin(ports, step, ask)
  const stored = await ports.resources.readMany(ownerOf(after), referencesOf(open))
  if (!asksForOther(pick(stored, 'Questionnaire', open.questionnaireId), ask)) return nothing(open)
  // What has failed is over: what is missing after a late answer is asked for anew.
  return open.overdue
    ? join(await end(ports, step, open), begin(ports, step, ask))
    : narrow(step, open, ask, stored)
}

/** For the stories that end the waiting and never begin it. */
export const endAsking = async (
  ports: Pick<InformationPorts, 'resources'>,
  before: Referral,
  after: Referral,
  now: string,
): Promise<Asking> =>
  before.information && after.businessStatus !== 'awaiting-information'
    ? end(ports, { before, after, ask: undefined, now }, before.information)
    : nothing(before.information)

/**
 * What a clinic that has the referral asks for, in its own words.
 * @param questions each to be answered by itself
 * @returns undefined when it does not ask, or says nothing new
 */
export async function askOfClinic(
  { resources }: Pick<InformationPorts, 'resources'>,
  referral: Referral,
  { businessStatus, reason }: TaskState,
  questions: readonly string[] = [],
): Promise<Ask | undefined> {
  const isKnown =
    referral.information !== undefined && reason === undefined && questions.length === 0
  if (businessStatus !== 'awaiting-information' || isKnown) return undefined
  const sources = await resources.readMany(ownerOf(referral), [`ServiceRequest/${referral.id}`])
  const said = reason?.text ?? reason?.coding?.find(({ display }) => display)?.display
  return {
    items: [
      {
        linkId: 'clinic-question',
        text: said ? `The clinic asks: ${said}` : 'The clinic asks for more information.',
        type: 'group',
        item: [
          ...questions.map((text, n) => ({
            linkId: `clinic-question-${n + 1}`,
            text,
            type: 'text' as const,
          })),
          { linkId: 'clinic-answer', text: 'Your answer', type: 'text' },
        ],
      },
    ],
    sources: sources.map(({ content }) => parseFhirJson(content) as Resource),
  }
}

const nothing = (information: InformationRequest | undefined): Asking => ({
  information,
  writes: [],
  audit: [],
})

const join = (one: Asking, other: Asking): Asking => ({
  information: other.information,
  writes: [...one.writes, ...other.writes],
  audit: [...one.audit, ...other.audit],
})

/** What a story reads before it changes what is asked for. */
export const referencesOf = ({
  taskId,
  questionnaireId,
}: InformationRequest): readonly string[] => [`Task/${taskId}`, `Questionnaire/${questionnaireId}`]

function begin(ports: InformationPorts, { after, now }: Step, ask: Ask): Asking {
  const registry = ports.registry()
  const referrer = registry.referrerById(after.referrerId)
  const clinic = registry.clinicById(after.clinicId)
  if (!referrer || !clinic) throw new Problem('forbidden')
  const term = clinic.information[after.priority === 'routine' ? 'routine' : 'urgent']
  const information: InformationRequest = {
    taskId: ports.newId(),
    questionnaireId: ports.newId(),
    due: daysAfter(now, term.deadlineDays),
    reminders: term.reminderDays.map((days) => daysAfter(now, days)),
  }
  const { taskId, questionnaireId, due } = information
  const form = composeForm(questionnaireId, 1, after.patientId, ask, now)
  const asked = { id: questionnaireId, canonical: canonicalOf(form) }
  const task = informationTask({ referral: after, referrer, clinic, form: asked, due }, now)
  const place = { version: 1, lastUpdated: now }
  return {
    information,
    writes: [
      ofReferrer(writeOf(form, { ...place, id: questionnaireId })),
      // The patient's identifiers lead to the referral's own Task, and from it to this one.
      ofReferrer(writeOf(markedHigh(task, ask.sources), { ...place, id: taskId })),
    ],
    audit: [informationAudit(after, information, 'C', now, 'asked')],
  }
}

/** The same Task goes on, with a form that asks for less, or for something else. */
function narrow(
  { after, now }: Step,
  open: InformationRequest,
  ask: Ask,
  stored: readonly StoredResource[],
): Asking {
  const former = pick(stored, 'Questionnaire', open.questionnaireId)
  const { patientId } = after
  const form = composeForm(open.questionnaireId, former.version + 1, patientId, ask, now)
  return {
    information: open,
    writes: [
      ofReferrer(nextVersion(former, form, undefined, now)),
      nextTask(stored, open, now, (task) =>
        markedHigh(asking(task, canonicalOf(form), now), ask.sources),
      ),
    ],
    audit: [informationAudit(after, open, 'U', now, 'narrowed')],
  }
}

/** Everything has come, or nobody waits for it any more. */
async function end(
  ports: Pick<InformationPorts, 'resources'>,
  { after, ask, now }: Step,
  open: InformationRequest,
): Promise<Asking> {
  const stored = await ports.resources.readMany(ownerOf(after), referencesOf(open))
  const code = isSupplied(after, ask) ? 'supplied' : 'not-needed'
  const reason = code === 'supplied' ? 'What was asked for has come.' : notNeeded(after)
  return {
    information: undefined,
    writes: [nextTask(stored, open, now, (task) => ended(task, code, reason, now))],
    audit: [informationAudit(after, open, 'U', now, code)],
  }
}

/** A late answer after which something else is asked anew was an answer all the same. */
const isSupplied = ({ status, businessStatus }: Referral, ask: Ask | undefined): boolean =>
  ask !== undefined &&
  !isClosed(status) &&
  (ask.items.length === 0 || businessStatus !== 'awaiting-acknowledgement')

const notNeeded = ({ status, businessStatus }: Referral): string =>
  isClosed(status)
    ? `The referral is ${status}.`
    : `The referral no longer waits for information: it is ${businessStatus}.`

/** The next version of the Task that asks. */
export const nextTask = (
  stored: readonly StoredResource[],
  { taskId }: InformationRequest,
  now: string,
  change: (task: Task) => Task,
): ResourceWrite => {
  const task = pick(stored, 'Task', taskId)
  return ofReferrer(nextVersion(task, change(parseFhirJson(task.content) as Task), undefined, now))
}

/** Without a referral in its row a resource is its referrer's, like a Patient, and no clinic's. */
const ofReferrer = (write: ResourceWrite): ResourceWrite => ({ ...write, sharedIdentifiers: [] })

/** The audit line: the service asks by itself. */
export const informationAudit = (
  { id }: Referral,
  { taskId, questionnaireId }: InformationRequest,
  kind: 'C' | 'U',
  now: string,
  detail: string,
): AuditEntry =>
  auditOf(
    { client: 'referloop' },
    'ask-information',
    kind,
    id,
    [`Task/${taskId}`, `Questionnaire/${questionnaireId}`],
    now,
    detail,
  )

const dayMs = 86_400_000

const daysAfter = (instant: string, days: number): string =>
  new Date(Date.parse(instant) + days * dayMs).toISOString()
