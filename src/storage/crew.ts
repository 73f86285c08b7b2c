/**
 * Who works on one queue in this process: so many jobs at once, few of them for one clinic, and none
 * for a clinic whose EHR is left alone.
 *
 * pg-boss has workers of its own, which cannot pass over the jobs of some clinics from one moment to
 * the next; so its jobs are fetched here, and settled with its fenced calls.
 */

import type { WorkLimits } from '../domain/referral/taken-job.ts'

export interface CrewJob {
  /** Whose share of the places it takes; none for jobs of before there were shares. */
  readonly groupId?: string | null
}

export interface CrewTools<J extends CrewJob> {
  /** The next jobs of whoever is not among these, so many at most. */
  take(passedOver: readonly string[], atMost: number): Promise<readonly J[]>
  /** Works on it and settles it; never rejects. */
  run(job: J): Promise<void>
  /** Told when looking for a job failed. */
  failed(error: unknown): void
}

export interface Crew<J> {
  /** There may be a job now. */
  wake(): void
  /** Takes no more jobs. @returns those still in hand after the time, or none */
  close(withinMs: number): Promise<readonly J[]>
}

// How long a retry, or a job committed by another process, may lie. LISTEN/NOTIFY would be quicker,
// but NOTIFY makes PostgreSQL commit one transaction at a time.
const lookEveryMs = 1_000

/** @param places jobs at once, of all groups together */
export function newCrew<J extends CrewJob>(
  tools: CrewTools<J>,
  places: number,
  limits: WorkLimits = {},
): Crew<J> {
  const share = Math.max(1, Math.floor(places * (limits.share ?? 1)))
  const inHand = new Map<J, Promise<void>>()
  let closing = false
  let isWoken = false
  let wakeUp = () => {}
  const wake = () => {
    isWoken = true
    wakeUp()
  }
  const ended = look()
  return {
    wake,
    async close(withinMs) {
      closing = true
      wake()
      const { promise: late, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, withinMs)
      await Promise.race([ended.then(() => Promise.all(inHand.values())), late])
      clearTimeout(timer)
      return [...inHand.keys()]
    },
  }

  /** One look at a time: two could take more of one group than its share. */
  async function look(): Promise<void> {
    while (!closing) {
      isWoken = false
      const jobs = inHand.size < places ? await next() : []
      for (const job of jobs) begin(job)
      if (jobs.length === 0 && !isWoken) await pause()
    }
  }

  async function next(): Promise<readonly J[]> {
    try {
      const { full, room } = await standing()
      return await tools.take(full, room)
    } catch (error) {
      tools.failed(error)
      return []
    }
  }

  /**
   * Who has its share, and how many jobs may be taken at once of which nobody knows whose they are:
   * with 10,000 waiting, looking for one costs PostgreSQL as much as looking for four.
   */
  async function standing(): Promise<{ full: readonly string[]; room: number }> {
    const allowed = new Map(await limits.allowed?.())
    const busy = new Map<string, number>()
    for (const { groupId } of inHand.keys())
      if (groupId) busy.set(groupId, (busy.get(groupId) ?? 0) + 1)
    const groups = new Set([...allowed.keys(), ...busy.keys()])
    const left = (group: string) =>
      Math.min(share, allowed.get(group) ?? share) - (busy.get(group) ?? 0)
    const open = [...groups].map(left).filter((room) => room > 0)
    return {
      full: [...groups].filter((group) => left(group) <= 0),
      room: Math.min(places - inHand.size, share, ...open),
    }
  }

  function begin(job: J): void {
    const work = tools.run(job).finally(() => {
      inHand.delete(job)
      wake()
    })
    inHand.set(job, work)
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
