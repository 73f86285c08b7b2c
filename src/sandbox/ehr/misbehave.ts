/** What real EHRs do on bad days, to be switched on by tests. */

import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Version } from './store.ts'

export interface Misbehaviour {
  /** Milliseconds between the check and the insert of a conditional create. */
  readonly raceMs?: number
  /** Conditional creates do not look: what real servers come to when two arrive at once. */
  readonly ignoresConditions?: boolean
  /** Milliseconds until search and conditional create see a commit. */
  readonly searchLagMs?: number
  /** Every other look at a resource is answered by a replica that lacks its last version. */
  readonly staleReplica?: boolean
  /** The history of a resource comes in no order, and each version twice. */
  readonly shuffledHistory?: boolean
  /** Which requests are concerned by what follows; default all but the token endpoint. */
  readonly on?: 'write' | 'read' | 'token'
  /** How many of them; default until changed. */
  readonly times?: number
  /** Milliseconds before the request is looked at. */
  readonly delayMs?: number
  /** Turned away before anything is done. */
  readonly refuse?: {
    readonly status: number
    readonly retryAfter?: string
    readonly body?: string
  }
  /** The connection is reset at once, and the work done so many milliseconds later. */
  readonly lateMs?: number
  /** Sent elsewhere by 307 before anything is done. */
  readonly redirectTo?: string
  /**
   * What becomes of the answer after the work was done: the connection is reset, the body ends
   * half-way, the connection ends half-way, a page of a proxy comes instead, or an error does.
   */
  readonly afterwards?: 'reset' | 'truncate' | 'cut' | 'html' | 'fail'
  /** One byte of the answer every so many milliseconds. */
  readonly dripMs?: number
}

export interface Temper {
  set(misbehaviour: Misbehaviour): void
  readonly raceMs: number
  heedsConditions(): boolean
  /** The version of a resource that a search finds. */
  found(history: readonly Version[], now: Date): Version | undefined
  /** The versions of a resource that a read sees, the one it gives last. */
  read(history: readonly Version[]): readonly Version[]
  /** Before the work: delays, refuses or sends elsewhere. True when the answer has been given. */
  before(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
  /** After the work: what goes out in place of the answer. */
  after(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown
}

export function createTemper(): Temper {
  let mood: Misbehaviour = {}
  let left = Number.POSITIVE_INFINITY
  let looks = 0
  const struck = new WeakMap<FastifyRequest, Misbehaviour>()

  const asReplicated = (history: readonly Version[]): readonly Version[] => {
    const isStale = mood.staleReplica === true && looks++ % 2 === 0
    return isStale && history.length > 1 ? history.slice(0, -1) : history
  }

  return {
    set(misbehaviour) {
      mood = misbehaviour
      left = misbehaviour.times ?? Number.POSITIVE_INFINITY
    },
    get raceMs() {
      return mood.raceMs ?? 0
    },
    heedsConditions: () => mood.ignoresConditions !== true,
    found(history, now) {
      const { searchLagMs = 0 } = mood
      const horizon = now.getTime() - searchLagMs
      const indexed = ({ lastUpdated }: Version) => Date.parse(lastUpdated) <= horizon
      return asReplicated(searchLagMs === 0 ? history : history.filter(indexed)).at(-1)
    },
    read(history) {
      const versions = asReplicated(history)
      // The last one stays last: it is what a read gives.
      return mood.shuffledHistory ? [...versions.toReversed(), ...versions] : versions
    },

    async before(request, reply) {
      if (left <= 0 || !concerns(mood, request)) return false
      left--
      const present = mood
      struck.set(request, present)
      if (present.delayMs) await wait(present.delayMs)
      if (present.lateMs) {
        request.raw.socket.resetAndDestroy()
        await wait(present.lateMs)
      }
      if (present.redirectTo) {
        reply.redirect(present.redirectTo, 307)
        return true
      }
      if (!present.refuse) return false
      const { status, retryAfter, body } = present.refuse
      if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
      reply.code(status).send(body ?? '')
      return true
    },

    after(request, reply, payload) {
      const { afterwards, dripMs } = struck.get(request) ?? {}
      const text = typeof payload === 'string' ? payload : ''
      switch (afterwards) {
        case 'reset':
          request.raw.socket.resetAndDestroy()
          return payload
        case 'fail':
          reply.code(500)
          return ''
        case 'html':
          reply.header('content-type', 'text/html')
          return '<html><body>The gateway says hello.</body></html>'
        case 'truncate':
          reply.removeHeader('content-length')
          return text.slice(0, Math.floor(text.length / 2))
        case 'cut':
          return cutShort(request, reply, text)
        default:
          return dripMs ? drip(reply, text, dripMs) : payload
      }
    },
  }
}

function concerns(mood: Misbehaviour, request: FastifyRequest): boolean {
  const { pathname } = new URL(request.url, 'http://ehr.invalid')
  if (!pathname.startsWith('/fhir')) return mood.on === 'token' && pathname === '/auth/token'
  if (mood.on === 'token') return false
  const write = request.method !== 'GET'
  return mood.on === undefined || (mood.on === 'write') === write
}

function cutShort(request: FastifyRequest, reply: FastifyReply, text: string): Readable {
  reply.header('content-length', Buffer.byteLength(text))
  const half = text.slice(0, Math.floor(text.length / 2))
  return Readable.from(
    (async function* () {
      yield half
      await wait(20)
      request.raw.socket.destroy()
    })(),
  )
}

function drip(reply: FastifyReply, text: string, everyMs: number): Readable {
  reply.removeHeader('content-length')
  return Readable.from(
    (async function* () {
      for (const byte of Buffer.from(text)) {
        await wait(everyMs)
        yield Buffer.from([byte])
      }
    })(),
    { objectMode: false },
  )
}
