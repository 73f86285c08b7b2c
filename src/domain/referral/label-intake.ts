/** Labels what a referrer sends, before anything else is made of it. */

import type { FhirResource } from 'fhir/r4'
import type { Registry } from '../access/registry.ts'
import { parseFhirJson } from '../fhir/json.ts'
import { labelledTogether } from '../sensitivity/label.ts'
import { keepLabels, markedHigh } from '../sensitivity/labels.ts'
import type { Placed } from './arrange.ts'
import type { ResourceStore } from './ports.ts'

interface LabelPorts {
  readonly resources: Pick<ResourceStore, 'readMany'>
  registry(): Registry
}

/**
 * @param known resources here that those sent refer to
 * @param request the place of the order, which is as confidential as the most confidential of the rest
 * @returns the same entries with their resources labelled
 */
export async function labelIntake(
  ports: LabelPorts,
  placed: readonly Placed[],
  {
    known,
    referrerId,
    request,
  }: { known: readonly FhirResource[]; referrerId: string; request?: number },
): Promise<readonly Placed[]> {
  const setting = ports.registry().referrerById(referrerId)?.part2
  const before = await earlierVersions(ports, placed, referrerId)
  const resources = labelledTogether(
    placed.map(({ resource, id }) => ({ ...resource, id })),
    known,
    setting,
  ).map((each, i) => {
    // What is sent again without its labels has them all the same.
    const earlier = before.get((placed[i] as Placed).reference)
    return earlier ? keepLabels(each, earlier) : each
  })
  return placed.map((each, i) => {
    const labelled = resources[i] as FhirResource
    const { meta } = i === request ? markedHigh(labelled, [...resources, ...known]) : labelled
    return meta ? { ...each, resource: { ...each.resource, meta } } : each
  })
}

/** The stored versions that this submission replaces. */
async function earlierVersions(
  { resources }: LabelPorts,
  placed: readonly Placed[],
  referrerId: string,
): Promise<ReadonlyMap<string, FhirResource>> {
  const replaced = placed.flatMap(({ reference, version = 1 }) => (version > 1 ? [reference] : []))
  if (replaced.length === 0) return new Map()
  const owner = { role: 'referrer', organization: referrerId } as const
  const stored = await resources.readMany(owner, replaced)
  return new Map(
    stored.map(({ type, id, content }) => [
      `${type}/${id}`,
      parseFhirJson(content) as FhirResource,
    ]),
  )
}
