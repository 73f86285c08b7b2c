/**
 * A resource as the clinic gets it: without a trace of what is withheld, and with the notice where
 * something protected is released. Delivery and the clinic's own reading use the same view.
 */

import type { Annotation, CodeableConcept, FhirResource, Task, TaskOutput } from 'fhir/r4'
import { part2Notice, redacted, withLabels } from './labels.ts'
import { linkElements, localReference } from './reference-names.ts'
import { type Release, type Withheld, withheldAt } from './release.ts'

/** CodeSystem of Task.output.type. */
export const taskOutputSystem = 'https://referloop.example/fhir/CodeSystem/task-output'
/** Task.output that tells the referrer what was withheld and why. */
const withheldOutput = 'withheld'
/** How a note begins that tells the clinic of a check that it does not see. */
export const acknowledgedPrefix = 'Sent in spite of the check: '

const somethingWithheld =
  'Some information of this referral is withheld from you by law or by the wish of the patient. Ask the referrer if you need more.'

/** http://hl7.org/fhir/StructureDefinition/data-absent-reason: there is something, it is not shown. */
const masked = {
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' },
  ],
}

/**
 * @param resource of a referral that has this release
 * @param now instant at which it is shown
 * @returns the same object when the clinic sees all of it
 */
export function releasedView<R extends FhirResource>(
  resource: R,
  release: Release | undefined,
  now: string,
): R {
  if (!release) return resource
  const withheld = withheldAt(release, now)
  const shown = withoutReferences(resource, withheld) as R
  if (shown.resourceType === 'Task') return taskForClinic(shown, release, withheld, now) as R
  const isMarked = withheld.size > 0 && shown.resourceType === 'ServiceRequest'
  return isMarked ? withLabels(shown, [redacted]) : shown
}

/** Takes references out of lists; one that stands alone, or is the last of its list, is masked. */
function withoutReferences(value: unknown, withheld: ReadonlyMap<string, Withheld>): unknown {
  if (withheld.size === 0) return value
  if (typeof value !== 'object' || value === null || value instanceof Number) return value
  if (Array.isArray(value)) {
    const kept = value.filter((item) => !isReferenceTo(item, withheld))
    const left = kept.length === 0 ? value.slice(0, 1) : kept
    return left.map((item) => withoutReferences(item, withheld))
  }
  const name = referred(value, withheld)
  if (name !== undefined) {
    const instead = withheld.get(name)?.instead
    return instead ? { ...value, reference: instead } : masked
  }
  return withoutLinks(value as Readonly<Record<string, unknown>>, withheld)
}

function withoutLinks(
  object: Readonly<Record<string, unknown>>,
  withheld: ReadonlyMap<string, Withheld>,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(object)) {
    const link =
      typeof item === 'string' && linkElements.has(key) ? localReference(item) : undefined
    if (link !== undefined && withheld.has(link)) copy[`_${key}`] = masked
    else copy[key] = withoutReferences(item, withheld)
  }
  return copy
}

/** The withheld resource that a Reference means. */
function referred(value: object, withheld: ReadonlyMap<string, Withheld>): string | undefined {
  const { reference } = value as { reference?: unknown }
  const name = typeof reference === 'string' ? localReference(reference) : undefined
  return name !== undefined && withheld.has(name) ? name : undefined
}

function isReferenceTo(item: unknown, withheld: ReadonlyMap<string, Withheld>): boolean {
  if (typeof item !== 'object' || item === null) return false
  const name = referred(item, withheld)
  return name !== undefined && withheld.get(name)?.instead === undefined
}

const isWithheldOutput = ({ type }: TaskOutput): boolean =>
  type.coding?.some(({ system, code }) => system === taskOutputSystem && code === withheldOutput) ??
  false

/** Outputs that this service writes for the referrer alone. */
export const withheldOutputs = (task: Task): readonly TaskOutput[] =>
  (task.output ?? []).filter(isWithheldOutput)

function taskForClinic(
  task: Task,
  release: Release,
  withheld: ReadonlyMap<string, Withheld>,
  now: string,
): Task {
  const { output = [], ...rest } = task
  const outputs = output.filter((each) => !isWithheldOutput(each))
  const cleaned: Task = { ...rest, ...(outputs.length > 0 ? { output: outputs } : {}) }
  const released = release.consents.filter((name) => !withheld.has(name))
  const marked =
    withheld.size > 0
      ? withNote(withLabels(unbetrayed(cleaned), [redacted]), somethingWithheld, now)
      : cleaned
  if (released.length === 0) return marked
  return {
    ...withNote(marked, part2Notice, now),
    input: [
      ...(marked.input ?? []),
      ...released.map((reference) => ({
        type: {
          coding: [
            { system: taskOutputSystem, code: 'consent', display: 'Consent to this disclosure' },
          ],
        },
        valueReference: { reference, type: 'Consent' },
      })),
    ],
  }
}

/**
 * What the whole check made of the referral, before it was with the clinic, would tell of what the
 * clinic does not see: why it waited, and in spite of what it was sent.
 */
function unbetrayed(task: Task): Task {
  const notes = task.note?.filter(({ text }) => !text.startsWith(acknowledgedPrefix))
  const { note: _note, statusReason, businessStatus, ...rest } = task
  const isBefore = task.status === 'requested'
  return {
    ...rest,
    ...(notes && notes.length > 0 ? { note: notes } : {}),
    ...(statusReason && !isBefore && !isAcknowledged(statusReason, task) ? { statusReason } : {}),
    ...(businessStatus
      ? { businessStatus: isBefore ? onItsWay(businessStatus) : businessStatus }
      : {}),
  }
}

/** Is this the reason for which the referrer let it go on? The note beside it says the same. */
const isAcknowledged = ({ text }: CodeableConcept, { note = [] }: Task): boolean =>
  note.some(
    (each) => each.text.startsWith(acknowledgedPrefix) && (!text || each.text.endsWith(text)),
  )

/** The clinic's notes in the place of ours, with the one that the clinic may not have been shown. */
export const notesWith = (theirs: readonly Annotation[], ours: Task): Annotation[] => [
  ...(ours.note ?? []).filter(
    ({ text }) => text.startsWith(acknowledgedPrefix) && !theirs.some((each) => each.text === text),
  ),
  ...theirs,
]

const onItsWay = (status: NonNullable<Task['businessStatus']>) => ({
  ...status,
  coding: (status.coding ?? []).map((coding) =>
    /^awaiting-(information|acknowledgement)$/.test(coding.code ?? '')
      ? { system: coding.system as string, code: 'sending', display: 'On its way to the clinic' }
      : coding,
  ),
})

function withNote(task: Task, text: string, time: string): Task {
  if (task.note?.some((note) => note.text === text)) return task
  const note: Annotation = { time, text }
  return { ...task, note: [...(task.note ?? []), note] }
}

const reasons = {
  'no-consent': 'no Consent in the referral covers it',
  'not-active': 'the Consent for it is revoked or not active',
  incomplete: 'the Consent for it lacks elements that 42 CFR 2.31 requires',
  'not-now': 'the period of the Consent for it is over or has not begun',
  'other-parties': 'no Consent names the patient, the discloser and this clinic as recipient',
  'out-of-scope': 'its kind or this purpose is outside the scope of the Consent',
  'counseling-note': 'a counselling note needs a consent of its own (42 CFR 2.31(b))',
  'belongs-to-withheld': 'only withheld records refer to it',
  'other-consent': 'it allows no disclosure to this clinic',
  'whole-check': 'it rests on withheld records; the clinic gets the check of what it gets',
} as const satisfies Record<Withheld['reason'], string>

/** Tells the referrer, in the Task, what is withheld and how to release it. */
export function withWithheldOutputs(task: Task, release: Release | undefined, now: string): Task {
  const others = (task.output ?? []).filter((each) => !isWithheldOutput(each))
  const told = [...withheldAt(release, now)].filter(([, { reason }]) => reason !== 'whole-check')
  const held = release?.held
  const outputs = [
    ...(held && (held.from === undefined || held.from <= now)
      ? [[task.focus?.reference as string, held] as const]
      : []),
    ...told,
  ].map(
    ([reference, { reason, missing }]): TaskOutput => ({
      type: {
        coding: [
          { system: taskOutputSystem, code: withheldOutput, display: 'Withheld from the clinic' },
        ],
        text: `Withheld from the clinic: ${reasons[reason]}${missing ? ` (${missing.join(', ')})` : ''}.`,
      },
      valueReference: { reference },
    }),
  )
  if (outputs.length === 0 && others.length === (task.output ?? []).length) return task
  return { ...task, output: [...others, ...outputs] }
}
