/**
 * Turns within a client: of the requests that it has here few are worked on at the same moment, the
 * others wait with their bodies unread. So a client with many keeps no one else waiting for long.
 */

interface Line {
  /** Slots that are taken. */
  taken: number
  readonly waiting: { readonly slots: number; readonly start: () => void }[]
}

export interface Turn {
  /** When it may start; at once as a rule. */
  readonly started: Promise<void>
  /** To be called when it has been answered, or given up; harmless when repeated. */
  end(): void
}

/** @param most slots of one client; a request may take several, and never more than there are */
export function turns(most: number): (client: string, slots: number) => Turn {
  const lines = new Map<string, Line>()

  return (client, wanted) => {
    const slots = Math.min(wanted, most)
    const line = lines.get(client) ?? { taken: 0, waiting: [] }
    lines.set(client, line)
    let state: 'waiting' | 'working' | 'ended' = 'waiting'
    const { promise: started, resolve } = Promise.withResolvers<void>()
    const waiter = {
      slots,
      start: () => {
        state = 'working'
        line.taken += slots
        resolve()
      },
    }
    line.waiting.push(waiter)
    startWaiting(line)
    return {
      started,
      end() {
        if (state === 'ended') return
        if (state === 'working') line.taken -= slots
        else line.waiting.splice(line.waiting.indexOf(waiter), 1)
        state = 'ended'
        startWaiting(line)
        if (line.taken === 0 && line.waiting.length === 0) lines.delete(client)
      },
    }
  }

  /** In the order of arrival: a large one is not passed by until there is never room for it. */
  function startWaiting(line: Line): void {
    for (
      let next = line.waiting[0];
      next && line.taken + next.slots <= most;
      next = line.waiting[0]
    ) {
      line.waiting.shift()
      next.start()
    }
  }
}
