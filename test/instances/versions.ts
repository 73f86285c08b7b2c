/** Other versions of the service: the next one, and, where git has it, the one before. */

import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Version } from './fleet.ts'

const root = join(import.meta.dirname, '../..')
const parts = ['src', 'schemas', 'openapi', 'package.json']

export interface OtherVersion extends Version {
  remove(): Promise<void>
}

/** This version with one migration more. */
export async function nextVersion(migration: string): Promise<OtherVersion> {
  const folder = await aTree()
  for (const part of parts) await cp(join(root, part), join(folder, part), { recursive: true })
  await writeFile(join(folder, 'src/storage/migrations/9001-next.sql'), migration)
  return versionIn(folder)
}

/**
 * The version before the newest migration.
 * @returns why there is none, when there is no history
 */
export async function versionBefore(): Promise<OtherVersion | string> {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  const migrations = await readdir(join(root, 'src/storage/migrations'))
  const newest = `src/storage/migrations/${migrations.sort().at(-1)}`
  let commit: string
  try {
    commit = git('log', '--diff-filter=A', '-1', '--format=%H', '--', newest).toString().trim()
    if (commit === '') return `${newest} is not in the history`
    git('rev-parse', '--verify', `${commit}~1`)
  } catch {
    return 'there is no history of git'
  }
  const folder = await aTree()
  const archive = git('archive', '--format=tar', `${commit}~1`, ...parts)
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  return versionIn(folder)
}

async function aTree(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-version-'))
  await mkdir(folder, { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function versionIn(folder: string): Promise<OtherVersion> {
  const config = await readFile(join(folder, 'src/config.ts'), 'utf8')
  return {
    program: join(folder, 'src/main.ts'),
    knows: (variable) => !variable.startsWith('REFERLOOP_') || config.includes(variable),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
