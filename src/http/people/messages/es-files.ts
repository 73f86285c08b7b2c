/** The words of documents that are added to an answer, in Spanish. */

import type { enFiles } from './en-files.ts'
import type { Translation } from './translation.ts'

export const esFiles: Translation<typeof enFiles> = {
  'files.title': 'Documentos para la clínica',
  'files.intro':
    'Añada lo que la clínica deba ver: cartas, resultados, listas. Se guardan aquí y van a la clínica cuando usted envía sus respuestas.',
  'files.none': 'Todavía no se ha añadido ningún documento.',
  'files.notAsked':
    'La clínica no pide nada en este momento, así que no se le puede enviar ningún documento.',
  'files.choose': 'Elegir documentos',
  'files.hint': (each, count, all) =>
    `PDF, PNG, JPEG, TIFF o texto simple; cada uno de ${each} como máximo, ${count} documentos como máximo y ${all} en total.`,
  'files.add': 'Añadir',
  'files.remove': 'Quitar',
  'files.back': 'Volver a las respuestas',
  'files.toAnswer': 'Seguir con las respuestas',
  'files.fromForm': 'Guardar y añadir documentos',
  'files.count': (count) =>
    count === 1
      ? '1 documento va con las respuestas.'
      : `${count} documentos van con las respuestas.`,
  'files.notTaken': 'No se añadió nada',
  'files.noneChosen': 'Elija al menos un documento.',
  'files.tooMany': (count, all) =>
    `Es más de lo que se puede recibir: ${count} documentos como máximo, ${all} en total.`,
  'files.fault.empty': (name) => `${name} está vacío.`,
  'files.fault.too-large': (name, most) =>
    `${name} pesa más de ${most}. Envíe menos páginas a la vez o escanee en gris.`,
  'files.fault.wrong-type': (name) =>
    `${name} no es PDF, PNG, JPEG, TIFF ni texto simple, o no es lo que dice su nombre.`,
}
