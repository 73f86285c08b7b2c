/** Bodies: FHIR JSON in UTF-8, uncompressed; everything else is 415. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { Problem } from '../domain/problem.ts'
import { fhirJson } from './negotiate.ts'

/** Lets `request.body` be what parseFhirJson gives; undefined when there is none. */
export function acceptFhirJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([fhirJson, 'application/json'], { parseAs: 'buffer' }, readFhirJson)
}

/** A content type parser for JSON under another name, such as application/json-patch+json. */
export async function readFhirJson(
  request: FastifyRequest,
  body: string | Buffer,
): Promise<unknown> {
  requireUtf8R4(request.headers['content-type'] ?? '')
  // A client that always names its media type sends no body all the same where none is needed.
  if (body.length === 0 && request.routeOptions.config?.bodyless) return undefined
  return parseFhirJson(body)
}

/** @throws Problem unsupported-media-type for another character set or another FHIR version */
function requireUtf8R4(contentType: string): void {
  for (const parameter of contentType.toLowerCase().split(';').slice(1)) {
    const [name = '', value = ''] = parameter.split('=').map((side) => side.trim())
    const plain = value.replaceAll('"', '')
    if (name === 'charset' && plain !== 'utf-8' && plain !== 'utf8')
      throw new Problem('unsupported-media-type', 'Send the body in UTF-8.')
    if (name === 'fhirversion' && plain !== '4.0')
      throw new Problem('unsupported-media-type', 'Send FHIR R4: fhirVersion=4.0.')
  }
}

/**
 * A compressed body could grow without end, so none is taken.
 * @throws Problem unsupported-media-type
 */
export function refuseCompressed(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw new Problem('unsupported-media-type', 'Send the body without Content-Encoding.')
}
