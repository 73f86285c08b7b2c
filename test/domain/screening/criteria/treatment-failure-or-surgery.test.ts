import t from 'tap'
import { treatmentFailureOrSurgery } from '../../../../src/domain/screening/criteria/treatment-failure-or-surgery.ts'
import type { CriterionId } from '../../../../src/domain/screening/policy.ts'
import type { Verdict } from '../../../../src/domain/screening/result.ts'

const ids = ['failed-opioid-therapy', 'failed-other-therapies', 'planned-surgery'] as const
const part = (id: CriterionId, verdict: Verdict) => ({
  criterion: { id, title: id, kind: 'required' as const, inputs: [] },
  finding: { verdict, explanation: '', evidence: [id], needed: [{ text: id }] },
})

const rows: readonly (readonly [Verdict, Verdict, Verdict, Verdict])[] = [
  ['met', 'not-met', 'not-met', 'met'],
  ['not-met', 'met', 'conflicting', 'met'],
  ['not-documented', 'not-documented', 'met', 'met'],
  ['conflicting', 'needs-review', 'not-met', 'conflicting'],
  ['not-met', 'needs-review', 'not-met', 'needs-review'],
  ['not-met', 'not-documented', 'not-met', 'not-met'],
  ['not-documented', 'not-met', 'not-documented', 'not-met'],
  ['not-documented', 'not-documented', 'not-met', 'not-documented'],
  ['not-documented', 'not-documented', 'not-documented', 'not-documented'],
]
for (const [opioid, other, surgery, expected] of rows)
  t.test(`${opioid}, ${other}, ${surgery}: ${expected}`, async (t) => {
    const found = treatmentFailureOrSurgery(
      [opioid, other, surgery].map((verdict, index) => part(ids[index] ?? 'chronicity', verdict)),
    )
    t.equal(found.verdict, expected)
    t.equal(found.needed.length, expected === 'not-documented' ? 3 : 0)
  })

const told = (id: CriterionId, verdict: Verdict, explanation: string) => {
  const { criterion, finding } = part(id, verdict)
  return { criterion: { ...criterion, title: `The ${id}` }, finding: { ...finding, explanation } }
}

t.test('only the parts that decide are told, and named as evidence', async (t) => {
  const found = treatmentFailureOrSurgery([
    told('failed-opioid-therapy', 'not-met', 'It helped.'),
    told('failed-other-therapies', 'met', 'Two classes failed.'),
    told('planned-surgery', 'met', 'It is on 2026-04-01.'),
  ])
  t.equal(
    found.explanation,
    'The failed-other-therapies: Two classes failed. The planned-surgery: It is on 2026-04-01.',
  )
  t.strictSame(found.evidence, ['failed-other-therapies', 'planned-surgery'])
})

t.test('evidence that two parts share is named once', async (t) => {
  const shared = ['failed-opioid-therapy', 'failed-other-therapies'] as const
  const found = treatmentFailureOrSurgery(
    shared.map((id) => {
      const { criterion, finding } = told(id, 'not-met', 'It helped.')
      return { criterion, finding: { ...finding, evidence: ['urn:uuid:form'] } }
    }),
  )
  t.strictSame(found.evidence, ['urn:uuid:form'])
})

t.test('with all its parts dropped nothing is shown', async (t) => {
  t.match(treatmentFailureOrSurgery([]), {
    verdict: 'not-documented',
    explanation: 'No failed treatment and no planned operation is shown.',
    evidence: [],
    needed: [],
  })
})
