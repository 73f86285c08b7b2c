/**
 * Readings that a form asks for, so that a practice without a system of its own can give them: the items,
 * and the Observations that their answers are. http://hl7.org/fhir/R4/observation.html
 */

import type {
  Observation,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import type { Need } from './result.ts'

interface Part {
  readonly name: string
  readonly text: string
  /** LOINC. */
  readonly code: string
  readonly display: string
  readonly unit: string
  readonly min: number
  readonly max: number
}

/** By the value set that a need names. Beyond the limits it was mistyped. */
const readings: Readonly<
  Record<string, { readonly panel?: readonly [string, string]; readonly parts: readonly Part[] }>
> = {
  'pain-intensity': {
    parts: [
      {
        name: 'score',
        text: 'Pain score, on a scale of 0 to 10',
        code: '72514-3',
        display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported',
        unit: '{score}',
        min: 0,
        max: 10,
      },
    ],
  },
  'loinc-bp': {
    panel: ['85354-9', 'Blood pressure panel with all children optional'],
    parts: [
      {
        name: 'systolic',
        text: 'Systolic blood pressure, in mmHg',
        code: '8480-6',
        display: 'Systolic blood pressure',
        unit: 'mm[Hg]',
        min: 40,
        max: 300,
      },
      {
        name: 'diastolic',
        text: 'Diastolic blood pressure, in mmHg',
        code: '8462-4',
        display: 'Diastolic blood pressure',
        unit: 'mm[Hg]',
        min: 20,
        max: 200,
      },
    ],
  },
}

const structure = 'http://hl7.org/fhir/StructureDefinition'

const valueSetOf = ({ requirement }: Need): string | undefined =>
  requirement?.type === 'Observation'
    ? requirement.codeFilter?.[0]?.valueSet?.split('/').at(-1)
    : undefined

/** The questions for a reading that would satisfy a need; none where there is no such reading. */
export function readingItems(criterion: string, need: Need): readonly QuestionnaireItem[] {
  const valueSet = valueSetOf(need) ?? ''
  const reading = readings[valueSet]
  if (!reading) return []
  const linkId = (name: string) => `reading-${valueSet}-of-${criterion}-${name}`
  const first = linkId(reading.parts[0]?.name ?? '')
  const whenGiven = {
    required: true,
    enableWhen: [{ question: first, operator: 'exists' as const, answerBoolean: true }],
  }
  return [
    ...reading.parts.map(
      ({ name, text, min, max }): QuestionnaireItem => ({
        linkId: linkId(name),
        text,
        type: 'integer',
        extension: [
          { url: `${structure}/minValue`, valueInteger: min },
          { url: `${structure}/maxValue`, valueInteger: max },
        ],
        ...(linkId(name) === first ? {} : whenGiven),
      }),
    ),
    { linkId: linkId('date'), text: 'Taken on', type: 'date', ...whenGiven },
  ]
}

/** The readings that a finished response gives whole: each with its date. */
export function observationsOf(response: QuestionnaireResponse): readonly Observation[] {
  if (response.status !== 'completed' && response.status !== 'amended') return []
  const given = new Map<string, Map<string, QuestionnaireResponseItem>>()
  for (const item of itemsOf(response.item)) {
    const [, key = '', name = ''] = /^reading-(.+)-([a-z]+)$/.exec(item.linkId) ?? []
    if (key) given.set(key, (given.get(key) ?? new Map()).set(name, item))
  }
  return [...given].flatMap(([key, items]) => observationOf(key, items, response) ?? [])
}

const itemsOf = (
  items: readonly QuestionnaireResponseItem[] = [],
): readonly QuestionnaireResponseItem[] => items.flatMap((item) => [item, ...itemsOf(item.item)])

function observationOf(
  key: string,
  items: ReadonlyMap<string, QuestionnaireResponseItem>,
  { subject, author }: QuestionnaireResponse,
): Observation | undefined {
  const reading = readings[key.split('-of-')[0] ?? '']
  const date = items.get('date')?.answer?.[0]?.valueDate
  if (!reading || !date) return undefined
  const values = reading.parts.map((part) => {
    const value = items.get(part.name)?.answer?.[0]?.valueInteger
    return value === undefined || value < part.min || value > part.max
      ? undefined
      : { code: loinc(part.code, part.display), valueQuantity: quantity(value, part.unit) }
  })
  const [first] = values
  if (!first || values.includes(undefined)) return undefined
  return {
    resourceType: 'Observation',
    status: 'final',
    ...(reading.panel
      ? { code: loinc(...reading.panel), component: values.flatMap((each) => each ?? []) }
      : first),
    ...(subject ? { subject } : {}),
    effectiveDateTime: date,
    ...(author ? { performer: [author] } : {}),
  }
}

const loinc = (code: string, display: string) => ({
  coding: [{ system: 'http://loinc.org', code, display }],
})

const quantity = (value: number, code: string) => ({
  value,
  unit: code,
  system: 'http://unitsofmeasure.org',
  code,
})
