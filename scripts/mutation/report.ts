/** Reads what Stryker found, and tells it by file. */

import { existsSync, readFileSync } from 'node:fs'

interface Mutant {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly statusReason?: string
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}

/** https://github.com/stryker-mutator/mutation-testing-elements: what we use of its report schema. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>
}

/** The last report of an area, brought forward by every later part run; undefined before the first. */
export function readReport(path: string): Report | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined
}

/**
 * Where the mutants stand that no test failed with, as Stryker's `mutate` takes it. Those that were
 * given up for their time are tried again with them: on a loaded machine slowness looks the same.
 */
export function survivors(report: Report, only: readonly string[]): string[] {
  return missed(report, only).map(
    // The report counts columns from one, a range from nought.
    ([
      file,
      {
        location: { start, end },
      },
    ]) => `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
  )
}

/** The same for the reader: each mutant with its place and what it puts there. */
export function list(report: Report, wanted: readonly string[]): string {
  const only = wanted.map((it) => it.replace(/:.*/, ''))
  return missed(report, only)
    .map(
      ([
        file,
        {
          status,
          mutatorName,
          replacement = '',
          location: { start },
        },
      ]) =>
        `${file}:${start.line}:${start.column} ${status} ${mutatorName}: ${replacement.slice(0, 80)}`,
    )
    .join('\n')
}

const missed = ({ files }: Report, only: readonly string[]): (readonly [string, Mutant])[] =>
  Object.entries(files)
    .filter(([file]) => only.length === 0 || only.includes(file))
    .flatMap(([file, { mutants }]) =>
      mutants
        .filter((mutant) => survived(mutant) || mutant.status === 'Timeout')
        .map((mutant) => [file, mutant] as const),
    )

const survived = ({ status }: Mutant): boolean => status === 'Survived' || status === 'NoCoverage'

interface Count {
  readonly killed: number
  readonly timeout: number
  readonly survived: number
  readonly excluded: number
  /** Mutants that cannot run: neither noticed nor missed. */
  readonly invalid: number
}

function count(mutants: readonly Mutant[]): Count {
  const having = (...statuses: string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length
  return {
    killed: having('Killed'),
    timeout: having('Timeout'),
    survived: mutants.filter(survived).length,
    excluded: having('Ignored'),
    invalid: having('CompileError', 'RuntimeError'),
  }
}

/** Per cent noticed of those that were tried. */
export function score({ files }: Report): number {
  return share(count(Object.values(files).flatMap(({ mutants }) => mutants)))
}

function share({ killed, timeout, survived }: Count): number {
  const tried = killed + timeout + survived
  return tried === 0 ? 100 : (100 * (killed + timeout)) / tried
}

/** Per cent noticed when every mutant that is excluded counts as missed. */
const strictShare = (counts: Count): number =>
  share({ ...counts, survived: counts.survived + counts.excluded })

/** The report as a page: a table by file, and what is excluded for which reason. */
export function summary(area: string, { files }: Report): string {
  const rows = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { mutants }]) => row(file, count(mutants)))
  const all = Object.values(files).flatMap(({ mutants }) => mutants)
  const total = count(all)
  return [
    `# Mutation tests: ${area}`,
    '',
    `Written by \`npm run mutation -- ${area}\`. A mutant is one small change of the code; it is killed`,
    'when a test fails with it or does not end. Excluded ones are not tried, each for a stated reason.',
    '',
    `${total.killed + total.timeout} of ${all.length - total.excluded - total.invalid} mutants killed: ` +
      `**${share(total).toFixed(1)} %**; with the excluded ones counted as survivors ` +
      `${strictShare(total).toFixed(1)} %.`,
    '',
    '| File | Mutants | Killed | of these by time | Survived | Excluded | Score % |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    row('**all**', total),
    ...exclusions(all),
    '',
  ].join('\n')
}

function row(name: string, counts: Count): string {
  const { killed, timeout, survived, excluded, invalid } = counts
  const mutants = killed + timeout + survived + excluded + invalid
  const cells = [name, mutants, killed + timeout, timeout, survived, excluded]
  return `| ${[...cells, share(counts).toFixed(1)].join(' | ')} |`
}

function exclusions(mutants: readonly Mutant[]): string[] {
  const reasons = new Map<string, number>()
  for (const { status, statusReason = '' } of mutants) {
    if (status === 'Ignored') reasons.set(statusReason, (reasons.get(statusReason) ?? 0) + 1)
  }
  if (reasons.size === 0) return []
  const lines = [...reasons].sort(([, a], [, b]) => b - a).map(([why, n]) => `- ${n}: ${why}`)
  return ['', '## Excluded', '', ...lines]
}
