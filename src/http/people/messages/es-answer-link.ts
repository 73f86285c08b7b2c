/** The words of links for practices, in Spanish. */

import type { enAnswerLink } from './en-answer-link.ts'
import type { Translation } from './translation.ts'

export const esAnswerLink: Translation<typeof enAnswerLink> = {
  'referral.did.make-link': 'creó un enlace para el consultorio',
  'referral.did.end-link': 'anuló el enlace para el consultorio',
  'link.title': 'Enlace para el consultorio',
  'link.intro': (clinic) =>
    `Para un consultorio sin sistema conectado con ${clinic}: abre el enlace, indica la fecha de nacimiento del paciente y responde lo que falta. El enlace se abre una sola vez y muestra únicamente esta derivación.`,
  'link.none': 'Todavía no se ha creado ningún enlace.',
  'link.made': 'Creado',
  'link.until': 'Sirve hasta',
  'link.opened': 'Abierto',
  'link.notOpened': 'todavía no',
  'link.state': 'Estado',
  'link.state.waiting': 'Sin abrir',
  'link.state.opened': 'Abierto',
  'link.state.expired': 'Vencido',
  'link.state.ended': 'Anulado',
  'link.askedTag': 'El consultorio pide un enlace nuevo',
  'link.askedRow': 'Pide otro enlace',
  'link.askedKept': 'Lo que escribió está guardado.',
  'link.toLink': 'Enlace para el consultorio',
  'link.make': 'Crear un enlace',
  'link.makeNew': 'Crear un enlace nuevo',
  'link.makeNewHint':
    'Ambos son un enlace nuevo: el anterior deja de servir, y quien haya entrado con él queda fuera.',
  'link.cover': 'Portada de fax con un código (PDF)',
  'link.coverHint':
    'La portada es un enlace para papel: lleva la dirección y un código para escribir.',
  'link.end': 'Anular el enlace',
  'link.ended': 'El enlace ya no abre nada.',
  'link.notWaiting':
    'La derivación no espera nada del consultorio, así que no se puede crear un enlace.',
  'link.once': 'Cópielo ahora: se muestra esta única vez y no se guarda en ningún sitio.',
  'link.address': 'Enlace',
  'link.copy': 'Copiar',
  'link.copied': 'Copiado',
  'link.orCode': 'O en papel',
  'link.codeAt': (address) => `Abrir ${address} y escribir`,
  'link.code': 'Código',
  'link.number': 'Número de derivación del consultorio',
  'link.sayWhich':
    'Diga al consultorio de qué paciente se trata, por una vía de confianza: en el enlace no figura.',
  'link.packet': 'Abrir el expediente, para enviarlo también',

  'cover.title': (clinic) => `${clinic} pide más datos sobre una derivación`,
  'cover.to': (practice) => `Para: ${practice}`,
  'cover.steps': 'Cómo responder',
  'cover.step1': (address) => `1. Abra ${address}`,
  'cover.step2': '2. Escriba este código:',
  'cover.step3':
    '3. Indique su nombre y la fecha de nacimiento del paciente, y responda las preguntas. Lo que escribe se guarda.',
  'cover.until': (date) => `El código sirve hasta el ${date} y se usa una sola vez.`,
  'cover.lost': 'Si no se abre, pida uno nuevo en la misma página.',
  'cover.packetBelow': 'Sigue el expediente de la derivación, si se envió con esta hoja.',

  'answer.toAnswer': '¿Tiene un código o un enlace de una clínica? Responda aquí.',
  'answer.title': 'Responder a una clínica',
  'answer.intro':
    '¿Tiene una carta o un fax con un código? Escríbalo aquí. Si tiene un enlace, ábralo directamente.',
  'answer.code': 'Código',
  'answer.codeHint': 'Dieciséis letras y cifras, en cuatro grupos',
  'answer.codeWrong':
    'Esto no es un código como los que imprimimos. Compárelo con el papel: una letra puede leerse por otra.',
  'answer.go': 'Continuar',
  'answer.ended': 'Ha salido de la derivación. Lo que escribió está guardado.',
  'answer.idle':
    'Se cerró su sesión porque no hubo actividad durante 15 minutos. Lo que escribió está guardado.',
  'answer.asks': (clinic) => `${clinic} pide más datos sobre una derivación suya`,
  'answer.once':
    'Diga quién es y comience. El enlace se abre solo para usted; después no se abre para nadie más.',
  'answer.again': (clinic) =>
    `Ya abrió este enlace antes en este navegador. Continúe con lo que pide ${clinic}.`,
  'answer.name': 'Su nombre',
  'answer.nameHint': 'Figura junto a lo que responde.',
  'answer.nameWrong': 'Indique su nombre y apellido, 80 caracteres como máximo.',
  'answer.role': 'Su función en el consultorio',
  'answer.roleChoose': 'Elija',
  'answer.roleWrong': 'Elija su función en el consultorio.',
  'answer.role.physician': 'Médico u otro profesional clínico',
  'answer.role.nurse': 'Enfermería',
  'answer.role.assistant': 'Asistente médico',
  'answer.role.office': 'Administración',
  'answer.role.other': 'Otra',
  'answer.birthDate': 'Fecha de nacimiento del paciente',
  'answer.birthDateHint':
    'Del paciente del que le habló la clínica. Mantiene cerrado un enlace que llegó a otro sitio.',
  'answer.birthDateMissing': 'Indique la fecha de nacimiento del paciente.',
  'answer.birthDateWrong': (left) =>
    left === 0
      ? 'No es la fecha de nacimiento que consta aquí. El enlace queda cerrado; pida uno nuevo.'
      : left === 1
        ? 'No es la fecha de nacimiento que consta aquí. Puede intentarlo una vez más.'
        : `No es la fecha de nacimiento que consta aquí. Puede intentarlo ${left} veces más.`,
  'answer.open': 'Comenzar',
  'answer.dead': 'Este enlace no abre nada',
  'answer.deadWhy':
    'Puede que ya se haya abierto, que haya vencido o que lo sustituya otro más nuevo; o que la dirección o el código no estén completos.',
  'answer.deadKept':
    'Lo que se escribió antes está guardado y seguirá ahí al abrir un enlace nuevo.',
  'answer.want': 'Pedir un enlace nuevo',
  'answer.wanted': 'Ha pedido un enlace nuevo',
  'answer.wantedWhy':
    'Si el enlace era nuestro, la clínica ve ahora que necesita otro. Lo enviará por la misma vía que el primero; también puede llamar a la clínica.',
  'answer.toCode': 'Escribir un código',
}
