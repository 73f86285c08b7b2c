/** A service with a registry of its own: a clinic without an EHR, one whose EHR goes away, a client that is shut out. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DocumentReference, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { type SandboxEhr, startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { aForm, aReferral, npis } from '../helpers/a-referral.ts'
import { type Engine, sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { logIn, problemCodes } from '../helpers/fhir-client.ts'
import { heldBy, metricOf, patientOf, revoke, standing } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { type Referred, standingOf, startWorld } from '../helpers/world.ts'

export async function ownClinics(t: Test, engine: Engine): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'referloop-ehr-'))
  let ehr = await startSandboxEhr({ port: 0, name: 'Summit', directory })
  t.teardown(async () => {
    await ehr.close()
    await rm(directory, { recursive: true, force: true })
  })
  const own = await ownRegistry({ 'summit-pain-center': ehr.baseUrl })
  const world = await startWorld(t, { engine, ...own })
  const river = world.client('river-pain-clinic')
  const lakeside = world.client('lakeside-family')
  const read = (referred: Referred) => river.get<Task>(`Task/${referred.taskId}`)
  const patch = async (referred: Referred, ...operations: object[]) =>
    river.patch<Task>(`Task/${referred.taskId}`, operations, {
      'if-match': (await read(referred)).etag,
    })

  await sideBySide(t, {
    async 'a clinic without an EHR has it at once, and moves it here to the outcome'(t) {
      const referred = await world.refer(aReferral())
      t.equal(await standing(referred), 'received/awaiting-triage')
      const task = await read(referred)
      const accepted = await river.put<Task>(
        `Task/${referred.taskId}`,
        { ...task.body, status: 'accepted' },
        { 'if-match': task.etag },
      )
      t.equal(accepted.status, 200, accepted.text)
      t.equal(standingOf(accepted.body), 'accepted/awaiting-scheduling')
      const scheduled = await patch(referred, {
        op: 'replace',
        path: '/status',
        value: 'in-progress',
      })
      t.equal(standingOf(scheduled.body), 'in-progress/scheduled')
      const noShow = await patch(referred, {
        op: 'replace',
        path: '/businessStatus/coding/0/code',
        value: 'no-show',
      })
      t.equal(standingOf(noShow.body), 'in-progress/no-show')
      const note: DocumentReference = {
        resourceType: 'DocumentReference',
        id: 'note',
        status: 'current',
        content: [{ attachment: { contentType: 'text/plain', data: 'UGFpbiA4IHRvIDM=' } }],
      }
      const completed = await patch(
        referred,
        { op: 'replace', path: '/status', value: 'completed' },
        { op: 'add', path: '/contained', value: [note] },
        {
          op: 'add',
          path: '/output/-',
          value: { type: { text: 'Outcome' }, valueReference: { reference: '#note' } },
        },
      )
      t.equal(completed.status, 200, completed.text)
      const read2 = (await lakeside.get<Task>(`Task/${referred.taskId}`)).body
      t.equal(standingOf(read2), 'completed/completed')
      t.match(read2.contained, [{ resourceType: 'DocumentReference' }])
      t.equal(read2.output?.length, 2, 'the check result is still there')
    },

    async 'a move needs the version that was read, and one that the life allows'(t) {
      const referred = await world.refer(aReferral())
      const task = await read(referred)
      const path = `Task/${referred.taskId}`
      const blind = await river.put(path, { ...task.body, status: 'accepted' })
      t.equal(blind.status, 428)
      t.same(problemCodes(blind), ['precondition-required'])
      const late = await river.put(
        path,
        { ...task.body, status: 'accepted' },
        { 'if-match': 'W/"9"' },
      )
      t.equal(late.status, 412)
      const leap = await patch(referred, { op: 'replace', path: '/status', value: 'completed' })
      t.equal(leap.status, 422)
      t.same(problemCodes(leap), ['illegal-transition'])
      const broken = await patch(referred, { op: 'replace', path: '/nothing/here', value: 1 })
      t.equal(broken.status, 409)
      const byReferrer = await lakeside.put(
        path,
        { ...task.body, status: 'accepted' },
        { 'if-match': task.etag },
      )
      t.equal(byReferrer.status, 422)
      t.same(problemCodes(byReferrer), ['not-yours-to-change'])
      t.equal(await standing(referred), 'received/awaiting-triage')
      t.equal((await read(referred)).etag, 'W/"1"')
    },

    async 'of two who move it at once, one is told to read again'(t) {
      const referred = await world.refer(aReferral())
      const task = await read(referred)
      const answers = await Promise.all(
        ['accepted', 'rejected'].map((status) =>
          river.put(`Task/${referred.taskId}`, { ...task.body, status }, { 'if-match': task.etag }),
        ),
      )
      t.same(answers.map(({ status }) => status).sort(), [200, 412])
    },

    async 'it asks for more here, and gets it'(t) {
      const referred = await world.refer(aReferral())
      const asked = await patch(
        referred,
        {
          op: 'replace',
          path: '/businessStatus/coding/0/code',
          value: 'awaiting-information',
        },
        { op: 'add', path: '/statusReason', value: { text: 'Which tablets?' } },
      )
      t.equal(standingOf(asked.body), 'received/awaiting-information')
      const answer = await lakeside.post<Task>(
        `ServiceRequest/${referred.id}/$add-information`,
        aForm({ reference: patientOf(referred) }, { glaucoma: 'N' }),
      )
      t.equal(standingOf(answer.body), 'received/awaiting-triage')
    },

    async 'what waited for information or a reason comes to it in the end'(t) {
      const incomplete = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
      t.equal((await read(incomplete)).status, 404)
      await lakeside.post(
        `ServiceRequest/${incomplete.id}/$add-information`,
        aForm({ reference: patientOf(incomplete) }, { glaucoma: 'N' }),
      )
      t.equal(standingOf((await read(incomplete)).body), 'received/awaiting-triage')
      const warned = await world.refer(aReferral({ answers: { psychosis: 'Y' } }))
      t.equal((await read(warned)).status, 404)
      await lakeside.post(`ServiceRequest/${warned.id}/$acknowledge`, {
        resourceType: 'Parameters',
        parameter: [
          { name: 'reason', valueString: 'Under control since spring' },
          { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
        ],
      })
      const task = (await read(warned)).body
      t.equal(standingOf(task), 'received/awaiting-triage')
      t.equal(task.statusReason?.text, 'Under control since spring')
    },

    async 'a revoked request is cancelled, or after acceptance left to the clinic'(t) {
      const fresh = await world.refer(aReferral())
      await revoke(fresh)
      t.equal(await standing(fresh), 'cancelled/cancelled')
      const accepted = await world.refer(aReferral())
      await patch(accepted, { op: 'replace', path: '/status', value: 'accepted' })
      await revoke(accepted)
      t.equal(await standing(accepted), 'accepted/cancellation-requested')
      const done = await patch(accepted, { op: 'replace', path: '/status', value: 'cancelled' })
      t.equal(standingOf(done.body), 'cancelled/cancelled')
    },
  })

  await t.test('an EHR that is away altogether gets it when it is back', async (t) => {
    const { port } = new URL(ehr.baseUrl)
    await ehr.close()
    const referred = await world.refer(aReferral({ clinicNpi: npis['summit-pain-center'] }))
    const line = 'referloop_deliveries_total{clinic="summit-pain-center",outcome="retry"}'
    await eventually('an attempt fails', async () =>
      (await metricOf(world, line)) > 0 ? true : undefined,
    )
    t.equal(await standing(referred), 'requested/sending')
    ehr = await startSandboxEhr({ port: Number(port), name: 'Summit', directory })
    await world.reaches(referred, 'received/awaiting-triage')
    t.equal(requestsIn(ehr), 1)
    ehr.act(referred.taskId, 'accept')
    await world.reaches(referred, 'accepted/awaiting-scheduling')
  })

  await t.test('what the clinic did before its answer was found again is not missed', async () => {
    const arrived = Promise.withResolvers<void>()
    ehr.store.onCommit((versions) => {
      if (versions.some(({ type }) => type === 'Task')) arrived.resolve()
    })
    ehr.misbehave({ on: 'write', afterwards: 'reset', times: 1 })
    const referred = await world.refer(aReferral({ clinicNpi: npis['summit-pain-center'] }))
    await arrived.promise
    ehr.act(referred.taskId, 'accept')
    // As when the attempt is repeated an hour later, and other Tasks have changed meanwhile.
    const later = new Date(Date.now() + 3_600_000).toISOString()
    await world.app.storage.polls.advance('summit-pain-center', later)
    await world.reaches(referred, 'accepted/awaiting-scheduling')
  })

  await t.test('a client that is disabled is refused at once', async (t) => {
    const hilltop = world.client('hilltop-internal')
    t.equal((await hilltop.get('Task')).status, 200)
    const { referrers, clinics } = own.config.registry as {
      referrers: { id: string }[]
      clinics: unknown[]
    }
    await world.app.reloadRegistry({
      referrers: referrers.map((each) => ({ ...each, disabled: each.id === hilltop.id })),
      clinics,
    })
    const refused = await hilltop.get('Task')
    t.equal(refused.status, 401)
    t.same(problemCodes(refused), ['invalid-token'])
    const key = own.clientKeys['hilltop-internal']
    if (!key) throw new Error('no key')
    await t.rejects(logIn(world.baseUrl, hilltop.id, key), /got no token: 4/)
    t.equal((await lakeside.get('Task')).status, 200, 'others are not concerned')
    await world.app.reloadRegistry({ referrers, clinics })
    t.equal((await hilltop.get('Task')).status, 200)
  })
}

const requestsIn = (ehr: SandboxEhr): number => heldBy(ehr, 'ServiceRequest').length
