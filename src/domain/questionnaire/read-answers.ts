/**
 * From the fields of a page to the items of a QuestionnaireResponse:
 * https://hl7.org/fhir/R4/questionnaireresponse.html
 */

import type { Attachment, QuestionnaireResponseItem } from 'fhir/r4'
import { notAsked } from './enable-when.ts'
import {
  asTypedItem,
  fieldNames,
  fieldOf,
  fieldsOfAnswers,
  notKnownItem,
  type TypedFields,
  unknownChoice,
} from './fields.ts'
import { type Answer, type Item, initialOf, isHidden, isQuestion, withItemsOf } from './items.ts'
import { type AnswerFault, type ReadAnswer, readAnswer } from './read-answer.ts'

export interface AnswerProblem {
  readonly linkId: string
  readonly fault: AnswerFault
  /** What it is to be at most, or at least. */
  readonly limit?: string
}

export interface AnswersRead {
  /** Of a QuestionnaireResponse; empty when nothing is answered. */
  readonly items: QuestionnaireResponseItem[]
  readonly problems: readonly AnswerProblem[]
  /** The questions that have an answer now. */
  readonly answered: ReadonlySet<string>
}

export interface ReadSetting {
  /** Of whom the times are that were typed. */
  readonly timeZone: string
  /**
   * A draft keeps what is no answer yet as it was typed, and what is not asked for the moment; nothing
   * is required of it.
   */
  readonly draft?: boolean
  /** What has been uploaded, by linkId. */
  readonly files?: ReadonlyMap<string, readonly Attachment[]>
}

interface Read {
  readonly answers: readonly Answer[]
  readonly problem?: AnswerProblem
  readonly notKnown: boolean
}

/**
 * Reads a page's fields. What is known already counts only when somebody has confirmed or changed it,
 * and what is not asked (enableWhen) or hidden is no answer.
 */
export function readAnswers(
  items: readonly Item[] = [],
  typed: TypedFields,
  setting: ReadSetting,
): AnswersRead {
  const all = withItemsOf(items)
  const read = new Map(
    all.filter(isQuestion).map((item) => [item.linkId, readItem(item, typed, setting)]),
  )
  const off = notAsked(items, (linkId) => read.get(linkId)?.answers ?? [])
  const counts = ({ linkId }: Item) => setting.draft || !off.has(linkId)
  const problems = all.flatMap((item) => {
    const found = read.get(item.linkId)
    if (!found || off.has(item.linkId) || isHidden(item) || item.readOnly) return []
    if (found.problem) return found.problem
    const isMissing = item.required && found.answers.length === 0 && !found.notKnown
    return isMissing && !setting.draft ? { linkId: item.linkId, fault: 'required' as const } : []
  })
  return {
    items: composed(items, { read, counts, typed, setting }),
    problems,
    answered: new Set(
      all.flatMap((item) => {
        const found = read.get(item.linkId)
        const isOurs = item.readOnly || isHidden(item)
        const isAnswered = found && !isOurs && (found.answers.length > 0 || found.notKnown)
        return isAnswered && !off.has(item.linkId) ? item.linkId : []
      }),
    ),
  }
}

/** More answers than anybody gives to one question. */
const mostAnswers = 50

function readItem(item: Item, typed: TypedFields, { timeZone, files }: ReadSetting): Read {
  const { linkId, type, repeats } = item
  const none: Read = { answers: [], notKnown: false }
  // Nobody typed what cannot be typed: it is what the form itself says.
  if (item.readOnly || isHidden(item)) return { ...none, answers: initialOf(item) }
  if (type === 'attachment')
    return {
      ...none,
      answers: (files?.get(linkId) ?? []).map((valueAttachment) => ({ valueAttachment })),
    }
  if (type === 'boolean' && typed.all(fieldOf(linkId))[0] === unknownChoice)
    return { ...none, notKnown: true }
  const count = Math.max(0, ...fieldNames(item).map((name) => typed.all(name).length))
  const several = Array.from({ length: Math.min(repeats ? count : 1, mostAnswers) }, (_, n) =>
    readAnswer(item, n, typed, timeZone),
  )
  const fault = several.find(isFault)
  if (fault)
    return {
      ...none,
      problem: { linkId, fault: fault.fault, ...(fault.limit ? { limit: fault.limit } : {}) },
    }
  const answers = several.flatMap((each) => (each && 'answer' in each ? each.answer : []))
  return { ...none, answers: isUnconfirmed(item, answers, typed, timeZone) ? [] : answers }
}

const isFault = (read: ReadAnswer): read is Extract<ReadAnswer, { fault: AnswerFault }> =>
  read !== undefined && 'fault' in read

/** The form was filled in from the record, and nobody has said that it still holds. */
function isUnconfirmed(
  item: Item,
  answers: readonly Answer[],
  typed: TypedFields,
  timeZone: string,
): boolean {
  const initial = initialOf(item)
  if (initial.length === 0 || typed.all(`${fieldOf(item.linkId)}.still`)[0] === 'yes') return false
  const fields = (of: readonly Answer[]) => [...fieldsOfAnswers(item, of, { timeZone })].flat(2)
  return JSON.stringify(fields(answers)) === JSON.stringify(fields(initial))
}

interface Composing {
  readonly read: ReadonlyMap<string, Read>
  readonly counts: (item: Item) => boolean
  readonly typed: TypedFields
  readonly setting: ReadSetting
}

function composed(items: readonly Item[], composing: Composing): QuestionnaireResponseItem[] {
  return items.flatMap((item) => {
    if (item.type === 'display' || !composing.counts(item)) return []
    const below = composed(item.item ?? [], composing)
    const found = composing.read.get(item.linkId)
    const own = found && ownItem(item, found, composing)
    if (!own && below.length === 0) return []
    const base = { ...(own ?? { linkId: item.linkId }), ...(item.text ? { text: item.text } : {}) }
    if (below.length === 0) return base
    const [first, ...others] = own?.answer ?? []
    return first
      ? { ...base, answer: [{ ...first, item: below }, ...others] }
      : { ...base, item: below }
  })
}

function ownItem(
  item: Item,
  { answers, problem, notKnown }: Read,
  { typed, setting }: Composing,
): QuestionnaireResponseItem | undefined {
  const { linkId } = item
  if (notKnown) return notKnownItem(linkId)
  if (answers.length > 0) return { linkId, answer: [...answers] }
  return problem && setting.draft
    ? asTypedItem(
        linkId,
        new Map(
          fieldNames(item).flatMap((name) => {
            const values = typed.all(name)
            return values.length > 0 ? [[name, values]] : []
          }),
        ),
      )
    : undefined
}
