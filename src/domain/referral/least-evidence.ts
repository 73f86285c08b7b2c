/** Of what was found in a referrer's EHR, as little as the check needs. */

import type { ServiceRequest } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import type { Placed } from './arrange.ts'
import { pick } from './change.ts'
import { checkDate } from './check-date.ts'
import { citedBy, type Find, neededOf, verdictsOf } from './gathered.ts'
import { unavailableOf } from './gathering.ts'
import type { IntakePorts } from './intake.ts'
import type { StoredResource } from './ports.ts'
import type { Gathering, Referral } from './referral.ts'
import { grownRequest, grownSupport } from './supplied.ts'
import { latestCheck } from './task.ts'

export type PlacedFind = Placed & { readonly find: Find }

/**
 * Of all that was found, what the criteria asked for rest on, and what moves any other: the rest of the
 * record is nobody's business here. Should the check come out differently without it, then all counts.
 */
export async function leastOf(
  ports: Pick<IntakePorts, 'check' | 'now'>,
  current: Referral,
  stored: readonly StoredResource[],
  all: readonly PlacedFind[],
  { gathering, asked }: { readonly gathering: Gathering; readonly asked: ReadonlySet<string> },
): Promise<readonly PlacedFind[]> {
  if (all.length === 0) return []
  const request = requestIn(stored, current)
  const check = async (placed: readonly PlacedFind[]) => {
    const grown = grownRequest(request, request, placed)
    const resources = grownSupport(current, stored, placed)
    const { guidance } = await ports.check({
      clinicId: current.clinicId,
      request: grown,
      resources,
      asOf: checkDate(ports.now().toISOString(), [grown, ...resources]),
      unavailable: unavailableOf(
        gathering,
        placed.map(({ reference }) => reference),
      ),
    })
    return guidance
  }
  const whole = await check(all)
  const latest = latestCheck(current, stored)
  const before = latest ? verdictsOf(latest) : new Map<string, string>()
  const least = neededOf(
    all,
    citedBy(whole, (id, verdict) => asked.has(id) || before.get(id) !== verdict),
  )
  const isSame = sameVerdicts(verdictsOf(whole), verdictsOf(await check(least)))
  return isSame ? least : all
}

const sameVerdicts = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  [...a].every(([id, verdict]) => b.get(id) === verdict)

export const requestIn = (stored: readonly StoredResource[], { id }: Referral): ServiceRequest =>
  parseFhirJson(pick(stored, 'ServiceRequest', id).content) as ServiceRequest
