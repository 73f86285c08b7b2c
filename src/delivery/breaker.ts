/**
 * When an EHR is left alone: a rule over the outcomes that one process has seen of its requests.
 * What follows is shared by all instances, see ehr-line.ts.
 */

export interface Breaker {
  /** @param at milliseconds of a clock that never jumps */
  succeeded(at: number): void
  /** @returns whether this was one too many */
  failed(at: number): boolean
  /** What was seen does not count any more: all have taken note of it. */
  forget(): void
}

const consecutiveFailures = 5
/** Of a busy EHR that now answers and now does not. */
const window = { ms: 30_000, least: 20, share: 0.5 }

export function createBreaker(): Breaker {
  let running = 0
  let seen: { readonly at: number; readonly ok: boolean }[] = []
  const note = (at: number, ok: boolean) => {
    running = ok ? 0 : running + 1
    seen = [...seen.filter((each) => each.at > at - window.ms), { at, ok }]
  }
  const share = () => seen.filter(({ ok }) => !ok).length / seen.length
  return {
    succeeded: (at) => note(at, true),
    failed(at) {
      note(at, false)
      return (
        running >= consecutiveFailures || (seen.length >= window.least && share() >= window.share)
      )
    },
    forget() {
      running = 0
      seen = []
    },
  }
}
