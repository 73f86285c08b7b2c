/**
 * Is there substance-use information in a resource? By the codes of the value sets under
 * schemas/sensitivity, by labels that are there, and by a few plain words where nothing is coded.
 */

import type { Coding, FhirResource } from 'fhir/r4'
import { actCode, isPart2, labelsOf, type Sensitivity, sensitivities } from './labels.ts'
import { sensitivityValueSets } from './value-sets.ts'

/** Two flags: sensitive by content, and protected because a Part 2 program's label says so. */
export interface Recognised {
  readonly sensitivities: ReadonlySet<Sensitivity>
  readonly isPart2: boolean
  /** Counselling on substance use, by code or as a psychotherapy note. */
  readonly isCounseling: boolean
}

const meaningOf: Readonly<Record<string, readonly (Sensitivity | 'counseling')[]>> = {
  'sensitivity-opioid-use-disorder': ['SUD', 'OPIOIDUD'],
  'sensitivity-opioid-use-disorder-medicines': ['SUD', 'OPIOIDUD'],
  'sensitivity-alcohol-use-disorder': ['SUD', 'ETHUD'],
  'sensitivity-alcohol-use-disorder-medicines': ['SUD', 'ETHUD'],
  'sensitivity-substance-use-disorder': ['SUD'],
  'sensitivity-substance-use': ['ETH'],
  'sud-counseling': ['counseling'],
}

/** The item of the screening form that asks for substance use. */
const substanceItem = 'substance-use'

type Meaning = Sensitivity | 'counseling'
const codes = new Map<string, Set<Meaning>>()
const patterns = new Map<string, { expression: RegExp; meanings: readonly Meaning[] }[]>()

for (const { id, compose } of sensitivityValueSets) {
  const meanings = meaningOf[id ?? '']
  if (!meanings) continue
  for (const { system = '', concept = [], filter = [] } of compose?.include ?? []) {
    for (const { code } of concept) {
      const known = codes.get(`${system}|${code}`) ?? new Set()
      for (const meaning of meanings) known.add(meaning)
      codes.set(`${system}|${code}`, known)
    }
    for (const { value } of filter)
      patterns.set(system, [
        ...(patterns.get(system) ?? []),
        { expression: new RegExp(`^(?:${value})$`), meanings },
      ])
  }
}

/** Looks through a resource with all that it contains. */
export function recognise(resource: FhirResource): Recognised {
  const found = new Set<Meaning>()
  const seen = { isPart2: false }
  visit(resource, 'resource', found, seen)
  const isCounseling = found.delete('counseling')
  if (resource.resourceType === 'Consent' && isPart2Consent(resource)) {
    found.add('SUD')
    seen.isPart2 = true
  }
  return { sensitivities: found as Set<Sensitivity>, isPart2: seen.isPart2, isCounseling }
}

function visit(value: unknown, key: string, found: Set<Meaning>, seen: { isPart2: boolean }): void {
  if (typeof value !== 'object' || value === null || value instanceof Number) return
  if (Array.isArray(value)) {
    for (const item of value) visit(item, key, found, seen)
    return
  }
  const object = value as Record<string, unknown>
  if (typeof object.resourceType === 'string') {
    readLabels(object, found, seen)
    // What a relative has says nothing about the patient.
    if (object.resourceType === 'FamilyMemberHistory') return
  }
  if (typeof object.code === 'string' && typeof object.system === 'string')
    for (const meaning of meaningsOf(object as Coding)) found.add(meaning)
  if (isUncoded(object, key) && saysSubstanceUse(object.text as string)) found.add('SUD')
  if (object.linkId === substanceItem && isAffirmed(object.answer)) found.add('ETH')
  for (const name in object) if (name !== 'meta') visit(object[name], name, found, seen)
}

function readLabels(
  object: Readonly<Record<string, unknown>>,
  found: Set<Meaning>,
  seen: { isPart2: boolean },
): void {
  const resource = object as unknown as FhirResource
  for (const { system, code } of labelsOf(resource)) {
    const isSensitivity = (sensitivities as readonly (string | undefined)[]).includes(code)
    if (isSensitivity && /v3-(ActCode|Confidentiality)$/.test(system ?? ''))
      found.add(code as Sensitivity)
    if (system === actCode && code === 'PSYTHPN') found.add('counseling')
  }
  if (isPart2(resource)) seen.isPart2 = true
}

/** ICD codes are written with the dot and without. */
function meaningsOf({ system = '', code = '' }: Coding): readonly Meaning[] {
  const written = /\/icd-/.test(system) && !code.includes('.') ? dotted(code) : code
  return [
    ...(codes.get(`${system}|${written}`) ?? []),
    ...(patterns.get(system) ?? []).flatMap(({ expression, meanings }) =>
      expression.test(written) ? meanings : [],
    ),
  ]
}

const dotted = (code: string): string =>
  code.length > 3 ? `${code.slice(0, 3)}.${code.slice(3)}` : code

const freeText = new Set(['note', 'dosageInstruction', 'patientInstruction', 'item', 'text'])

/** A concept that has words and no code; notes are prose, where a word alone proves nothing. */
const isUncoded = (object: Readonly<Record<string, unknown>>, key: string): boolean =>
  typeof object.text === 'string' && object.coding === undefined && !freeText.has(key)

const substanceWords =
  /\b(?:(?:substance|opioid|opiate|alcohol|drug|cocaine|heroin|amphetamine|methamphetamine|cannabis) (?:use disorder|abuse|addiction|dependence|dependency)|alcoholism|alcoholic|opioid agonist therapy|methadone maintenance|suboxone|subutex|zubsolv|sublocade|brixadi|vivitrol|disulfiram|acamprosate)\b/i
const negation = /\b(?:no|not|denies|denied|never|without|negative|family history|father|mother)\b/i

const saysSubstanceUse = (text: string): boolean =>
  substanceWords.test(text) && !negation.test(text)

/** Any answer but a plain no: N of HL7 table 0532, false. */
function isAffirmed(answers: unknown): boolean {
  return (
    Array.isArray(answers) &&
    answers.some(
      (answer: { valueCoding?: Coding; valueBoolean?: boolean } | null) =>
        answer?.valueBoolean === true ||
        (answer?.valueCoding !== undefined &&
          ['Y', '373066001'].includes(answer.valueCoding.code ?? '')),
    )
  )
}

/** A consent that names 42 CFR Part 2 tells by itself that there is such a record. */
function isPart2Consent(consent: FhirResource): boolean {
  const {
    resourceType: _type,
    text: _narrative,
    ...rest
  } = consent as { text?: unknown } & FhirResource
  return /"42CFRPart2"|42[ -]?cfr[ -]?(?:part[ -]?)?2\b|title-42\/[^"]*part-2\b/i.test(
    JSON.stringify(rest),
  )
}
