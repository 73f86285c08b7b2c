/** The page of results. */

import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Line {
  readonly what: string
  readonly perSecond?: number
  /** Milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Milliseconds of CPU that the process behind the address used for each. */
  readonly cpu?: number
  /** Share of the floor in the same round. */
  readonly ofFloor?: number
}

const whole = (value: number | undefined) => (value === undefined ? '' : value.toFixed(0))
const milliseconds = (value: number | undefined) =>
  value === undefined ? '' : value.toFixed(value < 10 ? 1 : 0)

const fraction = (value: number | undefined) => (value === undefined ? '' : value.toFixed(2))

export const table = (lines: readonly Line[]): string =>
  [
    '| what | per second | p50 ms | p99 ms | its CPU ms each | of the floor |',
    '|---|---:|---:|---:|---:|---:|',
    ...lines.map(({ what, perSecond, p50, p99, cpu, ofFloor }) => {
      const cells = [
        what,
        whole(perSecond),
        milliseconds(p50),
        milliseconds(p99),
        fraction(cpu),
        fraction(ofFloor),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ].join('\n')

export interface Commit {
  readonly short: string
  /** True when the tree holds changes that are not in the commit. */
  readonly changed: boolean
}

export function commitOfTree(): Commit {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  return {
    short: git('rev-parse', '--short', 'HEAD'),
    changed: git('status', '--porcelain', '--', 'src', 'schemas', 'bench', 'package.json') !== '',
  }
}

/** What figures depend on, without names or paths of the machine. */
export function circumstances(database: string, commit: Commit): string {
  const load = loadavg()[0] ?? 0
  return [
    `- commit ${commit.short}${commit.changed ? ', with changes that are not committed' : ''}`,
    `- ${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    `- Node ${process.version}, ${database}`,
    `- load average at the start ${load.toFixed(1)}: service, database, clinic and load share the cores`,
  ].join('\n')
}

/** The output of another bench, as it was printed. */
export const block = (title: string, output: string): string =>
  `## ${title}\n\n\`\`\`\n${output.trimEnd()}\n\`\`\``
