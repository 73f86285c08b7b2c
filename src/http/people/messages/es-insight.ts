/** The words of the figures, in Spanish. */

import type { enInsight } from './en-insight.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number, plural } = grammarOf('es-US')

export const esInsight: Translation<typeof enInsight> = {
  'insight.title': 'Cifras',
  'insight.period': 'Periodo',
  'insight.period.week': 'Semana',
  'insight.period.month': 'Mes',
  'insight.period.quarter': 'Trimestre',
  'insight.period.year': 'Año',
  'insight.period.custom': 'Los días que elija',
  'insight.first': 'Desde',
  'insight.last': 'Hasta',
  'insight.step': 'Una barra por',
  'insight.step.usual': 'Según convenga',
  'insight.step.day': 'Día',
  'insight.step.week': 'Semana',
  'insight.step.month': 'Mes',
  'insight.partner.clinic': 'Derivada por',
  'insight.partner.referrer': 'Clínica',
  'insight.partner.all': 'Todos',
  'insight.show': 'Mostrar',
  'insight.previous': 'El periodo anterior',
  'insight.following': 'El periodo siguiente',
  'insight.noSuchDays':
    'Esos días no forman un periodo: use dos días que existan, en su orden, que no estén en el futuro y con dos años de diferencia como máximo. Se muestra el trimestre actual.',
  'insight.running': (before) =>
    `Aún no ha terminado: las cifras son las de este momento y se comparan con otros tantos días del periodo anterior (${before}).`,
  'insight.over': (before) =>
    `Las cifras son las de este momento y se comparan con el periodo anterior (${before}).`,
  'insight.scope.clinic':
    'Derivaciones que llegaron a su clínica. Lo que todavía espera en un consultorio no se cuenta aquí.',
  'insight.scope.referrer':
    'Todas las derivaciones de su consultorio que llegaron a este servicio.',
  'insight.empty':
    'Ninguna derivación se envió, avanzó ni se cerró en estos días. Elija otros arriba.',
  'insight.none': 'Ninguna en estos días.',
  'insight.few': 'pocos casos',
  'insight.fewHint': 'Menos de diez: una derivación más o menos lo cambia mucho.',

  'insight.submitted': 'Enviadas',
  'insight.incomplete': 'Incompletas en el primer envío',
  'insight.salvaged': 'Completadas sin ser devueltas',
  'insight.salvagedHint': 'de las que estaban incompletas al principio',
  'insight.took': 'Tiempo hasta un expediente completo',
  'insight.tookHint': 'mediana, tiempo de reloj, cuando faltaba algo al principio',
  'insight.tookSpread': (quarter, three, nine) =>
    `Cuartiles ${quarter} y ${three}; nueve de cada diez en ${nine}.`,
  'insight.tookWorking': (median) => `${median} de tiempo de trabajo (mediana).`,
  'insight.closed': 'Cerradas con una nota de resultado',
  'insight.closedHint': 'de las que terminaron y no fueron retiradas',
  'insight.declined': 'Rechazadas',
  'insight.noShows': 'Inasistencias',
  'insight.noShowsHint': 'de las citas cuyo día llegó',
  'insight.of': (part, whole) => `${number(part)} de ${number(whole)}`,
  'insight.ofReferrals': (count) => plural(count, 'derivación', 'derivaciones'),
  'insight.nothing': 'ninguna aún',
  'insight.same': 'igual que antes',
  'insight.more': (count) => `${number(count)} más que antes`,
  'insight.fewer': (count) => `${number(count)} menos que antes`,
  'insight.points': (points) =>
    `${number(Math.abs(points))} puntos ${points > 0 ? 'más' : 'menos'} que antes`,
  'insight.longer': (by) => `${by} más que antes`,
  'insight.shorter': (by) => `${by} menos que antes`,
  'insight.noBefore': 'sin nada anterior con que comparar',

  'insight.numbers': 'Los números en una tabla',
  'insight.csv': 'Guardar como CSV',
  'insight.csvAll': 'Guardar las cifras de arriba como CSV',
  'insight.share': 'Parte',
  'insight.referrals': 'Derivaciones',
  'insight.unknown': 'Revisión no del todo conocida',
  'insight.unknownHint': (count) =>
    `${plural(count, 'derivación queda', 'derivaciones quedan')} fuera de lo que se dice de los expedientes: algo de ellas no se le muestra, de modo que la revisión que usted tiene no es la que se hizo.`,

  'insight.steps': 'Enviadas, y completas en el primer envío',
  'insight.steps.day': 'Por día.',
  'insight.steps.week': 'Por semana, desde el lunes.',
  'insight.steps.month': 'Por mes.',
  'insight.steps.begins': 'Comienza',
  'insight.steps.complete': 'Completas al principio',
  'insight.steps.incomplete': 'Incompletas al principio',
  'insight.steps.part': 'solo una parte',
  'insight.steps.partHint':
    'Las barras más pálidas representan una parte del tiempo que representan las demás.',

  'insight.days': 'Días hasta un expediente completo',
  'insight.daysHint': (count, waiting) =>
    `${plural(count, 'derivación', 'derivaciones')} a las que al principio les faltaba algo y ya no, por días de reloj desde el envío. ${waiting > 0 ? `A ${number(waiting)} más todavía les falta algo o terminaron así; no se cuentan aquí.` : 'No queda ninguna fuera.'}`,
  'insight.days.within': (day) => (day === 1 ? 'En menos de un día' : `Día ${number(day)}`),
  'insight.days.later': (day) => `Después de ${plural(day, 'día', 'días')}`,
  'insight.days.axis': 'días desde el envío',

  'insight.states': 'En qué se empleó el tiempo',
  'insight.states.clinic':
    'Todo el tiempo que las derivaciones estuvieron en su clínica en estos días, según lo que se esperaba.',
  'insight.states.referrer':
    'Todo el tiempo que las derivaciones estuvieron abiertas en estos días, según lo que se esperaba.',
  'insight.states.what': 'Se esperaba',
  'insight.states.time': 'Tiempo, en total',
  'insight.states.stays': 'Siguieron adelante',
  'insight.states.median': 'Estancia mediana',
  'insight.states.p90': 'Nueve de cada diez en',
  'insight.group.practice': 'En espera del consultorio',
  'insight.group.sending': 'En camino a la clínica',
  'insight.group.triage': 'En espera de triaje',
  'insight.group.scheduling': 'En espera de cita',
  'insight.group.visit': 'Con cita',
  'insight.group.report': 'Atendida, falta el informe',
  'insight.group.stalled': 'Detenida',

  'insight.way': 'Hasta dónde han llegado',
  'insight.wayHint': 'Derivaciones enviadas en estos días, y hasta dónde han llegado por ahora.',
  'insight.way.submitted': 'Enviadas',
  'insight.way.arrived': 'En la clínica',
  'insight.way.accepted': 'Aceptadas',
  'insight.way.scheduled': 'Con cita',
  'insight.way.seen': 'Atendidas',
  'insight.way.closed': 'Cerradas con una nota de resultado',
  'insight.stage': 'Paso',

  'insight.packets': 'Qué pasó con las incompletas',
  'insight.packetsHint': 'De las enviadas en estos días a las que les faltaba algo al principio.',
  'insight.packets.salvaged': 'Completadas sin ser devueltas',
  'insight.packets.sentBack': 'Antes, rechazadas o devueltas con preguntas',
  'insight.packets.ended': 'Terminadas sin completarse',
  'insight.packets.waiting': 'Todavía incompletas',
  'insight.outcome': 'Qué pasó',

  'insight.ends': 'Cómo terminaron las derivaciones',
  'insight.endsHint': 'Todas las que terminaron en estos días, sin importar cuándo se enviaron.',
  'insight.end': 'Final',
  'insight.end.withNote': 'Completadas, con una nota de resultado',
  'insight.end.withoutNote': 'Completadas, sin nota',
  'insight.end.declined': 'Rechazadas',
  'insight.end.failed': 'No se pudieron realizar',
  'insight.end.takenBack': 'Retiradas por el consultorio',
  'insight.end.cancelled': 'Canceladas',

  'insight.reasons': 'Por qué se rechazaron',
  'insight.reason': 'Motivo',
  'insight.reason.none': 'Sin motivo codificado',

  'insight.partners.clinic': 'Por consultorio',
  'insight.partners.referrer': 'Por clínica',
  'insight.partnersHint': 'Enviadas en estos días, y qué ha pasado con ellas hasta ahora.',
  'insight.partnerName.clinic': 'Consultorio',
  'insight.partnerName.referrer': 'Clínica',
  'insight.partners.took': 'Mediana hasta completarse',
  'insight.partners.closed': 'Cerradas con nota',

  'insight.summary': 'Cifras',
  'insight.summary.part': 'Cantidad',
  'insight.summary.whole': 'De',
  'insight.summary.value': 'Valor',
  'insight.summary.before': 'Antes',
  'insight.summary.unit': 'Unidad',
  'insight.unit.hours': 'horas',
  'insight.unit.workingHours': 'horas de trabajo',
  'insight.unit.days': 'días',
  'insight.defined':
    'El tiempo de trabajo es aquel en que la clínica está abierta, según su propio reloj y sus días. Cada cifra se define en la documentación del servicio (Figures).',
  'insight.workingHours': (open, close, zone) => `Se cuenta de ${open} a ${close}, ${zone}.`,
}
