/** `referloop audit verify`: has the audit trail been tampered with? */

import { join } from 'node:path'
import type { JWK } from 'jose'
import { loadKeys } from '../auth/keys.ts'
import { checkpointSigner } from '../auth/sign-checkpoint.ts'
import type { Config } from '../config.ts'
import {
  type KnownCheckpoint,
  type TrailReport,
  verifyTrail,
} from '../domain/audit/verify-trail.ts'
import { readSandboxKeys } from '../sandbox/start.ts'
import { openTrail } from '../storage/open.ts'

/**
 * Reads the whole trail of DATABASE_URL, or of the sandbox in its data folder, and changes nothing.
 * @param known checkpoints that have to be there, as the log told of them
 * @param retired public keys that signed checkpoints before they were taken out of REFERLOOP_KEYS
 * @throws Error when the database or the keys are not there
 */
export async function verifyAudit(
  config: Config,
  known: readonly KnownCheckpoint[],
  retired: readonly JWK[],
): Promise<TrailReport> {
  const secret =
    config.keys === undefined
      ? await readSandboxKeys(config.dataDirectory)
      : JSON.stringify(config.keys)
  const keys = await loadKeys(secret)
  const trail = await openTrail({
    ...(config.databaseUrl ? { databaseUrl: config.databaseUrl } : {}),
    dataDirectory: join(config.dataDirectory, 'database'),
  })
  try {
    return await verifyTrail(trail, { openCheckpoint: checkpointSigner(keys, retired).open }, known)
  } finally {
    await trail.close()
  }
}
