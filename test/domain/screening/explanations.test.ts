/** What a physician reads, word for word. */

import t from 'tap'
import type { CriterionId } from '../../../src/domain/screening/policy.ts'
import {
  allergy,
  bloodPressure,
  clinical,
  code,
  condition,
  dosage,
  form,
  found,
  icd,
  lnc,
  measured,
  medicine,
  observation,
  opioid,
  type Parts,
  pain,
  quantity,
  rx,
  screened,
  sct,
  verification,
} from './build.ts'

const rows: readonly (readonly [CriterionId, Parts, string, number])[] = [
  ['qualifying-condition', {}, 'Complex regional pain syndrome I of right upper limb.', 0],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'G60.3')) },
    'Idiopathic progressive neuropathy with pain 8 of 10 on 2026-02-20.',
    0,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'G60.3')), pain: pain('2026-02-20', 3) },
    'Idiopathic progressive neuropathy is on file, but no pain with it: the newest pain score is 3 of 10 on 2026-02-20.',
    2,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'G60.3')), pain: null },
    'Idiopathic progressive neuropathy is on file, but no pain with it: there is no pain score.',
    2,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'M79.7'), verification('provisional')) },
    'Fibromyalgia: not confirmed.',
    1,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'G90.5', 'CRPS I')) },
    'CRPS I: the code is a category and leaves open which condition is meant.',
    1,
  ],
  [
    'qualifying-condition',
    { condition: condition({ text: 'back pain' }) },
    'Only in words: back pain. A clinician must read it.',
    1,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'M79.7'), clinical('resolved')) },
    'Fibromyalgia is on file, but over.',
    0,
  ],
  [
    'qualifying-condition',
    { condition: condition(code(icd, 'R52')) },
    'Pain, unspecified is on file, which does not qualify by itself.',
    0,
  ],
  ['qualifying-condition', { condition: null }, 'No pain condition is on file.', 1],
  ['chronicity', {}, 'Complex regional pain syndrome I of right upper limb since 2023-12-03.', 0],
  [
    'chronicity',
    { condition: condition({ text: 'back pain' }) },
    'back pain since 2024-01-10, but not by a code that says what it is.',
    1,
  ],
  [
    'chronicity',
    { condition: condition(code(icd, 'G89.29'), { onsetDateTime: undefined }) },
    'Other chronic pain has no date, only its name says chronic.',
    1,
  ],
  [
    'chronicity',
    { condition: condition(code(icd, 'G90.511'), { onsetDateTime: '2026-02-01' }) },
    'Complex regional pain syndrome I of right upper limb since 2026-02-01, less than 90 days before the referral.',
    0,
  ],
  [
    'chronicity',
    { condition: condition(code(icd, 'G90.511'), { onsetDateTime: undefined }) },
    'Complex regional pain syndrome I of right upper limb has no onset and no recorded date.',
    1,
  ],
  ['chronicity', { condition: null }, 'No pain condition is on file.', 1],
  [
    'failed-opioid-therapy',
    {},
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), which failed.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { add: [pain('2025-01-21', 8), pain('2025-04-06', 7)] },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), which failed; pain 8 to 7.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { answers: { 'failed-opioid-therapy': 'not-started' } },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), but the form says it was never started.',
    1,
  ],
  [
    'failed-opioid-therapy',
    { answers: { 'failed-opioid-therapy': 'effective' } },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days): one source says that it failed, another that it helped.',
    1,
  ],
  [
    'failed-opioid-therapy',
    { opioid: medicine('1049683', '2025-01-26', '2025-02-05', 'ineffective') },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-02-05 (10 days): shorter than 28 days.',
    0,
  ],
  [
    'failed-opioid-therapy',
    {
      opioid: medicine('835603', '2025-01-26', '2025-04-26', 'ineffective', {
        dosageInstruction: [dosage('2025-01-26', '2025-04-26', 1, quantity(1))],
      }),
    },
    'Tramadol 10 MME/day from 2025-01-26 to 2025-04-26 (90 days): below 20 MME/day on average.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { opioid: medicine('1049683', '2025-01-26', '2025-02-05', 'adverse-effect') },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-02-05 (10 days), not tolerated.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { opioid: opioid({ statusReason: undefined }) },
    'Oxycodone 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), without an outcome.',
    2,
  ],
  [
    'failed-opioid-therapy',
    { opioid: medicine('904870', '2025-01-26', '2025-04-26', 'ineffective') },
    'Buprenorphine from 2025-01-26 to 2025-04-26 (90 days), failed, but there is no morphine equivalent for it: whether the dose was adequate is for a clinician.',
    0,
  ],
  [
    'failed-opioid-therapy',
    {
      opioid: opioid({
        dosageInstruction: [
          { ...dosage('2025-01-26', '2025-04-26', 4, quantity(1)), asNeededBoolean: true },
        ],
      }),
    },
    'Oxycodone up to 60 MME/day from 2025-01-26 to 2025-04-26 (90 days), failed, but the dose is not certain to reach 20 MME/day.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { opioid: medicine('1049683', '2025-01-26', undefined, 'ineffective') },
    'Oxycodone 60 MME/day from 2025-01-26, failed, but for how long it was taken is not known.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { opioid: opioid({ medicationCodeableConcept: { text: 'Percocet' } }) },
    'An opioid is on file only in words ("Percocet"): a clinician must read it.',
    1,
  ],
  [
    'failed-opioid-therapy',
    { opioid: null, add: [allergy(code(rx, '7804', 'oxycodone'))] },
    'An allergy or intolerance to oxycodone is on file, but no record that it was taken.',
    2,
  ],
  [
    'failed-opioid-therapy',
    { opioid: null },
    'No opioid trial is on file, and the form does not say.',
    2,
  ],
  [
    'failed-opioid-therapy',
    { opioid: null, answers: { 'failed-opioid-therapy': 'ineffective' } },
    'The form of 2026-02-27 says that opioid therapy failed, but no opioid that counts as a trial is on file.',
    2,
  ],
  [
    'failed-opioid-therapy',
    {
      opioid: opioid({ status: 'cancelled' }),
      answers: { 'failed-opioid-therapy': 'ineffective' },
    },
    'The form of 2026-02-27 says that opioid therapy failed, but the only record says that oxycodone was not taken.',
    1,
  ],
  [
    'failed-opioid-therapy',
    { opioid: null, answers: { 'failed-opioid-therapy': 'effective' } },
    'The form of 2026-02-27 says that opioid therapy was effective.',
    0,
  ],
  [
    'failed-opioid-therapy',
    { opioid: opioid({ status: 'cancelled' }) },
    'No opioid trial is on file, only a record that one was not taken, and the form does not say.',
    2,
  ],
  [
    'failed-opioid-therapy',
    {
      opioid: opioid({
        dosageInstruction: [
          {
            ...dosage('2025-01-26', '2025-04-26', 1, quantity(1)),
            doseAndRate: [{ doseRange: { low: quantity(1), high: quantity(2) } }],
          },
        ],
      }),
    },
    'Oxycodone 15 to 30 MME/day from 2025-01-26 to 2025-04-26 (90 days), failed, but the dose is not certain to reach 20 MME/day.',
    0,
  ],
  ['failed-other-therapies', {}, 'No other treatment is on file.', 1],
  [
    'failed-other-therapies',
    {
      add: [
        medicine('310431', '2025-05-06', '2025-08-14', 'ineffective'),
        medicine('596934', '2025-08-24', '2025-11-22', 'adverse-effect'),
      ],
    },
    '2 classes failed: gabapentin (gabapentinoid) from 2025-05-06 to 2025-08-14 (100 days), failed; duloxetine (snri) from 2025-08-24 to 2025-11-22 (90 days), not tolerated.',
    0,
  ],
  [
    'failed-other-therapies',
    {
      add: [
        medicine('310431', '2025-05-06', '2025-05-14', 'ineffective'),
        medicine('596934', '2025-08-24', '2025-11-22', 'effective'),
      ],
    },
    '0 of 2 classes failed: gabapentin (gabapentinoid) from 2025-05-06 to 2025-05-14 (8 days), too short; duloxetine (snri) from 2025-08-24 to 2025-11-22 (90 days), effective.',
    0,
  ],
  [
    'failed-other-therapies',
    { add: [medicine('310431', '2025-05-06', '2025-08-14')] },
    'Without an outcome: gabapentin (gabapentinoid) from 2025-05-06 to 2025-08-14 (100 days), no outcome on file.',
    1,
  ],
  [
    'failed-other-therapies',
    {
      add: [
        medicine('310431', '2025-05-06', '2025-08-14', 'ineffective'),
        medicine('', '2025-08-24', '2025-11-22', undefined, {
          medicationCodeableConcept: { text: 'duloxetine' },
        }),
      ],
    },
    'Another class may have failed, which a clinician must judge: gabapentin (gabapentinoid) from 2025-05-06 to 2025-08-14 (100 days), failed; duloxetine (snri) from 2025-08-24 to 2025-11-22 (90 days), known only by its words.',
    1,
  ],
  ['planned-surgery', {}, 'The form of 2026-02-27 says that no operation is planned.', 0],
  [
    'planned-surgery',
    { answers: { 'planned-surgery': 'Y' } },
    'The form of 2026-02-27 says that an operation is planned.',
    0,
  ],
  [
    'planned-surgery',
    { answers: { 'planned-surgery': '' } },
    'No order for an operation is on file, and nobody has answered whether one is planned.',
    1,
  ],
  [
    'cardiovascular-disease',
    {},
    'The form of 2026-02-27 says no to poorly controlled cardiovascular disease. Blood pressure 124/78 mmHg on 2026-02-20.',
    0,
  ],
  [
    'cardiovascular-disease',
    { bloodPressure: null },
    'The form of 2026-02-27 says no to poorly controlled cardiovascular disease. There is no usable blood pressure of the last 90 days before the referral.',
    1,
  ],
  [
    'cardiovascular-disease',
    { answers: { 'cardiovascular-disease': '' } },
    'Nobody has answered whether the patient has poorly controlled cardiovascular disease.',
    1,
  ],
  [
    'cardiovascular-disease',
    { answers: { 'cardiovascular-disease': 'UNK' } },
    'The form of 2026-02-27 leaves open whether the patient has poorly controlled cardiovascular disease.',
    1,
  ],
  [
    'cardiovascular-disease',
    { answers: { 'cardiovascular-disease': 'Y' } },
    'The form of 2026-02-27 says yes to poorly controlled cardiovascular disease.',
    0,
  ],
  [
    'cardiovascular-disease',
    { add: [condition(code(icd, 'I25.2'))] },
    'The form of 2026-02-27 says no to poorly controlled cardiovascular disease. Blood pressure 124/78 mmHg on 2026-02-20. Known: Old myocardial infarction (since 2024-01-10).',
    0,
  ],
  [
    'cardiovascular-disease',
    { bloodPressure: bloodPressure('2026-02-20', 150, 85) },
    'The record shows a blood pressure of 150/85 mmHg on 2026-02-20; the form of 2026-02-27 says no to poorly controlled cardiovascular disease. A clinician must judge it.',
    0,
  ],
  [
    'cardiovascular-disease',
    { add: [condition(code(icd, 'I21.4'), { onsetDateTime: '2026-01-02' })] },
    'The record shows Non-ST elevation (NSTEMI) myocardial infarction (since 2026-01-02), but the form of 2026-02-27 says no to poorly controlled cardiovascular disease.',
    1,
  ],
  [
    'cardiovascular-disease',
    {
      add: [
        condition(code(icd, 'I21.4'), { ...clinical('resolved'), onsetDateTime: '2026-01-02' }),
      ],
    },
    'The record shows Non-ST elevation (NSTEMI) myocardial infarction (since 2026-01-02, over); the form of 2026-02-27 says no to poorly controlled cardiovascular disease. A clinician must judge it.',
    0,
  ],
  [
    'cardiovascular-disease',
    { add: [condition({ text: 'CHF' })] },
    'The record shows "CHF", which names CHF; the form of 2026-02-27 says no to poorly controlled cardiovascular disease. A clinician must judge it.',
    0,
  ],
  [
    'cardiovascular-disease',
    { add: [condition(code(sct, '1'))] },
    'The record shows a condition that nothing identifies; the form of 2026-02-27 says no to poorly controlled cardiovascular disease. A clinician must judge it.',
    0,
  ],
  [
    'cardiovascular-disease',
    { referral: { reasonCode: [code(icd, 'I21.4')] } },
    'The record shows Non-ST elevation (NSTEMI) myocardial infarction as a reason for the referral, but the form of 2026-02-27 says no to poorly controlled cardiovascular disease.',
    1,
  ],
  [
    'cardiovascular-disease',
    { bloodPressure: measured('8480-6', '2026-02-20', 170, 'mm[Hg]') },
    'The record shows a blood pressure of 170/– mmHg on 2026-02-20, but the form of 2026-02-27 says no to poorly controlled cardiovascular disease.',
    1,
  ],
  [
    'liver-disease',
    { add: [condition(code(icd, 'K76.0'))] },
    'Fatty (change of) liver, not elsewhere classified (since 2024-01-10); ALT and AST of the last 180 days before the referral, with a unit, are not on file.',
    2,
  ],
  [
    'liver-disease',
    {
      add: [
        condition(code(icd, 'K76.0')),
        measured('1742-6', '2026-01-15', 52, 'U/L'),
        measured('1920-8', '2026-01-15', 44, 'U/L'),
      ],
    },
    'Fatty (change of) liver, not elsewhere classified (since 2024-01-10), with ALT 52 U/L on 2026-01-15 and AST 44 U/L on 2026-01-15. The form of 2026-02-27 says no to severe liver disease.',
    0,
  ],
  [
    'liver-disease',
    { add: [measured('1742-6', '2026-01-15', 250.456, 'U/L')] },
    'The record shows ALT 250.46 U/L on 2026-01-15, but the form of 2026-02-27 says no to severe liver disease.',
    1,
  ],
  [
    'liver-disease',
    { add: [measured('1742-6', '2026-01-15', 250)] },
    'The record shows ALT 250 without a usable unit; the form of 2026-02-27 says no to severe liver disease. A clinician must judge it.',
    0,
  ],
  [
    'liver-disease',
    { add: [observation({ text: 'Child-Pugh class' }, '2026-01-15', { valueString: 'C' })] },
    'The record shows Child-Pugh class C on 2026-01-15, but the form of 2026-02-27 says no to severe liver disease.',
    1,
  ],
  [
    'substance-use',
    { add: [observation(code(lnc, '3397-7'), '2026-02-20', { valueString: 'Positive' })] },
    'The record shows a positive urine screen (Cocaine [Presence] in Urine) on 2026-02-20; the form of 2026-02-27 says no to an active substance use disorder. A clinician must judge it.',
    0,
  ],
  [
    'substance-use',
    { add: [medicine('1010604', '2025-10-01', undefined, undefined, { status: 'active' })] },
    'The record shows a medicine for opioid use disorder that is running (buprenorphine 8 MG / naloxone 2 MG Sublingual Film); the form of 2026-02-27 says no to an active substance use disorder. A clinician must judge it.',
    0,
  ],
  [
    'substance-use',
    { add: [measured('75624-7', '2026-02-20', 17)] },
    'The record shows AUDIT 17 on 2026-02-20; the form of 2026-02-27 says no to an active substance use disorder. A clinician must judge it.',
    0,
  ],
  [
    'glaucoma',
    { add: [measured('79892-6', '2026-02-20', 25, 'mm[Hg]')] },
    'The record shows a pressure in the right eye of 25 mmHg on 2026-02-20; the form of 2026-02-27 says no to glaucoma or raised eye pressure. A clinician must judge it.',
    0,
  ],
  [
    'glaucoma',
    {
      form: form({ ...screened, glaucoma: '' }),
      add: [form({ glaucoma: 'Y' }, { authored: '2025-10-01' })],
    },
    'The record shows a yes on a form of 2025-10-01 that is stale or unfinished. Nobody has answered whether the patient has glaucoma or raised eye pressure.',
    1,
  ],
  ['pregnancy', { patient: { gender: 'male' } }, 'Not applicable: the patient is male.', 0],
  [
    'pregnancy',
    { patient: { birthDate: '1960-01-01' } },
    'Not applicable: the patient was 66 at the referral.',
    0,
  ],
  [
    'pregnancy',
    { add: [condition(code(icd, 'Z90.710'))] },
    'Not applicable: acquired absence of both cervix and uterus.',
    0,
  ],
  [
    'pregnancy',
    { patient: { gender: 'male' }, answers: { pregnancy: 'Y' } },
    'Not applicable (the patient is male), but the form of 2026-02-27 says yes to pregnancy.',
    0,
  ],
  [
    'pregnancy',
    { add: [observation(code(lnc, '2106-3'), '2026-02-20', { valueString: 'Positive' })] },
    'The record shows a positive pregnancy test on 2026-02-20, but the form of 2026-02-27 says no to pregnancy.',
    1,
  ],
  [
    'ketamine-hypersensitivity',
    { add: [allergy(code(rx, '6130'))] },
    'The record shows an allergy to Ketamine, but the form of 2026-02-27 says no to an allergy to ketamine or esketamine.',
    1,
  ],
  [
    'ketamine-hypersensitivity',
    { answers: { 'ketamine-hypersensitivity': '' }, add: [allergy(code(sct, '716186003'))] },
    'No known allergy (undated) stands for the answer no. Nothing in the record speaks against it.',
    0,
  ],
]

for (const [id, parts, explanation, needs] of rows)
  t.test(`${id}: ${explanation}`, async (t) => {
    const finding = found(parts, id)
    t.equal(finding.explanation, explanation)
    t.equal(finding.needed.length, needs, 'as many things asked for')
  })
