/** The clinic's EHR has bad days: nothing is lost, nothing comes twice, and somebody is told. */

import { randomUUID } from 'node:crypto'
import type { Task } from 'fhir/r4'
import type { Test } from 'tap'
import type { Misbehaviour } from '../../src/sandbox/ehr/misbehave.ts'
import type { Resource } from '../../src/sandbox/ehr/store.ts'
import { aReferral, npis, painScore } from '../helpers/a-referral.ts'
import { eventually } from '../helpers/eventually.ts'
import { daysAgo } from '../helpers/evidence.ts'
import {
  atClinic,
  delivered,
  metricOf,
  outputsOf,
  patientOf,
  revoke,
  standing,
  taskAtClinic,
} from '../helpers/journey.ts'
import type { Referred, World } from '../helpers/world.ts'

const clinic = 'summit-pain-center'

export async function trouble(t: Test, world: World): Promise<void> {
  const ehr = world.ehr(clinic)
  const toSummit = () => aReferral({ clinicNpi: npis[clinic] })
  const onceThere = (t: Test, referred: Referred, what: string) => {
    for (const type of ['ServiceRequest', 'Task', 'Patient'] as const) {
      const id = {
        ServiceRequest: referred.id,
        Task: referred.taskId,
        Patient: patientOf(referred),
      }
      const bearers = atClinic(world, type, id[type], clinic).filter((resource) =>
        JSON.stringify(resource).includes(`"${id[type].split('/').at(-1)}"`),
      )
      t.equal(bearers.length, 1, `${what}: one ${type}`)
    }
  }
  const behavingLike = async <T>(misbehaviour: Misbehaviour, work: () => Promise<T>) => {
    ehr.misbehave(misbehaviour)
    try {
      return await work()
    } finally {
      ehr.misbehave({})
    }
  }
  const deliveries = (outcome: string) =>
    metricOf(world, `referloop_deliveries_total{clinic="${clinic}",outcome="${outcome}"}`)

  await t.test('what the EHR refuses for good waits for the operator, visibly', async (t) => {
    const referred = await behavingLike({ on: 'write', refuse: { status: 422 } }, async () => {
      const referred = await world.refer(toSummit())
      await world.reaches(referred, 'requested/delivery-failed')
      return referred
    })
    t.ok((await deliveries('gave-up')) > 0)
    t.equal((await revoke(referred)).status, 200)
    t.equal(await standing(referred), 'cancelled/cancelled', 'the referrer may take it back')
  })

  await t.test('an EHR that is down for a while gets it when it is up', async (t) => {
    const before = await deliveries('retry')
    await behavingLike({ on: 'write', refuse: { status: 503 }, times: 1 }, async () => {
      const referred = await world.refer(toSummit())
      await eventually('an attempt fails', async () =>
        (await deliveries('retry')) > before ? true : undefined,
      )
      t.equal(await standing(referred), 'requested/sending')
      await world.reaches(referred, 'received/awaiting-triage')
      onceThere(t, referred, '503')
    })
  })

  await t.test('an EHR that asks to wait is asked later', async (t) => {
    const refuse = { status: 429, retryAfter: '1' }
    await behavingLike({ on: 'write', refuse, times: 1 }, async () => {
      onceThere(t, await delivered(world, toSummit()), '429')
    })
  })

  await t.test('a log-in that has run out is renewed', async (t) => {
    ehr.revokeTokens()
    onceThere(t, await delivered(world, toSummit()), 'after a new log-in')
  })

  for (const afterwards of ['reset', 'truncate', 'cut', 'html', 'fail'] as const)
    await t.test(`an answer lost after the work was done (${afterwards}) is no second copy`, (t) =>
      behavingLike({ on: 'write', afterwards, times: 1 }, async () => {
        onceThere(t, await delivered(world, toSummit()), afterwards)
      }),
    )

  await t.test(
    'what is taken back while its answer is lost is cancelled at the clinic',
    async (t) => {
      const arrived = Promise.withResolvers<void>()
      ehr.store.onCommit((versions) => {
        if (versions.some(({ type }) => type === 'Task')) arrived.resolve()
      })
      await behavingLike({ on: 'write', afterwards: 'reset', times: 1 }, async () => {
        const referred = await world.refer(toSummit())
        await arrived.promise
        t.equal((await revoke(referred)).status, 200)
        t.equal(await standing(referred), 'cancelled/cancelled')
        await eventually('the clinic reads it', () =>
          taskAtClinic(world, referred, clinic).status === 'cancelled' ? true : undefined,
        )
        onceThere(t, referred, 'taken back')
        const [request] = atClinic(world, 'ServiceRequest', referred.id, clinic)
        t.match(request, { status: 'revoked' })
      })
    },
  )

  await t.test('what is taken back before it got there never gets there', async (t) => {
    const [before, tried] = [await deliveries('unchanged'), await deliveries('retry')]
    await behavingLike({ on: 'write', refuse: { status: 503 }, times: 1 }, async () => {
      const referred = await world.refer(toSummit())
      await eventually('it was tried', async () =>
        (await deliveries('retry')) > tried ? true : undefined,
      )
      t.equal((await revoke(referred)).status, 200)
      await eventually('the jobs are done', async () =>
        (await deliveries('unchanged')) > before + 1 ? true : undefined,
      )
      t.same(atClinic(world, 'Patient', patientOf(referred), clinic), [])
      t.equal(await standing(referred), 'cancelled/cancelled')
    })
  })

  await t.test('information after a lost answer makes no second copy of the rest', async (t) => {
    const referred = await behavingLike({ on: 'write', afterwards: 'reset', times: 1 }, () =>
      delivered(world, toSummit()),
    )
    const score = painScore({ reference: patientOf(referred) }, daysAgo(1), 6)
    await referred.by.post(`ServiceRequest/${referred.id}/$add-information`, score)
    await eventually('the clinic has it', () =>
      atClinic(world, 'Observation', patientOf(referred), clinic).length === 5 ? true : undefined,
    )
    for (const [type, count] of [
      ['Condition', 1],
      ['MedicationRequest', 1],
      ['Observation', 5],
    ] as const)
      t.equal(atClinic(world, type, patientOf(referred), clinic).length, count, type)
    onceThere(t, referred, 'with information')
  })

  await t.test('nor is it where the search index of the EHR lags behind', async (t) => {
    const before = await deliveries('found')
    await behavingLike(
      { on: 'write', afterwards: 'reset', times: 1, searchLagMs: 2_500 },
      async () => {
        onceThere(t, await delivered(world, toSummit()), 'lagging')
      },
    )
    await eventually('it was found by searching', async () =>
      (await deliveries('found')) > before ? true : undefined,
    )
  })

  await t.test('a poll that fails is made up for', async (t) => {
    const referred = await delivered(world, toSummit())
    await behavingLike({ on: 'read', refuse: { status: 500 }, times: 2 }, async () => {
      ehr.act(referred.taskId, 'accept')
      await world.reaches(referred, 'accepted/awaiting-scheduling')
    })
    t.ok((await metricOf(world, `referloop_polls_total{clinic="${clinic}",outcome="failed"}`)) > 0)
  })

  await t.test('an outcome that is not valid FHIR is named, and the rest comes in', async (t) => {
    const referred = await delivered(world, toSummit())
    const task = taskAtClinic(world, referred, clinic)
    const [good, bad] = [randomUUID(), randomUUID()]
    const note = { resourceType: 'Observation', status: 'final', code: { text: 'Pain' } }
    const output = [good, bad].map((id) => ({
      type: { text: 'Outcome' },
      valueReference: { reference: `Observation/${id}` },
    }))
    ehr.store.commit([
      { type: 'Observation', id: good, resource: note },
      { type: 'Observation', id: bad, resource: { ...note, status: 'wonderful' } },
      {
        type: 'Task',
        id: task.id as string,
        resource: { ...task, status: 'completed', output } as unknown as Resource,
      },
    ])
    const done: Task = await world.reaches(referred, 'completed/completed')
    const [ours] = outputsOf(done, 'Observation')
    t.equal((await referred.by.get(ours as string)).status, 200)
    t.equal(
      done.output?.at(-1)?.valueReference?.reference,
      `${ehr.baseUrl}/Observation/${bad}`,
      'the other is named where it lies',
    )
  })
}
