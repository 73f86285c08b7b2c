/** docs/screening.md: from each rule of the clinical text to the tests that cover it. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RuleRow, type Section, sections } from '../test/domain/screening/rules-map.ts'

const root = join(import.meta.dirname, '..')
const folder = 'test/domain/screening/'

export interface ScreeningMap {
  readonly markdown: string
  /** Rules without a test, rules of one number, tests that are named and not there. */
  readonly faults: readonly string[]
}

/** Reads the test files that the map names. */
export function screeningMap(): ScreeningMap {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const [number, , ...tests] of sections.flatMap(({ rules }) => rules)) {
    if (seen.has(number)) faults.push(`${number} stands twice`)
    seen.add(number)
    if (tests.length === 0) faults.push(`${number} has no test`)
    for (const test of tests)
      if (!isThere(test)) faults.push(`${number} names a test that is not there: ${test}`)
  }
  return { markdown: page(sections), faults }
}

const sources = new Map<string, string>()

function sourceOf(name: string): string {
  const known = sources.get(name)
  if (known !== undefined) return known
  const path = join(root, folder, `${name}.test.ts`)
  const source = existsSync(path) ? readFileSync(path, 'utf8') : ''
  sources.set(name, source)
  return source
}

/** The title stands in quotes, whole; or a template makes it of words that stand in the same file. */
function isThere(test: string): boolean {
  const { file, title } = parts(test)
  const source = sourceOf(file)
  if (["'", '"', '`'].some((quote) => source.includes(quote + title + quote))) return true
  return [...source.matchAll(/`([^`\n]*\$\{[^`\n]*)`/g)].some(([, template = '']) =>
    madeBy(template, title)?.every((word) => source.includes(word)),
  )
}

/** What a template was filled with to make a title. A template with few words of its own makes none. */
function madeBy(template: string, title: string): readonly string[] | undefined {
  const pieces = template.split(/\$\{[^}]*\}/)
  if (pieces.join('').trim().length < 3) return undefined
  const pattern = pieces.map((piece) => RegExp.escape(piece)).join('(.+)')
  return new RegExp(`^${pattern}$`).exec(title)?.slice(1)
}

function parts(test: string): { readonly file: string; readonly title: string } {
  const at = test.indexOf(': ')
  return { file: test.slice(0, at), title: test.slice(at + 2) }
}

/** Titles of one file stand behind one link. */
function testsOf(tests: readonly string[]): string {
  const byFile = Map.groupBy(tests.map(parts), ({ file }) => file)
  return [...byFile]
    .map(([file, found]) => {
      const titles = found.map(({ title }) => title.replaceAll('|', '\\|')).join('; ')
      return `[${file}](../${folder}${file}.test.ts): ${titles}`
    })
    .join('<br>')
}

const row = ([number, says, ...tests]: RuleRow) => `| ${number} | ${says} | ${testsOf(tests)} |`

const section = ({ title, rules }: Section) => `## ${title}

| rule | what holds | tests |
|---|---|---|
${rules.map(row).join('\n')}
`

const page = (all: readonly Section[]): string => `# Screening

What the stock policy holds, rule by rule, and the tests that fail when a rule is broken.
The numbers are of this page; R1 to R4, X1 to X8 and "Point" in the titles of the tests are the
numbering of the clinical text that the policy was made from, whose settled points stand here as
"settled". In the titles E+ is strong evidence, E~ uncertain evidence, E0 none, and Y, N and UNK are
answers on the form. Besides these, 44 worked referrals are held as a whole by
[cases](../test/domain/screening/cases.test.ts).

\`npm run screening-map\` writes this page from
[rules-map.ts](../test/domain/screening/rules-map.ts); a test fails when the page is out of date, when
a rule has no test, and when a test that is named is not there.

How records are read that the rules leave open: [decision 20](decisions/0020-doubtful-readings.md).

Whether these rules are right for a clinic is for its medical director to judge: every number is a
parameter of the policy.

${all.map(section).join('\n')}`
