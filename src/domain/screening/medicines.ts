/** What the policy knows of medicines: the RxNorm supplement, indexed by code and by name. */

import type { CodeableConcept, CodeSystem, CodeSystemConcept, Coding } from 'fhir/r4'
import { rxnorm } from './codes.ts'

const opioidUses = [
  'pain',
  'pain-or-oud',
  'oud',
  'breakthrough-cancer-pain',
  'exclude-cough-cold',
  'exclude-parenteral',
] as const
type OpioidUse = (typeof opioidUses)[number]

export interface Medicine {
  readonly code: string
  readonly display: string
  readonly kind: 'ingredient' | 'product'
  /** `opioid`, `nsaid`, … : two medicines of one class are one class. */
  readonly class: string
  readonly ingredients: readonly string[]
  /** Only for opioids. */
  readonly use: OpioidUse | undefined
  readonly combination: boolean
  /** Milligrams of the opioid in one unit of the product, where it has that shape. */
  readonly strengthMg: number | undefined
  /** Morphine milligram equivalents: per milligram (fentanyl patch: per microgram an hour). */
  readonly factor: number | undefined
  readonly mmePerUnit: number | undefined
  readonly mmePerMl: number | undefined
  /** Of one patch worn. */
  readonly mmePerDay: number | undefined
}

/** What a text names: an ingredient or a brand of this class. */
export interface NamedMedicine {
  readonly name: string
  readonly class: string
  readonly ingredients: readonly string[]
  readonly uses: ReadonlySet<OpioidUse>
}

export class Medicines {
  readonly #byCode = new Map<string, Medicine>()
  readonly #byName = new Map<string, NamedMedicine>()
  readonly #names: RegExp

  constructor(medicines: readonly Medicine[]) {
    for (const medicine of medicines) {
      this.#byCode.set(medicine.code, medicine)
      for (const name of namesOf(medicine)) this.#remember(name.toLowerCase(), medicine)
    }
    const names = [...this.#byName.keys()].sort((a, b) => b.length - a.length)
    this.#names = new RegExp(`\\b(?:${names.map((name) => RegExp.escape(name)).join('|')})`, 'gi')
  }

  byCoding(coding: Coding): Medicine | undefined {
    return coding.system === rxnorm && coding.code !== undefined
      ? this.#byCode.get(coding.code)
      : undefined
  }

  /** The medicine that a concept means; an opioid goes before anything else that it names. */
  of(concept: CodeableConcept | undefined): Medicine | undefined {
    let found: Medicine | undefined
    for (const coding of concept?.coding ?? []) {
      const medicine = this.byCoding(coding)
      if (medicine === undefined) continue
      if (found === undefined || isBetter(medicine, found)) found = medicine
    }
    return found
  }

  /** The ingredients and brands that a text names. */
  named(text: string): readonly NamedMedicine[] {
    const found = new Set<NamedMedicine>()
    for (const [name] of text.matchAll(this.#names)) {
      const medicine = this.#byName.get(name.toLowerCase())
      if (medicine) found.add(medicine)
    }
    return [...found]
  }

  #remember(name: string, medicine: Medicine): void {
    const known = this.#byName.get(name)
    const uses = new Set(known?.uses)
    if (medicine.use) uses.add(medicine.use)
    this.#byName.set(name, {
      name,
      class: known?.class ?? medicine.class,
      ingredients: known?.ingredients ?? medicine.ingredients,
      uses,
    })
  }
}

/**
 * Reads the supplement.
 *
 * @param refuse called with the place and the reason when a concept is not as it must be
 */
export function medicinesOf(
  supplement: CodeSystem,
  refuse: (place: string, reason: string) => undefined,
): Medicines {
  const medicines: Medicine[] = []
  for (const [index, concept] of (supplement.concept ?? []).entries()) {
    const medicine = medicineOf(concept, (reason) => refuse(`CodeSystem.concept[${index}]`, reason))
    if (medicine) medicines.push(medicine)
  }
  return new Medicines(medicines)
}

function medicineOf(
  { code, display = code, property = [] }: CodeSystemConcept,
  refuse: (reason: string) => undefined,
): Medicine | undefined {
  const values = new Map(property.map((each) => [each.code, each]))
  const text = (name: string) => values.get(name)?.valueCode ?? values.get(name)?.valueString
  const decimal = (name: string) => {
    const value = values.get(name)?.valueDecimal
    if (value !== undefined && !(Number(value) > 0)) refuse(`property ${name} must be above 0`)
    return value === undefined ? undefined : Number(value)
  }
  const kind = text('kind')
  const group = text('class')
  const use = text('use')
  const ingredients = property.flatMap((each) =>
    each.code === 'ingredient' ? (each.valueString ?? []) : [],
  )
  if (kind !== 'ingredient' && kind !== 'product')
    return refuse('property kind must be ingredient or product')
  if (group === undefined) return refuse('property class is missing')
  if (ingredients.length === 0) return refuse('property ingredient is missing')
  if (use !== undefined && !isOpioidUse(use)) return refuse(`there is no use '${use}'`)
  return {
    code,
    display,
    kind,
    class: group,
    ingredients,
    use,
    combination: values.get('combination')?.valueBoolean ?? false,
    strengthMg: milligrams(text('strength')),
    factor: decimal('factor'),
    mmePerUnit: decimal('mmePerUnit'),
    mmePerMl: decimal('mmePerMl'),
    mmePerDay: decimal('mmePerDay'),
  }
}

function isOpioidUse(use: string): use is OpioidUse {
  return opioidUses.some((known) => known === use)
}

/** `oxycodone hydrochloride 10 MG` is 10; strengths by volume or by time have no milligrams. */
function milligrams(strength: string | undefined): number | undefined {
  const found = strength === undefined ? null : / ([\d.]+) MG$/.exec(strength)
  return found ? Number(found[1]) : undefined
}

function isBetter(medicine: Medicine, than: Medicine): boolean {
  if ((medicine.class === 'opioid') !== (than.class === 'opioid'))
    return medicine.class === 'opioid'
  return medicine.kind === 'product' && than.kind === 'ingredient'
}

/** Names a text may use: the ingredient of an ingredient, the brand in square brackets of a product. */
function namesOf(medicine: Medicine): readonly string[] {
  if (medicine.kind === 'ingredient') return medicine.ingredients
  return [...medicine.display.matchAll(/\[([^\]]+)\]/g)].map((match) => match[1] ?? '')
}
