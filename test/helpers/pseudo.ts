/**
 * A language that nobody speaks: each message in brackets, accented, and longer by a third, as a
 * translation is. What stands on a page without brackets comes from no table.
 */

import { en } from '../../src/http/people/messages/en.ts'
import { addLanguage, type Messages } from '../../src/http/people/messages/messages.ts'
import { attributeOf, nodesOf } from './pages.ts'

/** The private tag that translators use for it. */
export const pseudo = 'en-XA'

/** Makes it one of the languages of the pages, for who asks for it with Accept-Language. */
export const speakPseudo = (): void =>
  addLanguage(pseudo, { locale: pseudo, name: bracketed('Pseudo'), table: tableOf(en) })

const tableOf = (table: typeof en): Messages =>
  Object.fromEntries(
    Object.entries(table).map(([key, message]) => [
      key,
      typeof message === 'string'
        ? bracketed(message)
        : (...facts: never[]) => bracketed((message as (...facts: never[]) => string)(...facts)),
    ]),
  ) as unknown as Messages

const plain = 'AEIOUaeiounycs'
const accented = 'ÀÉÎÕÜàéîõüñýçš'

function bracketed(text: string): string {
  const strange = text.replace(
    /[AEIOUaeiounycs]/g,
    (letter) => accented[plain.indexOf(letter)] ?? '',
  )
  const longer = 'öné twö thréé föür '
    .repeat(20)
    .slice(0, Math.ceil(text.length / 3))
    .trimEnd()
  return `⟦${strange} ${longer}⟧`
}

/** Attributes that people read or hear. */
const isSpoken = (name: string, value: string): boolean =>
  ['aria-label', 'alt', 'title', 'placeholder', 'data-label'].includes(name) ||
  // What a script says is in attributes of its own, and no list of codes.
  (name.startsWith('data-') && /^[\p{Lu}⟦].* /u.test(value))
/** What holds names, dates and codes; `lang` says that the words are of another language. */
const dataElements = new Set(['bdi', 'time', 'code', 'kbd', 'script', 'style'])

/**
 * The words of a page that come from no table.
 * @param html of a page in the pseudo-language
 * @param allowed patterns of what may stand there all the same
 */
export function unspoken(html: string, allowed: readonly RegExp[]): readonly string[] {
  const isLeft = (text: string): boolean => {
    const left = allowed.reduce((rest, each) => rest.replace(each, ''), withoutBracketed(text))
    return /\p{L}/u.test(left)
  }
  return nodesOf(html).flatMap((node) => {
    if ('value' in node && node.nodeName === '#text')
      return isData(node) || !isLeft(node.value) ? [] : [node.value.trim()]
    if (!('tagName' in node)) return []
    return node.attrs.flatMap(({ name, value }) =>
      isSpoken(name, value) && isLeft(value) ? [`${name}: ${value}`] : [],
    )
  })
}

type Node = ReturnType<typeof nodesOf>[number]

/** Within an element for names and codes, or in another language than the page. */
function isData(node: Node): boolean {
  for (let at: Node | null = node; at; at = 'parentNode' in at ? at.parentNode : null) {
    if (!('tagName' in at) || at.tagName === 'html') continue
    if (dataElements.has(at.tagName) || attributeOf(at, 'lang') !== undefined) return true
  }
  return false
}

/** Innermost first, since a message may stand in another. */
function withoutBracketed(text: string): string {
  const shorter = text.replace(/⟦[^⟦⟧]*⟧/g, '')
  return shorter === text ? text : withoutBracketed(shorter)
}
