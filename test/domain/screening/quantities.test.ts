/** Units as people write them: whatever stands there, nothing of it is printed. */

import fc from 'fast-check'
import t from 'tap'
import { code, lnc, observation, screenParts } from './build.ts'

const pieces = [
  ...['mm[Hg]', 'U/L', 'kPa', '10*3', '{', '}', '(', ')', '[', ']', '.', '/', '^', '*', '-', '+'],
  ...["'", '"', '%', '<', '>', ' ', '4', 'Ada Lovelace', 'µ', 'ä', '\u202e', '', '_', 'm'],
]

t.test('no text of a unit is printed', async (t) => {
  const printed: unknown[] = []
  const kept = { log: console.log, error: console.error, warn: console.warn }
  const keep = (...words: unknown[]) => printed.push(...words)
  Object.assign(console, { log: keep, error: keep, warn: keep })
  t.teardown(() => Object.assign(console, kept))
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 8 }),
      fc.boolean(),
      (parts, coded) => {
        const text = parts.join('')
        const unit = coded
          ? { system: 'http://unitsofmeasure.org', code: text, unit: text }
          : { unit: text }
        screenParts({
          add: [
            observation(code(lnc, '8480-6'), '2026-03-01', {
              valueQuantity: { value: 150, ...unit },
            }),
            observation(code(lnc, '1742-6'), '2026-03-01', {
              valueQuantity: { value: 150, ...unit },
            }),
          ],
        })
      },
    ),
    { numRuns: 2_000 },
  )
  Object.assign(console, kept)
  t.same(printed, [])
})
