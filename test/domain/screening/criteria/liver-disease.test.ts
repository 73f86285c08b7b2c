import t from 'tap'
import {
  clinical,
  code,
  condition,
  daysFrom,
  found,
  icd,
  lnc,
  measured,
  observation,
  type Parts,
  quantity,
  verdicts,
  verification,
} from '../build.ts'

const id = 'liver-disease'
const has = (value: string, ...more: NonNullable<Parts['add']>): Parts => ({
  add: [condition(code(icd, value)), ...more],
})
const alt = (value: number, unit: string | undefined = 'U/L', date = '2026-01-15') =>
  measured('1742-6', date, value, unit)
const ast = (value: number, unit = 'U/L', date = '2026-01-15', loinc = '1920-8') =>
  measured(loinc, date, value, unit)
const lab = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const unanswered = (parts: Parts): Parts => ({ ...parts, answers: { [id]: '' } })
const bilirubin = (value: number, unit?: string, loinc = '1975-2') =>
  lab(measured(loinc, '2026-01-15', value, unit))
const childPugh = (text: string, value: string, date: string | undefined = '2026-01-15') =>
  lab(observation({ text }, date, { valueString: value }))

verdicts(t, id, [
  ['nothing and no', 'met', {}],
  ['nothing and unanswered', 'not-documented', unanswered({})],
  ['hepatic failure', 'conflicting', has('K72.90')],
  ['hepatic failure, unanswered', 'not-met', unanswered(has('K72.90'))],
  ['hepatic failure and yes', 'not-met', { ...has('K72.90'), answers: { [id]: 'Y' } }],
  [
    'hepatic failure, provisional',
    'needs-review',
    lab(condition(code(icd, 'K72.90'), verification('provisional'))),
  ],
  ['hepatic failure, resolved', 'met', lab(condition(code(icd, 'K72.90'), clinical('resolved')))],
  ['compensated cirrhosis', 'needs-review', has('K74.60')],
  ['other ascites', 'needs-review', has('R18.8')],
  ['a category', 'needs-review', has('K72')],
  ['mild disease without enzymes', 'not-documented', has('K76.0')],
  ['mild disease with ALT alone', 'not-documented', has('K76.0', alt(40))],
  ['mild disease with AST alone', 'not-documented', has('K76.0', ast(40))],
  ['mild disease with both', 'met', has('K76.0', alt(40), ast(40))],
  [
    'mild disease with both, AST by another method',
    'met',
    has('K76.0', alt(40), ast(40, 'U/L', '2026-01-15', '30239-8')),
  ],
  [
    'mild disease with both, unanswered',
    'not-documented',
    unanswered(has('K76.0', alt(40), ast(40))),
  ],
  ['mild disease with a high one', 'needs-review', has('K76.0', alt(121), ast(40))],
  [
    'mild disease, enzymes 180 days before',
    'met',
    has('K76.0', alt(40, 'U/L', daysFrom(-180)), ast(40)),
  ],
  [
    'mild disease, enzymes 181 days before',
    'not-documented',
    has('K76.0', alt(40, 'U/L', daysFrom(-181)), ast(40)),
  ],
  [
    'mild disease, enzymes without unit',
    'not-documented',
    has('K76.0', measured('1742-6', '2026-01-15', 40), ast(40)),
  ],
  ['mild disease, resolved', 'met', lab(condition(code(icd, 'K76.0'), clinical('resolved')))],
  ['a category of mild disease', 'needs-review', has('K73', alt(40), ast(40))],
  ['3 times the limit', 'met', lab(alt(120))],
  ['above 3 times the limit', 'needs-review', lab(alt(121))],
  ['5 times the limit', 'needs-review', lab(alt(200))],
  ['above 5 times the limit', 'conflicting', lab(alt(201))],
  ['AST above 5 times the limit', 'conflicting', lab(ast(201))],
  ['above 5 times the limit, unanswered', 'not-met', unanswered(lab(alt(201)))],
  [
    "the laboratory's own limit, above",
    'needs-review',
    lab({ ...alt(100), referenceRange: [{ high: quantity(30, 'U/L') }] }),
  ],
  [
    "the laboratory's own limit, at 3 times",
    'met',
    lab({ ...alt(90), referenceRange: [{ high: quantity(30, 'U/L') }] }),
  ],
  [
    "the laboratory's own limit without a unit",
    'needs-review',
    lab({ ...alt(100), referenceRange: [{ high: quantity(30) }] }),
  ],
  [
    'the normal one of several ranges',
    'needs-review',
    lab({
      ...alt(100),
      referenceRange: [
        { high: quantity(90, 'U/L'), type: { coding: [{ code: 'treatment' }] } },
        { high: quantity(30, 'U/L'), type: { coding: [{ code: 'normal' }] } },
      ],
    }),
  ],
  [
    'a range without an upper limit',
    'met',
    lab({ ...alt(120), referenceRange: [{ text: 'normal' }] }),
  ],
  [
    'an upper limit of nothing',
    'met',
    lab({ ...alt(120), referenceRange: [{ high: quantity(0, 'U/L') }] }),
  ],
  ['2 ukat/L is 120 U/L', 'met', lab(alt(2, 'ukat/L'))],
  ['2.01 ukat/L', 'needs-review', lab(alt(2.01, 'ukat/L'))],
  [
    'IU/L in words',
    'conflicting',
    lab(
      observation(code(lnc, '1742-6'), '2026-01-15', {
        valueQuantity: { value: 210, unit: 'IU/L' },
      }),
    ),
  ],
  ['[iU]/L', 'conflicting', lab(alt(210, '[iU]/L'))],
  ['without unit, would be abnormal', 'needs-review', lab(measured('1742-6', '2026-01-15', 121))],
  ['without unit, would be normal', 'met', lab(measured('1742-6', '2026-01-15', 120))],
  ['in an unknown unit, would be abnormal', 'needs-review', lab(alt(500, 'foo'))],
  ['above 180 days', 'met', lab(alt(500, 'U/L', daysFrom(-181)))],
  ['180 days before', 'conflicting', lab(alt(500, 'U/L', daysFrom(-180)))],
  [
    'the newest day decides',
    'met',
    lab(alt(500, 'U/L', '2026-01-01'), alt(40, 'U/L', '2026-02-01')),
  ],
  [
    'each analyte for itself',
    'conflicting',
    lab(alt(500, 'U/L', '2026-01-01'), ast(40, 'U/L', '2026-02-01')),
  ],
  ['of one day the worst', 'conflicting', lab(alt(500), alt(40))],
  [
    'more than 200 counts as 200',
    'needs-review',
    lab({ ...alt(200), valueQuantity: { ...quantity(200, 'U/L'), comparator: '>' } }),
  ],
  [
    'less than 120 clears',
    'met',
    lab({ ...alt(120), valueQuantity: { ...quantity(120, 'U/L'), comparator: '<' } }),
  ],
  [
    'less than 121 does not clear',
    'needs-review',
    lab({ ...alt(121), valueQuantity: { ...quantity(121, 'U/L'), comparator: '<' } }),
  ],
  [
    'less than 500 does not clear',
    'needs-review',
    lab({ ...alt(500), valueQuantity: { ...quantity(500, 'U/L'), comparator: '<=' } }),
  ],
  ['undated and abnormal', 'needs-review', lab(measured('1742-6', undefined, 500, 'U/L'))],
  ['a negative value is no reading', 'met', lab(alt(-500))],
  ['cancelled', 'met', lab({ ...alt(500), status: 'cancelled' })],
  ['bilirubin 3', 'met', bilirubin(3, 'mg/dL')],
  ['bilirubin 3.1', 'needs-review', bilirubin(3.1, 'mg/dL')],
  ['bilirubin 51.3 umol/L', 'met', bilirubin(51.3, 'umol/L', '14631-6')],
  ['bilirubin 51.4 umol/L', 'needs-review', bilirubin(51.4, 'umol/L', '14631-6')],
  ['bilirubin without unit, would be abnormal', 'needs-review', bilirubin(4)],
  ['Child-Pugh B in the value', 'needs-review', childPugh('Child-Pugh class', 'B')],
  ['Child-Pugh C in the value', 'conflicting', childPugh('Child-Pugh class', 'C')],
  ['Child-Pugh A', 'met', childPugh('Child-Pugh class', 'A')],
  [
    'Child-Pugh C in the text',
    'conflicting',
    childPugh('Liver assessment', 'Cirrhosis, Child-Pugh C'),
  ],
  [
    'Child-Pugh with a number and a class',
    'needs-review',
    childPugh('Child-Pugh score', '8 (class B)'),
  ],
  ['Child-Pugh with a number alone', 'met', childPugh('Child-Pugh score', '11')],
  [
    'Child-Turcotte-Pugh',
    'conflicting',
    childPugh('Child-Turcotte-Pugh classification', 'Class C'),
  ],
  ['Child-Pugh 365 days before', 'conflicting', childPugh('Child-Pugh class', 'C', daysFrom(-365))],
  ['Child-Pugh 366 days before', 'met', childPugh('Child-Pugh class', 'C', daysFrom(-366))],
  [
    'the newest Child-Pugh',
    'met',
    lab(
      observation({ text: 'Child-Pugh class' }, '2026-01-01', { valueString: 'C' }),
      observation({ text: 'Child-Pugh class' }, '2026-02-01', { valueString: 'A' }),
    ),
  ],
  ['words', 'needs-review', lab(condition({ text: 'chronic liver disease' }))],
  ['varices in words', 'needs-review', lab(condition({ text: 'esophageal varices' }))],
])

t.test('both enzymes are asked for in mild disease', async (t) => {
  const { needed } = found(has('K76.0'), id)
  t.strictSame(
    needed.map(({ requirement }) => requirement?.codeFilter?.[0]?.valueSet?.split('/').at(-1)),
    ['loinc-alt', 'loinc-ast'],
  )
})
