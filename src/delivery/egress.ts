/**
 * The one door out: every connection that the service opens starts here.
 *
 * https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/
 *
 * Built on the dispatcher of undici rather than its fetch, because the caller must know two things
 * that fetch hides: whether a single byte of the request went out before it broke, and the status
 * of an answer whose body then broke. Fetch also sends a body again by itself after a 421.
 */

import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, Pool } from 'undici'
import {
  type ExchangeLimits,
  exchange,
  NotSent,
  type OutboundAnswer,
  type OutboundRequest,
} from './exchange.ts'
import {
  type AddressRules,
  addressRules,
  checkAddress,
  EgressRefused,
  readOutboundUrl,
  withinBase,
} from './outbound-address.ts'

export interface Egress {
  /**
   * @throws EgressRefused when the rules forbid the call, NotSent when nothing of it went out,
   *   AnswerLost when it went out and no usable answer came
   */
  send(request: OutboundRequest): Promise<OutboundAnswer>
  /**
   * Judges an address that somebody wants to be called at, as `send` will; nothing is sent.
   * @throws EgressRefused when it may not be called, another error when it leads nowhere
   */
  check(url: string): Promise<void>
  close(): Promise<void>
}

export interface EgressOptions {
  /** CIDR blocks that may be called although they are not public. */
  readonly allowNetworks: readonly string[]
  /** Base URLs from the registry, whose port counts as allowed. */
  readonly baseUrls?: readonly string[]
  readonly limits?: Partial<ExchangeLimits>
  readonly connectMs?: number
  /** Resolver of host names, for tests. */
  readonly resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>
}

// Clinics answer slowly, but an answer that has not begun after 10 s rarely comes; 20 MiB holds
// twice the largest record we accept.
const defaultLimits: ExchangeLimits = {
  firstByteMs: 10_000,
  totalMs: 30_000,
  responseBytes: 20 * 1024 * 1024,
}

/** Opens the door; whoever opens it closes it. */
export function createEgress(options: EgressOptions): Egress {
  const rules = addressRules(options.allowNetworks, options.baseUrls ?? [])
  const resolve = options.resolve ?? resolveByDns
  const agent = new Agent({
    pipelining: 1,
    factory: (origin, poolOptions) =>
      new Pool(origin, {
        ...poolOptions,
        connections: 16,
        connect: checkedConnector(new URL(origin), rules, resolve, options.connectMs ?? 3_000),
      }),
  })
  const limits = { ...defaultLimits, ...options.limits }

  const send = async (request: OutboundRequest): Promise<OutboundAnswer> => {
    const url = readOutboundUrl(request.url, rules)
    if (request.base !== undefined) withinBase(request.url, request.base)
    return exchange(agent, url, request, { ...limits, ...request.limits })
  }

  const check = async (text: string): Promise<void> => {
    const { origin, hostname } = readOutboundUrl(text, rules)
    const found = await resolve(hostname.replace(/^\[(.*)\]$/, '$1'))
    if (found.length === 0) throw new Error('The name has no address.')
    for (const { address } of found) checkAddress(address, origin, rules)
  }

  return {
    send,
    check,
    close: () => agent.destroy(),
  }
}

const resolveByDns: NonNullable<EgressOptions['resolve']> = (host) =>
  dns.promises.lookup(host, { all: true })

/**
 * Connects only to addresses that were judged. Those written in the URL were when it was read; for
 * a name the socket gets its address from our lookup, so the
 * name cannot point elsewhere between the judgement and the connection.
 */
function checkedConnector(
  origin: URL,
  rules: AddressRules,
  resolve: NonNullable<EgressOptions['resolve']>,
  timeout: number,
): buildConnector.connector {
  // With autoSelectFamily the socket asks for all addresses.
  const lookup: LookupFunction = (host, _options, callback) => {
    resolve(host)
      .then((found) => {
        if (found.length === 0) throw new Error('The name has no address.')
        for (const { address } of found) checkAddress(address, origin.origin, rules)
        return found
      })
      .then(
        (found) => callback(null, [...found]),
        (error) => callback(error, []),
      )
  }
  const connect = buildConnector({ timeout, allowH2: false, lookup, autoSelectFamily: true })
  return (target, callback) => {
    connect(target, (error, socket) => {
      if (error === null) callback(null, socket)
      else callback(error instanceof EgressRefused ? error : new NotSent(error), null)
    })
  }
}
