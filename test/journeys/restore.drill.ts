/** The drill on the embedded database: `npm run test:drill`. That on PostgreSQL is part of npm test. */

import { execFile } from 'node:child_process'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { type Data, drill, newFolder } from './restore-drill.ts'

const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const run = promisify(execFile)

async function embeddedData(t: Test): Promise<Data> {
  const folder = await newFolder(t)
  const file = join(await newFolder(t), 'backup')
  const env = { PATH: process.env.PATH ?? '', REFERLOOP_DATA: folder }
  const referloop = (...words: readonly string[]) => run(process.execPath, [cli, ...words], { env })
  return {
    folder,
    url: () => undefined,
    async backUp() {
      await referloop('backup', file)
      t.equal((await stat(file)).mode & 0o777, 0o600, 'it holds everything: for its owner alone')
      await t.rejects(referloop('backup', file), /is there already/)
      await t.rejects(referloop('restore', file), /has a database/)
    },
    async loseAndRestore() {
      await rm(join(folder, 'database'), { recursive: true })
      await t.rejects(referloop('backup', `${file}-2`), /there is no database/)
      await referloop('restore', file)
    },
  }
}

t.test('RL-37: the embedded database is backed up, lost and restored', async (t) =>
  drill(t, await embeddedData(t)),
)
