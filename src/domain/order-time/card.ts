/** Cards as a CDS client shows them: https://cds-hooks.hl7.org/2.0/#card-attributes */

import type { FhirResource } from 'fhir/r4'
import type { ServiceCode } from './services.ts'

interface CardCoding extends Omit<ServiceCode, 'display'> {
  readonly display: string
}

export interface Card {
  readonly uuid: string
  /** Fewer than 140 characters, no markup. */
  readonly summary: string
  /** GitHub Flavored Markdown. */
  readonly detail?: string
  readonly indicator: 'info' | 'warning' | 'critical'
  readonly source: { readonly label: string; readonly url: string; readonly topic: CardCoding }
  readonly suggestions?: readonly Suggestion[]
  /** Present with suggestions. Each changes the order as a whole, so that two would undo each other. */
  readonly selectionBehavior?: 'at-most-one'
  readonly overrideReasons?: readonly CardCoding[]
  readonly links?: readonly {
    readonly label: string
    readonly url: string
    readonly type: 'absolute'
  }[]
}

export interface Suggestion {
  readonly label: string
  readonly uuid: string
  readonly isRecommended?: true
  readonly actions: readonly Action[]
}

export interface Action {
  readonly type: 'create' | 'update'
  readonly description: string
  readonly resource: FhirResource
}

/** What cards are made with. */
export interface CardTools {
  readonly newId: () => string
  /** Public address without a slash at the end. */
  readonly baseUrl: string
}

export const overallSystem = 'https://referloop.example/fhir/CodeSystem/screening-overall'

/** Why a clinician goes on in spite of a card; published under schemas/. */
const overrideSystem = 'https://referloop.example/fhir/CodeSystem/override-reason'
const overrides = {
  'cleared-by-specialist': 'A specialist has cleared the patient',
  'risk-accepted': 'The benefit outweighs the risk for this patient',
  'record-outdated': 'The record is wrong or out of date',
  'agreed-with-clinic': 'Agreed with the clinic',
} as const

export const overrideReasons: readonly CardCoding[] = Object.entries(overrides).map(
  ([code, display]) => ({ system: overrideSystem, code, display }),
)

/** @returns the code when it is one of ours */
export const overrideReasonOf = (system: unknown, code: unknown): string | undefined =>
  system === overrideSystem && typeof code === 'string' && Object.hasOwn(overrides, code)
    ? code
    : undefined

/** With `selectionBehavior` where there are suggestions, and without members that are empty. */
export function withSuggestions(card: Card, suggestions: readonly Suggestion[]): Card {
  return suggestions.length > 0 ? { ...card, suggestions, selectionBehavior: 'at-most-one' } : card
}
