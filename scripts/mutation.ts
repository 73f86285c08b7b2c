/**
 * `npm run mutation -- <area> [file[:line]…] [--survivors] [--write] [--concurrency 2]`: changes the
 * code of an area in many small ways, one at a time, and counts which changes the tests notice. Works
 * in a copy. With files, only these are tried; with --survivors, only what was not noticed last time:
 * both bring the last report forward. A run without either starts a new report; it writes
 * docs/mutation/<area>.md, and so does --write.
 */

import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { delimiter, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { type Area, areas } from './mutation/areas.ts'
import { list, readReport, score, summary, survivors } from './mutation/report.ts'

type StrykerOptions = ConstructorParameters<typeof Stryker>[0]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    survivors: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
})
const [name = '', ...files] = positionals
const area = areas[name]

async function run(name: string, area: Area): Promise<void> {
  const folder = `reports/mutation/${name}`
  const reportFile = `${folder}/report.json`
  const before = readReport(reportFile)
  const wanted = values.survivors && before ? survivors(before, files) : files
  if (values.survivors && wanted.length === 0) return tell('Nothing survived last time.')
  const whole = wanted.length === 0
  if (whole) rmSync(reportFile, { force: true })
  prepare()
  for (const { mutate, tests, except = [], fresh = false } of partsFor(area, wanted)) {
    await new Stryker({
      ...options(folder, reportFile),
      mutate,
      tapInProcess: { testFiles: inOrder(tests), except, fresh },
    }).runMutationTest()
  }
  const report = readReport(reportFile)
  if (!report) throw new Error('Stryker wrote no report.')
  tell(`\n${list(report, wanted)}\n\n${summary(name, report)}`)
  if (whole || values.write) keep(`docs/mutation/${name}.md`, summary(name, report))
  if (score(report) < area.floor) {
    process.stderr.write(`Fewer than ${area.floor} % of the mutants were noticed.\n`)
    process.exitCode = 1
  }
}

/** The parts with what is wanted of each: files, lines of files, or all when nothing is named. */
function partsFor({ parts }: Area, wanted: readonly string[]) {
  const taken = new Set<string>()
  return parts.flatMap(({ mutate, ...tests }) => {
    const own = globSync([...mutate]).filter((file) => file.endsWith('.ts') && !taken.has(file))
    for (const file of own) taken.add(file)
    const chosen = wanted.length ? wanted.filter((it) => own.includes(it.replace(/:.*/, ''))) : own
    return chosen.length ? [{ ...tests, mutate: chosen.sort() }] : []
  })
}

const options = (folder: string, reportFile: string): StrykerOptions => ({
  // The JSON of Stryker's incremental mode keeps what lies outside of a part.
  incremental: true,
  incrementalFile: reportFile,
  force: true,
  testRunner: 'tap-in-process',
  plugins: [fileURLToPath(import.meta.resolve('./mutation/test-runner.ts'))],
  coverageAnalysis: 'perTest',
  concurrency: Number(values.concurrency),
  // A loaded machine is slow, and slowness must not look like a mutant that hangs.
  timeoutMS: 60_000,
  timeoutFactor: 3,
  // Node runs the source as it is. Stryker would rewrite tsconfig.json with an API that
  // TypeScript 7 no longer has, so the copy goes without.
  disableTypeChecks: false,
  ignorePatterns: ['tsconfig.json', 'reports', 'bench', '.referloop', '.tap', 'coverage'],
  tempDirName: `${folder}/copy`,
  reporters: ['progress-append-only', 'html'],
  htmlReporter: { fileName: `${folder}/index.html` },
  allowEmpty: true,
})

/** In the order of the table. */
const inOrder = (tests: readonly string[]): string[] => [
  ...new Set(tests.flatMap((pattern) => globSync(pattern).sort())),
]

/** For this process and all it starts: behind other work, Node 24 on the path, compiled code kept. */
function prepare(): void {
  setPriority(10)
  process.env.PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`
  // Of tap as a whole, which here never comes to its end.
  process.env.TAP_TIMEOUT = '0'
  process.env.NODE_COMPILE_CACHE ??= resolve('reports/mutation/compiled')
}

function keep(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}

if (area) await run(name, area)
else {
  process.stderr.write(`Name an area: ${Object.keys(areas).join(', ')}\n`)
  process.exitCode = 2
}
