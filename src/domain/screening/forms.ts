/**
 * Answers on the screening form.
 *
 * http://hl7.org/fhir/R4/questionnaireresponse.html
 */

import type { Coding, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { type Day, dateOf } from './dates.ts'
import { isFormOf } from './form-canonical.ts'
import type { Setting } from './setting.ts'

/** One Coding that was answered to one item; items without an answer are no answers. */
export interface Answer {
  readonly reference: string
  readonly coding: Coding | undefined
  readonly day: Day | undefined
  /** The dateTime as written, to tell two answers of one day apart. */
  readonly authored: string
  /** On a finished form inside its window. */
  readonly counted: boolean
  /** For the sentence: `of 2026-02-27`. */
  readonly when: string
}

export type YesNo = 'yes' | 'no' | 'unknown'

/** What the forms say to a yes/no item. */
export interface Reply {
  readonly value: YesNo
  /** The answer that decided, also when it is unknown. */
  readonly answer: Answer | undefined
  /** A yes on a stale or unfinished form that no newer answer has set aside. */
  readonly openYes: Answer | undefined
}

const yesNoSystem = 'http://terminology.hl7.org/CodeSystem/v2-0532'
const finished: ReadonlySet<string> = new Set(['completed', 'amended'])

export class Forms {
  readonly #answers: ReadonlyMap<string, readonly Answer[]>

  constructor(answers: ReadonlyMap<string, readonly Answer[]>) {
    this.#answers = answers
  }

  /** The newest counted answer; of several that cannot be told apart, the first by `rank`. */
  newest(linkId: string, rank: (answer: Answer) => number): Answer | undefined {
    const counted = this.#of(linkId).filter((answer) => answer.counted)
    return counted
      .filter((each) => !counted.some((other) => isLater(other, each)))
      .reduce<Answer | undefined>(
        (first, each) => (first === undefined || rank(each) < rank(first) ? each : first),
        undefined,
      )
  }

  /** Yes goes before unknown, unknown before no. */
  reply(linkId: string): Reply {
    const answer = this.newest(linkId, (each) => rankOf[yesNoOf(each)])
    const openYes = this.#of(linkId).find(
      (each) => !each.counted && yesNoOf(each) === 'yes' && !this.#isSetAside(linkId, each),
    )
    return { value: answer ? yesNoOf(answer) : 'unknown', answer, openYes }
  }

  /** Only a newer counted yes or no sets a stale yes aside; an undated yes can never be older. */
  #isSetAside(linkId: string, stale: Answer): boolean {
    return this.#of(linkId).some(
      (each) => each.counted && yesNoOf(each) !== 'unknown' && isLater(each, stale),
    )
  }

  #of(linkId: string): readonly Answer[] {
    return this.#answers.get(linkId) ?? []
  }
}

const rankOf: Readonly<Record<YesNo, number>> = { yes: 0, unknown: 1, no: 2 }

function yesNoOf({ coding }: Answer): YesNo {
  if (coding?.system !== yesNoSystem) return 'unknown'
  return coding.code === 'Y' ? 'yes' : coding.code === 'N' ? 'no' : 'unknown'
}

/** Later by day; on the same day by time, where both have one. */
function isLater(each: Answer, than: Answer): boolean {
  if (each.day === undefined || than.day === undefined) return false
  if (each.day !== than.day) return each.day > than.day
  if (!each.authored.includes('T') || !than.authored.includes('T')) return false
  return Date.parse(each.authored) > Date.parse(than.authored)
}

/**
 * All answers to the policy's form, nested items included. Unknown linkIds are never asked for and so
 * say nothing; forms of the future and forms entered in error do not count.
 */
export function formsOf(facts: Setting): Forms {
  const answers = new Map<string, Answer[]>()
  for (const { reference, resource } of facts.packet.ofType('QuestionnaireResponse')) {
    if (resource.status === 'entered-in-error' || !isOurs(resource, facts)) continue
    const day = facts.dates.calendar.day(resource.authored)
    if (facts.isFuture(day)) continue
    const common = {
      reference,
      day,
      authored: resource.authored ?? '',
      counted: finished.has(resource.status) && facts.inWindow(day, facts.parameters.screenWindow),
      when: day === undefined ? 'without a date' : `of ${dateOf(day)}`,
    }
    collect(resource.item, (linkId, coding) => {
      const sameItem = answers.get(linkId)
      if (sameItem) sameItem.push({ ...common, coding })
      else answers.set(linkId, [{ ...common, coding }])
    })
  }
  return new Forms(answers)
}

function isOurs(response: QuestionnaireResponse, facts: Setting): boolean {
  return isFormOf(facts.policy.questionnaire, response.questionnaire)
}

function collect(
  items: readonly QuestionnaireResponseItem[] | undefined,
  add: (linkId: string, coding: Coding | undefined) => void,
): void {
  for (const item of items ?? []) {
    for (const answer of item.answer ?? []) {
      add(item.linkId, answer.valueCoding)
      collect(answer.item, add)
    }
    collect(item.item, add)
  }
}
