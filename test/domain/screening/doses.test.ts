import type { Dosage, MedicationDispense, MedicationRequest, Quantity } from 'fhir/r4'
import t from 'tap'
import { dailyDoses } from '../../../src/domain/screening/doses.ts'
import type { Medicine } from '../../../src/domain/screening/medicines.ts'
import { code, policy, quantity, rx } from './build.ts'

const medicineOf = (rxcui: string) => policy.medicines.of(code(rx, rxcui)) as Medicine
const oxycodone10 = medicineOf('1049683')
const request = (dosageInstruction: Dosage[]): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  status: 'stopped',
  intent: 'order',
  subject: {},
  dosageInstruction,
})
const unknown = [0, Number.POSITIVE_INFINITY]

function doseOf(dosage: Dosage, medicine = oxycodone10): (number | undefined)[] {
  const [daily] = dailyDoses(request([dosage]), medicine)
  const rounded = (value = Number.NaN) => Number(value.toPrecision(6))
  return [rounded(daily?.dose.low), rounded(daily?.dose.high)]
}

const daily: Dosage['timing'] = { repeat: { frequency: 1, period: 1, periodUnit: 'd' } }
const dose = (doseQuantity: Quantity, more: Dosage = {}): Dosage => ({
  timing: daily,
  doseAndRate: [{ doseQuantity }],
  ...more,
})
const repeat = (repeat: NonNullable<NonNullable<Dosage['timing']>['repeat']>): Dosage =>
  dose(quantity(1), { timing: { repeat } })

t.test('amounts', async (t) => {
  const rows: readonly (readonly [string, Dosage, string, number[]])[] = [
    ['a tablet', dose(quantity(1)), '1049683', [15, 15]],
    ['a tablet, in words', dose({ value: 1, unit: 'Tablet(s)' }), '1049683', [15, 15]],
    [
      'a tablet, by code',
      dose({ value: 1, unit: 'x', system: 'urn:x', code: 'TAB' }),
      '1049683',
      [15, 15],
    ],
    ['a tablet, unit 1', dose(quantity(1, '1')), '1049683', [15, 15]],
    ['milligrams by code alone', dose({ value: 10, code: 'mg' }), '1049683', [15, 15]],
    ['milligrams in words alone', dose({ value: 10, unit: 'mg' }), '1049683', [15, 15]],
    ['micrograms', dose({ value: 10_000, unit: 'mcg' }), '1049683', [15, 15]],
    ['millilitres of a tablet', dose(quantity(1, 'mL')), '1049683', unknown],
    ['zero', dose(quantity(0)), '1049683', unknown],
    ['millilitres', dose(quantity(2, 'mL')), '892625', [40, 40]],
    ['milligrams of a solution', dose(quantity(20, 'mg')), '892625', [20, 20]],
    ['a count of a solution', dose(quantity(2)), '892625', unknown],
    ['milligrams by ingredient', dose(quantity(20, 'mg')), '7804', [30, 30]],
    ['a count by ingredient', dose(quantity(2)), '7804', unknown],
    ['a combination in milligrams of the opioid', dose(quantity(20, 'mg')), '1049625', [30, 30]],
    ['half of it', dose(quantity(5, 'mg')), '1049625', [7.5, 7.5]],
    ['four of it', dose(quantity(40, 'mg')), '1049625', [60, 60]],
    ['six fifths of it', dose(quantity(12, 'mg')), '1049625', unknown],
    ['micrograms an hour of a tablet', dose({ value: 25, unit: 'ug/h' }), '1049683', unknown],
    ['a tablet, with blanks', dose({ value: 1, unit: ' tablet ' }), '1049683', [15, 15]],
    ['a tablet, unit text empty', dose({ value: 1, unit: '' }), '1049683', [15, 15]],
    [
      'a code of no system goes by the unit text',
      dose({ value: 10, code: 'TAB', unit: 'mg' }),
      '1049683',
      [15, 15],
    ],
    [
      'a code with its system goes before the unit text',
      dose({ value: 10, system: 'http://unitsofmeasure.org', code: 'mg', unit: 'tablet' }),
      '1049683',
      [15, 15],
    ],
    [
      'at most an amount that cannot be read',
      dose(quantity(1), {
        maxDosePerPeriod: { numerator: quantity(1, 'mL'), denominator: quantity(1, 'd') },
      }),
      '1049683',
      [15, 15],
    ],
    ['more than four of it', dose(quantity(45, 'mg')), '1049625', unknown],
    ['a combination in milligrams of the other', dose(quantity(325, 'mg')), '1049625', unknown],
    ['a patch', dose(quantity(1)), '577057', [28.8, 28.8]],
    ['two patches', dose({ value: 2, unit: 'patches' }), '577057', [57.6, 57.6]],
    ['a patch without a dose', { timing: daily }, '577057', [28.8, 28.8]],
    ['a patch by its rate', dose(quantity(50, 'ug/h')), '577057', [120, 120]],
    ['a patch by its rate in words', dose({ value: 50, unit: 'mcg/hr' }), '577057', [120, 120]],
    ['a patch in milligrams', dose(quantity(1, 'mg')), '577057', unknown],
    ['a patch, as needed', dose(quantity(1), { asNeededBoolean: true }), '577057', [0, 28.8]],
    [
      'one or two patches',
      { doseAndRate: [{ doseRange: { low: quantity(1), high: quantity(2) } }] },
      '577057',
      [28.8, 57.6],
    ],
    [
      'a rate quantity',
      { doseAndRate: [{ rateQuantity: quantity(25, 'ug/h') }] },
      '577057',
      [60, 60],
    ],
    [
      'fentanyl by ingredient and rate',
      { timing: daily, doseAndRate: [{ rateQuantity: quantity(25, 'ug/h') }] },
      '4337',
      [60, 60],
    ],
    ['fentanyl by ingredient and amount', dose(quantity(1, 'mg')), '4337', unknown],
    [
      'a range',
      { timing: daily, doseAndRate: [{ doseRange: { low: quantity(1), high: quantity(2) } }] },
      '1049683',
      [15, 30],
    ],
    [
      'a range without an end',
      { timing: daily, doseAndRate: [{ doseRange: { low: quantity(1) } }] },
      '1049683',
      [15, unknown[1] ?? 0],
    ],
    ['as needed', dose(quantity(2), { asNeededBoolean: true }), '1049683', [0, 30]],
    ['not as needed', dose(quantity(2), { asNeededBoolean: false }), '1049683', [30, 30]],
    [
      'as needed for a reason',
      dose(quantity(2), { asNeededCodeableConcept: { text: 'pain' } }),
      '1049683',
      [0, 30],
    ],
    [
      'at most',
      {
        asNeededBoolean: true,
        maxDosePerPeriod: { numerator: quantity(3), denominator: quantity(1, 'd') },
      },
      '1049683',
      [0, 45],
    ],
    [
      'at most, in two days',
      dose(quantity(4), {
        maxDosePerPeriod: { numerator: quantity(4), denominator: quantity(2, 'd') },
      }),
      '1049683',
      [30, 30],
    ],
  ]
  for (const [title, dosage, rxcui, expected] of rows)
    t.strictSame(doseOf(dosage, medicineOf(rxcui)), expected, title)
})

t.test('how often', async (t) => {
  const rows: readonly (readonly [string, Dosage, readonly number[]])[] = [
    ['three times a day', repeat({ frequency: 3, period: 1, periodUnit: 'd' }), [45, 45]],
    ['every 8 hours', repeat({ frequency: 1, period: 8, periodUnit: 'h' }), [45, 45]],
    ['every 480 minutes', repeat({ period: 480, periodUnit: 'min' }), [45, 45]],
    ['every 28800 seconds', repeat({ period: 28_800, periodUnit: 's' }), [45, 45]],
    ['seven times a week', repeat({ frequency: 7, period: 1, periodUnit: 'wk' }), [15, 15]],
    ['every month', repeat({ frequency: 1, period: 1, periodUnit: 'mo' }), [0.492813, 0.492813]],
    ['every year', repeat({ frequency: 1, period: 1, periodUnit: 'a' }), [0.0410678, 0.0410678]],
    [
      'one to two times',
      repeat({ frequency: 1, frequencyMax: 2, period: 1, periodUnit: 'd' }),
      [15, 30],
    ],
    [
      'every 6 to 8 hours',
      repeat({ frequency: 1, period: 6, periodMax: 8, periodUnit: 'h' }),
      [45, 60],
    ],
    [
      'on two days of the week',
      repeat({ frequency: 1, period: 1, periodUnit: 'd', dayOfWeek: ['mon', 'thu'] }),
      [4.28571, 4.28571],
    ],
    ['at three times', repeat({ timeOfDay: ['08:00:00', '14:00:00', '20:00:00'] }), [45, 45]],
    ['with two meals', repeat({ when: ['CM', 'CV'] }), [30, 30]],
    [
      'at a time on seven days',
      repeat({ timeOfDay: ['08:00:00'], dayOfWeek: ['mon'] }),
      [2.14286, 2.14286],
    ],
    ['no period', repeat({ frequency: 3 }), unknown],
    ['no unit of the period', repeat({ frequency: 3, period: 1 }), unknown],
    ['a period of nothing', repeat({ frequency: 3, period: 0, periodUnit: 'd' }), unknown],
    ['never', repeat({ frequency: 0, period: 1, periodUnit: 'd' }), unknown],
    ['no timing', { doseAndRate: [{ doseQuantity: quantity(1) }] }, unknown],
    ...(['BID', 'TID', 'QID', 'Q6H', 'QOD'] as const).map((value, index) => {
      const expected = [30, 45, 60, 60, 7.5][index] ?? 0
      const timing = {
        code: code('http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation', value),
      }
      return [value, dose(quantity(1), { timing }), [expected, expected]] as const
    }),
    ['an unknown code', dose(quantity(1), { timing: { code: { text: 'sometimes' } } }), unknown],
  ]
  for (const [title, dosage, expected] of rows) t.strictSame(doseOf(dosage), expected, title)
})

t.test('a dispense counts its quantity over its days', async (t) => {
  const dispense = (more: Partial<MedicationDispense>): MedicationDispense => ({
    resourceType: 'MedicationDispense',
    status: 'completed',
    quantity: { value: 60 },
    daysSupply: { value: 30, unit: 'days' },
    ...more,
  })
  const of = (more: Partial<MedicationDispense>) => dailyDoses(dispense(more), oxycodone10)[0]?.dose
  t.strictSame(of({}), { low: 30, high: 30 })
  t.strictSame(of({ daysSupply: undefined } as never), { low: 0, high: Number.POSITIVE_INFINITY })
  t.strictSame(of({ quantity: undefined } as never), { low: 0, high: Number.POSITIVE_INFINITY })
  t.strictSame(of({ dosageInstruction: [dose(quantity(1))] }), { low: 15, high: 15 })
  t.strictSame(of({ dosageInstruction: [{ text: 'as directed' }] }), { low: 30, high: 30 })
})

t.test('an administration is what was given', async (t) => {
  const [given] = dailyDoses(
    {
      resourceType: 'MedicationAdministration',
      status: 'completed',
      subject: {},
      dosage: { dose: quantity(20, 'mg') },
    },
    oxycodone10,
  )
  t.strictSame(given?.dose, { low: 30, high: 30 })
})

t.test('a record without instructions has an unknown dose', async (t) => {
  t.strictSame(
    dailyDoses(request([]), oxycodone10).map(({ dose: each }) => [each.low, each.high]),
    [unknown],
  )
})
