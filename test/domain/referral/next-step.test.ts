import fc from 'fast-check'
import t from 'tap'
import { usualTerms } from '../../../src/domain/access/due-terms.ts'
import type { DeadLetter } from '../../../src/domain/referral/dead-letter.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  type TaskStatus,
} from '../../../src/domain/referral/life.ts'
import { nextOverdueNotice, nextStep } from '../../../src/domain/referral/next-step.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import { aReferral } from '../../helpers/referral-change.ts'

const terms = { ...usualTerms, hours: { ...usualTerms.hours, timeZone: 'America/Chicago' } }
const states = Object.entries(businessStatusesOf).flatMap(([status, businessStatuses]) =>
  businessStatuses.map((businessStatus) => ({ status, businessStatus })),
) as readonly { readonly status: TaskStatus; readonly businessStatus: BusinessStatus }[]

/** Who acts next, as docs/referral-life.md has it. */
const actors: Partial<Record<BusinessStatus, string>> = {
  'awaiting-information': 'referrer',
  'awaiting-acknowledgement': 'referrer',
  sending: 'referloop',
  'delivery-failed': 'operator',
  'lost-at-ehr': 'operator',
}

const priorities = ['routine', 'urgent', 'asap', 'stat'] as const
const letter: DeadLetter = {
  cause: 'refused',
  phase: 'refused',
  since: '2026-03-02T10:00:00.000Z',
  attempts: 3,
}

t.test('every open state has one next actor and one due time, every closed one none', async () => {
  const any = fc.record({
    state: fc.constantFrom(...states),
    priority: fc.constantFrom(...priorities),
    updated: fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2027-12-31T00:00:00Z'),
      noInvalidDate: true,
    }),
    delivery: fc.constantFrom<Referral['delivery']['state']>(
      'none',
      'queued',
      'delivered',
      'failed',
    ),
    isGivenUp: fc.boolean(),
    before: fc.constantFrom(...states),
    appointment: fc.option(fc.constant('2026-06-01T15:00:00.000Z'), { nil: undefined }),
  })
  fc.assert(
    fc.property(any, ({ state, priority, updated, delivery, isGivenUp, before, appointment }) => {
      const updatedAt = updated.toISOString()
      const was = aReferral({ ...before, priority, updatedAt })
      const step = nextStep(was, terms, appointment)
      const referral = aReferral({
        ...state,
        priority,
        updatedAt,
        delivery: { state: delivery, ...(isGivenUp ? { deadLetter: letter } : {}) },
        step,
      })
      const next = nextStep(referral, terms)
      if (isClosed(state.status)) return next === undefined
      const isRepair =
        state.businessStatus === 'delivery-failed' || (isGivenUp && delivery === 'delivered')
      const actor = isRepair ? 'operator' : (actors[state.businessStatus] ?? 'clinic')
      return (
        next?.actor === actor &&
        next.of === state.businessStatus &&
        new Date(next.due).toISOString() === next.due &&
        next.since <= updatedAt &&
        (next.appointment !== undefined || next.due > next.since) &&
        nextOverdueNotice({ step: next }) === next.due
      )
    }),
    { numRuns: 2_000 },
  )
})

const monday = '2026-03-02T16:00:00.000Z'
const dueOf = (facts: Partial<Referral>, appointment?: string) =>
  nextStep(aReferral({ updatedAt: monday, ...facts }), terms, appointment)?.due

t.test('how long there is, is the clinic’s term for the step and the priority', async (t) => {
  const received = { status: 'received', businessStatus: 'awaiting-triage' } as const
  t.equal(dueOf(received), '2026-03-04T23:00:00.000Z', 'two working days for triage')
  t.equal(dueOf({ ...received, priority: 'stat' }), '2026-03-02T23:00:00.000Z', 'the same day')
  t.equal(dueOf({}), '2026-03-03T16:00:00.000Z', 'a day to deliver, round the clock')
  t.equal(dueOf({ priority: 'urgent' }), '2026-03-02T16:15:00.000Z')
  const failed = { businessStatus: 'delivery-failed', priority: 'urgent' } as const
  t.equal(dueOf(failed), '2026-03-02T17:00:00.000Z', 'an hour for the operator')
  const waits = { businessStatus: 'awaiting-information' } as const
  const due = '2026-03-16T10:00:00.000Z'
  const information = { taskId: 'asks', questionnaireId: 'form', due, reminders: [] }
  t.equal(dueOf({ ...waits, information }), due, 'what is asked for has its own deadline')
  t.equal(dueOf(waits), '2026-03-16T16:00:00.000Z')
  t.equal(
    nextOverdueNotice({ step: nextStep(aReferral({ ...waits, information }), terms) }),
    undefined,
    'and reminders of its own',
  )
})

t.test('the outcome is due after the appointment, where its date is known', async (t) => {
  const scheduled = { status: 'in-progress', businessStatus: 'scheduled' } as const
  const appointment = '2026-03-20T15:00:00.000Z'
  t.equal(dueOf(scheduled), '2026-04-13T22:00:00.000Z', 'thirty working days while it is not')
  t.equal(dueOf(scheduled, appointment), '2026-03-27T22:00:00.000Z')
  const step = nextStep(aReferral({ ...scheduled, updatedAt: monday }), terms, appointment)
  t.equal(dueOf({ ...scheduled, step }), '2026-03-27T22:00:00.000Z', 'it is remembered')
  const missed = { ...scheduled, businessStatus: 'no-show', step } as const
  t.equal(dueOf({ ...missed, updatedAt: '2026-03-20T16:00:00.000Z' }), '2026-03-27T22:00:00.000Z')
  const again = nextStep(aReferral({ ...missed, updatedAt: '2026-03-20T16:00:00.000Z' }), terms)
  t.equal(
    dueOf({ ...scheduled, step: again, updatedAt: '2026-03-23T16:00:00.000Z' }),
    '2026-05-04T22:00:00.000Z',
    'one that was missed is not that of the next',
  )
})

t.test('a step keeps its time and what was said of it, until another begins', async (t) => {
  const received = { status: 'received', businessStatus: 'awaiting-triage' } as const
  const first = nextStep(aReferral({ ...received, updatedAt: monday }), terms)
  t.same(first?.notices, [
    '2026-03-04T23:00:00.000Z',
    '2026-03-12T22:00:00.000Z',
    '2026-03-19T22:00:00.000Z',
  ])
  const told = first && { ...first, notices: first.notices.slice(1) }
  const later = { ...received, updatedAt: '2026-03-05T16:00:00.000Z', step: told }
  t.same(nextStep(aReferral(later), terms), told)
  const urgent = nextStep(aReferral({ ...later, priority: 'urgent' }), terms)
  t.match(urgent, { since: monday, due: '2026-03-02T23:00:00.000Z' }, 'more urgent, sooner due')
  t.equal(urgent?.notices[0], '2026-03-02T23:00:00.000Z', 'and that is said anew')
  const accepted = { ...later, status: 'accepted', businessStatus: 'awaiting-scheduling' } as const
  t.match(nextStep(aReferral(accepted), terms), {
    since: later.updatedAt,
    due: '2026-03-12T22:00:00.000Z',
  })
})
