/** No poorly controlled psychosis. Control cannot be computed, so a known psychosis needs review. */

import type { ConditionFact } from '../conditions.ts'
import { codedEvidence, recordEvidence, usualWeight, weigh } from '../contraindications.ts'
import type { Facts } from '../facts.ts'
import type { Finding } from '../result.ts'

const id = 'psychosis'
const usual = usualWeight(id)
const acute = 'x3-psychosis-poor'

export function psychosis(facts: Facts): Finding {
  const byCode = (condition: ConditionFact) =>
    usual(condition) ??
    (isRecent(condition, facts) ? codedEvidence('uncertain', condition) : undefined)
  return weigh(facts, id, recordEvidence(facts, id, byCode))
}

/**
 * An acute psychosis that is over still counts for 90 days from the latest of its dates; without any
 * date it cannot be shown to be older.
 */
function isRecent(condition: ConditionFact, facts: Facts): boolean {
  const { lists, category } = condition.meaning
  if (!lists.has(acute) && !category.has(acute)) return false
  const days = [condition.onset, condition.recorded, condition.abatement]
  const known = days.filter((day) => day !== undefined && !facts.isFuture(day))
  return (
    known.length === 0 || known.some((day) => facts.inWindow(day, facts.parameters.psychosisDays))
  )
}
