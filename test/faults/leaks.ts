/** Does a process grow? Judged by the straight line through what was measured of it. */

export interface Sample {
  /** Seconds since the start. */
  readonly at: number
  readonly memoryBytes: number
  readonly files: number
}

export interface Growth {
  readonly samples: number
  /** Of the memory, in percent of what it is on average, in ten minutes. */
  readonly memoryPercent: number
  /** Open files, in ten minutes. */
  readonly files: number
}

const tenMinutes = 600

/** @param samples two at least */
export function growthOf(samples: readonly Sample[]): Growth {
  const memory = slope(samples.map(({ at, memoryBytes }) => [at, memoryBytes]))
  const mean = samples.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0) / samples.length
  return {
    samples: samples.length,
    memoryPercent: (100 * memory * tenMinutes) / mean,
    files: slope(samples.map(({ at, files }) => [at, files])) * tenMinutes,
  }
}

/** @returns a sentence for everything that grows: memory by 1 % in ten minutes, files by one */
export const leaksIn = ({ memoryPercent, files }: Growth): readonly string[] => [
  ...(memoryPercent >= 1 ? [`memory grows by ${memoryPercent.toFixed(2)} % in ten minutes`] : []),
  ...(files >= 1 ? [`${files.toFixed(1)} more files are open after ten minutes`] : []),
]

/** By least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)]
  const above = points.reduce((sum, [xi, yi]) => sum + (xi - x) * (yi - y), 0)
  return above / points.reduce((sum, [xi]) => sum + (xi - x) ** 2, 0)
}
