/** What was typed into the search, as the index of patients and referrals knows it. */

import { nameToken, plainWords } from '../../../domain/fhir/name-tokens.ts'
import { makeToken } from '../../../domain/fhir/search-tokens.ts'

/** Each word may begin a name or be a record number; all of it together may be a referral's number. */
export const tokensFor = (sought: string) => ({
  words:
    plainWords(sought).length === 0
      ? []
      : sought
          .split(/\s+/)
          .filter((word) => plainWords(word).length > 0)
          .map((word) => [
            makeToken('identifier', '', word),
            ...plainWords(word).slice(0, 1).map(nameToken),
          ]),
  identifiers: sought === '' ? [] : [makeToken('identifier', '', sought)],
})
