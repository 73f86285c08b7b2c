/**
 * `referloop backup` and `restore`: everything that is kept, into one file and back again.
 *
 * https://www.postgresql.org/docs/18/app-pgdump.html
 */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { dumpFolder, fillFolder } from '../storage/pglite.ts'
import { connectPostgres } from '../storage/postgres.ts'

/** The database that is meant; without a URL, the embedded one. */
interface Where {
  readonly databaseUrl?: string | undefined
  readonly dataDirectory: string
}

/**
 * Of PostgreSQL while the service runs, as of one instant; of the embedded database while it is stopped.
 * @throws Error when the file is there already, the database is not, or pg_dump fails
 */
export async function backUp({ databaseUrl, dataDirectory }: Where, file: string): Promise<void> {
  if (existsSync(file)) throw new Error(`${file} is there already`)
  if (databaseUrl === undefined && !existsSync(join(dataDirectory, 'pglite')))
    throw new Error(`there is no database in ${dataDirectory}: set DATABASE_URL or REFERLOOP_DATA`)
  const dump =
    databaseUrl === undefined
      ? Buffer.from(await (await dumpFolder(dataDirectory)).arrayBuffer())
      : await client('pg_dump', databaseUrl, dumpOptions)
  // It holds everything that is known of patients.
  await writeFile(file, dump, { flag: 'wx', mode: 0o600, flush: true })
}

/**
 * Into a database that has nothing of ours yet.
 * @throws Error when it has, or pg_restore fails, which leaves nothing behind
 */
export async function putBack({ databaseUrl, dataDirectory }: Where, file: string): Promise<void> {
  const dump = await readFile(file)
  if (databaseUrl === undefined) {
    if (existsSync(join(dataDirectory, 'pglite')))
      throw new Error(`${dataDirectory} has a database: move it away first, or name another folder`)
    return fillFolder(dataDirectory, new Blob([new Uint8Array(dump)]))
  }
  await prepareServer(databaseUrl)
  await client('pg_restore', databaseUrl, restoreOptions, dump)
}

/** The dump grants rights to a role, which belongs to the server and not to the database. */
async function prepareServer(databaseUrl: string): Promise<void> {
  const db = await connectPostgres(databaseUrl)
  try {
    const [found] = await db.query(`SELECT to_regnamespace('referloop') AS schema`)
    if (found?.schema) throw new Error('the database has a schema referloop: make a new one')
    await db.script(`
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'referloop_reader') THEN
          CREATE ROLE referloop_reader NOLOGIN;
        END IF;
        IF NOT pg_has_role(current_user, 'referloop_reader', 'SET') THEN
          EXECUTE format('GRANT referloop_reader TO %I WITH INHERIT FALSE, SET TRUE', current_user);
        END IF;
      END $$`)
  } finally {
    await db.close()
  }
}

const dumpOptions = [
  ...['--format=custom', '--enable-row-security', '--schema=referloop', '--schema=pgboss'],
]
const restoreOptions = ['--exit-on-error', '--single-transaction', '--no-owner']

/** One of PostgreSQL's own programs. */
async function client(
  program: 'pg_dump' | 'pg_restore',
  databaseUrl: string,
  options: readonly string[],
  input?: Uint8Array,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-'))
  try {
    const passwords = join(folder, 'passwords')
    await writeFile(passwords, passwordLine(new URL(databaseUrl)), { mode: 0o600 })
    const place = `--dbname=${addressOf(new URL(databaseUrl), passwords)}`
    return await runProgram(program, [...options, place], input)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The password goes by a file: everybody on the machine can read what a program is started with. */
function addressOf(url: URL, passwords: string): string {
  url.password = ''
  url.searchParams.set('passfile', passwords)
  // The owner of the tables is behind their row-level security as well, and passes it so.
  url.searchParams.set('options', '-c referloop.service=on')
  // Written by hand: libpq knows no `+` for a blank.
  return url.href.replaceAll('+', '%20')
}

/** https://www.postgresql.org/docs/18/libpq-pgpass.html */
const passwordLine = ({ password }: URL): string =>
  `*:*:*:*:${decodeURIComponent(password).replaceAll(/[\\:]/g, (sign) => `\\${sign}`)}\n`

async function runProgram(
  program: string,
  words: readonly string[],
  input: Uint8Array | undefined,
): Promise<Buffer> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', () =>
      reject(new Error(`${program} is not here: install the client programs of PostgreSQL`)),
    )
    child.once('close', resolve)
  })
  // A program that stops early has said why.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [out, said, code] = await Promise.all([buffer(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${program} failed: ${said.trim()}`)
  return out
}
