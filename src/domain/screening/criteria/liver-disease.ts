/**
 * No severe liver disease: lists and words, a documented Child-Pugh class, enzymes and bilirubin. Mild
 * disease asks for both enzymes. Child-Pugh is never computed: two of its grades are clinical.
 */

import type { ConceptMeaning } from '../concepts.ts'
import {
  answeredBy,
  codedEvidence,
  type Evidence,
  reasonEvidence,
  recordEvidence,
  sentence,
  unique,
  weigh,
} from '../contraindications.ts'
import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { type LimitRule, limitEvidence, usableValues, withUnit } from '../limits.ts'
import { type Measurement, newestDay } from '../measurements.ts'
import { observationNeed } from '../needs.ts'
import { inUnit } from '../quantities.ts'
import type { Finding } from '../result.ts'

const id = 'liver-disease'

export function liverDisease(facts: Facts): Finding {
  const enzymes = [enzymeRule(facts, 'ALT'), enzymeRule(facts, 'AST')] as const
  const evidence = [
    ...recordEvidence(facts, id),
    ...childPughEvidence(facts),
    ...limitEvidence(facts, facts.measurements.in('loinc-alt'), enzymes[0]),
    ...limitEvidence(facts, facts.measurements.in('loinc-ast'), enzymes[1]),
    ...limitEvidence(facts, facts.measurements.in('loinc-bilirubin'), bilirubinRule(facts)),
  ]
  const finding = weigh(facts, id, evidence)
  const mild = mildDisease(facts)
  if (mild.length === 0) return finding
  if (finding.verdict === 'met') return withEnzymes(facts, finding, mild)
  const isOpen = finding.verdict === 'not-documented'
  return isOpen
    ? { ...finding, needed: [...finding.needed, ...withEnzymes(facts, finding, mild).needed] }
    : finding
}

function mildDisease(facts: Facts): readonly Evidence[] {
  const isMild = ({ meaning }: { readonly meaning: ConceptMeaning }) =>
    meaning.lists.has('x2-liver-mild')
  return [
    ...facts.conditions
      .filter((condition) => condition.active && isMild(condition))
      .map((condition) => codedEvidence('uncertain', condition)),
    ...facts.reasons.filter(isMild).map((reason) => reasonEvidence('uncertain', reason)),
  ]
}

/** Mild disease is no contraindication once one ALT and one AST of the window show it. */
function withEnzymes(facts: Facts, finding: Finding, mild: readonly Evidence[]): Finding {
  const known = mild.map(({ text }) => text).join('; ')
  const results = (['ALT', 'AST'] as const).map((name) => {
    const measurements = facts.measurements.in(`loinc-${name.toLowerCase()}`)
    return {
      name,
      newest: newestDay(usableValues(facts, measurements, enzymeRule(facts, name)))[0],
    }
  })
  const missing = results.filter(({ newest }) => newest === undefined).map(({ name }) => name)
  const references = unique([
    ...mild.flatMap((each) => each.references),
    ...results.flatMap(({ newest }) => newest?.reference ?? []),
    ...finding.evidence,
  ])
  if (missing.length === 0)
    return {
      ...finding,
      evidence: references,
      needed: [],
      explanation: `${known}, with ${results.map(({ name, newest }) => valueText(name, newest)).join(' and ')}. ${sentence(answeredBy(id, facts.forms.reply(id)))}`,
    }
  return {
    verdict: 'not-documented',
    explanation: `${known}; ${missing.join(' and ')} of the last ${facts.parameters.lftWindow} days before the referral, with a unit, ${missing.length > 1 ? 'are' : 'is'} not on file.`,
    evidence: references,
    needed: missing.map((name) =>
      observationNeed(
        facts,
        `Send ${name} in U/L`,
        `loinc-${name.toLowerCase()}`,
        facts.parameters.lftWindow,
      ),
    ),
  }
}

function valueText(name: string, measurement: Measurement | undefined): string {
  return `${name} ${withUnit(inUnit(measurement?.quantity, 'U/L') ?? 0, 'U/L')} on ${dateOf(measurement?.day ?? 0)}`
}

/** The upper limit of normal is the laboratory's own, where it says so. */
function enzymeRule(facts: Facts, name: 'ALT' | 'AST'): LimitRule {
  const { lftWindow, altReview, altFail } = facts.parameters
  return {
    name,
    unit: 'U/L',
    window: lftWindow,
    limits: (measurement) => {
      const upper = upperLimit(measurement) ?? facts.parameters.enzymeUpperLimit
      return { review: altReview * upper, fail: altFail * upper }
    },
  }
}

function upperLimit({ ranges, quantity }: Measurement): number | undefined {
  const range =
    ranges.find(({ high, type }) => high && isNormal(type)) ?? ranges.find(({ high }) => high)
  const high = range?.high
  if (high?.value === undefined) return undefined
  const isBare = high.code === undefined && high.unit === undefined
  const limit = inUnit(isBare ? { ...quantity, value: high.value } : high, 'U/L')
  return limit !== undefined && limit > 0 ? limit : undefined
}

function isNormal(type: Measurement['ranges'][number]['type']): boolean {
  return type === undefined || (type.coding?.some(({ code }) => code === 'normal') ?? false)
}

/** Bilirubin weighs 17.1 micromoles for each milligram in a decilitre. */
const micromolesPerMilligram = 17.1

function bilirubinRule(facts: Facts): LimitRule {
  return {
    name: 'total bilirubin',
    unit: 'mg/dL',
    window: facts.parameters.lftWindow,
    limits: () => ({ review: facts.parameters.bilirubinReview }),
    value: ({ quantity }) => {
      const mass = inUnit(quantity, 'mg/dL')
      if (mass !== undefined) return mass
      const moles = inUnit(quantity, 'umol/L')
      return moles === undefined
        ? undefined
        : Number((moles / micromolesPerMilligram).toPrecision(9))
    },
  }
}

/** "Child-Pugh class: B", in code and value joined; numbers say nothing. */
const childPugh =
  /child[\s–-]*(?:turcotte[\s–-]*)?pugh(?:[\s–-]*turcotte)?(?:[^a-z]*(?:class|classification|grade|score|stage|category|total|points?|cirrhosis|is|of|by|liver|disease))*[^a-z]*([abc])(?![a-z])/i

function childPughEvidence(facts: Facts): readonly Evidence[] {
  const classed = facts.measurements.childPugh.flatMap((measurement) => {
    const letter = childPugh.exec(measurement.words)?.[1]?.toUpperCase()
    return letter === undefined
      ? []
      : { letter, day: measurement.day, reference: measurement.reference }
  })
  const dated = classed.filter(({ day }) => facts.inWindow(day, facts.parameters.childPughWindow))
  const undated = classed.filter(({ day }) => day === undefined)
  return [
    ...newestDay(dated).flatMap(({ letter, day, reference }) => {
      if (letter === 'A') return []
      const weight = letter === 'C' ? ('strong' as const) : ('uncertain' as const)
      return {
        weight,
        text: `Child-Pugh class ${letter} on ${dateOf(day ?? 0)}`,
        references: [reference],
      }
    }),
    ...undated.flatMap(({ letter, reference }) =>
      letter === 'A'
        ? []
        : {
            weight: 'uncertain' as const,
            text: `Child-Pugh class ${letter} without a date`,
            references: [reference],
          },
    ),
  ]
}
