/**
 * Every word of the pages, in Spanish: plain, formal, of the health field. A referral is a
 * «derivación», since «remisión» also means that an illness has gone.
 */

import type { en } from './en.ts'
import { esAnswerLink } from './es-answer-link.ts'
import { esClinic } from './es-clinic.ts'
import { esDesk } from './es-desk.ts'
import { esDrafts } from './es-drafts.ts'
import { esFiles } from './es-files.ts'
import { esForm } from './es-form.ts'
import { esInsight } from './es-insight.ts'
import { esPacket } from './es-packet.ts'
import { esPractice } from './es-practice.ts'
import { esRecord } from './es-record.ts'
import { esReferral } from './es-referral.ts'
import { esRequirements } from './es-requirements.ts'
import { esScreeningForm } from './es-screening-form.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number, plural } = grammarOf('es-US')

export const es: Translation<typeof en> = {
  ...esAnswerLink,
  ...esFiles,
  ...esClinic,
  ...esDrafts,
  ...esForm,
  ...esDesk,
  ...esInsight,
  ...esPacket,
  ...esPractice,
  ...esRecord,
  ...esReferral,
  ...esRequirements,
  ...esScreeningForm,
  brand: 'Referloop',
  'page.skip': 'Ir al contenido',
  'page.main': 'Principal',
  'page.signOut': 'Cerrar sesión',
  'page.appearance': 'Apariencia',
  'page.language': 'Idioma',
  'page.theme.auto': 'Como el dispositivo',
  'page.theme.light': 'Clara',
  'page.theme.dark': 'Oscura',
  'page.keys.on': 'Activar los atajos de teclado',
  'page.keys.off': 'Desactivar los atajos de teclado',
  'page.sandbox': 'Entorno de prueba: todas las personas son inventadas.',
  'page.back': 'Volver',
  'page.print': 'Imprimir',
  'page.keys': 'Atajos de teclado',
  'page.keys.rows': 'j, k o las flechas: de fila en fila; Intro abre',
  'page.close': 'Cerrar',
  'page.idle': 'Su sesión se cerrará en dos minutos.',
  'page.stay': 'Seguir en la sesión',

  'signIn.title': 'Iniciar sesión',
  'signIn.intro': 'Inicie sesión con la cuenta de su clínica o consultorio.',
  'signIn.with': (organization) => `Iniciar sesión con ${organization}`,
  'signIn.fromEhr': 'O abra Referloop desde su historia clínica electrónica.',
  'signIn.sandbox': 'Entorno de prueba: elija quién es',
  'signIn.sandboxHint': 'Sin contraseña. Esta entrada solo existe en el entorno de prueba.',
  'signIn.none':
    'No se ha configurado ninguna forma de iniciar sesión. El operador de este servicio puede hacerlo en su registro.',
  'signIn.ended': 'Ha cerrado la sesión.',
  'signIn.idle': 'Su sesión se cerró porque no hubo actividad durante 15 minutos.',

  'problem.title': 'No se pudo hacer',
  'problem.reference': (id) => `Referencia para el operador del servicio: ${id}`,
  'problem.kept': 'Lo que usted escribió',
  'problem.again': 'Vuelva atrás e inténtelo de nuevo',
  'problem.toWork': 'Ir a la página de inicio',
  'problem.not-found':
    'Aquí no hay nada que usted pueda ver. Puede pertenecer a otra organización, o la dirección está incompleta.',
  'problem.not-signed-in':
    'Su sesión ya no está abierta. Iníciela de nuevo y repita lo que hizo; abajo se muestra lo que escribió.',
  'problem.foreign-form':
    'Este formulario no se creó para usted en esta sesión. Abra la página de nuevo y envíe el formulario desde allí.',
  'problem.sign-in-refused':
    'No se pudo iniciar la sesión. Empiece de nuevo desde la página de inicio de sesión o desde su historia clínica electrónica.',
  'problem.version-conflict':
    'Alguien modificó esta derivación mientras usted la tenía abierta. Revísela tal como está ahora; abajo se muestra lo que escribió.',
  'problem.conflict': 'Alguien modificó esta derivación en el mismo momento. Inténtelo de nuevo.',
  'problem.illegal-transition': 'La derivación ya avanzó y esta acción ya no es posible.',
  'problem.nothing-to-answer': 'La derivación no espera nada del consultorio en este momento.',
  'problem.referral-closed': 'La derivación está cerrada; no se le puede añadir nada.',
  'problem.too-many-requests':
    'Demasiado rápido. Espere unos segundos y después inténtelo de nuevo.',
  'problem.unavailable':
    'El servicio no puede hacerlo en este momento. No se modificó nada; inténtelo de nuevo en un momento.',
  'problem.bad-request':
    'No se pudo leer algo del formulario. Vuelva atrás, revise los campos y envíelo de nuevo.',
  'problem.other': 'Algo salió mal y no se modificó nada.',

  'form.errors': 'Revise lo siguiente',
  'form.required': 'Complete este campo.',
  'form.tooLong': (most) => `Use como máximo ${number(most)} caracteres.`,
  'form.optional': 'opcional',

  'queue.title': 'Lista de trabajo',
  'queue.tabs': 'Derivaciones según lo que hay que hacer',
  'queue.tab.new': 'Nuevas',
  'queue.tab.waiting': 'En espera de quien deriva',
  'queue.tab.answered': 'Respondidas',
  'queue.tab.to-schedule': 'Por citar',
  'queue.tab.scheduled': 'Con cita',
  'queue.tab.to-report': 'Por informar',
  'queue.tab.stalled': 'Detenidas',
  'queue.tab.closed': 'Cerradas',
  'queue.count': (count) => plural(count, 'derivación', 'derivaciones'),
  'queue.find': 'Buscar un paciente o una derivación',
  'queue.findHint': 'Apellido, número de historia clínica o número de la derivación',
  'queue.search': 'Buscar',
  'queue.filter': 'Filtrar',
  'queue.priority': 'Prioridad',
  'queue.overall': 'Revisión',
  'queue.referrer': 'Derivada por',
  'queue.due': 'Plazo',
  'queue.due.late': 'Vencido',
  'queue.due.today': 'En menos de un día',
  'queue.any': 'Cualquiera',
  'queue.apply': 'Aplicar',
  'queue.clear': 'Quitar todos',
  'queue.without': (filter) => `Quitar el filtro ${filter}`,
  'queue.column.due': 'Plazo',
  'queue.column.patient': 'Paciente',
  'queue.column.referral': 'Derivación',
  'queue.column.check': 'Revisión',
  'queue.column.waiting': 'En espera',
  'queue.empty': 'No hay nada. Cuando una derivación necesite este paso, aparecerá aquí.',
  'queue.emptyFound': 'Ninguna derivación coincide con la búsqueda y los filtros.',
  'queue.next': 'Página siguiente',
  'queue.first': 'Primera página',
  'queue.more': (count) => `+${number(count)}`,
  'queue.live': (changed) => `${plural(changed, 'cambio', 'cambios')} desde que abrió esta lista.`,
  'queue.changed': 'Es posible que la lista haya cambiado.',
  'queue.reload': 'Mostrarlos',
  'queue.open': (patient) => `Abrir la derivación de ${patient}`,
  'queue.waiting': (days) => plural(days, 'día', 'días'),
  'queue.waitingToday': 'desde hoy',
  'queue.keys':
    'Teclas: j y k o las flechas mueven, Intro abre, x elige, / busca, ? muestra esta ayuda.',

  'patient.unnamed': 'Nombre desconocido',
  'patient.born': (date, age) => `${date} (${plural(age, 'año', 'años')})`,
  'patient.bornUnknown': 'Fecha de nacimiento desconocida',
  notKnown: 'Se desconoce',

  'due.in': (time) => `vence en ${time}`,
  'due.late': (time) => `${time} de retraso`,
  'due.none': 'sin fecha',

  'priority.routine': 'Habitual',
  'priority.urgent': 'Urgente',
  'priority.asap': 'Lo antes posible',
  'priority.stat': 'De inmediato',

  'overall.ready': 'Preparada',
  'overall.incomplete': 'Incompleta',
  'overall.clinician-review': 'Para un médico',
  'overall.not-eligible': 'No cumple los criterios',
  'overall.contraindicated': 'Contraindicada',

  'status.awaiting-information': 'En espera de información',
  'status.awaiting-acknowledgement': 'En espera de confirmación de quien deriva',
  'status.sending': 'De camino a la clínica',
  'status.delivery-failed': 'No se pudo entregar',
  'status.awaiting-triage': 'En espera de triaje',
  'status.awaiting-scheduling': 'Por citar',
  'status.scheduled': 'Cita asignada',
  'status.no-show': 'El paciente no acudió',
  'status.appointment-cancelled': 'Cita anulada',
  'status.visit-completed': 'Atendido, falta el informe',
  'status.on-hold': 'En espera',
  'status.declined': 'Rechazada',
  'status.cancellation-requested': 'Quien deriva pide cancelarla',
  'status.lost-at-ehr': 'Ya no está en su historia clínica electrónica',
  'status.cancelled': 'Cancelada',
  'status.failed': 'No se pudo llevar a cabo',
  'status.completed': 'Completada',
}
