/** The fault matrix, S1 to S5, as far as one referral shows it: received, validated, kept, checked, queued. */

import type { ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../src/domain/problem.ts'
import { checkReferral } from '../../src/domain/referral/intake.ts'
import { readSubmission } from '../../src/domain/referral/submission.ts'
import { submitReferral } from '../../src/domain/referral/submit.ts'
import { supplyInformation } from '../../src/domain/referral/supply-information.ts'
import { aForm } from '../helpers/a-referral.ts'
import { referralTo, theCheck, validate } from '../histories/simulation/fixtures.ts'
import { caller, type SmallWorld, smallWorld } from './small-world.ts'

const away = async (): Promise<never> => {
  throw new Problem('unavailable', undefined, { retryAfter: 1 })
}

async function problemOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
}

const rowsOf = (world: SmallWorld) => world.store.dump([]).referrals.length

for (const title of [
  'F2 S1: without a database a referral is put off, and taken in later',
  'F2 S2: one that is valid is put off all the same, and not called invalid',
  'F3 S1: while the database restarts a referral is put off, and taken in later',
  'F3 S4: nor is it checked by halves',
  'F14 S1: on a full disk a referral is put off, and taken in when there is room',
])
  t.test(title, async (t) => {
    const world = smallWorld()
    world.onCommit(away)
    t.match(await problemOf(world.submit()), { code: 'unavailable', status: 503, retryAfter: 1 })
    t.equal(rowsOf(world), 0)
    world.onCommit()
    await world.submit()
    t.equal(rowsOf(world), 1)
  })

for (const title of [
  'F2 S3: a commit whose answer was lost is found by the repeat',
  'F3 S3: what was committed before a restart is there after it',
  'F5 S1: a practice that never heard of its 2xx repeats, and hears it',
  'F5 S3: a connection reset behind the commit makes no second referral',
  'F2 S4: the check of a commit whose answer was lost is not made again',
])
  t.test(title, async (t) => {
    const world = smallWorld()
    const { commit } = world.store.referrals
    world.onCommit(async (change) => {
      await commit(change)
      return away()
    })
    await t.rejects(world.submit(), { code: 'unavailable' })
    world.onCommit()
    const first = await world.submit()
    const second = await world.submit()
    t.equal(second.id, first.id)
    t.same(second.submitted, first.submitted)
    t.equal(rowsOf(world), 1)
    const checks = world.store.dump([]).resources.filter(({ type }) => type === 'GuidanceResponse')
    t.equal(checks.length, 1)
    t.equal(world.jobs.length, 1)
  })

t.test(
  'F7 S3: another content under a known identifier is a conflict, not a failure',
  async (t) => {
    const world = smallWorld()
    await world.submit('one')
    const other = referralTo('summit-pain-center', 'one', true)
    t.match(await problemOf(submitReferral(world.ports, readSubmission(other), caller)), {
      code: 'referral-differs',
      status: 409,
    })
    t.equal(rowsOf(world), 1)
  },
)

t.test('F12 S1: what supplies a referral that is not here is not found', async (t) => {
  const world = smallWorld()
  const resource = aForm({ reference: 'Patient/none' }, { glaucoma: 'N' })
  const entry = {
    ...{ resource, expression: 'QuestionnaireResponse', put: undefined },
    ...{ fullUrl: undefined, ifNoneExist: undefined },
  }
  await t.rejects(supplyInformation(world.ports, 'none', { additions: [entry] }, caller), {
    code: 'not-found',
  })
  t.equal(rowsOf(world), 0)
})

t.test('F11 S1: of two changes on one version one is made, the other is told', async (t) => {
  const world = smallWorld()
  const { id } = await world.submit()
  const stored = await world.store.resources.read(caller, 'ServiceRequest', id)
  const revoked = (): Promise<unknown> => {
    const resource = { ...JSON.parse(stored?.content ?? '{}'), status: 'revoked' } as ServiceRequest
    const entry = {
      ...{ fullUrl: undefined, resource, expression: 'ServiceRequest', ifNoneExist: undefined },
      put: { id, ifMatch: undefined },
    }
    const supply = { request: { entry, version: stored?.version ?? 0 }, additions: [] }
    return supplyInformation(world.ports, id, supply, caller)
  }
  const outcomes = await Promise.allSettled([revoked(), revoked()])
  const [failed, ...others] = outcomes.filter(({ status }) => status === 'rejected')
  t.equal(others.length, 0)
  t.match((failed as PromiseRejectedResult | undefined)?.reason, { status: 412 })
})

t.test(
  'F13 S3: a clock that is set back leaves the times of the versions in their order',
  async (t) => {
    const world = smallWorld()
    const referral = await world.submit()
    world.skew(-3_600_000)
    await world.attempt(referral.id, 1)
    const versions = world.store
      .dump([])
      .resources.filter(({ type, id }) => type === 'Task' && id === referral.taskId)
      .map(({ version, content }) => [version, JSON.parse(content).meta.lastUpdated] as const)
    t.same(
      versions.map(([version]) => version),
      [1, 2],
    )
    t.ok((versions[1]?.[1] ?? '') > (versions[0]?.[1] ?? ''), String(versions))
  },
)

for (const title of [
  'F10 S1: a hundred of one referral at once make one',
  'F10 S4: and are checked once, as far as is kept',
])
  t.test(title, async (t) => {
    const world = smallWorld()
    const sent = await Promise.all(Array.from({ length: 100 }, () => world.submit()))
    t.equal(new Set(sent.map(({ id }) => id)).size, 1)
    t.equal(rowsOf(world), 1)
    const checks = world.store.dump([]).resources.filter(({ type }) => type === 'GuidanceResponse')
    t.equal(checks.length, 1)
  })

t.test('F10 S2: a referral is judged alike each time', async (t) => {
  const bundle = { ...referralTo('river-pain-clinic', 'one', true), type: 'wrong' }
  t.ok(validate(bundle).length > 0)
  t.same(validate(structuredClone(bundle)), validate(bundle))
})

t.test(
  'F7 S4: what the check finds against a referral goes to a person, and rejects nothing',
  async (t) => {
    const world = smallWorld()
    const ports = {
      ...world.ports,
      check: async (...given: Parameters<typeof theCheck>) => ({
        ...(await theCheck(...given)),
        next: 'await-acknowledgement' as const,
      }),
    }
    const submission = readSubmission(referralTo('river-pain-clinic', 'one', true))
    const { referral } = await submitReferral(ports, submission, caller)
    t.match(referral, { status: 'requested', businessStatus: 'awaiting-acknowledgement' })
    t.same(world.jobs, [])
  },
)

t.test('F11 S4: a check of what was overtaken is made again on what is there', async (t) => {
  const world = smallWorld()
  const { referral } = await submitReferral(
    world.ports,
    readSubmission(referralTo('river-pain-clinic', 'one', false)),
    caller,
  )
  const entry = {
    ...{ fullUrl: undefined, expression: 'QuestionnaireResponse', ifNoneExist: undefined },
    ...{ resource: aForm({ reference: `Patient/${referral.patientId}` }, { glaucoma: 'N' }) },
    put: undefined,
  }
  const { commit } = world.store.referrals
  let isFirst = true
  world.onCommit(async (change) => {
    if (isFirst) {
      isFirst = false
      const current = await world.find(referral.id)
      const next = { ...current, version: current.version + 1, priority: 'urgent' as const }
      await commit({
        referral: next,
        ...{ expectedVersion: current.version, resources: [], audit: [], jobs: [] },
      })
    }
    return commit(change)
  })
  await supplyInformation(world.ports, referral.id, { additions: [entry] }, caller)
  t.match(await world.find(referral.id), { version: 3, businessStatus: 'sending' })
})

t.test('F1 S4: a check that is made again, as after a kill, comes out alike', async (t) => {
  const world = smallWorld()
  const submission = readSubmission(referralTo('river-pain-clinic', 'one', true))
  const dry = () => checkReferral(world.ports, submission, caller)
  t.same({ ...(await dry()), reasonReference: [] }, { ...(await dry()), reasonReference: [] })
  t.equal(rowsOf(world), 0)
})
