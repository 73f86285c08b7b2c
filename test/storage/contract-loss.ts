import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { type Engine, until } from './contract.ts'

const committer = new URL('../helpers/commit-and-wait.ts', import.meta.url).pathname

export async function lossContract(t: Test, { lasting }: Engine): Promise<void> {
  await t.test('a process killed after the commit leaves the job to the next', async (t) => {
    const database = await lasting(t)
    const child = spawn(process.execPath, [committer, JSON.stringify(database.location)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const id = line.toString().trim()
    child.kill('SIGKILL')
    await once(child, 'exit')

    const storage = await database.open()
    t.match(await storage.referrals.find(id), { id, version: 1 })
    const worked: string[] = []
    await storage.jobs.work('deliver', async ({ referralId }) => void worked.push(referralId))
    await until(() => worked.length > 0)
    t.same(worked, [id])
  })

  await t.test('the worker that died with a job in hand is replaced within 30 s', async (t) => {
    const database = await lasting(t)
    const location = JSON.stringify(database.location)
    const child = spawn(process.execPath, [committer, location, 'work'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = ''
    child.stdout.on('data', (chunk) => {
      told += chunk
    })
    await until(() => told.includes('working'))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const before = performance.now()
    const storage = await database.open()
    const attempt = Promise.withResolvers<number>()
    await storage.jobs.work('deliver', async (job) => attempt.resolve(job.attempt))
    t.equal(await attempt.promise, 2)
    t.ok(performance.now() - before < 30_000)
  })
}
