/** Numbers, plurals and lists as a language has them, for its tables of messages. */

export interface Grammar {
  readonly number: (value: number) => string
  /** The number with the word that fits it: `1 day`, `2 days`. */
  readonly plural: (count: number, one: string, other: string) => string
  /** `a, b, and c` */
  readonly list: (parts: readonly string[]) => string
}

/** @param locale BCP 47 */
export function grammarOf(locale: string): Grammar {
  const numbers = new Intl.NumberFormat(locale)
  const rules = new Intl.PluralRules(locale)
  const lists = new Intl.ListFormat(locale)
  const number = (value: number) => numbers.format(value)
  return {
    number,
    plural: (count, one, other) =>
      `${number(count)} ${rules.select(count) === 'one' ? one : other}`,
    list: (parts) => lists.format(parts),
  }
}
