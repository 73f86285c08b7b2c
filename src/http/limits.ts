/** How much of everything a client may send, and for how long. */

import type { Quota } from './quota.ts'

/** Documents that a practice adds to an answer. */
export interface UploadLimits {
  /** Bytes of each. */
  readonly uploadFile: number
  /** How many at once, and altogether. */
  readonly uploadFiles: number
  /** Bytes at once, and altogether. */
  readonly uploadBytes: number
}

export interface HttpLimits extends Quota, UploadLimits {
  /** Bytes of a body; 413 beyond. */
  readonly body: number
  /** Characters of an address; 414 beyond. */
  readonly url: number
  /** Bytes of all headers; 431 beyond. */
  readonly headers: number
  /** Milliseconds until all headers are there. */
  readonly headersTimeout: number
  /** Milliseconds until the whole request is there; 408 beyond. */
  readonly requestTimeout: number
  /** Milliseconds that a socket may be silent. */
  readonly idleTimeout: number
  readonly keepAliveTimeout: number
  readonly requestsPerSocket: number
  /** Open sockets of one address; a load balancer in front needs more. */
  readonly socketsPerAddress: number
  /** Requests of one client that are worked on at the same moment; one with a large body counts for all. */
  readonly atWork: number
  /** Bytes from which a body is large. */
  readonly largeBody: number
  /** Milliseconds that a 429 is held back, so that who answers it with the next request sends fewer. */
  readonly holdRefusal: number
  /** How many are held back at the same moment, of all clients. */
  readonly heldRefusals: number
  /** Requests for a token from one address in a minute. */
  readonly tokensPerMinute: number
  /** How often one address opens, or tries to open, a link for practices in a minute. */
  readonly answersPerMinute: number
  /** How often sockets are looked at for the two timeouts. Node's own 30 s would let 10 s become 40. */
  readonly checkInterval: number
}

export const defaultLimits: HttpLimits = {
  body: 10 * 1024 * 1024,
  url: 8 * 1024,
  headers: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  idleTimeout: 65_000,
  keepAliveTimeout: 65_000,
  requestsPerSocket: 1000,
  socketsPerAddress: 500,
  tokensPerMinute: 600,
  // Behind a proxy all practices are one address; opening a link takes three.
  answersPerMinute: 300,
  // Some scanned pages each. What is added goes to the clinic's EHR in one transaction with the answers.
  uploadFile: 5 * 1024 ** 2,
  uploadFiles: 10,
  uploadBytes: 15 * 1024 ** 2,
  // A large practice asks for 1 a second; a flood of 50 leaves two cores time for the others.
  requestsPerMinute: 3000,
  atOnce: 64,
  // The rest of them wait. With 16 at work a neighbour waits for 16 to be done; fewer than 4 leave the database idle.
  atWork: 4,
  largeBody: 1024 * 1024,
  // A second or two of work. With all of 5,000 waiting requests in hand each takes longer than its sender waits.
  atOnceOfAll: 256,
  holdRefusal: 1000,
  heldRefusals: 256,
  // Three of the longest records, each of which keeps the process busy for up to half a second.
  bytesPerMinute: 32 * 1024 ** 2,
  bytesPerDay: 2 * 1024 ** 3,
  checkInterval: 1000,
}
