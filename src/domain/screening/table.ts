/** The result of a check for people at a terminal: aligned columns, at most 100 wide. */

import type { CriterionResult, ScreeningResult } from './result.ts'

const width = 100
const gap = '  '

/** The result as lines of text, without colour and with a newline at the end. */
export function toTable(result: ScreeningResult): string {
  const idWidth = Math.max(...result.criteria.map(({ id, partOf }) => id.length + (partOf ? 2 : 0)))
  const verdictWidth = Math.max(...result.criteria.map(({ verdict }) => verdict.length))
  const textWidth = width - idWidth - verdictWidth - 2 * gap.length
  const lines = [
    `${result.overall.toUpperCase()}  ${result.referral}`,
    ...wrap(
      `Referral of ${result.referralDate}, checked as of ${result.checkDate} by ${result.policy}`,
      width,
    ),
    '',
  ]
  for (const criterion of result.criteria) {
    const id = `${criterion.partOf ? '  ' : ''}${criterion.id}`.padEnd(idWidth)
    const verdict = criterion.verdict.padEnd(verdictWidth)
    textOf(criterion, textWidth).forEach((line, index) => {
      const lead = index === 0 ? [id, verdict] : [' '.repeat(idWidth), ' '.repeat(verdictWidth)]
      lines.push([...lead, line].join(gap))
    })
  }
  for (const { text, evidence } of result.warnings)
    lines.push('', ...wrap(`Warning: ${text} ${evidence.join(', ')}`, width))
  return `${lines.join('\n')}\n`
}

function textOf({ explanation, evidence, needed }: CriterionResult, columns: number): string[] {
  return [
    ...wrap(explanation, columns),
    ...needed.flatMap(({ text }) => wrap(`> ${text}`, columns)),
    ...evidence.flatMap((reference) => wrap(`[${reference}]`, columns)),
  ]
}

/** Breaks at spaces; a word that is longer than the line, such as a reference, is broken in it. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (line.length > columns) {
      lines.push(line.slice(0, columns))
      line = line.slice(columns)
    }
  }
  return line === '' ? lines : [...lines, line]
}
