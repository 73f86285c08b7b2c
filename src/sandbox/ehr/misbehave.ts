/** What real EHRs do on bad days, to be switched on by tests. */

import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Misbehaviour {
  /** Milliseconds between the check and the insert of a conditional create. */
  readonly raceMs?: number
  /** Milliseconds until search and conditional create see a commit. */
  readonly searchLagMs?: number
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
  readonly searchLagMs: number
  /** Before the work: delays, refuses or sends elsewhere. True when the answer has been given. */
  before(request: FastifyRequest, reply: FastifyReply): Promise<boolean>
  /** After the work: what goes out in place of the answer. */
  after(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown
}

export function createTemper(): Temper {
  let mood: Misbehaviour = {}
  let left = Number.POSITIVE_INFINITY
  const struck = new WeakMap<FastifyRequest, Misbehaviour>()

  return {
    set(misbehaviour) {
      mood = misbehaviour
      left = misbehaviour.times ?? Number.POSITIVE_INFINITY
    },
    get raceMs() {
      return mood.raceMs ?? 0
    },
    get searchLagMs() {
      return mood.searchLagMs ?? 0
    },

    async before(request, reply) {
      if (left <= 0 || !concerns(mood, request)) return false
      left--
      const present = mood
      struck.set(request, present)
      if (present.delayMs) await wait(present.delayMs)
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
