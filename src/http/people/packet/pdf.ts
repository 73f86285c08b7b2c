/**
 * The packet as a tagged PDF (PDF 1.7, ISO 32000-1, 14.8), which a screen reader can follow:
 * headings, paragraphs, and page numbers as artefacts.
 */

import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import PDFDocument from 'pdfkit'
import type { View } from '../view.ts'
import { type Entry, type Line, type Packet, textOf } from './content.ts'

const { resolve } = createRequire(import.meta.url)
/** The fonts that every PDF reader has know Latin letters only. */
const plain = resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')
const bold = resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')

/** Points of 1/72 inch. */
const sizes = { title: 16, heading: 12.5, text: 9.5, foot: 8 }
const margin = 54
const ink = '#111111'
const quiet = '#444444'

/** What is missing in the font is counted and said, since an empty box says nothing. */
interface Fontkit {
  readonly font: { hasGlyphForCodePoint(codePoint: number): boolean }
}

/** @returns the bytes as they are made; A4 or letter, by where the reader is */
export function packetPdf(view: View, packet: Packet): Readable {
  const { say } = view
  const pdf = new PDFDocument({
    size: view.locale.endsWith('-US') ? 'LETTER' : 'A4',
    margins: { top: margin, bottom: margin + 20, left: margin, right: margin },
    bufferPages: true,
    lang: view.locale,
    tagged: true,
    displayTitle: true,
    pdfVersion: '1.7',
    font: plain,
    info: { Title: say('packet.title'), Creator: say('brand'), CreationDate: view.now },
  })
  pdf.registerFont('plain', plain).registerFont('bold', bold)
  const root = pdf.struct('Document')
  pdf.addStructure(root)

  // What stays English in another language is told to whoever reads aloud.
  const put = (tag: string, line: Line, font: 'plain' | 'bold', size: number, color = ink) => {
    const text = textOf(line)
    const isForeign = view.language !== 'en' && typeof line !== 'string'
    const element = pdf.struct(tag, isForeign ? { lang: 'en' } : {}, () => {
      pdf.font(font).fontSize(size).fillColor(color)
      for (const each of text.split('\n')) setText(pdf, each, size * 0.3)
    })
    root.add(element)
    element.end()
  }
  const entry = ({ title, mark, lines }: Entry) => {
    keepTogether(pdf, 3)
    const heading = mark ? `${textOf(title)}: ${mark}` : textOf(title)
    put('P', typeof title === 'string' ? heading : { sent: heading }, 'bold', sizes.text)
    for (const line of lines) put('P', line, 'plain', sizes.text, quiet)
    pdf.moveDown(0.4)
  }

  put('H1', packet.heading, 'bold', sizes.title)
  put('P', packet.made, 'plain', sizes.foot, quiet)
  for (const words of packet.notices) put('P', words, 'bold', sizes.text)
  const missing = unprintable(pdf, packet)
  if (missing > 0) put('P', say('packet.unprintable', missing), 'bold', sizes.text)
  for (const { title, facts = [], large = [], entries = [] } of packet.sections) {
    pdf.moveDown(0.6)
    keepTogether(pdf, 5)
    put('H2', title, 'bold', sizes.heading)
    for (const [name, value, of] of facts) {
      put('P', `${name}:`, 'bold', sizes.foot, quiet)
      put('P', of ? { sent: value } : value, 'plain', sizes.text)
    }
    for (const [words, points] of large) put('P', words, 'bold', points)
    for (const each of entries) entry(each)
  }
  root.end()
  numberPages(pdf, view)
  pdf.end()
  return pdf
}

/** Letters of Hebrew, Arabic and their like, and no digit or Latin letter between them. */
const isRightToLeft = (text: string): boolean =>
  /[\u0590-\u08ff\ufb1d-\ufefc]/.test(text) && !/[\p{Nd}\p{Script=Latin}]/u.test(text)

/**
 * The setter puts words from left to right, so a line that is read from right to left goes to it as
 * one word. Where digits stand between, it does not: a dose turned round would be another dose.
 */
function setText(pdf: PDFKit.PDFDocument, text: string, gap: number): void {
  if (!isRightToLeft(text)) {
    pdf.text(text, { paragraphGap: gap })
    return
  }
  for (const line of linesOf(pdf, text)) {
    keepTogether(pdf, 1)
    const top = pdf.y
    // With features named, even none, the line is shaped whole.
    pdf.text(line, pdf.page.margins.left, top, { lineBreak: false, features: [] })
    pdf.x = pdf.page.margins.left
    pdf.y = top + pdf.currentLineHeight(true)
  }
  pdf.y += gap
}

function linesOf(pdf: PDFKit.PDFDocument, text: string): readonly string[] {
  const width = pdf.page.width - pdf.page.margins.left - pdf.page.margins.right
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.length > 0 && pdf.widthOfString(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** A heading does not stand alone at the foot of a page. @param lines that follow it */
function keepTogether(pdf: PDFKit.PDFDocument, lines: number): void {
  const left = pdf.page.height - pdf.page.margins.bottom - pdf.y
  if (left < lines * sizes.text * 1.6) pdf.addPage()
}

function numberPages(pdf: PDFKit.PDFDocument, { say }: View): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page)
    const { height, width, margins } = pdf.page
    const bottom = margins.bottom
    // Text below the margin would begin another page.
    margins.bottom = 0
    pdf.markContent('Artifact', { type: 'Pagination' })
    pdf
      .font('plain')
      .fontSize(sizes.foot)
      .fillColor(quiet)
      .text(say('packet.page', page + 1, count), margin, height - margin, {
        width: width - 2 * margin,
        align: 'right',
        lineBreak: false,
      })
    pdf.endMarkedContent()
    margins.bottom = bottom
  }
}

function unprintable(pdf: PDFKit.PDFDocument, packet: Packet): number {
  pdf.font('plain')
  const { font } = (pdf as unknown as { readonly _font: Fontkit })._font
  const texts = [
    packet.heading,
    ...packet.sections.flatMap(({ facts = [], entries = [] }) => [
      ...facts.map(([, value]) => value),
      ...entries.flatMap(({ title, lines }) => [title, ...lines].map(textOf)),
    ]),
  ]
  return texts
    .flatMap((text) => [...text])
    .filter((each) => !/\s/.test(each) && !font.hasGlyphForCodePoint(each.codePointAt(0) ?? 0))
    .length
}
