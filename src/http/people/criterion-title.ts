/** What a criterion is called: the published ones in the reader's language, a clinic's own as it wrote it. */

import type { Criterion } from '../../domain/screening/policy.ts'
import { type Html, html } from '../pages/html.ts'
import { isMessage, type MessageKey } from './messages/messages.ts'
import { inEnglish, type View } from './view.ts'

type Titled = Pick<Criterion, 'id' | 'title' | 'own'>

const keyOf = ({ id, own }: Titled, { language }: View): MessageKey | undefined => {
  const key = `criterion.${id}`
  return language !== 'en' && !own && isMessage(key) ? key : undefined
}

/** For where only text can stand. */
export function criterionWords(view: View, criterion: Titled): string {
  const key = keyOf(criterion, view)
  return key ? (view.say as (key: MessageKey) => string)(key) : criterion.title
}

export const criterionTitle = (view: View, criterion: Titled): Html =>
  html`<span${keyOf(criterion, view) ? undefined : inEnglish(view)}>${criterionWords(view, criterion)}</span>`
