/** What a table is made of, as it is read and as a file has it. */

import { isSmall, ratioOf, type Share } from '../../../domain/insight/figures.ts'
import type { View } from '../view.ts'
import { hoursIn, numberWords, percentWords, spanOf } from './amounts.ts'

export interface Cell {
  /** As it is read. */
  readonly words: string
  /** As a file has it. */
  readonly value: string | number | undefined
  /** True where it rests on few. */
  readonly isSmall?: boolean
}

export interface Row {
  readonly head: string
  /** A class of the plots, for its bar and its swatch. */
  readonly kind?: string
  /** Of the longest, for its bar. */
  readonly ratio?: number
  /** Stands under the row before. */
  readonly isPart?: boolean
  readonly cells: readonly Cell[]
}

export interface Table {
  readonly title: string
  /** The first names what the heads are. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export const count = (view: View, value: number): Cell => ({
  words: numberWords(value, view),
  value,
})

export const text = (words: string): Cell => ({ words, value: words })

export const nothing: Cell = { words: '–', value: undefined }

/** A share as it is read; a file has it as a number between 0 and 1. */
export function shareCell(view: View, share: Share): Cell {
  const ratio = ratioOf(share)
  if (ratio === undefined) return nothing
  return {
    words: percentWords(ratio, view),
    value: Math.round(ratio * 10_000) / 10_000,
    isSmall: isSmall(share),
  }
}

export const spanCell = (view: View, ms: number | undefined, isFew: boolean): Cell =>
  ms === undefined ? nothing : { words: spanOf(ms, view), value: hoursIn(ms), isSmall: isFew }
