/** Storage for tests: a migrated template makes an embedded one in a third of a second. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  openStorage,
  type Storage,
  type StorageOptions,
  storageTemplate,
} from '../../src/storage/open.ts'

const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules/.cache/referloop')

let template: Promise<Blob> | undefined

/** What a new embedded database starts from. */
export function databaseTemplate(): Promise<Blob> {
  template ??= readTemplate()
  return template
}

/** An embedded storage, in memory or in `dataDirectory`, migrated before it is opened. */
export async function openTestStorage(options: Partial<StorageOptions> = {}): Promise<Storage> {
  return openStorage({ now: () => new Date(), template: await databaseTemplate(), ...options })
}

/** Made once for all test files, and again when what goes into it changes. */
async function readTemplate(): Promise<Blob> {
  const name = `pglite-${fingerprint()}.tar`
  const path = join(cache, name)
  try {
    return new Blob([await readFile(path)])
  } catch {
    const made = await storageTemplate()
    await keep(path, made)
    return made
  }
}

function fingerprint(): string {
  const migrations = join(root, 'src/storage/migrations')
  const sources = [
    ...readdirSync(migrations).map((name) => join(migrations, name)),
    join(root, 'src/storage/job-queues.ts'),
    join(root, 'node_modules/@electric-sql/pglite/package.json'),
    join(root, 'node_modules/pg-boss/package.json'),
  ]
  const hash = createHash('sha256')
  for (const path of sources) hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

/** Where the cache cannot be written, each test file makes its own template. */
async function keep(path: string, made: Blob): Promise<void> {
  try {
    await mkdir(cache, { recursive: true })
    for (const old of await readdir(cache))
      if (/^pglite-.*\.tar$/.test(old)) await unlink(join(cache, old))
    const draft = `${path}.${process.pid}`
    await writeFile(draft, Buffer.from(await made.arrayBuffer()))
    await rename(draft, path)
  } catch (error) {
    process.emitWarning(`The template of the test database is not kept: ${String(error)}`)
  }
}
