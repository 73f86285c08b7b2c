/**
 * Security labels: https://hl7.org/fhir/R4/security-labels.html, the codes after the DS4P guide,
 * https://hl7.org/fhir/uv/security-label-ds4p/.
 */

import type { Coding, Resource } from 'fhir/r4'

export const confidentialitySystem = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
export const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const observationValue = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'
const basisUrl =
  'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-sec-label-basis'

/** 42 CFR 2.32(a)(2), as amended by 89 FR 12472: the short statement that goes with a disclosure. */
export const part2Notice =
  '42 CFR part 2 prohibits unauthorized use or disclosure of these records.'

export const sensitivities = ['SUD', 'OPIOIDUD', 'ETHUD', 'ETH'] as const
export type Sensitivity = (typeof sensitivities)[number]

const displays = {
  SUD: 'substance use disorder information sensitivity',
  OPIOIDUD: 'opioid use disorder information sensitivity',
  ETHUD: 'alcohol use disorder information sensitivity',
  ETH: 'substance abuse information sensitivity',
} as const satisfies Record<Sensitivity, string>

export const restricted: Coding = {
  system: confidentialitySystem,
  code: 'R',
  display: 'restricted',
}
export const part2Policy: Coding = { system: actCode, code: '42CFRPart2', display: '42 CFR Part2' }
/** The refrain carries the statement of §2.32, so that it is on every record wherever it goes. */
export const part2Refrain: Coding = { system: actCode, code: 'NORDSCLCD', display: part2Notice }
export const persistLabel: Coding = {
  system: actCode,
  code: 'PERSISTLABEL',
  display: 'persist security label',
}
/** Tells that something was left out, not what. */
export const redacted: Coding = { system: observationValue, code: 'REDACTED', display: 'redacted' }

export const sensitivityLabel = (code: Sensitivity): Coding => ({
  system: actCode,
  code,
  display: displays[code],
})

/** Says under which law a label was set. */
export const onBasis = (label: Coding, basis: Coding): Coding => ({
  ...label,
  extension: [
    {
      url: basisUrl,
      valueCoding: { system: basis.system as string, code: basis.code as string },
    },
  ],
})

const levels = ['U', 'L', 'M', 'N', 'R', 'V']
const levelOf = ({ system, code }: Coding): number =>
  system === confidentialitySystem ? levels.indexOf(code ?? '') : -1

export const isLabel = (label: Coding, { system, code }: Coding): boolean =>
  label.system === system && label.code === code

export const labelsOf = (resource: Pick<Resource, 'meta'>): readonly Coding[] =>
  resource.meta?.security ?? []

/** Protected under 42 CFR Part 2, which is more than being sensitive. */
export const isPart2 = (resource: Pick<Resource, 'meta'>): boolean =>
  labelsOf(resource).some((label) => isLabel(label, part2Policy))

/**
 * Adds labels to those that are there. None is lost, confidentiality is never lowered and is one
 * code, and NORDSLCD, a misspelling that some systems send, becomes the code that it means.
 * @returns the same object when it has them all
 */
export function withLabels<R extends Pick<Resource, 'meta'>>(
  resource: R,
  added: readonly Coding[],
): R {
  const before = labelsOf(resource)
  if (added.length === 0 && before.length === 0) return resource
  const labels: Coding[] = []
  for (const label of [...before, ...added].map(corrected))
    if (!labels.some((each) => isLabel(each, label))) labels.push(label)
  const highest = Math.max(...labels.map(levelOf))
  const security = labels.filter((label) => levelOf(label) === -1 || levelOf(label) === highest)
  const isSame =
    security.length === before.length && security.every((each, i) => each === before[i])
  return isSame ? resource : { ...resource, meta: { ...resource.meta, security } }
}

function corrected(label: Coding): Coding {
  if (label.code !== 'NORDSLCD') return label
  return { ...label, system: actCode, code: 'NORDSCLCD' }
}

/** The confidentiality of the most confidential of them; undefined when none says anything. */
export function highWater(resources: readonly Pick<Resource, 'meta'>[]): Coding | undefined {
  let mark: Coding | undefined
  for (const label of resources.flatMap(labelsOf))
    if (levelOf(label) > (mark ? levelOf(mark) : -1)) mark = label
  return mark && { system: confidentialitySystem, code: mark.code as string }
}

/**
 * A wrapper is as confidential as the most confidential of its contents. What would betray the
 * contents, sensitivity, refrain and obligation, does not go on it (DS4P, high-water mark).
 */
export function markedHigh<R extends Pick<Resource, 'meta'>>(
  wrapper: R,
  contents: readonly Pick<Resource, 'meta'>[],
): R {
  const mark = highWater([wrapper, ...contents])
  return mark ? withLabels(wrapper, [mark]) : wrapper
}

/**
 * A clinic adds labels to the Task and takes none away; that something was left out is our mark on
 * its view and comes back with it.
 */
export const withLabelsOfClinic = <R extends Pick<Resource, 'meta'>>(
  ours: R,
  sent: Pick<Resource, 'meta'>,
): R =>
  withLabels(
    ours,
    labelsOf(sent).filter((label) => !isLabel(label, redacted)),
  )

/** A later version keeps every label of the one before, whoever sends it. */
export const keepLabels = <R extends Pick<Resource, 'meta'>>(
  next: R,
  previous: Pick<Resource, 'meta'>,
): R => withLabels(next, labelsOf(previous))
