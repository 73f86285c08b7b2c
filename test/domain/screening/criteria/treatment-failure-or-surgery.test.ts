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
