import t from 'tap'
import { startPostgres } from '../helpers/postgres.ts'
import { journeys } from './journeys.ts'

const server = await startPostgres()
if ('skip' in server) {
  t.comment(server.skip)
  t.test('journeys on PostgreSQL', { skip: server.skip }, async () => {})
} else {
  t.teardown(() => server.close())
  await journeys(t, { name: 'postgresql', newDatabase: () => server.newDatabase() })
}
