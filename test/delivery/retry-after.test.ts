import t from 'tap'
import { retryAfterSeconds } from '../../src/delivery/retry-after.ts'

const now = new Date('2026-03-02T10:00:00.500Z')

const table: readonly (readonly [header: string | undefined, seconds: number | undefined])[] = [
  ['0', 0],
  ['7', 7],
  [' 120 ', 120],
  ['86400', 86_400],
  ['86401', 86_400],
  ['99999999999999999999', 86_400],
  ['Mon, 02 Mar 2026 10:00:30 GMT', 30],
  ['Mon, 02 Mar 2026 10:00:01 GMT', 1],
  ['Fri, 06 Mar 2026 10:00:00 GMT', 86_400],
  ['Mon, 02 Mar 2026 09:00:00 GMT', undefined],
  ['Mon, 02 Mar 2026 10:00:00 GMT', undefined],
  ['(x) Mon, 02 Mar 2026 10:00:30 GMT', undefined],
  ['xMon, 02 Mar 2026 10:00:30 GMT', undefined],
  ['Mon, 02 Mar 2026 10:00:30 GMTx', undefined],
  ['Mon, 02 Mar 2026 10:00:30 UTC', undefined],
  ['Mon, 2 Mar 2026 10:00:30 GMT', undefined],
  ['Mon, 99 Mar 2026 10:00:30 GMT', undefined],
  ['2026-03-02T10:00:30Z', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['soon', undefined],
  ['5, 10', undefined],
  ['', undefined],
  [undefined, undefined],
]

t.test(
  'Retry-After is honoured in both forms, capped at a day, and ignored when garbage',
  async (t) => {
    for (const [header, seconds] of table)
      t.equal(retryAfterSeconds(header, now), seconds, String(header))
  },
)
