/** What the published screening form asks, and what is asked for a reading, in Spanish. */

import type { enScreeningForm } from './en-screening-form.ts'
import type { Translation } from './translation.ts'

export const esScreeningForm: Translation<typeof enScreeningForm> = {
  'form.text.contraindications':
    'Contraindicaciones. «No» significa que se preguntó y está ausente, o que está presente y bien controlada.',
  'form.text.cardiovascular-disease':
    '¿Tiene el paciente una enfermedad cardiovascular mal controlada?',
  'form.text.liver-disease': '¿Tiene el paciente una enfermedad hepática grave?',
  'form.text.psychosis': '¿Tiene el paciente una psicosis mal controlada?',
  'form.text.substance-use': '¿Tiene el paciente un trastorno activo por consumo de sustancias?',
  'form.text.intracranial-pressure': '¿Tiene el paciente la presión intracraneal elevada?',
  'form.text.glaucoma': '¿Tiene el paciente glaucoma o la presión ocular elevada?',
  'form.text.pregnancy': '¿Está embarazada la paciente?',
  'form.text.ketamine-hypersensitivity': '¿Es el paciente alérgico a la ketamina o la esketamina?',
  'form.text.detail': 'Observaciones',
  'form.text.treatment': 'Tratamientos previos y cirugía',
  'form.text.failed-opioid-therapy': '¿Qué resultado tuvo el tratamiento con opioides?',
  'form.text.planned-surgery': '¿Hay una operación prevista en los próximos 180 días?',
  'form.text.planned-surgery-date': 'Fecha de la operación',
  'form.text.pain-score': 'Puntuación de dolor, en una escala de 0 a 10',
  'form.text.systolic': 'Presión arterial sistólica, en mmHg',
  'form.text.diastolic': 'Presión arterial diastólica, en mmHg',
  'form.text.taken-on': 'Fecha de la medición',
  'form.answer.Y': 'Sí',
  'form.answer.N': 'No',
  'form.answer.UNK': 'Se desconoce',
  'form.answer.ineffective': 'Ineficaz',
  'form.answer.inadequate-relief': 'Alivio insuficiente',
  'form.answer.adverse-effect': 'Efecto adverso',
  'form.answer.effective': 'Eficaz',
  'form.answer.not-started': 'No se inició',
}
