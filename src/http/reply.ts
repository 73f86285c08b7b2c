/** How FHIR answers leave: https://hl7.org/fhir/R4/http.html */

import type { FastifyReply } from 'fastify'
import type { StoredResource } from '../domain/referral/ports.ts'
import { prettyJson } from './pretty-json.ts'
import { preferences } from './request.ts'

export const etagOf = (version: number): string => `W/"${version}"`

/** `Type/id/_history/n`, below the FHIR base. */
export const versionPath = ({ type, id, version }: StoredResource): string =>
  `${type}/${id}/_history/${version}`

/**
 * Sends JSON text as FHIR, in the media type and layout that were asked for.
 * @param body JSON text, which is sent as it is, or a value
 */
export function sendFhir(reply: FastifyReply, body: string | object, status = 200): FastifyReply {
  const { type, pretty } = reply.request.answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return reply
    .code(status)
    .type(`${type}; charset=utf-8`)
    .send(pretty ? prettyJson(text) : text)
}

/** ETag and Last-Modified of a version. */
export function versionHeaders(reply: FastifyReply, stored: StoredResource): FastifyReply {
  return reply
    .header('etag', etagOf(stored.version))
    .header('last-modified', new Date(stored.lastUpdated).toUTCString())
}

/**
 * Answers a write with what is stored now: ETag, Last-Modified, Location for a create, and the body
 * that `Prefer: return` asks for.
 * @param fhirBase `${deps.baseUrl}/fhir`
 */
export function sendResource(
  reply: FastifyReply,
  stored: StoredResource,
  { status, fhirBase }: { readonly status: 200 | 201; readonly fhirBase: string },
): FastifyReply {
  const { return: back } = preferences(reply.request)
  versionHeaders(reply, stored)
  if (status === 201) reply.header('location', `${fhirBase}/${versionPath(stored)}`)
  else reply.header('content-location', `${fhirBase}/${versionPath(stored)}`)
  if (back === 'representation') return sendFhir(reply, stored.content, status)
  if (back === 'minimal') return reply.code(status).send()
  return sendFhir(reply, done(status), status)
}

const done = (status: 200 | 201) => ({
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'information',
      code: 'informational',
      diagnostics: status === 201 ? 'Created.' : 'Done.',
    },
  ],
})
