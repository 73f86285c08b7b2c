/** Texts from a record inside GitHub Flavored Markdown: https://github.github.com/gfm/ */

/** Controls, and marks that turn the direction of writing: nobody reads them, and they can deceive. */
const invisible = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/gu

/** One line without controls. */
export const plain = (text: string): string =>
  text.replace(invisible, ' ').replace(/\s+/g, ' ').trim()

/**
 * A text that reads as itself: no emphasis, link, image, table, HTML or address that turns into a
 * link. Entities for what HTML would read, so that a client that knows no Markdown is safe as well.
 */
export const escaped = (text: string): string =>
  plain(text)
    .replace(/[\\`*_[\]~|]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\b(www)\./gi, '$1\\.')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\b(mailto|xmpp):/gi, '$1\\:')
    .replaceAll('@', '\\@')

/** Cut to fewer than so many characters, with an ellipsis. */
export function shortened(text: string, below: number): string {
  const characters = [...plain(text)]
  return characters.length < below
    ? characters.join('')
    : `${characters.slice(0, below - 2).join('')}…`
}
