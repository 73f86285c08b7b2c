/** `referloop redeliver`: what delivery gave up on, listed or put back into the queue. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import {
  type GivenUpDelivery,
  listGivenUp,
  redeliver,
  type Wanted,
} from '../domain/referral/redeliver.ts'
import { openStorage, type Storage } from '../storage/open.ts'

type Where = Pick<Config, 'databaseUrl' | 'dataDirectory'>

/** @throws Error when the database is not there, or a process that runs has the embedded one */
export const listDeadLetters = (
  where: Where,
  wanted: Wanted,
): Promise<readonly GivenUpDelivery[]> =>
  withStorage(where, (storage) => listGivenUp(storage, wanted))

/**
 * Puts back what was given up, of `wanted`. Another such command may run, and so may the service.
 * @returns the ids of what was put back by this call
 * @throws as listDeadLetters
 */
export const redeliverAll = (
  where: Where,
  wanted: Wanted,
  now: () => Date,
): Promise<readonly string[]> =>
  withStorage(where, async (storage) => {
    const { referrals, resources, undelivered } = storage
    const done: string[] = []
    for (const { referralId } of await listGivenUp({ undelivered }, wanted))
      if (await redeliver({ referrals, resources, undelivered, now }, referralId))
        done.push(referralId)
    return done
  })

async function withStorage<Result>(
  { databaseUrl, dataDirectory }: Where,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  const embedded = join(dataDirectory, 'database')
  // An empty one would be made otherwise, and found to hold nothing.
  if (databaseUrl === undefined && !existsSync(embedded))
    throw new Error(`there is no database in ${dataDirectory}: set DATABASE_URL or REFERLOOP_DATA`)
  const storage = await openStorage({
    ...(databaseUrl ? { databaseUrl } : {}),
    dataDirectory: embedded,
    now: () => new Date(),
    poolSize: 2,
  })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}
