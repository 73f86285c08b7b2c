/**
 * How a patient is found by a name at the worklist: by the beginnings of its words, written small and
 * without marks. Not a search parameter of the API, and so under a name that no query has.
 */

import type { HumanName } from 'fhir/r4'
import { makeToken } from './search-tokens.ts'

/** From the second letter on, and not beyond the tenth: longer names are told apart by then. */
const [shortest, longest] = [2, 10]
const mostWords = 12

/** Lower case, without accents and punctuation; scripts without either stay as they are. */
export const plainWords = (text: string): readonly string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

/** @returns the tokens to store with a Patient, without repeats */
export function nameTokens(names: readonly HumanName[]): readonly string[] {
  const words = names
    .flatMap(({ family, given = [], text }) => [family, ...given, text])
    .flatMap((part) => (typeof part === 'string' ? plainWords(part) : []))
  const beginnings = [...new Set(words)].slice(0, mostWords).flatMap((word) => {
    const letters = [...word]
    return Array.from({ length: Math.min(letters.length, longest) }, (_, i) =>
      letters.slice(0, i + 1).join(''),
    ).filter((_, i) => i + 1 >= shortest || letters.length < shortest)
  })
  return [...new Set(beginnings)].map((beginning) => makeToken('~name', beginning))
}

/** The token of one word that was typed. */
export const nameToken = (word: string): string =>
  makeToken('~name', [...word].slice(0, longest).join(''))
