/** The supplement of RxNorm: what a concept must say, and what codes and texts then mean. */

import type { CodeSystem, CodeSystemConcept, Coding } from 'fhir/r4'
import t from 'tap'
import { type Medicines, medicinesOf } from '../../../src/domain/screening/medicines.ts'
import { rx } from './build.ts'

type Property = NonNullable<CodeSystemConcept['property']>[number]

const kind = (valueCode: string): Property => ({ code: 'kind', valueCode })
const group = (valueCode: string): Property => ({ code: 'class', valueCode })
const use = (valueCode: string): Property => ({ code: 'use', valueCode })
const ingredient = (valueString: string): Property => ({ code: 'ingredient', valueString })
const strength = (valueString: string): Property => ({ code: 'strength', valueString })
const decimal = (code: string, valueDecimal: number): Property => ({ code, valueDecimal })
const whole = [kind('ingredient'), group('opioid'), ingredient('oxycodone')]

/** Reads concepts: what they are, and what is wrong with them. */
function read(...concepts: readonly Partial<CodeSystemConcept>[]): {
  readonly medicines: Medicines
  readonly refused: readonly string[]
} {
  const supplement: CodeSystem = {
    resourceType: 'CodeSystem',
    status: 'active',
    content: 'supplement',
    concept: concepts.map((each, index) => ({ code: `${index}`, ...each })),
  }
  const refused: string[] = []
  const medicines = medicinesOf(supplement, (place, reason) => {
    refused.push(`${place}: ${reason}`)
  })
  return { medicines, refused }
}

const ofCode = (medicines: Medicines, value: string) =>
  medicines.of({ coding: [{ system: rx, code: value }] })

t.test('a concept that is not as it must be is refused with its place', async (t) => {
  const { refused, medicines } = read(
    { property: whole },
    { property: [group('opioid'), ingredient('x')] },
    { property: [kind('pack'), group('opioid'), ingredient('x')] },
    { property: [kind('product'), ingredient('x')] },
    { property: [kind('product'), group('opioid')] },
    { property: [...whole, use('cough')] },
    { property: [...whole, decimal('factor', 0)] },
    { property: [...whole, decimal('mmePerMl', -1)] },
    {},
  )
  t.same(refused, [
    'CodeSystem.concept[1]: property kind must be ingredient or product',
    'CodeSystem.concept[2]: property kind must be ingredient or product',
    'CodeSystem.concept[3]: property class is missing',
    'CodeSystem.concept[4]: property ingredient is missing',
    "CodeSystem.concept[5]: there is no use 'cough'",
    'CodeSystem.concept[6]: property factor must be above 0',
    'CodeSystem.concept[7]: property mmePerMl must be above 0',
    'CodeSystem.concept[8]: property kind must be ingredient or product',
  ])
  t.equal(ofCode(medicines, '0')?.display, '0', 'without a display it is called by its code')
  for (const left of ['1', '2', '3', '4', '5']) t.equal(ofCode(medicines, left), undefined)
  t.same(read().refused, [])
  const empty = { resourceType: 'CodeSystem', status: 'active', content: 'supplement' } as const
  t.same(medicinesOf(empty, t.fail as never).named('Stryker'), [])
})

t.test('what a concept says is what the medicine is', async (t) => {
  const { medicines, refused } = read(
    {
      code: '9',
      display: 'oxycodone 10 MG Oral Tablet [Roxicodone]',
      property: [
        kind('product'),
        group('opioid'),
        use('pain'),
        ingredient('oxycodone'),
        { code: 'ingredient' },
        ingredient('acetaminophen'),
        strength('oxycodone hydrochloride 7.5 MG'),
        { code: 'combination', valueBoolean: true },
        decimal('factor', 1.5),
        decimal('mmePerUnit', 15),
        { code: 'note', valueString: 'no ingredient' },
      ],
    },
    { code: '10', property: [...whole, strength('morphine sulfate 2 MG/ML')] },
    { code: '11', property: whole },
  )
  t.same(refused, [])
  t.same(ofCode(medicines, '9'), {
    code: '9',
    display: 'oxycodone 10 MG Oral Tablet [Roxicodone]',
    kind: 'product',
    class: 'opioid',
    ingredients: ['oxycodone', 'acetaminophen'],
    use: 'pain',
    combination: true,
    strengthMg: 7.5,
    factor: 1.5,
    mmePerUnit: 15,
    mmePerMl: undefined,
    mmePerDay: undefined,
  })
  t.equal(ofCode(medicines, '10')?.strengthMg, undefined, 'a strength by volume')
  t.match(ofCode(medicines, '11'), { combination: false, use: undefined })
})

t.test('of several codes an opioid is meant, then a product', async (t) => {
  const { medicines } = read(
    { code: 'nsaid', property: [kind('product'), group('nsaid'), ingredient('ibuprofen')] },
    { code: 'opioid', property: whole },
    { code: 'tablet', property: [kind('product'), group('opioid'), ingredient('oxycodone')] },
    { code: 'brand', property: [kind('product'), group('opioid'), ingredient('oxycodone')] },
    { code: 'base', property: [kind('ingredient'), group('nsaid'), ingredient('ibuprofen')] },
  )
  const meant = (...codes: readonly (string | Coding)[]) =>
    medicines.of({
      coding: codes.map((each) => (typeof each === 'string' ? { system: rx, code: each } : each)),
    })?.code
  t.equal(meant('nsaid', 'opioid'), 'opioid')
  t.equal(meant('opioid', 'nsaid'), 'opioid')
  t.equal(meant('opioid', 'tablet'), 'tablet')
  t.equal(meant('tablet', 'opioid'), 'tablet')
  t.equal(meant('tablet', 'brand'), 'tablet', 'the first of two alike')
  t.equal(meant('nsaid', 'base'), 'nsaid')
  t.equal(meant('opioid', 'base'), 'opioid')
  t.equal(meant({ system: 'urn:x', code: 'opioid' }, 'nsaid'), 'nsaid', 'of another system')
  t.equal(meant({ system: rx }, { code: 'opioid' }), undefined)
  t.equal(medicines.of({ text: 'oxycodone' }), undefined)
  t.equal(medicines.of(undefined), undefined)
})

t.test('a text names ingredients and brands, the longest name first, each once', async (t) => {
  const { medicines } = read(
    { property: [...whole, use('pain')] },
    { property: [kind('ingredient'), group('ketamine'), ingredient('ketamine')] },
    { property: [kind('ingredient'), group('other'), ingredient('ketamine blue')] },
    {
      display: 'oxycodone 5 MG [Oxaydo] and [Roxybond]',
      property: [kind('product'), group('opioid'), use('oud'), ingredient('oxycodone')],
    },
    {
      display: 'other [Oxaydo]',
      property: [kind('product'), group('nsaid'), use('pain'), ingredient('ibuprofen')],
    },
    { display: 'plain', property: [kind('product'), group('opioid'), ingredient('codeine')] },
  )
  const named = (text: string) => medicines.named(text).map(({ name }) => name)
  t.same(named('Ketamine Blue, then OXYCODONE, oxycodone and Roxybond'), [
    'ketamine blue',
    'oxycodone',
    'roxybond',
  ])
  t.same(named('codeine and plain'), [], 'a product is known by its brand only')
  const [brand] = medicines.named('Oxaydo')
  t.match(brand, { class: 'opioid', ingredients: ['oxycodone'] }, 'as the first has it')
  t.same([...(brand?.uses ?? [])], ['oud', 'pain'], 'for all that any is used for')
  t.same([...(medicines.named('ketamine')[0]?.uses ?? ['none'])], [])
})
