import { readFileSync } from 'node:fs'
import t from 'tap'
import { securityMap } from '../../scripts/security-map.ts'

const { markdown, faults } = securityMap()

t.test('every number has a test or a reason', async (t) => t.same(faults, []))

t.test('docs/security.md is what the tests say; npm run security-map writes it', async (t) =>
  t.equal(readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8'), markdown),
)
