/** The pages of referrals in memory: stories, check and trail are the real ones, the store is not. */

import type { Bundle, FhirResource } from 'fhir/r4'
import type { Test } from 'tap'
import type { Caller } from '../../src/domain/access/caller.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import type { AuditRow } from '../../src/domain/audit/audit-row.ts'
import { checkByPolicy } from '../../src/domain/referral/check-by-policy.ts'
import type { AuditEntry, Job, ResourceStore } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import { readSubmission, type SubmittedEntry } from '../../src/domain/referral/submission.ts'
import { submitReferral } from '../../src/domain/referral/submit.ts'
import { supplyInformation } from '../../src/domain/referral/supply-information.ts'
import type { QueuedReferral } from '../../src/domain/referral/worklist.ts'
import { loadPolicy } from '../../src/domain/screening/load-policy.ts'
import { readPublished } from '../../src/domain/screening/published.ts'
import type { ServerDeps } from '../../src/http/deps.ts'
import { validate } from '../histories/simulation/fixtures.ts'
import { memoryStore } from '../histories/simulation/memory-store.ts'
import { npis } from './a-referral.ts'
import { type MemoryDrafts, memoryDrafts } from './memory-drafts.ts'
import { memoryPractice } from './memory-practice.ts'
import { noWorklist } from './no-worklist.ts'
import { type PeopleWorld, peopleWorld } from './people-world.ts'

const policy = loadPolicy(readPublished())

const lakeside: Caller = {
  role: 'referrer',
  organization: 'lakeside-family',
  client: 'lakeside-family',
  scopes: [],
  tokenId: 't',
}

export interface ReferralPages extends PeopleWorld {
  readonly drafts: MemoryDrafts
  submit(bundle: Bundle<FhirResource>): Promise<Referral>
  supply(id: string, resource: FhirResource): Promise<void>
  find(id: string): Promise<Referral>
  /** As the referrer reads it. */
  read<R extends FhirResource>(type: R['resourceType'], id: string): Promise<R>
  readonly jobs: Job[]
  /** Everything that was audited, of stories and of pages. */
  readonly trail: AuditEntry[]
  /** What the worklist says is next. */
  readonly queue: QueuedReferral[]
  readonly intake: ServerDeps['intake']
}

export async function referralPages(t: Test): Promise<ReferralPages> {
  const began = Date.now()
  let passed = 0
  const now = () => new Date(began + passed)
  const jobs: Job[] = []
  const trail: AuditEntry[] = []
  const queue: QueuedReferral[] = []
  const store = memoryStore((more) => jobs.push(...more))
  const registry = parseRegistry({
    referrers: [
      {
        id: 'lakeside-family',
        name: 'Lakeside Family Medicine',
        npi: '1245319599',
        client: { id: 'lakeside-family', jwks: { keys: [] }, scope: 'system/*.rs' },
      },
    ],
    clinics: Object.entries(npis).map(([id, npi]) => ({
      id,
      npi,
      name: id === 'river-pain-clinic' ? 'River Pain Clinic' : 'Summit Pain Center',
      policy: 'ketamine-infusion-referral',
    })),
  })
  const published = readPublished() as readonly FhirResource[]
  const forms = published.filter((each) => each.resourceType === 'Questionnaire')
  const submitted = new Map<string, Referral>()
  const referrals: ServerDeps['intake']['referrals'] = {
    ...store.referrals,
    async commit(change) {
      const outcome = await store.referrals.commit(change)
      if (outcome !== 'committed') return outcome
      submitted.set(change.referral.id, change.referral)
      const { id: referralId, referrerId, clinicId } = change.referral
      trail.push(...change.audit.map((each) => ({ ...each, referralId, referrerId, clinicId })))
      return outcome
    },
    record: async (entries) => void trail.push(...entries),
  }
  const resources = store.resources as ResourceStore
  let ids = 0
  const intake: ServerDeps['intake'] = {
    referrals,
    resources,
    registry: () => registry,
    validate,
    check: checkByPolicy(
      () => registry,
      () => policy,
      async () => [],
      (canonical) => forms.find(({ url }) => url === canonical.split('|')[0]),
    ),
    now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  }
  const drafts = memoryDrafts()
  const practice = memoryPractice(() => [...submitted.values()])
  const world = await peopleWorld(
    t,
    {
      drafts,
      practice,
      hold: { ms: 10_000, everyMs: 10 },
      registry: () => registry,
      worklist: {
        ...noWorklist,
        page: async (_viewer, { count }) => queue.slice(0, count + 1),
      },
    },
    {
      now,
      intake,
      resources,
      policyOf: () => policy,
      conformance: published,
      audit: async (entries) => void trail.push(...entries),
      auditTrail: {
        read: async () => undefined,
        search: async (viewer, { entities = [], kinds, count, before }) =>
          trail
            .map(
              (each, i): AuditRow => ({
                ...each,
                id: String(i + 1),
                entities: each.entities ?? [],
              }),
            )
            .filter(
              (row) =>
                (viewer.role === 'clinic' ? row.clinicId : row.referrerId) ===
                  viewer.organization &&
                row.entities.some((entity) => entities.includes(entity)) &&
                (!kinds || kinds.includes(row.kind)) &&
                (!before || Number(row.id) < Number(before)),
            )
            .reverse()
            .slice(0, count + 1),
      },
    },
  )
  return {
    ...world,
    clock: {
      now,
      pass(ms) {
        passed += ms
      },
    },
    ...{ jobs, trail, queue, intake, drafts },
    submit: (bundle) =>
      submitReferral(intake, readSubmission(bundle), lakeside).then(({ referral }) => referral),
    async supply(id, resource) {
      await supplyInformation(
        intake,
        id,
        { additions: [{ resource, expression: resource.resourceType } as SubmittedEntry] },
        lakeside,
      )
    },
    find: async (id) => (await referrals.find(id)) as Referral,
    async read(type, id) {
      const [stored] = await store.resources.readMany(lakeside, [`${type}/${id}`])
      return JSON.parse(stored?.content ?? 'null')
    },
  }
}
