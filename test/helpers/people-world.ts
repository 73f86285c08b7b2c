/** The pages in memory: a server with https, people, and a clock that the test moves. */

import { randomBytes, randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { secretBox } from '../../src/auth/secret-box.ts'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import { type Session, type SessionStore, sessionsOf } from '../../src/domain/access/session.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { ServerDeps } from '../../src/http/deps.ts'
import type { PeopleDeps, SandboxPerson } from '../../src/http/people/people.ts'
import { type HttpWorld, httpWorld } from './http-world.ts'
import { memoryDrafts, memoryPresence } from './memory-drafts.ts'
import { memoryPractice } from './memory-practice.ts'
import { noWorklist } from './no-worklist.ts'

export interface PeopleWorld extends HttpWorld {
  readonly clock: { now(): Date; pass(ms: number): void }
  /** By digest. */
  readonly sessions: Map<string, Session>
}

const people: readonly SandboxPerson[] = (
  [
    ['clinic', 'river-pain-clinic', 'nora-lind', 'Nora Lind, RN'],
    ['clinic', 'river-pain-clinic', 'amir-haddad', 'Amir Haddad, MD'],
    ['clinic', 'summit-pain-center', 'sam-okafor', 'Sam Okafor, RN'],
    ['referrer', 'lakeside-family', 'kim-example', 'Dr Kim Example'],
  ] as const
).map(([role, organization, id, name]) => ({
  role,
  organization,
  person: { id: `urn:referloop:sandbox|${id}`, name },
  task: 'At work',
}))

/** Organisations without keys of their own: these tests ask with sessions. */
const registry = () =>
  parseRegistry({
    referrers: [
      {
        id: 'lakeside-family',
        name: 'Lakeside Family Medicine',
        npi: '1245319599',
        client: { id: 'lakeside-family', jwks: { keys: [] }, scope: 'system/*.rs' },
      },
    ],
    clinics: [
      { id: 'river-pain-clinic', name: 'River Pain Clinic', npi: '1234567893', policy: 'p' },
      { id: 'summit-pain-center', name: 'Summit Pain Center', npi: '1100000003', policy: 'p' },
    ],
  })

export async function peopleWorld(
  t: Test,
  given: Partial<PeopleDeps> = {},
  rest: Partial<ServerDeps> = {},
): Promise<PeopleWorld> {
  let at = Date.parse('2026-03-02T15:00:00.000Z')
  const clock = {
    now: () => new Date(at),
    pass(ms: number) {
      at += ms
    },
  }
  const sessions = new Map<string, Session>()
  const known = registry()
  const world = await httpWorld(t, {
    now: clock.now,
    people: {
      registry: () => known,
      sessions: sessionsOf({
        sessions: sessionsIn(sessions),
        registry: () => known,
        now: clock.now,
        newId: randomUUID,
        newSecret: () => randomBytes(32).toString('base64url'),
      }),
      sandboxPeople: people,
      smart: { begin: elsewhere, finish: elsewhere },
      worklist: noWorklist,
      changes: { subscribe: async () => () => {} },
      files: {
        files: async () => [],
        contents: async () => [],
        keepFiles: async () => true,
        dropFiles: async () => {},
      },
      drafts: memoryDrafts(),
      practice: memoryPractice(),
      presence: memoryPresence(),
      secrets: secretBox(JSON.stringify({ keys: [{ kid: 'k', d: 'c2VjcmV0' }] })),
      ...given,
    },
    ...rest,
  })
  return { ...world, clock, sessions }
}

async function elsewhere(): Promise<never> {
  throw new Problem('not-found', 'This world has no EHR.')
}

const sessionsIn = (kept: Map<string, Session>): SessionStore => ({
  begin: async (digest, session) => void kept.set(digest, session),
  find: async (digest) => kept.get(digest),
  seen: async (digest, lastSeenAt) => {
    const session = kept.get(digest)
    if (session) kept.set(digest, { ...session, lastSeenAt })
  },
  end: async (digest) => void kept.delete(digest),
})
