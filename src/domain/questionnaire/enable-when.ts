/** Whether an item is asked: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen */

import type { QuestionnaireItemEnableWhen } from 'fhir/r4'
import type { Answer, Item } from './items.ts'

/** @returns what has been answered to an item, whether it is asked or not */
export type AnswersOf = (linkId: string) => readonly Answer[]

/**
 * The linkIds of the items that are not asked, nor is what is below them. An answer to an item that is
 * not asked counts for nothing in the conditions of others.
 */
export function notAsked(items: readonly Item[] = [], answersOf: AnswersOf): ReadonlySet<string> {
  const parents = new Map<string, Item | undefined>()
  const known = new Map<string, Item>()
  const note = (all: readonly Item[], parent?: Item): void => {
    for (const item of all) {
      known.set(item.linkId, item)
      parents.set(item.linkId, parent)
      note(item.item ?? [], item)
    }
  }
  note(items)
  const decided = new Map<string, boolean>()
  const isAsked = (linkId: string): boolean => {
    const before = decided.get(linkId)
    if (before !== undefined) return before
    // Two that wait for each other are both not asked.
    decided.set(linkId, false)
    const item = known.get(linkId)
    const parent = parents.get(linkId)
    const asked =
      item !== undefined &&
      (parent === undefined || isAsked(parent.linkId)) &&
      holds(item, (each) => (isAsked(each) ? answersOf(each) : []))
    decided.set(linkId, asked)
    return asked
  }
  return new Set([...known.keys()].filter((linkId) => !isAsked(linkId)))
}

function holds({ enableWhen = [], enableBehavior }: Item, answersOf: AnswersOf): boolean {
  if (enableWhen.length === 0) return true
  const isMet = (when: QuestionnaireItemEnableWhen) => meets(when, answersOf(when.question))
  return enableBehavior === 'any' ? enableWhen.some(isMet) : enableWhen.every(isMet)
}

function meets(when: QuestionnaireItemEnableWhen, answers: readonly Answer[]): boolean {
  if (when.operator === 'exists') return answers.length > 0 === (when.answerBoolean ?? true)
  const wanted = comparable(when)
  if (when.operator === '!=') return answers.every((each) => comparable(each) !== wanted)
  return answers.some((each) => compares(comparable(each), when.operator, wanted))
}

type Comparable = string | number | undefined

function compares(given: Comparable, operator: string, wanted: Comparable): boolean {
  if (operator === '=') return given === wanted
  if (given === undefined || wanted === undefined || typeof given !== typeof wanted) return false
  switch (operator) {
    case '>':
      return given > wanted
    case '<':
      return given < wanted
    case '>=':
      return given >= wanted
    default:
      return given <= wanted
  }
}

/** `value[x]` of an answer and `answer[x]` of a condition alike. */
function comparable(holder: object): Comparable {
  const entry = Object.entries(holder).find(([key]) => /^(?:value|answer)[A-Z]/.test(key))
  if (!entry) return undefined
  const [key, value] = entry as [string, unknown]
  const name = key.replace(/^(?:value|answer)/, '')
  if (name === 'Coding') {
    const { system = '', code = '' } = value as { system?: string; code?: string }
    return `${system}|${code}`
  }
  if (name === 'Quantity') {
    const { value: number, code = '' } = value as { value?: number; code?: string }
    return `${Number(number)} ${code}`
  }
  return name === 'Integer' || name === 'Decimal' ? Number(value) : String(value)
}
