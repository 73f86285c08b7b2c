/** The embedded database on a disk that is full from one moment to the next: `npm run test:drill`. */

import t from 'tap'
import { readSandboxClient } from '../../src/sandbox/start.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { orGone, randomFrom } from '../helpers/crash-tools.ts'
import { eventually } from '../helpers/eventually.ts'
import { logIn } from '../helpers/fhir-client.ts'
import { startService, threeFreePorts } from '../helpers/service-process.ts'
import { refer } from '../helpers/world.ts'
import { wedged } from './wedged-service.ts'

const port = await threeFreePorts(randomFrom(Date.now()))

t.test('M4: a disk that is full without warning costs nothing that was confirmed', async (t) => {
  const { folder, service, client } = await wedged(t, 'disk', port)
  const by = await client()
  const kept = await refer(by, aReferral({ identifier: 'kept' }))
  service.signal('SIGUSR2')
  await eventually(
    'the disk is full',
    () => service.said().includes('the disk is full') || undefined,
  )
  const answer = await orGone(by.post('', aReferral({ identifier: 'no room' })))
  t.ok(answer === undefined || answer.status >= 500, 'not confirmed')
  await service.kill()

  const next = startService(folder, port)
  t.teardown(() => next.kill())
  await next.ready()
  const { key } = await readSandboxClient(folder, 'lakeside-family')
  const again = await logIn(next.baseUrl, 'lakeside-family', key)
  t.equal((await again.get(`Task/${kept.taskId}`)).status, 200)
  await refer(again, aReferral({ identifier: 'no room' }))
})
