/** What the browser keeps: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis */

import type {} from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface CookieSetting {
  /** True when the service is reached by https; the sandbox on loopback is not. */
  readonly secure: boolean
}

type CookieName =
  | 'session'
  | 'sign-in'
  | 'answer'
  | 'answer-kept'
  | 'theme'
  | 'language'
  | 'shortcuts'

/** `__Host-`: set over https, for this host and nothing beside or below it. */
const nameOf = (name: CookieName, { secure }: CookieSetting): string =>
  `${secure ? '__Host-' : ''}referloop-${name}`

export const readCookie = (
  request: FastifyRequest,
  name: CookieName,
  setting: CookieSetting,
): string | undefined => request.cookies[nameOf(name, setting)]

/** @param seconds how long it is kept; without it, until the browser is closed */
export function setCookie(
  reply: FastifyReply,
  name: CookieName,
  value: string,
  setting: CookieSetting,
  seconds?: number,
): void {
  reply.setCookie(nameOf(name, setting), value, {
    ...attributes(setting),
    ...(seconds === undefined ? {} : { maxAge: seconds }),
  })
}

export function clearCookie(reply: FastifyReply, name: CookieName, setting: CookieSetting): void {
  reply.clearCookie(nameOf(name, setting), attributes(setting))
}

const attributes = ({ secure }: CookieSetting) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const
