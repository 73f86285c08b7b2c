/**
 * A clinic's EHR over FHIR R4: https://hl7.org/fhir/R4/http.html
 *
 * fhir-kit-client composes the interactions; its transport is replaced by the egress. Its own
 * transport follows a redirect with the patient's data to another host, has no limits, calls
 * whatever host Bundle.link names with our token, rounds decimals and, told so by DEBUG, prints
 * bodies. None of that code runs: every method of the client ends in `httpClient.request`, which
 * is ours here. Bodies pass through as text, so decimals leave byte for byte.
 */

import { Client } from 'fhir-kit-client'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { type ClinicEhr, EhrFailure } from '../domain/referral/ports.ts'
import {
  type BackendServiceAuth,
  createTokenSource,
  type TokenDeps,
  TokenFailure,
  type TokenSource,
} from './backend-token.ts'
import {
  bears,
  nextLink,
  objectOf,
  readMatches,
  readReference,
  readTransactionResponse,
} from './ehr-answers.ts'
import { failureOfAnswer, failureOfCall, type Interaction, unusableAnswer } from './ehr-failure.ts'
import type { OutboundAnswer } from './exchange.ts'
import { withinBase } from './outbound-address.ts'

/** What the registry says of a clinic's EHR. */
export interface ClinicEhrSettings {
  readonly fhirBaseUrl: string
  readonly auth: { readonly type: 'none' } | BackendServiceAuth
}

export interface EhrDeps extends TokenDeps {
  /** Identifier system of our Tasks at the EHR. */
  readonly taskSystem: string
  readonly pageSize?: number
  readonly maxPages?: number
}

type FhirAnswer = Awaited<ReturnType<Client['httpClient']['request']>>

/** Our side of one clinic's EHR. */
export function createClinicEhr(settings: ClinicEhrSettings, deps: EhrDeps): ClinicEhr {
  const base = settings.fhirBaseUrl.replace(/\/$/, '')
  const tokens =
    settings.auth.type === 'none' ? undefined : createTokenSource(base, settings.auth, deps)
  const http = clientThroughEgress(base, tokens, deps).httpClient

  return {
    async transact(bundle) {
      const answer = await http.post(base, bundle, { headers: minimal })
      return readTransactionResponse(answer, typesOf(bundle), base)
    },

    async find(type, query) {
      // Written anew, since servers on Tomcat answer a bare `|` with 400.
      const search = new URLSearchParams(query)
      const matches = readMatches(await http.get(`${type}?${search}`), type)
      if (!matches.every((match) => bears(match, query)))
        throw unusableAnswer('a match does not bear what was searched for')
      return matches.map((match) => `${type}/${String(match.id)}`)
    },

    changedTasks: (since) => pages((url) => http.get(url), base, taskSearch(since, deps), deps),

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

    async update(type, id, body, ifMatch) {
      const headers = { ...minimal, ...(ifMatch ? { 'if-match': etagOf(ifMatch) } : {}) }
      await http.put(`${type}/${id}`, body, { headers })
    },
  }
}

const minimal = { prefer: 'return=minimal' }

const etagOf = (version: string): string => (/^(W\/)?"/.test(version) ? version : `W/"${version}"`)

/** The types of what we send; the text is our own. */
function typesOf(bundle: string): readonly string[] {
  const { entry } = JSON.parse(bundle) as { entry: { resource: { resourceType: string } }[] }
  return entry.map(({ resource }) => resource.resourceType)
}

function taskSearch(since: string | undefined, deps: EhrDeps): string {
  const query = new URLSearchParams({
    identifier: `${deps.taskSystem}|`,
    _sort: '_lastUpdated',
    _count: String(deps.pageSize ?? 50),
  })
  if (since !== undefined) query.set('_lastUpdated', `ge${since}`)
  return `Task?${query}`
}

/** Follows the next links of a search, which must stay at this EHR and come to an end. */
async function* pages(
  get: (url: string) => Promise<unknown>,
  base: string,
  first: string,
  deps: EhrDeps,
): AsyncGenerator<readonly unknown[]> {
  const seen = new Set<string>()
  let url: string | undefined = first
  while (url !== undefined) {
    if (seen.has(url) || seen.size >= (deps.maxPages ?? 1_000))
      throw unusableAnswer('the pages do not end')
    seen.add(url)
    const answer = await get(url)
    yield readMatches(answer, 'Task')
    const next = nextLink(answer)
    url = next === undefined ? undefined : withinBaseOrFail(next, base)
  }
}

function withinBaseOrFail(link: string, base: string): string {
  try {
    return withinBase(link, base)
  } catch (error) {
    throw failureOfCall(error, 'search')
  }
}

/** A client whose every request leaves through the egress. */
function clientThroughEgress(base: string, tokens: TokenSource | undefined, deps: EhrDeps): Client {
  const client = new Client({ baseUrl: base })
  client.httpClient.request = async (method, path, options = {}, body) => {
    const interaction = interactionOf(method, path)
    const send = async (bearer: string | undefined): Promise<OutboundAnswer> => {
      try {
        return await deps.egress.send({
          method: method as 'GET' | 'POST' | 'PUT',
          url: client.httpClient.expandUrl(path),
          base,
          headers: {
            accept: 'application/fhir+json',
            ...options.headers,
            ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          },
          ...(typeof body === 'string' ? { body } : {}),
        })
      } catch (error) {
        throw failureOfCall(error, interaction)
      }
    }
    const answer = await withToken(tokens, send)
    if (answer.status < 200 || answer.status > 299)
      throw failureOfAnswer(answer, interaction, deps.now())
    return readBody(answer, interaction)
  }
  return client
}

function interactionOf(method: string, path: string): Interaction {
  if (method === 'POST') return 'transaction'
  if (method === 'PUT') return 'update'
  return path.includes('?') ? 'search' : 'read'
}

/** A 401 is answered once with a new token; a second one is the EHR's last word. */
async function withToken(
  tokens: TokenSource | undefined,
  send: (bearer: string | undefined) => Promise<OutboundAnswer>,
): Promise<OutboundAnswer> {
  if (!tokens) return send(undefined)
  const first = await obtain(tokens)
  const answer = await send(first)
  if (answer.status !== 401) return answer
  tokens.forget(first)
  return send(await obtain(tokens))
}

async function obtain(tokens: TokenSource): Promise<string> {
  try {
    return await tokens.token()
  } catch (cause) {
    const message = cause instanceof TokenFailure ? cause.message : 'The token endpoint failed.'
    throw new EhrFailure(message, { phase: 'before', cause })
  }
}

function readBody(answer: OutboundAnswer, interaction: Interaction): FhirAnswer {
  // An update may be answered without content, a transaction may not.
  if (answer.body.length === 0 && interaction === 'update') return { resourceType: '' }
  const resource = objectOf(parsed(answer))
  const type = resource?.resourceType
  if (!resource || typeof type !== 'string') throw unusableAnswer('no FHIR resource', answer.status)
  return { ...resource, resourceType: type }
}

function parsed(answer: OutboundAnswer): unknown {
  try {
    return parseFhirJson(answer.body)
  } catch (cause) {
    throw unusableAnswer('not JSON', answer.status, cause)
  }
}
