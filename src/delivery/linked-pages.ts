/** The pages of a search: https://hl7.org/fhir/R4/http.html#paging */

import { linkOf } from './ehr-answers.ts'
import { unusableAnswer } from './ehr-failure.ts'

export interface PageWalk {
  readonly base: string
  /** The search, relative to the base. */
  readonly first: string
  readonly maxPages: number
}

/**
 * Follows the next links of a search, which must come to an end.
 * @throws EhrFailure when they do not, or what `get` throws
 */
export async function* linkedPages(
  get: (url: string) => Promise<unknown>,
  { base, first, maxPages }: PageWalk,
): AsyncGenerator<unknown> {
  const seen = new Set<string>()
  let url: string | undefined = first
  while (url !== undefined) {
    if (seen.has(url) || seen.size >= maxPages) throw unusableAnswer('the pages do not end')
    seen.add(url)
    const answer = await get(url)
    yield answer
    const next = linkOf(answer, 'next')
    url = next === undefined ? undefined : absolute(next, base)
  }
}

/** Where a link leads; whether we may go there is for the egress to say. */
function absolute(link: string, base: string): string {
  if (!URL.canParse(link, `${base}/`)) throw unusableAnswer('the next link is no URL')
  return new URL(link, `${base}/`).href
}
