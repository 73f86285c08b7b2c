/** Which language a reader gets: https://www.rfc-editor.org/rfc/rfc9110.html#section-12.5.4 */

import { spoken } from './messages/messages.ts'

/** So many wishes are read; a browser sends a handful. */
const mostWishes = 20

/**
 * What was chosen here wins; else what the browser wishes for most, of what is spoken, by the lookup of
 * RFC 4647: `es-MX` is content with `es`.
 * @param chosen of the cookie
 * @param accepted the header Accept-Language
 * @returns a tag of `spoken()`
 */
export function languageFor(chosen: string | undefined, accepted: string | undefined): string {
  const all = spoken()
  if (chosen !== undefined && all.includes(chosen)) return chosen
  return wishesOf(accepted ?? '').flatMap((wish) => lookUp(wish, all) ?? [])[0] ?? 'en'
}

/** Language ranges, the dearest first; what weighs 0 is not wished for. */
const wishesOf = (accepted: string): readonly string[] =>
  accepted
    .split(',', mostWishes)
    .map((each) => {
      const [range = '', weight = 'q=1'] = each.split(';').map((part) => part.trim())
      return { range, weight: Number(/^q=([01](?:\.\d{0,3})?)$/i.exec(weight)?.[1] ?? 0) }
    })
    .filter(({ range, weight }) => /^[A-Za-z]{1,8}(?:-[A-Za-z\d]{1,8})*$/.test(range) && weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ range }) => range)

/** The range itself, else what it begins with. */
function lookUp(range: string, all: readonly string[]): string | undefined {
  const parts = range.split('-')
  for (let length = parts.length; length > 0; length--) {
    const tag = parts.slice(0, length).join('-').toLowerCase()
    const found = all.find((each) => each.toLowerCase() === tag)
    if (found) return found
  }
  return undefined
}
