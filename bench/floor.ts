/**
 * The floor: a bare Fastify that writes each body as one row, over the same driver, pool size and
 * durability as the service.
 */

import { mkdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import Fastify from 'fastify'
import pg from 'pg'
import { answerParent } from './harness/child.ts'

interface Table {
  insert(body: string): Promise<unknown>
  close(): Promise<void>
}

const create = 'CREATE TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)'
const insert = 'INSERT INTO floor (body) VALUES ($1)'

async function postgres(url: string): Promise<Table> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  await pool.query(create)
  return {
    insert: (body) => pool.query({ name: 'insert', text: insert, values: [body] }),
    close: () => pool.end(),
  }
}

async function embedded(folder: string): Promise<Table> {
  mkdirSync(folder, { recursive: true })
  const pglite = await PGlite.create(folder)
  await pglite.query(create)
  return { insert: (body) => pglite.query(insert, [body]), close: () => pglite.close() }
}

const { DATABASE_URL, FLOOR_FOLDER = '' } = process.env
const table = await (DATABASE_URL ? postgres(DATABASE_URL) : embedded(FLOOR_FOLDER))
const app = Fastify({ logger: false })
app.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, body),
)
app.post('/fhir', async (request, reply) => {
  await table.insert(request.body as string)
  return reply.code(201).send()
})

answerParent({ start: () => app.listen({ host: '127.0.0.1', port: 0 }) }, async () => {
  await app.close()
  await table.close()
})
