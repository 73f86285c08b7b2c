import t from 'tap'
import type { RegistryIssue } from '../../../src/domain/access/reader.ts'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'

const organization = { id: 'one', name: 'One', npi: '1245319599' }
const client = { id: 'one', jwks: { keys: [] }, scope: 'system/Task.rs' }
const legalBasis = 'Agreement of 2 March 2026 under 42 CFR 2.11.'

/** A registry of one organisation with this setting. */
function registryWith(role: 'referrers' | 'clinics', part2: unknown) {
  const own = role === 'clinics' ? { policy: 'ketamine-infusion-referral' } : { client }
  const rest = role === 'clinics' ? { referrers: [] } : { clinics: [] }
  return parseRegistry({ ...rest, [role]: [{ ...organization, ...own, part2 }] })
}

const ofReferrer = (part2: unknown) => registryWith('referrers', part2).referrerById('one')
const ofClinic = (part2: unknown) => registryWith('clinics', part2).clinicById('one')

function issuesOf(role: 'referrers' | 'clinics', part2: unknown) {
  try {
    registryWith(role, part2)
    return []
  } catch (error) {
    if (error instanceof RegistryError) return error.issues
    throw error
  }
}

t.test('P2-06 the legal basis of an organisation is recorded', async (t) => {
  t.same(ofReferrer({ legalBasis })?.part2, { protects: 'labelled', legalBasis })
  t.same(ofClinic({ legalBasis })?.part2, { protects: 'labelled', legalBasis })
})

t.test('P2-01 a referrer says which of its records are protected', async (t) => {
  for (const protects of ['labelled', 'sensitive', 'all'])
    t.same(ofReferrer({ protects, legalBasis })?.part2, { protects, legalBasis })
})

t.test('an organisation without the setting has none', async (t) => {
  t.notOk('part2' in (ofReferrer(undefined) ?? {}))
  t.notOk('part2' in (ofClinic(undefined) ?? {}))
})

t.test('P2-06 a setting that says less than it must is refused with its place', async (t) => {
  const basis = {
    place: 'part2.legalBasis',
    message: 'must be the legal basis, in 10 to 500 characters',
  }
  const protects = {
    place: 'part2.protects',
    message: "must be 'labelled', 'sensitive' or 'all'",
  }
  type Row = readonly ['referrers' | 'clinics', unknown, RegistryIssue]
  const table: readonly Row[] = [
    ['referrers', {}, basis],
    ['clinics', {}, basis],
    ['referrers', { legalBasis: 7 }, basis],
    ['referrers', { legalBasis: 'x'.repeat(9) }, basis],
    ['referrers', { legalBasis: 'x'.repeat(501) }, basis],
    ['referrers', { legalBasis: ' '.repeat(20) }, basis],
    ['referrers', { legalBasis: `${legalBasis}\u0000` }, basis],
    ['referrers', { legalBasis: `\u0000${legalBasis}` }, basis],
    ['referrers', { protects: 'none', legalBasis }, protects],
    ['referrers', { protects: 'not all', legalBasis }, protects],
    ['referrers', { protects: 'all of it', legalBasis }, protects],
    ['referrers', legalBasis, { place: 'part2', message: 'must be an object' }],
  ]
  for (const [role, part2, { place, message }] of table)
    t.strictSame(
      issuesOf(role, part2).slice(0, 1),
      [{ place: `${role}[0].${place}`, message }],
      JSON.stringify(part2),
    )
  t.same(issuesOf('referrers', { legalBasis: 'A contract of 2026.' }), [])
  for (const length of [10, 500])
    t.same(issuesOf('referrers', { legalBasis: 'x'.repeat(length) }), [], `${length} characters`)
})

t.test('a clinic, whose setting decides nothing, cannot say what is protected', async (t) => {
  t.match(issuesOf('clinics', { protects: 'all', legalBasis }), [
    { place: 'clinics[0].part2.protects', message: /known are legalBasis$/ },
  ])
  t.match(issuesOf('referrers', { protect: 'all', legalBasis }), [
    { place: 'referrers[0].part2.protect', message: /known are protects, legalBasis$/ },
  ])
})
