/** A process that is stuck ends by itself, and its probe fails. */

import t from 'tap'
import { randomFrom } from '../helpers/crash-tools.ts'
import { threeFreePorts } from '../helpers/service-process.ts'
import { wedged } from './wedged-service.ts'

const port = await threeFreePorts(randomFrom(Date.now()))

/** What a probe gets that waits for two seconds. */
const probe = (baseUrl: string): Promise<'alive' | 'silent' | 'gone'> =>
  fetch(`${baseUrl}/health/live`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => (ok ? 'alive' : 'gone'),
    (error: Error) => (error.name === 'TimeoutError' ? 'silent' : 'gone'),
  )

t.test('M4, INV-16: a process whose thread is stuck is ended, and its probe fails', async (t) => {
  const { service } = await wedged(t, 'block', port)
  t.equal(await probe(service.baseUrl), 'alive')
  const began = performance.now()
  service.signal('SIGUSR2')
  let probed = await probe(service.baseUrl)
  while (probed === 'alive') probed = await probe(service.baseUrl)
  t.equal(probed, 'silent', 'the probe fails while it is stuck')
  t.equal(await service.ended(), 'SIGKILL')
  const took = performance.now() - began
  t.comment(`ended after ${Math.round(took)} ms`)
  t.ok(took < 20_000)
  t.match(service.said(), /"level":"fatal".*nothing has moved/)
})
