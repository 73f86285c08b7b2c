/** How long an answer may be kept: RFC 9111 section 5.2.2, https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2 */

/** SMART: never longer than Cache-Control says; and never longer than this, so that a removed key ends. */
const ceiling = 600
const otherwise = 300

/**
 * @param headers of the answer, names in lower case
 * @returns seconds, 0 for an answer that must be fetched anew each time
 */
export function cacheSeconds(headers: Readonly<Record<string, string | undefined>>): number {
  const directives = (headers['cache-control'] ?? '')
    .toLowerCase()
    .split(',')
    .map((text) => text.trim())
  if (directives.some((directive) => /^no-(store|cache)\b/.test(directive))) return 0
  const ages = directives.filter((directive) => directive.startsWith('max-age')).map(secondsOf)
  if (ages.length === 0) return otherwise
  return Math.min(ceiling, Math.max(0, Math.min(...ages) - ageOf(headers.age)))
}

/** An Age that cannot be read counts as none; one below nought would make the time longer. */
const ageOf = (age = ''): number => (/^\d+$/.test(age) ? Number(age) : 0)

/** A max-age that cannot be read counts as stale. */
function secondsOf(directive: string): number {
  return Number(/^max-age="?(\d{1,9})"?$/.exec(directive)?.[1] ?? 0)
}
