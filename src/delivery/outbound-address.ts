/**
 * Which addresses the service may call, judged before any connection is opened.
 *
 * https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/
 * Address blocks: https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sibling
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Why a call was refused before anything was sent. */
export type RefusalReason =
  | 'url'
  | 'scheme'
  | 'credentials'
  | 'host-form'
  | 'address'
  | 'plain-http'
  | 'port'
  | 'off-base'

/** A call that the service will not make. Says which rule, never the address or the content. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason) {
    super(`Outbound call refused: ${reason}.`)
    this.reason = reason
  }
}

export interface AddressRules {
  /** Networks that may be called although they are not public, and without TLS, on any port. */
  readonly networks: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[]
  /** Origins (`https://ehr.example:9443`) that the registry names: their port is as stated. */
  readonly origins: Pick<ReadonlySet<string>, 'has'>
}

/**
 * @param allowNetworks CIDR blocks
 * @param baseUrls base URLs of the registry, looked at each time: another reading of it may change them
 * @throws Error when a block cannot be read: a misspelt one must not pass as an empty rule
 */
export function addressRules(
  allowNetworks: readonly string[],
  baseUrls: readonly string[],
): AddressRules {
  return {
    networks: allowNetworks.map((block) => ipaddr.parseCIDR(block)),
    origins: { has: (origin) => baseUrls.some((url) => new URL(url).origin === origin) },
  }
}

// Public HTTPS is served on these; anything else (22, 5432) is no EHR unless the registry says so.
const publicPorts = new Set(['443', '8443'])

/**
 * Reads an outbound URL. Only the canonical spelling passes: `127.1`, `0x7f000001`, a trailing dot,
 * a backslash, letters outside ASCII and `user@host` are ways of hiding the host, not of naming it.
 * @throws EgressRefused
 */
export function readOutboundUrl(text: string, rules: AddressRules): URL {
  if (!URL.canParse(text) || /[\s\\#\p{Cc}]/u.test(text)) throw new EgressRefused('url')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new EgressRefused('scheme')
  if (url.username || url.password || /^[^/]*\/\/[^/?]*@/.test(text))
    throw new EgressRefused('credentials')
  const authority = /^https?:\/\/([^/?]*)/i.exec(text)?.[1]?.toLowerCase() ?? ''
  const written = authority.replace(/:[0-9]+$/, '')
  if (written !== url.hostname || written.endsWith('.')) throw new EgressRefused('host-form')
  const literal = literalAddress(url.hostname)
  if (literal) checkAddress(literal, url.origin, rules)
  return url
}

/** The address when a host is one, brackets removed. */
const literalAddress = (host: string): string | undefined => {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? undefined : bare
}

/**
 * Judges one address that a connection would go to.
 * @throws EgressRefused
 */
export function checkAddress(address: string, origin: string, rules: AddressRules): void {
  const parsed = ipaddr.parse(address)
  if (inNetworks(parsed, rules)) return
  if (!isPublic(parsed)) throw new EgressRefused('address')
  const { protocol, port } = new URL(origin)
  if (protocol !== 'https:') throw new EgressRefused('plain-http')
  if (!publicPorts.has(port || '443') && !rules.origins.has(origin)) throw new EgressRefused('port')
}

const inNetworks = (address: ipaddr.IPv4 | ipaddr.IPv6, rules: AddressRules): boolean =>
  rules.networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  )

// All of IPv6 that is routed lies in 2000::/3. The library calls everything that it has no name for
// unicast, which would let fec0::1 or 4000::1 pass.
const routedIpv6 = ipaddr.IPv6.parseCIDR('2000::/3')

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(routedIpv6))

/**
 * An absolute or relative address that an answer named, resolved against the base it belongs to.
 * @returns the absolute URL, on the origin and below the path of the base
 * @throws EgressRefused `off-base`
 */
export function withinBase(link: string, baseUrl: string): string {
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)
  if (!URL.canParse(link, base.href)) throw new EgressRefused('url')
  const url = new URL(link, base)
  const inside = url.pathname.startsWith(base.pathname) || `${url.pathname}/` === base.pathname
  if (url.origin !== base.origin || url.username || url.password || !inside)
    throw new EgressRefused('off-base')
  return url.href
}
