/** A process to be killed: commits a referral with its job, prints its id, and works on demand. */

import { openStorage } from '../../src/storage/open.ts'
import { aReferral, aSubmission } from './referral-change.ts'

const [location = '{}', mode] = process.argv.slice(2)
const storage = await openStorage({ now: () => new Date(), ...JSON.parse(location) })
const referral = aReferral()
const jobs = [{ queue: 'deliver', referralId: referral.id }] as const
await storage.referrals.commit(aSubmission(referral, { jobs }))
process.stdout.write(`${referral.id}\n`)
if (mode === 'work')
  await storage.jobs.work('deliver', async () => {
    process.stdout.write('working\n')
    await new Promise(() => {})
  })
setInterval(() => {}, 1_000)
