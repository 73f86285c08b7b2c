/** What a person reads at a terminal, line by line. */

import t from 'tap'
import type { CriterionResult, ScreeningResult } from '../../../src/domain/screening/result.ts'
import { toTable } from '../../../src/domain/screening/table.ts'

const glaucoma: CriterionResult = {
  id: 'glaucoma',
  title: 'No glaucoma',
  kind: 'contraindication',
  class: 'relative',
  verdict: 'not-documented',
  explanation:
    'Nobody has answered whether the patient has glaucoma, and nothing on file speaks of it.',
  evidence: [],
  needed: [{ text: 'Answer item glaucoma of the form.' }, { text: 'Or send a reading.' }],
}
const result: ScreeningResult = {
  policy: 'https://referloop.example/fhir/PlanDefinition/x|1',
  referral: 'ServiceRequest/1',
  subject: 'Patient/1',
  referralDate: '2026-03-02',
  checkDate: '2026-03-09',
  overall: 'incomplete',
  next: 'await-information',
  criteria: [
    glaucoma,
    {
      id: 'planned-surgery',
      title: 'An operation is planned',
      kind: 'required',
      partOf: 'treatment-failure-or-surgery',
      verdict: 'met',
      explanation: 'An  operation.',
      evidence: [`ServiceRequest/${'a'.repeat(80)}`, 'Procedure/2'],
      needed: [],
    },
  ],
  warnings: [{ text: 'Somebody else.', evidence: ['Observation/1', 'Observation/2'] }],
}

t.test('columns as wide as they must be, what is missing marked, long words broken', async (t) => {
  const indent = ' '.repeat(35)
  t.same(toTable(result).split('\n'), [
    'INCOMPLETE  ServiceRequest/1',
    'Referral of 2026-03-02, checked as of 2026-03-09 by',
    'https://referloop.example/fhir/PlanDefinition/x|1',
    '',
    'glaucoma           not-documented  Nobody has answered whether the patient has glaucoma, and nothing',
    `${indent}on file speaks of it.`,
    `${indent}> Answer item glaucoma of the form.`,
    `${indent}> Or send a reading.`,
    '  planned-surgery  met             An operation.',
    `${indent}[ServiceRequest/${'a'.repeat(49)}`,
    `${indent}${'a'.repeat(31)}]`,
    `${indent}[Procedure/2]`,
    '',
    'Warning: Somebody else. Observation/1, Observation/2',
    '',
  ])
})

t.test('no line is wider than 100', async (t) => {
  const explanation = `${'word '.repeat(60)}${'x'.repeat(300)}`
  const text = toTable({ ...result, criteria: [{ ...glaucoma, explanation }] })
  const lines = text.split('\n')
  t.equal(Math.max(...lines.map(({ length }) => length)), 100)
  t.equal((text.match(/x/g) ?? []).length, 300 + 2, 'and nothing is cut off')
})
