/**
 * The thread in which one clinic's expressions are evaluated. It sees one referral at a time, as text,
 * and says nothing but true, false, empty, unclear or failed: what the library throws may quote a record.
 *
 * FHIRPath: https://hl7.org/fhirpath/N1/
 */

import { parentPort, workerData } from 'node:worker_threads'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { ExpressionAnswer } from '../domain/screening/own-findings.ts'
import type { OwnExpression } from '../domain/screening/policy.ts'
import type { ExpressionInput } from '../domain/screening/screen-referral.ts'

/** To the thread: one referral. */
export type Question = ExpressionInput

/** From the thread: it is ready, one answer, all answers were given. CPU time in microseconds so far. */
export type Word =
  | { readonly kind: 'ready' | 'done'; readonly cpu: number }
  | { readonly kind: 'answer'; readonly index: number; readonly answer: ExpressionAnswer }

type Evaluate = (resource: unknown, variables: Record<string, unknown>) => unknown[]

interface Compiled extends OwnExpression {
  readonly evaluate: Evaluate
}

/** No network, nothing printed, and elements that still know where in the Bundle they are. */
const options = { async: false, resolveInternalTypes: false, traceFn: () => {} } as const

const compile = (text: string): Evaluate =>
  fhirpath.compile(text, r4, options) as unknown as Evaluate

const port = parentPort
if (port) {
  const compiled = (workerData as readonly OwnExpression[]).map(
    (expression): Compiled => ({ ...expression, evaluate: compile(expression.text) }),
  )
  warmUp()
  const say = (word: Word) => port.postMessage(word)
  const cpu = () => {
    const { user, system } = process.threadCpuUsage()
    return user + system
  }
  port.on('message', (question: Question) => {
    answerAll(compiled, question, (index, answer) => say({ kind: 'answer', index, answer }))
    say({ kind: 'done', cpu: cpu() })
  })
  say({ kind: 'ready', cpu: cpu() })
}

interface Entry {
  readonly fullUrl: string
  readonly resource: object
}

function answerAll(
  compiled: readonly Compiled[],
  { bundle: text, referral, patient, referralDate, checkDate }: ExpressionInput,
  tell: (index: number, answer: ExpressionAnswer) => void,
): void {
  const bundle = JSON.parse(text) as { readonly entry: readonly Entry[] }
  const resourceOf = (reference: string | undefined) =>
    bundle.entry.find(({ fullUrl }) => fullUrl === reference)?.resource ?? []
  const references = new Map(bundle.entry.map(({ fullUrl, resource }) => [resource, fullUrl]))
  const variables: Record<string, unknown> = {
    referral: resourceOf(referral),
    patient: resourceOf(patient),
    referralDate: dateOf(referralDate),
    checkDate: dateOf(checkDate),
    sct: 'http://snomed.info/sct',
    loinc: 'http://loinc.org',
  }
  for (const [index, { criterion, part, evaluate }] of compiled.entries()) {
    const answer = answerTo(() => evaluate(bundle, variables), part === 'evidence', references)
    // Others refer to a criterion by what it asks first: metWhen or presentWhen.
    if (part === 'metWhen' || part === 'presentWhen')
      Object.assign(variables, named(criterion, answer))
    tell(index, answer)
  }
}

/** A date that compares as one; a string would compare as text. */
const dateOf = (date: string): unknown => compile(`@${date}`)({}, {})[0]

/** What gave no answer has no name, and what refers to it fails as well. */
function named(criterion: string, { value }: ExpressionAnswer): Record<string, unknown> {
  if (value === 'empty') return { [criterion]: [] }
  return value === 'true' || value === 'false' ? { [criterion]: value === 'true' } : {}
}

function answerTo(
  evaluate: () => unknown[],
  isEvidence: boolean,
  references: ReadonlyMap<object, string>,
): ExpressionAnswer {
  try {
    const values = evaluate()
    return isEvidence
      ? { value: 'true', references: recordsOf(values, references) }
      : { value: truthOf(values), references: [] }
  } catch {
    return { value: 'failed', references: [] }
  }
}

function truthOf(values: readonly unknown[]): 'true' | 'false' | 'empty' | 'unclear' {
  if (values.length === 0) return 'empty'
  const value = values.length === 1 ? dataOf(values[0]) : undefined
  return value === true ? 'true' : value === false ? 'false' : 'unclear'
}

/** A place in the Bundle, as the library has it. */
interface Place {
  readonly data?: unknown
  readonly parentResNode?: Place | null
}

const dataOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'data' in value ? value.data : value

/** The records in which the places are. */
function recordsOf(
  values: readonly unknown[],
  references: ReadonlyMap<object, string>,
): readonly string[] {
  const found = new Set<string>()
  for (const value of values) {
    let place = value as Place | null | undefined
    while (place) {
      const reference = references.get(place.data as object)
      if (reference !== undefined) {
        found.add(reference)
        break
      }
      place = place.parentResNode
    }
  }
  return [...found]
}

/** The first evaluation of anything costs some thirty milliseconds, which no referral should pay for. */
function warmUp(): void {
  const entry = Array.from({ length: 40 }, (_, n) => ({
    fullUrl: `urn:referloop:${n}`,
    resource: {
      resourceType: 'Observation',
      status: 'final',
      effectiveDateTime: `2026-01-${10 + (n % 20)}`,
      code: { coding: [{ system: 'http://loinc.org', code: `${n}` }] },
      valueQuantity: { value: n, code: 'mm[Hg]', system: 'http://unitsofmeasure.org' },
    },
  }))
  const evaluate = compile(
    "entry.resource.ofType(Observation).where(code.coding.exists(system = %loinc and code = '7') and effective.dateOf() >= @2026-01-01 - 90 days and value.ofType(Quantity).value > 3).exists()",
  )
  for (let round = 0; round < 5; round++)
    evaluate({ resourceType: 'Bundle', entry }, { loinc: 'http://loinc.org' })
}
