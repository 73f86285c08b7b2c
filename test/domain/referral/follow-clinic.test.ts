import { randomUUID } from 'node:crypto'
import type { Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { type Clinic, parseRegistry } from '../../../src/domain/access/registry.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import {
  type FollowPorts,
  followClinic,
  type ReportEvent,
  type SetbackEvent,
} from '../../../src/domain/referral/follow-clinic.ts'
import { type BusinessStatus, businessStatusSystem } from '../../../src/domain/referral/life.ts'
import { type ClinicEhr, EhrFailure } from '../../../src/domain/referral/ports.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import { aNextState, aReferral, aSubmission } from '../../helpers/referral-change.ts'
import { openTestStorage } from '../../helpers/storage.ts'

const registry = parseRegistry({
  referrers: [],
  clinics: [
    {
      id: 'river-pain-clinic',
      name: 'River Pain Clinic',
      npi: '1234567893',
      policy: 'ketamine-infusion-referral',
      ehr: { fhirBaseUrl: 'https://ehr.example/fhir', auth: { type: 'none' } },
    },
  ],
})
const [river] = registry.clinics as [Clinic]
const { validate } = createReferralValidator()

/** Two referrals at an EHR whose Tasks and readings the test decides. */
async function aClinic(t: Test) {
  const storage = await openTestStorage()
  t.teardown(() => storage.close())
  const ids = [randomUUID(), randomUUID()] as const
  for (const id of ids) {
    const referral = aReferral({ id })
    await storage.referrals.commit(aSubmission(referral))
    const delivery = { state: 'delivered', ehrTask: `Task/${id}` } as const
    const received = { status: 'received', businessStatus: 'awaiting-triage', delivery } as const
    await storage.referrals.commit(aNextState(referral, received))
  }
  const setbacks: SetbackEvent[] = []
  const reported: ReportEvent[] = []
  let tasks: readonly unknown[] = []
  let read: ClinicEhr['read'] = async () => ({})
  const ehr = {
    changedTasks: async function* () {
      yield tasks
    },
    history: async () => [],
    read: (reference: string) => read(reference),
  } as unknown as ClinicEhr
  const ports: FollowPorts = {
    referrals: storage.referrals,
    resources: storage.resources,
    polls: storage.polls,
    registry: () => registry,
    ehrOf: () => ehr,
    validate,
    newId: randomUUID,
    now: () => new Date('2026-03-03T10:00:00.000Z'),
    onReport: (event) => void reported.push(event),
    onSetback: (event) => void setbacks.push(event),
  }
  return {
    ids,
    setbacks,
    reported,
    answer(given: readonly unknown[], reading: ClinicEhr['read'] = read) {
      tasks = given
      read = reading
    },
    poll: () => followClinic(ports, river),
    referral: (id: string) => storage.referrals.find(id),
    async change(
      id: string,
      change: { businessStatus: BusinessStatus; delivery?: { taskChanged: true } },
    ) {
      const now = (await storage.referrals.find(id)) as Referral
      const delivery = { ...now.delivery, ...change.delivery }
      await storage.referrals.commit(aNextState(now, { ...change, delivery }))
    },
    watermark: () => storage.polls.watermark(river.id),
    status: async (id: string) => (await storage.referrals.find(id))?.status,
    async task(id: string) {
      const owner = { role: 'referrer', organization: 'lakeside-family' } as const
      const stored = await storage.resources.read(owner, 'Task', `task-${id}`)
      return JSON.parse(stored?.content ?? '{}') as Task
    },
  }
}

const aTask = (id: string, minute: number, more: object = {}) => ({
  resourceType: 'Task',
  id,
  meta: { versionId: `${minute}`, lastUpdated: `2026-03-03T09:${minute}:00.000Z` },
  status: 'accepted',
  intent: 'order',
  ...more,
})

t.test(
  'an outcome that cannot be read now holds up nobody else, and is asked for again',
  async (t) => {
    const clinic = await aClinic(t)
    const [first, second] = clinic.ids
    const output = [{ type: { text: 'Outcome' }, valueReference: { reference: 'Observation/1' } }]
    const completed = aTask(first, 10, { status: 'completed', output })
    clinic.answer([completed, aTask(second, 30)], async () => {
      throw new EhrFailure('The EHR answered 500.', { phase: 'unknown', status: 500 })
    })
    t.equal(await clinic.poll(), 1)
    t.equal(await clinic.status(first), 'received')
    t.equal(await clinic.status(second), 'accepted')
    t.match(clinic.setbacks, [{ referralId: first, clinicId: 'river-pain-clinic' }])
    t.equal(await clinic.watermark(), '2026-03-03T09:10:00.000Z', 'no further than what is owed')

    clinic.answer([completed, aTask(second, 30)], async () => ({
      resourceType: 'Observation',
      id: '1',
      status: 'final',
      code: { text: 'Pain' },
    }))
    t.equal(await clinic.poll(), 1)
    t.equal(await clinic.status(first), 'completed')
    t.equal(await clinic.watermark(), '2026-03-03T09:30:00.000Z')
  },
)

t.test('of a Task that is not valid FHIR, what is valid counts', async (t) => {
  const clinic = await aClinic(t)
  const [first, second] = clinic.ids
  const odd = {
    output: 'nonsense',
    businessStatus: { coding: [null] },
    statusReason: { text: 'Seen on Monday' },
    note: [{ text: 5 }],
  }
  clinic.answer([{ resourceType: 'Task' }, null, aTask(first, 10, odd), aTask(second, 11)])
  t.equal(await clinic.poll(), 2)
  t.same(clinic.setbacks, [])
  t.equal(clinic.reported.find(({ referralId }) => referralId === first)?.refused, 3)
  const task = await clinic.task(first)
  t.match(task, { status: 'accepted', statusReason: { text: 'Seen on Monday' } })
  t.equal(task.note, undefined)
})

t.test('a Task whose meta is broken is still followed by its version', async (t) => {
  const clinic = await aClinic(t)
  const [first] = clinic.ids
  const meta = (versionId: string) => ({
    versionId,
    lastUpdated: `2026-03-03T09:1${versionId}:00.000Z`,
    tag: 'none',
  })
  clinic.answer([aTask(first, 0, { meta: meta('1') })])
  t.equal(await clinic.poll(), 1)
  t.equal(await clinic.poll(), 0, 'known')
  clinic.answer([aTask(first, 0, { meta: meta('2'), status: 'in-progress' })])
  t.equal(await clinic.poll(), 1)
  t.equal(await clinic.status(first), 'in-progress')
})

t.test('a note of the clinic names people where they are, not as if they were ours', async (t) => {
  const clinic = await aClinic(t)
  const [first] = clinic.ids
  const note = [{ text: 'Seen', authorReference: { reference: 'Practitioner/77' } }]
  clinic.answer([aTask(first, 10, { note })])
  await clinic.poll()
  t.equal(
    (await clinic.task(first)).note?.[0]?.authorReference?.reference,
    'https://ehr.example/fhir/Practitioner/77',
  )
})

t.test('a cancellation that the clinic has not been told of outlives what it says', async (t) => {
  for (const [status, business] of [
    ['received', 'awaiting-triage'],
    ['accepted', 'awaiting-scheduling'],
  ] as const) {
    const clinic = await aClinic(t)
    const [first] = clinic.ids
    await clinic.change(first, {
      businessStatus: 'cancellation-requested',
      delivery: { taskChanged: true },
    })
    const coding = [{ system: businessStatusSystem, code: business }]
    clinic.answer([aTask(first, 10, { status, businessStatus: { coding } })])
    await clinic.poll()
    t.match(await clinic.referral(first), {
      status,
      businessStatus: 'cancellation-requested',
      delivery: { taskChanged: true },
    })
  }
})

t.test('a clinic that was told of a cancellation may go on', async (t) => {
  const clinic = await aClinic(t)
  const [first] = clinic.ids
  await clinic.change(first, { businessStatus: 'cancellation-requested' })
  clinic.answer([aTask(first, 10)])
  await clinic.poll()
  t.match(await clinic.referral(first), {
    status: 'accepted',
    businessStatus: 'awaiting-scheduling',
  })
})
