/** A server with everything it needs, in memory: two referrers, a clinic, and what they may see. */

import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Test } from 'tap'
import type { Caller } from '../../src/domain/access/caller.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { AuditEntry } from '../../src/domain/referral/ports.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
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
  narrow: caller('referrer', 'lakeside-family', 'system/ServiceRequest.rs'),
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

/** Builds the server; the test closes it. */
export async function httpWorld(t: Test, given: Partial<HttpDeps> = {}): Promise<HttpWorld> {
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
    now: () => new Date('2026-03-02T10:00:00.000Z'),
    newId: () => `made-${++ids}`,
    logger: pino({ level: 'info' }, sink),
    verifyToken,
    resources: store,
    audit: async (entries) => {
      audited.push(...entries)
    },
    conformance: [],
    readiness: {},
    metrics: new Registry(),
    ...given,
  })
  t.teardown(() => app.close())
  await app.ready()
  return { app, store, audited, logged }
}
