/** What came of asking the referrer's EHR, in a sentence or two for those who look at the Task. */

import type { Answer } from './ask-records.ts'
import type { Find } from './gathered.ts'

/**
 * @param taken what goes into the referral
 * @returns `The referring EHR was asked on 2026-11-22. Found: pain scores. …`
 */
export function sayGathering(
  answers: readonly Answer[],
  taken: readonly { readonly find: Find }[],
  { now, isLast }: { readonly now: Date; readonly isLast: boolean },
): string {
  const theirs = new Set(taken.map(({ find }) => find.there))
  const isFound = ({ resources }: Answer) =>
    resources.some(({ resourceType, id }) => theirs.has(`${resourceType}/${id}`))
  const whole = answers.filter(({ failure }) => !failure)
  const found = answers.filter(isFound)
  const empty = whole.filter((answer) => !isFound(answer))
  const isAgain = !isLast && answers.some(({ failure }) => failure?.again)
  return [
    `The referring EHR was asked on ${now.toISOString().slice(0, 10)}.`,
    ...(found.length > 0 ? [`Found: ${labelsOf(found)}.`] : []),
    ...(empty.length > 0 ? [`Nothing new: ${labelsOf(empty)}.`] : []),
    ...failuresOf(answers),
    ...(isAgain ? ['It will be asked again.'] : []),
  ].join(' ')
}

const labelsOf = (answers: readonly Answer[]): string =>
  answers.map(({ query }) => query.label).join(', ')

/** One sentence for each reason. */
function failuresOf(answers: readonly Answer[]): readonly string[] {
  const byReason = Map.groupBy(
    answers.filter(({ failure }) => failure),
    ({ failure }) => failure?.reason ?? '',
  )
  return [...byReason].map(
    ([reason, failed]) => `Could not ask it for ${labelsOf(failed)}: ${reason}.`,
  )
}
