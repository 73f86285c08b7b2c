/** PostgreSQL through a pool of connections. */

import pg from 'pg'
import type { Viewer } from '../domain/access/caller.ts'
import { safeError } from '../domain/safe-error.ts'
import type { Database, Log, Queryable, Row, Statement } from './database.ts'
import {
  becoming,
  beService,
  codeOf,
  explain,
  isConnectionLost,
  repeatOnConflict,
  viewerSettings,
} from './database.ts'

/** A server that does not answer is given up within ten seconds, a silent network too. */
const connection = {
  application_name: 'referloop',
  connectionTimeoutMillis: 2_000,
  // Nobody holds a lock for long: who waits for one longer than this waits for something that is stuck.
  lock_timeout: 2_000,
  statement_timeout: 8_000,
  query_timeout: 9_500,
  idle_in_transaction_session_timeout: 10_000,
  // What is asked of a connection at once goes out at once, without waiting between.
  pipeline: true,
  keepAlive: true,
  keepAliveInitialDelayMillis: 5_000,
  // The statements are short: compiling one takes longer than running it.
  options: '-c jit=off',
} satisfies pg.ClientConfig

/**
 * @param url `postgres://…`; its own parameters win over ours
 * @param poolSize connections at most
 */
export function openPostgres(url: string, poolSize: number, log?: Log): Database {
  const pool = new pg.Pool({ ...connection, connectionString: url, max: poolSize })
  // An idle connection that breaks must not take the process with it; the next query opens another.
  pool.on('error', (error) => log?.warn({ err: safeError(error) }, 'database connection lost'))
  // Sent ahead of whatever the connection was opened for.
  pool.on('connect', (client) => {
    client.query(beService).catch((error) => log?.warn({ err: safeError(error) }, 'database'))
  })
  let closing: Promise<void> | undefined
  return {
    engine: 'postgresql',
    queryAs: (viewer, statement, values) =>
      repeatOnConflict(() =>
        borrow(pool, (client) => readAs(client, viewer, statement, values)),
      ).catch(rethrow),
    query: (statement, values) =>
      repeatOnConflict(() => borrow(pool, (client) => runQuery(client, statement, values))).catch(
        rethrow,
      ),
    script: (text) => borrow(pool, (client) => runScript(client, text), 'drop').catch(rethrow),
    transaction: (work) =>
      borrow(pool, (client) => inTransaction(client, work), 'drop').catch(rethrow),
    identity: () => borrow(pool, identityOf).catch(rethrow),
    listen: (channel, onPayload, onGap) =>
      listen(url, { channel, onPayload, onGap }).catch(rethrow),
    ensureRoom: async () => {},
    close: () => {
      closing ??= pool.end()
      return closing
    },
  }
}

const listenAgainMs = 2_000

interface Listening {
  readonly channel: string
  readonly onPayload: (payload: string) => void
  readonly onGap: () => void
}

/** A connection of its own, opened again whenever it is lost; what was told meanwhile is a gap. */
async function listen(url: string, { channel, onPayload, onGap }: Listening) {
  let ended = false
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  const open = async () => {
    const { statement_timeout: _none, query_timeout: _neither, ...rest } = connection
    const next = new pg.Client({ ...rest, connectionString: url })
    next.on('notification', ({ payload }) => onPayload(payload ?? ''))
    next.on('error', () => {})
    next.once('end', again)
    await next.connect()
    await next.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    client = next
  }
  const again = () => {
    if (ended) return
    clearTimeout(timer)
    timer = setTimeout(() => open().then(onGap, again), listenAgainMs).unref()
  }
  await open()
  return async () => {
    ended = true
    clearTimeout(timer)
    await client?.end()
  }
}

/** One connection without time limits, for migrations. */
export async function connectPostgres(
  url: string,
): Promise<Queryable & { close(): Promise<void> }> {
  const { connectionTimeoutMillis, options, application_name } = connection
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis,
    options,
    application_name,
  })
  client.on('error', () => {})
  await client.connect().catch(rethrow)
  await client.query(beService)
  return {
    query: (statement, values) => runQuery(client, statement, values).catch(rethrow),
    script: (text) => runScript(client, text).catch(rethrow),
    close: () => client.end(),
  }
}

/**
 * A dump that was put back has another table; a server that was, or a replica that took over, is on
 * another timeline. Not every login may ask the server, and the table tells most.
 */
async function identityOf(client: pg.ClientBase): Promise<string> {
  const [place] = await runQuery(
    client,
    `SELECT concat_ws(' ', oid, 'referloop.database_mark'::regclass::oid) AS ids
     FROM pg_database WHERE datname = current_database()`,
  )
  const [server] = await runQuery(
    client,
    `SELECT concat_ws(' ', system_identifier, timeline_id) AS ids
     FROM pg_control_system(), pg_control_checkpoint()`,
  ).catch((error) => {
    if (codeOf(error) === insufficientPrivilege) return []
    throw error
  })
  return `database ${String(place?.ids)} ${String(server?.ids ?? '')}`
}

const insufficientPrivilege = '42501'

function rethrow(error: unknown): never {
  throw explain(error)
}

/** @param onError 'drop' when the connection may be left inside a failed transaction */
async function borrow<Result>(
  pool: pg.Pool,
  use: (client: pg.PoolClient) => Promise<Result>,
  onError: 'keep' | 'drop' = 'keep',
): Promise<Result> {
  const client = await pool.connect()
  let broken = false
  // While it is lent, the pool does not listen: unheard, an error would end the process.
  const onLost = () => {
    broken = true
  }
  client.on('error', onLost)
  try {
    return await use(client)
  } catch (error) {
    broken ||= onError === 'drop' || isConnectionLost(error)
    throw error
  } finally {
    client.off('error', onLost)
    client.release(broken)
  }
}

async function runQuery(
  client: pg.ClientBase,
  statement: Statement | string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const sql =
    typeof statement === 'string'
      ? { text: statement }
      : { name: statement.name, text: statement.text }
  const result = await client.query<Row>({ ...sql, values: [...values] })
  return result.rows
}

/**
 * One round trip: the four are sent together. When one fails, PostgreSQL skips those behind it and
 * COMMIT takes everything back, the role too.
 */
async function readAs(
  client: pg.ClientBase,
  viewer: Viewer,
  statement: Statement | string,
  values?: readonly unknown[],
): Promise<readonly Row[]> {
  const begun = client.query('BEGIN READ ONLY')
  const become = runQuery(client, becoming(statement), viewerSettings(viewer))
  const read = runQuery(client, statement, values)
  const ended = client.query('COMMIT')
  const settled = await Promise.allSettled([begun, become, read, ended])
  const failed = settled.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return read
}

async function runScript(client: pg.ClientBase, text: string): Promise<readonly Row[]> {
  // Several statements in one text give several results, which the types of pg do not tell.
  const results: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(text)
  return [results].flat().flatMap((result) => result.rows)
}

async function inTransaction<Result>(
  client: pg.ClientBase,
  work: (tx: Queryable) => Promise<Result>,
): Promise<Result> {
  await client.query('BEGIN')
  const result = await work({
    query: (statement, values) => runQuery(client, statement, values),
    script: (text) => runScript(client, text),
  })
  await client.query('COMMIT')
  return result
}
