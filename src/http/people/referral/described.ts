/** What is said of one record, and what it takes to say it. */

import type { FhirResource } from 'fhir/r4'
import type { View } from '../view.ts'
import { conceptWords, type DisplayOf, nameWords } from './words.ts'

export interface Described {
  readonly title: string
  /** Where it stands, in our words for FHIR's codes. */
  readonly state?: string | undefined
  /** Readings, doses, answers. */
  readonly value?: string | undefined
  /** FHIR date or dateTime that it speaks of. */
  readonly date?: string | undefined
  /** Who wrote it, as the record says. */
  readonly author?: string | undefined
  /** Reason, notes: said when they are there. */
  readonly more?: readonly (string | undefined)[]
}

export interface DescribeContext {
  readonly view: View
  readonly known: ReadonlyMap<string, FhirResource>
  /** For codes that came without words. */
  readonly displayOf?: DisplayOf
  /** The questions of the screening form, by linkId. */
  readonly questions?: ReadonlyMap<string, string>
  /** Only the answers to this criterion's questions; all of them where there are none. */
  readonly criterion?: string | undefined
}

export const unknownCode: DisplayOf = () => undefined

/** What somebody, or something, that is referred to is called. */
export const namerOf =
  (known: ReadonlyMap<string, FhirResource>) =>
  (reference: string): string | undefined => {
    const resource = known.get(reference)
    if (!resource) return reference || undefined
    switch (resource.resourceType) {
      case 'Patient':
      case 'Practitioner':
      case 'RelatedPerson':
        return nameWords(resource.name)
      case 'Organization':
      case 'Location':
      case 'HealthcareService':
        return resource.name
      case 'Medication':
      case 'Condition':
      case 'Procedure':
        return conceptWords(resource.code)
      default:
        return resource.resourceType
    }
  }
