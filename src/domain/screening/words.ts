/** The words that make a text evidence, for one criterion each. */

/** A list of words as one expression, built once. */
export class Words {
  readonly #expression: RegExp | undefined

  constructor(words: readonly string[]) {
    this.#expression =
      words.length > 0 ? new RegExp(words.map(expressionOf).join('|'), 'i') : undefined
  }

  /** The first word of the list that a text contains, as it stands in the text. */
  find(text: string): string | undefined {
    return this.#expression?.exec(text)?.[0]
  }
}

export type WordLists = ReadonlyMap<string, Words>

/** Words match without case and inside other words ("pregnan"); abbreviations only as whole words. */
function expressionOf(word: string): string {
  return word
    .split(' ')
    .map((part) => (/^[A-Z]{2,}$/.test(part) ? `\\b${part}\\b` : RegExp.escape(part)))
    .join('\\s+')
}
