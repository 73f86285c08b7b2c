/** What is there once for the whole service: what the others are put together from. */

import type { FastifyBaseLogger } from 'fastify'
import type { Registry as MetricsRegistry } from 'prom-client'
import type { KeySet } from '../auth/keys.ts'
import type { Config } from '../config.ts'
import type { Egress } from '../delivery/egress.ts'
import type { Registry } from '../domain/access/registry.ts'
import type { ClinicPolicies } from '../domain/referral/clinic-policies.ts'
import type { SecretBox } from '../domain/subscription/ports.ts'
import type { Evaluator } from '../expressions/evaluator.ts'
import type { ServerDeps } from '../http/deps.ts'
import type { Sandbox } from '../sandbox/start.ts'
import type { Storage } from '../storage/open.ts'

export interface Parts {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly now: () => Date
  readonly baseUrl: string
  readonly storage: Storage
  readonly keys: KeySet
  registry(): Registry
  readonly egress: Egress
  readonly subscriberEgress: Egress
  readonly secrets: SecretBox
  readonly metrics: MetricsRegistry
  readonly limits: NonNullable<ServerDeps['limits']>
  readonly published: readonly unknown[]
  readonly policies: ClinicPolicies
  readonly evaluator: Evaluator
  /** Set when it is to stop. */
  isLeaving: boolean
  /** Undefined in a real service, and with it everything that only the sandbox may have. */
  readonly sandbox: Sandbox | undefined
}
