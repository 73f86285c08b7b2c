/** Tables as files for spreadsheets: https://www.rfc-editor.org/rfc/rfc4180 */

import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

type Cell = string | number | undefined

/**
 * The text of a file. A cell of text that a spreadsheet would take for a formula begins with an
 * apostrophe, which it does not show (https://owasp.org/www-community/attacks/CSV_Injection); numbers
 * are left as they are.
 */
export const csvOf = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  csvRows([header, ...rows])

/** Some rows of it, for a file that goes out while it is made. */
export const csvRows = (rows: readonly (readonly Cell[])[]): string =>
  rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')

function cellOf(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  // Blanks before it do not keep a spreadsheet from finding the sign; full-width signs count as well.
  const text = /^\s*[=+\-@\t\r\n＝＋－＠|]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Without the mark, Excel takes the text for Latin-1. */
export const byteOrderMark = '\uFEFF'

/**
 * @param name of the file: it ends up in lists of downloads, so nobody's name is in it
 * @param text or what makes it, from the byte order mark on
 */
export const sendCsv = (reply: FastifyReply, name: string, text: string | Readable): FastifyReply =>
  reply
    .headers({
      'content-security-policy': "sandbox; default-src 'none'",
      'content-disposition': `attachment; filename="${name}.csv"`,
      'x-content-type-options': 'nosniff',
    })
    .type('text/csv; charset=utf-8; header=present')
    .send(typeof text === 'string' ? `${byteOrderMark}${text}` : text)
