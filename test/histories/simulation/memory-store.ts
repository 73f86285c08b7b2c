/** The stores behind the ports, in memory: what PostgreSQL keeps when the processes are gone. */

import type { Viewer } from '../../../src/domain/access/caller.ts'
import type {
  AuditEntry,
  CommitOutcome,
  Job,
  PollStore,
  ReferralChange,
  ReferralStore,
  ResourceStore,
  ResourceWrite,
  StatusReport,
} from '../../../src/domain/referral/ports.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import type { Dump } from '../history.ts'

interface Row extends ResourceWrite {
  readonly referrerId: string
  readonly referralId: string | undefined
}

export interface MemoryStore {
  readonly referrals: ReferralStore
  readonly resources: Pick<ResourceStore, 'read' | 'readMany'>
  readonly polls: PollStore
  dump(jobs: Dump['jobs']): Dump
}

/** @param enqueue takes the jobs of a commit, in the same breath */
export function memoryStore(enqueue: (jobs: readonly Job[]) => void): MemoryStore {
  const referrals = new Map<string, Referral>()
  const identifiers = new Map<string, string>()
  const shared = new Map<string, string>()
  const versions = new Map<string, Row[]>()
  const reports: (StatusReport & { readonly referralId: string })[] = []
  const audit: AuditEntry[] = []
  const watermarks = new Map<string, string>()

  const latest = (reference: string): Row | undefined => versions.get(reference)?.at(-1)
  const owned = (viewer: Viewer | undefined, referral: Referral | undefined) =>
    referral &&
    (!viewer ||
      (viewer.role === 'referrer'
        ? referral.referrerId === viewer.organization
        : referral.clinicId === viewer.organization))
      ? referral
      : undefined

  const refusal = (change: ReferralChange): CommitOutcome | undefined => {
    const { referral, expectedVersion } = change
    if ((referrals.get(referral.id)?.version ?? 0) !== expectedVersion) return 'stale'
    const isTaken = (key: string) => (identifiers.get(key) ?? referral.id) !== referral.id
    if (referral.identifiers.some((each) => isTaken(`${referral.referrerId} ${each}`)))
      return 'identifier-taken'
    for (const write of change.resources) {
      const reference = `${write.type}/${write.id}`
      for (const each of write.sharedIdentifiers ?? []) {
        const known = shared.get(`${referral.referrerId} ${write.type}|${each}`) ?? reference
        if (known !== reference) return 'identifier-taken'
      }
      if ((latest(reference)?.version ?? 0) + 1 !== write.version) return 'stale'
    }
    return undefined
  }

  const apply = (change: ReferralChange): void => {
    const { referral } = change
    referrals.set(referral.id, referral)
    for (const each of referral.identifiers)
      identifiers.set(`${referral.referrerId} ${each}`, referral.id)
    for (const write of change.resources) {
      const reference = `${write.type}/${write.id}`
      const row: Row = {
        ...write,
        referrerId: referral.referrerId,
        referralId: write.sharedIdentifiers ? undefined : referral.id,
      }
      versions.set(reference, [...(versions.get(reference) ?? []), row])
      for (const each of write.sharedIdentifiers ?? [])
        shared.set(`${referral.referrerId} ${write.type}|${each}`, reference)
    }
    for (const report of change.reports ?? []) {
      const isKnown = reports.some(
        ({ referralId, ehrVersion }) =>
          referralId === referral.id && ehrVersion === report.ehrVersion,
      )
      if (!isKnown) reports.push({ ...report, referralId: referral.id })
    }
    audit.push(...change.audit)
    enqueue(change.jobs)
  }

  const readMany: ResourceStore['readMany'] = async (viewer, references) =>
    references.flatMap((reference) => {
      const row = latest(reference)
      return row && isSeen(viewer, row) ? [row] : []
    })
  const isSeen = ({ role, organization }: Viewer, row: Row): boolean =>
    role === 'referrer'
      ? row.referrerId === organization
      : [...referrals.values()].some(
          ({ id, clinicId, participants }) =>
            clinicId === organization &&
            (row.referralId === id ||
              (row.sharedIdentifiers?.length && participants.includes(`${row.type}/${row.id}`))),
        )

  return {
    referrals: {
      async lookUp(referrerId, wanted, sharedKeys, references) {
        const id = wanted.map((each) => identifiers.get(`${referrerId} ${each}`)).find(Boolean)
        const known = sharedKeys.flatMap((key) => {
          const row = latest(shared.get(`${referrerId} ${key}`) ?? '')
          return row ? [[key, { ...row, digest: row.digest ?? '' }] as const] : []
        })
        return {
          referral: id === undefined ? undefined : referrals.get(id),
          shared: new Map(known),
          visible: await readMany({ role: 'referrer', organization: referrerId }, references),
        }
      },
      find: async (id, viewer) => owned(viewer, referrals.get(id)),
      findByTask: async (taskId, viewer) =>
        owned(
          viewer,
          [...referrals.values()].find((each) => each.taskId === taskId),
        ),
      findByEhrTask: async (clinicId, ehrTasks) =>
        [...referrals.values()].filter(
          (each) => each.clinicId === clinicId && ehrTasks.includes(each.delivery.ehrTask ?? ''),
        ),
      resources: async (referral) =>
        [...versions.values()].flatMap((rows) => {
          const row = rows.at(-1) as Row
          const isPart = row.referralId === referral.id
          return isPart || referral.participants.includes(`${row.type}/${row.id}`) ? [row] : []
        }),
      async commit(...changes) {
        const refused = changes.map(refusal).find((each) => each !== undefined)
        if (!refused) changes.forEach(apply)
        return refused ?? 'committed'
      },
      // Each of its patients is referred once.
      findOpen: async () => undefined,
      listed: async () => [],
      unlisted: async () => [],
      record: async (entries) => void audit.push(...entries),
    },
    resources: {
      readMany,
      read: async (viewer, type, id) => (await readMany(viewer, [`${type}/${id}`]))[0],
    },
    polls: {
      watermark: async (clinicId) => watermarks.get(clinicId),
      advance: async (clinicId, watermark) => void watermarks.set(clinicId, watermark),
    },
    dump: (jobs) => ({
      referrals: [...referrals.values()],
      resources: [...versions.values()].flat().map(({ referralId, ...row }) => ({
        ...row,
        ...(referralId === undefined ? {} : { referralId }),
      })),
      reports,
      audit: audit.map(({ action, outcome, referralId, requestId, entities = [] }) => ({
        action,
        outcome,
        entities,
        ...(referralId ? { referralId } : {}),
        ...(requestId ? { requestId } : {}),
      })),
      jobs,
      trail: { events: [], seals: [] },
      subscriptions: [],
    }),
  }
}
