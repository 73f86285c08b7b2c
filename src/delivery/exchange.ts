/** One request and its answer over an undici dispatcher, with every limit enforced. */

import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { EgressRefused } from './outbound-address.ts'

export interface ExchangeLimits {
  /** From the start of the call to the head of the answer. */
  readonly firstByteMs: number
  /** From the start of the call to the last byte of the answer. */
  readonly totalMs: number
  /** Of the body, as it arrives and once decompressed. */
  readonly responseBytes: number
}

export interface OutboundRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  /** The base that the URL must lie in. */
  readonly base?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent byte for byte. */
  readonly body?: string | Uint8Array
  readonly limits?: Partial<ExchangeLimits>
}

export interface OutboundAnswer {
  /** 200 and up; a redirect is an answer like any other and never followed. */
  readonly status: number
  /** One header by its name in lower case. */
  readonly header: (name: string) => string | undefined
  /** Decompressed. */
  readonly body: Uint8Array
}

/** Nothing of the request went out: no such host, connection refused, TLS failure, no free connection. */
export class NotSent extends Error {
  override readonly name = 'NotSent'

  constructor(cause: unknown) {
    super('The request could not be sent.', { cause })
  }
}

/** The request went out, and no usable answer came: it may have been acted upon. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
  readonly reason: 'timeout' | 'reset' | 'too-large' | 'encoding'
  /** Known when the head of the answer had arrived. */
  readonly status: number | undefined

  constructor(reason: AnswerLost['reason'], status: number | undefined, cause?: unknown) {
    super(`The answer was lost: ${reason}.`, { cause })
    this.reason = reason
    this.status = status
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * @throws EgressRefused, NotSent, AnswerLost
 */
export async function exchange(
  dispatcher: Dispatcher,
  url: URL,
  request: OutboundRequest,
  limits: ExchangeLimits,
): Promise<OutboundAnswer> {
  const { status, headers, chunks } = await collect(dispatcher, url, request, limits)
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  const raw = Buffer.concat(chunks)
  const body = await decompress(raw, header('content-encoding'), status, limits)
  return { status, header, body }
}

interface Collected {
  readonly status: number
  readonly headers: Headers
  readonly chunks: Uint8Array[]
}

function collect(
  dispatcher: Dispatcher,
  url: URL,
  request: OutboundRequest,
  limits: ExchangeLimits,
): Promise<Collected> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let settled = false
    let status: number | undefined
    let headers: Headers = {}
    let size = 0
    const chunks: Uint8Array[] = []

    const finish = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(total)
      clearTimeout(firstByte)
      act()
    }
    const fail = (error: Error) => {
      finish(() => reject(error))
      controller?.abort(error)
    }
    const expire = () => {
      const late = new Error('The time allowed has passed.')
      fail(controller ? new AnswerLost('timeout', status, late) : new NotSent(late))
    }
    const total = setTimeout(expire, limits.totalMs)
    const firstByte = setTimeout(expire, limits.firstByteMs)

    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method ?? 'GET',
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
        // Ours run from the start of the call, in milliseconds rather than half seconds.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(starting) {
          if (settled) starting.abort(new Error('Given up before it was sent.'))
          else controller = starting
        },
        onResponseStart(_controller, code, head) {
          if (code < 200) return
          clearTimeout(firstByte)
          status = code
          headers = head
        },
        onResponseData(_controller, chunk) {
          size += chunk.length
          if (size > limits.responseBytes) fail(new AnswerLost('too-large', status))
          else chunks.push(chunk)
        },
        onResponseEnd() {
          finish(() => resolve({ status: status ?? 0, headers, chunks }))
        },
        onResponseError(_controller, error) {
          fail(brokenBy(error, controller !== undefined, status))
        },
      },
    )
  })
}

function brokenBy(error: Error, sent: boolean, status: number | undefined): Error {
  if (error instanceof EgressRefused || error instanceof NotSent) return error
  return sent ? new AnswerLost('reset', status, error) : new NotSent(error)
}

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const

/** We ask for no compression; some gateways compress all the same. */
async function decompress(
  body: Buffer,
  encoding: string | undefined,
  status: number,
  limits: ExchangeLimits,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() || 'identity'
  if (name === 'identity' || body.length === 0) return body
  if (!Object.hasOwn(decoders, name)) throw new AnswerLost('encoding', status)
  const decode = decoders[name as keyof typeof decoders]
  try {
    return await decode(body, { maxOutputLength: limits.responseBytes })
  } catch (cause) {
    const tooLarge = cause instanceof RangeError
    throw new AnswerLost(tooLarge ? 'too-large' : 'encoding', status, cause)
  }
}
