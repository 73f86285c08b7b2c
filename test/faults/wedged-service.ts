/** A service that a test can wedge. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { readSandboxClient } from '../../src/sandbox/start.ts'
import { logIn } from '../helpers/fhir-client.ts'
import { startService } from '../helpers/service-process.ts'

const wedge = new URL('./wedge.ts', import.meta.url).href

export async function wedged(t: Test, how: 'block' | 'disk', port: number) {
  const folder = await mkdtemp(join(tmpdir(), 'referloop-wedged-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const service = startService(folder, port, {
    NODE_OPTIONS: `--import ${wedge}`,
    WEDGE: how,
    REFERLOOP_SANDBOX_PACE: '0',
  })
  t.teardown(() => service.kill())
  await service.ready()
  const client = async () => {
    const { key } = await readSandboxClient(folder, 'lakeside-family')
    return logIn(service.baseUrl, 'lakeside-family', key)
  }
  return { folder, service, client }
}
