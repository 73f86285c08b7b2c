/** From what a server holds to what goes into a referral. */

import type { FhirResource } from 'fhir/r4'
import t from 'tap'
import type { Answer } from '../../../src/domain/referral/ask-records.ts'
import { findsOf } from '../../../src/domain/referral/gathered.ts'
import { nothingGathered } from '../../../src/domain/referral/gathering.ts'

const base = 'https://ehr.example/fhir'
const medication = (id: string, code: string): FhirResource => ({
  resourceType: 'Medication',
  id,
  code: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code }] },
})
const order = (id: string, medicine: string, more: object = {}): FhirResource => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'stopped',
  intent: 'order',
  subject: { reference: 'Patient/p1' },
  encounter: { reference: 'Encounter/e1' },
  authoredOn: '2025-10-01',
  medicationReference: { reference: `Medication/${medicine}` },
  ...more,
})

const stored = (resource: FhirResource) => ({
  type: resource.resourceType,
  id: resource.id as string,
  version: 1,
  lastUpdated: '2026-03-02T10:00:00.000Z',
  content: JSON.stringify(resource),
})

function finds(
  resources: readonly FhirResource[],
  support: readonly FhirResource[],
  here: readonly FhirResource[] = [],
  taken = {},
) {
  const answers = [{ resources, support }] as unknown as readonly Answer[]
  return findsOf(answers, {
    base,
    patientId: 'ours',
    stored: here.map(stored),
    gathering: { ...nothingGathered, taken },
  })
}

const there = (found: ReturnType<typeof finds>) => found.map((each) => each.there)
const text = (found: ReturnType<typeof finds>, i: number) =>
  JSON.stringify(found[i]?.entry.resource)

t.test('the patient is ours, and all else keeps the address that it has there', async (t) => {
  const found = finds([order('rx', 'm')], [medication('m', '1')])
  t.same(there(found), ['MedicationRequest/rx', 'Medication/m'])
  t.match(found[0]?.entry, {
    fullUrl: `${base}/MedicationRequest/rx`,
    resource: {
      subject: { reference: 'Patient/ours' },
      encounter: { reference: `${base}/Encounter/e1` },
      medicationReference: { reference: `${base}/Medication/m` },
      meta: { source: `${base}/MedicationRequest/rx` },
    },
  })
})

t.test(
  'orders that differ in their medicine are two, those that differ in an encounter are one',
  async (t) => {
    const other = { encounter: { reference: 'Encounter/e2' } }
    const found = finds(
      [order('a', 'm1'), order('b', 'm2', other), order('c', 'm3')],
      [medication('m1', '1'), medication('m2', '1'), medication('m3', '2')],
    )
    t.same(there(found), [
      'MedicationRequest/a',
      'MedicationRequest/c',
      'Medication/m1',
      'Medication/m3',
    ])
  },
)

t.test('what refers to a copy refers to the one that stands for it', async (t) => {
  const later = { authoredOn: '2025-11-01' }
  const twoThere = finds(
    [order('a', 'm1'), order('b', 'm2', later)],
    [medication('m1', '1'), medication('m2', '1')],
  )
  t.same(there(twoThere), ['MedicationRequest/a', 'MedicationRequest/b', 'Medication/m1'])
  t.match(text(twoThere, 1), `${base}/Medication/m1`)
  const oneHere = finds([order('a', 'm1')], [medication('m1', '1')], [medication('sent', '1')])
  t.same(there(oneHere), ['MedicationRequest/a'])
  t.match(text(oneHere, 0), '"Medication/sent"')
})

t.test('a business identifier tells a copy, and tells two apart', async (t) => {
  const named = (value: string, more: object = {}) => ({
    identifier: [{ system: 'https://ehr.example/rx', value }],
    ...more,
  })
  const here = [order('sent', 'x', named('1', { status: 'active' }))]
  t.same(there(finds([order('a', 'm', named('1')), order('b', 'm', named('2'))], [], here)), [
    'MedicationRequest/b',
  ])
})

t.test('what was taken and is unchanged is left, what changed replaces it', async (t) => {
  const [first] = finds([order('a', 'm')], [])
  const taken = {
    'MedicationRequest/a': ['MedicationRequest/here', first?.digest as string] as const,
  }
  const here = [order('here', 'm')]
  t.same(finds([order('a', 'm')], [], here, taken), [])
  const [changed] = finds([order('a', 'm', { status: 'entered-in-error' })], [], here, taken)
  t.match(changed, { there: 'MedicationRequest/a', replaces: { id: 'here', version: 1 } })
})
