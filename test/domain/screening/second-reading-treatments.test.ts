/** The criteria read a second time: what was tried and how it ended, and a planned operation. */

import type {
  Appointment,
  CodeableConcept,
  FhirResource,
  Medication,
  MedicationAdministration,
  MedicationDispense,
  MedicationRequest,
  MedicationStatement,
  Procedure,
  ServiceRequest,
} from 'fhir/r4'
import t from 'tap'
import {
  allergy,
  code,
  condition,
  daysFrom,
  dosage,
  form,
  icd,
  medicine,
  opioid,
  outcomes,
  type Parts,
  pain,
  quantity,
  type Row,
  rx,
  screened,
  screenParts,
  sct,
  status,
  verdicts,
} from './build.ts'

const patient = { reference: 'urn:uuid:patient' }
const start = '2025-01-26'
const after = (days: number, from = start) => daysFrom(days, from)
const trial = (more: Partial<MedicationRequest> = {}, ...add: FhirResource[]): Parts => ({
  opioid: opioid(more),
  add,
})
const lasting = (days: number, perDay = 4) => [dosage(start, after(days), perDay, quantity(1))]
const product = (
  rxcui: string,
  perDay: number,
  dose = quantity(1),
): Partial<MedicationRequest> => ({
  medicationCodeableConcept: code(rx, rxcui),
  dosageInstruction: [dosage(start, after(90), perDay, dose)],
})
const reason = (...codes: CodeableConcept[]) => ({ reasonCode: codes })
const ended = (value: string) => ({ statusReason: code(outcomes, value) })
const why = (value: string) => ({ statusReason: status('medicationrequest-status-reason', value) })
const snomed = (value: string) => ({ statusReason: code(sct, value) })
const none = { statusReason: undefined }
const said = (value: string, parts: Parts = {}): Parts => ({
  ...parts,
  answers: { 'failed-opioid-therapy': value },
})
const asNeeded = (perDay: number) =>
  lasting(90, perDay).map((each) => ({ ...each, asNeededBoolean: true }))
const ranged = (low: number, high: number) =>
  lasting(90, 1).map((each) => ({
    ...each,
    doseAndRate: [{ doseRange: { low: quantity(low), high: quantity(high) } }],
  }))
const often = (low: number, high: number) =>
  lasting(90, low).map((each) => ({
    ...each,
    timing: { repeat: { ...each.timing?.repeat, frequencyMax: high } },
  }))
const two = (first: Partial<MedicationRequest>, next: Partial<MedicationRequest>): Parts => ({
  opioid: opioid(first),
  add: [opioid(next)],
})
const ordered = (from: number, to: number, perDay = 4): Partial<MedicationRequest> => ({
  authoredOn: after(from),
  dosageInstruction: [dosage(after(from), after(to), perDay, quantity(1))],
})
const statement = (more: Partial<MedicationStatement> = {}): MedicationStatement => ({
  resourceType: 'MedicationStatement',
  status: 'stopped',
  statusReason: [code(outcomes, 'ineffective')],
  medicationCodeableConcept: code(rx, '1049683'),
  subject: patient,
  effectivePeriod: { start, end: after(90) },
  dosage: [
    {
      timing: { repeat: { frequency: 4, period: 1, periodUnit: 'd' } },
      doseAndRate: [{ doseQuantity: quantity(1) }],
    },
  ],
  ...more,
})
const score = (day: number, value: number, loinc?: string) => pain(after(day), value, loinc)
const scores = (before: number, later: number, more: Partial<MedicationRequest> = none): Parts =>
  trial(more, score(-5, before), score(80, later))
const oxycodone: Medication = { resourceType: 'Medication', code: code(rx, '1049683') }
const coughSyrup = '995226'

verdicts(t, 'failed-opioid-therapy', [
  ['The trial as it stands', 'met', {}],
  ['R3a.4 28 days', 'met', trial({ dosageInstruction: lasting(28) })],
  ['R3a.4 27 days', 'not-met', trial({ dosageInstruction: lasting(27) })],
  [
    'Point 15 27 days without outcome',
    'not-met',
    trial({ dosageInstruction: lasting(27), ...none }),
  ],
  ['R3a.5 hydrocodone 20 MME', 'met', trial(product('857002', 4))],
  ['R3a.5 oxycodone 15 MME', 'not-met', trial(product('1049683', 1))],
  ['Point 15 15 MME without outcome', 'not-met', trial({ ...product('1049683', 1), ...none })],
  ['R3a.5 tramadol 100 mg: 20 MME', 'met', trial(product('835603', 2))],
  ['R3a.5 tramadol 50 mg: 10 MME', 'not-met', trial(product('835603', 1))],
  ['R3a.5 hydromorphone 4 mg: 20 MME', 'met', trial(product('897702', 1))],
  ['R3a.5 codeine 30 mg four times: 18 MME', 'not-met', trial(product('993781', 4))],
  ['R3a.5 methadone 10 mg: 47 MME', 'met', trial(product('864706', 1))],
  ['R3a.5 combination, oxycodone 5 mg three times', 'met', trial(product('1049221', 3))],
  ['R3a.5 combination, oxycodone 5 mg twice', 'not-met', trial(product('1049221', 2))],
  ['R3a.5 tapentadol 100 mg', 'met', trial(product('825409', 1))],
  [
    'R3a.5 oral solution in ml: methadone 5 ml',
    'met',
    trial(product('864761', 1, quantity(5, 'mL'))),
  ],
  [
    'R3a.5 oral solution in ml: methadone 4 ml',
    'not-met',
    trial(product('864761', 1, quantity(4, 'mL'))),
  ],
  ['R3a.5 two tablets a dose', 'met', trial(product('1049683', 1, quantity(2)))],
  ['R3a.5 in milligrams', 'met', trial(product('1049683', 1, quantity(20, 'mg')))],
  ['R3a.5 in milligrams, 10', 'not-met', trial(product('1049683', 1, quantity(10, 'mg')))],
  ['Point 14 in tablets', 'met', trial(product('1049683', 2, { value: 1, unit: 'tablet' }))],
  ['Point 14 in {tbl}', 'met', trial(product('1049683', 2, quantity(1, '{tbl}')))],
  ['Point 14 in {tablet}', 'met', trial(product('1049683', 2, quantity(1, '{tablet}')))],
  [
    'Point 14 fentanyl 12 mcg/h patch every 72 hours',
    'met',
    trial({
      ...product('577057', 1),
      dosageInstruction: [
        {
          ...lasting(90, 1)[0],
          timing: {
            repeat: {
              boundsPeriod: { start, end: after(90) },
              frequency: 1,
              period: 3,
              periodUnit: 'd',
            },
          },
        },
      ],
    }),
  ],
  ['Point 14 ingredient only, in milligrams', 'met', trial(product('7804', 2, quantity(10, 'mg')))],
  ['Point 14 ingredient only, too low', 'not-met', trial(product('7804', 1, quantity(10, 'mg')))],
  ['Point 14 ingredient only, in tablets', 'needs-review', trial(product('7804', 2, quantity(1)))],
  [
    'Point 14 ingredient only, in micrograms',
    'not-met',
    trial(product('7804', 2, quantity(100, 'ug'))),
  ],
  [
    'R3a.5 no dose',
    'needs-review',
    trial({
      dosageInstruction: [{ timing: { repeat: { boundsPeriod: { start, end: after(90) } } } }],
    }),
  ],
  ['R3a.5 no factor: buprenorphine patch', 'needs-review', trial(product('904880', 1))],
  ['Point 15 no factor, no outcome', 'not-documented', trial({ ...product('904880', 1), ...none })],
  [
    'Point 15 no factor, effective',
    'not-met',
    trial({ ...product('904880', 1), ...ended('effective') }),
  ],
  ['R3a.5 no factor: levorphanol', 'needs-review', trial(product('197873', 4))],
  [
    'R3a.7 no factor, intolerance',
    'met',
    trial({ ...product('904880', 1), ...ended('adverse-effect') }),
  ],
  [
    'Point 15 no factor, 20 days, failed',
    'not-met',
    trial({ ...product('904880', 1), dosageInstruction: lasting(20, 1) }),
  ],
  ['R3a.1 cough syrup', 'not-documented', trial(product(coughSyrup, 4, quantity(10, 'mL')))],
  ['R3a.1 injection', 'not-documented', trial(product('1728783', 4))],
  ['R3a.1 buccal fentanyl', 'not-documented', trial(product('668363', 4))],
  ['R3a.1 Suboxone', 'not-documented', trial(product('1010606', 2))],
  ['Point 20 parenteral buprenorphine', 'not-documented', trial(product('205533', 2))],
  ['R3a.2 acute post-procedural pain', 'not-documented', trial(reason(code(icd, 'G89.18')))],
  ['R3a.2 G89.11 is one of G89.1x', 'not-documented', trial(reason(code(icd, 'G89.11')))],
  ['R3a.2 F11.20', 'not-documented', trial(reason(code(icd, 'F11.20')))],
  ['R3a.2 F11.21', 'not-documented', trial(reason(code(icd, 'F11.21')))],
  ['Point 12 SNOMED of the x4 lists', 'not-documented', trial(reason(code(sct, '1081000119105')))],
  [
    'Point 12 one counting reason of several',
    'met',
    trial(reason(code(icd, 'G89.18'), code(icd, 'M54.50'))),
  ],
  ['Point 12 any other reason', 'met', trial(reason(code(icd, 'M17.11')))],
  ['R3a.2 no reason', 'met', trial({ reasonCode: undefined })],
  [
    'R3a.2 reason by reference',
    'not-documented',
    trial(
      { reasonCode: undefined, reasonReference: [{ reference: 'urn:uuid:acute' }] },
      { ...condition(code(icd, 'G89.18')), id: 'acute' },
    ),
  ],
  [
    'R3a.2 methadone for F11.20',
    'not-documented',
    trial({ ...product('864706', 3), ...reason(code(icd, 'F11.20')) }),
  ],
  [
    'R3a.2 inpatient',
    'not-documented',
    trial({ category: [status('medicationrequest-category', 'inpatient')] }),
  ],
  [
    'R3a.2 outpatient',
    'met',
    trial({ category: [status('medicationrequest-category', 'outpatient')] }),
  ],
  ...(['active', 'completed', 'stopped'] as const).map(
    (each): Row => [`R3a.3 ${each}`, 'met', trial({ status: each })],
  ),
  ...(['draft', 'cancelled', 'on-hold', 'entered-in-error', 'unknown'] as const).map(
    (each): Row => [`R3a.3 ${each}`, 'not-documented', trial({ status: each })],
  ),
  ...(['order', 'original-order', 'reflex-order', 'filler-order', 'instance-order'] as const).map(
    (each): Row => [`R3a.3 intent ${each}`, 'met', trial({ intent: each })],
  ),
  ...(['proposal', 'plan', 'option'] as const).map(
    (each): Row => [`R3a.3 intent ${each}`, 'not-documented', trial({ intent: each })],
  ),
  ['R3a.3 doNotPerform', 'not-documented', trial({ doNotPerform: true })],
  ...(['active', 'completed', 'stopped'] as const).map(
    (each): Row => [`R3a.3 statement ${each}`, 'met', { opioid: statement({ status: each }) }],
  ),
  ...(['intended', 'not-taken', 'on-hold', 'unknown', 'entered-in-error'] as const).map(
    (each): Row => [
      `R3a.3 statement ${each}`,
      'not-documented',
      { opioid: statement({ status: each }) },
    ],
  ),
  ['Point 10 altchoice', 'not-documented', trial({ status: 'on-hold', ...why('altchoice') })],
  [
    'Point 10 altchoice on a stopped order, form failed',
    'conflicting',
    said('ineffective', trial(why('altchoice'))),
  ],
  [
    'Point 10 never taken, form failed',
    'conflicting',
    said('ineffective', { opioid: statement({ statusReason: [code(sct, '266710000')] }) }),
  ],
  [
    'Point 10 not-taken, form failed',
    'conflicting',
    said('ineffective', { opioid: statement({ status: 'not-taken' }) }),
  ],
  [
    'Point 10 on hold, form failed',
    'conflicting',
    said('inadequate-relief', trial({ status: 'on-hold' })),
  ],
  [
    'Point 10 cancelled, form failed',
    'conflicting',
    said('adverse-effect', trial({ status: 'cancelled' })),
  ],
  ['Outcome table not-started', 'not-documented', trial(ended('not-started'))],
  [
    'Outcome table not-started, form failed',
    'conflicting',
    said('ineffective', trial(ended('not-started'))),
  ],
  ['Outcome table inadequate-relief', 'met', trial(ended('inadequate-relief'))],
  ['Outcome table effective', 'not-met', trial(ended('effective'))],
  [
    'Outcome table adverse-effect, 5 days',
    'met',
    trial({ ...ended('adverse-effect'), dosageInstruction: lasting(5, 1) }),
  ],
  ['R3a.7 sintol, 5 days', 'met', trial({ ...why('sintol'), dosageInstruction: lasting(5, 1) })],
  ['R3a.7 salg', 'met', trial({ ...why('salg'), dosageInstruction: lasting(5, 1) })],
  [
    'R3a.7 182864000',
    'met',
    {
      opioid: statement({
        statusReason: [code(sct, '182864000')],
        effectivePeriod: { start, end: after(5) },
      }),
    },
  ],
  [
    'Outcome table 182864000 but not taken',
    'not-documented',
    { opioid: statement({ status: 'not-taken', statusReason: [code(sct, '182864000')] }) },
  ],
  ['R3a 182872003 too expensive', 'not-documented', trial(snomed('182872003'))],
  ['R3a 182870006 reason unknown', 'not-documented', trial(snomed('182870006'))],
  ['R3a a trial without outcome', 'not-documented', trial(none)],
  [
    'R3a.7 allergy to the opioid taken',
    'met',
    trial({ ...none, dosageInstruction: lasting(5) }, allergy(code(rx, '7804'))),
  ],
  ['R3a.7 allergy to a product of it', 'met', trial(none, allergy(code(rx, '1049621')))],
  [
    'R3a.7 allergy unconfirmed',
    'not-documented',
    trial(
      none,
      allergy(code(rx, '7804'), {
        verificationStatus: status('allergyintolerance-verification', 'unconfirmed'),
      }),
    ),
  ],
  [
    'R3a.7 allergy resolved',
    'not-documented',
    trial(
      none,
      allergy(code(rx, '7804'), {
        clinicalStatus: status('allergyintolerance-clinical', 'resolved'),
      }),
    ),
  ],
  [
    'Point 11 allergy without a taken record',
    'needs-review',
    { opioid: null, add: [allergy(code(rx, '7804'))] },
  ],
  ['Point 11 allergy to another opioid', 'needs-review', trial(none, allergy(code(rx, '7052')))],
  ['R3a no record at all', 'not-documented', { opioid: null }],
  ['Point 10 form failed, no record', 'needs-review', said('ineffective', { opioid: null })],
  [
    'Point 10 form adverse effect, no record',
    'needs-review',
    said('adverse-effect', { opioid: null }),
  ],
  ['Point 10 form effective, no record', 'not-met', said('effective', { opioid: null })],
  ['Point 10 form not started, no record', 'not-met', said('not-started', { opioid: null })],
  ['Point 10 form not started, taken', 'conflicting', said('not-started', trial(none))],
  ['Point 10 form effective, record failed', 'conflicting', said('effective')],
  [
    'Point 10 form failed, record effective',
    'conflicting',
    said('ineffective', trial(ended('effective'))),
  ],
  ['R3a.6c form failed, trial without outcome', 'met', said('ineffective', trial(none))],
  ['R3a.6c form effective, trial without outcome', 'not-met', said('effective', trial(none))],
  [
    'R3a.6c form failed, 20 days',
    'not-met',
    said('ineffective', trial({ ...none, dosageInstruction: lasting(20) })),
  ],
  [
    'R3a.6c form adverse effect, 20 days',
    'met',
    said('adverse-effect', trial({ ...none, dosageInstruction: lasting(20) })),
  ],
  ['R3a.6b fall of 30%', 'not-met', { ...scores(10, 7), pain: pain('2026-02-20', 8) }],
  [
    'R3a.6b fall of 29%',
    'met',
    { ...trial(none, score(-5, 7), score(80, 5)), pain: pain('2026-02-20', 8) },
  ],
  ['R3a.6b score 3 after 4: 25%', 'not-documented', scores(4, 3)],
  ['R3a.6b score 4 after 5', 'met', scores(5, 4)],
  ['R3a.6b scores against statusReason', 'conflicting', scores(10, 7, {})],
  ['R3a form failed, scores 30% down', 'conflicting', said('ineffective', scores(10, 7))],
  ['R3a.6b baseline of 30 days before', 'met', trial(none, score(-30, 8), score(80, 8))],
  ['R3a.6b baseline of 31 days before', 'not-documented', trial(none, score(-31, 8), score(80, 8))],
  ['R3a.6b baseline on the day of start', 'met', trial(none, score(0, 8), score(80, 8))],
  ['R3a.6b baseline the day after start', 'not-documented', trial(none, score(1, 8), score(80, 8))],
  ['R3a.6b last score on day 13', 'not-documented', trial(none, score(-5, 8), score(13, 8))],
  ['R3a.6b last score on day 14', 'met', trial(none, score(-5, 8), score(14, 8))],
  ['R3a.6b last score 14 days after the end', 'met', trial(none, score(-5, 8), score(104, 8))],
  [
    'R3a.6b last score 15 days after the end',
    'not-documented',
    trial(none, score(-5, 8), score(105, 8)),
  ],
  ['R3a.6b PEG mean', 'met', trial(none, score(-5, 8, '91147-9'), score(80, 8, '91147-9'))],
  [
    'R3a.6b two scales are never compared',
    'not-documented',
    trial(none, score(-5, 8), score(80, 8, '91147-9')),
  ],
  ['R3a.6b the last of two', 'not-met', trial(none, score(-5, 8), score(40, 8), score(80, 3))],
  ['Point 13 refills 7 days apart', 'met', two(ordered(0, 14), ordered(21, 35))],
  ['Point 13 refills 8 days apart', 'not-met', two(ordered(0, 14), ordered(22, 36))],
  ['Point 13 average over covered days', 'met', two(ordered(0, 14, 2), ordered(21, 35, 2))],
  ['Point 13 average of 15 and 30 MME', 'met', two(ordered(0, 20, 1), ordered(20, 40, 2))],
  ['Point 13 average too low', 'not-met', two(ordered(0, 30, 1), ordered(30, 36, 2))],
  [
    'Point 13 overlapping orders add up',
    'met',
    {
      ...two({ id: 'one', ...ordered(0, 60, 1) }, { id: 'two', ...ordered(0, 60, 1) }),
      referral: { supportingInfo: [{ reference: 'urn:uuid:one' }, { reference: 'urn:uuid:two' }] },
    },
  ],
  [
    'Point 13 ingredients are judged apart',
    'not-met',
    two({ ...ordered(0, 20) }, { ...product('891881', 4), ...ordered(20, 40) }),
  ],
  [
    'Point 13 two brands of one ingredient join',
    'met',
    two(ordered(0, 20), { ...ordered(20, 40), medicationCodeableConcept: code(rx, '1049621') }),
  ],
  [
    'Point 13 request and statement are not added',
    'not-met',
    {
      opioid: opioid(product('1049683', 1)),
      add: [
        statement({
          dosage: [
            {
              timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
              doseAndRate: [{ doseQuantity: quantity(1) }],
            },
          ],
        }),
      ],
    },
  ],
  [
    'Point 13 the largest kind counts',
    'met',
    { opioid: opioid(product('1049683', 1)), add: [statement()] },
  ],
  [
    'Point 13 active without end',
    'met',
    trial({
      status: 'active',
      dosageInstruction: [dosage('2025-12-01', undefined, 4, quantity(1))],
    }),
  ],
  [
    'Point 13 active without end, 27 days',
    'not-met',
    trial({
      status: 'active',
      authoredOn: daysFrom(-27),
      dosageInstruction: [dosage(daysFrom(-27), undefined, 4, quantity(1))],
    }),
  ],
  [
    'Point 13 active, supply ended long ago',
    'not-met',
    trial({
      status: 'active',
      dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
      dispenseRequest: { expectedSupplyDuration: quantity(14, 'd') },
    }),
  ],
  [
    'Point 13 stopped without end',
    'needs-review',
    trial({ dosageInstruction: [dosage(start, undefined, 4, quantity(1))] }),
  ],
  [
    'Point 13 completed without end, no outcome',
    'not-documented',
    trial({
      status: 'completed',
      ...none,
      dosageInstruction: [dosage(start, undefined, 4, quantity(1))],
    }),
  ],
  [
    '3.8 supply of 14 days with one repeat',
    'met',
    trial({
      dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
      dispenseRequest: { expectedSupplyDuration: quantity(14, 'd'), numberOfRepeatsAllowed: 1 },
    }),
  ],
  [
    '3.8 supply of 13 days with one repeat',
    'not-met',
    trial({
      dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
      dispenseRequest: { expectedSupplyDuration: quantity(13, 'd'), numberOfRepeatsAllowed: 1 },
    }),
  ],
  [
    '3.8 validity period',
    'met',
    trial({
      dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
      dispenseRequest: { validityPeriod: { start, end: after(28) } },
    }),
  ],
  [
    '3.8 bounds before the validity period',
    'not-met',
    trial({
      dosageInstruction: lasting(20),
      dispenseRequest: { validityPeriod: { start, end: after(90) } },
    }),
  ],
  ['Point 14 as needed, at most 15 MME', 'not-met', trial({ dosageInstruction: asNeeded(1) })],
  ['Point 14 as needed, at most 60 MME', 'needs-review', trial({ dosageInstruction: asNeeded(4) })],
  [
    'Point 36 as needed and effective',
    'not-met',
    trial({ dosageInstruction: asNeeded(4), ...ended('effective') }),
  ],
  [
    'Point 36 as needed without outcome',
    'not-documented',
    trial({ dosageInstruction: asNeeded(4), ...none }),
  ],
  [
    'Outcome table as needed, adverse effect',
    'met',
    trial({ dosageInstruction: asNeeded(4), ...ended('adverse-effect') }),
  ],
  ['Point 14 range 15 to 30 MME', 'needs-review', trial({ dosageInstruction: ranged(1, 2) })],
  ['Point 14 range 30 to 45 MME', 'met', trial({ dosageInstruction: ranged(2, 3) })],
  ['Point 14 frequency 1 to 2', 'needs-review', trial({ dosageInstruction: often(1, 2) })],
  ['Point 14 frequency 2 to 4', 'met', trial({ dosageInstruction: often(2, 4) })],
  [
    'Point 16 ended more than five years ago',
    'not-documented',
    trial({
      authoredOn: '2020-06-01',
      dosageInstruction: [dosage('2020-06-01', '2020-12-01', 4, quantity(1))],
    }),
  ],
  [
    'Point 16 within five years',
    'met',
    trial({
      authoredOn: '2021-04-01',
      dosageInstruction: [dosage('2021-04-01', '2021-08-01', 4, quantity(1))],
    }),
  ],
  [
    'Point 2 uncoded, an ingredient named',
    'needs-review',
    trial({ medicationCodeableConcept: { text: 'Oxycodone 10 mg' } }),
  ],
  [
    'Point 2 uncoded, a brand named',
    'needs-review',
    trial({ medicationCodeableConcept: { text: 'percocet' } }),
  ],
  [
    'Point 2 uncoded, something else',
    'not-documented',
    trial({ medicationCodeableConcept: { text: 'vitamin D' } }),
  ],
  [
    '3.7 contained Medication',
    'met',
    trial({
      medicationCodeableConcept: undefined,
      medicationReference: { reference: '#m' },
      contained: [{ ...oxycodone, id: 'm' }],
    }),
  ],
  [
    '3.7 referenced Medication',
    'met',
    trial(
      { medicationCodeableConcept: undefined, medicationReference: { reference: 'urn:uuid:med' } },
      { ...oxycodone, id: 'med' },
    ),
  ],
  [
    'R3a best wins: failed beside too short',
    'met',
    trial({}, opioid({ ...product('891881', 4), dosageInstruction: lasting(10) })),
  ],
  [
    'R3a best wins: not computable beside effective',
    'needs-review',
    trial(product('904880', 1), opioid({ ...product('891881', 4), ...ended('effective') })),
  ],
  [
    'R3a best wins: too short beside no outcome',
    'not-met',
    trial({ dosageInstruction: lasting(10) }, opioid({ ...product('891881', 4), ...none })),
  ],
  [
    'Point 3 of another patient',
    'not-documented',
    trial({ subject: { reference: 'urn:uuid:other' } }),
  ],
  [
    'Two dates: begun after the check',
    'not-documented',
    trial({
      status: 'active',
      authoredOn: '2026-03-10',
      dosageInstruction: [dosage('2026-03-10', '2026-06-10', 4, quantity(1))],
    }),
  ],
  [
    'Point 5 from 2025-01 to 2025-02',
    'needs-review',
    trial({
      authoredOn: '2025-01',
      dosageInstruction: [dosage('2025-01', '2025-02', 4, quantity(1))],
    }),
  ],
  [
    'The form answer is stale',
    'not-documented',
    {
      opioid: trial(none).opioid ?? null,
      form: form(
        { ...screened, 'failed-opioid-therapy': 'ineffective' },
        { authored: daysFrom(-91) },
      ),
    },
  ],
  [
    'R3a.3 dispense completed alone',
    'not-documented',
    {
      opioid: {
        resourceType: 'MedicationDispense',
        status: 'completed',
        subject: patient,
        medicationCodeableConcept: code(rx, '1049683'),
        whenHandedOver: start,
        daysSupply: quantity(30, 'd'),
        quantity: quantity(120),
      } as MedicationDispense,
    },
  ],
  [
    'R3a.3 administration of an injection',
    'not-documented',
    {
      opioid: {
        resourceType: 'MedicationAdministration',
        status: 'completed',
        subject: patient,
        medicationCodeableConcept: code(rx, '1728783'),
        effectiveDateTime: start,
      } as MedicationAdministration,
    },
  ],
])

const taken = (rxcui: string, more: Partial<MedicationRequest> = {}) =>
  medicine(rxcui, start, after(90), 'ineffective', more)
const since = (rxcui: string, days: number, outcome?: string) =>
  medicine(rxcui, start, after(days), outcome)
const others = (...add: FhirResource[]): Parts => ({ add })
const gabapentin = taken('310431')
const duloxetine = '596934'
const ibuprofen = '197806'
const therapy = (
  value: string,
  outcome?: CodeableConcept,
  more: Partial<Procedure> = {},
): Procedure => ({
  resourceType: 'Procedure',
  status: 'completed',
  subject: patient,
  code: code(sct, value),
  performedPeriod: { start, end: after(60) },
  ...(outcome ? { outcome } : {}),
  ...more,
})
const failed = code(outcomes, 'ineffective')

const active = (days: number, supply: number) =>
  trial({
    status: 'active',
    authoredOn: daysFrom(-days),
    dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
    dispenseRequest: { expectedSupplyDuration: quantity(supply, 'd') },
  })
const handed = (day: number): FhirResource => ({
  resourceType: 'MedicationDispense',
  status: 'completed',
  subject: patient,
  medicationCodeableConcept: code(rx, '1049683'),
  whenHandedOver: after(day),
  daysSupply: quantity(14, 'd'),
  dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
})
verdicts(t, 'failed-opioid-therapy', [
  ['Point 13 active, supply ended 7 days before', 'met', active(28, 21)],
  ['Point 13 active, supply ended 8 days before', 'not-met', active(28, 20)],
  [
    'Point 13 dispenses of 14 days, the form says failed',
    'met',
    said('ineffective', { opioid: handed(0), add: [handed(14)] }),
  ],
  ['Point 13 one dispense of 14 days', 'not-met', said('ineffective', { opioid: handed(0) })],
  [
    'Point 13 an active statement without end',
    'met',
    { opioid: statement({ status: 'active', effectivePeriod: { start: '2025-12-01' } }) },
  ],
  ['R3a.3 not taken beside a taken record', 'met', trial({}, statement({ status: 'not-taken' }))],
  [
    'Point 10 form failed, not taken beside a taken record',
    'met',
    said('ineffective', trial({}, statement({ status: 'not-taken' }))),
  ],
  [
    'Point 10 adverse effect and effective',
    'conflicting',
    said('effective', trial(ended('adverse-effect'))),
  ],
  [
    'Point 10 altchoice while active',
    'not-documented',
    trial({ status: 'active', ...why('altchoice') }),
  ],
  [
    'R3a.5 every 6 hours',
    'met',
    trial({
      dosageInstruction: [
        {
          timing: {
            repeat: {
              boundsPeriod: { start, end: after(90) },
              frequency: 1,
              period: 6,
              periodUnit: 'h',
            },
          },
          doseAndRate: [{ doseQuantity: quantity(1) }],
        },
      ],
    }),
  ],
  [
    'R3a.5 once a week',
    'not-met',
    trial({
      dosageInstruction: [
        {
          timing: {
            repeat: {
              boundsPeriod: { start, end: after(90) },
              frequency: 1,
              period: 1,
              periodUnit: 'wk',
            },
          },
          doseAndRate: [{ doseQuantity: quantity(1) }],
        },
      ],
    }),
  ],
  [
    'Point 14 fentanyl patch, dose in {patch}',
    'met',
    trial(product('577057', 1, quantity(1, '{patch}'))),
  ],
  ['Point 14 two patches worn', 'met', trial(product('577057', 1, quantity(2)))],
  [
    'R3a.2 F11 reason by reference',
    'not-documented',
    trial(
      { reasonCode: undefined, reasonReference: [{ reference: 'urn:uuid:why' }] },
      { ...condition(code(icd, 'F11.20')), id: 'why' },
    ),
  ],
  [
    'R3a.7 allergy recorded to a substance of a combination',
    'not-documented',
    trial({ ...product('1049221', 3), ...none }, allergy(code(rx, '161'))),
  ],
  [
    'Point 16 ended five years before to the day',
    'met',
    trial({
      authoredOn: '2020-10-01',
      dosageInstruction: [dosage('2020-10-01', '2021-03-02', 4, quantity(1))],
    }),
  ],
  [
    'Point 16 ended five years and a day before',
    'not-documented',
    trial({
      authoredOn: '2020-10-01',
      dosageInstruction: [dosage('2020-10-01', '2021-03-01', 4, quantity(1))],
    }),
  ],
])

verdicts(t, 'failed-other-therapies', [
  ['R3b none', 'not-documented', {}],
  ['R3b two classes', 'met', others(gabapentin, taken(duloxetine))],
  ['R3b one class', 'not-met', others(gabapentin)],
  ['R3b two NSAIDs are one class', 'not-met', others(taken(ibuprofen), taken('198014'))],
  ['R3b 28 days', 'met', others(gabapentin, since(duloxetine, 28, 'ineffective'))],
  ['R3b 27 days', 'not-met', others(gabapentin, since(duloxetine, 27, 'ineffective'))],
  [
    'R3b intolerance after 5 days',
    'met',
    others(gabapentin, since(duloxetine, 5, 'adverse-effect')),
  ],
  [
    'R3b sintol after 5 days',
    'met',
    others(
      gabapentin,
      medicine(duloxetine, start, after(5), status('medicationrequest-status-reason', 'sintol')),
    ),
  ],
  ['R3b effective', 'not-met', others(gabapentin, since(duloxetine, 90, 'effective'))],
  [
    'Point 17 without outcome only',
    'not-documented',
    others(since(duloxetine, 90), since('310431', 90)),
  ],
  ['Point 17 too short without outcome', 'not-met', others(since(duloxetine, 10))],
  [
    'Point 17 one failed, one without outcome',
    'not-met',
    others(gabapentin, since(duloxetine, 90)),
  ],
  ...[
    ['tca', '317136'],
    ['anticonvulsant lamotrigine', '8'],
    ['muscle relaxant', '828348'],
    ['simple analgesic', '198440'],
    ['topical', '2001434'],
  ]
    .filter(([, rxcui]) => rxcui !== '8')
    .map(
      ([name, rxcui = '']): Row => [`R3b class ${name}`, 'met', others(gabapentin, taken(rxcui))],
    ),
  ['Point 16 diclofenac gel is topical', 'met', others(taken(ibuprofen), taken('855633'))],
  [
    'Point 16 lidocaine and diclofenac gel are one class',
    'not-met',
    others(taken('2001434'), taken('855633')),
  ],
  [
    'Point 16 an opioid combination belongs to no other class',
    'not-met',
    others(gabapentin, taken('857002')),
  ],
  [
    'Point 16 ibuprofen with oxycodone is no NSAID',
    'not-met',
    others(gabapentin, taken('1049589')),
  ],
  [
    'Point 16 ended more than five years ago',
    'not-met',
    others(gabapentin, medicine(duloxetine, '2020-06-01', '2020-12-01', 'ineffective')),
  ],
  [
    'Point 17 reason M54.5',
    'met',
    others(gabapentin, taken(duloxetine, reason(code(icd, 'M54.50')))),
  ],
  ['Point 17 reason R52', 'met', others(gabapentin, taken(duloxetine, reason(code(icd, 'R52'))))],
  [
    'Point 17 reason M25.561',
    'met',
    others(gabapentin, taken(duloxetine, reason(code(icd, 'M25.561')))),
  ],
  [
    'Point 17 reason G89.18',
    'not-met',
    others(gabapentin, taken(duloxetine, reason(code(icd, 'G89.18')))),
  ],
  [
    'Point 17 reason depression',
    'not-met',
    others(gabapentin, taken(duloxetine, reason(code(icd, 'F32.1')))),
  ],
  [
    'Point 17 reason epilepsy alone',
    'not-documented',
    others(taken('310431', reason(code(icd, 'G40.909')))),
  ],
  ['Point 17 no reason', 'met', others(gabapentin, taken(duloxetine, { reasonCode: undefined }))],
  [
    'Point 17 an underlying disease as reason',
    'met',
    others(gabapentin, taken(duloxetine, reason(code(icd, 'E11.42')))),
  ],
  ['Point 17 not taken', 'not-met', others(gabapentin, taken(duloxetine, { status: 'cancelled' }))],
  [
    'Point 17 altchoice',
    'not-met',
    others(
      gabapentin,
      medicine(
        duloxetine,
        start,
        after(90),
        status('medicationrequest-status-reason', 'altchoice'),
      ),
    ),
  ],
  [
    'Point 17 outcome by scores',
    'met',
    others(gabapentin, since(duloxetine, 90), score(-5, 8), score(80, 8)),
  ],
  [
    'Point 36 sources that disagree about the second',
    'conflicting',
    others(gabapentin, taken(duloxetine), score(-5, 10), score(80, 2)),
  ],
  [
    'Point 11 allergy without a taken record',
    'not-met',
    others(gabapentin, allergy(code(rx, '72625'))),
  ],
  [
    'Point 11 allergy to a class that was taken',
    'met',
    others(gabapentin, since(duloxetine, 5), allergy(code(rx, '72625'))),
  ],
  [
    'Point 17 an uncoded second class',
    'needs-review',
    others(gabapentin, taken('', { medicationCodeableConcept: { text: 'Duloxetine' } })),
  ],
  [
    'Point 17 an uncoded medicine of the same class',
    'not-met',
    others(gabapentin, taken('', { medicationCodeableConcept: { text: 'pregabalin' } })),
  ],
  [
    'Point 2 an uncoded medicine of no class',
    'not-met',
    others(gabapentin, taken('', { medicationCodeableConcept: { text: 'vitamin D' } })),
  ],
  ['R3b physical therapy', 'met', others(gabapentin, therapy('91251008', failed))],
  [
    'Point 17 physical and psychological therapy are one class',
    'not-met',
    others(therapy('91251008', failed), therapy('228557008', failed)),
  ],
  [
    'R3b physical therapy of 27 days',
    'not-met',
    others(gabapentin, therapy('91251008', failed, { performedPeriod: { start, end: after(27) } })),
  ],
  ['R3b physical therapy without outcome', 'not-met', others(gabapentin, therapy('91251008'))],
  [
    'Point 13 refills join',
    'met',
    others(
      gabapentin,
      medicine(duloxetine, start, after(14), 'ineffective'),
      medicine(duloxetine, after(21), after(35), 'ineffective'),
    ),
  ],
  [
    '3.1 entered in error',
    'not-met',
    others(gabapentin, taken(duloxetine, { status: 'entered-in-error' })),
  ],
  [
    'R3b a statement',
    'met',
    others(gabapentin, statement({ medicationCodeableConcept: code(rx, duloxetine) })),
  ],
  [
    'Point 3 of another patient',
    'not-met',
    others(gabapentin, taken(duloxetine, { subject: { reference: 'urn:uuid:other' } })),
  ],
])

const hip = code(sct, '307814001')
const surgical = [code(sct, '387713003')]
const order = (day: number | undefined, more: Partial<ServiceRequest> = {}): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id: 'operation',
  status: 'active',
  intent: 'order',
  code: hip,
  subject: patient,
  ...(day === undefined ? {} : { occurrenceDateTime: daysFrom(day) }),
  ...more,
})
const booked = (day: number, more: Partial<Appointment> = {}): Appointment => ({
  resourceType: 'Appointment',
  status: 'booked',
  start: `${daysFrom(day)}T09:00:00Z`,
  participant: [{ actor: patient, status: 'accepted' }],
  ...more,
})
const prepared = (day: number | undefined, more: Partial<Procedure> = {}): Procedure => ({
  resourceType: 'Procedure',
  status: 'preparation',
  subject: patient,
  code: hip,
  ...(day === undefined ? {} : { performedDateTime: daysFrom(day) }),
  ...more,
})
const answer = (value: string, ...add: FhirResource[]): Parts => ({
  answers: { 'planned-surgery': value },
  add,
})

verdicts(t, 'planned-surgery', [
  ['R3c answer Y', 'met', answer('Y')],
  ['R3c answer N', 'not-met', answer('N')],
  ['R3c answer unknown', 'not-documented', answer('UNK')],
  ['R3c no answer', 'not-documented', answer('')],
  ['R3c an order', 'met', answer('', order(30))],
  ['R3c an order and Y', 'met', answer('Y', order(30))],
  ['R3c an order and N', 'conflicting', answer('N', order(30))],
  ['R3c on the day of the referral', 'met', answer('', order(0))],
  ['R3c the day before the referral', 'not-documented', answer('', order(-1))],
  ['R3c 180 days', 'met', answer('', order(180))],
  ['R3c 181 days', 'not-documented', answer('', order(181))],
  ['Point 18 too far off and N', 'not-met', answer('N', order(181))],
  ['R3c intent plan', 'met', answer('', order(30, { intent: 'plan' }))],
  ['R3c intent proposal', 'not-documented', answer('', order(30, { intent: 'proposal' }))],
  ...(['completed', 'revoked', 'on-hold', 'draft', 'entered-in-error'] as const).map(
    (each): Row => [`R3c order ${each}`, 'not-documented', answer('', order(30, { status: each }))],
  ),
  [
    'Point 18 surgical category',
    'met',
    answer('', order(30, { code: { text: 'Repair' }, category: surgical })),
  ],
  [
    'Point 18 another service',
    'not-documented',
    answer('', order(30, { code: code(sct, '91251008') })),
  ],
  [
    'Point 18 text that names surgery',
    'needs-review',
    answer('', order(30, { code: { text: 'Spine surgery' } })),
  ],
  ['Point 18 an undated order', 'needs-review', answer('', order(undefined))],
  ['Point 36 an undated order and N', 'needs-review', answer('N', order(undefined))],
  ['Point 36 an undated order and Y', 'needs-review', answer('Y', order(undefined))],
  [
    'Point 18 an occurrence period',
    'met',
    answer('', order(undefined, { occurrencePeriod: { start: daysFrom(20), end: daysFrom(21) } })),
  ],
  [
    'Point 18 an appointment on an order',
    'met',
    answer('', booked(30, { basedOn: [{ reference: 'urn:uuid:operation' }] }), order(undefined)),
  ],
  [
    'Point 18 an appointment whose type names surgery',
    'met',
    answer('', booked(30, { serviceType: [{ text: 'Orthopaedic surgery' }] })),
  ],
  [
    'Point 18 an appointment for something else',
    'not-documented',
    answer('', booked(30, { serviceType: [{ text: 'Dietitian' }] })),
  ],
  [
    'R3c an appointment that is only proposed',
    'not-documented',
    answer('', booked(30, { status: 'proposed', serviceType: [{ text: 'Surgery' }] })),
  ],
  [
    'Point 18 an appointment after 181 days',
    'not-documented',
    answer('', booked(181, { serviceType: [{ text: 'Surgery' }] })),
  ],
  [
    'Point 18 an appointment and N',
    'conflicting',
    answer('N', booked(30, { appointmentType: { text: 'Surgery' } })),
  ],
  ['R3c a procedure in preparation', 'met', answer('', prepared(30))],
  [
    'R3c a procedure by category',
    'met',
    answer('', prepared(30, { code: { text: 'x' }, category: surgical[0] as CodeableConcept })),
  ],
  [
    'R3c a procedure completed',
    'not-documented',
    answer('', prepared(30, { status: 'completed' })),
  ],
  ['Point 36 an undated procedure', 'needs-review', answer('N', prepared(undefined))],
  [
    'Point 36 a stale Y',
    'not-documented',
    { form: form({ ...screened, 'planned-surgery': 'Y' }, { authored: daysFrom(-91) }) },
  ],
  [
    'Point 22 the newest answer',
    'met',
    answer('N', form({ 'planned-surgery': 'Y' }, { authored: '2026-03-01' })),
  ],
  [
    'Point 3 of another patient',
    'not-documented',
    answer('', order(30, { subject: { reference: 'urn:uuid:other' } })),
  ],
  [
    'Two dates: ordered after the check',
    'not-documented',
    answer('', order(30, { authoredOn: '2026-03-10' })),
  ],
  [
    'Point 5 in 2026-08',
    'needs-review',
    answer('', order(undefined, { occurrenceDateTime: '2026-08' })),
  ],
  ['Point 5 in 2026-07', 'met', answer('', order(undefined, { occurrenceDateTime: '2026-07' }))],
])

verdicts(t, 'treatment-failure-or-surgery', [
  ['R3 any met', 'met', { ...trial(none), answers: { 'planned-surgery': 'Y' } }],
  [
    'R3 conflicting before needs-review',
    'conflicting',
    { opioid: opioid(product('904880', 1)), ...answer('N', order(30)) },
  ],
  [
    'R3 needs-review before not-met',
    'needs-review',
    { opioid: opioid(product('904880', 1)), ...answer('N', gabapentin) },
  ],
  ['R3 not-met by R3a', 'not-met', trial({ dosageInstruction: lasting(10) })],
  ['R3 not-met by R3b', 'not-met', { opioid: null, add: [gabapentin] }],
  ['R3 not-met of R3c alone decides nothing', 'not-documented', { opioid: null }],
  ['R3 nothing at all', 'not-documented', { opioid: null, ...answer('') }],
])

const overall: readonly (readonly [string, string, Parts])[] = [
  ['ready', 'ready', {}],
  ['Y to an absolute one', 'contraindicated', { answers: { psychosis: 'Y' } }],
  ['Y to a relative one', 'clinician-review', { answers: { glaucoma: 'Y' } }],
  [
    'absolute before not eligible',
    'contraindicated',
    { condition: null, answers: { psychosis: 'Y' } },
  ],
  ['R1 not met', 'not-eligible', { condition: condition(code(icd, 'R52')) }],
  [
    'R1 not met before review',
    'not-eligible',
    { condition: condition(code(icd, 'R52')), answers: { glaucoma: 'Y' } },
  ],
  ['R3 not met', 'not-eligible', trial({ dosageInstruction: lasting(10) })],
  [
    'conflict before missing',
    'clinician-review',
    { pain: null, add: [condition(code(icd, 'H40.1110'))] },
  ],
  ['R4 missing', 'incomplete', { pain: null }],
  ['parts of R3 do not count by themselves', 'ready', { answers: { 'planned-surgery': 'UNK' } }],
  ['a conflict in a part only', 'ready', answer('N', order(30))],
]
for (const [title, expected, parts] of overall)
  t.test(`Section 2, overall: ${title}: ${expected}`, async (t) => {
    t.equal(screenParts(parts).overall, expected)
  })

verdicts(t, 'failed-opioid-therapy', [
  [
    'R3a.6b another scale of 0 to 10',
    'not-documented',
    trial(none, score(-5, 8, '75893-8'), score(80, 8, '75893-8')),
  ],
  [
    'R3a.6b a preliminary score',
    'not-documented',
    trial(none, score(-5, 8), { ...score(80, 8), status: 'preliminary' }),
  ],
  [
    'R3a.6b an active order, score on the check date',
    'met',
    {
      opioid: opioid({
        status: 'active',
        ...none,
        dosageInstruction: [dosage('2025-12-01', undefined, 4, quantity(1))],
      }),
      pain: pain('2025-11-25', 8),
      add: [pain('2026-03-09', 8)],
    },
  ],
  [
    'R3a.7 sintol on hold, never released',
    'not-documented',
    trial({ status: 'on-hold', ...why('sintol') }),
  ],
  ['R3a.7 sintol, completed', 'met', trial({ status: 'completed', ...why('sintol') })],
  [
    'Outcome table sintol as text is no code',
    'not-documented',
    trial({ statusReason: { text: 'sintol' } }),
  ],
  [
    'Outcome table the system must be the same',
    'not-documented',
    trial({ statusReason: code('urn:x', 'ineffective') }),
  ],
  [
    'R3a.1 antidiarrhoeals are not in the list',
    'not-documented',
    trial({
      medicationCodeableConcept: code(rx, '978006', 'loperamide hydrochloride 2 MG Oral Tablet'),
    }),
  ],
  [
    'R3a.1 naltrexone is not in the list',
    'not-documented',
    trial({
      medicationCodeableConcept: code(rx, '1483744', 'naltrexone hydrochloride 50 MG Oral Tablet'),
    }),
  ],
  [
    'The form: Y is no treatment outcome',
    'not-documented',
    {
      opioid: null,
      form: form(
        {},
        {
          item: [
            {
              linkId: 'failed-opioid-therapy',
              answer: [
                {
                  valueCoding: {
                    system: 'http://terminology.hl7.org/CodeSystem/v2-0532',
                    code: 'Y',
                  },
                },
              ],
            },
          ],
        },
      ),
    },
  ],
  [
    'Point 13 three orders join over gaps',
    'met',
    { opioid: opioid(ordered(0, 10)), add: [opioid(ordered(17, 27)), opioid(ordered(34, 44))] },
  ],
  ['Point 13 a long order over a short one', 'met', two(ordered(0, 60), ordered(10, 14))],
  [
    'Point 13 outcome of one of the joined orders',
    'met',
    two({ ...ordered(0, 20), ...none }, ordered(20, 40)),
  ],
  [
    'Point 13 an effective order before the failed one',
    'conflicting',
    two({ ...ordered(0, 20), ...ended('effective') }, ordered(20, 40)),
  ],
  [
    'Point 13 two trials far apart, the best wins',
    'met',
    two({ ...ordered(-300, -290) }, ordered(0, 40)),
  ],
  [
    'R3a.5 buprenorphine patch too short',
    'not-met',
    trial({ ...product('904880', 1), dosageInstruction: lasting(20, 1) }),
  ],
  [
    'Point 36 an order ends with its validity period',
    'not-met',
    trial({
      status: 'active',
      authoredOn: start,
      dosageInstruction: [dosage(undefined, undefined, 4, quantity(1))],
      dispenseRequest: { validityPeriod: { start, end: after(14) } },
    }),
  ],
])
verdicts(t, 'failed-other-therapies', [
  [
    'Point 10 altchoice leaves the class untaken',
    'not-documented',
    others(
      medicine(
        duloxetine,
        start,
        after(90),
        status('medicationrequest-status-reason', 'altchoice'),
      ),
    ),
  ],
  ['R3b an opioid is no other therapy', 'not-documented', others(taken('891881'))],
  [
    'R3b three classes, one effective',
    'met',
    others(gabapentin, taken('317136'), since(duloxetine, 90, 'effective')),
  ],
  [
    'Point 36 two failed, a third in conflict',
    'met',
    others(
      gabapentin,
      taken('317136'),
      since(duloxetine, 90, 'effective'),
      since(duloxetine, 90, 'ineffective'),
    ),
  ],
  ['R3b class by ingredient', 'met', others(gabapentin, taken('72625'))],
  ['R3b two gabapentinoids are one class', 'not-met', others(gabapentin, taken('187832'))],
  [
    'Point 14 dose is not asked of other classes',
    'met',
    others(
      gabapentin,
      taken(duloxetine, {
        dosageInstruction: [{ timing: { repeat: { boundsPeriod: { start, end: after(60) } } } }],
      }),
    ),
  ],
  [
    'Point 13 unknown length',
    'needs-review',
    others(
      gabapentin,
      taken(duloxetine, { dosageInstruction: [dosage(start, undefined, 1, quantity(1))] }),
    ),
  ],
])
