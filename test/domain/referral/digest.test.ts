import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4'
import t from 'tap'
import { parseFhirJson } from '../../../src/domain/fhir/json.ts'
import { digestOf } from '../../../src/domain/referral/digest.ts'

const digest = (...resources: unknown[]): string =>
  digestOf(resources as FhirResource[], (reference) =>
    reference.startsWith('urn:uuid:') ? 'entry 0' : undefined,
  )

/** The same with the members of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  )
}

// Names that JSON forbids here, or that a server owns, are left to the tests below.
const name = fc.stringMatching(/^[a-z]{1,8}$/).filter((key) => key !== 'id' && key !== 'reference')
const { resource } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('resource'),
  ),
  resource: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}))

t.test('the order of members does not matter', async () => {
  fc.assert(fc.property(resource, (one) => digest(one) === digest(reversed(one))))
})

t.test('any other difference does', async () => {
  fc.assert(
    fc.property(resource, resource, (one, other) => {
      const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other))
      return (digest(one) === digest(other)) === same
    }),
    {
      examples: [
        [{ a: 'b",c:1"d' }, { a: 'b', c: 'd' }],
        [{ a: '1' }, { a: 1 }],
        [{ a: ['b'] }, { a: 'b' }],
      ],
    },
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

t.test('what a server fills in is no part of it, at the places where it does', async (t) => {
  const plain = { resourceType: 'Patient', gender: 'female' }
  t.equal(digest({ ...plain, id: '1', meta: { versionId: '2', lastUpdated: 'x' } }), digest(plain))
  t.not(digest({ ...plain, meta: { tag: [{ code: 'x' }] } }), digest(plain))
  t.not(digest({ ...plain, contact: [{ id: '1' }] }), digest({ ...plain, contact: [{ id: '2' }] }))
})

t.test('a sibling is the same under a new urn:uuid, another resource is not', async (t) => {
  const about = (reference: string) => ({ resourceType: 'Condition', subject: { reference } })
  t.equal(digest(about('urn:uuid:1')), digest(about('urn:uuid:2')))
  t.not(digest(about('Patient/1')), digest(about('Patient/2')))
  t.not(digest(about('entry 0')), digest(about('urn:uuid:1')), 'a text that looks like one is not')
})

t.test('decimals differ by their written form, and resources by their order', async (t) => {
  const dose = (text: string) => parseFhirJson(Buffer.from(`{"value":${text}}`))
  t.not(digest(dose('1.10')), digest(dose('1.1')))
  t.equal(digest(dose('1.10')), digest(dose('1.10')))
  t.not(digest({ a: 1 }, { b: 1 }), digest({ b: 1 }, { a: 1 }))
})
