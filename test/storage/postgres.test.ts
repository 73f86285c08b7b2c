import t, { type Test } from 'tap'
import { openStorage } from '../../src/storage/open.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { storageContract } from './contract.ts'

const server = await startPostgres()
if ('skip' in server) {
  t.comment(server.skip)
  t.test('storage on PostgreSQL', { skip: server.skip }, async () => {})
} else {
  t.teardown(() => server.close())
  const database = async (t: Test) => {
    const fresh = await server.newDatabase()
    t.teardown(() => fresh.drop())
    return fresh.url
  }
  const open = async (t: Test, databaseUrl: string, options = {}) => {
    const storage = await openStorage({ databaseUrl, now: () => new Date(), ...options })
    t.teardown(() => storage.close())
    return storage
  }
  await storageContract(t, {
    openFresh: async (t, options) => open(t, await database(t), options),
    async lasting(t) {
      const databaseUrl = await database(t)
      return { location: { databaseUrl }, open: () => open(t, databaseUrl) }
    },
  })
}
