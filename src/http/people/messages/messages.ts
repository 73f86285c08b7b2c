/** The words of a page in the language of its reader: typed, so that none can be missing. */

import { en } from './en.ts'

/** A table of messages in another language has the keys of the English one, and takes the same facts. */
type Messages = {
  readonly [Key in keyof typeof en]: (typeof en)[Key] extends (...facts: infer Facts) => string
    ? (...facts: Facts) => string
    : string
}

export type MessageKey = keyof Messages

type Facts<Key extends MessageKey> = Messages[Key] extends (...facts: infer Given) => string
  ? Given
  : []

/** `say('queue.count', 3)` */
export type Say = <Key extends MessageKey>(key: Key, ...facts: Facts<Key>) => string

const tables: Readonly<Record<string, Messages>> = { en }

/** @param language BCP 47; what is not spoken here is English */
export function sayIn(language: string): Say {
  const table = tables[language] ?? en
  return (key, ...facts) => {
    const message = table[key] as string | ((...facts: unknown[]) => string)
    return typeof message === 'string' ? message : message(...facts)
  }
}

/** A message whose key is made from a code, such as `status.` + code. */
export const isMessage = (key: string): key is MessageKey => Object.hasOwn(en, key)
