/** The words around the questions of a form, in Spanish. */

import type { enForm } from './en-form.ts'
import { grammarOf } from './grammar.ts'
import type { Translation } from './translation.ts'

const { number } = grammarOf('es-US')

export const esForm: Translation<typeof enForm> = {
  'ask.why': 'Por qué se pregunta:',
  'ask.clinicAsks': 'La clínica pregunta',
  'ask.required': 'obligatorio',
  'ask.day': 'Día',
  'ask.month': 'Mes',
  'ask.year': 'Año',
  'ask.time': 'Hora',
  'ask.dateHint':
    'Por ejemplo, 27 3 2026. Deje en blanco el día, o el día y el mes, si no se conocen.',
  'ask.timeHint': (zone) =>
    `La hora como 14:30, según el reloj de la clínica (${zone}). Déjela en blanco si no se conoce.`,
  'ask.yes': 'Sí',
  'ask.no': 'No',
  'ask.notKnown': 'No se sabe',
  'ask.choose': 'Elija una respuesta',
  'ask.other': 'Otra respuesta',
  'ask.otherText': '¿Cuál?',
  'ask.unit': 'Unidad',
  'ask.another': 'Añadir otra respuesta',
  'ask.nth': (question, n) => `${question} (respuesta ${number(n)})`,
  'ask.still': 'Sí, sigue siendo correcto',
  'ask.stillHint':
    'De su historia clínica; ¿sigue siendo correcto? Solo se envía si usted lo confirma o lo cambia.',
  'ask.stillHintOf': (day) =>
    `De su historia clínica del ${day}; ¿sigue siendo correcto? Solo se envía si usted lo confirma o lo cambia.`,
  'ask.onlyIf': (conditions) => `Solo si ${conditions}.`,
  'ask.onlyIfAny': (conditions) => `Solo si se cumple una de estas condiciones: ${conditions}.`,
  'ask.if.answered': (question) => `«${question}» tiene respuesta`,
  'ask.if.unanswered': (question) => `«${question}» no tiene respuesta`,
  'ask.if.=': (question, answer) => `«${question}» es «${answer}»`,
  'ask.if.!=': (question, answer) => `«${question}» no es «${answer}»`,
  'ask.if.>': (question, answer) => `«${question}» es más de ${answer}`,
  'ask.if.<': (question, answer) => `«${question}» es menos de ${answer}`,
  'ask.if.>=': (question, answer) => `«${question}» es ${answer} o más`,
  'ask.if.<=': (question, answer) => `«${question}» es ${answer} o menos`,
  'ask.from': (least, most) => `De ${least} a ${most}.`,
  'ask.atLeast': (least) => `${least} o más.`,
  'ask.atMost': (most) => `${most} o menos.`,
  'ask.unavailable': '¿No está disponible? Diga por qué',
  'ask.unavailableHint':
    'La clínica lo lee. Por sí solo no responde nada; allí una persona decide cómo seguir.',
  'ask.noFiles': 'Aquí no se puede añadir un archivo.',
  'ask.theirs': (name, answer) => `${name} guardó: ${answer}`,
  'ask.theirsEmpty': (name) => `${name} no guardó ninguna respuesta aquí.`,

  'ask.fault.required': 'Responda a esta pregunta.',
  'ask.fault.not-a-number': 'Escriba un número, como 7 o 7.5.',
  'ask.fault.not-whole': 'Escriba un número entero, como 7.',
  'ask.fault.not-a-date':
    'Escriba una fecha que exista, como 27 3 2026, con el año en cuatro cifras.',
  'ask.fault.not-a-time': 'Escriba una hora que exista ese día, como 14:30, y la fecha completa.',
  'ask.fault.not-an-option': 'Elija una de las respuestas.',
  'ask.fault.no-unit': 'Elija la unidad.',
  'ask.fault.too-long': (most) => `Use como máximo ${most} caracteres.`,
  'ask.fault.too-small': (least) => `Tiene que ser ${least} como mínimo.`,
  'ask.fault.too-large': (most) => `Tiene que ser ${most} como máximo.`,
  'ask.fault.wrong-form': 'No tiene la forma que pide la pregunta.',
  'ask.faultAt': (question, fault) => `${question}${/[?:.]$/.test(question) ? '' : ':'} ${fault}`,
}
