/** docs/faults.md: from each cell of the fault matrix to the tests that bear its number. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cell, faults, furtherFaults, missing, notApplicable, steps } from './fault-cells.ts'

const root = join(import.meta.dirname, '..')
const number = /\bF\d{1,2} S\d\b/g
/** A title is what test() or a table of tests is given; both are texts in quotes. */
const title = /(['"`])((?:(?!\1|\\).|\\.)*)\1/g
const ownFile = 'test/faults/matrix.test.ts'

interface FaultMatrix {
  readonly markdown: string
  /** Cells with neither a test nor a reason, with both, and numbers that are no cell. */
  readonly faults: readonly string[]
}

/** Reads every test file. */
export function faultMatrix(): FaultMatrix {
  const found = titlesByCell()
  const wrong: string[] = []
  const details: string[] = []
  const cells = Object.keys(faults).flatMap((fault) =>
    Object.keys(steps).map((step) => `${fault} ${step}` as Cell),
  )
  const further: string[] = []
  for (const [cell, tests] of [...found].sort()) {
    if (cells.includes(cell as Cell)) continue
    const [fault = '', step = ''] = cell.split(' ')
    if (Object.hasOwn(furtherFaults, fault) && Object.hasOwn(steps, step))
      further.push(`| ${cell} | ${Reflect.get(furtherFaults, fault)} | ${tests.join('; ')} |`)
    else wrong.push(`${cell} is no cell of the matrix`)
  }
  const marks = new Map<string, string>()
  for (const cell of cells) {
    const tests = found.get(cell) ?? []
    const reason = notApplicable[cell] ?? missing[cell]
    if (tests.length === 0 && !reason) wrong.push(`${cell} has neither a test nor a reason`)
    if (tests.length > 0 && reason) wrong.push(`${cell} has a test, and a reason to have none`)
    marks.set(cell, tests.length > 0 ? 'yes' : cell in notApplicable ? '–' : 'no')
    details.push(`| ${cell} | ${tests.join('; ') || reason} |`)
  }
  const count = (mark: string) => [...marks.values()].filter((each) => each === mark).length
  return {
    markdown: page(marks, details, count('yes'), count('no')) + furtherOnes(further),
    faults: wrong,
  }
}

/** `[title](file)` by cell. */
function titlesByCell(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && name !== ownFile)
    .sort()
  for (const file of files)
    for (const [, , words = ''] of readFileSync(join(root, file), 'utf8').matchAll(title)) {
      const text = words.replace(/^(?:(?:[A-Z0-9]+-\d+|OW\d+|F\d+ S\d),? ?)+:? ?/, '')
      for (const [cell] of words.matchAll(number)) {
        const entry = `[${text}](../${file})`
        const known = found.get(cell) ?? []
        if (!known.includes(entry)) found.set(cell, [...known, entry])
      }
    }
  return found
}

const furtherOnes = (rows: readonly string[]): string =>
  rows.length === 0
    ? ''
    : `
Besides these, rarer faults:

| cell | fault | tests |
|---|---|---|
${rows.join('\n')}
`

const page = (
  marks: ReadonlyMap<string, string>,
  details: readonly string[],
  covered: number,
  open: number,
): string => `# Faults

What may go wrong at each step of a referral, and the test that shows what becomes of it. The numbers
stand in the titles of the tests; \`npm run fault-map\` writes this page from them and from
scripts/fault-cells.ts, and a test fails when it is out of date or a cell has neither a test nor a
reason. Besides these, \`npm run test:histories\` kills the service at named points and replays seeded
histories, judged by test/histories/judge.ts.

${covered} cells have a test, ${open} are still without one; a dash is a cell that cannot be.

| | ${Object.entries(steps)
  .map(([step, about]) => `${step} ${about}`)
  .join(' | ')} |
|---|${Object.keys(steps)
  .map(() => '---')
  .join('|')}|
${Object.entries(faults)
  .map(([fault, about]) => {
    const row = Object.keys(steps).map((step) => marks.get(`${fault} ${step}`))
    return `| ${fault} ${about} | ${row.join(' | ')} |`
  })
  .join('\n')}

| cell | tests, or why there is none |
|---|---|
${details.join('\n')}
`
