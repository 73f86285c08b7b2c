/**
 * Partial dates ("2025-12") are read at both of their bounds. A scenario fixes one bound for every
 * partial date of a packet; the same verdict in all scenarios stands, different ones need review.
 */

import { type Day, spanOf } from './dates.ts'

/** A start, an end or a birth may be known by the same partial text and still move apart. */
export type DateUse = 'at' | 'start' | 'end' | 'birth' | 'planned'

/** The partial dates that were met so far, by use and text, in the order in which they were met. */
export class PartialDates {
  readonly #indexes = new Map<string, number>()

  indexOf(use: DateUse, text: string): number {
    const key = `${use} ${text}`
    const index = this.#indexes.get(key) ?? this.#indexes.size
    this.#indexes.set(key, index)
    return index
  }

  /** The partial texts, for the sentence that tells why a verdict is open. */
  texts(): readonly string[] {
    return [...new Set([...this.#indexes.keys()].map((key) => key.slice(key.indexOf(' ') + 1)))]
  }

  /**
   * The scenarios besides the first, in which every date is early: all combinations of up to four
   * partial dates, and of more all late, all ends late, all others late.
   */
  others(): readonly ReadonlySet<number>[] {
    const keys = [...this.#indexes.keys()]
    const indexes = keys.map((_, index) => index)
    if (indexes.length <= 4)
      return Array.from({ length: 2 ** indexes.length - 1 }, (_, mask) => {
        return new Set(indexes.filter((index) => ((mask + 1) >> index) & 1))
      })
    const isEnd = (index: number) => keys[index]?.startsWith('end ')
    return [
      new Set(indexes),
      new Set(indexes.filter(isEnd)),
      new Set(indexes.filter((index) => !isEnd(index))),
    ]
  }
}

/** Reads dates in one scenario. */
export class Calendar {
  readonly #partial: PartialDates
  readonly #late: ReadonlySet<number>
  readonly #check: Day

  constructor(partial: PartialDates, late: ReadonlySet<number>, check: Day) {
    this.#partial = partial
    this.#late = late
    this.#check = check
  }

  /** The day that a date means in this scenario; the later bound is never after the check date. */
  day(text: string | undefined, use: DateUse = 'at'): Day | undefined {
    const span = spanOf(text)
    if (span === undefined || text === undefined) return undefined
    if (span.first === span.last) return span.first
    if (!this.#late.has(this.#partial.indexOf(use, text))) return span.first
    return use === 'planned' ? span.last : Math.max(span.first, Math.min(span.last, this.#check))
  }
}
