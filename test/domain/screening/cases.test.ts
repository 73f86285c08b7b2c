import { readdirSync, readFileSync } from 'node:fs'
import type { Bundle } from 'fhir/r4'
import t from 'tap'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { packetOfBundle } from '../../../src/domain/screening/packet.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { screen } from '../../../src/domain/screening/screen.ts'

interface Case {
  readonly id: string
  readonly title: string
  readonly asOf?: string
  readonly referral: Bundle
  readonly expected: Readonly<
    Record<string, { readonly verdict: string; readonly applicable?: boolean }>
  >
  readonly expectedOverall: string
}

const directory = new URL('../../fixtures/screening/cases/', import.meta.url)
const cases = readdirSync(directory).map(
  (name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Case,
)
const clinic = '1234567893'
const policy = loadPolicy(readPublished())

t.test('all worked referrals are here', async (t) => t.equal(cases.length, 44))
for (const { id, title, asOf = '2026-03-09', referral, expected, expectedOverall } of cases)
  t.test(`${id}: ${title}`, async (t) => {
    const packet = packetOfBundle(referral, ({ identifier }) => identifier?.value === clinic)
    const result = screen(packet, policy, { asOf })
    const byId = new Map(result.criteria.map((criterion) => [criterion.id, criterion]))
    for (const [criterion, { verdict, applicable }] of Object.entries(expected)) {
      const found = byId.get(criterion)
      t.equal(found?.verdict, verdict, `${criterion}: ${found?.explanation}`)
      if (applicable === false) t.equal(found?.applicable, false, `${criterion} does not apply`)
    }
    t.equal(result.overall, expectedOverall)
  })
