/** Documents as a practice adds them, and the form that a browser sends them in (RFC 7578). */

import type { DocumentType } from '../../src/domain/answering/documents.ts'

/** The smallest of each. */
export const samples: Readonly<Record<DocumentType, Uint8Array>> = {
  'application/pdf': Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF',
  ),
  'image/png': Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
  'image/jpeg': Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex'),
  'image/tiff': Buffer.from('49492a00080000000000', 'hex'),
  'text/plain': Buffer.from('Amitriptyline 25 mg for 8 weeks, stopped: no effect.\nSchmerz 8/10.'),
}

export interface Sent {
  readonly name?: string
  readonly type?: string
  readonly bytes: Uint8Array
}

const boundary = 'a-boundary-of-the-browser'

/** @returns headers and body of a POST */
export function multipart(
  fields: Readonly<Record<string, string>>,
  files: readonly Sent[],
): { readonly headers: Readonly<Record<string, string>>; readonly payload: Buffer } {
  const parts = [
    ...Object.entries(fields).map(([name, value]) =>
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      ),
    ),
    ...files.flatMap(({ name = '', type = 'application/octet-stream', bytes }) => [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="documents"; filename="${name}"\r\ncontent-type: ${type}\r\n\r\n`,
      ),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'sec-fetch-site': 'same-origin',
    },
    payload: Buffer.concat(parts),
  }
}
