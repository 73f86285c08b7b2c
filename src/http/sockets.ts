/** What happens below HTTP: broken requests, slow ones, and too many sockets from one address. */

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { operationOutcome } from '../domain/fhir/outcome.ts'
import { Problem, type ProblemCode } from '../domain/problem.ts'
import { fhirJson } from './negotiate.ts'

const problemsOfParser: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers what the HTTP parser refused, and closes: nothing that follows can be trusted. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const problem = new Problem(problemsOfParser[error.code ?? ''] ?? 'bad-request')
  const body = JSON.stringify(operationOutcome(problem.code, problem.issues))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${reasons[problem.status]}`,
      `content-type: ${fhirJson}; charset=utf-8`,
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  )
}

/** Closes sockets beyond so many of one address at a time. */
export function limitSockets(server: Server, most: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
    if (count > most) socket.destroy()
  })
  // After maxRequestsPerSocket Node says `Connection: close`, but leaves the closing to the client.
  server.on('dropRequest', (_request, socket) => socket.destroy())
}
