/**
 * fhir-kit-client, sending through the egress.
 *
 * Its own transport follows a redirect with the patient's data to another host, has no limits,
 * calls whatever host Bundle.link names with our token, rounds decimals and, told so by DEBUG,
 * prints headers. None of that code runs: every method of the client ends in `httpClient.request`,
 * which is ours here. Bodies pass through as text, so decimals leave byte for byte.
 */

import { Client } from 'fhir-kit-client'
import { parseFhirJson } from '../domain/fhir/json.ts'
import { EhrFailure } from '../domain/referral/ports.ts'
import { TokenFailure, type TokenSource } from './backend-token.ts'
import type { Egress } from './egress.ts'
import { objectOf } from './ehr-answers.ts'
import { failureOfAnswer, failureOfCall, type Interaction, unusableAnswer } from './ehr-failure.ts'
import type { OutboundAnswer } from './exchange.ts'

type HttpClient = Client['httpClient']
type FhirAnswer = Awaited<ReturnType<HttpClient['request']>>

export interface TransportDeps {
  readonly egress: Pick<Egress, 'send'>
  readonly now: () => Date
  /** Milliseconds that never jump. */
  readonly monotonic: () => number
}

/** An HTTP client for FHIR, and what its server asks of everybody who uses it. */
export interface FhirTransport {
  readonly http: HttpClient
  /** @throws EhrFailure with what is left of it, while the server has asked to wait */
  holdBack(): void
}

/** A FHIR client whose every request leaves through the egress. */
export function fhirThroughEgress(
  base: string,
  tokens: TokenSource | undefined,
  deps: TransportDeps,
): FhirTransport {
  const http = new Client({ baseUrl: base }).httpClient
  const manners = patience(deps)
  http.request = async (method, path, options = {}, body) => {
    const interaction = interactionOf(method, path)
    const send = async (bearer: string | undefined): Promise<OutboundAnswer> => {
      manners.holdBack()
      try {
        return await deps.egress.send({
          method: method as 'GET' | 'POST' | 'PUT',
          url: http.expandUrl(path),
          base,
          headers: {
            accept: 'application/fhir+json',
            // HAPI answers the same search from a cache for a minute, with what was there before.
            'cache-control': 'no-cache',
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
      throw manners.heed(failureOfAnswer(answer, interaction, deps.now()))
    return readBody(answer, interaction)
  }
  return { http, holdBack: manners.holdBack }
}

/** What an EHR asks of one caller, all who call it heed: nobody comes before the time that it named. */
function patience({ monotonic }: Pick<TransportDeps, 'monotonic'>) {
  let quietUntil = Number.NEGATIVE_INFINITY
  return {
    holdBack(): void {
      const left = quietUntil - monotonic()
      if (left <= 0) return
      const retryAfter = Math.ceil(left / 1_000)
      throw new EhrFailure('The EHR asked to wait.', { phase: 'before', retryAfter })
    },
    heed(failure: EhrFailure): EhrFailure {
      const { status, retryAfter } = failure
      if ((status === 429 || status === 503) && retryAfter !== undefined)
        quietUntil = Math.max(quietUntil, monotonic() + retryAfter * 1_000)
      return failure
    },
  }
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
    if (cause instanceof EhrFailure) throw cause
    const message = cause instanceof TokenFailure ? cause.message : 'The token endpoint failed.'
    throw new EhrFailure(message, { phase: 'before', cause })
  }
}

function readBody(answer: OutboundAnswer, interaction: Interaction): FhirAnswer {
  // An update may be answered without content, a transaction may not.
  if (answer.body.length === 0 && interaction === 'update')
    return { resourceType: '', ...metaOf(answer) }
  const resource = objectOf(parsed(answer))
  const type = resource?.resourceType
  if (!resource || typeof type !== 'string') throw unusableAnswer('no FHIR resource', answer.status)
  return { ...resource, resourceType: type }
}

/** `W/"3"` is version 3: https://hl7.org/fhir/R4/http.html#versioning */
function metaOf({ header }: OutboundAnswer): { readonly meta?: { readonly versionId: string } } {
  const versionId = /^(?:W\/)?"([A-Za-z0-9.-]{1,64})"$/.exec(header('etag') ?? '')?.[1]
  return versionId ? { meta: { versionId } } : {}
}

function parsed(answer: OutboundAnswer): unknown {
  try {
    return parseFhirJson(answer.body)
  } catch (cause) {
    throw unusableAnswer('not JSON', answer.status, cause)
  }
}
