/**
 * The criteria that a clinic adds as FHIRPath: read, held to what they may say, and put in an order
 * in which each is evaluated after those that it refers to (docs/policies.md).
 */

import type { DataRequirement } from 'fhir/r4'
import { readExpression } from './fhirpath-syntax.ts'
import { clinicalTypes } from './fhirpath-words.ts'
import {
  type Criterion,
  type CriterionClass,
  type CriterionKind,
  criterionIds,
  type ExpressionPart,
  type OwnCriterion,
  type OwnExpression,
} from './policy.ts'

type Refuse = (place: string, reason: string) => undefined

/** Where own criteria are read: the value sets that are published, and who is told of faults. */
export interface OwnContext {
  readonly valueSets: { has(url: string): boolean }
  readonly refuse: Refuse
}

type Members = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const most = 50
const members = [
  'id',
  'title',
  'kind',
  'class',
  'partOf',
  'metWhen',
  'presentWhen',
  'absentWhen',
  'evidence',
  'explanations',
  'needed',
  'inputs',
]
/** Own variables of an expression; a criterion may not hide one. */
const variables = [
  'referral',
  'patient',
  'referralDate',
  'checkDate',
  'context',
  'ucum',
  'sct',
  'loinc',
]
const alternatives = 'treatment-failure-or-surgery'

/** @param json the member `criteria` of a clinic's overrides */
export function readOwnCriteria(
  json: unknown,
  place: string,
  context: OwnContext,
): readonly OwnCriterion[] {
  if (json === undefined) return []
  if (!Array.isArray(json)) return context.refuse(place, 'must be a list') ?? []
  if (json.length > most) return context.refuse(place, `has at most ${most} criteria`) ?? []
  return json.flatMap((each, index) => readOwnCriterion(each, `${place}[${index}]`, context) ?? [])
}

/** One criterion as OwnCriterionDefinition writes it. */
export function readOwnCriterion(
  json: unknown,
  place: string,
  { valueSets, refuse }: OwnContext,
): OwnCriterion | undefined {
  if (!isRecord(json)) return refuse(place, 'must be an object')
  for (const name of Object.keys(json))
    if (!members.includes(name))
      refuse(`${place}.${name}`, `unknown; known are ${members.join(', ')}`)
  const id = idOf(json, place, refuse)
  const kind = kindOf(json, place, refuse)
  if (kind === undefined) return undefined
  const read = expressionsOf(json, { id: id ?? '', kind }, place, refuse)
  const rest = {
    title: textIn(json, 'title', place, refuse),
    kind,
    ...classOf(json, kind, place, refuse),
    ...partOf(json, kind, place, refuse),
    inputs: inputsOf(json.inputs, `${place}.inputs`, read.types, { valueSets, refuse }),
    own: {
      expressions: read.expressions,
      uses: read.variables.filter((name) => !variables.includes(name)),
      sentences: sentencesOf(json.explanations, kind, `${place}.explanations`, refuse),
      needed: textIn(json, 'needed', place, refuse),
    },
  }
  return id === undefined ? undefined : Object.freeze({ id, ...rest })
}

function idOf(json: Members, place: string, refuse: Refuse): string | undefined {
  const { id } = json
  if (typeof id !== 'string' || !/^[a-z][a-z0-9-]{0,62}$/.test(id))
    return refuse(`${place}.id`, 'must be 1 to 63 small letters, digits or hyphens')
  if (criterionIds.some((known) => known === id))
    return refuse(`${place}.id`, `'${id}' is the id of a criterion with a rule of ours`)
  if (variables.includes(id)) return refuse(`${place}.id`, `'${id}' means something in expressions`)
  return id
}

function kindOf({ kind }: Members, place: string, refuse: Refuse): CriterionKind | undefined {
  if (kind === 'required' || kind === 'contraindication') return kind
  return refuse(`${place}.kind`, 'must be required or contraindication')
}

function classOf(
  json: Members,
  kind: CriterionKind,
  place: string,
  refuse: Refuse,
): { class?: CriterionClass } {
  const weight = json.class
  if (kind === 'required') {
    if (weight !== undefined) refuse(`${place}.class`, 'is for contraindications only')
    return {}
  }
  if (weight === 'absolute' || weight === 'relative') return { class: weight }
  return refuse(`${place}.class`, 'must be absolute or relative') ?? {}
}

/** One level deep, and so without circles. */
function partOf(json: Members, kind: CriterionKind, place: string, refuse: Refuse) {
  const whole = json.partOf
  if (whole === undefined) return {}
  if (whole === json.id) refuse(`${place}.partOf`, 'is a circle: a criterion is no part of itself')
  else if (whole !== alternatives)
    refuse(`${place}.partOf`, `only '${alternatives}' has alternatives`)
  else if (kind !== 'required') refuse(`${place}.partOf`, 'an alternative is a required criterion')
  else return { partOf: alternatives } as const
  return {}
}

const partsOf: Readonly<Record<CriterionKind, readonly ExpressionPart[]>> = {
  required: ['metWhen', 'evidence'],
  contraindication: ['presentWhen', 'absentWhen', 'evidence'],
}
const allParts = ['metWhen', 'presentWhen', 'absentWhen', 'evidence'] as const

function expressionsOf(
  json: Members,
  { id, kind }: { id: string; kind: CriterionKind },
  place: string,
  refuse: Refuse,
) {
  const expressions: OwnExpression[] = []
  const variables = new Set<string>()
  const types = new Set<string>()
  for (const part of allParts) {
    const text = json[part]
    if (!partsOf[kind].includes(part)) {
      if (text !== undefined)
        refuse(`${place}.${part}`, `a criterion that is ${kind} has ${partsOf[kind].join(', ')}`)
      continue
    }
    if (typeof text !== 'string' || text.trim() === '') {
      refuse(`${place}.${part}`, 'must be a FHIRPath expression')
      continue
    }
    const read = readExpression(text, (reason) => refuse(`${place}.${part}`, reason))
    for (const name of read?.variables ?? []) variables.add(name)
    for (const name of read?.types ?? []) types.add(name)
    expressions.push({ criterion: id, part, text })
  }
  return { expressions, variables: [...variables], types: [...types] }
}

const verdictsOf: Readonly<Record<CriterionKind, readonly string[]>> = {
  required: ['met', 'not-met', 'not-documented'],
  contraindication: ['met', 'not-met', 'not-documented', 'conflicting'],
}

function sentencesOf(
  json: unknown,
  kind: CriterionKind,
  place: string,
  refuse: Refuse,
): Readonly<Record<string, string>> {
  const wanted = verdictsOf[kind]
  if (!isRecord(json))
    return refuse(place, `must have a sentence for each of ${wanted.join(', ')}`) ?? {}
  for (const name of Object.keys(json))
    if (!wanted.includes(name)) refuse(`${place}.${name}`, `known are ${wanted.join(', ')}`)
  return Object.fromEntries(
    wanted.map((verdict) => [verdict, textIn(json, verdict, place, refuse)]),
  )
}

function textIn(json: Members, name: string, place: string, refuse: Refuse): string {
  const text = json[name]
  if (typeof text === 'string' && /^(?=.*\S)\P{Cc}{1,500}$/u.test(text)) return text
  return refuse(`${place}.${name}`, 'must be a sentence of 1 to 500 characters') ?? ''
}

/** What is declared, and the types that the expressions tell apart. The first says what is missing. */
function inputsOf(
  json: unknown,
  place: string,
  types: readonly string[],
  { valueSets, refuse }: OwnContext,
): readonly DataRequirement[] {
  if (json !== undefined && !Array.isArray(json)) refuse(place, 'must be a list')
  const declared = (Array.isArray(json) ? json : []) as readonly unknown[]
  const inputs = declared.flatMap((input, index): DataRequirement[] => {
    const at = `${place}[${index}]`
    if (!isRecord(input) || typeof input.type !== 'string' || !clinicalTypes.has(input.type))
      return refuse(`${at}.type`, `must be one of ${[...clinicalTypes].join(', ')}`) ?? []
    refuseUnknownValueSets(input as unknown as DataRequirement, at, { valueSets, refuse })
    return [input as unknown as DataRequirement]
  })
  const derived = types
    .filter((type) => clinicalTypes.has(type) && !inputs.some((input) => input.type === type))
    .map((type) => ({ type }) as DataRequirement)
  return [...inputs, ...derived]
}

/** Refuses what names a value set that nobody publishes. */
export function refuseUnknownValueSets(
  { codeFilter }: DataRequirement,
  place: string,
  { valueSets, refuse }: OwnContext,
): void {
  for (const filter of Array.isArray(codeFilter) ? codeFilter : []) {
    const { valueSet } = filter as { valueSet?: unknown }
    if (typeof valueSet === 'string' && !valueSets.has(valueSet.split('|')[0] ?? ''))
      refuse(`${place}.codeFilter`, `the value set ${valueSet} is not published`)
  }
}

/**
 * The expressions of all own criteria, each after those that it refers to.
 * @param placeOf where a criterion is written down
 */
export function inOrder(
  criteria: readonly Criterion[],
  placeOf: (id: string) => string,
  refuse: Refuse,
): readonly OwnExpression[] {
  const own = criteria.flatMap((criterion) => (criterion.own ? [criterion] : []))
  const byId = new Map(own.map((criterion) => [criterion.id, criterion]))
  const done = new Set<string>()
  const ordered: OwnExpression[] = []
  const visit = ({ id, own }: OwnCriterion, trail: readonly string[]): void => {
    if (trail.includes(id)) {
      const circle = [...trail.slice(trail.indexOf(id)), id].join(' -> ')
      refuse(placeOf(id), `is a circle, it refers to itself: ${circle}`)
      return
    }
    if (done.has(id)) return
    for (const name of own.uses) {
      const used = byId.get(name)
      if (used) visit(used, [...trail, id])
      else
        refuse(
          placeOf(id),
          `there is no variable %${name}; known are ${variables.map((each) => `%${each}`).join(', ')} and the ids of the clinic's own criteria`,
        )
    }
    done.add(id)
    ordered.push(...own.expressions)
  }
  for (const criterion of own) visit(criterion, [])
  return Object.freeze(ordered)
}
