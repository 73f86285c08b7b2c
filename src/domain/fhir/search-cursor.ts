/** The place where a page of a search ends, as an opaque word for the next link. */

import { Problem } from '../problem.ts'

interface Position {
  readonly lastUpdated: string
  readonly id: string
}

export const cursorAfter = ({ lastUpdated, id }: Position): string =>
  Buffer.from(`${lastUpdated} ${id}`).toString('base64url')

/** @throws Problem bad-parameter for a word that is none of ours */
export function readCursor(cursor: string): Position {
  const text = Buffer.from(cursor.slice(0, 200), 'base64url').toString('latin1')
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9\-.]{1,64})$/.exec(text)
  if (!match) throw new Problem('bad-parameter', 'Follow the next link as it was given.')
  return { lastUpdated: match[1] as string, id: match[2] as string }
}
