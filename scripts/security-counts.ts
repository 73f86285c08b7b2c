/**
 * The counts of the security suites as one table, at the end of `npm test`.
 *
 * Each suite writes what it counted; `--clear` (before the tests) removes what an earlier run left. A
 * suite that has not written, or has counted less than is asked of it, fails the run.
 */

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export const countsFolder = join(import.meta.dirname, '../reports/security-counts')

/** What is counted, and how many there have to be. */
export const floors = {
  'tenant matrix: cases': 500,
  'tenant matrix, first wall down: cases': 500,
  'tenant matrix: routes with a row': 20,
  'tenant matrix: pages of a referral': 100,
  'SSRF: sources of an address': 15,
  'SSRF: forms of an address': 25,
  'SSRF: cases without a connection': 375,
  'assertions: negative cases': 60,
  'assertions: fuzzed, none accepted': 10_000,
  'canaries planted': 60,
  'canaries found': 0,
  'mutated requests': 20_000,
} as const satisfies Record<string, number>

export type CountName = keyof typeof floors

/** Where the count has to be exactly that, not more. */
const exact: ReadonlySet<string> = new Set<CountName>(['canaries found'])

export interface CountRow {
  readonly name: string
  readonly floor: number
  /** undefined when no suite wrote it. */
  readonly counted: number | undefined
}

/** @param counted what the suites wrote */
export function judgeCounts(counted: ReadonlyMap<string, number>): {
  readonly table: string
  readonly faults: readonly string[]
} {
  const rows = Object.entries(floors).map(([name, floor]) => ({
    name,
    floor,
    counted: counted.get(name),
  }))
  const faults = [
    ...rows.flatMap(faultOf),
    ...[...counted.keys()]
      .filter((name) => !Object.hasOwn(floors, name))
      .map((name) => `${name}: counted, but nothing is asked of it`),
  ]
  return { table: tableOf(rows), faults }
}

function faultOf({ name, floor, counted }: CountRow): string[] {
  if (counted === undefined) return [`${name}: no suite has counted it`]
  if (exact.has(name) ? counted === floor : counted >= floor) return []
  return [
    `${name}: ${counted}, where ${exact.has(name) ? 'exactly' : 'at least'} ${floor} is asked for`,
  ]
}

function tableOf(rows: readonly CountRow[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const line = (name: string, ...cells: readonly string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join('  ')
  return [
    line('security suites', 'counted', 'asked for'),
    ...rows.map(({ name, floor, counted }) =>
      line(name, String(counted ?? 'missing'), `${exact.has(name) ? '' : '≥ '}${floor}`),
    ),
  ].join('\n')
}

function readCounts(): ReadonlyMap<string, number> {
  const files = existsSync(countsFolder) ? readdirSync(countsFolder) : []
  return new Map(
    files.map((file) => {
      const { name, number } = JSON.parse(readFileSync(join(countsFolder, file), 'utf8')) as {
        name: string
        number: number
      }
      return [name, number]
    }),
  )
}

if (import.meta.main) {
  if (process.argv[2] === '--clear') rmSync(countsFolder, { recursive: true, force: true })
  else {
    const { table, faults } = judgeCounts(readCounts())
    process.stdout.write(`\n${table}\n`)
    for (const fault of faults) process.stderr.write(`${fault}\n`)
    process.exitCode = faults.length > 0 ? 1 : 0
  }
}
