/** What a PDF says, read as a reader does: its text through the fonts' own tables, page by page. */

import { inflateSync } from 'node:zlib'

export interface PdfFacts {
  /** The text of all pages, with a line break after each run. */
  readonly text: string
  readonly pages: number
  /** Structure elements by their tags, in order. */
  readonly tags: readonly string[]
  readonly isMarked: boolean
  /** Of the whole document. */
  readonly language: string | undefined
  /** Of it and of its parts. */
  readonly languages: ReadonlySet<string>
}

export function pdfFacts(bytes: Buffer): PdfFacts {
  const objects = objectsOf(bytes)
  const bodies = [...objects.values()].map(({ head }) => head)
  const tables = new Map<string, ReadonlyMap<number, string>>()
  for (const body of bodies)
    for (const [, name = '', font = ''] of body.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(font)?.head ?? '')?.[1]
      if (table) tables.set(name, tableOf(objects.get(table)?.stream ?? ''))
    }
  const contents = bodies.flatMap((body) =>
    /\/Type \/Page\b/.test(body) ? (/\/Contents (\d+) 0 R/.exec(body)?.[1] ?? []) : [],
  )
  return {
    text: contents.map((content) => textOf(objects.get(content)?.stream ?? '', tables)).join('\n'),
    pages: contents.length,
    tags: bodies.flatMap((body) => /\/S \/(\w+)/.exec(body)?.[1] ?? []),
    isMarked: bodies.some((body) => /\/Marked true/.test(body)),
    language: bodies
      .filter((body) => /\/Type \/Catalog\b/.test(body))
      .flatMap((body) => /\/Lang \(([^)]*)\)/.exec(body)?.[1] ?? [])[0],
    languages: new Set(bodies.flatMap((body) => /\/Lang \(([^)]*)\)/.exec(body)?.[1] ?? [])),
  }
}

interface PdfObject {
  readonly head: string
  readonly stream: string
}

function objectsOf(bytes: Buffer): ReadonlyMap<string, PdfObject> {
  const text = bytes.toString('latin1')
  const found = new Map<string, PdfObject>()
  for (const match of text.matchAll(/(\d+) 0 obj\n([\s\S]*?)endobj/g)) {
    const [, number = '', whole = ''] = match
    const at = whole.indexOf('stream\n')
    const head = at < 0 ? whole : whole.slice(0, at)
    const raw = at < 0 ? '' : whole.slice(at + 7, whole.lastIndexOf('\nendstream'))
    const stream = head.includes('/FlateDecode')
      ? inflateSync(Buffer.from(raw, 'latin1')).toString('latin1')
      : raw
    found.set(number, { head, stream })
  }
  return found
}

/** Glyph numbers to text: what a ToUnicode table is for. */
function tableOf(stream: string): ReadonlyMap<number, string> {
  const table = new Map<number, string>()
  for (const [, from = '', list = ''] of stream.matchAll(/<(\w+)> <\w+> \[([^\]]*)\]/g))
    [...list.matchAll(/<([\w ]*)>/g)].forEach(([, units = ''], i) => {
      const codes = units.replaceAll(' ', '').match(/.{4}/g) ?? []
      table.set(
        Number.parseInt(from, 16) + i,
        String.fromCharCode(...codes.map((unit) => Number.parseInt(unit, 16))),
      )
    })
  return table
}

function textOf(content: string, tables: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  let table: ReadonlyMap<number, string> = new Map()
  const lines: string[] = []
  for (const [, font, run] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (font) table = tables.get(font) ?? new Map()
    else
      lines.push(
        [...(run ?? '').matchAll(/<(\w+)>/g)]
          .flatMap(([, glyphs = '']) => glyphs.match(/.{4}/g) ?? [])
          .map((glyph) => table.get(Number.parseInt(glyph, 16)) ?? '')
          .join(''),
      )
  }
  return lines.join('\n')
}
