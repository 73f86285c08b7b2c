/** Six referrals, counted by hand. */

import t from 'tap'
import { openingsBetween, usualHours } from '../../../src/domain/access/working-hours.ts'
import {
  declinesOf,
  endsOf,
  figuresOf,
  groupedStates,
  isSmall,
  pointsSince,
  ratioOf,
} from '../../../src/domain/insight/figures.ts'
import type { TallyQuery } from '../../../src/domain/insight/tally.ts'
import { toldBy } from '../../../src/domain/insight/told.ts'
import { type History, inOrder, type Standing, tallyOf } from '../../helpers/insight-oracle.ts'
import { aNextState, aReferral, aResource, aSubmission } from '../../helpers/referral-change.ts'

const hourMs = 3_600_000

type Line = readonly [
  at: string,
  status: Standing['status'],
  businessStatus: Standing['businessStatus'],
  more?: Partial<Standing>,
]

const history = (id: string, ...lines: readonly [Line, ...Line[]]): History => {
  let overall = 'ready'
  const standings = lines.map(([at, status, businessStatus, more = {}]) => {
    overall = more.overall ?? overall
    return { overall, ...more, at: `${at}:00.000Z`, status, businessStatus }
  })
  return {
    id,
    referrerId: 'lakeside',
    clinicId: 'river',
    patientId: id,
    standings: standings as unknown as History['standings'],
  }
}

const incomplete = { overall: 'incomplete' }
const ready = { overall: 'ready' }

const histories: readonly History[] = [
  // Complete at once; seen and reported in April.
  history(
    'a',
    ['2026-03-02T15:00', 'requested', 'sending'],
    ['2026-03-02T16:00', 'received', 'awaiting-triage'],
    ['2026-03-03T16:00', 'accepted', 'awaiting-scheduling'],
    ['2026-03-05T16:00', 'in-progress', 'scheduled'],
    ['2026-04-02T16:00', 'in-progress', 'visit-completed'],
    ['2026-04-03T16:00', 'completed', 'completed', { reported: true }],
  ),
  // Friday four in the afternoon to Monday nine in the morning; the clocks change on the Sunday.
  history(
    'b',
    ['2026-03-06T21:00', 'requested', 'awaiting-information', incomplete],
    ['2026-03-09T13:00', 'requested', 'sending', ready],
    ['2026-03-09T14:00', 'received', 'awaiting-triage'],
    ['2026-03-11T14:00', 'rejected', 'declined', { reason: 'no-capacity' }],
  ),
  // Went on incomplete, and the clinic asked.
  history(
    'c',
    ['2026-03-10T14:00', 'requested', 'awaiting-information', incomplete],
    ['2026-03-11T14:00', 'received', 'awaiting-triage'],
    ['2026-03-12T14:00', 'received', 'awaiting-information'],
    ['2026-03-16T14:00', 'received', 'awaiting-triage', ready],
  ),
  // Taken back before it was complete.
  history(
    'd',
    ['2026-03-12T14:00', 'requested', 'awaiting-information', incomplete],
    ['2026-03-14T14:00', 'cancelled', 'cancelled', { revoked: true }],
  ),
  // Incomplete still.
  history('e', ['2026-03-30T14:00', 'requested', 'awaiting-information', incomplete]),
  // Of February; not there, and then there.
  history(
    'f',
    ['2026-02-20T15:00', 'requested', 'sending'],
    ['2026-02-20T16:00', 'received', 'awaiting-triage'],
    ['2026-02-23T16:00', 'in-progress', 'scheduled'],
    ['2026-03-09T16:00', 'in-progress', 'no-show'],
    ['2026-03-10T16:00', 'in-progress', 'scheduled'],
    ['2026-03-20T16:00', 'completed', 'completed'],
  ),
]

const march: TallyQuery = {
  from: '2026-03-01T05:00:00.000Z',
  until: '2026-04-01T04:00:00.000Z',
  steps: ['2026-03-01T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
  openings: openingsBetween('2026-03-01T05:00:00.000Z', '2026-05-01T00:00:00.000Z', usualHours),
  openMs: 9 * hourMs,
}
const practice = { role: 'referrer', organization: 'lakeside' } as const
const clinic = { role: 'clinic', organization: 'river' } as const

t.test('a practice’s March', async (t) => {
  const tally = tallyOf(histories, practice, march)
  t.match(tally.total, {
    submitted: 5,
    incomplete: 4,
    salvaged: 1, // b
    sentBack: 1, // c
    ended: 1, // d
    waiting: 1, // e
    completed: 2, // b, c
    arrived: 3,
    accepted: 1,
    scheduled: 1,
    seen: 1,
    closed: 1,
    declined: 1,
  })
  // b took 64 hours of the clock and 2 of work, c six days, of which 4 times 9 hours of work.
  t.match(tally.total.clock, { p50: 104 * hourMs, p25: 84 * hourMs, p75: 124 * hourMs })
  t.equal(tally.total.working?.p50, 19 * hourMs)
  t.same(tally.steps, [
    { submitted: 2, unknown: 0, incomplete: 1 },
    { submitted: 3, unknown: 0, incomplete: 3 },
  ])
  t.equal(tally.days[2], 1, 'b on the third day')
  t.equal(tally.days[6], 1, 'c on the seventh')
  const figures = figuresOf(tally)
  t.same(figures.incomplete, { part: 4, whole: 5 })
  t.same(figures.salvaged, { part: 1, whole: 4 })
  // b was declined and f completed without a note; d was taken back and is left out; a ended in April.
  t.same(figures.closed, { part: 0, whole: 2 })
  t.same(figures.declined, { part: 1, whole: 2 })
  t.same(figures.noShows, { part: 1, whole: 2 })
  t.same(endsOf(tally.ends), {
    withNote: 0,
    withoutNote: 1,
    declined: 1,
    failed: 0,
    takenBack: 1,
    cancelled: 0,
  })
  t.same(declinesOf(tally.ends), [{ reason: 'no-capacity', count: 1 }])
})

t.test(
  'a referral that crosses the end of a period counts where each thing happened',
  async (t) => {
    const april: TallyQuery = {
      ...march,
      from: march.until,
      until: '2026-05-01T04:00:00.000Z',
      steps: [march.until],
    }
    const tally = tallyOf(histories, practice, april)
    t.equal(tally.total.submitted, 0)
    t.same(
      figuresOf(tally).closed,
      { part: 1, whole: 1 },
      'a was submitted in March and ends in April',
    )
    const scheduled = (of: TallyQuery) =>
      tallyOf([histories[0] as History], practice, of).states.find(
        ({ status }) => status === 'scheduled',
      )
    // From the 5th of March, 16:00, to the 1st of April, and from there to the 2nd.
    t.match(scheduled(march), { ms: (26 * 24 + 12) * hourMs, stays: 0 })
    t.match(scheduled(april), { ms: 36 * hourMs, stays: 1, p50: 28 * 24 * hourMs })
  },
)

t.test('a clinic counts what reached it, and no time before', async (t) => {
  const tally = tallyOf(histories, clinic, march)
  t.match(tally.total, { submitted: 3, incomplete: 2, arrived: 3 })
  t.notOk(tally.states.some(({ status }) => status === 'sending'))
  t.equal(
    tally.states.find(({ status }) => status === 'awaiting-information')?.ms,
    4 * 24 * hourMs,
    'only what the clinic itself had asked',
  )
})

t.test('where something is withheld from the clinic, nothing is said of the packet', async (t) => {
  const [first, ...rest] = histories[1]?.standings ?? []
  const hidden = {
    ...(histories[1] as History),
    standings: [first, ...rest].map((each) => ({ ...each, withheld: true })),
  } as unknown as History
  t.match(tallyOf([hidden], clinic, march).total, { submitted: 1, unknown: 1, incomplete: 0 })
  t.match(tallyOf([hidden], practice, march).total, { submitted: 1, unknown: 0, incomplete: 1 })
  t.same(figuresOf(tallyOf([hidden], clinic, march)).incomplete, { part: 0, whole: 0 })
})

t.test('in whatever order the referrals come, the figures are the same', async (t) => {
  const forward = inOrder(tallyOf(histories, practice, march))
  t.same(inOrder(tallyOf(histories.toReversed(), practice, march)), forward)
})

t.test('shares, points and cautions', async (t) => {
  t.equal(ratioOf({ part: 0, whole: 0 }), undefined)
  t.equal(pointsSince({ part: 3, whole: 4 }, { part: 1, whole: 2 }), 25)
  t.equal(pointsSince({ part: 1, whole: 2 }, { part: 0, whole: 0 }), undefined)
  t.same(
    [0, 1, 9, 10].map((whole) => isSmall({ whole })),
    [false, true, true, false],
  )
  const grouped = groupedStates([
    { status: 'no-show', ms: 2, stays: 1, p50: 1, p90: 1 },
    { status: 'awaiting-scheduling', ms: 3, stays: 0, p50: undefined, p90: undefined },
  ])
  t.match(grouped, [{ group: 'scheduling', ms: 5 }])
  t.same(
    grouped[0]?.states.map(({ status }) => status),
    ['awaiting-scheduling', 'no-show'],
    'in the order of the way',
  )
})

t.test('what a change tells beside its row', async (t) => {
  const referral = aReferral({ status: 'received', businessStatus: 'awaiting-triage' })
  const task = (content: object) => [
    aResource('Task', referral.taskId, 2, { content: JSON.stringify(content) }),
  ]
  const audit = [
    {
      action: 'move',
      kind: 'U',
      outcome: 'success',
      agent: 'river-client',
      organization: referral.clinicId,
      recorded: referral.updatedAt,
    },
  ] as const
  t.same(toldBy(aSubmission(referral)), { version: 1, by: 'operator' }, 'an agent of nobody’s')
  const system = 'https://referloop.example/fhir/CodeSystem/decline-reason'
  const declined = aNextState(
    referral,
    { status: 'rejected', businessStatus: 'declined' },
    { audit, resources: task({ statusReason: { coding: [{ system, code: 'duplicate' }] } }) },
  )
  t.same(toldBy(declined), { version: 2, by: 'clinic', reason: 'duplicate' })
  const outputs = (...output: object[]) =>
    toldBy(aNextState(referral, { status: 'completed' }, { audit, resources: task({ output }) }))
  const taskOutput = 'https://referloop.example/fhir/CodeSystem/task-output'
  const named = (reference: string, code = 'outcome') => ({
    type: { coding: [{ system: taskOutput, code }] },
    valueReference: { reference },
  })
  for (const [output, reported] of [
    [named('DocumentReference/1'), true],
    [named('https://ehr.example/fhir/DiagnosticReport/1'), true],
    [{ type: { text: 'Outcome' }, valueString: 'Seen; started.' }, true],
    [named('Appointment/1'), undefined],
    [named('Observation/1'), undefined],
    [named('GuidanceResponse/1', 'check-result'), undefined],
    [named('DocumentReference/1', 'withheld'), undefined],
  ] as const)
    t.equal(outputs(output).reported, reported, JSON.stringify(output))
  const revoked = aNextState(
    referral,
    { businessStatus: 'cancellation-requested' },
    {
      audit,
      resources: [aResource('ServiceRequest', referral.id, 2, { content: '{"status":"revoked"}' })],
    },
  )
  t.match(toldBy(revoked), { revoked: true, more: true })
})
