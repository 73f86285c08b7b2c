/** A service whose referrer has a FHIR server, and runs of the story that asks it. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, GuidanceResponse, Observation, Patient, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { createPatientRecords } from '../../../src/delivery/patient-records.ts'
import { parseRegistry } from '../../../src/domain/access/registry.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import {
  type GatheringEvent,
  type GatherPorts,
  gatherEvidence,
} from '../../../src/domain/referral/gather-evidence.ts'
import { EhrFailure } from '../../../src/domain/referral/ports.ts'
import { toGuidanceResponse } from '../../../src/domain/screening/guidance-response.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { packetOf, referenceOf } from '../../../src/domain/screening/packet.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import { clocks, loopbackEgress, newKey } from '../../delivery/world.ts'
import { aReferral, mrnSystem, type ReferralWishes } from '../../helpers/a-referral.ts'
import { bloodPressure, daysAgo } from '../../helpers/evidence.ts'
import { outputsOf } from '../../helpers/journey.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'
import { type ReferrerEhr, referrerEhr } from '../../helpers/referrer-ehr.ts'
import { type Referred, startWorld, type World } from '../../helpers/world.ts'

export interface GatherWorld {
  readonly world: World
  readonly ehr: ReferrerEhr
  /** Runs the job, as the worker would. @returns what it told; `wait` when it asked to be run again */
  run(
    referred: Referred,
    given?: { readonly last?: boolean; readonly hoursOn?: number; readonly attempt?: number },
  ): Promise<GatheringEvent & { readonly wait?: number | undefined; readonly again: boolean }>
  /** The latest check. */
  check(referred: Referred): Promise<ReadonlyMap<string, { verdict: string; explanation: string }>>
}

const policy = loadPolicy(readPublished())
const validator = createReferralValidator()

export async function gatherWorld(
  t: Test,
  {
    background = false,
    ports: given = {},
    limits,
  }: {
    background?: boolean
    ports?: Partial<GatherPorts>
    limits?: Parameters<typeof createPatientRecords>[1]['limits']
  } = {},
): Promise<GatherWorld> {
  const ehr = await referrerEhr(t)
  const own = await ownRegistry({}, ehr.baseUrl)
  const world = await startWorld(t, { ...own, background })
  const registry = parseRegistry(own.config.registry)
  const { key } = await newKey()
  const egress = loopbackEgress({ after: (close) => t.teardown(close) })
  const events: GatheringEvent[] = []
  let hours = 0
  const { storage } = world.app
  const ports: GatherPorts = {
    referrals: storage.referrals,
    resources: storage.resources,
    registry: () => registry,
    validate: (resource, profile) => validator.validate(resource, profile ? { profile } : {}),
    check: async ({ request, resources, asOf, unavailable }) => {
      const known = resources.map((resource) => ({
        reference: referenceOf(resource) as string,
        resource,
      }))
      const referral = { reference: `ServiceRequest/${request.id}`, resource: request }
      const result = screen(packetOf(known, referral, unavailable), policy, { asOf })
      return {
        overall: result.overall,
        next: result.next,
        guidance: toGuidanceResponse(result),
        wanted: [],
        form: policy.questionnaire,
      }
    },
    now: () => new Date(Date.now() + hours * 3_600_000),
    newId: randomUUID,
    policyOf: () => policy,
    recordsOf: (referrer) => {
      if (!referrer.ehr) throw new Error('no server is asked where none is registered')
      return createPatientRecords(referrer.ehr, {
        ...clocks,
        egress,
        key,
        ...(limits ? { limits } : {}),
      })
    },
    onGathering: (event) => events.push(event),
    ...given,
  }
  return {
    world,
    ehr,
    async run(referred, { last = false, hoursOn = 0, attempt = 1 } = {}) {
      hours = hoursOn
      let failure: EhrFailure | undefined
      try {
        await gatherEvidence(ports, { queue: 'gather', referralId: referred.id, attempt, last })
      } catch (error) {
        if (!(error instanceof EhrFailure)) throw error
        failure = error
      }
      const event = events.at(-1)
      if (!event) throw new Error('the run told nothing')
      return { ...event, again: failure !== undefined, wait: failure?.retryAfter }
    },
    async check(referred) {
      const task = await world.task(referred)
      const [reference = ''] = outputsOf(task, 'GuidanceResponse')
      return criteriaOf((await referred.by.get<GuidanceResponse>(reference)).body)
    },
  }
}

const criteriaOf = ({ contained = [] }: GuidanceResponse) =>
  new Map(
    contained.flatMap((each) =>
      'parameter' in each
        ? ((each as import('fhir/r4').Parameters).parameter?.flatMap(({ name, part = [] }) => {
            const of = (wanted: string) => part.find((one) => one.name === wanted)
            return name === 'criterion'
              ? [
                  [
                    of('id')?.valueCode ?? '',
                    {
                      verdict: of('verdict')?.valueCode ?? '',
                      explanation: of('explanation')?.valueString ?? '',
                    },
                  ] as const,
                ]
              : []
          }) ?? [])
        : [],
    ),
  )

/** A referral without the readings, and the patient as the practice's server has it. */
export function lacking(
  wishes: ReferralWishes = {},
  ...types: readonly string[]
): { readonly bundle: Bundle<FhirResource>; readonly patient: Patient } {
  const mrn = randomUUID()
  const bundle = aReferral({ ...wishes, mrn })
  const isLeftOut = ({ resource }: { resource?: FhirResource }) =>
    types.includes(resource?.resourceType ?? '')
  const gone = new Set((bundle.entry ?? []).filter(isLeftOut).map(({ fullUrl }) => fullUrl))
  const entry = (bundle.entry ?? [])
    .filter(({ fullUrl }) => !gone.has(fullUrl))
    .map((each) =>
      each.resource?.resourceType === 'ServiceRequest' && each.resource.supportingInfo
        ? {
            ...each,
            resource: {
              ...each.resource,
              supportingInfo: each.resource.supportingInfo.filter(
                ({ reference }) => !gone.has(reference),
              ),
            },
          }
        : each,
    )
  const patient: Patient = {
    resourceType: 'Patient',
    id: `p-${mrn}`,
    identifier: [{ system: mrnSystem, value: mrn }],
    birthDate: '1978-06-14',
    name: [{ family: 'Example', given: ['Robin'] }],
  }
  return { bundle: { ...bundle, entry }, patient }
}

export const subjectOf = ({ id }: Patient) => ({ reference: `Patient/${id}` })

export const aPainScore = (patient: Patient, id = `pain-${patient.id}`): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '72514-3' }] },
  subject: subjectOf(patient),
  effectiveDateTime: daysAgo(17),
  valueInteger: 8,
})

export const aPressure = (patient: Patient, id = `bp-${patient.id}`): FhirResource => ({
  ...bloodPressure(subjectOf(patient)),
  id,
})

export const reasonOf = ({ statusReason }: Task): string => statusReason?.text ?? ''
