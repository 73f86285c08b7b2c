/**
 * What the published form and policy say, in the reader's language. A clinic's own sentence, and what a
 * person wrote, is not known here: it stays as it is, and is marked as English.
 */

import { type Html, html } from '../pages/html.ts'
import { en } from './messages/en.ts'
import { isMessage, type MessageKey } from './messages/messages.ts'
import { inEnglish, type View } from './view.ts'

/** By the English text, word for word: a text that was changed is another. */
const keys: ReadonlyMap<string, MessageKey> = new Map(
  Object.entries(en).flatMap(([key, text]): [string, MessageKey][] =>
    /^(?:form\.(?:text|answer)|criterion)\./.test(key) && typeof text === 'string' && isMessage(key)
      ? [[text, key]]
      : [],
  ),
)

const keyOf = ({ language }: View, text: string): MessageKey | undefined =>
  language === 'en' ? undefined : keys.get(text)

export function publishedWords(view: View, text: string): string {
  const key = keyOf(view, text)
  return key ? (view.say as (key: MessageKey) => string)(key) : text
}

/** The attribute of the element that the words stand in. */
export const publishedLang = (view: View, text: string): Html | undefined =>
  keyOf(view, text) ? undefined : inEnglish(view)

export const publishedText = (view: View, text = ''): Html =>
  html`<span${publishedLang(view, text)}>${publishedWords(view, text)}</span>`
