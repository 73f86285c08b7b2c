/** A history looked at from where a judge needs it. */

import type { FhirResource, Identifier } from 'fhir/r4'
import { resourceIdentifierSystem } from '../../src/domain/referral/task.ts'
import type {
  Call,
  Dump,
  EhrHistory,
  EhrVersion,
  History,
  ReferralRow,
  ReportRow,
  ResourceRow,
} from './history.ts'

/**
 * What is looked up for each of thousands of referrals is put in order once for a history: read
 * through again for each, a thousand kills take hours to judge.
 */
const once = <Key extends object, Found>(find: (key: Key) => Found): ((key: Key) => Found) => {
  const found = new WeakMap<Key, Found>()
  return (key) => {
    const known = found.get(key)
    if (known !== undefined) return known
    const fresh = find(key)
    found.set(key, fresh)
    return fresh
  }
}

export const succeeded = ({ answer }: Call): boolean =>
  answer !== undefined && answer.status >= 200 && answer.status < 300

/** Submissions that got a 2xx. */
export const acknowledged = ({ calls }: History): readonly Call[] =>
  calls.filter((call) => call.act === 'submit' && succeeded(call))

const referralsOf = once(({ referrals }: Dump) => new Map(referrals.map((row) => [row.id, row])))

export const referralOf = ({ database }: History, id: string): ReferralRow | undefined =>
  referralsOf(database).get(id)

/** What is in an EHR at the end. */
function held(ehr: EhrHistory): readonly EhrVersion[] {
  const latest = new Map<string, EhrVersion>()
  for (const version of ehr.versions) latest.set(`${version.type}/${version.id}`, version)
  for (const reference of ehr.lost) latest.delete(reference)
  return [...latest.values()].filter(({ content }) => content !== undefined)
}

/** The resources of a type at an EHR that bear an id of ours. */
export const copiesOf = (ehr: EhrHistory, type: string, id: string): readonly EhrVersion[] =>
  heldByMark(ehr).get(`${type}/${id}`) ?? []

const heldByMark = once((ehr: EhrHistory) => byMark(held(ehr)))

/** The first versions at an EHR that bear an id of ours. */
export const sentCopiesOf = (ehr: EhrHistory, reference: string): readonly EhrVersion[] =>
  sentByMark(ehr).get(reference) ?? []

const sentByMark = once((ehr: EhrHistory) =>
  byMark(ehr.versions.filter(({ version }) => version === 1)),
)

function byMark(versions: readonly EhrVersion[]): ReadonlyMap<string, readonly EhrVersion[]> {
  const marked = new Map<string, EhrVersion[]>()
  for (const version of versions)
    for (const mark of new Set(marksOf(version))) {
      const reference = `${version.type}/${mark}`
      marked.set(reference, [...(marked.get(reference) ?? []), version])
    }
  return marked
}

export function marksOf({ content }: EhrVersion): readonly string[] {
  const { identifier } = JSON.parse(content ?? '{}') as { identifier?: Identifier | Identifier[] }
  return [identifier ?? []].flat().flatMap(({ system, value }) => {
    return system === resourceIdentifierSystem && value ? [value] : []
  })
}

/** Every version that an EHR ever had of a resource, oldest first. */
export const versionsAt = (ehr: EhrHistory, reference: string): readonly EhrVersion[] =>
  versionsThere(ehr).get(reference) ?? []

const versionsThere = once((ehr: EhrHistory) =>
  Map.groupBy(ehr.versions, ({ type, id }) => `${type}/${id}`),
)

export const parsed = <R extends FhirResource>(content: string | undefined): R =>
  JSON.parse(content ?? '{}') as R

/** Every version of a resource of ours, as the database has them. */
export const versionsHere = ({ database }: History, reference: string): readonly ResourceRow[] =>
  resourcesOf(database).get(reference) ?? []

const resourcesOf = once(({ resources }: Dump) =>
  Map.groupBy(resources, ({ type, id }) => `${type}/${id}`),
)

/** What was read of the clinic's Task of a referral. */
export const reportsOf = ({ database }: History, referralId: string): readonly ReportRow[] =>
  reportsIn(database).get(referralId) ?? []

const reportsIn = once(({ reports }: Dump) => Map.groupBy(reports, ({ referralId }) => referralId))

/** The current version of a resource of ours. */
export const currentOf = (history: History, type: string, id: string): string | undefined =>
  versionsHere(history, `${type}/${id}`).reduce<{ version: number; content?: string }>(
    (latest, row) => (row.version > latest.version ? row : latest),
    { version: 0 },
  ).content

/** True where nothing more is owed by us: it is with the clinic, over, or waits for a person who sees it. */
export function isSettled(row: ReferralRow): boolean {
  const { status, businessStatus, delivery } = row
  if (status === 'cancelled' || row.held) return true
  if (businessStatus === 'delivery-failed') return delivery.state === 'failed'
  if (status !== 'requested') return delivery.state === 'delivered' || delivery.state === 'none'
  return ['awaiting-information', 'awaiting-acknowledgement'].includes(businessStatus)
}

export const terminal: ReadonlySet<string> = new Set([
  'rejected',
  'cancelled',
  'failed',
  'completed',
])
