import t from 'tap'
import { toGuidanceResponse } from '../../../src/domain/screening/guidance-response.ts'
import { overallOf } from '../../../src/domain/screening/overall.ts'
import { packetOf, packetOfBundle } from '../../../src/domain/screening/packet.ts'
import type { CriterionResult, Verdict } from '../../../src/domain/screening/result.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import { toTable } from '../../../src/domain/screening/table.ts'
import {
  bundleOf,
  code,
  condition,
  criterion,
  form,
  icd,
  opioid,
  pain,
  policy,
  quantity,
  screenBundle,
  screened,
  screenParts,
} from './build.ts'

t.test('both dates are recorded', async (t) => {
  const result = screenParts({ referral: { authoredOn: '2026-03-02T23:30:00-08:00' } })
  t.equal(result.referralDate, '2026-03-02', 'the day as written')
  t.equal(result.checkDate, '2026-03-09')
  t.equal(result.overall, 'ready')
  t.equal(result.next, 'send')
  t.strictSame(result.warnings, [])
})

t.test('the check date must be a calendar date', async (t) => {
  for (const asOf of ['2026-02-30', '2026-03', 'today', '2026-03-09T10:00:00Z', ''])
    t.throws(
      () => screenParts({}, asOf),
      { code: 'bad-parameter', issues: [{ diagnostics: 'Give the check date as YYYY-MM-DD.' }] },
      asOf,
    )
})

t.test('a referral without a date is taken to be of the check date, and says so', async (t) => {
  const result = screenParts({ referral: { authoredOn: undefined } })
  t.equal(result.referralDate, '2026-03-09')
  t.match(result.warnings[0]?.text, 'no date')
})

t.test('a referral dated after the check says so', async (t) => {
  t.match(
    screenParts({ referral: { authoredOn: '2026-03-10' } }).warnings[0]?.text,
    'after the check',
  )
})

t.test('a missing patient and somebody else are told', async (t) => {
  t.match(screenParts({ patient: undefined }).warnings.at(-1)?.text, 'not in the referral')
  const other = condition(code(icd, 'I21.4'), { id: 'x', subject: { reference: 'urn:uuid:other' } })
  t.strictSame(screenParts({ add: [other] }).warnings[0]?.evidence, ['urn:uuid:x'])
})

t.test('decimals may be objects that keep their text', async (t) => {
  class Decimal extends Number {}
  const decimal = (value: number) => quantity(new Decimal(value) as unknown as number, '{score}')
  const result = screenParts({ pain: { ...pain('2026-02-20', 0), valueQuantity: decimal(8) } })
  t.equal(criterion(result, 'baseline-pain-score').verdict, 'met')
})

t.test('a partial date is read at both of its bounds', async (t) => {
  const onset = (onsetDateTime: string) => ({
    condition: condition(code(icd, 'G90.511'), { onsetDateTime }),
  })
  const found = criterion(screenParts(onset('2025-12')), 'chronicity')
  t.equal(found.verdict, 'needs-review')
  t.match(found.explanation, '2025-12')
  t.equal(criterion(screenParts(onset('2025-11')), 'chronicity').verdict, 'met')
})

t.test('what depends on a day left open names the evidence of both readings', async (t) => {
  const found = criterion(
    screenParts({ pain: null, add: [{ ...pain('2025-12', 8), id: 'score' }] }),
    'baseline-pain-score',
  )
  t.equal(found.verdict, 'needs-review')
  t.match(
    found.explanation,
    /^It depends on the day that a date leaves open \(2025-12\)\. Either: /,
  )
  t.strictSame(found.evidence, ['urn:uuid:score'])
  t.strictSame(found.needed, [{ text: 'Send the full date, with its day.' }])
})

t.test('many partial dates are read together', async (t) => {
  const more = ['2019', '2018', '2017-03', '2016', '2015', '2014-09'].map((recordedDate) =>
    condition(code(icd, 'E11.9', 'Diabetes'), { onsetDateTime: undefined, recordedDate }),
  )
  const result = screenParts({
    condition: condition(code(icd, 'G90.511'), { onsetDateTime: '2025-12' }),
    add: more,
  })
  t.equal(criterion(result, 'chronicity').verdict, 'needs-review')
  t.equal(criterion(result, 'qualifying-condition').verdict, 'met')
})

t.test('the later bound of a partial date is never after the check', async (t) => {
  const result = screenParts({ form: form(screened, { authored: '2026-03' }) }, '2026-03-05')
  t.equal(criterion(result, 'glaucoma').verdict, 'met')
})

t.test('a source that could not be read proves nothing', async (t) => {
  const screenWithout = (type: string, parts = {}) => {
    const whole = packetOfBundle(bundleOf(parts), ({ display }) => display === 'clinic')
    const entries = (bundleOf(parts).entry ?? []).flatMap(({ fullUrl = '', resource }) =>
      resource && fullUrl !== 'urn:uuid:0'
        ? [{ reference: fullUrl, resource: resource as never }]
        : [],
    )
    return screen(packetOf(entries, whole.referral, [{ type, reason: 'timeout' }]), policy, {
      asOf: '2026-03-09',
    })
  }
  const result = screenWithout('Condition')
  t.equal(criterion(result, 'glaucoma').verdict, 'not-documented')
  t.match(criterion(result, 'glaucoma').explanation, 'Source unavailable: Condition (timeout)')
  t.equal(criterion(result, 'baseline-pain-score').verdict, 'met')
  t.equal(result.overall, 'incomplete')
  const against = screenWithout('Condition', { answers: { glaucoma: 'Y' } })
  t.equal(criterion(against, 'glaucoma').verdict, 'not-met', 'what speaks against it stays')
  const failed = screenWithout('Condition', { condition: condition(code(icd, 'R52')) })
  t.equal(
    criterion(failed, 'qualifying-condition').verdict,
    'not-documented',
    'and nobody is turned away for it',
  )
})

t.test('overall', async (t) => {
  const of = (...verdicts: [Verdict, 'required' | 'absolute' | 'relative' | 'part'][]) =>
    overallOf(
      verdicts.map(
        ([verdict, kind]) =>
          ({
            verdict,
            kind: kind === 'required' || kind === 'part' ? 'required' : 'contraindication',
            ...(kind === 'absolute' || kind === 'relative' ? { class: kind } : {}),
            ...(kind === 'part' ? { partOf: 'treatment-failure-or-surgery' } : {}),
          }) as CriterionResult,
      ),
    )
  t.equal(of(['met', 'required']), 'ready')
  t.equal(of(['not-documented', 'required']), 'incomplete')
  t.equal(of(['not-documented', 'part'], ['not-met', 'part'], ['conflicting', 'part']), 'ready')
  t.equal(of(['needs-review', 'absolute'], ['not-documented', 'required']), 'clinician-review')
  t.equal(of(['conflicting', 'absolute'], ['not-documented', 'required']), 'clinician-review')
  t.equal(of(['not-met', 'relative'], ['not-documented', 'required']), 'clinician-review')
  t.equal(of(['not-met', 'required'], ['conflicting', 'absolute']), 'not-eligible')
  t.equal(of(['not-met', 'absolute'], ['not-met', 'required']), 'contraindicated')
})

t.test('the GuidanceResponse says what the result says', async (t) => {
  const result = screenBundle(bundleOf({ answers: { glaucoma: '' }, patient: { gender: 'male' } }))
  const guidance = toGuidanceResponse(result, (reference) => reference.replace('urn:uuid:', 'X/'))
  t.match(guidance, {
    status: 'data-required',
    moduleCanonical: policy.canonical,
    occurrenceDateTime: '2026-03-09',
    subject: { reference: 'X/patient' },
    reasonReference: [{ reference: 'X/0' }],
    outputParameters: { reference: '#result' },
    dataRequirement: [
      { type: 'QuestionnaireResponse', mustSupport: ["item.where(linkId='glaucoma')"] },
    ],
  })
  const [output] = guidance.contained as unknown as [
    { parameter: { name: string; part?: { name: string; valueCode?: string }[] }[] },
  ]
  const parameters = output.parameter
  t.strictSame(parameters[0], { name: 'overall', valueCode: 'incomplete' })
  const ids = parameters.flatMap(({ part = [] }) =>
    part.filter(({ name }) => name === 'id').map(({ valueCode }) => valueCode),
  )
  t.strictSame(
    ids,
    policy.criteria.map(({ id }) => id),
  )
  t.match(parameters.find(({ part }) => part?.[0]?.valueCode === 'glaucoma')?.part, [
    { name: 'id' },
    { name: 'verdict', valueCode: 'not-documented' },
    {
      name: 'explanation',
      valueString: 'Nobody has answered whether the patient has glaucoma or raised eye pressure.',
    },
    {
      name: 'needed',
      valueString:
        "Answer item 'glaucoma' of the screening form, authored no earlier than 90 days before the referral.",
    },
  ])
  t.ok(
    parameters
      .find(({ part }) => part?.[0]?.valueCode === 'pregnancy')
      ?.part?.some(({ name }) => name === 'applicable'),
  )
  t.strictSame(parameters.at(-2), { name: 'referral-date', valueDate: '2026-03-02' })
  t.equal(
    toGuidanceResponse(screenParts()).status,
    'success',
    'a part that is not documented is not missing',
  )
  t.equal(toGuidanceResponse(screenParts()).dataRequirement, undefined)
})

t.test('the table is at most 100 wide and says the same words', async (t) => {
  const result = screenParts({ form: null, add: [opioid({ id: 'a'.repeat(120) })] })
  const table = toTable(result)
  t.ok(table.endsWith('\n'))
  for (const line of table.split('\n').slice(2)) t.ok(line.length <= 100, line)
  for (const { id } of result.criteria) t.match(table, id)
  t.match(
    table.replaceAll(/\s+/g, ' '),
    'Nobody has answered whether the patient has severe liver disease.',
  )
})
