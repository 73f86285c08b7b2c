/** The helper that starts PostgreSQL leaves the exit code of its process alone. */

import { spawnSync } from 'node:child_process'
import t from 'tap'

const helper = new URL('./postgres.ts', import.meta.url).href

t.test('a command that found something says so with its exit code', async (t) => {
  for (const code of [0, 1]) {
    const script = `import { startPostgres } from '${helper}'; process.exitCode = startPostgres ? ${code} : 2`
    const words = ['--input-type=module-typescript', '--eval', script]
    t.equal(spawnSync(process.execPath, words).status, code)
  }
})
