import type { Parameters } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { compare, readList } from '../../../src/domain/referral/compare-lists.ts'
import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  type TaskStatus,
} from '../../../src/domain/referral/life.ts'

const ours = (status: TaskStatus, businessStatus?: BusinessStatus) => ({
  id: 'sr',
  taskId: 'task',
  status,
  businessStatus: businessStatus ?? businessStatusesOf[status][0],
})
const kind = (
  here: Parameters_<typeof compare>[0],
  status: string,
  role: 'referrer' | 'clinic' = 'referrer',
  businessStatus?: string,
) => compare(here, { status, businessStatus }, role)?.kind ?? 'equal'
type Parameters_<F> = F extends (...args: infer A) => unknown ? A : never

t.test('what two lists say of one referral', async (t) => {
  t.equal(kind(undefined, 'received'), 'unknown')
  t.equal(kind(undefined, 'received', 'clinic'), 'unknown')
  t.equal(kind(ours('received'), 'received'), 'equal')
  t.equal(kind(ours('received'), 'received', 'referrer', 'awaiting-triage'), 'equal')
  t.equal(kind(ours('received'), 'received', 'referrer', 'awaiting-information'), 'behind')
  t.equal(kind(ours('accepted'), 'received'), 'behind')
  t.equal(kind(ours('received'), 'accepted'), 'behind', 'a referrer cannot know more of it')
  t.equal(kind(ours('received'), 'accepted', 'clinic'), 'ahead', 'a clinic can')
  t.equal(kind(ours('accepted'), 'received', 'clinic'), 'behind')
  t.equal(kind(ours('completed'), 'in-progress'), 'closed-here')
  t.equal(kind(ours('completed'), 'cancelled', 'clinic'), 'closed-here')
  t.equal(kind(ours('accepted'), 'completed'), 'ahead')
  t.equal(kind(ours('accepted'), 'completed', 'clinic'), 'ahead')
  t.equal(kind(ours('received'), 'active'), 'equal')
  t.equal(kind(ours('completed'), 'active'), 'closed-here')
  t.equal(kind(ours('cancelled'), 'revoked'), 'equal')
  t.equal(kind(ours('accepted', 'cancellation-requested'), 'revoked'), 'equal')
  t.equal(kind(ours('accepted', 'cancellation-requested'), 'active'), 'behind')
  t.equal(kind(ours('accepted'), 'revoked'), 'ahead')
  t.equal(kind(ours('accepted'), 'entered-in-error'), 'ahead')
})

t.test('every pair of states has one verdict, and equal ones have none', async (t) => {
  const states = Object.keys(businessStatusesOf) as TaskStatus[]
  for (const here of states)
    for (const there of states)
      for (const role of ['referrer', 'clinic'] as const) {
        const verdict = kind(ours(here), there, role)
        if (here === there) t.equal(verdict, 'equal')
        else if (isClosed(here)) t.equal(verdict, 'closed-here')
        else if (isClosed(there)) t.equal(verdict, 'ahead', `${here} ${there} ${role}`)
        else t.ok(['behind', 'ahead'].includes(verdict))
      }
})

type Entry = NonNullable<Parameters['parameter']>[number]
const asked = (...parameter: Entry[]) => readList({ resourceType: 'Parameters', parameter })
const referral = (...part: Entry[]): Entry => ({ name: 'referral', part })
const identifier: Entry = { name: 'identifier', valueIdentifier: { system: 'urn:a', value: '1' } }
const status: Entry = { name: 'status', valueCode: 'received' }
const named = (reference: string): Entry => ({ name: 'reference', valueReference: { reference } })

t.test('a list names referrals in several ways', async (t) => {
  const ours = { system: 'https://referloop.example/fhir/sid/resource', value: 'there' }
  const { lines, from, until, after } = asked(
    referral(identifier, status),
    referral(named('ServiceRequest/sr'), status),
    referral(named('Task/task'), { name: 'status', valueCode: 'revoked' }),
    referral({ name: 'identifier', valueIdentifier: ours }, status),
    { name: 'period', valuePeriod: { start: '2026-03-01', end: '2026-04-01T00:00:00+02:00' } },
    { name: 'after', valueString: '2026-03-02T10:00:00.000Z_id-1' },
  )
  t.match(lines, [
    { index: 0, identifier: 'urn:a|1', status: 'received' },
    { index: 1, id: 'sr' },
    { index: 2, id: 'task', status: 'revoked' },
    { index: 3, id: 'there' },
  ])
  t.same([from, until], ['2026-03-01T00:00:00.000Z', '2026-03-31T22:00:00.000Z'])
  t.same(after, { createdAt: '2026-03-02T10:00:00.000Z', id: 'id-1' })
  t.same(asked(), { lines: [], from: undefined, until: undefined, after: undefined })
})

t.test('what cannot be understood is told with its place, all of it', async (t) => {
  const wrong: readonly (readonly [Entry, RegExp])[] = [
    [referral(identifier), /Give the status/],
    [referral(identifier, { name: 'status', valueCode: 'done' }), /Give the status/],
    [referral(status), /Name the referral/],
    [referral(named('Patient/1'), status), /Name the referral/],
    [
      referral({ name: 'identifier', valueIdentifier: { value: '1' } }, status),
      /Name the referral/,
    ],
    [{ name: 'referal' }, /Send referral/],
    [{ name: 'period', valueString: '2026' }, /Send referral/],
    [{ name: 'after', valueString: '2026-13-02T10:00:00.000Z_id-1' }, /Send referral/],
  ]
  for (const [entry, message] of wrong)
    try {
      asked(referral(identifier, status), entry)
      t.fail('it was understood')
    } catch (error) {
      t.ok(error instanceof Problem)
      const [issue] = (error as Problem).issues
      t.match(issue, { diagnostics: message, expression: ['Parameters.parameter[1]'] })
    }
  const many = Array.from({ length: 501 }, () => referral(identifier, status))
  t.throws(() => asked(...many), /at most 500/)
})
