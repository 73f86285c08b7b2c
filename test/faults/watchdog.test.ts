/** A process that is stuck ends, its probe fails, and the next one has everything that was confirmed. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readSandboxClient } from '../../src/sandbox/start.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { orGone, randomFrom } from '../helpers/crash-tools.ts'
import { logIn } from '../helpers/fhir-client.ts'
import { startService, threeFreePorts } from '../helpers/service-process.ts'
import { refer } from '../helpers/world.ts'

const wedge = new URL('./wedge.ts', import.meta.url).href
const port = await threeFreePorts(randomFrom(Date.now()))

async function wedged(t: Test, how: 'block' | 'disk', port: number) {
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

const isLive = (baseUrl: string): Promise<boolean> =>
  fetch(`${baseUrl}/health/live`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )

t.test('M4, INV-16: a process whose thread is stuck is ended, and its probe fails', async (t) => {
  const { service } = await wedged(t, 'block', port)
  t.equal(await isLive(service.baseUrl), true)
  const began = performance.now()
  service.signal('SIGUSR2')
  t.equal(await isLive(service.baseUrl), false, 'the probe fails while it is stuck')
  t.equal(await service.ended(), 'SIGKILL')
  const took = performance.now() - began
  t.comment(`ended after ${Math.round(took)} ms`)
  t.ok(took < 20_000)
  t.match(service.said(), /"level":"fatal".*nothing has moved/)
})

t.test('M4: a disk that is full without warning costs nothing that was confirmed', async (t) => {
  const { folder, service, client } = await wedged(t, 'disk', port + 3)
  const by = await client()
  const kept = await refer(by, aReferral({ identifier: 'kept' }))
  service.signal('SIGUSR2')
  const answer = await orGone(by.post('', aReferral({ identifier: 'no room' })))
  t.ok(answer === undefined || answer.status >= 500, 'not confirmed')
  await service.kill()

  const next = startService(folder, port + 3)
  t.teardown(() => next.kill())
  await next.ready()
  const { key } = await readSandboxClient(folder, 'lakeside-family')
  const again = await logIn(next.baseUrl, 'lakeside-family', key)
  t.equal((await again.get(`Task/${kept.taskId}`)).status, 200)
  await refer(again, aReferral({ identifier: 'no room' }))
})
