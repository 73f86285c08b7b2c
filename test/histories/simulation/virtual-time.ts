/** A clock that moves only when nothing else can: one order of events for one seed. */

export interface VirtualTime {
  now(): number
  sleep(ms: number): Promise<void>
  /** Runs what is due, and then what comes next, until the time or until it holds. */
  runUntil(end: number, holds?: () => boolean): Promise<void>
}

interface Due {
  readonly at: number
  readonly order: number
  readonly wake: () => void
}

export function virtualTime(start: number): VirtualTime {
  const queue: Due[] = []
  let now = start
  let order = 0
  const next = (): Due | undefined => queue.at(-1)
  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        const due = { at: now + Math.max(0, ms), order: order++, wake }
        // Soonest last; of one instant, the first that asked.
        const place = queue.findLastIndex(
          (each) => each.at > due.at || (each.at === due.at && each.order > due.order),
        )
        queue.splice(place + 1, 0, due)
      }),
    async runUntil(end, holds = () => false) {
      for (;;) {
        await settled()
        if (holds()) return
        const due = next()
        if (!due || due.at > end) break
        queue.pop()
        now = due.at
        due.wake()
      }
      if (Number.isFinite(end)) now = Math.max(now, end)
    },
  }
}

/** All promises that can go on have gone on: nothing here waits for anything real. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
