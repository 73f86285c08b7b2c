/**
 * A link on paper: sixteen letters and digits in four groups, made from the secret of the link, so
 * that who types it needs no more than the paper. Crockford's alphabet has no letter that is read as
 * a digit: https://www.crockford.com/base32.html
 */

import { createHash } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 75 bits: 300 tries a minute from each of a million addresses find one of a thousand live links once in 200,000 years. */
const drawn = 15

/** @returns `7K3M-…`, the same for the same secret; the secret does not follow from it */
export function codeOf(secret: string): string {
  const bytes = createHash('sha256').update(`code ${secret}`).digest()
  const letters = Array.from({ length: drawn }, (_, i) => alphabet[(bytes[i] ?? 0) % 32]).join('')
  return `${letters}${checkLetter(letters)}`.replace(/(.{4})(?=.)/g, '$1-')
}

/**
 * What somebody typed, as it is printed: lower case, spaces and lookalikes are forgiven.
 * @returns undefined when it cannot be a code of ours; no store was asked
 */
export function readCode(typed: string): string | undefined {
  const letters = typed
    .toUpperCase()
    .replaceAll(/[\s\-–—.]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  if (letters.length !== drawn + 1 || [...letters].some((each) => !alphabet.includes(each)))
    return undefined
  if (checkLetter(letters.slice(0, drawn)) !== letters.at(-1)) return undefined
  return letters.replace(/(.{4})(?=.)/g, '$1-')
}

/** Finds nearly every letter that was misread and every two that changed places (sum by place, modulo 31). */
function checkLetter(letters: string): string {
  const sum = [...letters].reduce((all, each, i) => all + (i + 1) * alphabet.indexOf(each), 0)
  return alphabet[sum % 31] as string
}
