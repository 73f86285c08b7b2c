/** The words of a clinic's own page, in Spanish. */

import type { enClinic } from './en-clinic.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number, plural, list } = grammarOf('es-US')

export const esClinic: Translation<typeof enClinic> = {
  'clinic.nav': 'Nuestra clínica',
  'clinic.nav.all': 'Clínicas',
  'clinic.all': 'Clínicas que reciben derivaciones',
  'clinic.allHint': 'Qué pide cada una, cuándo atiende y en qué plazo responde.',
  'clinic.none': 'En este momento ninguna clínica recibe derivaciones aquí.',
  'clinic.seenBy':
    'Los consultorios que le derivan pacientes también leen esta página, sin los rechazos.',
  'clinic.toList': 'Todas las clínicas',
  'clinic.npi': 'NPI',
  'clinic.policy': 'Política',
  'clinic.version': 'Versión de la política',
  'clinic.received': 'Trabaja con',
  'clinic.byEhr': 'su propia historia clínica electrónica, a la que se entregan las derivaciones',
  'clinic.byWorklist': 'la lista de trabajo de Referloop',

  'clinic.hours': 'Horario de atención',
  'clinic.open': 'Abierta',
  'clinic.openWords': (days, from, to) => `${days}, de ${from} a ${to}`,
  'clinic.daysRange': (from, to) => `de ${from} a ${to}`,
  'clinic.zone': 'Zona horaria',
  'clinic.holidays': 'Cerrada el',
  'clinic.noHolidays': 'ningún otro día',

  'clinic.asks': 'Qué revisamos antes de que usted envíe',
  'clinic.asksOwn': 'Qué pide la clínica',
  'clinic.asksHint':
    'Cada derivación se compara con estos criterios cuando llega, y el consultorio puede pedir esta revisión antes de enviarla.',
  'clinic.required': 'Requisitos',
  'clinic.contraindications': 'No debe haber',
  'clinic.general': 'Para todos',
  'clinic.oneOf': 'Basta con uno de estos:',
  'clinic.judged': 'Cómo se interpreta:',
  'clinic.usual': (value) => `distinto: lo habitual es ${value}`,
  'clinic.ownCriterion': 'añadido por la clínica',
  'clinic.dropped': 'Aquí no se pide, aunque es habitual',
  'clinic.class.absolute': 'absoluta: la clínica no trata',
  'clinic.class.relative': 'relativa: decide un médico',
  'clinic.classUsual.absolute': 'distinto: lo habitual es absoluta',
  'clinic.classUsual.relative': 'distinto: lo habitual es relativa',
  'clinic.after': 'Qué sigue a la revisión',
  'clinic.action.send': 'se envía a la clínica',
  'clinic.action.await-information': 'espera a que el consultorio envíe lo que falta',
  'clinic.action.await-acknowledgement':
    'espera a que el consultorio confirme que conoce el resultado o retire la derivación',

  'clinic.due': 'Plazos',
  'clinic.dueHint':
    'En días hábiles de la clínica. Las derivaciones urgentes, las que corren prisa y las inmediatas tienen sus propios plazos.',
  'clinic.dueStep': 'Paso',
  'clinic.routine': 'Habitual',
  'clinic.urgent': 'Urgente',
  'clinic.workingDays': (count) =>
    count === 0 ? 'el mismo día' : plural(count, 'día hábil', 'días hábiles'),
  'clinic.calendarDays': (count) => plural(count, 'día', 'días'),
  'clinic.step.information': 'El consultorio envía lo que falta',
  'clinic.step.reminders': 'Se le recuerda a los',
  'clinic.reminders': (days) => `${list(days.map(number))} ${days.at(-1) === 1 ? 'día' : 'días'}`,
  'clinic.noReminder': 'no se le recuerda',
  'clinic.step.acknowledgement': 'El consultorio confirma que conoce el resultado de la revisión',
  'clinic.step.triage': 'La clínica decide',
  'clinic.step.scheduling': 'La clínica da una cita',
  'clinic.step.visit': 'Se atiende al paciente, si no se conoce la fecha',
  'clinic.step.report': 'La clínica informa después de la consulta',
  'clinic.step.resumption': 'La clínica continúa con una derivación en espera',
  'clinic.step.cancellation': 'La clínica responde a una solicitud de cancelación',

  'clinic.declines': 'Por qué se rechazaron derivaciones',
  'clinic.declinesIn': (from, to) => `Del ${from} al ${to}.`,
  'clinic.declinesNone': 'No se rechazó ninguna en los últimos doce meses.',
  'clinic.declineReason': 'Motivo',
  'clinic.declineCount': 'Derivaciones',
  'clinic.uncoded': 'Sin motivo codificado',
  'clinic.toInsight': 'Todas las cifras',
}
