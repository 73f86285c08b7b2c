import fc from 'fast-check'
import type { Coding, FhirResource } from 'fhir/r4'
import t from 'tap'
import { labelled, labelledTogether } from '../../../src/domain/sensitivity/label.ts'
import {
  actCode,
  confidentialitySystem,
  highWater,
  isLabel,
  keepLabels,
  labelsOf,
  markedHigh,
  part2Notice,
  withLabels,
} from '../../../src/domain/sensitivity/labels.ts'
import type { Release } from '../../../src/domain/sensitivity/release.ts'
import { releasedView } from '../../../src/domain/sensitivity/released-view.ts'

const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
const levels = ['U', 'L', 'M', 'N', 'R', 'V']
const levelOf = (labels: readonly Coding[]) =>
  Math.max(
    -1,
    ...labels
      .filter(({ system }) => system === confidentialitySystem)
      .map(({ code }) => levels.indexOf(code as string)),
  )
const othersOf = (labels: readonly Coding[]) =>
  labels.filter(({ system, code }) => system !== confidentialitySystem && code !== 'NORDSLCD')

const act = (code: string): Coding => ({ system: actCode, code })
const label = fc.constantFrom<Coding>(
  ...levels.map((code) => ({ system: confidentialitySystem, code })),
  ...['SUD', 'ETHUD', 'PSY', 'HIV', '42CFRPart2', 'NORDSCLCD', 'NORDSLCD', 'HIPAASelfPay'].map(act),
  { system: 'https://ehr.example/labels', code: 'VIP' },
)
const resource = fc
  .record({
    type: fc.constantFrom('Condition', 'Observation', 'ServiceRequest', 'Task', 'Patient'),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    code: fc.constantFrom('F11.20', 'F10.10', 'G90.511', 'F17.210'),
    security: fc.array(label, { maxLength: 5 }),
    links: fc.array(fc.constantFrom('Condition/a', 'Condition/b', 'Observation/c'), {
      maxLength: 3,
    }),
  })
  .map(
    ({ type, id, code, security, links }) =>
      ({
        resourceType: type,
        id,
        ...(security.length > 0 ? { meta: { security } } : {}),
        code: { coding: [{ system: icd, code }] },
        extra: links.map((reference) => ({ reference })),
      }) as unknown as FhirResource,
  )
const setting = fc.constantFrom(
  undefined,
  ...(['labelled', 'sensitive', 'all'] as const).map((protects) => ({
    protects,
    legalBasis: 'A test of the labels',
  })),
)
const release = fc
  .record({ withheld: fc.subarray(['Condition/a', 'Observation/c', 'Patient/d']) })
  .map(
    ({ withheld }): Release => ({
      withheld: Object.fromEntries(withheld.map((each) => [each, { reason: 'no-consent' }])),
      consents: [],
    }),
  )

t.test(
  'P2-03 nothing leaves with fewer labels than it came with: 10,000 round trips',
  async (t) => {
    fc.assert(
      fc.property(resource, resource, setting, release, (sent, again, setting, release) => {
        const stored = labelled(sent, setting)
        const next = keepLabels(labelled(again, setting), stored)
        for (const [before, after] of [
          [sent, stored],
          [sent, releasedView(stored, release, '2026-11-22T00:00:00Z')],
          [stored, next],
          [again, next],
          [next, releasedView(next, release, '2026-11-22T00:00:00Z')],
          [next, labelled(next, setting)],
        ] as const) {
          const [had, has] = [labelsOf(before), labelsOf(after)]
          for (const each of othersOf(had)) if (!has.some((one) => isLabel(one, each))) return false
          if (levelOf(has) < levelOf(had)) return false
          const count = has.filter(({ system }) => system === confidentialitySystem).length
          if (has.length > 0 && count > 1) return false
          if (after !== sent && JSON.stringify(has).includes('NORDSLCD')) return false
        }
        return true
      }),
      { numRuns: 10_000 },
    )
    t.pass('10,000')
  },
)

t.test('P2-01 the misspelt NORDSLCD is never emitted, and what it meant is kept', async (t) => {
  const sent = { meta: { security: [act('NORDSLCD')] } }
  t.same(labelsOf(withLabels(sent, [])), [act('NORDSCLCD')])
})

t.test('P2-01 sensitive and protected are two flags', async (t) => {
  const record: FhirResource = {
    resourceType: 'Condition',
    subject: {},
    code: { coding: [{ system: icd, code: 'F11.20' }] },
  }
  const codes = (each: FhirResource) => labelsOf(each).map(({ code }) => code)
  t.same(codes(labelled(record)), ['R', 'SUD', 'OPIOIDUD'])
  const basis = 'Lakeside is a Part 2 program'
  t.same(codes(labelled(record, { protects: 'sensitive', legalBasis: basis })), [
    'R',
    'SUD',
    'OPIOIDUD',
    '42CFRPart2',
    'NORDSCLCD',
    'PERSISTLABEL',
  ])
  const harmless: FhirResource = { resourceType: 'Condition', subject: {} }
  t.equal(labelled(harmless, { protects: 'sensitive', legalBasis: basis }), harmless)
  t.match(codes(labelled(harmless, { protects: 'all', legalBasis: basis })), ['R', '42CFRPart2'])
  const doctor: FhirResource = { resourceType: 'Practitioner' }
  t.equal(labelled(doctor, { protects: 'all', legalBasis: basis }), doctor)
})

t.test('P2-01 where another policy applies too, each label says whose it is', async (t) => {
  const record: FhirResource = {
    resourceType: 'Condition',
    subject: {},
    meta: { security: [act('HIPAASelfPay'), act('42CFRPart2')] },
  }
  const added = labelsOf(labelled(record)).filter(({ code }) => code === 'NORDSCLCD')
  t.match(added, [{ extension: [{ valueCoding: act('42CFRPart2') }] }])
})

t.test(
  'P2-02 a wrapper takes the highest confidentiality, exactly one, and nothing that betrays',
  async (t) => {
    const record: FhirResource = {
      resourceType: 'Condition',
      subject: {},
      code: { coding: [{ system: icd, code: 'F11.20' }] },
    }
    const contents = [labelled(record, { protects: 'sensitive', legalBasis: 'A test of wrappers' })]
    const wrapper = { meta: { security: [{ system: confidentialitySystem, code: 'N' }] } }
    t.same(labelsOf(markedHigh(wrapper, contents)), [{ system: confidentialitySystem, code: 'R' }])
    t.equal(highWater([{}]), undefined)
    t.equal(markedHigh(wrapper, [{}]), wrapper)
    const request = labelled({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: {},
      meta: { security: [act('42CFRPart2')] },
    })
    t.notMatch(JSON.stringify(request), /NORDSCLCD|PERSISTLABEL/)
  },
)

t.test('P2-05 every protected record bears the statement of §2.32', async (t) => {
  const record = labelled({
    resourceType: 'Condition',
    subject: {},
    meta: { security: [act('42CFRPart2')] },
  })
  t.match(JSON.stringify(record), part2Notice)
})

t.test("P2-01 an order bears its medicine's labels, an attachment its document's", async (t) => {
  const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'
  const [order, , , binary] = labelledTogether(
    [
      {
        resourceType: 'MedicationRequest',
        id: '1',
        status: 'active',
        intent: 'order',
        subject: {},
        medicationReference: { reference: 'Medication/2' },
      },
      {
        resourceType: 'Medication',
        id: '2',
        code: { coding: [{ system: rxnorm, code: '1010606' }] },
      },
      {
        resourceType: 'DocumentReference',
        id: '3',
        status: 'current',
        meta: { security: [act('42CFRPart2')] },
        content: [{ attachment: { url: 'Binary/4' } }],
      },
      { resourceType: 'Binary', id: '4', contentType: 'text/plain' },
    ],
    [],
  )
  t.match(
    labelsOf(order as FhirResource).map(({ code }) => code),
    ['R', 'SUD', 'OPIOIDUD'],
  )
  t.ok(labelsOf(binary as FhirResource).some(({ code }) => code === '42CFRPart2'))
})
