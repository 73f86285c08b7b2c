/** A clinic's EHR over FHIR R4: https://hl7.org/fhir/R4/http.html */

import type { Ehr } from '../domain/access/registry.ts'
import { type ClinicEhr, EhrFailure } from '../domain/referral/ports.ts'
import { resourceIdentifierSystem } from '../domain/referral/task.ts'
import { createTokenSource, type TokenDeps } from './backend-token.ts'
import {
  bears,
  readMatches,
  readReference,
  readTransactionResponse,
  readVersion,
  readVersions,
  type SentEntry,
} from './ehr-answers.ts'
import { unusableAnswer } from './ehr-failure.ts'
import { fhirThroughEgress } from './fhir-transport.ts'
import { taskPages } from './task-pages.ts'

export interface EhrDeps extends TokenDeps {
  readonly pageSize?: number
  readonly maxPages?: number
}

/** Our side of one clinic's EHR. */
export function createClinicEhr(
  settings: Pick<Ehr, 'fhirBaseUrl' | 'auth'>,
  deps: EhrDeps,
): ClinicEhr {
  const base = settings.fhirBaseUrl.replace(/\/$/, '')
  const tokens =
    settings.auth.type === 'none' ? undefined : createTokenSource(base, settings.auth, deps)
  const { http, holdBack } = fhirThroughEgress(base, tokens, deps)

  return {
    holdBack,

    async transact(bundle) {
      const answer = await http.post(base, bundle, { headers: minimal })
      return readTransactionResponse(answer, sentEntries(bundle), base)
    },

    async find(type, query) {
      // Written anew, since servers on Tomcat answer a bare `|` with 400.
      const search = new URLSearchParams(query)
      const matches = readMatches(await http.get(`${type}?${search}`), type)
      if (!matches.every((match) => bears(match, query)))
        throw unusableAnswer('a match does not bear what was searched for')
      return matches.map((match) => `${type}/${String(match.id)}`)
    },

    changedTasks: (since) =>
      taskPages((url) => http.get(url), {
        base,
        system: resourceIdentifierSystem,
        since,
        pageSize: deps.pageSize ?? 50,
        maxPages: deps.maxPages ?? 1_000,
      }),

    async read(reference) {
      const place = readReference(reference, base)
      if (!place)
        throw new EhrFailure('The reference does not lie at this EHR.', {
          phase: 'before',
          permanent: true,
        })
      const answer = await http.get(`${place.type}/${place.id}`)
      if (answer.resourceType !== place.type || answer.id !== place.id)
        throw unusableAnswer('another resource than the one asked for')
      return answer
    },

    async history(reference) {
      const place = readReference(reference, base)
      if (!place) return []
      try {
        return readVersions(await http.get(`${place.type}/${place.id}/_history?_count=100`), place)
      } catch (error) {
        // No history is no failure: many EHRs keep none.
        if (error instanceof EhrFailure && error.permanent) return []
        throw error
      }
    },

    async update(type, id, body, ifMatch) {
      const headers = { ...minimal, ...(ifMatch ? { 'if-match': etagOf(ifMatch) } : {}) }
      return readVersion(await http.put(`${type}/${id}`, body, { headers }))
    },
  }
}

const minimal = { prefer: 'return=minimal' }

const etagOf = (version: string): string => (/^(W\/)?"/.test(version) ? version : `W/"${version}"`)

/** What was sent, as far as the answer is checked against it; the text is our own. */
function sentEntries(bundle: string): readonly SentEntry[] {
  const { entry } = JSON.parse(bundle) as {
    entry: { resource: { resourceType: string }; request: { method: string; url: string } }[]
  }
  return entry.map(({ resource, request }) => ({
    type: resource.resourceType,
    ...(request.method === 'PUT' ? { place: request.url } : {}),
  }))
}
