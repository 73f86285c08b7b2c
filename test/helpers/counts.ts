/** What the security suites counted, for the table that `npm test` ends with. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type CountName, countsFolder } from '../../scripts/security-counts.ts'

/** Notes how many cases a suite has been through, having asserted something on each of them. */
export function count(t: Test, name: CountName, number: number): void {
  t.comment(`${number} ${name}`)
  mkdirSync(countsFolder, { recursive: true })
  writeFileSync(
    join(countsFolder, `${name.replaceAll(/\W+/g, '-')}.json`),
    JSON.stringify({ name, number }),
  )
}
