/** No glaucoma or raised eye pressure: lists, words, and the newest pressure of each eye. */

import type { CodeableConcept } from 'fhir/r4'
import { allText } from '../concepts.ts'
import { type Evidence, recordEvidence, weigh } from '../contraindications.ts'
import type { Facts } from '../facts.ts'
import { limitEvidence } from '../limits.ts'
import type { Measurement } from '../measurements.ts'
import type { Finding } from '../result.ts'

const id = 'glaucoma'

export function glaucoma(facts: Facts): Finding {
  return weigh(facts, id, [...recordEvidence(facts, id), ...pressureEvidence(facts)])
}

/** Per eye the newest day decides, and of that day the highest pressure. */
function pressureEvidence(facts: Facts): readonly Evidence[] {
  const eyes = new Map<string, Measurement[]>()
  for (const measurement of facts.measurements.in('loinc-iop')) {
    const eye = eyeOf(measurement)
    const sameEye = eyes.get(eye)
    if (sameEye) sameEye.push(measurement)
    else eyes.set(eye, [measurement])
  }
  return [...eyes].flatMap(([eye, measurements]) =>
    limitEvidence(facts, measurements, {
      name:
        eye === 'right' || eye === 'left'
          ? `a pressure in the ${eye} eye of`
          : 'an eye pressure of',
      unit: 'mm[Hg]',
      window: facts.parameters.iopWindow,
      limits: () => ({ review: facts.parameters.iopReview }),
    }),
  )
}

/** By code, or by Observation.bodySite; what cannot be told apart is one eye of its own. */
function eyeOf({ lists, bodySite }: Measurement): string {
  if (lists.has('iop-right')) return 'right'
  if (lists.has('iop-left')) return 'left'
  const site = bodySite ? allText(bodySite) : ''
  const isRight = /\bright\b/i.test(site) || hasCode(bodySite, rightEye)
  const isLeft = /\bleft\b/i.test(site) || hasCode(bodySite, leftEye)
  if (isRight !== isLeft) return isRight ? 'right' : 'left'
  return bodySite?.coding?.[0]?.code ?? site
}

/** SNOMED CT, structure of right eye and of left eye. */
const rightEye = '18944008'
const leftEye = '8966001'

function hasCode(concept: CodeableConcept | undefined, code: string): boolean {
  return concept?.coding?.some((coding) => coding.code === code) ?? false
}
