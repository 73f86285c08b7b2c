/** What to say where no route is: 404, or 405 with the methods that the address does have. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resourceTypes } from '../domain/access/resource-types.ts'
import { Problem } from '../domain/problem.ts'
import type { FhirRoute } from './request.ts'

/** A route as far as its address, its method and its meaning go. */
export interface KnownRoute {
  readonly method: string
  readonly url: string
  readonly fhir: FhirRoute | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of the server, in the order of registration. */
    knownRoutes: KnownRoute[]
  }
}

/** Keeps the list of routes from here on; call it before the first. */
export function rememberRoutes(app: FastifyInstance): void {
  const routes: KnownRoute[] = []
  app.decorate('knownRoutes', routes)
  app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) routes.push({ method: one, url, fhir: config?.fhir })
  })
}

/** A method that the address does not have, with those that it has. */
export class MethodProblem extends Problem {
  readonly allow: readonly string[]

  constructor(allow: readonly string[]) {
    super('method-not-allowed', `This address supports ${allow.join(', ')}.`)
    this.allow = allow
  }
}

/** The methods of an address, sorted; none when there is no such address. */
export function methodsAt(app: FastifyInstance, request: FastifyRequest): readonly string[] {
  const path = decodedPath(request.url)
  if (path === undefined) return []
  const methods = app.knownRoutes.filter(({ url }) => matches(url, path)).map((r) => r.method)
  return [...new Set(methods)].sort()
}

/** 404, or 405 when the address is there for other methods. */
export function unknownAddress(app: FastifyInstance, request: FastifyRequest): Problem {
  const methods = methodsAt(app, request).filter((method) => method !== request.method)
  return methods.length > 0
    ? new MethodProblem(methods)
    : new Problem(
        'not-found',
        'There is nothing at this address; /fhir/metadata lists what there is.',
      )
}

/** True for an address below the FHIR base, where even 404 is told to known callers only. */
export const isFhirAddress = (request: FastifyRequest): boolean =>
  decodedPath(request.url)?.[0] === 'fhir'

/** True for an address of the CDS services, where patients' data are sent as well. */
export const isCdsAddress = (request: FastifyRequest): boolean =>
  decodedPath(request.url)?.[0] === 'cds-services'

function decodedPath(url: string): string[] | undefined {
  try {
    return decodeURI(url.split('?')[0] as string)
      .split('/')
      .slice(1)
  } catch {
    return undefined
  }
}

function matches(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split('/').slice(1)
  if (parts.at(-1) === '*') return false
  return parts.length === path.length && parts.every((part, i) => fits(part, path[i] as string))
}

function fits(part: string, actual: string): boolean {
  if (part === ':type') return resourceTypes.has(actual)
  if (part === ':id') return isId(actual)
  return part.startsWith(':') ? actual !== '' : part === actual
}

/** https://hl7.org/fhir/R4/datatypes.html#id */
export const isId = (text: string): boolean => /^[A-Za-z0-9\-.]{1,64}$/.test(text)
