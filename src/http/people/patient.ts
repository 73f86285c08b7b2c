/** A patient as pages name one: https://hl7.org/fhir/R4/patient.html */

import type { HumanName, Patient } from 'fhir/r4'
import { type Html, html } from '../pages/html.ts'
import { ageAt, dateWords } from './times.ts'
import type { View } from './view.ts'

/** Family name first, as lists are read; the words for an unknown name where there is none. */
export function patientName(patient: Patient | undefined, { say }: View): string {
  const name = usualName(patient?.name ?? [])
  const given = (name?.given ?? []).join(' ').trim()
  const family = name?.family?.trim() ?? ''
  const parts = [family, given].filter((part) => part !== '').join(', ')
  return parts || name?.text?.trim() || say('patient.unnamed')
}

const usualName = (names: readonly HumanName[]): HumanName | undefined =>
  names.find(({ use }) => use === 'official') ??
  names.find(({ use }) => use === 'usual' || use === undefined) ??
  names.find(({ use }) => use !== 'old') ??
  names[0]

/** In its own direction, whatever stands beside it. */
export const patientNameHtml = (patient: Patient | undefined, view: View): Html =>
  html`<bdi>${patientName(patient, view)}</bdi>`

/** `14 Jul 1945 (61 y)` */
export function bornWords(patient: Patient | undefined, view: View): string {
  const { say, now } = view
  const date = patient?.birthDate
  if (!date) return say('patient.bornUnknown')
  const age = ageAt(date, now)
  const words = dateWords(date, view)
  return age === undefined ? words : say('patient.born', words, age)
}
