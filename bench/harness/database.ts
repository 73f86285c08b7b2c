/** Where a run keeps its data: PostgreSQL when one can be had, else the embedded database. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../../test/helpers/postgres.ts'

export interface Databases {
  /** For the table of results. */
  readonly title: string
  /** Why the run is not on PostgreSQL. */
  readonly obstacle: string | undefined
  /** A fresh database, as the environment of floor.ts or service.ts. */
  fresh(): Promise<Readonly<Record<string, string>>>
  /** Leaves nothing behind; call it when the processes that use the databases are gone. */
  close(): Promise<void>
}

export async function openDatabases(): Promise<Databases> {
  const server = await startPostgres()
  if ('skip' in server) return embedded(server.skip)
  const dropped: (() => Promise<void>)[] = []
  const close = async () => {
    for (const drop of dropped) await drop()
    await server.close()
  }
  try {
    const first = await server.newDatabase()
    dropped.push(first.drop)
    return {
      title: await describe(first.url),
      obstacle: undefined,
      async fresh() {
        const { url, drop } = await server.newDatabase()
        dropped.push(drop)
        return { DATABASE_URL: url }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** @throws Error when the server would acknowledge what it has not synced: the figures would flatter */
async function describe(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const show = async (name: string) =>
      String((await client.query(`SHOW ${name}`)).rows[0]?.[name])
    const fsync = await show('fsync')
    const commit = await show('synchronous_commit')
    if (fsync !== 'on' || commit !== 'on')
      throw new Error(
        `the server has fsync=${fsync}, synchronous_commit=${commit}; both must be on`,
      )
    return `PostgreSQL ${await show('server_version')}, fsync on, synchronous_commit on`
  } finally {
    await client.end()
  }
}

function embedded(obstacle: string): Databases {
  const root = mkdtempSync(join(tmpdir(), 'referloop-bench-'))
  let made = 0
  return {
    title: 'embedded PGlite, which never calls fsync: not to be compared with PostgreSQL',
    obstacle,
    async fresh() {
      const folder = join(root, String(++made))
      return { FLOOR_FOLDER: folder, REFERLOOP_DATA: folder, REFERLOOP_ALLOW_EMBEDDED: 'yes' }
    },
    close: async () => rmSync(root, { recursive: true, force: true }),
  }
}
