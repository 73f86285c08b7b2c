/** The searches of a patient's record that missing criteria need. */

import t from 'tap'
import { evidenceQueries } from '../../../src/domain/screening/evidence-queries.ts'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import { criterionIds } from '../../../src/domain/screening/policy.ts'
import { bloodPressure, code, condition, icd, measured, policy } from './build.ts'
import { adult } from './own.ts'

const referred = '2026-03-02'
const asked = (...missing: readonly string[]) =>
  evidenceQueries(policy, missing, referred).map(({ type, parameters, criteria }) => ({
    search: `${type}?${parameters.map(([name, value]) => `${name}=${value}`).join('&')}`,
    criteria,
  }))

t.test('nothing is searched for what is not missing', async (t) => {
  t.same(asked(), [])
  t.same(asked('treatment-failure-or-surgery'), [], 'its parts ask')
})

t.test('a criterion asks for its own types, codes and windows', async (t) => {
  t.same(asked('baseline-pain-score'), [
    {
      search:
        'Observation?combo-code=72514-3,38208-5,38214-3,38221-8,75893-8,91147-9&date=ge2025-12-02',
      criteria: ['baseline-pain-score'],
    },
  ])
  t.same(
    asked('cardiovascular-disease').map(({ search }) => search),
    [
      'Condition?',
      'Observation?combo-code=85354-9,8480-6,8462-4,8459-0,8460-8,8461-6&date=ge2025-12-02',
      `QuestionnaireResponse?questionnaire=${policy.questionnaire}&authored=ge2025-12-02`,
    ],
  )
  t.same(
    asked('planned-surgery').map(({ search }) => search),
    [
      'ServiceRequest?status=active&intent=order,plan&occurrence=ge2026-03-02',
      'Appointment?status=booked&date=ge2026-03-02',
      'Procedure?status=preparation',
      `QuestionnaireResponse?questionnaire=${policy.questionnaire}&authored=ge2025-12-02`,
    ],
  )
  const medicines = asked('failed-other-therapies').map(({ search }) => search)
  t.ok(
    medicines.includes(
      'MedicationRequest?status=active,completed,stopped,on-hold&_include=MedicationRequest:medication',
    ),
  )
  t.ok(medicines.includes('MedicationStatement?_include=MedicationStatement:medication'))
  t.ok(medicines.some((search) => /^Procedure\?code=\d+,\d+$/.test(search)))
  t.ok(medicines.some((search) => /^Observation\?.*date=ge2021-03-0[12]$/.test(search)))
})

t.test('what several criteria need is searched for once', async (t) => {
  const all = asked(...criterionIds)
  const searches = all.map(({ search }) => search)
  t.equal(new Set(searches).size, searches.length)
  t.equal(searches.filter((search) => search.startsWith('Condition?')).length, 1)
  t.same(
    asked('baseline-pain-score', 'qualifying-condition').map(({ criteria }) => criteria),
    [['qualifying-condition'], ['qualifying-condition', 'baseline-pain-score']],
  )
  const [liver] = asked('liver-disease').filter(({ search }) => search.startsWith('Observation'))
  t.match(liver?.search, /1742-6.*1920-8.*1975-2.*date=ge2025-09-03/)
})

t.test('each search is called by what it is for', async (t) => {
  const queries = evidenceQueries(policy, criterionIds, referred)
  t.same(
    queries.map(({ key, label }) => [key, label]),
    [
      ['Condition', 'conditions'],
      ['Observation/painWindow', 'pain scores'],
      ['MedicationRequest', 'medication orders'],
      ['MedicationStatement', 'medication statements'],
      ['MedicationDispense', 'dispensed medicines'],
      ['AllergyIntolerance', 'allergies'],
      ['Observation/lookBackYears', 'scores during earlier treatments'],
      ['QuestionnaireResponse', 'screening forms'],
      ['Procedure/therapy', 'physical and psychological therapy'],
      ['ServiceRequest', 'planned operations'],
      ['Appointment', 'booked appointments'],
      ['Procedure/planned', 'procedures in preparation'],
      ['Observation/bpWindow', 'blood pressure readings'],
      ['Observation/lftWindow', 'liver values'],
      ['Observation/scoreWindow', 'questionnaire scores'],
      ['Observation/udsWindow', 'urine drug screens'],
      ['Observation/iopWindow', 'eye pressures'],
      ['Observation/pregnancyDays', 'pregnancy tests'],
    ],
  )
  const dispenses = queries.find(({ type }) => type === 'MedicationDispense')
  t.same(dispenses?.parameters, [
    ['status', 'completed'],
    ['_include', 'MedicationDispense:medication'],
  ])
})

t.test('a criterion of a clinic asks for what its inputs name', async (t) => {
  const valueSet = (id: string) => `https://referloop.example/fhir/ValueSet/${id}`
  const by = overridePolicy(policy, {
    criteria: [
      adult({
        evidence: 'entry',
        inputs: [
          { type: 'Observation' },
          { type: 'Immunization' },
          { type: 'Condition', codeFilter: [{ path: 'category' }] },
          {
            type: 'Observation',
            codeFilter: [{ path: 'category' }, { path: 'code', valueSet: valueSet('loinc-iop|1') }],
          },
          { type: 'Observation', codeFilter: [{ path: 'code', valueSet: valueSet('loinc-bp') }] },
        ],
      }),
    ],
  })
  const queries = evidenceQueries(by, ['adult'], referred)
  t.same(
    queries.map(({ key }) => key),
    ['Condition', 'Observation/iopWindow', 'Observation/bpWindow'],
    'every reading of a patient is more than it needs, and an Immunization nobody asks for',
  )
  t.same(queries[1]?.parameters[0], ['combo-code', '79893-4,79892-6,41633001'])
})

t.test('a dispense is optional, all else is not', async (t) => {
  const optional = evidenceQueries(policy, criterionIds, referred).filter((each) => each.optional)
  t.same(
    optional.map(({ type }) => type),
    ['MedicationDispense'],
  )
})

t.test('a match that was not asked for is not accepted', async (t) => {
  const [pressure] = evidenceQueries(policy, ['cardiovascular-disease'], referred).filter(
    ({ type }) => type === 'Observation',
  )
  t.equal(pressure?.accepts(bloodPressure(referred, 120, 80)), true)
  t.equal(pressure?.accepts(measured('8480-6', referred, 120, 'mm[Hg]')), true)
  const inside = { ...bloodPressure(referred, 120, 80), code: { text: 'vital signs' } }
  t.equal(pressure?.accepts(inside), true, 'by its components')
  t.equal(pressure?.accepts(measured('72514-3', referred, 7)), false)
  t.equal(pressure?.accepts(condition(code(icd, 'I10'))), false)
  const [form] = evidenceQueries(policy, ['glaucoma'], referred).filter(
    ({ type }) => type === 'QuestionnaireResponse',
  )
  const sent = (questionnaire?: string) => ({
    resourceType: 'QuestionnaireResponse' as const,
    status: 'completed' as const,
    ...(questionnaire ? { questionnaire } : {}),
  })
  t.equal(form?.accepts(sent()), false, 'a form of nothing')
  t.equal(form?.accepts(sent(`${policy.questionnaire}|1.0.0`)), true)
  t.equal(form?.accepts(sent('https://ehr.example/Questionnaire/phq-9')), false)
  const [conditions] = evidenceQueries(policy, ['glaucoma'], referred)
  t.equal(conditions?.accepts(condition(code(icd, 'I10'))), true, 'any Condition')
  t.equal(conditions?.accepts(sent()), false)
  const reading = { ...measured('79893-4', referred, 7), resourceType: 'Basic' }
  const [, eyes] = evidenceQueries(policy, ['glaucoma'], referred)
  t.equal(eyes?.accepts(measured('79893-4', referred, 7)), true)
  t.equal(eyes?.accepts(reading as never), false, 'no Observation')
  const [, , livers] = evidenceQueries(policy, ['liver-disease', 'qualifying-condition'], referred)
  for (const loinc of ['1742-6', '1920-8', '1975-2'])
    t.equal(livers?.accepts(measured(loinc, referred, 7)), true, 'a code of any of its lists')
})

t.test('a window needs a day to reach back from', async (t) => {
  t.throws(() => evidenceQueries(policy, ['glaucoma'], 'today'), /is a calendar date/)
})
