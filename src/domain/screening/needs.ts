/** What would satisfy a criterion, as a sentence and as a DataRequirement. */

import type { DataRequirement } from 'fhir/r4'
import { dateOf } from './dates.ts'
import type { Facts } from './facts.ts'
import { baseUrl } from './policy.ts'
import type { Need } from './result.ts'

function valueSetUrl(id: string): string {
  return `${baseUrl}/ValueSet/${id}`
}

/** Of two that clash, one is wrong. */
export const correctNeed: Need = {
  text: 'Correct the record or the answer, whichever is wrong, and send it again.',
}

/** An answer on the screening form that counts. */
export function answerNeed(facts: Facts, linkId: string): Need {
  const days = facts.parameters.screenWindow
  return {
    text: `Answer item '${linkId}' of the screening form, authored no earlier than ${days} days before the referral.`,
    requirement: {
      type: 'QuestionnaireResponse',
      mustSupport: [`item.where(linkId='${linkId}')`],
      dateFilter: [{ path: 'authored', valuePeriod: { start: windowStart(facts, days) } }],
    },
  }
}

/** An Observation of a value set inside a window. */
export function observationNeed(facts: Facts, text: string, valueSet: string, days: number): Need {
  return {
    text: `${text}, taken no earlier than ${windowStart(facts, days)}.`,
    requirement: {
      type: 'Observation',
      codeFilter: [{ path: 'code', valueSet: valueSetUrl(valueSet) }],
      dateFilter: [{ path: 'effective', valuePeriod: { start: windowStart(facts, days) } }],
    },
  }
}

/** A resource of one type, coded by one of several value sets. */
export function resourceNeed(
  text: string,
  type: DataRequirement['type'],
  path: string,
  ...valueSets: readonly string[]
): Need {
  return {
    text,
    requirement: {
      type,
      codeFilter: valueSets.map((valueSet) => ({ path, valueSet: valueSetUrl(valueSet) })),
    },
  }
}

function windowStart(facts: Facts, days: number): string {
  return dateOf(facts.dates.referral - days)
}
