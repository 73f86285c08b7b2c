/** The words for what is typed and not sent yet, and for two people at one referral, in Spanish. */

import type { enDrafts } from './en-drafts.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { list } = grammarOf('es-US')

export const esDrafts: Translation<typeof enDrafts> = {
  'draft.title': 'Borradores',
  'draft.intro':
    'Lo que usted escribió y no ha enviado. Solo usted lo ve. Un borrador desaparece cuando lo envía o lo descarta, o 30 días después de su último cambio.',
  'draft.none':
    'No tiene borradores. Lo que escriba para una acción se conserva aquí hasta que lo envíe.',
  'draft.keep': 'Guardar como borrador',
  'draft.saved': (at) => `Guardado a las ${at}.`,
  'draft.saving': 'Lo que escribe se guarda mientras escribe.',
  'draft.found': (at, until) =>
    `Empezó esto el ${at} y no lo ha enviado. Se conserva hasta el ${until}.`,
  'draft.older': 'La derivación ha cambiado desde entonces. Revísela antes de enviar.',
  'draft.discard': 'Descartar el borrador',
  'draft.discarded': 'El borrador se ha descartado.',
  'draft.goOn': (act) => `Continuar: ${act}`,
  'draft.ofPatient': (act, patient) => `${act}: ${patient}`,
  'draft.until': (at, until) => `Guardado el ${at}, se conserva hasta el ${until}.`,
  'draft.expiring': (until) =>
    `Desaparece el ${until}. Envíelo, o modifíquelo para conservarlo más tiempo.`,
  'draft.someExpire': 'Un borrador suyo está a punto de desaparecer.',
  'draft.toDrafts': 'A sus borradores',
  'draft.movedOn': (state) =>
    `La derivación ha avanzado (${state}) y esto ya no se puede hacer con ella. Lo que usted escribió:`,
  'draft.unreadable':
    'Este borrador ya no se puede leer, porque se cambió la clave que lo protegía.',
  'draft.full':
    'No se guardó, porque usted ya tiene tantos borradores como puede haber. Envíe o descarte alguno.',
  'draft.tooLong': 'No se guardó, porque es demasiado largo. Acórtelo.',
  'draft.failed':
    'Ahora no se pudo guardar. Se intenta de nuevo mientras esta página siga abierta.',
  'draft.signedOut':
    'Su sesión ha terminado y lo que escriba ahora no se guarda. Lo guardado antes vuelve a estar aquí cuando inicie sesión.',
  'draft.onReferral': 'Sus borradores aquí',

  'held.done': (act, patient, at) => `${act}: ${patient}. Sale a las ${at}.`,
  'held.undo': 'Deshacer',
  'held.undone': 'Se ha deshecho. No se envió nada ni se avisó a nadie.',
  'held.late': 'Era tarde para deshacerlo: ya ha salido. Corríjalo con otra acción.',
  'held.refused': (act, patient, why) => `${act}: ${patient}. No se hizo. ${why}`,
  'held.look': 'Ver la derivación',

  'present.looking': (names) =>
    `${list(names)} ${names.length === 1 ? 'está' : 'están'} viendo esta derivación.`,
  'present.writing': (names) =>
    `${list(names)} ${names.length === 1 ? 'está' : 'están'} escribiendo.`,

  'news.changed': (by, at, what) => `Cambio de ${by} a las ${at}: ${what}.`,
  'news.missed': 'Es posible que esta página no esté al día.',
  'news.lost':
    'En este momento la página no recibe los cambios. Vuelva a cargarla para ver lo último.',
  'news.show': 'Mostrarlo',
  'news.keepsTyped': 'Lo que usted escribió se conserva.',

  'act.andNext': (act) => `${act} y abrir la siguiente`,
  'act.thenNext': 'Después, abrir la siguiente derivación de la lista',
  'act.chooseSends': 'Al pulsar un motivo se rechaza la derivación.',
  'act.chosen': (reason) => `${reason} (elegido antes)`,
  'queue.rowKeys':
    'En una fila: a aceptar, i pedir información, d rechazar, s cita, c completar, n nota',
}
