import t from 'tap'
import { clinical, code, condition, icd, type Parts, screenParts, sct, verdicts } from '../build.ts'

const id = 'intracranial-pressure'
const has = (value: string, more = {}): Parts => ({ add: [condition(code(icd, value), more)] })

verdicts(t, id, [
  ['nothing and no', 'met', {}],
  ['nothing and unanswered', 'not-documented', { answers: { [id]: '' } }],
  ['benign intracranial hypertension', 'conflicting', has('G93.2')],
  ['by SNOMED CT', 'conflicting', { add: [condition(code(sct, '68267002'))] }],
  ['unanswered', 'not-met', { ...has('G93.2'), answers: { [id]: '' } }],
  ['a brain tumour', 'needs-review', has('C71.0')],
  ['a shunt', 'needs-review', has('Z98.2')],
  ['a haemorrhage', 'needs-review', has('I61.9')],
  ['resolved', 'met', has('G93.2', clinical('resolved'))],
  ['a category', 'needs-review', has('G91')],
  ['words', 'needs-review', { add: [condition({ text: 'Papilledema' })] }],
  ['other words', 'needs-review', { add: [condition({ text: 'pseudotumor cerebri' })] }],
])

t.test('a relative contraindication goes to a clinician', async (t) => {
  t.equal(screenParts({ ...has('G93.2'), answers: { [id]: 'Y' } }).overall, 'clinician-review')
})
