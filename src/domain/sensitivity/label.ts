/** What comes in is labelled once, here: docs/security-labels.md says with what. */

import type { Coding, FhirResource } from 'fhir/r4'
import type { Part2Setting } from '../access/part2-setting.ts'
import {
  actCode,
  isLabel,
  keepLabels,
  labelsOf,
  onBasis,
  part2Policy,
  part2Refrain,
  persistLabel,
  restricted,
  sensitivityLabel,
  withLabels,
} from './labels.ts'
import { type Recognised, recognise } from './recognise.ts'
import { localReference, referencesIn } from './reference-names.ts'

/** Wrappers: they are read by everybody on the way, so they bear no refrain and no obligation of ours. */
const wrappers = new Set(['ServiceRequest', 'Task', 'Bundle'])
/** Of no patient, so no patient record. */
const directory = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'HealthcareService',
])

/**
 * Labels a resource by what it holds and by what its sender's setting says of it.
 * @returns the same object when there is nothing to add
 */
export function labelled<R extends FhirResource>(resource: R, setting?: Part2Setting): R {
  const recognised = recognise(resource)
  const isProtected = recognised.isPart2 || isProtectedBy(setting, resource, recognised)
  if (recognised.sensitivities.size === 0 && !isProtected) return withLabels(resource, [])
  const labels = [
    restricted,
    ...[...recognised.sensitivities].map(sensitivityLabel),
    ...(isProtected ? [part2Policy] : []),
    ...(isProtected && !wrappers.has(resource.resourceType) ? [part2Refrain, persistLabel] : []),
  ]
  const basis = isProtected && hasOtherPolicy(resource)
  return withLabels(resource, basis ? labels.map((label) => onBasis(label, part2Policy)) : labels)
}

function isProtectedBy(
  setting: Part2Setting | undefined,
  { resourceType }: FhirResource,
  { sensitivities }: Recognised,
): boolean {
  if (setting?.protects === 'all') return !directory.has(resourceType)
  return setting?.protects === 'sensitive' && sensitivities.size > 0
}

/** US privacy laws of v3-ActCode besides Part 2: then each label says whose it is. */
const otherPolicies = ['HIPAAAuth', 'HIPAAConsent', 'HIPAANOPP', 'HIPAAPsyNotes', 'HIPAASelfPay']
const hasOtherPolicy = (resource: FhirResource): boolean =>
  labelsOf(resource).some(
    (label: Coding) =>
      otherPolicies.includes(label.code ?? '') ||
      (label.system === actCode &&
        /^Title38/.test(label.code ?? '') &&
        !isLabel(label, part2Policy)),
  )

/**
 * Labels what came together: a medicine's order bears the labels of the medicine, an attachment
 * those of the document that links to it.
 * @param known resources that are here already and that those sent refer to
 * @returns one for each, in their order; the same object when there was nothing to add
 */
export function labelledTogether(
  resources: readonly FhirResource[],
  known: readonly FhirResource[],
  setting?: Part2Setting,
): readonly FhirResource[] {
  const first = resources.map((each) => labelled(each, setting))
  const byName = new Map([...known, ...first].map((each) => [nameOf(each), each]))
  const owners = first.filter((each) => labelsOf(each).length > 0)
  return first.map((each) => {
    const medication = localReference(medicationOf(each) ?? '')
    const medicine = medication === undefined ? undefined : byName.get(medication)
    if (medicine) return keepLabels(each, medicine)
    if (each.resourceType !== 'Binary') return each
    return owners
      .filter((owner) => referencesIn(owner).has(nameOf(each)))
      .reduce<FhirResource>(keepLabels, each)
  })
}

const nameOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id}`

const medicationOf = (resource: FhirResource): string | undefined =>
  (resource as { medicationReference?: { reference?: string } }).medicationReference?.reference
