/**
 * What the published screening form asks, and what is asked for a reading, word for word as it stands in
 * schemas/ and in domain/screening/readings.ts.
 */

export const enScreeningForm = {
  'form.text.contraindications':
    'Contraindications. "No" means asked and absent, or present and well controlled.',
  'form.text.cardiovascular-disease':
    'Does the patient have poorly controlled cardiovascular disease?',
  'form.text.liver-disease': 'Does the patient have severe liver disease?',
  'form.text.psychosis': 'Does the patient have a poorly controlled psychosis?',
  'form.text.substance-use': 'Does the patient have an active substance use disorder?',
  'form.text.intracranial-pressure': 'Does the patient have raised intracranial pressure?',
  'form.text.glaucoma': 'Does the patient have glaucoma or raised eye pressure?',
  'form.text.pregnancy': 'Is the patient pregnant?',
  'form.text.ketamine-hypersensitivity': 'Is the patient allergic to ketamine or esketamine?',
  'form.text.detail': 'Remarks',
  'form.text.treatment': 'Prior treatment and surgery',
  'form.text.failed-opioid-therapy': 'What became of opioid therapy?',
  'form.text.planned-surgery': 'Is an operation planned within 180 days?',
  'form.text.planned-surgery-date': 'Date of the operation',
  'form.text.pain-score': 'Pain score, on a scale of 0 to 10',
  'form.text.systolic': 'Systolic blood pressure, in mmHg',
  'form.text.diastolic': 'Diastolic blood pressure, in mmHg',
  'form.text.taken-on': 'Taken on',
  'form.answer.Y': 'Yes',
  'form.answer.N': 'No',
  'form.answer.UNK': 'Unknown',
  'form.answer.ineffective': 'Ineffective',
  'form.answer.inadequate-relief': 'Inadequate relief',
  'form.answer.adverse-effect': 'Adverse effect',
  'form.answer.effective': 'Effective',
  'form.answer.not-started': 'Not started',
} as const
