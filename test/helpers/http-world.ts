/** A server with everything it needs, in memory: two referrers, a clinic, and what they may see. */

import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import type { Caller } from '../../src/domain/access/caller.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { AuditEntry, ReferralStore } from '../../src/domain/referral/ports.ts'
import type { ServerDeps } from '../../src/http/deps.ts'
import { buildServer } from '../../src/http/server.ts'
import { type MemoryResources, memoryResources } from './memory-resources.ts'

export const baseUrl = 'https://referloop.test'

export interface HttpWorld {
  readonly app: FastifyInstance
  readonly store: MemoryResources
  readonly audited: AuditEntry[]
  /** Every line that was logged. */
  readonly logged: string[]
}

const callers: Readonly<Record<string, Caller>> = {
  lakeside: caller('referrer', 'lakeside-family', 'system/*.cruds'),
  hilltop: caller('referrer', 'hilltop-internal', 'system/*.cruds'),
  river: caller('clinic', 'river-pain-clinic', 'system/*.rs'),
  triage: caller('clinic', 'river-pain-clinic', 'system/*.cruds'),
  narrow: caller('referrer', 'lakeside-family', 'system/ServiceRequest.rs'),
  subscriber: caller('referrer', 'lakeside-family', 'system/Subscription.cruds'),
  creator: caller('referrer', 'lakeside-family', 'system/ServiceRequest.c'),
}

function caller(role: Caller['role'], organization: string, ...scopes: string[]): Caller {
  return { role, organization, client: organization, scopes, tokenId: `token-of-${organization}` }
}

/** @param name one of the callers above */
export const bearer = (name: string) => ({ authorization: `Bearer ${name}` })

async function verifyToken(authorization: string | undefined): Promise<Caller> {
  if (!authorization) throw new Problem('missing-token')
  const found = callers[authorization.replace('Bearer ', '')]
  if (!found) throw new Problem('invalid-token')
  return found
}

const validator = createReferralValidator()

/** Intake that reads and validates bodies; what happens to a valid one is tested elsewhere. */
const intakeOver = (resources: MemoryResources): ServerDeps['intake'] => ({
  referrals: noReferrals,
  resources,
  registry: elsewhere,
  validate: (resource, profile) => validator.validate(resource, profile ? { profile } : {}),
  check: elsewhere,
  now,
  newId: () => 'new',
})

const now = () => new Date('2026-03-02T10:00:00.000Z')

const noReferrals: ReferralStore = {
  lookUp: async () => elsewhere(),
  find: async () => elsewhere(),
  findByTask: async () => elsewhere(),
  findByEhrTask: async () => elsewhere(),
  resources: async () => elsewhere(),
  commit: async () => elsewhere(),
  findOpen: async () => elsewhere(),
  listed: async () => elsewhere(),
  unlisted: async () => elsewhere(),
  record: async () => elsewhere(),
}

const noFigures: ServerDeps['insight'] = { tally: elsewhere, loop: elsewhere }

const noSubscriptions: ServerDeps['subscribing'] = {
  validate: (resource) => validator.validate(resource),
  now,
  newId: () => 'new',
  mayCall: async () => elsewhere(),
  fhirBase: `${baseUrl}/fhir`,
  subscriptions: {
    create: async () => elsewhere(),
    replace: async () => elsewhere(),
    remove: async () => elsewhere(),
    find: async () => undefined,
    list: async () => [],
    events: async () => [],
    secretOf: async () => undefined,
  },
  secrets: { seal: elsewhere, open: elsewhere, isCurrent: elsewhere },
}

const noLinks: ServerDeps['answering'] = {
  newSecret: elsewhere,
  links: {
    replace: async () => elsewhere(),
    find: async () => undefined,
    takeTry: async () => elsewhere(),
    open: async () => elsewhere(),
    end: async () => elsewhere(),
    askAgain: async () => elsewhere(),
    standings: async () => [],
  },
}

function elsewhere(): never {
  throw new Error('this test world has no stories')
}

/** Builds the server; the test closes it. */
export async function httpWorld(t: Test, given: Partial<ServerDeps> = {}): Promise<HttpWorld> {
  const store = memoryResources()
  const audited: AuditEntry[] = []
  const logged: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk))
      done()
    },
  })
  let ids = 0
  const app = buildServer({
    baseUrl,
    version: '0.0.0-test',
    now,
    newId: () => `made-${++ids}`,
    logger: pino({ level: 'info' }, sink),
    verifyToken,
    verifyCdsClient: verifyToken,
    policyOf: elsewhere,
    resources: store,
    audit: async (entries) => {
      audited.push(...entries)
    },
    auditTrail: { read: async () => undefined, search: async () => [] },
    conformance: [],
    readiness: {},
    metrics: new Registry(),
    intake: intakeOver(store),
    insight: noFigures,
    answering: noLinks,
    subscribing: noSubscriptions,
    grantToken: async () => elsewhere(),
    publicJwks: { keys: [] },
    ...given,
  })
  t.teardown(() => app.close())
  await app.ready()
  return { app, store, audited, logged }
}
