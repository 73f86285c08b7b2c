/** Criteria of a clinic's own for tests, each complete, and what a test changes about it. */

import type { OwnCriterion } from '../../../src/domain/screening/policy.ts'

type Definition = Readonly<Record<string, unknown>>

/** An adult: a required criterion. */
export const adult = (more: Definition = {}): Definition => ({
  id: 'adult',
  title: 'An adult',
  kind: 'required',
  metWhen: '%patient.birthDate <= %referralDate - 18 years',
  evidence: '%patient',
  explanations: {
    met: 'The patient is 18 or older.',
    'not-met': 'The patient is younger than 18.',
    'not-documented': 'The date of birth is not known.',
  },
  needed: 'Send the Patient with the date of birth.',
  ...more,
})

const stimulators =
  "entry.resource.ofType(Procedure).where(code.coding.exists(system = %sct and code = '1'))"
const answers =
  "entry.resource.ofType(QuestionnaireResponse).descendants().where(linkId = 'stimulator').answer"

/** No stimulator: a contraindication, present by a Procedure and absent by an answer. */
export const stimulator = (more: Definition = {}): Definition => ({
  id: 'stimulator',
  title: 'No implanted stimulator',
  kind: 'contraindication',
  class: 'absolute',
  presentWhen: `${stimulators}.exists()`,
  absentWhen: `${answers}.value.ofType(Coding).exists(code = 'N')`,
  evidence: `${stimulators} | ${answers}`,
  explanations: {
    met: 'Asked about a stimulator: there is none.',
    'not-met': 'A stimulator is implanted.',
    'not-documented': 'Nobody has said whether a stimulator is implanted.',
    conflicting: 'A stimulator is on file, and the form says that there is none.',
  },
  needed: "Answer item 'stimulator'.",
  ...more,
})

/** Reads as `met`, `kind/class` … in assertions. */
export const isOwn = (criterion: { readonly own?: unknown }): criterion is OwnCriterion =>
  criterion.own !== undefined
