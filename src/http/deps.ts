/** What the HTTP side is given; src/wiring fills it in, tests bring their own. */

import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { FhirResource } from 'fhir/r4'
import type { Registry as MetricsRegistry } from 'prom-client'
import type { Caller } from '../domain/access/caller.ts'
import type { Clinic } from '../domain/access/registry.ts'
import type { MakeLinkPorts } from '../domain/answering/make-link.ts'
import type { AuditTrail } from '../domain/audit/audit-row.ts'
import type { InsightStore } from '../domain/insight/tally.ts'
import type { AuditEntry, ResourceStore } from '../domain/referral/ports.ts'
import type { SupplyPorts } from '../domain/referral/supply-information.ts'
import type { Policy } from '../domain/screening/policy.ts'
import type { ManagePorts } from '../domain/subscription/manage.ts'
import type { HttpLimits } from './limits.ts'
import type { PeopleDeps } from './people/people.ts'
import type { TokenRouteOptions } from './routes/token.ts'
import type { WellKnownOptions } from './routes/well-known.ts'

export interface HttpDeps {
  /** Public address without a slash at the end; the FHIR base is `${baseUrl}/fhir`. */
  readonly baseUrl: string
  /** Version of this software. */
  readonly version: string
  readonly now: () => Date
  /** A fresh id for a request that brought none. */
  readonly newId: () => string
  readonly logger: FastifyBaseLogger
  /** @throws Problem missing-token or invalid-token */
  readonly verifyToken: (authorization: string | undefined) => Promise<Caller>
  /**
   * The same for the CDS services, which also take the JWT of a CDS client.
   * @param audiences addresses that the JWT may be for
   * @throws Problem missing-token or invalid-token
   */
  readonly verifyCdsClient: (
    authorization: string | undefined,
    audiences: readonly string[],
  ) => Promise<Caller>
  /** Origins whose pages may call the CDS services from a browser; none by default. */
  readonly cdsOrigins?: readonly string[]
  readonly resources: ResourceStore
  /** Commits audit entries of what changed nothing: reads and refusals. */
  readonly audit: (entries: readonly AuditEntry[]) => Promise<void>
  readonly auditTrail: AuditTrail
  /** The conformance resources that we publish, as parsed from schemas/. */
  readonly conformance: readonly FhirResource[]
  /** What /health/ready asks; each rejects when its part is not ready. */
  readonly readiness: Readonly<Record<string, () => Promise<unknown>>>
  /** Where /metrics reads; routes add their durations to it. */
  readonly metrics: MetricsRegistry
  /** What /metrics demands; without it, that the scrape comes from this machine. */
  readonly metricsToken?: string | undefined
  readonly limits?: Partial<HttpLimits>
}

/** A file of src/http/routes: adds its routes to the part of the server that it belongs to. */
export type RoutePlugin = (app: FastifyInstance, deps: HttpDeps) => void

/** What the routes that change something are given besides. */
interface WriteDeps extends HttpDeps {
  readonly intake: SupplyPorts
  /** Links by which practices answer. */
  readonly answering: Pick<MakeLinkPorts, 'links' | 'newSecret'>
}

export type WriteRoute = (app: FastifyInstance, deps: WriteDeps) => void

/** What the routes of the figures are given besides. */
interface InsightDeps extends WriteDeps {
  readonly insight: InsightStore
}

export type InsightRoute = (app: FastifyInstance, deps: InsightDeps) => void

/** What the routes about subscriptions are given besides. */
interface SubscriptionDeps extends HttpDeps {
  readonly subscribing: ManagePorts
}

export type SubscriptionRoute = (app: FastifyInstance, deps: SubscriptionDeps) => void

/** Everything that the server is given. */
export interface ServerDeps extends InsightDeps, SubscriptionDeps {
  /** The policy of a clinic, overrides applied. */
  readonly policyOf: (clinic: Clinic) => Policy
  readonly grantToken: TokenRouteOptions['grantToken']
  /** Our public keys, for EHRs that we log in at. */
  readonly publicJwks: WellKnownOptions['publicJwks']
  /** What the pages for people need; without it there are none. */
  readonly people?: PeopleDeps
  /** True when this is the sandbox, which says so on its front page. */
  readonly sandbox?: boolean
}
