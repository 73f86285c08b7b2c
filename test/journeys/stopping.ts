/** The service stops while work is in hand, and what a dry run leaves behind: seen in the database itself. */

import type { GuidanceResponse } from 'fhir/r4'
import type { Test } from 'tap'
import { aReferral, asSingle } from '../helpers/a-referral.ts'
import { evidenceFor, overallOf } from '../helpers/check-result.ts'
import type { Engine } from '../helpers/engines.ts'
import { heldBy } from '../helpers/journey.ts'
import { startWorld } from '../helpers/world.ts'

export async function stopping(t: Test, engine: Engine): Promise<void> {
  await t.test(
    'a stop finishes the delivery in hand, and a start goes on from there',
    async (t) => {
      const database = await engine.newDatabase()
      t.teardown(() => database.drop())
      const same: Engine = {
        name: engine.name,
        newDatabase: async () => ({ url: database.url, drop: async () => {} }),
      }
      const first = await startWorld(t, { engine: same })
      const ehr = first.ehr('river-pain-clinic')
      const arrived = Promise.withResolvers<void>()
      ehr.store.onCommit(() => arrived.resolve())
      ehr.misbehave({ on: 'write', dripMs: 1 })
      const referred = await first.refer(aReferral())
      await arrived.promise
      const inspection = await first.inspect()
      const row = await inspection.referral(referred.id)
      t.match(row, {
        status: 'received',
        business_status: 'awaiting-triage',
        delivery: { state: 'delivered' },
      })
      t.equal(row?.delivery.lastError, undefined)
      const deliveries = (await inspection.audit()).filter(({ action }) => action === 'deliver')
      t.same(
        deliveries.map(({ outcome }) => outcome),
        ['success'],
      )
      await inspection.close()

      const second = await startWorld(t, { engine: same, config: { dataDirectory: first.folder } })
      t.equal(heldBy(second.ehr('river-pain-clinic'), 'ServiceRequest').length, 1)
      second.ehr('river-pain-clinic').act(referred.taskId, 'accept')
      const again = { ...referred, by: second.client('lakeside-family') }
      await second.reaches(again, 'accepted/awaiting-scheduling')
    },
  )

  await t.test('a stop takes nothing more in', async (t) => {
    const world = await startWorld(t, { engine })
    const lakeside = world.client('lakeside-family')
    await world.close()
    await world.close()
    await t.rejects(lakeside.post('', aReferral()))
  })

  await t.test('a dry run says what a submission would, and leaves its audit line', async (t) => {
    const world = await startWorld(t, { engine })
    const lakeside = world.client('lakeside-family')
    const check = (body: object) =>
      lakeside.post<GuidanceResponse>('ServiceRequest/$referral-check', body)
    const bundle = aReferral()
    const ready = await check(bundle)
    t.equal(ready.status, 200, ready.text)
    t.equal(overallOf(ready.body), 'ready')
    t.equal(ready.body.id, undefined)
    const names = (bundle.entry ?? []).map(({ fullUrl }) => fullUrl)
    for (const reference of evidenceFor('qualifying-condition', ready.body))
      t.ok(names.includes(reference), 'evidence is named as the sender named it')
    const incomplete = await check(asSingle(aReferral({ unanswered: ['glaucoma'] })))
    t.equal(overallOf(incomplete.body), 'incomplete')
    t.ok(evidenceFor('qualifying-condition', incomplete.body).every((name) => name.startsWith('#')))
    for (const type of ['ServiceRequest', 'Task', 'Patient', 'GuidanceResponse'])
      t.match((await lakeside.get(type)).body, { total: 0 })
    const inspection = await world.inspect()
    const counts = await inspection.counts()
    t.same(
      Object.entries(counts).filter(([, rows]) => rows > 0),
      [],
    )
    const lines = (await inspection.audit()).filter(
      ({ action, agent }) => agent !== 'referloop' && action !== 'search' && action !== 'token',
    )
    t.same(
      lines.map(({ action, outcome, agent }) => [action, outcome, agent]),
      Array.from({ length: 2 }, () => ['check', 'success', 'lakeside-family']),
    )
  })
}
