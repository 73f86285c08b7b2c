/** What a question is shown with. */

import type { QuestionnaireItem } from 'fhir/r4'
import type { Fields } from '../../../domain/questionnaire/fields.ts'
import type { Part } from '../../pages/html.ts'
import type { View } from '../view.ts'

export interface Asked {
  readonly view: View
  readonly item: QuestionnaireItem
  /** What it belongs to, where its own words stand in the form several times. */
  readonly about: string | undefined
  readonly fields: Fields
  /** What is wrong with the answer, in words. */
  readonly fault: string | undefined
  /** What somebody else saved meanwhile, in words. */
  readonly theirs: string | undefined
  /** True when a further answer is to be typed. */
  readonly more: boolean
  /** Stands in for an attachment's field. */
  readonly files: Part
}

export const valuesIn = (fields: Fields, name: string): readonly string[] => fields.get(name) ?? []
