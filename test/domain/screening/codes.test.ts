import type { Coding, ValueSet } from 'fhir/r4'
import t from 'tap'
import { CodeIndex } from '../../../src/domain/screening/codes.ts'
import { Words } from '../../../src/domain/screening/words.ts'
import { icd, policy, sct } from './build.ts'

const system = (name: string) => `https://referloop.example/fhir/CodeSystem/${name}`
const focus = (...codes: [string, string][]): ValueSet['useContext'] =>
  codes.map(([name, code]) => ({
    code: { code: 'focus' },
    valueCodeableConcept: { coding: [{ system: system(name), code }] },
  }))
const list = (
  id: string,
  include: NonNullable<ValueSet['compose']>['include'],
  useContext?: ValueSet['useContext'],
): ValueSet =>
  ({
    resourceType: 'ValueSet',
    id,
    status: 'active',
    compose: { include },
    ...(useContext ? { useContext } : {}),
  }) as ValueSet
const small = () =>
  new CodeIndex([
    list(
      'a',
      [{ system: icd, concept: [{ code: 'I20.8', display: 'Other angina' }, { code: 'I20.89' }] }],
      focus(['screening-criterion', 'x'], ['screening-criterion', 'y'], ['value-set-role', 'r']),
    ),
    list('b', [
      { system: icd, concept: [{ code: 'I20.9' }] },
      { system: sct, concept: [{ code: '1' }, { code: 'I20' }] },
    ]),
    list('p', [
      { system: icd, filter: [{ property: 'code', op: 'regex', value: 'C5.*|I20\\.8' }] },
    ]),
    list('q', [
      {
        system: icd,
        filter: [
          { property: 'parent', op: 'regex', value: 'C5.*' },
          { property: 'code', op: 'is-a', value: 'C5.*' },
        ],
      },
      { filter: [] },
    ]),
  ])
const of = (coding: Coding) => {
  const { listed, lists, category, patterns, display } = small().meaning(coding)
  return { listed, lists: [...lists], category: [...category], patterns: [...patterns], display }
}
const none = { listed: false, lists: [], category: [], patterns: [], display: undefined }

t.test('what a code means', async (t) => {
  t.strictSame(of({ system: icd, code: 'I20.8' }), {
    ...none,
    listed: true,
    lists: ['a', 'x/r', 'y/r'],
    patterns: ['p'],
    display: 'Other angina',
  })
  t.strictSame(
    of({ system: icd, code: 'I208' }),
    of({ system: icd, code: 'I20.8' }),
    'without the dot',
  )
  t.strictSame(of({ system: icd, code: 'I20.81' }).lists, ['a', 'x/r', 'y/r'], 'a child')
  t.strictSame(of({ system: icd, code: 'I20.89' }).display, 'I20.89', 'the longest listed one')
  t.strictSame(of({ system: icd, code: 'I20' }), {
    ...none,
    listed: true,
    category: ['a', 'x/r', 'y/r', 'b'],
  })
  t.strictSame(of({ system: icd, code: 'I2' }), none, 'two characters are no category')
  t.strictSame(
    of({ system: icd, code: 'C50.911' }),
    { ...none, patterns: ['p'] },
    'a pattern does not list',
  )
  t.strictSame(of({ system: sct, code: '1' }).lists, ['b'])
  t.strictSame(of({ system: sct, code: '11' }), none, 'SNOMED CT has no prefixes')
  t.strictSame(of({ system: 'urn:other', code: 'I20.8' }), none)
  t.strictSame(of({ code: 'I20.8' }), none)
  t.strictSame(of({ system: icd }), none)
})

t.test('a concept is in a list by any of its codings', async (t) => {
  const index = small()
  t.ok(
    index.has(
      {
        coding: [
          { system: 'urn:x', code: '1' },
          { system: sct, code: '1' },
        ],
      },
      'b',
    ),
  )
  t.notOk(index.has({ coding: [{ system: icd, code: 'I20' }] }, 'a'), 'categories do not count')
  t.notOk(index.has({ text: 'x' }, 'a'))
  t.notOk(index.has(undefined, 'a'))
  t.equal(
    index.displayOf({
      coding: [
        { system: 'urn:x', code: '1' },
        { system: icd, code: 'I20.8' },
      ],
    }),
    'Other angina',
  )
  t.equal(index.displayOf(undefined), undefined)
})

t.test('words', async (t) => {
  const words = new Words(['pregnan', 'CHF', 'raised IOP', 'IV drug', 'F.A'])
  t.equal(words.find('PREGNANCY, 12 weeks'), 'PREGNAN')
  t.equal(words.find('chf today'), 'chf')
  t.equal(words.find('schfield'), undefined)
  t.equal(words.find('Raised  iop left'), 'Raised  iop')
  t.equal(words.find('HIV drug'), undefined)
  t.equal(words.find('FxA'), undefined, 'a dot is a dot')
  t.equal(new Words([]).find('anything'), undefined)
})

t.test('medicines by name', async (t) => {
  const named = (text: string) => policy.medicines.named(text).map(({ name }) => name)
  t.strictSame(named('Hydromorphone and DILAUDID'), ['hydromorphone', 'dilaudid'])
  t.strictSame(named('apomorphine'), [], 'a name starts a word')
  t.strictSame(named('esketamine'), ['esketamine'])
  t.strictSame(named(''), [])
})

t.test('the codes of a list, of any system, without those of others', async (t) => {
  const both = new CodeIndex([
    list('a', [{ system: icd, concept: [{ code: 'I20.8' }] }]),
    list('b', [
      { system: sct, concept: [{ code: '1' }] },
      { system: icd, concept: [{ code: 'G43.0' }, { code: 'I20.8' }] },
    ]),
  ])
  t.same([...both.codesIn('a')], ['I208'])
  t.same([...both.codesIn('b')].sort(), ['1', 'G430', 'I208'])
  t.same(both.codesIn('c'), [])
})

t.test('value sets that say little mean little', async (t) => {
  const bare = new CodeIndex([
    { resourceType: 'ValueSet', status: 'active', id: 'empty' },
    { resourceType: 'ValueSet', status: 'active', compose: { include: [{ system: sct }] } },
    list('no-system', [{ concept: [{ code: '7' }] }]),
    list(
      'any',
      [{ system: sct, concept: [{ code: '8' }] }],
      [{ code: { code: 'focus' } } as never],
    ),
    list('role', [{ system: sct, concept: [{ code: '9' }] }], focus(['value-set-role', 'r'])),
    list(
      'other',
      [{ system: sct, concept: [{ code: '10' }] }],
      focus(['priority', 'high'], ['screening-criterion', 'x']),
    ),
  ])
  const lists = (code: string, system = sct) => [...bare.meaning({ system, code }).lists]
  t.same(lists('7'), [])
  t.same(bare.meaning({ code: '7' }).listed, false)
  t.same(lists('8'), ['any'])
  t.same(lists('9'), ['role'], 'a role for no criterion')
  t.same(lists('10'), ['other'], 'a criterion without a role')
  t.same(bare.meaning({ system: icd, code: 'I20.8' }).listed, false, 'of a system without lists')
})

t.test('a category is every beginning of a listed code but the code itself', async (t) => {
  const one = new CodeIndex([
    list('a', [{ system: icd, concept: [{ code: 'G90.511' }] }]),
    list('p', [{ system: icd, filter: [{ property: 'code', op: 'regex', value: 'G90|G90\\.5' }] }]),
    list('s', [
      { system: sct, concept: [{ code: '12345' }] },
      { system: sct, filter: [{ property: 'code', op: 'regex', value: '123' }] },
    ]),
  ])
  const meaning = (code: string, system = icd) => {
    const { lists, category, patterns, listed } = one.meaning({ system, code })
    return [[...lists], [...category], [...patterns], listed]
  }
  t.same(meaning('G90.511'), [['a'], [], [], true])
  t.same(meaning('G90.51'), [[], ['a'], [], true])
  t.same(meaning('G90.5'), [[], ['a'], ['p'], true])
  t.same(meaning('G90'), [[], ['a'], ['p'], true], 'three characters have no dot')
  t.same(meaning('G9'), [[], [], [], false])
  t.same(meaning('123', sct), [[], [], [], false], 'patterns are of ICD-10-CM')
})
