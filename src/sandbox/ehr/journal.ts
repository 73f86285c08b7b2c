/**
 * The sandbox EHR's memory: one line of JSON for each commit, appended and synced before anybody
 * is told of it, so that a process killed at any moment has lost nothing that it acknowledged.
 */

import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

export interface Journal {
  /** Takes one line; it is durable once `settled` resolves. */
  append(line: string): void
  /** Resolves when every line taken so far is on disk; rejects once writing has failed. */
  settled(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the journal of a directory and hands each line of it to `replay`, oldest first.
 * @throws Error when a line other than the last cannot be replayed
 */
export async function openJournal(
  directory: string,
  replay: (line: string) => void,
): Promise<Journal> {
  await mkdir(directory, { recursive: true })
  const file = await open(join(directory, 'journal.jsonl'), 'a+')
  const content = await file.readFile()
  const whole = replayLines(content, replay)
  // Half a line is what a kill in the middle of a write leaves; nobody was told of it.
  if (whole < content.length) await file.truncate(whole)
  return appender({
    write: async (text) => {
      await file.appendFile(text)
      await file.datasync()
    },
    close: () => file.close(),
  })
}

/** A journal that forgets, for an EHR that lives in memory. */
export const forgetfulJournal: Journal = {
  append: () => undefined,
  settled: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

/** @returns how many bytes hold whole, readable lines */
function replayLines(content: Buffer, replay: (line: string) => void): number {
  let start = 0
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    try {
      replay(content.toString('utf8', start, end))
    } catch (cause) {
      if (end + 1 === content.length) return start
      throw new Error(`The journal is damaged at byte ${start}.`, { cause })
    }
    start = end + 1
  }
  return start
}

/** Lines that arrive while a write is under way go together into the next one. */
function appender(file: { write(text: string): Promise<void>; close(): Promise<void> }): Journal {
  let last: Promise<void> = Promise.resolve()
  let waiting: string[] | undefined
  return {
    append(line) {
      if (waiting) {
        waiting.push(line)
        return
      }
      const batch = [line]
      waiting = batch
      last = last.then(() => {
        waiting = undefined
        return file.write(`${batch.join('\n')}\n`)
      })
      // Whoever needs it asks for `settled`; a batch nobody waits for must not end the process.
      last.catch(() => undefined)
    },
    settled: () => last,
    async close() {
      await last.catch(() => undefined)
      await file.close()
    },
  }
}
