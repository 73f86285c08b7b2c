/** Results that are positive, negative or neither: urine screens and pregnancy tests. */

import type { Facts } from './facts.ts'
import type { Measurement } from './measurements.ts'

export type Result = 'positive' | 'negative' | 'neither' | 'none'

/** A sign that a text is positive, unless not, non or none stands before it. */
const positiveText = /(?<!\b(?:not|non|none)[\s-]*|un)(?:positive|detected|reactive)/i
const negativeText = /\bnegative|undetected|\b(?:not|non|none)[\s-]*(?:positive|detected|reactive)/i

/**
 * What a measurement says. A positive sign anywhere decides; a value that is neither positive nor
 * negative is `neither`, no value at all `none`.
 */
export function resultOf(measurement: Measurement, facts: Facts): Result {
  const { codes } = facts.policy
  const concepts = [measurement.valueConcept, ...measurement.interpretation]
  const texts = [
    measurement.valueText ?? '',
    ...concepts.flatMap((concept) =>
      concept && !isListed(concept, facts) ? textsOf(concept) : [],
    ),
  ]
  if (concepts.some((concept) => codes.has(concept, 'result-positive'))) return 'positive'
  if (measurement.valueBoolean || texts.some((text) => positiveText.test(text))) return 'positive'
  if (concepts.some((concept) => codes.has(concept, 'result-negative'))) return 'negative'
  if (measurement.valueBoolean === false || texts.some((text) => negativeText.test(text)))
    return 'negative'
  return hasValue(measurement) ? 'neither' : 'none'
}

type Concept = NonNullable<Measurement['valueConcept']>

function isListed(concept: Concept, facts: Facts): boolean {
  return (
    facts.policy.codes.has(concept, 'result-positive') ||
    facts.policy.codes.has(concept, 'result-negative')
  )
}

function textsOf(concept: Concept): readonly string[] {
  return [concept.text ?? '', ...(concept.coding ?? []).map(({ display }) => display ?? '')]
}

/** A value that is neither; true and false are one of the two. */
function hasValue({ valueConcept, valueText, quantity, interpretation }: Measurement): boolean {
  return (
    valueConcept !== undefined ||
    (valueText ?? '').trim() !== '' ||
    quantity?.value !== undefined ||
    interpretation.length > 0
  )
}
