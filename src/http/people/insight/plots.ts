/**
 * Plots as SVG, made here: shares of the width for what lies along it, pixels for what is read, so that
 * words keep their size on a phone. Colours are classes, since the policy allows no style of an element.
 * Each has its numbers in a table below it, so it is one image with a name.
 */

import { type Html, html, type Part } from '../../pages/html.ts'

const share = (value: number): string => `${Math.round(value * 10_000) / 100}%`

/** One column from left to right, with what it is made of from the bottom up. */
export interface Column {
  readonly label: string
  readonly parts: readonly { readonly kind: string; readonly value: number }[]
  /** True when it stands for less time than the others. */
  readonly isPart?: boolean
}

const plotHeight = 180
/** Room above for the highest number, below for the names. */
const above = 22
const below = 26

/** @param labelled at how many of the columns the name stands, so that they do not run into one another */
export function columnPlot(
  name: string,
  columns: readonly Column[],
  { unit, labelled }: { readonly unit: string; readonly labelled: number },
): Html {
  const totals = columns.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0))
  const top = niceTop(Math.max(...totals, 1))
  const lines = [...new Set([0, top / 2, top])].filter((value) => Number.isInteger(value))
  const y = (value: number): number => above + plotHeight - (value / top) * plotHeight
  const width = 1 / columns.length
  const every = Math.ceil(columns.length / labelled)
  const height = above + plotHeight + below
  return html`<div class="plot-frame" role="img" aria-label="${name}"><svg class="plot axis" aria-hidden="true" width="40" height="${height}">${lines.map(
    (value) => html`<text class="scale" x="34" y="${y(value) + 4}">${value}</text>`,
  )}</svg><svg class="plot columns" aria-hidden="true" width="100%" height="${height}">${lines.map(
    (value) =>
      html`<line class="${value === 0 ? 'zero' : 'grid'}" x1="0" x2="100%" y1="${y(value)}" y2="${y(value)}"/>`,
  )}<text class="scale unit-name" x="0" y="12">${unit}</text>${columns.map(
    ({ parts, isPart }, n) => {
      let low = 0
      return parts.map(({ kind, value }) => {
        if (value === 0) return undefined
        const from = low
        low += value
        return html`<rect class="fill ${kind}${isPart && ' pale'}" x="${share((n + 0.12) * width)}" width="${share(width * 0.76)}" y="${y(low)}" height="${y(from) - y(low)}"/>`
      })
    },
  )}${columns.map(
    ({ label }, n) =>
      n % every === 0 &&
      html`<text class="name" x="${share((n + 0.5) * width)}" y="${above + plotHeight + 18}">${label}</text>`,
  )}</svg></div>`
}

/** The next round number that halves well. */
function niceTop(most: number): number {
  const size = 10 ** Math.floor(Math.log10(most))
  return (
    [1, 2, 4, 6, 8, 10].map((step) => step * size).find((top) => top >= most && top >= 2) ??
    10 * size
  )
}

export interface Segment {
  readonly kind: string
  readonly value: number
  /** A letter that the list below explains. */
  readonly mark: string
}

/** One bar that is the whole, cut in proportion. */
export function stackedBar(name: string, segments: readonly Segment[]): Html {
  const whole = segments.reduce((sum, { value }) => sum + value, 0)
  let at = 0
  return html`<svg class="plot stack" role="img" aria-label="${name}" width="100%" height="52">${segments.map(
    ({ kind, value, mark }): Part => {
      const from = at
      at += value / whole
      const isWide = value / whole >= 0.03
      return html`<rect class="fill ${kind}" x="${share(from)}" width="${share(value / whole)}" y="20" height="32"/>${isWide && html`<text class="mark" x="${share(from + value / whole / 2)}" y="14">${mark}</text>`}`
    },
  )}</svg>`
}

/** A bar below the name of a row; its number stands in the row. @param ratio of the longest */
export const cellBar = (ratio: number): Html =>
  html`<svg class="plot cell" aria-hidden="true" width="100%" height="8"><rect class="fill first" x="0" y="0" width="${share(ratio)}" height="8"/></svg>`

/** A square in the colour of a kind, beside its name. */
export const swatch = (kind: string): Html =>
  html`<svg class="plot swatch" aria-hidden="true" width="14" height="14"><rect class="fill ${kind}" width="14" height="14"/></svg>`
