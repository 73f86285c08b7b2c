/** A form with a question of each kind that can be shown. */

import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'

const structure = 'http://hl7.org/fhir/StructureDefinition'
const codings = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    valueCoding: { system: 'urn:s', code: `c${n}`, display: `Choice ${n}` },
  }))
const unit = (code: string) => ({
  url: `${structure}/questionnaire-unitOption`,
  valueCoding: { system: 'http://unitsofmeasure.org', code, display: code },
})
const bound = (name: 'minValue' | 'maxValue', value: object) => ({
  url: `${structure}/${name}`,
  ...value,
})

const kinds: readonly QuestionnaireItem[] = [
  { linkId: 'boolean', text: 'Yes or no?', type: 'boolean' },
  {
    linkId: 'integer',
    text: 'How many?',
    type: 'integer',
    extension: [bound('minValue', { valueInteger: 0 }), bound('maxValue', { valueInteger: 10 })],
  },
  { linkId: 'decimal', text: 'How much?', type: 'decimal' },
  {
    linkId: 'date',
    text: 'Which day?',
    type: 'date',
    extension: [bound('maxValue', { valueDate: '2026-03-02' })],
  },
  { linkId: 'dateTime', text: 'When?', type: 'dateTime' },
  {
    linkId: 'string',
    text: 'A word?',
    type: 'string',
    maxLength: 10,
    extension: [{ url: `${structure}/regex`, valueString: '[a-z]+' }],
  },
  { linkId: 'text', text: 'In your words?', type: 'text', required: true },
  { linkId: 'choice', text: 'Which?', type: 'choice', answerOption: codings(3) },
  { linkId: 'list', text: 'Which of many?', type: 'choice', answerOption: codings(9) },
  { linkId: 'open', text: 'Which, or another?', type: 'open-choice', answerOption: codings(2) },
  {
    linkId: 'several',
    text: 'Which ones?',
    type: 'choice',
    repeats: true,
    answerOption: codings(3),
  },
  { linkId: 'words', text: 'Which words?', type: 'string', repeats: true },
  {
    linkId: 'quantity',
    text: 'How heavy?',
    type: 'quantity',
    extension: [unit('kg'), unit('g')],
  },
  { linkId: 'attachment', text: 'A file?', type: 'attachment' },
  {
    linkId: 'followed',
    text: 'What then?',
    type: 'string',
    enableWhen: [
      { question: 'choice', operator: '=', answerCoding: { system: 'urn:s', code: 'c1' } },
    ],
  },
  {
    linkId: 'hidden',
    text: 'Not shown',
    type: 'string',
    extension: [{ url: `${structure}/questionnaire-hidden`, valueBoolean: true }],
  },
  {
    linkId: 'fixed',
    text: 'Fixed',
    type: 'string',
    readOnly: true,
    initial: [{ valueString: 'so' }],
  },
  {
    linkId: 'known',
    text: 'Known?',
    type: 'string',
    initial: [{ valueString: 'from the record' }],
  },
]

export const formOfKinds: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'urn:form',
  version: '1',
  item: [{ linkId: 'group', text: 'Of each kind', type: 'group', item: [...kinds] }],
}
