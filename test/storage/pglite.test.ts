import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openTestStorage } from '../helpers/storage.ts'
import { storageContract } from './contract.ts'

async function directory(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-storage-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

await storageContract(t, {
  async openFresh(t, options) {
    const storage = await openTestStorage(options)
    t.teardown(() => storage.close())
    return storage
  },
  async lasting(t) {
    const location = { dataDirectory: await directory(t) }
    // Made beforehand, so that the child need not make one from nothing.
    await (await openTestStorage(location)).close()
    return {
      location,
      async open() {
        const storage = await openTestStorage(location)
        t.teardown(() => storage.close())
        return storage
      },
    }
  },
})
