/**
 * Asks a referrer's FHIR server for what a patient's referral lacks. Nothing it says is believed
 * before it was looked at: valid R4, of that patient, and what was asked for.
 */

import type { FhirResource, Patient, Reference } from 'fhir/r4'
import { type Issue, isError } from '../problem.ts'
import type { EvidenceQuery } from '../screening/evidence-queries.ts'
import { isAbout, localOf, type Subject } from './about-patient.ts'
import { businessIdentifiers } from './arrange.ts'
import { EhrFailure } from './ports.ts'

/** A referrer's FHIR server, only read, and not to be trusted. All calls throw EhrFailure. */
export interface PatientRecords {
  /** Without a slash at the end. */
  readonly base: string
  /** All pages of a search. */
  search(
    type: string,
    parameters: readonly (readonly [name: string, value: string])[],
  ): Promise<{ readonly matches: readonly unknown[]; readonly included: readonly unknown[] }>
  /** One resource by its reference there (relative, or absolute on the same base). */
  read(reference: string): Promise<unknown>
}

/** What one question came to. */
export interface Answer {
  readonly query: EvidenceQuery
  /** Of this patient, valid and as asked, each with its id there. */
  readonly resources: readonly FhirResource[]
  /** Medications and reasons that the resources refer to. */
  readonly support: readonly FhirResource[]
  /** The answer is not whole: why, and whether asking again may help. */
  readonly failure?: SearchFailure
}

interface SearchFailure {
  /** A clause: `it answered 503`. */
  readonly reason: string
  readonly again: boolean
  /** Seconds. */
  readonly retryAfter?: number | undefined
}

export interface AskPorts {
  validate(resource: unknown): readonly Issue[]
  now(): Date
  /** Before each request: the search as it goes out. */
  onAsking(query: string): Promise<void>
}

/** A patient has this many medicines in a list at most; more is another matter. */
const mostReads = 100
/** A server that takes longer for all of it is asked again later. */
const patienceMs = 180_000

/**
 * @param patient as the referrer sent it
 * @returns one answer for each query; each that was not asked has a failure
 */
export async function askRecords(
  ports: AskPorts,
  records: PatientRecords,
  patient: Patient,
  queries: readonly EvidenceQuery[],
): Promise<readonly Answer[]> {
  const until = ports.now().getTime() + patienceMs
  let stopped: SearchFailure | undefined
  const attempt = async <T>(ask: () => Promise<T>): Promise<T | SearchFailure> => {
    if (stopped) return stopped
    if (ports.now().getTime() > until) return { reason: 'it took too long', again: true }
    try {
      return await ask()
    } catch (error) {
      const failure = failureOf(error)
      // Whoever is away, or asks us to wait, is not asked the rest.
      if (isStopping(error as EhrFailure)) stopped = failure
      return failure
    }
  }
  const found = await attempt(() => findPatient(ports, records, patient))
  if (isFailure(found))
    return queries.map((query) => ({ query, resources: [], support: [], failure: found }))
  const subject: Subject = { id: found, base: records.base, tokens: businessIdentifiers(patient) }
  const answers: Answer[] = []
  for (const query of queries) {
    const answer = await attempt(() => ask(ports, records, subject, query))
    answers.push(
      isFailure(answer)
        ? { query, resources: [], support: [], failure: answer }
        : await withSupport(ports, records, subject, { query, ...answer }, attempt),
    )
  }
  return answers.map((answer) => withoutOptional(answer))
}

const isFailure = (outcome: unknown): outcome is SearchFailure =>
  typeof outcome === 'object' && outcome !== null && 'reason' in outcome && 'again' in outcome

/** A server without dispenses is no worse a source. */
const withoutOptional = ({ failure, ...answer }: Answer): Answer =>
  failure && !(answer.query.optional && !failure.again) ? { ...answer, failure } : answer

/** @throws what is no failure of the other side */
function failureOf(error: unknown): SearchFailure {
  if (!(error instanceof EhrFailure)) throw error
  const { status, message, permanent, retryAfter } = error
  const isAnswer = status !== undefined && (status < 200 || status > 299)
  return {
    reason: isAnswer ? `it answered ${status}` : clauseOf(message),
    again: !permanent,
    retryAfter,
  }
}

function clauseOf(sentence: string): string {
  if (sentence.startsWith('Outbound call refused'))
    return 'it led to an address that may not be called'
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '')
}

const isStopping = ({ phase, status }: EhrFailure): boolean =>
  phase === 'before' || status === 401 || status === 429 || status === 503

const refusal = (reason: string): SearchFailure => ({ reason, again: false })

/**
 * The patient there that bears a business identifier of ours, if there is just one and nothing speaks
 * against it.
 */
async function findPatient(
  ports: AskPorts,
  records: PatientRecords,
  patient: Patient,
): Promise<string | SearchFailure> {
  const tokens = businessIdentifiers(patient)
  if (tokens.length === 0) return refusal('the referral gives the patient no identifier')
  const found = new Map<string, Patient>()
  for (const token of tokens) {
    const parameters = [['identifier', token]] as const
    await ports.onAsking(textOf('Patient', parameters))
    for (const match of (await records.search('Patient', parameters)).matches) {
      const there = match as Patient
      // A server that ignores a parameter answers with everybody.
      if (businessIdentifiers(there).includes(token) && there.active !== false)
        found.set(there.id as string, there)
    }
  }
  const [there, ...others] = found.values()
  if (!there) return refusal('it knows no patient with the identifiers of the referral')
  if (others.length > 0)
    return refusal('it knows several patients with the identifiers of the referral')
  if (ports.validate(there).some(isError)) return refusal('its Patient is not valid FHIR')
  if (there.birthDate && patient.birthDate && !agree(there.birthDate, patient.birthDate))
    return refusal('the patient there has another date of birth')
  return there.id as string
}

/** A date may be less precise than the other. */
const agree = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

const textOf = (type: string, parameters: EvidenceQuery['parameters']): string =>
  `${type}?${parameters.map(([name, value]) => `${name}=${value}`).join('&')}`

/** One search. @throws EhrFailure */
async function ask(
  ports: AskPorts,
  records: PatientRecords,
  subject: Subject,
  query: EvidenceQuery,
): Promise<Omit<Answer, 'query'> | SearchFailure> {
  const parameters = [['patient', subject.id] as const, ...query.parameters]
  const { matches, included } = await searchWith(ports, records, query.type, parameters)
  const resources = matches as readonly FhirResource[]
  if (!resources.every((each) => isAbout(each, subject)))
    return refusal('it answered with records of another patient')
  const valid = resources.filter((each) => !ports.validate(each).some(isError))
  const support = (included as readonly FhirResource[]).filter(
    (each) => each.resourceType === 'Medication' && !ports.validate(each).some(isError),
  )
  const invalid = resources.length - valid.length
  return {
    resources: valid.filter((each) => query.accepts(each)),
    support,
    ...(invalid > 0 ? { failure: refusal(`${invalid} of them are not valid FHIR`) } : {}),
  }
}

/** Many servers know `code` where they do not know `combo-code`. */
async function searchWith(
  ports: AskPorts,
  records: PatientRecords,
  type: string,
  parameters: EvidenceQuery['parameters'],
): ReturnType<PatientRecords['search']> {
  const search = async (asked: EvidenceQuery['parameters']) => {
    await ports.onAsking(textOf(type, asked))
    return records.search(type, asked)
  }
  const simpler = parameters.map(
    ([name, value]) => [name === 'combo-code' ? 'code' : name, value] as const,
  )
  const isSimpler = simpler.some(([name], i) => name !== parameters[i]?.[0])
  try {
    return await search(parameters)
  } catch (error) {
    const { status } = error as EhrFailure
    if (!(error instanceof EhrFailure) || status !== 400 || !isSimpler) throw error
    return search(simpler)
  }
}

/** The medicines and reasons that were not included; one that cannot be had leaves the answer half. */
async function withSupport(
  ports: AskPorts,
  records: PatientRecords,
  subject: Subject,
  answer: Answer,
  attempt: <T>(ask: () => Promise<T>) => Promise<T | SearchFailure>,
): Promise<Answer> {
  const here = [...answer.resources, ...answer.support]
  const known = new Set(here.map(({ resourceType, id }) => `${resourceType}/${id}`))
  const wanted = [
    ...new Set(answer.resources.flatMap((each) => supportOf(each, records.base))),
  ].filter((reference) => !known.has(reference))
  if (wanted.length > mostReads)
    return { ...answer, failure: refusal(`they refer to more than ${mostReads} other records`) }
  const support = [...answer.support]
  let { failure } = answer
  for (const reference of wanted) {
    const read = await attempt(async () => {
      await ports.onAsking(reference)
      return records.read(reference)
    })
    const broken = isFailure(read) ? read : faultOf(ports, subject, read as FhirResource)
    if (broken) failure ??= broken
    else support.push(read as FhirResource)
  }
  return { ...answer, support, ...(failure ? { failure } : {}) }
}

function faultOf(ports: AskPorts, subject: Subject, read: FhirResource): SearchFailure | undefined {
  if (ports.validate(read).some(isError)) return refusal('what they refer to is not valid FHIR')
  if (read.resourceType !== 'Medication' && !isAbout(read, subject))
    return refusal('they refer to records of another patient')
  return undefined
}

/** What decides whether a medicine counts: what it is, and why it was given. */
function supportOf(resource: FhirResource, base: string): readonly string[] {
  const { medicationReference, reasonReference } = resource as {
    medicationReference?: Reference
    reasonReference?: readonly Reference[]
  }
  if (!resource.resourceType.startsWith('Medication')) return []
  return [medicationReference ?? [], reasonReference ?? []].flat().flatMap(({ reference }) => {
    const local = localOf(reference, base)
    return local && /^(Medication|Condition|Observation)\//.test(local) ? [local] : []
  })
}
