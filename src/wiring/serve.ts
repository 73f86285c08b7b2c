/** The HTTP side, and what it works with. */

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FhirResource, Questionnaire } from 'fhir/r4'
import { collectDefaultMetrics } from 'prom-client'
import packageJson from '../../package.json' with { type: 'json' }
import { tokenService } from '../auth/token-service.ts'
import { callSubscriber } from '../delivery/call-subscriber.ts'
import { fetchJwks } from '../delivery/fetch-jwks.ts'
import { withProvenance } from '../domain/audit/with-provenance.ts'
import { createReferralValidator } from '../domain/fhir/validation/referral-validator.ts'
import { Problem } from '../domain/problem.ts'
import { checkByPolicy, type FormOf } from '../domain/referral/check-by-policy.ts'
import { sensitivityValueSets } from '../domain/sensitivity/value-sets.ts'
import type { TellPorts } from '../domain/subscription/tell-subscriber.ts'
import { buildServer } from '../http/server.ts'
import { ehrClients } from './ehr-clients.ts'
import type { Parts } from './parts.ts'
import { newSecret, peopleDeps } from './people.ts'

/** The API and the pages, and the ports that the background works through as well. */
export async function serve(parts: Parts) {
  const { config, log, now, baseUrl, storage, keys, registry, egress, metrics } = parts
  const { published, evaluator } = parts
  const { policyOf } = parts.policies
  collectDefaultMetrics({ register: metrics })
  const { verifyToken, verifyCdsClient, grantToken } = tokenService({
    baseUrl,
    keys,
    registry,
    newId: randomUUID,
    now,
    perClient: 600,
    spend: (client, jti, expiresAt) => storage.assertions.spend(client, jti, expiresAt),
    fetchJwks: (url) => fetchJwks(egress, url),
    alert: (clientId, message) => log.error({ clientId, message }, 'client keys'),
  })
  const validator = createReferralValidator({
    onUnevaluated: (key) => log.warn({ constraint: key }, 'constraint not evaluated'),
  })
  const validate = (resource: unknown, profile?: string) =>
    validator.validate(resource, profile ? { profile } : {})
  const ports = {
    referrals: storage.referrals,
    resources: storage.resources,
    polls: storage.polls,
    information: storage.information,
    restored: storage.restored,
    registry,
    validate,
    check: checkByPolicy(registry, policyOf, evaluator.evaluate, formIn(published)),
    now,
    newId: randomUUID,
    sleep: (ms: number) => sleep(ms),
    ...ehrClients(parts),
    policyOf,
  }
  const http = buildServer({
    baseUrl,
    version: packageJson.version,
    now,
    newId: randomUUID,
    logger: log,
    verifyToken,
    verifyCdsClient,
    cdsOrigins: config.cdsOrigins ?? [],
    grantToken,
    publicJwks: keys.publicJwks,
    resources: withProvenance({
      resources: storage.resources,
      referrals: storage.referrals,
      auditTrail: storage.audit,
      registry,
    }),
    audit: (entries) => storage.referrals.record(entries),
    auditTrail: storage.audit,
    conformance: [...(published as readonly FhirResource[]), ...sensitivityValueSets],
    readiness: { database: () => storage.ready(), running: async () => refuseLeaving(parts) },
    metrics,
    metricsToken: config.metricsToken,
    intake: ports,
    answering: { links: storage.answerLinks, newSecret },
    subscribing: {
      validate,
      now,
      newId: randomUUID,
      subscriptions: storage.subscriptions,
      secrets: parts.secrets,
      mayCall: (endpoint) =>
        parts.subscriberEgress.check(endpoint).then(
          () => true,
          () => false,
        ),
      fhirBase: `${baseUrl}/fhir`,
    },
    insight: storage.insight,
    people: peopleDeps(parts),
    policyOf,
    sandbox: config.mode === 'sandbox',
    limits: { uploadFile: (config.uploadMib ?? 5) * 1024 ** 2, ...parts.limits },
  })
  return { http, ports }
}

/** What subscribers are told through. */
export const tellPorts = (parts: Parts): Omit<TellPorts, 'turns'> => ({
  resources: parts.storage.resources,
  secrets: parts.secrets,
  registry: parts.registry,
  record: (entries) => parts.storage.referrals.record(entries),
  call: (call) => callSubscriber(parts.subscriberEgress, parts.now, call),
  now: parts.now,
  random: Math.random,
  fhirBase: `${parts.baseUrl}/fhir`,
})

/** @throws Problem unavailable when this instance is about to stop */
function refuseLeaving({ isLeaving }: Parts): void {
  if (isLeaving) throw new Problem('unavailable', 'This instance is stopping.', { retryAfter: 5 })
}

const formIn =
  (published: readonly unknown[]): FormOf =>
  (canonical) =>
    (published as readonly FhirResource[]).find(
      (each): each is Questionnaire =>
        each.resourceType === 'Questionnaire' && each.url === canonical,
    )
