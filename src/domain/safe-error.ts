/**
 * What may be logged of an error. Anything that is thrown may quote what it was working on: parsers
 * quote the text, drivers the row. So the sentence of an error is told only when it is one of ours.
 */

/** Their sentences are written here, and hold codes and ids at most. */
const ours: ReadonlySet<string> = new Set([
  'AnswerLost',
  'ConfigError',
  'EgressRefused',
  'EhrFailure',
  'NotSent',
  'Problem',
  'RegistryError',
  'TokenFailure',
])

/** @returns name, code and stack frames; the sentence too of an error of ours; the same of its cause */
export function safeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, cause, code } = error as Error & { code?: unknown }
  return {
    type: isWord(name) ? name : 'Error',
    ...(ours.has(name) ? { message } : {}),
    ...(isWord(code) ? { code } : {}),
    stack: framesOf(error),
    ...(cause !== undefined && depth < 3 ? { cause: safeError(cause, depth + 1) } : {}),
  }
}

const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^\w{1,60}$/.test(value)

/** The places in the code. The sentence stands before them, and may look like them. */
function framesOf({ stack = '', message }: Error): string {
  const at = stack.indexOf(message)
  const frames = at < 0 ? stack : stack.slice(at + message.length)
  return frames
    .split('\n')
    .filter((line) => /^ {4}at [\w$.<>[\] ]*\(?(?:file:|node:|\/)[^\s()]*:\d+:\d+\)?$/.test(line))
    .join('\n')
}
