/** AU-09: whatever is done to a sealed trail is found. */

import type { JWK } from 'jose'
import t from 'tap'
import { generateKeys, loadKeys } from '../../../src/auth/keys.ts'
import { checkpointSigner } from '../../../src/auth/sign-checkpoint.ts'
import {
  type Head,
  type Seal,
  sealAll,
  sha256,
  type TrailEvent,
} from '../../../src/domain/audit/chain.ts'
import {
  type KnownCheckpoint,
  type TrailSource,
  verifyTrail,
} from '../../../src/domain/audit/verify-trail.ts'

interface Trail {
  events: TrailEvent[]
  seals: Seal[]
  checkpoints: { number: number; jws: string }[]
}

const organizations = ['lakeside-family', 'hilltop-internal', 'river-pain-clinic', null]

const anEvent = (n: number): TrailEvent => {
  const organization = organizations[n % organizations.length] ?? null
  return {
    id: String(n + 1),
    organization,
    columns: [`2026-03-02T10:00:00.${String(n).padStart(6, '0')}Z`, 'read', organization, null],
  }
}

const { sign, open } = checkpointSigner(await loadKeys(await generateKeys()))
const stranger = checkpointSigner(await loadKeys(await generateKeys()))

async function aTrail(batches: number, perBatch: number, by = sign): Promise<Trail> {
  const trail: Trail = { events: [], seals: [], checkpoints: [] }
  const heads = new Map<string, Head>()
  for (let number = 1; number <= batches; number++) {
    const events = Array.from({ length: perBatch }, (_, i) => anEvent(trail.events.length + i))
    const { seals, moved } = sealAll(heads, events)
    for (const [chain, head] of Object.entries(moved)) heads.set(chain, head)
    const before = trail.checkpoints.at(-1)
    const previous = before ? sha256(before.jws) : ''
    const jws = await by({ number, previous, made: '2026-03-02T10:00:00.000Z', heads: moved })
    trail.events.push(...events)
    trail.seals.push(...seals)
    trail.checkpoints.push({ number, jws })
  }
  return trail
}

/** As a database would give it. */
const sourceOf = ({ events, seals, checkpoints }: Trail): TrailSource => ({
  async *checkpoints() {
    yield* checkpoints.toSorted((a, b) => a.number - b.number)
  },
  async *sealed() {
    const byId = new Map(events.map((event) => [event.id, event]))
    const order = (a: Seal, b: Seal) =>
      a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : a.position - b.position
    for (const seal of seals.toSorted(order)) yield { seal, event: byId.get(seal.eventId) }
  },
  unsealed: async () => 0,
})

/** A signature is checked once for each text: a thousand trails differ in one place each. */
const opened = new Map<string, Promise<unknown>>()
const openOnce = (jws: string): Promise<unknown> => {
  const known = opened.get(jws) ?? open(jws)
  opened.set(jws, known)
  return known
}

const verify = (trail: Trail, known?: readonly KnownCheckpoint[]) =>
  verifyTrail(sourceOf(trail), { openCheckpoint: openOnce }, known)

const trail = await aTrail(5, 40)

t.test('AU-09 an untouched trail verifies', async (t) => {
  t.same(await verify(trail), { checkpoints: 5, chains: 4, sealed: 200, unsealed: 0 })
  t.same(await verify({ events: [], seals: [], checkpoints: [] }), {
    checkpoints: 0,
    chains: 0,
    sealed: 0,
    unsealed: 0,
  })
})

/** Mulberry32: the same tamperings in every run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), 1 | state)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

const next = random(20260302)
const below = (n: number) => Math.floor(next() * n)

/** One character of a text becomes another. */
function smudged(text: string): string {
  const at = below(text.length)
  const other = text[at] === 'x' ? 'y' : 'x'
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`
}

const altered = <T>(list: T[], i: number, change: (one: T) => T) => {
  list[i] = change(list[i] as T)
}

/** What somebody with the whole database, but not our key, may try. */
const tamperings: Readonly<Record<string, (trail: Trail) => void>> = {
  'a column altered': (tampered) =>
    altered(tampered.events, below(200), (event) => {
      const at = below(2)
      return { ...event, columns: event.columns.with(at, smudged(String(event.columns[at]))) }
    }),
  'a column emptied': (tampered) =>
    altered(tampered.events, below(200), (event) => ({
      ...event,
      columns: event.columns.with(below(2), null),
    })),
  'an empty column filled': (tampered) =>
    altered(tampered.events, below(200), (event) => ({
      ...event,
      columns: event.columns.with(3, ''),
    })),
  'an organisation put in the place of another': (tampered) =>
    altered(tampered.events, below(200), (event) => ({
      ...event,
      organization: event.organization === 'lakeside-family' ? null : 'lakeside-family',
    })),
  'an entry deleted': ({ events }) => {
    events.splice(below(200), 1)
  },
  'an entry deleted with its seal': (tampered) => {
    const [seal] = tampered.seals.splice(below(200), 1)
    tampered.events = tampered.events.filter(({ id }) => id !== seal?.eventId)
  },
  'an entry deleted, and the seals after it moved up': (tampered) => {
    const [gone] = tampered.seals.splice(below(200), 1)
    tampered.events = tampered.events.filter(({ id }) => id !== gone?.eventId)
    tampered.seals = tampered.seals.map((seal) =>
      seal.chain === gone?.chain && seal.position > gone.position
        ? { ...seal, position: seal.position - 1 }
        : seal,
    )
  },
  'two entries exchanged': ({ events }) => {
    const [one, other] = twoOf(events)
    altered(events, one, (event) => ({
      ...event,
      columns: (trail.events[other] as TrailEvent).columns,
    }))
    altered(events, other, (event) => ({
      ...event,
      columns: (trail.events[one] as TrailEvent).columns,
    }))
  },
  'two seals exchanged': ({ seals }) => {
    const [one, other] = twoOf(seals)
    altered(seals, one, (seal) => ({ ...seal, eventId: (trail.seals[other] as Seal).eventId }))
    altered(seals, other, (seal) => ({ ...seal, eventId: (trail.seals[one] as Seal).eventId }))
  },
  'a hash altered': ({ seals }) =>
    altered(seals, below(200), (seal) => ({ ...seal, hash: smudged(seal.hash) })),
  'the end of a chain cut off': (tampered) => {
    const chain = tampered.seals[below(200)]?.chain
    const keep = below(50)
    const cut = tampered.seals.filter((seal) => seal.chain === chain && seal.position > keep)
    tampered.seals = tampered.seals.filter((seal) => !cut.includes(seal))
    tampered.events = tampered.events.filter(({ id }) => !cut.some(({ eventId }) => eventId === id))
  },
  'an entry altered, and its chain sealed anew': (tampered) => {
    const i = below(200)
    altered(tampered.events, i, (event) => ({
      ...event,
      columns: event.columns.with(1, smudged(String(event.columns[1]))),
    }))
    tampered.seals = [...sealAll(new Map(), tampered.events).seals]
  },
  'a checkpoint deleted': ({ checkpoints }) => {
    checkpoints.splice(below(5), 1)
  },
  'a checkpoint altered': ({ checkpoints }) =>
    altered(checkpoints, below(5), (one) => ({ ...one, jws: smudged(one.jws) })),
  'two checkpoints exchanged': ({ checkpoints }) => {
    const [one, other] = twoOf(checkpoints)
    altered(checkpoints, one, () => ({ number: one + 1, jws: jwsOf(other) }))
    altered(checkpoints, other, () => ({ number: other + 1, jws: jwsOf(one) }))
  },
  'an entry and its seal made up at the end': (tampered) => {
    const event = anEvent(below(1000) + 1000)
    const last = tampered.seals.findLast(
      ({ chain }) => chain === (event.organization ?? ':service'),
    )
    const head: Head = [last?.position ?? 0, last?.hash ?? '']
    tampered.events.push(event)
    tampered.seals.push(...sealAll(new Map([[last?.chain ?? '', head]]), [event]).seals)
  },
}

const jwsOf = (i: number) => trail.checkpoints[i]?.jws ?? ''

function twoOf(list: readonly unknown[]): readonly [number, number] {
  const one = below(list.length)
  return [one, (one + 1 + below(list.length - 1)) % list.length]
}

t.test('AU-09 of 1,000 random tamperings, each is found and its place named', async (t) => {
  const kinds = Object.entries(tamperings)
  const missed: string[] = []
  const found = new Map<string, number>()
  for (let n = 0; n < 1000; n++) {
    const [kind, tamper] = kinds[n % kinds.length] as (typeof kinds)[number]
    const tampered: Trail = {
      events: [...trail.events],
      seals: [...trail.seals],
      checkpoints: [...trail.checkpoints],
    }
    tamper(tampered)
    const { broken } = await verify(tampered)
    if (broken && (broken.checkpoint ?? broken.position) !== undefined)
      found.set(kind, (found.get(kind) ?? 0) + 1)
    else missed.push(`${n}: ${kind}`)
  }
  t.comment(`tamperings found: ${JSON.stringify(Object.fromEntries(found))}`)
  t.same(missed, [])
  t.equal(
    [...found.values()].reduce((sum, n) => sum + n, 0),
    1000,
  )
})

t.test('AU-09 the first broken place is named', async (t) => {
  const tampered = { ...trail, events: [...trail.events] }
  for (const i of [60, 100])
    altered(tampered.events, i, (event) => ({ ...event, columns: event.columns.with(1, 'never') }))
  const { broken } = await verify(tampered)
  t.same(broken, {
    chain: 'lakeside-family',
    position: 16,
    eventId: '61',
    fault: 'an entry or its seal was altered',
  })
})

t.test(
  'AU-09 a trail cut back whole, checkpoints and all, is found by one that is known',
  async (t) => {
    const before = await aTrail(3, 40)
    const last = trail.checkpoints.at(-1)
    const known = { number: 5, digest: sha256(last?.jws ?? '') }
    t.equal((await verify(trail, [known])).broken, undefined)
    t.match((await verify(before, [known])).broken, {
      checkpoint: 5,
      fault: 'a known checkpoint is missing',
    })
    t.match((await verify(await aTrail(5, 40), [known])).broken, {
      checkpoint: 5,
      fault: 'a checkpoint is not the one that is known',
    })
  },
)

t.test('AU-09 a trail made up from the start under another key is not ours', async (t) => {
  const { broken } = await verify(await aTrail(2, 8, stranger.sign))
  t.match(broken, { checkpoint: 1, fault: 'a checkpoint is not signed by us' })
})

t.test('AU-09 checkpoints of a key that was retired are still ours', async (t) => {
  const before = await loadKeys(await generateKeys())
  const made = await aTrail(2, 8, checkpointSigner(before).sign)
  const now = await loadKeys(await generateKeys())
  const verifyWith = (retired: readonly JWK[]) =>
    verifyTrail(sourceOf(made), { openCheckpoint: checkpointSigner(now, retired).open })
  t.match((await verifyWith([])).broken, { checkpoint: 1 })
  t.equal((await verifyWith(before.publicJwks.keys)).broken, undefined)
})

t.test('what our key signed for something else is no checkpoint', async (t) => {
  const made = await aTrail(1, 4)
  const jws = await sign({ hello: 'world' } as never)
  const { broken } = await verify({ ...made, checkpoints: [{ number: 1, jws }] })
  t.match(broken, { checkpoint: 1, fault: 'a checkpoint is not signed by us' })
})
