/** docs/security.md: from each number to the tests that cover it. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requirements } from './security-numbers.ts'

const root = join(import.meta.dirname, '..')
const number = /\b(?:(?:BS|WK|AL|HT|AU|P2)-\d{2}|OW\d{1,2})\b/g
/** A title is what test() or a table of tests is given; both are texts in quotes. */
const title = /(['"`])((?:(?!\1|\\).|\\.)*)\1/g
const ownFiles = 'test/security/security-map.test.ts'

export interface SecurityMap {
  readonly markdown: string
  /** Numbers without a test and without a reason, and unknown numbers. */
  readonly faults: readonly string[]
}

/** Reads every test file. */
export function securityMap(): SecurityMap {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && name !== ownFiles)
    .sort()
  const text = new Map(files.map((name) => [name, readFileSync(join(root, name), 'utf8')]))
  const found = titlesByNumber(text)
  const faults = [...found.keys()]
    .filter((id) => !Object.hasOwn(requirements, id))
    .map((id) => `${id} stands in a title and not in scripts/security-numbers.ts`)
  const rows = Object.entries(requirements).map(([id, { about, missing }]) => {
    const titles = found.get(id) ?? new Map<string, number>()
    if (titles.size === 0 && !missing) faults.push(`${id} has neither a test nor a reason`)
    const tests = [...titles.keys()].sort().map((file) => `[${file.slice(5)}](../${file})`)
    return `| ${id} | ${about} | ${tests.join(', ') || 'none'} | ${missing ?? ''} |`
  })
  return { markdown: page(rows), faults }
}

function titlesByNumber(text: ReadonlyMap<string, string>) {
  const found = new Map<string, Map<string, number>>()
  for (const [file, source] of text)
    for (const [, , words = ''] of source.matchAll(title))
      for (const [id] of words.matchAll(number)) {
        const files = found.get(id) ?? new Map<string, number>()
        files.set(file, (files.get(file) ?? 0) + 1)
        found.set(id, files)
      }
  return found
}

const page = (rows: readonly string[]): string => `# Security

Which test covers which requirement. The numbers stand in the titles of the tests: BS for SMART
Backend Services, WK for discovery, AL for sign-in and pages, OW for the OWASP API Security Top 10 of 2023, HT for HTTP and
JSON, AU for audit, P2 for 42 CFR Part 2. \`npm run security-map\` writes this page from the tests and
from scripts/security-numbers.ts; a test fails when it is out of date, or when a number has neither a
test nor a reason.

How many cases the generated suites went through (tenant matrix, SSRF grid, refused and fuzzed
assertions, canaries, mutated requests) is printed as a table at the end of \`npm test\`, which fails
when a suite is missing or has counted less than scripts/security-counts.ts asks for.

Compliance with HIPAA or Part 2 is for a lawyer to judge, not for this page.

| number | about | tests | not covered, and why |
|---|---|---|---|
${rows.join('\n')}
`
