/**
 * One process per data directory. PGlite takes no lock of its own: two processes on one directory
 * each lose what the other wrote, silently.
 *
 * The lock is a file that names its owner. After a kill -9 the file is still there, so a lock whose
 * owner is gone is taken over. Owner gone means: the machine was started anew, or no process has
 * the number, or another one has it now. A number from another container means nothing here; there
 * the owner's pulse decides.
 */

import { readFileSync, readlinkSync } from 'node:fs'
import { readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Owner {
  readonly pid: number
  /** Differs after each start of the machine. */
  readonly boot: string
  /** Start of the process in ticks since boot: tells two processes with one number apart. */
  readonly started: string
  /** The pid namespace, i.e. the container. */
  readonly namespace: string
}

const pulseMs = 4_000
const silentAfterMs = 15_000
/** A process that was killed takes a moment to be gone, the larger the longer; a restart waits for it. */
const dyingMs = 5_000
const lookAgainMs = 100

/**
 * @returns a function that gives the lock back
 * @throws Error when another process holds it
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock')
  const me = JSON.stringify(ownerOf(process.pid))
  await take(path, me)
  const pulse = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), pulseMs)
  pulse.unref()
  return async () => {
    clearInterval(pulse)
    if ((await readFile(path, 'utf8').catch(() => '')) === me) await unlink(path).catch(() => {})
  }
}

async function take(path: string, me: string): Promise<void> {
  if (await create(path, me)) return
  const held = await readFile(path, 'utf8').catch(() => undefined)
  if (held !== undefined) {
    if (await staysHeld(path, held)) throw new Error(refusal(path, held))
    return takeOver(path, held, me)
  }
  if (!(await create(path, me))) throw new Error(refusal(path))
}

/**
 * One at a time replaces the lock of an owner that is gone; whoever comes second finds a new owner.
 *
 * The guard is a lock of its own: one that its owner left behind when it was killed in the few
 * milliseconds below is taken over in the same way. To remove it without that would remove the
 * guard of whoever made one since, and two would own the directory.
 */
async function takeOver(path: string, held: string, me: string): Promise<void> {
  const guard = `${path}.takeover`
  if (!(await create(guard, me))) {
    const other = await readFile(guard, 'utf8').catch(() => undefined)
    if (other === undefined || (await isHeld(guard, other))) throw new Error(refusal(path))
    await takeOver(guard, other, me)
  }
  try {
    const now = await readFile(path, 'utf8').catch(() => undefined)
    if (now !== undefined && now !== held) throw new Error(refusal(path, now))
    if (now === held) await unlink(path).catch(() => {})
    if (!(await create(path, me))) throw new Error(refusal(path))
  } finally {
    await unlink(guard).catch(() => {})
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600, flush: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const refusal = (path: string, held?: string): string =>
  `The data directory is in use by another process${held ? ` (${ownerText(held)})` : ''}: ` +
  `stop it, or name another directory. The lock is ${path}.`

const ownerText = (held: string): string => {
  const owner = parseOwner(held)
  return owner ? `pid ${owner.pid}` : 'unknown'
}

async function staysHeld(path: string, held: string): Promise<boolean> {
  const deadline = Date.now() + dyingMs
  while (await isHeld(path, held)) {
    if (Date.now() >= deadline) return true
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
    // Given back in good order, or taken by somebody else meanwhile.
    if ((await readFile(path, 'utf8').catch(() => '')) !== held) return false
  }
  return false
}

async function isHeld(path: string, held: string): Promise<boolean> {
  const owner = parseOwner(held)
  const here = ownerOf(process.pid)
  if (owner === undefined) return Date.now() - (await lastPulse(path)) < silentAfterMs
  if (owner.boot !== here.boot) return false
  if (owner.namespace === here.namespace)
    return isAlive(owner.pid) && ownerOf(owner.pid).started === owner.started
  return hasPulse(path)
}

/** Another container, perhaps our own before its restart: wait and see whether its pulse goes on. */
async function hasPulse(path: string): Promise<boolean> {
  const first = await lastPulse(path)
  for (;;) {
    const left = first + silentAfterMs - Date.now()
    if (left <= 0) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(pulseMs, left)))
    if ((await lastPulse(path)) !== first) return true
  }
}

const lastPulse = (path: string): Promise<number> =>
  stat(path).then(
    (file) => file.mtimeMs,
    () => 0,
  )

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined
    return value as Owner
  } catch {
    return undefined
  }
}

/** A zombie is dead: it only waits for somebody to ask for its exit status. */
function isAlive(pid: number): boolean {
  if (/^[ZX]/.test(statOf(pid))) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Where there is no /proc, the number alone has to do. */
function ownerOf(pid: number): Owner {
  return {
    pid,
    boot: quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    // Field 22 of the whole, the twentieth behind the name.
    started: statOf(pid).split(' ')[19] ?? '',
    namespace: quietly(() => readlinkSync('/proc/self/ns/pid')),
  }
}

/** The state of a process and what follows it; its name, in brackets before, may hold blanks. */
const statOf = (pid: number): string =>
  quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '')

function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
