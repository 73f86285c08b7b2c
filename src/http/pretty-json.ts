/** Lays JSON text out for people without reading its numbers, so that 1.10 stays 1.10. */

/** @param text well-formed JSON */
export function prettyJson(text: string): string {
  let out = ''
  let depth = 0
  let at = 0
  const breakLine = () => `\n${'  '.repeat(depth)}`
  while (at < text.length) {
    const char = text[at] as string
    if (char === '"') {
      const end = stringEnd(text, at)
      out += text.slice(at, end)
      at = end
      continue
    }
    at++
    if (char === '{' || char === '[') {
      const close = nextVisible(text, at)
      if (text[close] === '}' || text[close] === ']') {
        out += char + text[close]
        at = close + 1
        continue
      }
      depth++
      out += char + breakLine()
    } else if (char === '}' || char === ']') {
      depth--
      out += breakLine() + char
    } else if (char === ',') out += char + breakLine()
    else if (char === ':') out += ': '
    else if (!isSpace(char)) out += char
  }
  return `${out}\n`
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function nextVisible(text: string, from: number): number {
  let at = from
  while (isSpace(text[at] ?? 'x')) at++
  return at
}

const isSpace = (char: string): boolean =>
  char === ' ' || char === '\n' || char === '\r' || char === '\t'
