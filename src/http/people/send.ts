/** A page goes out: with a policy that lets nothing run but our one script, and no copy kept anywhere. */

import type { FastifyReply } from 'fastify'
import { layout, type Page } from './layout.ts'
import type { View } from './view.ts'

/** No inline script or style, no other host; frame-ancestors keeps it out of other sites' frames. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** On every answer of the pages, refusals and redirects too. */
export const pageHeaders = {
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
} as const

export const sendPage = (reply: FastifyReply, view: View, page: Page, status = 200): FastifyReply =>
  reply
    .code(status)
    .headers({ 'content-language': view.locale, vary: 'accept-language, cookie' })
    .type('text/html; charset=utf-8')
    .send(layout(view, page).text)
