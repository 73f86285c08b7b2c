/** What the failpoint module wrote down while the service ran. */

import { readFile } from 'node:fs/promises'
import type { ServiceHistory } from '../histories/history.ts'

interface Line {
  readonly at: number
  readonly pid: number
  readonly taken?: string
  readonly given?: string
  readonly beat?: string
  readonly key?: string
  readonly effect?: string
  readonly connected?: string
  readonly from?: number
  readonly memoryMb?: number
  readonly files?: number
  readonly stalledMs?: number
}

export interface Traced
  extends Pick<ServiceHistory, 'leases' | 'effects' | 'connections' | 'samples'> {
  /** From the end of a life to the moment at which a job that it held was taken up, in milliseconds. */
  readonly recoveries: readonly number[]
  /** Whose connection came from a port at a time. */
  pidOf(port: number | undefined, at: number): number | undefined
}

/** How long a job is held without a sign of life: heartbeatSeconds of src/storage/job-queues.ts. */
const leaseMs = 10_000

/** @param ends when each process ended; what it held, it held until then */
export async function traceOf(file: string, ends: ReadonlyMap<number, number>): Promise<Traced> {
  const lines = (await readFile(file, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .flatMap(parsed)
    .sort((a, b) => a.at - b.at)
  const endOf = (pid: number) => ends.get(pid) ?? Infinity
  const taken = lines.filter(({ taken }) => taken !== undefined)
  const ofJob = Map.groupBy(lines, ({ taken, given, beat }) => taken ?? given ?? beat)
  const leases = taken.map(({ at, pid, taken: id, key = '' }) => {
    const told = ofJob.get(id) ?? []
    const given = told.find((line) => line.given === id && line.pid === pid && line.at >= at)
    const ownUntil = given?.at ?? endOf(pid)
    const next = told.find((line) => line.taken === id && line.at > at)
    const signs = told.filter((line) => line.beat === id && line.pid === pid && line.at > at)
    const alive = signs.findLast((line) => line.at < (next?.at ?? Infinity))?.at ?? at
    // Taken from an owner that gave no sign for as long as a lease lasts: it was its no more.
    const until = next && next.at - alive >= leaseMs ? Math.min(ownUntil, next.at) : ownUntil
    return { id, pid, key, token: `${pid} ${id} ${at}`, from: at, until }
  })
  const ofKey = Map.groupBy(leases, ({ key }) => key)
  const effects = lines.flatMap(({ at, pid, effect: key }) => {
    if (key === undefined) return []
    const own = ofKey.get(key)?.findLast((lease) => lease.pid === pid && lease.from <= at)
    return [{ at, key, token: own?.token ?? 'none' }]
  })
  const recoveries = leases.flatMap(({ id, pid, until }) => {
    if (until !== endOf(pid) || until === Infinity) return []
    const again = ofJob.get(id)?.find((line) => line.taken === id && line.at > until)
    return again ? [again.at - until] : []
  })
  const fromPort = Map.groupBy(
    lines.filter(({ connected }) => connected !== undefined),
    ({ from }) => from,
  )
  return {
    leases,
    effects,
    recoveries,
    connections: lines.flatMap(({ at, connected: to }) => (to === undefined ? [] : [{ at, to }])),
    samples: lines.flatMap(({ at, memoryMb, files = 0, stalledMs = 0 }) =>
      memoryMb === undefined ? [] : [{ at, memoryMb, files, rows: 0, stalledMs }],
    ),
    pidOf: (port, at) => fromPort.get(port)?.findLast((line) => line.at <= at)?.pid,
  }
}

/** A kill may leave half a line. */
function parsed(line: string): readonly Line[] {
  try {
    return [JSON.parse(line) as Line]
  } catch {
    return []
  }
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}
