/**
 * A referral for paper: what a clinic may see of it, as headings, facts and entries. The page and the
 * PDF are two ways to set the same words.
 */

import type { FhirResource } from 'fhir/r4'
import { isPart2, part2Notice } from '../../../domain/sensitivity/labels.ts'
import type { CheckedCriterion } from '../check.ts'
import { bornWords } from '../patient.ts'
import { attachmentsOf } from '../referral/attachments.ts'
import { titleOf } from '../referral/criteria.ts'
import { describe, namerOf } from '../referral/describe.ts'
import { plainType } from '../referral/evidence.ts'
import type { ReferralModel } from '../referral/model.ts'
import { nameOf, ownTypes } from '../referral/page.ts'
import {
  addressWords,
  conceptWords,
  contactWords,
  identifierWords,
  joined,
  noteWords,
  referenceWords,
  sayCodeOf,
} from '../referral/words.ts'
import { dateWords, timeWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'

type Fact = readonly [name: string, value: string]

export interface Entry {
  readonly title: string
  /** A verdict or a state, in one word. */
  readonly mark?: string
  readonly lines: readonly string[]
}

interface Section {
  readonly title: string
  readonly facts?: readonly Fact[]
  readonly entries?: readonly Entry[]
}

export interface Packet {
  readonly patient: string
  /** Who had it made, and when. */
  readonly made: string
  /** What whoever holds the paper has to know: what was withheld, what the law says. */
  readonly notices: readonly string[]
  readonly sections: readonly Section[]
}

export function packetOf(view: View, model: ReferralModel): Packet {
  const { say, session, organization, now } = view
  const isProtected = [...model.known.values()].some(isPart2)
  return {
    patient: nameOf(view, model),
    made: say(
      'packet.printed',
      session?.person.name ?? say('notKnown'),
      organization,
      timeWords(now.toISOString(), view),
    ),
    notices: [
      ...(model.isWithheld ? [say('referral.withheld')] : []),
      ...(isProtected ? [part2Notice] : []),
    ],
    sections: [
      { title: say('referral.banner'), facts: patientFacts(view, model) },
      { title: say('referral.reasonTitle'), facts: requestFacts(view, model) },
      ...checkSections(view, model),
      ...noteSections(view, model),
      ...fileSections(view, model),
      { title: say('packet.records'), entries: recordEntries(view, model) },
    ],
  }
}

function patientFacts(view: View, { patient, ...model }: ReferralModel): Fact[] {
  const { say } = view
  const known = (words: string | undefined) => words ?? say('notKnown')
  return [
    [say('packet.state'), sayCode(view, 'status', model.referral.businessStatus)],
    [say('packet.priority'), sayCode(view, 'priority', model.referral.priority)],
    [say('referral.born'), bornWords(patient, view)],
    [
      say('referral.sex'),
      known(patient?.gender && sayCodeOf(view, 'referral.gender', patient.gender)),
    ],
    [say('referral.numbers'), known(identifierWords(patient?.identifier))],
    [say('referral.contact'), known(contactWords(patient?.telecom))],
    [say('referral.address'), known(addressWords(patient?.address?.[0]))],
  ]
}

function requestFacts(view: View, model: ReferralModel): Fact[] {
  const { say } = view
  const { request, referral, referrerName } = model
  const named = namerOf(model.known)
  const known = (words: string | undefined) => words ?? say('notKnown')
  const reasons = joined([
    ...(request?.reasonCode ?? []).map((each) => conceptWords(each)),
    referenceWords(request?.reasonReference, named),
  ])
  const said = joined([noteWords(request?.note), request?.patientInstruction], '\n')
  return [
    [say('referral.number'), identifierWords(request?.identifier) ?? referral.id],
    [say('referral.service'), known(conceptWords(request?.code))],
    [say('referral.reasons'), known(reasons)],
    [
      say('referral.requester'),
      known(joined([referenceWords([request?.requester], named), referrerName])),
    ],
    [say('referral.written'), known(request?.authoredOn && dateWords(request.authoredOn, view))],
    [say('referral.came'), timeWords(referral.createdAt, view)],
    ...(said ? ([[say('referral.wordsOfReferrer'), said]] as const) : []),
  ]
}

function checkSections(view: View, model: ReferralModel): Section[] {
  const { say } = view
  const { check, referral } = model
  if (!check)
    return [{ title: say('referral.check'), entries: [entry(say('referral.notChecked'))] }]
  return [
    {
      title: say('referral.check'),
      facts: [
        [
          sayCode(view, 'overall', check.overall || referral.overall),
          checkedOn(view, check.checkDate),
        ],
      ],
      entries: check.criteria.map((each) => criterionEntry(view, model, each)),
    },
    ...(check.warnings.length > 0
      ? [
          {
            title: say('referral.warnings'),
            entries: check.warnings.map(({ explanation }) => entry(explanation)),
          },
        ]
      : []),
  ]
}

const checkedOn = (view: View, date: string | undefined): string =>
  date ? dateWords(date, view) : view.say('notKnown')

const entry = (title: string, lines: readonly string[] = []): Entry => ({ title, lines })

function criterionEntry(
  view: View,
  model: ReferralModel,
  { id, verdict, applicable, explanation, evidence, needed }: CheckedCriterion,
): Entry {
  const { say } = view
  const rule = model.policy?.criteria.find((each) => each.id === id)
  const group = rule?.kind === 'contraindication' ? 'referral.contraindication' : 'referral.verdict'
  return {
    title: titleOf(model, id),
    mark: applicable ? sayCodeOf(view, group, verdict) : say('referral.notApplicable'),
    lines: [
      explanation,
      ...evidence.map((reference) => `– ${recordLine(view, model, reference, id)}`),
      ...(needed.length > 0 ? [say('referral.needed'), ...needed.map((each) => `– ${each}`)] : []),
    ],
  }
}

/** One record in a line, as it stands beside a verdict. */
function recordLine(
  view: View,
  model: ReferralModel,
  reference: string,
  criterion: string,
): string {
  const resource = model.known.get(reference)
  if (!resource) return view.say('referral.notShown')
  const { title, lines } = recordEntry(view, model, resource, criterion)
  return [title, ...lines].join('; ').replaceAll('\n', '; ')
}

function recordEntry(
  view: View,
  { known }: ReferralModel,
  resource: FhirResource,
  criterion?: string,
): Entry {
  const { title, value, date, author, more = [] } = describe(resource, { view, known, criterion })
  const facts = joined([
    date ? dateWords(date, view) : view.say('referral.undated'),
    author,
    ...more,
  ])
  return entry(
    title,
    [value, facts].filter((each) => each !== undefined),
  )
}

function recordEntries(view: View, model: ReferralModel): Entry[] {
  const records = [...model.known.values()]
    .filter(({ resourceType }) => !ownTypes.has(resourceType))
    .sort((one, other) => one.resourceType.localeCompare(other.resourceType))
  if (records.length === 0) return [entry(view.say('packet.noRecords'))]
  return records.map((each) => ({
    ...recordEntry(view, model, each),
    mark: plainType(each.resourceType),
  }))
}

function noteSections(view: View, { task, known }: ReferralModel): Section[] {
  const entries = (task.note ?? []).map((note) =>
    entry(
      joined([
        note.authorString ?? referenceWords([note.authorReference], namerOf(known)),
        note.time && timeWords(note.time, view),
      ]) ?? view.say('notKnown'),
      [note.text],
    ),
  )
  return entries.length > 0 ? [{ title: view.say('referral.notes'), entries }] : []
}

/** Nobody has to guess what the paper lacks. */
function fileSections(view: View, model: ReferralModel): Section[] {
  const { say } = view
  const titles = attachmentsOf(model).map(({ title }) => entry(title ?? say('referral.file')))
  return titles.length > 0
    ? [{ title: say('packet.files'), entries: [...titles, entry(say('packet.filesHint'))] }]
    : []
}
