import { readFileSync } from 'node:fs'
import t from 'tap'
import { subscriptionMap } from '../../../scripts/subscription-map.ts'

const { markdown, faults } = subscriptionMap()

t.test('every SHALL of the guide has a test', async (t) => t.same(faults, []))

t.test(
  'docs/subscriptions.md is what the tests say; npm run subscription-map writes it',
  async (t) =>
    t.equal(
      readFileSync(new URL('../../../docs/subscriptions.md', import.meta.url), 'utf8'),
      markdown,
    ),
)
