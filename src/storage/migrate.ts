/** Brings a database to the schema that this version knows: numbered files, forward only. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Queryable } from './database.ts'
import { codeOf } from './database.ts'
import { installQueues } from './job-queues.ts'
import { connectPostgres } from './postgres.ts'

interface Migration {
  readonly version: number
  readonly name: string
  readonly text: string
  readonly checksum: string
  /** The version before cannot work with the schema after it. */
  readonly breaksOlder: boolean
}

const ownMigrations = new URL('./migrations/', import.meta.url)
/** Any number will do that nothing else in the database locks. */
const advisoryLock = 7_362_001
/** A migration that waits longer for a table would make everybody else wait behind it. */
const lockTimeout = '2s'
const lockTries = 10

/**
 * The command `referloop migrate`.
 * @returns the version of the schema afterwards
 * @throws Error when the database is from a later version, or a migration was altered
 */
export async function migrate(databaseUrl: string): Promise<number> {
  const db = await connectPostgres(databaseUrl)
  try {
    return await migrateDatabase(db, 'postgres')
  } finally {
    await db.close()
  }
}

/**
 * The same on an open engine; `db` has to be one session for as long as this runs.
 * @param directory where the migrations lie; this version's own unless a test has others
 */
export async function migrateDatabase(
  db: Queryable,
  backend: 'postgres' | 'pglite',
  directory: URL = ownMigrations,
): Promise<number> {
  const known = await readMigrations(directory)
  await db.query('SELECT pg_advisory_lock($1::bigint)', [advisoryLock])
  try {
    await db.script(`
      CREATE SCHEMA IF NOT EXISTS referloop;
      CREATE TABLE IF NOT EXISTS referloop.migration (
        version    integer PRIMARY KEY,
        name       text NOT NULL,
        checksum   text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      -- Not to be known is to be feared.
      ALTER TABLE referloop.migration
        ADD COLUMN IF NOT EXISTS breaks_older boolean NOT NULL DEFAULT true`)
    const applied = await db.query('SELECT * FROM referloop.migration')
    for (const row of applied) assertKnown(row, known)
    const done = new Set(applied.map((row) => row.version))
    for (const migration of known) if (!done.has(migration.version)) await apply(db, migration)
    await installQueues(db, backend)
    return known.at(-1)?.version ?? 0
  } finally {
    await db.query('SELECT pg_advisory_unlock($1::bigint)', [advisoryLock])
  }
}

async function readMigrations(directory: URL): Promise<readonly Migration[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (name) => {
      const text = await readFile(new URL(name, directory), 'utf8')
      const checksum = createHash('sha256').update(text).digest('hex')
      const breaksOlder = /^-- contract\b/m.test(text)
      return { version: Number.parseInt(name, 10), name, text, checksum, breaksOlder }
    }),
  )
}

function assertKnown(row: Readonly<Record<string, unknown>>, known: readonly Migration[]): void {
  const migration = known.find(({ version }) => version === row.version)
  // While the instances are replaced one by one, one of the version before may start once more.
  if (migration === undefined && row.breaks_older === false) return
  if (migration === undefined)
    throw new Error(
      `The database has migration ${row.name}, which this version does not know: run the newer version.`,
    )
  if (migration.checksum !== row.checksum)
    throw new Error(
      `Migration ${migration.name} was altered after it had been applied: restore the file, and add a new one.`,
    )
}

async function apply(db: Queryable, migration: Migration): Promise<void> {
  const { version, name, text, checksum, breaksOlder } = migration
  const script = `
    BEGIN;
    SET LOCAL lock_timeout = '${lockTimeout}';
    ${text}
    INSERT INTO referloop.migration (version, name, checksum, breaks_older)
      VALUES (${version}, '${name}', '${checksum}', ${breaksOlder});
    COMMIT`
  for (let tries = 1; ; tries++) {
    try {
      await db.script(script)
      return
    } catch (error) {
      await db.script('ROLLBACK')
      if (tries === lockTries || codeOf(causeOf(error)) !== '55P03') throw error
    }
  }
}

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error
