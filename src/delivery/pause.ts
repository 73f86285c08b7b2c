/**
 * Resolves after the time, give or take a tenth, or at once when stopping: instances and clinics that
 * started together drift apart.
 */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms * (0.9 + Math.random() * 0.2))
    signal.addEventListener('abort', done)
  })
