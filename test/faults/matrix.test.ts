import { readFileSync } from 'node:fs'
import t from 'tap'
import { faultMatrix } from '../../scripts/fault-matrix.ts'

const { markdown, faults } = faultMatrix()

t.test('every cell of the fault matrix has a test or a reason', async (t) => t.same(faults, []))

t.test('docs/faults.md is what the tests say; npm run fault-map writes it', async (t) =>
  t.equal(readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8'), markdown),
)
