/** The CDS services with the published policy and two clinics, in memory. */

import type { FhirResource } from 'fhir/r4'
import { Registry as MetricsRegistry } from 'prom-client'
import type { Test } from 'tap'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import type { Advice } from '../../src/domain/order-time/advise.ts'
import { checkByPolicy } from '../../src/domain/referral/check-by-policy.ts'
import { clinicPolicies } from '../../src/domain/referral/clinic-policies.ts'
import { readPublished } from '../../src/domain/screening/published.ts'
import type { ServerDeps } from '../../src/http/deps.ts'
import { daysAgo } from './evidence.ts'
import { type HookCall, serviceId } from './hook-calls.ts'
import { bearer, type HttpWorld, httpWorld } from './http-world.ts'
import { ownRegistry } from './own-registry.ts'

export type Card = Advice['cards'][number]

interface CdsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly cards: readonly Card[]
  /** Codes of ours in the OperationOutcome. */
  readonly problems: readonly string[]
  /** Where the issues of the OperationOutcome are. */
  readonly expressions: readonly string[]
}

export interface CdsWorld extends HttpWorld {
  readonly metrics: MetricsRegistry
  call(body: HookCall | object | string, options?: CallOptions): Promise<CdsAnswer>
}

interface CallOptions {
  readonly path?: string
  /** One of the callers of http-world.ts; none when undefined is given. */
  readonly caller?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

const published = readPublished() as readonly FhirResource[]
const validator = createReferralValidator()

/** @param change to the registry as an operator writes it */
export async function cdsWorld(
  t: Test,
  change: (registry: TestRegistry) => void = () => {},
  more: Partial<ServerDeps> = {},
): Promise<CdsWorld> {
  const json = (await ownRegistry()).config.registry as TestRegistry
  change(json)
  const registry = parseRegistry(json)
  const { policyOf } = clinicPolicies(published)
  const metrics = new MetricsRegistry()
  const now = more.now ?? (() => new Date(`${daysAgo(0)}T12:00:00.000Z`))
  const nobody = () => {
    throw new Error('a hook call keeps nothing and reads nothing')
  }
  const world = await httpWorld(t, {
    metrics,
    policyOf,
    now,
    conformance: published,
    ...more,
    intake: {
      ...({} as ServerDeps['intake']),
      registry: () => registry,
      validate: (resource) => validator.validate(resource),
      check: checkByPolicy(
        () => registry,
        policyOf,
        async () => nobody(),
        () => undefined,
      ),
      now,
    },
  })
  return {
    ...world,
    metrics,
    async call(body, { path = serviceId, headers = {}, ...options } = {}) {
      const caller = 'caller' in options ? options.caller : 'lakeside'
      const answer = await world.app.inject({
        method: 'POST',
        url: `/cds-services/${path}`,
        headers: {
          'content-type': 'application/json',
          ...(caller === undefined ? {} : bearer(caller)),
          ...headers,
        },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      })
      const parsed = answer.payload === '' ? {} : (JSON.parse(answer.payload) as Parsed)
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: answer.payload,
        cards: parsed.cards ?? [],
        problems: [
          ...new Set(
            parsed.issue?.flatMap(({ details }) => details.coding.map(({ code }) => code)) ?? [],
          ),
        ],
        expressions: parsed.issue?.flatMap(({ expression = [] }) => expression) ?? [],
      }
    },
  }
}

export interface TestRegistry {
  clinics: { id: string; services?: string[]; policyOverrides?: object; disabled?: boolean }[]
}

interface Parsed {
  readonly cards?: readonly Card[]
  readonly issue?: readonly {
    readonly details: { readonly coding: readonly { readonly code: string }[] }
    readonly expression?: readonly string[]
  }[]
}
