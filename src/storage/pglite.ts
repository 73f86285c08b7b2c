/** PostgreSQL embedded in this process (PGlite): the sandbox and the tests. */

import { existsSync } from 'node:fs'
import { mkdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import { Problem } from '../domain/problem.ts'
import type { Database, Row, Statement } from './database.ts'
import { becoming, beService, explain, repeatOnConflict, viewerSettings } from './database.ts'
import { lockDirectory } from './directory-lock.ts'

/** A full disk makes PGlite spin for ever (measured with 0.5.16), so it must never get there. */
const enoughBytes = 64 * 1024 * 1024
const spareCheckedEveryMs = 1_000

export interface PgliteOptions {
  /** Where to keep the data; without it everything is in memory. */
  readonly dataDirectory?: string
  /** What a new database starts from, as dumpPglite() made it. */
  readonly template?: Blob
  /** Writes are refused when the disk has less left than this. */
  readonly spareBytes?: number
}

/** @throws Error when another process has the directory */
export async function openPglite(options: PgliteOptions): Promise<Database> {
  const { dataDirectory: directory, template, spareBytes = enoughBytes } = options
  const unlock = directory === undefined ? undefined : await lockData(directory)
  try {
    const dataDir = directory === undefined ? undefined : join(directory, 'pglite')
    const isNew = dataDir === undefined || !existsSync(join(dataDir, 'PG_VERSION'))
    const pglite = await PGlite.create({
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(template !== undefined && isNew ? { loadDataDir: template } : {}),
    })
    await pglite.exec(beService)
    return database(
      pglite,
      directory === undefined ? undefined : roomIn(directory, spareBytes),
      unlock,
      dataDir,
    )
  } catch (error) {
    await unlock?.()
    throw error
  }
}

/** The migrated state of an embedded database, to start others from. */
export async function dumpPglite(prepare: (db: Database) => Promise<unknown>): Promise<Blob> {
  const pglite = await PGlite.create()
  try {
    await prepare(database(pglite))
    return await pglite.dumpDataDir('none')
  } finally {
    await pglite.close()
  }
}

/** A folder's database as one file; no process may have it open. @throws Error when one has */
export async function dumpFolder(directory: string): Promise<Blob> {
  const unlock = await lockData(directory)
  try {
    const pglite = await PGlite.create({ dataDir: join(directory, 'pglite') })
    const dump = await pglite.dumpDataDir('gzip')
    await pglite.close()
    return dump
  } finally {
    await unlock()
  }
}

/** The other way round, into a folder that has none. */
export async function fillFolder(directory: string, loadDataDir: Blob): Promise<void> {
  const unlock = await lockData(directory)
  try {
    const pglite = await PGlite.create({ dataDir: join(directory, 'pglite'), loadDataDir })
    await pglite.close()
  } finally {
    await unlock()
  }
}

async function lockData(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return lockDirectory(directory)
}

function database(
  pglite: PGlite,
  ensureRoom?: () => Promise<void>,
  unlock?: () => Promise<void>,
  dataDir?: string,
): Database {
  let closing: Promise<void> | undefined
  return {
    engine: 'pglite',
    query: (statement, values) =>
      repeatOnConflict(() => runQuery(pglite, statement, values)).catch(rethrow),
    queryAs: (viewer, statement, values) =>
      pglite
        .transaction(async (tx) => {
          await runQuery(tx, becoming(statement), viewerSettings(viewer))
          return runQuery(tx, statement, values)
        })
        .catch(rethrow),
    script: (text) => runScript(pglite, text).catch(rethrow),
    transaction: (work) =>
      pglite
        .transaction((tx) =>
          work({
            query: (statement, values) => runQuery(tx, statement, values),
            script: (text) => runScript(tx, text),
          }),
        )
        .catch(rethrow),
    identity: async () => (dataDir === undefined ? 'memory' : identityOf(dataDir)),
    listen: (channel, onPayload) => pglite.listen(channel, onPayload).catch(rethrow),
    ensureRoom: ensureRoom ?? (async () => {}),
    close: () => {
      closing ??= pglite.close().finally(unlock)
      return closing
    },
  }
}

/** A copy of the folder has files of its own. */
async function identityOf(dataDir: string): Promise<string> {
  const { ino, birthtimeMs } = await stat(join(dataDir, 'PG_VERSION'))
  return `folder ${ino} ${Math.round(birthtimeMs)}`
}

function rethrow(error: unknown): never {
  throw explain(error)
}

async function runQuery(
  pglite: Pick<Transaction, 'query'>,
  statement: Statement | string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const text = typeof statement === 'string' ? statement : statement.text
  const result = await pglite.query<Row>(text, [...values])
  return result.rows
}

/** PGlite has one session: a failed BEGIN … COMMIT would poison whatever comes next. */
async function runScript(
  pglite: Pick<Transaction, 'exec' | 'query'>,
  text: string,
): Promise<readonly Row[]> {
  try {
    const results = await pglite.exec(text)
    return results.flatMap((result) => result.rows as Row[])
  } catch (error) {
    if (pglite instanceof PGlite) await pglite.query('ROLLBACK').catch(() => {})
    throw error
  }
}

function roomIn(directory: string, spareBytes: number): () => Promise<void> {
  let checked = -Infinity
  let free = Infinity
  return async () => {
    if (performance.now() - checked > spareCheckedEveryMs) {
      checked = performance.now()
      const disk = await statfs(directory)
      free = disk.bavail * disk.bsize
    }
    if (free < spareBytes)
      throw new Problem('unavailable', 'The disk of the service is full.', { retryAfter: 60 })
  }
}
