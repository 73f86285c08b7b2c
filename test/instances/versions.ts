/** Other versions of the service: the next one, and, where git has it, the one before. */

import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
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
 * The last version that knew fewer migrations, and none but ours, and that a process can load: a commit
 * in the middle of a change is no version.
 * @returns why there is none, when there is no history
 */
export async function versionBefore(): Promise<OtherVersion | string> {
  let commits: readonly string[]
  try {
    const ours = new Set(migrationsAt('HEAD'))
    commits = git('log', '-60', '--format=%H', '--', migrations)
      .toString()
      .trim()
      .split('\n')
      .filter((each) => {
        const there = migrationsAt(each)
        return there.length < ours.size && there.every((migration) => ours.has(migration))
      })
  } catch {
    return 'there is no history of git'
  }
  for (const commit of commits) {
    const folder = await aTree()
    execFileSync('tar', ['-x', '-C', folder], {
      input: git('archive', '--format=tar', commit, ...parts),
    })
    if (loads(folder)) return versionIn(folder)
    await rm(folder, { recursive: true, force: true })
  }
  return 'no version in the history knew fewer migrations'
}

function loads(folder: string): boolean {
  const script = `await import(${JSON.stringify(join(folder, 'src/app.ts'))}); process.exit(0)`
  const options = ['--input-type=module', '--eval', script]
  return spawnSync(process.execPath, options, { stdio: 'ignore' }).status === 0
}

const migrations = 'src/storage/migrations/'
const maxBuffer = 512 * 1024 * 1024

const git = (...words: string[]): Buffer =>
  execFileSync('git', words, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer })

/** Content and name of each. */
const migrationsAt = (commit: string): readonly string[] =>
  git('ls-tree', commit, migrations).toString().trim().split('\n')

async function aTree(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-version-'))
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
