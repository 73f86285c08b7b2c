/**
 * The searches of a patient's record that criteria need, out of their inputs in the policy.
 *
 * https://hl7.org/fhir/R4/search.html; each type is asked by the parameters that EHRs commonly know.
 */

import type { CodeableConcept, DataRequirement, FhirResource, Observation } from 'fhir/r4'
import { dateOf, spanOf } from './dates.ts'
import type { Criterion, ParameterName, Policy } from './policy.ts'

export interface EvidenceQuery {
  /** The same for the same question, whatever the dates. */
  readonly key: string
  readonly type: string
  /** Search parameters besides the patient. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
  /** What is searched for, in clinic words. */
  readonly label: string
  /** The criteria that need it. */
  readonly criteria: readonly string[]
  /** A server that does not know the type is not held against anybody. */
  readonly optional: boolean
  /** Is a match what was asked for? Servers ignore parameters that they do not know. */
  accepts(resource: FhirResource): boolean
}

/**
 * @param missing ids of the criteria that are not documented
 * @param referralDate YYYY-MM-DD, from which windows reach back
 * @returns each search once, in the order of the policy
 */
export function evidenceQueries(
  policy: Policy,
  missing: readonly string[],
  referralDate: string,
): readonly EvidenceQuery[] {
  const questions = new Map<string, { criteria: string[]; lists: Set<string> }>()
  for (const criterion of policy.criteria) {
    if (!missing.includes(criterion.id)) continue
    for (const [key, lists] of questionsOf(criterion)) {
      const question = questions.get(key) ?? { criteria: [], lists: new Set<string>() }
      question.criteria.push(criterion.id)
      for (const list of lists) question.lists.add(list)
      questions.set(key, question)
    }
  }
  return [...questions].map(([key, { criteria, lists }]) => ({
    ...compose(policy, key, [...lists], referralDate),
    key,
    criteria,
  }))
}

/** The questions of one criterion, each with its value sets. Types that no search asks for are left out. */
function questionsOf({ inputs }: Criterion): ReadonlyMap<string, readonly string[]> {
  const questions = new Map<string, string[]>()
  for (const input of inputs) {
    const key = keyOf(input)
    if (key === undefined) continue
    const lists = questions.get(key) ?? []
    questions.set(key, [...lists, ...listsIn(input)])
  }
  return questions
}

const listsIn = ({ codeFilter = [] }: DataRequirement): readonly string[] =>
  codeFilter.flatMap(({ valueSet }) => valueSet?.split('|')[0]?.split('/').at(-1) ?? [])

function keyOf(input: DataRequirement): string | undefined {
  const { type } = input
  const [list = ''] = listsIn(input)
  // Every reading of a patient is more than any criterion needs.
  if (type === 'Observation') return list === '' ? undefined : `Observation/${windowOf(list)}`
  if (type === 'Procedure') return list === 'nonpharm' ? 'Procedure/therapy' : 'Procedure/planned'
  return Object.hasOwn(searches, type) ? type : undefined
}

/** How far back a reading counts; one of a list that is not here is asked for as far back as any. */
const windows: Readonly<Record<string, ParameterName>> = {
  'pain-intensity': 'painWindow',
  'loinc-bp': 'bpWindow',
  'loinc-alt': 'lftWindow',
  'loinc-ast': 'lftWindow',
  'loinc-bilirubin': 'lftWindow',
  'phq-9-item-9': 'scoreWindow',
  'loinc-audit': 'scoreWindow',
  'loinc-dast': 'scoreWindow',
  'loinc-uds': 'udsWindow',
  'loinc-iop': 'iopWindow',
  'loinc-preg': 'pregnancyDays',
}

const windowOf = (list: string): ParameterName =>
  Object.hasOwn(windows, list) ? (windows[list] as ParameterName) : 'lookBackYears'

const readings: Partial<Record<ParameterName, string>> = {
  painWindow: 'pain scores',
  bpWindow: 'blood pressure readings',
  lftWindow: 'liver values',
  scoreWindow: 'questionnaire scores',
  udsWindow: 'urine drug screens',
  iopWindow: 'eye pressures',
  pregnancyDays: 'pregnancy tests',
  lookBackYears: 'scores during earlier treatments',
}

interface Search {
  readonly label: string
  readonly optional?: true
  readonly parameters?: (facts: Facts) => EvidenceQuery['parameters']
  readonly accepts?: (resource: FhirResource, facts: Facts) => boolean
}

interface Facts {
  readonly policy: Policy
  readonly lists: readonly string[]
  readonly referralDate: string
}

const medication = (type: string): readonly [string, string] => ['_include', `${type}:medication`]

const searches: Readonly<Record<string, Search>> = {
  Condition: { label: 'conditions' },
  MedicationRequest: {
    label: 'medication orders',
    parameters: () => [
      ['status', 'active,completed,stopped,on-hold'],
      medication('MedicationRequest'),
    ],
  },
  MedicationStatement: {
    label: 'medication statements',
    parameters: () => [medication('MedicationStatement')],
  },
  MedicationDispense: {
    label: 'dispensed medicines',
    optional: true,
    parameters: () => [['status', 'completed'], medication('MedicationDispense')],
  },
  AllergyIntolerance: { label: 'allergies' },
  QuestionnaireResponse: {
    label: 'screening forms',
    parameters: ({ policy, referralDate }) => [
      ['questionnaire', policy.questionnaire],
      ['authored', `ge${daysBefore(referralDate, policy.parameters.screenWindow)}`],
    ],
    accepts: (resource, { policy }) =>
      resource.resourceType === 'QuestionnaireResponse' &&
      resource.questionnaire?.split('|')[0] === policy.questionnaire,
  },
  ServiceRequest: {
    label: 'planned operations',
    parameters: ({ referralDate }) => [
      ['status', 'active'],
      ['intent', 'order,plan'],
      ['occurrence', `ge${referralDate}`],
    ],
  },
  Appointment: {
    label: 'booked appointments',
    parameters: ({ referralDate }) => [
      ['status', 'booked'],
      ['date', `ge${referralDate}`],
    ],
  },
  'Procedure/planned': {
    label: 'procedures in preparation',
    parameters: () => [['status', 'preparation']],
  },
  'Procedure/therapy': {
    label: 'physical and psychological therapy',
    parameters: ({ policy, lists }) => [['code', codesOf(policy, lists)]],
  },
}

function compose(
  policy: Policy,
  key: string,
  lists: readonly string[],
  referralDate: string,
): Omit<EvidenceQuery, 'key' | 'criteria'> {
  const [type = '', kind] = key.split('/')
  const facts = { policy, lists, referralDate }
  const search = type === 'Observation' ? observations(kind as ParameterName) : searches[key]
  if (search === undefined) throw new Error(`no search answers ${key}`)
  return {
    type,
    label: search.label,
    optional: search.optional ?? false,
    parameters: search.parameters?.(facts) ?? [],
    accepts: (resource) =>
      resource.resourceType === type && (search.accepts?.(resource, facts) ?? true),
  }
}

/** combo-code also finds components. */
const observations = (window: ParameterName): Search => ({
  label: readings[window] ?? 'readings',
  parameters: ({ policy, lists, referralDate }) => [
    ['combo-code', codesOf(policy, lists)],
    ['date', `ge${windowStart(policy, window, referralDate)}`],
  ],
  accepts: (resource, { policy, lists }) => {
    const { code, component = [] } = resource as Observation
    const concepts: readonly (CodeableConcept | undefined)[] = [
      code,
      ...component.map((each) => each.code),
    ]
    return concepts.some((concept) => lists.some((list) => policy.codes.has(concept, list)))
  },
})

const codesOf = ({ codes }: Policy, lists: readonly string[]): string =>
  [...new Set(lists.flatMap((list) => codes.codesIn(list)))].join(',')

function windowStart(policy: Policy, window: ParameterName, referralDate: string): string {
  const { parameters } = policy
  return window === 'lookBackYears'
    ? daysBefore(referralDate, Math.ceil(parameters.lookBackYears * 365.25))
    : daysBefore(referralDate, parameters[window])
}

function daysBefore(date: string, days: number): string {
  const day = spanOf(date)?.first
  if (day === undefined) throw new Error('the referral date is a calendar date')
  return dateOf(day - days)
}
