/** RL-36: our keys are rotated while the service runs, and nobody notices who does as told. */

import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { generateKeys } from '../../src/auth/keys.ts'
import { logIn } from '../helpers/fhir-client.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { startWorld } from '../helpers/world.ts'

interface Keys {
  readonly keys: readonly { readonly kid: string; readonly alg: string }[]
}

t.test('RL-36, F20 S1: keys are rotated under load without a failed request', async (t) => {
  const { config, clientKeys } = await ownRegistry()
  const world = await startWorld(t, { config, clientKeys, background: false })
  const [before, after] = [config.keys as Keys, JSON.parse(await generateKeys()) as Keys]
  const reload = (keys: unknown) => world.app.reloadRegistry(config.registry, keys)
  const newClient = async () => {
    const key = clientKeys['lakeside-family']
    if (!key) throw new Error('no key')
    return logIn(world.baseUrl, 'lakeside-family', key)
  }
  const published = async () =>
    ((await (await fetch(`${world.baseUrl}/.well-known/jwks.json`)).json()) as Keys).keys.map(
      ({ kid }) => kid,
    )
  const kids = ({ keys }: Keys) => keys.map(({ kid }) => kid)

  const old = world.client('lakeside-family')
  const statuses: number[] = []
  let asking = true
  const load = [old, world.client('hilltop-internal')].map(async (by) => {
    while (asking) statuses.push((await by.get('Task')).status)
  })
  await reload({ keys: [...before.keys, ...after.keys] })
  t.same(await published(), [...kids(before), ...kids(after)], 'known before it signs')
  await reload({ keys: [...after.keys, ...before.keys] })
  for (let n = 0; n < 5; n++) statuses.push((await (await newClient()).get('Task')).status)
  asking = false
  await Promise.all(load)
  t.ok(statuses.length > 10)
  t.same([...new Set(statuses)], [200], `${statuses.length} requests`)

  const fresh = await newClient()
  await t.rejects(reload({ keys: [{ kty: 'EC', kid: 'half' }] }), /signing key 1/)
  t.equal((await fresh.get('Task')).status, 200, 'what is wrong changes nothing')
  await reload(after)
  t.equal((await old.get('Task')).status, 401, 'a key that is gone, seen before or not')
  t.equal((await fresh.get('Task')).status, 200)
  t.same(await published(), kids(after))
  t.equal(
    decodeProtectedHeader(fresh.token).kid,
    after.keys.find(({ alg }) => alg === 'ES384')?.kid,
  )
})
