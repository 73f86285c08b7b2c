/** The drill on PostgreSQL; that on the embedded database is `npm run test:drill`. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { ownRegistry } from '../helpers/own-registry.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { drill, newFolder } from './restore-drill.ts'

const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const run = promisify(execFile)

const server = await startPostgres()
if ('skip' in server) t.comment(server.skip)
else t.teardown(() => server.close())
const skip = 'skip' in server ? server.skip : false

t.test('RL-37: PostgreSQL is put back to an earlier state', { skip }, async (t) => {
  if ('skip' in server) return
  const database = await server.newDatabase()
  t.teardown(() => database.drop())
  const copy = await server.newDatabase()
  t.teardown(() => copy.drop())
  let { url } = database
  const nameOf = (of: string) => new URL(of).pathname.slice(1)
  /** What a dump, or a copy of the server's files, comes to: another database with the same rows. */
  const become = async (target: string, source: string) => {
    const admin = new URL(database.url)
    admin.pathname = '/postgres'
    const client = new pg.Client({ connectionString: admin.href })
    await client.connect()
    await client.query(`DROP DATABASE ${nameOf(target)} WITH (FORCE)`)
    if (source) await client.query(`CREATE DATABASE ${nameOf(target)} TEMPLATE ${nameOf(source)}`)
    await client.end()
  }
  await drill(t, {
    folder: await newFolder(t),
    url: () => url,
    backUp: () => become(copy.url, database.url),
    async loseAndRestore() {
      await become(database.url, copy.url)
      url = database.url
    },
  })
})

t.test('RL-37: PostgreSQL is backed up by pg_dump', { skip }, async (t) => {
  if ('skip' in server) return
  const [from, to] = [await server.newDatabase(), await server.newDatabase()]
  t.teardown(async () => {
    await from.drop()
    await to.drop()
  })
  const folder = await newFolder(t)
  const { config } = await ownRegistry()
  const files = t.testdir({
    'registry.json': JSON.stringify(config.registry),
    'keys.json': JSON.stringify(config.keys),
  })
  const referloop = (url: string, ...words: readonly string[]) =>
    run(process.execPath, [cli, ...words], {
      env: {
        PATH: process.env.PATH ?? '',
        DATABASE_URL: url,
        REFERLOOP_REGISTRY: `${files}/registry.json`,
        REFERLOOP_KEYS: `${files}/keys.json`,
      },
    })
  await referloop(from.url, 'migrate')
  const file = join(folder, 'backup')
  const done = await referloop(from.url, 'backup', file).catch((error: Error) => error)
  if (done instanceof Error) {
    // An older pg_dump than the server, or none: both are told, and leave nothing that looks like a backup.
    t.match(done.message, /server version mismatch|is not here/)
    t.comment('there is no pg_dump for this server here: putting back what it writes is not tested')
    t.equal(existsSync(file), false)
    t.same(await readdir(folder), [])
    return
  }
  await t.rejects(referloop(from.url, 'restore', file), /has a schema referloop/)
  await referloop(to.url, 'restore', file)
  t.match((await referloop(to.url, 'migrate')).stdout, /schema version/)
})
