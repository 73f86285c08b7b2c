import t from 'tap'
import { byPatient, patientOf } from '../../../src/domain/audit/patients.ts'

const stored = (type: string, id: string, rest: object = {}) => ({
  type,
  id,
  version: 1,
  lastUpdated: '2026-03-02T10:00:00.000Z',
  content: JSON.stringify({ resourceType: type, id, ...rest }),
})

t.test('the patient of a resource', async (t) => {
  t.equal(patientOf(stored('Patient', 'p1')), 'p1')
  t.equal(patientOf(stored('Task', 't', { for: { reference: 'Patient/p1' } })), 'p1')
  t.equal(patientOf(stored('Task', 't', { for: { reference: 'Patient/p1/_history/2' } })), 'p1')
  t.equal(patientOf(stored('Practitioner', 'x')), undefined)
  const quoted = { note: [{ text: '"reference":"Patient/somebody-else"' }] }
  t.equal(patientOf(stored('Task', 't', quoted)), undefined, 'what a text says is not believed')
})

t.test('AU-02 what is disclosed at once is told by patient', async (t) => {
  const about = (patient: string) => ({ subject: { reference: `Patient/${patient}` } })
  t.same(
    byPatient([
      stored('Practitioner', 'dr'),
      stored('Observation', 'a', about('p1')),
      stored('Observation', 'b', about('p2')),
      stored('Patient', 'p1'),
    ]),
    [
      { patientId: 'p1', entities: ['Observation/a', 'Patient/p1', 'Practitioner/dr'] },
      { patientId: 'p2', entities: ['Observation/b'] },
    ],
  )
  t.same(byPatient([stored('Practitioner', 'dr')]), [
    { patientId: undefined, entities: ['Practitioner/dr'] },
  ])
  t.same(byPatient([]), [{ patientId: undefined, entities: [] }])
})
