/** What every engine has to keep of the ports in domain/referral/ports.ts. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import type { Storage, StorageOptions } from '../../src/storage/open.ts'
import { answeringContract } from './contract-answering.ts'
import { bookkeepingContract } from './contract-bookkeeping.ts'
import { commitContract } from './contract-commit.ts'
import { draftContract } from './contract-drafts.ts'
import { informationContract } from './contract-information.ts'
import { jobContract } from './contract-jobs.ts'
import { lineContract } from './contract-lines.ts'
import { lossContract } from './contract-loss.ts'
import { practiceContract } from './contract-practice.ts'
import { searchContract } from './contract-search.ts'
import { serviceContract } from './contract-services.ts'
import { stepContract } from './contract-steps.ts'
import { subscriptionContract } from './contract-subscriptions.ts'
import { undeliveredContract } from './contract-undelivered.ts'
import { viewerContract } from './contract-viewer.ts'
import { worklistContract } from './contract-worklist.ts'

/** Opens a storage on a database of its own, which is gone after the test. */
type OpenFresh = (t: Test, options?: Partial<StorageOptions>) => Promise<Storage>

/** A database that outlives the process that has it open. */
type Lasting = (t: Test) => Promise<{
  readonly location: Pick<StorageOptions, 'databaseUrl' | 'dataDirectory'>
  open(): Promise<Storage>
}>

export interface Engine {
  readonly openFresh: OpenFresh
  readonly lasting: Lasting
}

export async function storageContract(t: Test, engine: Engine): Promise<void> {
  await t.test('commit', (t) => commitContract(t, engine))
  await t.test('bookkeeping', (t) => bookkeepingContract(t, engine))
  await t.test('what a viewer sees', (t) => viewerContract(t, engine))
  await t.test('information asked for', (t) => informationContract(t, engine))
  await t.test('what did not arrive', (t) => undeliveredContract(t, engine))
  await t.test('one open referral for a service', (t) => serviceContract(t, engine))
  await t.test('what is due next', (t) => stepContract(t, engine))
  await t.test('subscriptions', (t) => subscriptionContract(t, engine))
  await t.test('the clinic’s list', (t) => worklistContract(t, engine))
  await t.test('drafts, and who is there', (t) => draftContract(t, engine))
  await t.test('links and documents of answers', (t) => answeringContract(t, engine))
  await t.test('a practice’s lists and drafts', (t) => practiceContract(t, engine))
  await t.test('search', (t) => searchContract(t, engine))
  await t.test('jobs', (t) => jobContract(t, engine))
  await t.test('lines to the EHRs', (t) => lineContract(t, engine))
  await t.test('loss and restart', (t) => lossContract(t, engine))
}

export const lakeside: Viewer = { role: 'referrer', organization: 'lakeside-family' }
export const hilltop: Viewer = { role: 'referrer', organization: 'hilltop-internal' }
export const river: Viewer = { role: 'clinic', organization: 'river-pain-clinic' }
export const summit: Viewer = { role: 'clinic', organization: 'summit-pain-center' }

/** A tenant that no other test has. */
export const aReferrer = (): Viewer => ({
  role: 'referrer',
  organization: `referrer-${randomUUID()}`,
})

/** Waits until it holds, ten seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !(await holds()); ) {
    if (performance.now() > end) throw new Error('it did not happen within ten seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
