/** What a delivery does when its outcome is not known, on an EHR that creates whatever it is given. */

import type { Practitioner, Task } from 'fhir/r4'
import t from 'tap'
import { createClinicEhr } from '../../../src/delivery/ehr-client.ts'
import { AnswerLost } from '../../../src/delivery/exchange.ts'
import type { Caller } from '../../../src/domain/access/caller.ts'
import type { Clinic } from '../../../src/domain/access/registry.ts'
import { deliver } from '../../../src/domain/referral/deliver.ts'
import { followReferral } from '../../../src/domain/referral/follow-clinic.ts'
import type { IntakePorts } from '../../../src/domain/referral/intake.ts'
import { EhrFailure, type ReferralChange } from '../../../src/domain/referral/ports.ts'
import { readSubmission } from '../../../src/domain/referral/submission.ts'
import { submitReferral } from '../../../src/domain/referral/submit.ts'
import { chanceFrom } from '../../histories/simulation/chance.ts'
import {
  bases,
  referralTo,
  theCheck,
  theRegistry,
  validate,
} from '../../histories/simulation/fixtures.ts'
import { memoryStore } from '../../histories/simulation/memory-store.ts'
import { type Badness, simulatedEhr } from '../../histories/simulation/network.ts'
import { virtualTime } from '../../histories/simulation/virtual-time.ts'

const clinic = theRegistry.clinicById('river-pain-clinic') as Clinic
const caller: Caller = {
  role: 'referrer',
  organization: 'lakeside-family',
  client: 'lakeside-family',
  scopes: [],
  tokenId: 't',
}

const good: Badness = {
  ...{ faults: 0, ignoresConditions: false, searchLagMs: 0, lateMs: 0 },
  ...{ staleReplica: false, shuffledHistory: false, keepsHistory: true },
}

/** One practice, one clinic, one worker, and a network that loses the answers it is told to lose. */
function aWorld(badness: Partial<Badness> = {}) {
  const time = virtualTime(Date.parse('2026-03-02T10:00:00.000Z'))
  let ids = 0
  const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const chance = chanceFrom(1)
  const ehr = simulatedEhr(
    clinic.id,
    bases['river-pain-clinic'],
    time,
    chance,
    { ...good, ...badness },
    newId,
  )
  const store = memoryStore(() => {})
  const now = () => new Date(Math.floor(time.now()))
  let toLose = 0
  const { send } = ehr.egressOf('1')
  const ehrClient = createClinicEhr(clinic.ehr as NonNullable<Clinic['ehr']>, {
    egress: {
      async send(request) {
        const answer = await send(request)
        if (request.method === 'POST' && toLose-- > 0) throw new AnswerLost('reset', undefined)
        return answer
      },
    },
    key: { key: {}, kid: '', alg: 'ES384' },
    ...{ now, newId, monotonic: time.now },
  })
  const resources = store.resources as IntakePorts['resources']
  const ports = {
    ...{ referrals: store.referrals, resources, registry: () => theRegistry, now, newId, validate },
    ...{ check: theCheck, sleep: time.sleep, ehrOf: () => ehrClient, polls: store.polls },
    ...{ onAttempt: () => {}, onReport: () => {}, onSetback: () => {} },
    follow: (...given: [Clinic, NonNullable<ReferralChange['referral']>]) =>
      followReferral(ports, ...given),
  }
  async function run<Result>(work: Promise<Result>): Promise<Result> {
    let done = false
    work.then(
      () => (done = true),
      () => (done = true),
    )
    await time.runUntil(Number.POSITIVE_INFINITY, () => done)
    return work
  }
  return {
    ehr,
    ports,
    store,
    now,
    loseAnswers: (count: number) => {
      toLose = count
    },
    submit: (identifier = 'one') =>
      submitReferral(
        ports,
        readSubmission(referralTo('river-pain-clinic', identifier, true)),
        caller,
      ).then(({ referral }) => referral),
    attempt: (referralId: string, attempt: number) =>
      run(deliver(ports, { queue: 'deliver', referralId, attempt, last: false })),
    pass: (ms: number) => run(time.sleep(ms)),
    held: (type: string) => [...ehr.store.histories(type)].map((history) => history.at(-1)),
  }
}

const failure = async (work: Promise<unknown>): Promise<EhrFailure> => {
  try {
    await work
  } catch (error) {
    if (error instanceof EhrFailure) return error
    throw error
  }
  throw new Error('it did not fail')
}

t.test('what cannot be found yet is not sent again before it had time to show', async (t) => {
  const world = aWorld({ ignoresConditions: true, searchLagMs: 8_000 })
  const { id } = await world.submit()
  world.loseAnswers(1)
  t.match(await failure(world.attempt(id, 1)), { phase: 'unknown' })
  const early = await failure(world.attempt(id, 2))
  t.match(early, { phase: 'before', permanent: false })
  t.ok((early.retryAfter ?? 0) > 5 && (early.retryAfter ?? 99) <= 15, 'the rest of the wait')
  await world.pass((early.retryAfter ?? 0) * 1_000)
  await world.attempt(id, 3)
  t.equal(world.held('ServiceRequest').length, 1)
  t.equal((await world.store.referrals.find(id))?.delivery.state, 'delivered')
})

t.test('what never got there is sent again once that is certain', async (t) => {
  const world = aWorld()
  const { id } = await world.submit()
  world.loseAnswers(1)
  await failure(world.attempt(id, 1))
  world.ehr.restore(0)
  t.match(await failure(world.attempt(id, 2)), { phase: 'before' })
  await world.pass(15_000)
  await world.attempt(id, 3)
  t.equal(world.held('ServiceRequest').length, 1)
})

t.test('a clock that was set back does not stretch the wait', async (t) => {
  const world = aWorld()
  const { id } = await world.submit()
  world.loseAnswers(1)
  await failure(world.attempt(id, 1))
  world.ehr.restore(0)
  const { now } = world.ports
  world.ports.now = () => new Date(now().getTime() - 3_600_000)
  t.ok(((await failure(world.attempt(id, 2))).retryAfter ?? 99) <= 15)
})

t.test('an EHR that holds the doctor twice still gets the referral', async (t) => {
  const world = aWorld()
  const first = await world.submit('one')
  await world.attempt(first.id, 1)
  const doctor = world.held('Practitioner')[0]
  const { id: _own, ...copy } = JSON.parse(doctor?.content ?? '{}') as Practitioner
  world.ehr.store.commit([{ type: 'Practitioner', id: 'zz', resource: { ...copy } as never }])
  const second = await world.submit('two')
  await world.attempt(second.id, 1)
  t.match(await world.store.referrals.find(second.id), { delivery: { state: 'delivered' } })
  t.equal(world.held('ServiceRequest').length, 2)
  t.equal(world.held('Practitioner').length, 2, 'and no third')
})

t.test('what was taken back too late ends as the clinic ended it', async (t) => {
  const world = aWorld()
  const { id, taskId } = await world.submit()
  world.loseAnswers(1)
  await failure(world.attempt(id, 1))
  const current = await world.store.referrals.find(id)
  if (!current) throw new Error('it is gone')
  await world.store.referrals.commit({
    referral: {
      ...current,
      version: current.version + 1,
      status: 'cancelled',
      businessStatus: 'cancelled',
    },
    ...{ expectedVersion: current.version, resources: [], audit: [], jobs: [] },
  })
  for (const action of ['accept', 'complete'] as const) world.ehr.act(taskId, action, false)
  await world.attempt(id, 2)
  t.match(await world.store.referrals.find(id), {
    status: 'completed',
    businessStatus: 'completed',
  })
  const task = await world.store.resources.read(caller, 'Task', taskId)
  t.ok((JSON.parse(task?.content ?? '{}') as Task).output?.length, 'with its outcome')
})
