/** The words of a page in the language of its reader: typed, so that none can be missing. */

import { en } from './en.ts'
import { es } from './es.ts'
import type { Translation } from './translation.ts'

export type Messages = Translation<typeof en>

export type MessageKey = keyof Messages

type Facts<Key extends MessageKey> = Messages[Key] extends (...facts: infer Given) => string
  ? Given
  : []

/** `say('queue.count', 3)` */
export type Say = <Key extends MessageKey>(key: Key, ...facts: Facts<Key>) => string

interface Language {
  /** BCP 47, for `lang` and Intl. */
  readonly locale: string
  /** What it calls itself. */
  readonly name: string
  readonly table: Messages
}

const english: Language = { locale: 'en-US', name: 'English', table: en }

/** By the tag that a browser asks for, and that the cookie of the choice holds. */
const languages = new Map<string, Language>([
  ['en', english],
  ['es', { locale: 'es-US', name: 'Español', table: es }],
])

export const spoken = (): readonly string[] => [...languages.keys()]

/** English, where it is not spoken here. */
export const languageOf = (tag: string): Language => languages.get(tag) ?? english

/** For one language more than those that stand here; tests bring their own. */
export const addLanguage = (tag: string, language: Language): void =>
  void languages.set(tag, language)

/** @param tag what is not spoken here is English */
export function sayIn(tag: string): Say {
  const { table } = languageOf(tag)
  return (key, ...facts) => {
    const message = table[key] as string | ((...facts: unknown[]) => string)
    return typeof message === 'string' ? message : message(...facts)
  }
}

/** A message whose key is made from a code, such as `status.` + code. */
export const isMessage = (key: string): key is MessageKey => Object.hasOwn(en, key)
