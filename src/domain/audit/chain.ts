/**
 * The audit trail can only be added to without anybody noticing: each seal hashes a row and the seal
 * before it, and a signed checkpoint fixes the heads of all chains. Why so: docs/decisions/0011-audit-chain.md.
 */

import { createHash } from 'node:crypto'

/** A row of the trail with every column as text, in the order of the table; null stays null. */
export interface TrailEvent {
  readonly id: string
  readonly columns: readonly (string | null)[]
  /** The organisation whose request it was; null for the service itself. */
  readonly organization: string | null
}

export interface Seal {
  readonly chain: string
  /** 1, 2, 3 … without gaps. */
  readonly position: number
  readonly eventId: string
  /** SHA-256, hex. */
  readonly hash: string
}

/** The last seal of a chain. */
export type Head = readonly [position: number, hash: string]

/** What a checkpoint signs: the heads that moved since the one before. */
export interface Checkpoint {
  readonly number: number
  /** SHA-256 of the checkpoint before as it was signed; empty for the first. */
  readonly previous: string
  /** Instant. */
  readonly made: string
  readonly heads: Readonly<Record<string, Head>>
}

/** No organisation has a colon in its id. */
const ownChain = ':service'

const chainOf = ({ organization }: Pick<TrailEvent, 'organization'>): string =>
  organization ?? ownChain

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The seal of an event that follows a head; `undefined` begins a chain. */
export function sealAfter(head: Head | undefined, event: TrailEvent): Seal {
  const chain = chainOf(event)
  const [last, previous] = head ?? [0, '']
  const position = last + 1
  const hash = sha256(JSON.stringify([chain, position, previous, event.id, ...event.columns]))
  return { chain, position, eventId: event.id, hash }
}

/** Seals events in their order onto the heads; gives the new seals and the heads that moved. */
export function sealAll(
  heads: ReadonlyMap<string, Head>,
  events: readonly TrailEvent[],
): { readonly seals: readonly Seal[]; readonly moved: Readonly<Record<string, Head>> } {
  const moved = new Map<string, Head>()
  const seals = events.map((event) => {
    const chain = chainOf(event)
    const seal = sealAfter(moved.get(chain) ?? heads.get(chain), event)
    moved.set(chain, [seal.position, seal.hash])
    return seal
  })
  return { seals, moved: Object.fromEntries(moved) }
}
