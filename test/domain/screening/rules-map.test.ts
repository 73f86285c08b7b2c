import { readFileSync } from 'node:fs'
import t from 'tap'
import { screeningMap } from '../../../scripts/screening-map.ts'

const { markdown, faults } = screeningMap()

t.test('every rule has a test, and every test that is named is there', async (t) =>
  t.same(faults, []),
)

t.test('docs/screening.md is what the map says; npm run screening-map writes it', async (t) =>
  t.equal(readFileSync(new URL('../../../docs/screening.md', import.meta.url), 'utf8'), markdown),
)
