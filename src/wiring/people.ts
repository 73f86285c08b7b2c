/** What the pages for people are given besides what the API has. */

import { randomBytes, randomUUID } from 'node:crypto'
import { smartSignIn } from '../auth/smart-sign-in.ts'
import { egressFetch } from '../delivery/egress-fetch.ts'
import { sessionsOf } from '../domain/access/session.ts'
import type { PeopleDeps } from '../http/people/people.ts'
import type { Parts } from './parts.ts'

/** 256 bits. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export function peopleDeps(parts: Parts): PeopleDeps {
  const { baseUrl, registry, storage, egress, keys, now, log } = parts
  return {
    registry,
    smart: smartSignIn({
      baseUrl,
      registry,
      attempts: storage.attempts,
      secrets: parts.secrets,
      fetch: egressFetch(egress),
      key: () => keys.signer('ES384'),
      now,
      log,
    }),
    worklist: storage.worklist,
    drafts: storage.drafts,
    presence: storage.presence,
    secrets: parts.secrets,
    practice: storage.practice,
    files: storage.answerFiles,
    changes: storage.changes,
    sessions: sessionsOf({
      sessions: storage.sessions,
      registry,
      now,
      newId: randomUUID,
      newSecret,
    }),
    ...(parts.sandbox ? { sandboxPeople: parts.sandbox.people } : {}),
  }
}
