/** The words of a referral on paper, in Spanish. */

import type { enPacket } from './en-packet.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number } = grammarOf('es-US')

export const esPacket: Translation<typeof enPacket> = {
  'packet.open': 'Expediente para imprimir',
  'packet.pdf': 'Guardar como PDF',
  'packet.title': 'Expediente de la derivación',
  'packet.printed': (by, organization, at) => `Preparado para ${by}, ${organization}, el ${at}.`,
  'packet.page': (page, all) => `Página ${page} de ${all}`,
  'packet.state': 'Estado',
  'packet.priority': 'Prioridad',
  'packet.missing': 'Sin documentar',
  'packet.files': 'Archivos que no se imprimen aquí',
  'packet.filesHint': 'Se conservan con la derivación y se pueden guardar desde su página.',
  'packet.records': 'Todos los registros',
  'packet.noRecords': 'No llegó ningún registro con ella.',
  'packet.unprintable': (count) =>
    count === 1
      ? 'Un carácter de este expediente no está en ninguna fuente del PDF y aparece como un recuadro vacío. La página en pantalla lo muestra.'
      : `${number(count)} caracteres de este expediente no están en ninguna fuente del PDF y aparecen como recuadros vacíos. La página en pantalla los muestra.`,
}
