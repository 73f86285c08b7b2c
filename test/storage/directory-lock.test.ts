import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lockDirectory } from '../../src/storage/directory-lock.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { openTestStorage } from '../helpers/storage.ts'

const committer = new URL('../helpers/commit-and-wait.ts', import.meta.url).pathname

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'referloop-lock-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

t.test('a second process on the same directory is refused and touches nothing', async (t) => {
  const dataDirectory = await folder(t)
  const storage = await openTestStorage({ dataDirectory })
  t.teardown(() => storage.close())
  const child = spawn(process.execPath, [committer, JSON.stringify({ dataDirectory })])
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'exit')
  t.not(code, 0)
  t.match(said, /data directory is in use by another process \(pid \d+\)/)
  const referral = aReferral()
  t.equal(await storage.referrals.commit(aSubmission(referral)), 'committed')
  await storage.close()

  const again = await openTestStorage({ dataDirectory })
  t.teardown(() => again.close())
  t.match(await again.referrals.find(referral.id), { id: referral.id })
})

t.test('the same process is refused as well, until it gave the lock back', async (t) => {
  const directory = await folder(t)
  const unlock = await lockDirectory(directory)
  await t.rejects(lockDirectory(directory), /in use/)
  await unlock()
  t.same(await readdir(directory), [])
  await (await lockDirectory(directory))()
})

t.test('of many that find a dead owner, one takes over', async (t) => {
  for (let round = 0; round < 40; round++) await contest(t, await abandoned(t))
})

t.test('so it is where a takeover was killed half way, and the takeover of that', async (t) => {
  for (let round = 0; round < 20; round++) {
    const directory = await abandoned(t)
    const left = await readFile(join(directory, 'lock'))
    await writeFile(join(directory, 'lock.takeover'), left)
    if (round % 2) await writeFile(join(directory, 'lock.takeover.takeover'), left)
    await contest(t, directory)
  }
})

t.test('takes over from before a restart, and from a number that was given anew', async (t) => {
  const directory = await folder(t)
  for (const former of [{ boot: 'earlier' }, { started: '1' }]) {
    await abandon(directory, { pid: process.pid, ...former })
    await (await lockDirectory(directory))()
  }
})

t.test('an owner in another container is known by its pulse', async (t) => {
  const directory = await folder(t)
  const path = await abandon(directory, { namespace: 'pid:[1]' })
  const pulse = setInterval(() => utimes(path, new Date(), new Date()), 1_000)
  await t.rejects(lockDirectory(directory), /in use/)
  clearInterval(pulse)
  await utimes(path, new Date(0), new Date(0))
  await (await lockDirectory(directory))()
})

t.test('a lock that cannot be read is taken over once it has no pulse', async (t) => {
  const directory = await folder(t)
  const path = join(directory, 'lock')
  await writeFile(path, 'half a li')
  await t.rejects(lockDirectory(directory), /in use/)
  await utimes(path, new Date(0), new Date(0))
  await (await lockDirectory(directory))()
})

async function abandoned(t: Test): Promise<string> {
  const directory = await folder(t)
  await abandon(directory, {})
  return directory
}

/** Eight at once want the directory: one gets it, and nothing but its lock is left. */
async function contest(t: Test, directory: string): Promise<void> {
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)))
  const owners = taken.filter((lock) => lock.status === 'fulfilled')
  t.equal(owners.length, 1)
  t.same(await readdir(directory), ['lock'])
  for (const { value: unlock } of owners) await unlock()
}

/** The lock of a process that is gone, as the live one would write it but for `facts`. */
async function abandon(directory: string, facts: object): Promise<string> {
  const path = join(directory, 'lock')
  const unlock = await lockDirectory(directory)
  const owner = JSON.parse(await readFile(path, 'utf8'))
  await unlock()
  // Above the highest number that Linux gives to a process.
  await writeFile(path, JSON.stringify({ ...owner, pid: 4_194_305, ...facts }))
  return path
}

t.test('F14 S3, F14 S5: refuses to write when the disk is nearly full', async (t) => {
  const dataDirectory = await folder(t)
  const storage = await openTestStorage({ dataDirectory, spareBytes: Number.MAX_SAFE_INTEGER })
  t.teardown(() => storage.close())
  const referral = aReferral()
  await t.rejects(storage.referrals.commit(aSubmission(referral)), { code: 'unavailable' })
  t.equal(await storage.referrals.find(referral.id), undefined)
})
