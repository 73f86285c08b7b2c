/** What was answered to a form: each question with its answer. */

import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { type DescribeContext, type Described, namerOf } from './described.ts'
import { joined, referenceWords, sayCodeOf, valueWords } from './words.ts'

export function answers(resource: QuestionnaireResponse, context: DescribeContext): Described {
  const { view, criterion, known, questions } = context
  const all = leavesOf(resource.item)
  const wanted = all.filter(({ linkId }) => linkId === criterion)
  const shown = wanted.length > 0 ? wanted : all
  return {
    title: view.say('referral.form'),
    date: resource.authored,
    value: joined(
      shown.map(({ linkId, text, answer = [] }) => {
        const question = text ?? questions?.get(linkId) ?? linkId
        const said = joined(answer.map((each) => valueWords(each, view)))
        return `${question}${question.endsWith('?') ? '' : ':'} ${said ?? view.say('referral.unanswered')}`
      }),
      '\n',
    ),
    author: referenceWords([resource.author ?? resource.source], namerOf(known)),
    state: sayCodeOf(view, 'referral.status', resource.status),
  }
}

const leavesOf = (
  items: readonly QuestionnaireResponseItem[] = [],
): readonly QuestionnaireResponseItem[] =>
  items.flatMap((item) => [
    ...(item.answer || !item.item ? [item] : []),
    ...leavesOf(item.item),
    ...(item.answer ?? []).flatMap((each) => leavesOf(each.item)),
  ])
