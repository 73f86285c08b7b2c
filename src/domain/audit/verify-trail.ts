/** Has the audit trail been tampered with? Reads all of it once, in order. */

import {
  type Checkpoint,
  type Head,
  type Seal,
  sealAfter,
  sha256,
  type TrailEvent,
} from './chain.ts'

/** A trail as it is stored. */
export interface TrailSource {
  /** By number. */
  checkpoints(): AsyncIterable<{ readonly number: number; readonly jws: string }>
  /** By chain and position, each with its row, if that is there. */
  sealed(): AsyncIterable<{ readonly seal: Seal; readonly event: TrailEvent | undefined }>
  /** Rows that no seal covers yet. */
  unsealed(): Promise<number>
}

export interface TrailPorts {
  /** @returns what was signed; undefined when the signature is not one of ours */
  openCheckpoint(jws: string): Promise<unknown>
}

/** A checkpoint known from elsewhere, such as the log: the trail must still have it. */
export interface KnownCheckpoint {
  readonly number: number
  /** SHA-256 of the signed text, hex. */
  readonly digest: string
}

export interface TrailReport {
  readonly checkpoints: number
  readonly chains: number
  readonly sealed: number
  readonly unsealed: number
  /** The first place that is broken. */
  readonly broken?: Break
}

interface Break {
  readonly fault: string
  readonly checkpoint?: number
  readonly chain?: string
  readonly position?: number
  readonly eventId?: string
}

/**
 * @param known checkpoints that have to be there: with them even a trail that was cut back whole,
 *   checkpoints and all, is found out
 */
export async function verifyTrail(
  source: TrailSource,
  ports: TrailPorts,
  known: readonly KnownCheckpoint[] = [],
): Promise<TrailReport> {
  const heads = new Map<string, Head>()
  const counts = { checkpoints: 0, chains: 0, sealed: 0, unsealed: await source.unsealed() }
  try {
    counts.checkpoints = await readCheckpoints(source, ports, heads, known)
    await readChains(source, heads, counts)
    return counts
  } catch (error) {
    if (error instanceof Broken) return { ...counts, broken: error.place }
    throw error
  }
}

class Broken extends Error {
  readonly place: Break

  constructor(place: Break) {
    super(place.fault)
    this.place = place
  }
}

async function readCheckpoints(
  source: TrailSource,
  ports: TrailPorts,
  heads: Map<string, Head>,
  known: readonly KnownCheckpoint[],
): Promise<number> {
  let last = 0
  let previous = ''
  const digests = new Map(known.map(({ number, digest }) => [number, digest]))
  for await (const { number, jws } of source.checkpoints()) {
    const at = { checkpoint: last + 1 }
    if (number !== last + 1) throw new Broken({ ...at, fault: 'a checkpoint is missing' })
    const checkpoint = readCheckpoint(await ports.openCheckpoint(jws))
    if (!checkpoint) throw new Broken({ ...at, fault: 'a checkpoint is not signed by us' })
    if (checkpoint.number !== number || checkpoint.previous !== previous)
      throw new Broken({ ...at, fault: 'a checkpoint does not follow the one before' })
    previous = sha256(jws)
    const expected = digests.get(number)
    if (expected !== undefined && expected !== previous)
      throw new Broken({ ...at, fault: 'a checkpoint is not the one that is known' })
    digests.delete(number)
    for (const [chain, head] of Object.entries(checkpoint.heads)) heads.set(chain, head)
    last = number
  }
  const [missing] = [...digests.keys()].sort((a, b) => a - b)
  if (missing !== undefined)
    throw new Broken({ checkpoint: missing, fault: 'a known checkpoint is missing' })
  return last
}

/** What we signed has this form; the check is for a signature of ours over something else. */
function readCheckpoint(signed: unknown): Checkpoint | undefined {
  const { number, previous, heads } = (signed ?? {}) as Partial<Checkpoint>
  return typeof number === 'number' && typeof previous === 'string' && heads
    ? (signed as Checkpoint)
    : undefined
}

async function readChains(
  source: TrailSource,
  heads: Map<string, Head>,
  counts: { chains: number; sealed: number },
): Promise<void> {
  let chain: string | undefined
  let head: Head | undefined
  for await (const { seal, event } of source.sealed()) {
    if (seal.chain !== chain) {
      requireHead(heads, chain, head)
      chain = seal.chain
      head = undefined
      counts.chains++
    }
    head = follow(head, seal, event)
    counts.sealed++
  }
  requireHead(heads, chain, head)
  const [[lost] = []] = heads
  if (lost !== undefined)
    throw new Broken({ chain: lost, position: 1, fault: 'a chain is missing' })
}

function follow(head: Head | undefined, seal: Seal, event: TrailEvent | undefined): Head {
  const { chain, eventId } = seal
  const position = (head?.[0] ?? 0) + 1
  const at = { chain, position, eventId }
  if (seal.position !== position) throw new Broken({ chain, position, fault: 'a seal is missing' })
  if (!event) throw new Broken({ ...at, fault: 'an entry is missing' })
  const right = sealAfter(head, event)
  if (right.chain !== chain || right.eventId !== eventId || right.hash !== seal.hash)
    throw new Broken({ ...at, fault: 'an entry or its seal was altered' })
  return [position, seal.hash]
}

/** A chain ends where the last checkpoint says. */
function requireHead(
  heads: Map<string, Head>,
  chain: string | undefined,
  head: Head | undefined,
): void {
  if (chain === undefined || !head) return
  const signed = heads.get(chain)
  heads.delete(chain)
  if (signed?.[0] === head[0] && signed[1] === head[1]) return
  const position = Math.min(signed?.[0] ?? 0, head[0]) + 1
  throw new Broken({ chain, position, fault: 'the chain does not end where it was signed' })
}
