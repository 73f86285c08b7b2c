/**
 * Loaded ahead of the service (`node --import`): listens to what the database driver, the HTTP
 * client and the HTTP server tell, and ends the process by SIGKILL at the point that FAILPOINT
 * names (`name:n`, the nth time). The service itself knows nothing of it. What was held and called
 * meanwhile goes to the file FAILPOINT_TRACE, one JSON line each.
 */

import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync, readdirSync } from 'node:fs'
import pg from 'pg'
import { arrivalOf, outgoingOf, statementOf, workedOn } from './points.ts'

const { FAILPOINT = '', FAILPOINT_TRACE: file } = process.env
const [wanted = '', times = '1'] = FAILPOINT.split(':')
let left = Number(times)

function reach(point: string): void {
  if (point === wanted && --left === 0) process.kill(process.pid, 'SIGKILL')
}

function trace(fact: object): void {
  if (file)
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), pid: process.pid, ...fact })}\n`)
}

type Query = (this: unknown, ...given: unknown[]) => unknown
const { prototype } = pg.Client as unknown as { prototype: { query: Query } }
const { query } = prototype

prototype.query = function (...given) {
  const [first, second] = given as [
    { name?: string; text?: string; values?: unknown[] } | string,
    unknown,
  ]
  const {
    name,
    text = '',
    values = [],
  } = typeof first === 'string' ? { text: first, values: second as unknown[] } : first
  const point = statementOf(name, text, values ?? [])
  if (point === undefined) {
    const answer = query.apply(this, given)
    // A lease lasts so long after each sign of life; one that did not come lets it go to another.
    if (!isBeat(text) || !(answer instanceof Promise)) return answer
    return answer.then((result) => {
      for (const id of jobsIn(values)) trace({ beat: id })
      return result
    })
  }
  reach(`before ${point}`)
  if (point.startsWith('commit of ')) for (const key of workedOn(values)) trace({ effect: key })
  if (point === 'job finished' || point === 'job failed')
    for (const id of jobsIn(values)) trace({ given: id })
  const answer = query.apply(this, given)
  if (!(answer instanceof Promise)) return answer
  return answer.then((result: { rows?: { id: string; singletonKey?: string }[] }) => {
    const rows = result.rows ?? []
    if (point === 'job taken')
      for (const row of rows) trace({ taken: row.id, key: row.singletonKey })
    // Nothing was taken when there was nothing to take.
    if (!/ taken$/.test(point) || rows.length > 0) reach(`after ${point}`)
    return result
  })
}

const isBeat = (text: string): boolean =>
  /SET heartbeat_on = /.test(text) && !text.includes('SKIP LOCKED')

const jobsIn = (values: readonly unknown[]): readonly string[] =>
  values
    .flatMap((value) => (Array.isArray(value) ? value.map(String) : []))
    .filter((id) => !id.includes(':'))

interface Told {
  readonly request: { readonly method: string; readonly path: string; readonly url: string }
}

const outgoing = (channel: string, point: (name: string) => string) =>
  subscribe(`undici:request:${channel}`, (message) => {
    const { method, path } = (message as Told).request
    const name = outgoingOf(method, path)
    if (name) reach(point(name))
  })
outgoing('create', (name) => `before ${name} is sent`)
outgoing('bodySent', (name) => `${name} was sent`)
outgoing('headers', (name) => `answer to ${name} begins`)
outgoing('trailers', (name) => `answer to ${name} ended`)

subscribe('undici:client:connected', (message) => {
  const { connectParams, socket } = message as {
    connectParams: { host: string }
    socket: { localPort?: number }
  }
  trace({ connected: connectParams.host, from: socket.localPort })
})

const incoming = (channel: string, verb: string) =>
  subscribe(channel, (message) => {
    const { method, url } = (message as Told).request
    const name = arrivalOf(method, url)
    if (name) reach(`${name} ${verb}`)
  })
incoming('http.server.request.start', 'arrived')
incoming('http.server.response.finish', 'answered')

const everyMs = 500
let last = performance.now()
let used = process.cpuUsage()
setInterval(() => {
  const now = performance.now()
  const { user, system } = process.cpuUsage(used)
  trace({
    memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    files: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    // A process that gets no turn on a busy machine is not wedged: only its own work counts.
    stalledMs: Math.round(Math.min(now - last - everyMs, (user + system) / 1_000)),
  })
  last = now
  used = process.cpuUsage()
}, everyMs).unref()
