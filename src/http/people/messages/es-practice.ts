/** The words of the referring practice's pages, in Spanish. */

import type { enPractice } from './en-practice.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number, plural } = grammarOf('es-US')

export const esPractice: Translation<typeof enPractice> = {
  'practice.title': 'Sus derivaciones',
  'practice.lists': 'Derivaciones según quién actúa ahora',
  'practice.list.answer': 'Esperan su respuesta',
  'practice.list.open': 'En la clínica',
  'practice.list.closed': 'Cerradas',
  'practice.clinic': 'Clínica',
  'practice.column.due': 'Plazo',
  'practice.column.patient': 'Paciente',
  'practice.column.clinic': 'Clínica',
  'practice.column.standing': 'En qué punto está',
  'practice.column.sent': 'Enviada',
  'practice.empty.answer':
    'Nada espera su respuesta. Cuando una clínica pida algo, aparecerá aquí.',
  'practice.empty.open': 'Ahora no hay ninguna derivación en una clínica.',
  'practice.empty.closed': 'Todavía no hay ninguna derivación cerrada.',
  'practice.emptyFound': 'Ninguna derivación corresponde a la búsqueda y al filtro.',
  'practice.open': (patient) => `Abrir la derivación de ${patient}`,
  'practice.answered': (answered, asked) => `${number(answered)} de ${number(asked)} con respuesta`,
  'practice.unsent': 'sin enviar',
  'practice.back': 'Volver a sus derivaciones',
  'practice.backToReferral': 'Volver a la derivación',

  'practice.is.awaiting-information': 'Necesita su respuesta',
  'practice.is.awaiting-acknowledgement': 'Necesita su decisión',
  'practice.is.sending': 'De camino a la clínica',
  'practice.is.delivery-failed': 'Todavía no se ha podido entregar',
  'practice.is.awaiting-triage': 'La clínica está decidiendo',
  'practice.is.awaiting-scheduling': 'Aceptada, falta la cita',
  'practice.is.scheduled': 'Con cita',
  'practice.is.no-show': 'El paciente no acudió',
  'practice.is.appointment-cancelled': 'Cita anulada',
  'practice.is.visit-completed': 'Paciente atendido, falta el informe',
  'practice.is.on-hold': 'En espera en la clínica',
  'practice.is.declined': 'Rechazada por la clínica',
  'practice.is.cancellation-requested': 'Usted pidió retirarla',
  'practice.is.lost-at-ehr': 'La clínica la está buscando',
  'practice.is.cancelled': 'Cancelada',
  'practice.is.failed': 'No se pudo llevar a cabo',
  'practice.is.completed': 'Completada',

  'practice.now.missing':
    'La derivación todavía no ha ido a la clínica: falta algo. Seguirá por sí sola en cuanto llegue.',
  'practice.now.unavailable':
    'Usted ha indicado que nada de lo que falta está disponible. Puede enviar la derivación a la clínica tal como está; allí decide un médico.',
  'practice.now.asked': 'La clínica tiene la derivación y necesita algo de usted.',
  'practice.now.awaiting-acknowledgement':
    'La revisión encontró algo que desaconseja este tratamiento. Véalo abajo: envíe la derivación con su motivo, o retírela.',
  'practice.now.sending':
    'Usted no tiene que hacer nada. Se está entregando al sistema de la clínica.',
  'practice.now.delivery-failed':
    'Usted no tiene que hacer nada. No se pudo conectar con el sistema de la clínica; el operador de este servicio está avisado.',
  'practice.now.awaiting-triage':
    'Usted no tiene que hacer nada. La clínica tiene la derivación y decide sobre ella.',
  'practice.now.awaiting-scheduling': 'La clínica ha aceptado al paciente y le dará una cita.',
  'practice.now.scheduled': 'La cita está abajo.',
  'practice.now.no-show': 'El paciente no acudió. La clínica le dará otra cita.',
  'practice.now.appointment-cancelled': 'La clínica dará otra cita.',
  'practice.now.visit-completed': 'El paciente fue atendido. Falta el informe de la clínica.',
  'practice.now.on-hold': 'La clínica la ha dejado en espera; el motivo está abajo.',
  'practice.now.declined': 'La clínica no acepta al paciente; el motivo está abajo.',
  'practice.now.cancellation-requested':
    'La clínica todavía tiene que responder. Hasta entonces la derivación sigue su curso.',
  'practice.now.lost-at-ehr':
    'La derivación estaba en el sistema de la clínica y ahora no se encuentra allí. El operador de este servicio está avisado.',
  'practice.now.cancelled': 'Esta derivación ha terminado. No ocurrirá nada más con ella.',
  'practice.now.failed': 'La clínica no pudo llevarla a cabo; el motivo está abajo.',
  'practice.now.completed': 'El informe de la clínica está abajo.',

  'practice.answer': 'Responder a lo que falta',
  'practice.continue': 'Seguir respondiendo',
  'practice.review': 'Ver sus respuestas sin enviar',
  'practice.withdraw': 'Retirar la derivación',
  'practice.acknowledge': 'Enviarla con un motivo',
  'practice.actions': 'Qué puede hacer usted',
  'practice.due': (span, at) => `Responda en ${span}, antes del ${at}.`,
  'practice.late': (span, at) =>
    `El plazo terminó hace ${span}, el ${at}. La derivación sigue a la espera; no está rechazada.`,
  'practice.drafted': (who, at) => `${who} guardó respuestas el ${at}. Todavía no se han enviado.`,
  'practice.about': 'La derivación',
  'practice.for': (patient, clinic) => `${patient}, a ${clinic}`,
  'practice.checkTitle': 'Qué encontró la revisión',
  'practice.met': (count) =>
    `${plural(count, 'criterio ya está documentado', 'criterios ya están documentados')}.`,
  'practice.openTitle': 'Qué queda abierto',
  'practice.needed': 'Qué lo resolvería',
  'practice.nothingOpen': 'No falta nada.',
  'practice.reason': 'El motivo',
  'practice.appointment': 'Cita',
  'practice.appointmentAt': (at, minutes) => `${at}, ${plural(minutes, 'minuto', 'minutos')}`,
  'practice.returned': 'Lo que devolvió la clínica',
  'practice.notes': 'Notas',
  'practice.timeline': 'Qué ha ocurrido',
  'practice.older': 'Qué ocurrió antes',
  'practice.file': 'Guardar el archivo',

  'practice.answerTitle': 'Qué falta',
  'practice.answerAll':
    'No hace falta responder a todo de una vez: lo que envíe cuenta, y después se pide menos.',
  'practice.answerClinic': 'Lo que envíe va a la clínica, que entonces sigue con la derivación.',
  'practice.send': 'Enviar las respuestas',
  'practice.save': 'Guardar y volver más tarde',
  'practice.saved': (at) => `Guardado a las ${at}`,
  'practice.savedBy': (who, at) => `Guardado por ${who}, ${at}`,
  'practice.saving': 'Guardando…',
  'practice.notSaved':
    'No se ha guardado. Sus respuestas siguen en esta página; use el botón para guardarlas.',
  'practice.othersSaved': (who) =>
    `${who} guardó respuestas a este formulario mientras tanto. Pulse «Guardar y volver más tarde» para verlas junto a las suyas.`,
  'practice.conflict': (who, at) =>
    `${who} guardó respuestas a este formulario el ${at}, mientras usted lo tenía abierto. Las suyas están en los campos de abajo y no se han guardado; donde difieren, la otra respuesta está al lado. Guarde o envíe otra vez para conservar lo que está en los campos.`,
  'practice.draftGone':
    'Mientras tanto, las respuestas guardadas se enviaron o se descartaron. Las suyas están en los campos de abajo y no se han guardado. Guarde o envíe otra vez para conservarlas.',
  'practice.changed':
    'Lo que se pide ha cambiado mientras usted tenía abierto el formulario. Lo que escribió está en los campos que quedan. Revíselo y envíelo otra vez.',
  'practice.notAsked': 'Ya no se pide nada.',
  'practice.notAskedMore':
    'La derivación ha avanzado mientras usted tenía abierto el formulario. Lo que escribió no se envió; está abajo.',
  'practice.unsentTitle': 'Respuestas que no se enviaron',
  'practice.unsentMore':
    'Ya no se pide nada, así que estas respuestas no se enviaron. Se guardan hasta que alguien las descarte.',
  'practice.discard': 'Descartar las respuestas sin enviar',
  'practice.typed': 'Lo que escribió',
  'practice.nothingAnswered':
    'Responda a una pregunta, o diga que no está disponible, antes de enviar.',
  'practice.noQuestions':
    'Aquí no hay preguntas que responder. Lo que falta se puede enviar desde su propio sistema.',

  'practice.withdrawHint':
    'Antes de llegar a la clínica, la derivación termina de inmediato. Después se pregunta a la clínica, y ella responde.',
  'practice.why': 'Por qué',
  'practice.whyHint': 'La clínica lo lee.',
  'practice.acknowledgeHint':
    'La derivación va a la clínica con lo que encontró la revisión y con su motivo. Allí decide un médico.',
  'practice.unavailableReason': (parts) => `No disponible: ${parts}`,
  'practice.reasonPart': (title, reason) => `${title} (${reason})`,
  'practice.youSaid': 'No disponible, según indicó usted:',
  'practice.saysUnavailable': 'El consultorio indica que esto no está disponible:',

  'practice.done.sent': 'Sus respuestas se han enviado.',
  'practice.done.saved': 'Sus respuestas están guardadas, y todavía sin enviar.',
  'practice.done.discarded': 'Las respuestas sin enviar se han descartado.',
  'practice.done.withdrawn':
    'La derivación se ha retirado, o se ha pedido a la clínica que la detenga.',
  'practice.done.acknowledged': 'La derivación va a la clínica, con su motivo.',

  'practice.did.submit': 'envió la derivación',
  'practice.did.supply-information': 'envió respuestas o registros',
  'practice.did.acknowledge': 'envió la derivación con un motivo',
  'practice.did.ask-information': 'indicó qué falta',
  'practice.did.revoke': 'retiró la derivación',
  'practice.did.deliver': 'entregó la derivación al sistema de la clínica',
  'practice.did.redeliver': 'la envió otra vez a la clínica',
  'practice.did.update-at-clinic': 'avisó al sistema de la clínica',
  'practice.did.make-link': 'creó un enlace para responder',
  'practice.did.end-link': 'anuló el enlace para responder',
  'practice.did.gather': 'añadió lo que hay en su historia clínica',
  'practice.did.next-step': 'anotó que un paso se retrasa',
  'practice.did.move': 'cambió el estado de la derivación',
  'practice.did.note': 'escribió una nota',
  'practice.did.finding': 'dio un motivo por el que un hallazgo no es un obstáculo',
  'practice.did.to': (standing) => `«${standing}»`,
}
