/**
 * A referral for paper: what a clinic may see of it, as headings, facts and entries. The page and the
 * PDF are two ways to set the same words.
 */

import type { FhirResource } from 'fhir/r4'
import { isPart2, part2Notice } from '../../../domain/sensitivity/labels.ts'
import type { CheckedCriterion } from '../check.ts'
import type { Fact } from '../components.ts'
import { attachmentsOf, noteOfText } from '../referral/attachments.ts'
import { titleOf, titleWords } from '../referral/criteria.ts'
import { describe } from '../referral/describe.ts'
import { namerOf } from '../referral/described.ts'
import { kindOf } from '../referral/evidence.ts'
import { patientFacts, requestFacts, wordsOfReferrer } from '../referral/facts.ts'
import type { ReferralModel } from '../referral/model.ts'
import { nameOf, ownTypes } from '../referral/page.ts'
import { joined, referenceWords, sayCodeOf } from '../referral/words.ts'
import { dateWords, timeWords } from '../times.ts'
import { sayCode, type View } from '../view.ts'

/** A line in the reader's language, or one as it was sent or as the check says it. */
export type Line = string | { readonly sent: string }

export interface Entry {
  readonly title: Line
  /** A verdict or a state, in one word. */
  readonly mark?: string
  readonly lines: readonly Line[]
}

interface Section {
  readonly title: string
  readonly facts?: readonly Fact[]
  /** In letters that a fax leaves legible. */
  readonly large?: readonly (readonly [words: string, points: number])[]
  readonly entries?: readonly Entry[]
}

export interface Packet {
  /** Of a packet, the patient. */
  readonly heading: string
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
    heading: nameOf(view, model),
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
      {
        title: say('referral.banner'),
        facts: [...standingFacts(view, model), ...patientFacts(view, model)],
      },
      {
        title: say('referral.reasonTitle'),
        facts: [...requestFacts(view, model), ...saidFacts(view, model)],
      },
      ...checkSections(view, model),
      ...noteSections(view, model),
      ...fileSections(view, model),
      { title: say('packet.records'), entries: recordEntries(view, model) },
    ],
  }
}

const standingFacts = (view: View, { referral }: ReferralModel): Fact[] => [
  [view.say('packet.state'), sayCode(view, 'status', referral.businessStatus)],
  [view.say('packet.priority'), sayCode(view, 'priority', referral.priority)],
]

function saidFacts({ say }: View, model: ReferralModel): Fact[] {
  const said = wordsOfReferrer(model)
  return said ? [[say('referral.wordsOfReferrer'), said, 'sent']] : []
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
            entries: check.warnings.map(({ explanation }) => entry({ sent: explanation })),
          },
        ]
      : []),
  ]
}

const checkedOn = (view: View, date: string | undefined): string =>
  date ? dateWords(date, view) : view.say('notKnown')

const entry = (title: Line, lines: readonly Line[] = []): Entry => ({ title, lines })

/** A clinic's own title stays as it wrote it. */
function titleLine(view: View, model: ReferralModel, id: string): Line {
  const words = titleWords(view, model, id)
  return words === titleOf(model, id) ? { sent: words } : words
}

function criterionEntry(
  view: View,
  model: ReferralModel,
  { id, verdict, applicable, explanation, evidence, needed }: CheckedCriterion,
): Entry {
  const { say } = view
  const rule = model.policy?.criteria.find((each) => each.id === id)
  const group = rule?.kind === 'contraindication' ? 'referral.contraindication' : 'referral.verdict'
  return {
    title: titleLine(view, model, id),
    mark: applicable ? sayCodeOf(view, group, verdict) : say('referral.notApplicable'),
    lines: [
      { sent: explanation },
      ...evidence.map((reference) => ({ sent: `– ${recordLine(view, model, reference, id)}` })),
      ...(needed.length > 0
        ? [say('referral.needed'), ...needed.map((each) => ({ sent: `– ${each}` }))]
        : []),
    ],
  }
}

export const textOf = (line: Line): string => (typeof line === 'string' ? line : line.sent)

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
  return [title, ...lines].map(textOf).join('; ').replaceAll('\n', '; ')
}

function recordEntry(
  view: View,
  { known }: ReferralModel,
  resource: FhirResource,
  criterion?: string,
): Entry {
  const about = describe(resource, { view, known, criterion })
  const { title, state, value, date, author, more = [] } = about
  const facts = joined([
    date ? dateWords(date, view) : view.say('referral.undated'),
    author,
    ...more,
  ])
  return entry(
    { sent: title },
    [state, value && { sent: value }, facts && { sent: facts }].flatMap((line) => line || []),
  )
}

function recordEntries(view: View, model: ReferralModel): Entry[] {
  const records = [...model.known.values()]
    .filter(({ resourceType }) => !ownTypes.has(resourceType))
    .sort((one, other) => one.resourceType.localeCompare(other.resourceType))
  if (records.length === 0) return [entry(view.say('packet.noRecords'))]
  return records.map((each) => ({
    ...recordEntry(view, model, each),
    mark: kindOf(view, each.resourceType),
  }))
}

function noteSections(view: View, { task, known }: ReferralModel): Section[] {
  const entries = (task.note ?? []).map((note) =>
    entry(
      joined([
        note.authorString ?? referenceWords([note.authorReference], namerOf(known)),
        note.time && timeWords(note.time, view),
      ]) ?? view.say('notKnown'),
      [{ sent: note.text }],
    ),
  )
  return entries.length > 0 ? [{ title: view.say('referral.notes'), entries }] : []
}

/** Plain text is printed, such as an outcome. Of all else nobody has to guess what the paper lacks. */
function fileSections(view: View, model: ReferralModel): Section[] {
  const { say } = view
  const files = attachmentsOf(model).map(({ title, attachment }) => ({
    name: title ? { sent: title } : say('referral.file'),
    text: noteOfText(model, attachment),
  }))
  const printed = files.filter(({ text }) => text !== undefined)
  const others = files.filter(({ text }) => text === undefined)
  const hint = entry(say('packet.filesHint'))
  return [
    ...(printed.length > 0
      ? [
          {
            title: say('referral.files'),
            entries: printed.map(({ name, text = '' }) => entry(name, [{ sent: text }])),
          },
        ]
      : []),
    ...(others.length > 0
      ? [{ title: say('packet.files'), entries: [...others.map(({ name }) => entry(name)), hint] }]
      : []),
  ]
}
