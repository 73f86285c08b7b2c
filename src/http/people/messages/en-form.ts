/** The words around the questions of a form, in English. */

import { grammarOf } from './grammar.ts'

const { number } = grammarOf('en-US')

export const enForm = {
  'ask.why': 'Why this is asked:',
  'ask.clinicAsks': 'The clinic asks',
  'ask.required': 'required',
  'ask.day': 'Day',
  'ask.month': 'Month',
  'ask.year': 'Year',
  'ask.time': 'Time',
  'ask.dateHint':
    'For example 27 3 2026. Leave out the day, or day and month, if they are not known.',
  'ask.timeHint': (zone: string) =>
    `Time as 14:30, on the clock of the clinic (${zone}). Leave it out if it is not known.`,
  'ask.yes': 'Yes',
  'ask.no': 'No',
  'ask.notKnown': 'Not known',
  'ask.choose': 'Choose an answer',
  'ask.other': 'Another answer',
  'ask.otherText': 'Which?',
  'ask.unit': 'Unit',
  'ask.another': 'Add another answer',
  'ask.nth': (question: string, n: number) => `${question} (answer ${number(n)})`,
  'ask.still': 'Yes, this is still right',
  'ask.stillHint':
    'From your record; is this still right? It is sent only when you say so, or change it.',
  'ask.stillHintOf': (day: string) =>
    `From your record of ${day}; is this still right? It is sent only when you say so, or change it.`,
  'ask.onlyIf': (conditions: string) => `Only if ${conditions}.`,
  'ask.onlyIfAny': (conditions: string) => `Only if one of these holds: ${conditions}.`,
  'ask.if.answered': (question: string) => `“${question}” is answered`,
  'ask.if.unanswered': (question: string) => `“${question}” is not answered`,
  'ask.if.=': (question: string, answer: string) => `“${question}” is “${answer}”`,
  'ask.if.!=': (question: string, answer: string) => `“${question}” is not “${answer}”`,
  'ask.if.>': (question: string, answer: string) => `“${question}” is more than ${answer}`,
  'ask.if.<': (question: string, answer: string) => `“${question}” is less than ${answer}`,
  'ask.if.>=': (question: string, answer: string) => `“${question}” is ${answer} or more`,
  'ask.if.<=': (question: string, answer: string) => `“${question}” is ${answer} or less`,
  'ask.from': (least: string, most: string) => `From ${least} to ${most}.`,
  'ask.atLeast': (least: string) => `${least} or more.`,
  'ask.atMost': (most: string) => `${most} or less.`,
  'ask.unavailable': 'Not available? Say why',
  'ask.unavailableHint':
    'The clinic reads it. It answers nothing by itself; a person there decides what follows.',
  'ask.noFiles': 'A file cannot be added here.',
  'ask.theirs': (name: string, answer: string) => `${name} saved: ${answer}`,
  'ask.theirsEmpty': (name: string) => `${name} saved no answer here.`,

  'ask.fault.required': 'Please answer this.',
  'ask.fault.not-a-number': 'Write a number, such as 7 or 7.5.',
  'ask.fault.not-whole': 'Write a whole number, such as 7.',
  'ask.fault.not-a-date':
    'Write a date that exists, such as 27 3 2026; the year with four figures.',
  'ask.fault.not-a-time':
    'Write a time that the clock shows that day, such as 14:30, and the whole date.',
  'ask.fault.not-an-option': 'Choose one of the answers.',
  'ask.fault.no-unit': 'Choose the unit.',
  'ask.fault.too-long': (most: string) => `Use at most ${most} characters.`,
  'ask.fault.too-small': (least: string) => `It has to be ${least} at least.`,
  'ask.fault.too-large': (most: string) => `It has to be ${most} at most.`,
  'ask.fault.wrong-form': 'This does not have the form that the question asks for.',
  'ask.faultAt': (question: string, fault: string) =>
    `${question}${/[?:.]$/.test(question) ? '' : ':'} ${fault}`,
} as const
