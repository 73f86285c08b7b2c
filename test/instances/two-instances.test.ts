/** Two instances in one process. The same with real ones that are killed: npm run test:instances */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { type App, startApp } from '../../src/app.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { npis } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { heldBy } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { entered } from '../helpers/pages.ts'
import { startPostgres } from '../helpers/postgres.ts'
import { logInAll, startLoad } from './load.ts'
import { startProxy } from './proxy.ts'

const server = await startPostgres()
const skip = 'skip' in server ? server.skip : false
if ('skip' in server) t.comment(server.skip)

t.test(
  'RL-32: two instances are replaced under load, and no request fails',
  { skip },
  async (t) => {
    if ('skip' in server) return
    t.teardown(() => server.close())
    const folder = await mkdtemp(join(tmpdir(), 'referloop-two-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const database = await server.newDatabase()
    t.teardown(() => database.drop())
    const ehr = await startSandboxEhr({ port: 0, name: 'both clinics' })
    t.teardown(() => ehr.close())
    const both = Object.fromEntries(Object.keys(npis).map((id) => [id, ehr.baseUrl]))
    const { config, clientKeys } = await ownRegistry(both)
    const proxy = await startProxy()
    t.teardown(() => proxy.close())
    const running = new Map<App, string>()
    t.teardown(() => Promise.all([...running.keys()].map((app) => app.close())))
    const start = async (): Promise<App> => {
      const app = await startApp(
        {
          ...{ mode: 'service', port: 0, host: '127.0.0.1', logLevel: 'silent', sandboxPace: 0 },
          ...{ registry: undefined, keys: undefined, allowNetworks: [] },
          ...config,
          databaseUrl: database.url,
          baseUrl: proxy.baseUrl,
          dataDirectory: folder,
          drainSeconds: 1,
        },
        pino({ level: 'silent' }),
      )
      const place = placeOf(app)
      running.set(app, place)
      proxy.targets.add(place)
      await eventually('it is ready', () => proxy.ready.has(place) || undefined)
      return app
    }

    const first = await start()
    await start()
    const load = startLoad(await logInAll(proxy.baseUrl, clientKeys), 25)
    await eventually('some are in', () => load.referred.length >= 3 || undefined)
    t.teardown(() => load.stop())
    for (const [old, place] of [...running]) {
      await start()
      const closed = old.close()
      await eventually('the proxy knows', () => !proxy.ready.has(place) || undefined)
      t.ok(proxy.ready.size > 0, 'the others go on')
      await closed
      running.delete(old)
      proxy.targets.delete(place)
    }
    await load.stop()
    t.same(load.failures, [], `of ${load.asked()} requests`)
    t.notOk(running.has(first))

    await t.test('W9 what is done at one is told at the other, by the database', async (t) => {
      const [here, there] = [...running.keys()] as [App, App]
      const identity = { role: 'clinic', organization: 'river-pain-clinic' } as const
      const nora = { ...identity, person: { id: 'https://ehr.example|nora', name: 'Nora Lind' } }
      const amir = { ...identity, person: { id: 'https://ehr.example|amir', name: 'Amir Haddad' } }
      const nurse = await entered(here, nora)
      const cookie = [...nurse.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const live = await fetch(`${running.get(here)}/worklist/live`, { headers: { cookie } })
      const reader = (live.body as ReadableStream<Uint8Array>).getReader()
      t.teardown(() => reader.cancel())
      const colleague = await entered(there, amir)
      const id = await eventually('one waits', async () => {
        const { html } = await colleague.get('/worklist')
        return /data-referral="([^"]+)"/.exec(html)?.[1]
      })
      const { html } = await colleague.get(`/referrals/${id}`)
      const version = /name="version" value="(\d+)"/.exec(html)?.[1] ?? ''
      const before = performance.now()
      t.equal((await colleague.post(`/referrals/${id}/accept`, { version })).status, 303)
      let heard = ''
      while (!heard.includes(id)) heard += new TextDecoder().decode((await reader.read()).value)
      t.ok(performance.now() - before < 2_000, 'within two seconds')
      const news = await nurse.get(`/referrals/${id}/news?version=${version}`)
      t.match(JSON.parse(news.html).changed, /Changed by Amir Haddad, .*: To be scheduled\./)
      t.match(JSON.parse(news.html).present, 'Amir Haddad is looking at this.')
    })

    await t.test('and none of their jobs is done twice, or not at all', async (t) => {
      const held = (type: string) => heldBy(ehr, type).length
      const count = load.referred.length
      t.ok(count > 5)
      await eventually('all are there', () => held('ServiceRequest') === count || undefined)
      await Promise.all([...running.keys()].map((app) => app.close()))
      t.same([held('ServiceRequest'), held('Task')], [count, count])
      for (const { version } of [...ehr.store.histories('ServiceRequest')].flat())
        t.equal(version, 1)
    })
  },
)

const placeOf = ({ http }: App): string => {
  const address = http.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen')
  return `http://127.0.0.1:${address.port}`
}
