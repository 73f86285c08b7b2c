/** A referrer's FHIR server, of which we only read: https://hl7.org/fhir/R4/search.html */

import type { FhirServer } from '../domain/access/registry.ts'
import type { PatientRecords } from '../domain/referral/ask-records.ts'
import { EhrFailure } from '../domain/referral/ports.ts'
import { createTokenSource, type TokenDeps } from './backend-token.ts'
import { type JsonObject, readPage, readReference } from './ehr-answers.ts'
import { unusableAnswer } from './ehr-failure.ts'
import { fhirThroughEgress } from './fhir-transport.ts'
import { linkedPages } from './linked-pages.ts'

export interface RecordsDeps extends TokenDeps {
  readonly limits?: Partial<RecordsLimits>
}

interface RecordsLimits {
  /** Of one page. */
  readonly responseBytes: number
  readonly pageMs: number
  readonly maxPages: number
  /** Of one search, inclusions among them. */
  readonly maxResources: number
}

// The largest record that a referral has to pass with holds 555 resources of one type.
const usualLimits: RecordsLimits = {
  responseBytes: 8 * 1024 * 1024,
  pageMs: 20_000,
  maxPages: 25,
  maxResources: 2_000,
}

/** Our read-only side of a referrer's FHIR server. */
export function createPatientRecords(
  { fhirBaseUrl: base, auth }: FhirServer,
  deps: RecordsDeps,
): PatientRecords {
  const { responseBytes, pageMs, maxPages, maxResources } = { ...usualLimits, ...deps.limits }
  const egress: TokenDeps['egress'] = {
    send: (request) =>
      deps.egress.send({
        ...request,
        limits: { responseBytes, totalMs: pageMs, ...request.limits },
      }),
  }
  const tokens =
    auth.type === 'none'
      ? undefined
      : createTokenSource(base, auth, { ...deps, egress, scope: 'system/*.rs' })
  const { http } = fhirThroughEgress(base, tokens, { ...deps, egress })
  const get = withPatience((url) => http.get(url), deps.monotonic)

  return {
    base,

    async search(type, parameters) {
      const first = `${type}?${new URLSearchParams([...parameters.map(([name, value]) => [name, value] as [string, string]), ['_count', '200']])}`
      const matches: JsonObject[] = []
      const included: JsonObject[] = []
      for await (const answer of linkedPages(get, { base, first, maxPages })) {
        const page = readPage(answer, type)
        matches.push(...page.matches)
        included.push(...page.included)
        if (matches.length + included.length > maxResources)
          throw new EhrFailure(`It has more than ${maxResources} of them.`, {
            phase: 'refused',
            permanent: true,
          })
      }
      return { matches, included }
    },

    async read(reference) {
      const place = readReference(reference, base)
      if (!place) throw new EhrFailure('The reference does not lie at this EHR.', nowhere)
      const answer = (await get(`${place.type}/${place.id}`)) as JsonObject
      if (answer.resourceType !== place.type || answer.id !== place.id)
        throw unusableAnswer('another resource than the one asked for')
      return answer
    },
  }
}

// Every referral of a practice is looked up at its one server: when that is away, the first who waited
// for it spares the others their twenty seconds, and the workers stay free for other practices.
const awaySeconds = 60

/** Calls nobody for a while who did not answer. */
function withPatience(
  get: (url: string) => Promise<unknown>,
  monotonic: () => number,
): (url: string) => Promise<unknown> {
  let awayUntil = Number.NEGATIVE_INFINITY
  return async (url) => {
    const left = Math.ceil((awayUntil - monotonic()) / 1_000)
    if (left > 0)
      throw new EhrFailure('It did not answer a moment ago.', { phase: 'before', retryAfter: left })
    try {
      return await get(url)
    } catch (error) {
      if (error instanceof EhrFailure && isAway(error))
        awayUntil = monotonic() + awaySeconds * 1_000
      throw error
    }
  }
}

/** Not reached, or silent; whoever asked for time has said how much. */
const isAway = ({ status, permanent, retryAfter }: EhrFailure): boolean =>
  status === undefined && !permanent && retryAfter === undefined

const nowhere = { phase: 'before', permanent: true } as const
