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
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
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
    if (await isHeld(path, held)) throw new Error(refusal(path, held))
    await setAside(path, held)
  }
  if (!(await create(path, me))) throw new Error(refusal(path))
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

/** Renaming decides between two processes that both found the owner gone. */
async function setAside(path: string, held: string): Promise<void> {
  const aside = `${path}.${process.pid}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = await readFile(aside, 'utf8')
  // Somebody else was faster and this is their lock: put it back.
  if (moved !== held) await link(aside, path).catch(() => {})
  await unlink(aside)
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('pid' in value)) return undefined
    return value as Owner
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
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
    // The name of the program, in brackets, may hold blanks: count from behind it. Field 22.
    started: quietly(() =>
      String(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]),
    ),
    namespace: quietly(() => readlinkSync('/proc/self/ns/pid')),
  }
}

function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
