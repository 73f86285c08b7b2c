/** What the engine itself says of a hook call. */

import type { Bundle, FhirResource } from 'fhir/r4'
import { loadPolicy } from '../../src/domain/screening/load-policy.ts'
import { packetOf } from '../../src/domain/screening/packet.ts'
import { readPublished } from '../../src/domain/screening/published.ts'
import type { ScreeningResult } from '../../src/domain/screening/result.ts'
import { screen } from '../../src/domain/screening/screen.ts'
import { daysAgo } from './evidence.ts'
import { type HookCall, orderOf } from './hook-calls.ts'

const policy = loadPolicy(readPublished())

/** @param call whose prefetch holds resources, searchsets and null */
export function screenPacketOfCall(call: HookCall): ScreeningResult {
  const resources = Object.values(call.prefetch ?? {}).flatMap((value) => {
    const resource = value as FhirResource | null
    if (resource?.resourceType !== 'Bundle') return resource ?? []
    return ((resource as Bundle<FhirResource>).entry ?? []).flatMap((each) => each.resource ?? [])
  })
  const known = new Map(
    resources.map((resource) => [`${resource.resourceType}/${resource.id}`, resource]),
  )
  const order = orderOf(call)
  return screen(
    packetOf(
      [...known].map(([reference, resource]) => ({ reference, resource })),
      { reference: `ServiceRequest/${order.id}`, resource: order },
    ),
    policy,
    { asOf: daysAgo(0) },
  )
}
