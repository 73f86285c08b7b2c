/** The log: one JSON object a line, errors as far as they may be told, nothing that a terminal obeys. */

import pino, { type DestinationStream, type Logger } from 'pino'
import { safeError } from './domain/safe-error.ts'

/** @param out where the lines go */
export function createLogger(level: string, out: DestinationStream): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: toldOf, error: toldOf },
      hooks: {
        logMethod([first, ...rest], method) {
          // Without a sentence of ours, pino takes the error's.
          const named = first instanceof Error ? { err: first } : first
          if (typeof named === 'object' && rest.length === 0) method.call(this, named, 'error')
          else method.call(this, named, ...rest)
        },
      },
    },
    { write: (line) => out.write(escaped(line)) },
  )
}

/** What is no error was made to be told: safeError's own answer, the code of a refusal. */
const toldOf = (error: unknown): unknown => (error instanceof Error ? safeError(error) : error)

/** JSON escapes the first 32 controls; terminals obey more: DEL, C1, and the line separators. */
const escaped = (line: string): string =>
  line.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
