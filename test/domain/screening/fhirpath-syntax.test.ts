import t from 'tap'
import { readExpression } from '../../../src/domain/screening/fhirpath-syntax.ts'

function faults(text: string): readonly string[] {
  const reasons: string[] = []
  readExpression(text, (reason) => reasons.push(reason))
  return reasons
}

t.test('what an expression reads is known', async (t) => {
  t.same(
    readExpression(
      'entry.resource.ofType(Observation).exists(effective.dateOf() >= %referralDate) and %`a-b` and (%patient is FHIR.Patient)',
      t.fail,
    ),
    { variables: ['referralDate', 'a-b', 'patient'], types: ['Observation', 'Patient'] },
  )
})

t.test('each fault is told with its line and column', async (t) => {
  const rows: readonly (readonly [string, string | RegExp])[] = [
    ['entry.', 'line 1, column 7: mismatched input the end of the expression'],
    ['entry\n  .where(', /^line 2, column 10: mismatched input/],
    ["'open", /^line 1, column 1: token recognition error/],
    ['', /^line 1, column 1/],
    ['entry resource', "line 1, column 7: extraneous input 'resource'"],
    ['entry.foo()', "line 1, column 7: there is no function 'foo'"],
    ['entry.where()', 'line 1, column 7: where() takes 1 value'],
    ['entry.where(true, true)', 'line 1, column 7: where() takes 1 value'],
    ['iif(true)', 'line 1, column 1: iif() takes 2 to 3 values'],
    ['entri.resource', "line 1, column 1: there is no element 'entri' in FHIR R4"],
    ['entry.resource.ofType(Observaton)', /there is no type 'Observaton'/],
    ['entry.resource is Foo', /there is no type 'Foo'/],
    ['1 is System.Patient', /there is no type 'System.Patient'/],
    [
      'entry.resource.valueQuantity',
      "line 1, column 16: FHIRPath knows 'valueQuantity' as value.ofType(Quantity)",
    ],
    ['entry.where(resource.constructor)', /no element 'constructor'/],
    ['a'.repeat(2_001), 'an expression has at most 2000 characters'],
    [`${'\n'.repeat(11)}entry.`, /^line 12, column 7: mismatched input/],
    ['entry.resource.ofType(FHIR.Integer)', "line 1, column 16: there is no type 'FHIR.Integer'"],
    ['1 is FHIR.System.Integer', "line 1, column 1: there is no type 'FHIR.System.Integer'"],
    [
      'entry.resource.onsetDateTime',
      "line 1, column 16: FHIRPath knows 'onsetDateTime' as onset.ofType(dateTime)",
    ],
    [
      'entry.resource.valueString',
      "line 1, column 16: FHIRPath knows 'valueString' as value.ofType(string)",
    ],
    ['entry.`entri`', "line 1, column 7: there is no element 'entri' in FHIR R4"],
  ]
  for (const [text, fault] of rows) {
    const [first = '', ...others] = faults(text)
    if (typeof fault === 'string') t.equal(first, fault)
    else t.match(first, fault)
    t.ok(text === "'open" || others.length === 0, text)
  }
})

t.test('all faults of an expression are told at once', async (t) => {
  t.equal(faults('entri.foo() or entry.bar()').length, 3)
})

t.test('nothing reads the clock or leaves the referral', async (t) => {
  for (const name of ['now', 'today', 'timeOfDay'])
    t.match(faults(`effective <= ${name}()`).join(), `${name}() reads the clock`)
  for (const call of [
    'subject.resolve()',
    "code.memberOf('http://x')",
    "code.subsumes('x')",
    "conformsTo('x')",
    'weight()',
    "trace('x')",
  ])
    t.match(faults(`entry.resource.${call}`).join(), 'is not available')
  t.match(faults("%factory.Coding('a','b')").join(), "no function 'Coding'")
})

t.test('what is allowed is understood', async (t) => {
  for (const text of [
    "entry.resource.ofType(Observation).where(code.coding.exists(system = %loinc and code = '1') and value.ofType(Quantity).value > 3 'mg').exists()",
    'entry.resource.ofType(QuestionnaireResponse).repeat(item).answer.value.ofType(Coding).code',
    'iif(%patient.exists(), %patient.birthDate.lowBoundary() <= %checkDate, {})',
    'entry.resource.ofType(Condition).onset.ofType(dateTime).first().toString().substring(0, 10)',
    "(1 | 2).aggregate($this + $total, 0) > 2 and entry.count().toString().matches('^[0-9]+$')",
  ])
    t.same(faults(text), [], text)
})

t.test('an expression of 2000 characters is read', async (t) => {
  t.same(faults(`entry${' '.repeat(1_995)}`), [])
})

t.test('types of the System are known with their space and without', async (t) => {
  const types = 'Any Boolean String Integer Decimal Date DateTime Time Quantity'.split(' ')
  for (const type of types)
    t.same(
      readExpression(`entry.is(System.${type}) or entry is ${type} or entry.as(${type})`, t.fail),
      { variables: [], types: [type] },
    )
  t.same(readExpression('entry.as(Patient) is `Patient`', t.fail)?.types, ['Patient'])
})

t.test('names may stand in backticks, and variables in quotes', async (t) => {
  t.same(readExpression("`entry`.where(%'a-b' and %`it's`)", t.fail)?.variables, ['a-b', "it's"])
})

t.test('elements of every type are known, and a type may begin a path', async (t) => {
  for (const path of [
    'entry.resource.ofType(Observation).value',
    'entry.resource.ofType(Condition).stage.assessment',
    'entry.resource.ofType(MedicationRequest).dosageInstruction.timing.repeat.bounds',
    'Bundle.entry.resource',
  ])
    t.same(faults(path), [], path)
})

t.test('functions that take a number of values take no other', async (t) => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["'a'.replace('a', 'b') = 'b'", undefined],
    ["'a'.replaceMatches('a', 'b') = 'b'", undefined],
    ["'a'.replace('a')", 'line 1, column 5: replace() takes 2 values'],
    ["'a'.substring()", 'line 1, column 5: substring() takes 1 to 2 values'],
    ["'a'.empty(1)", 'line 1, column 5: empty() takes 0 values'],
    ["entry.where(code.ordinal() > 1 or code.subsumedBy('a'))", 'line 1, column 18: ordinal() is'],
    ["entry.where(code.subsumedBy('a'))", 'line 1, column 18: subsumedBy() is not available'],
  ]
  for (const [text, fault] of rows)
    fault ? t.match(faults(text)[0], fault) : t.same(faults(text), [])
})
