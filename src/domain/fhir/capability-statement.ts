/**
 * What the service can do, from its routes and its search table:
 * https://hl7.org/fhir/R4/capabilitystatement.html
 */

import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
  Extension,
} from 'fhir/r4'
import { parametersOf, searchParameters } from './search-parameters.ts'

/** One interaction or operation of a route. */
interface Offered {
  /** `Resource` stands for every type. */
  readonly types: readonly string[] | 'system'
  /** A code of restful-interaction, or an operation's name with its dollar sign. */
  readonly interaction: string
  /** Canonical URL of the OperationDefinition, for operations. */
  readonly definition?: string
}

export interface CapabilityFacts {
  readonly offered: readonly Offered[]
  /** Search parameters of types that are not in the search table, by type. */
  readonly otherSearches: Readonly<
    Record<
      string,
      readonly { name: string; type: 'token' | 'uri' | 'string' | 'date' | 'reference' }[]
    >
  >
  /** Our profiles, canonical URLs by type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>
  /** Extensions of what is said of a type, by type. */
  readonly extensions: ReadonlyMap<string, readonly Extension[]>
  /** Statements of implementation guides that this one fulfils. */
  readonly instantiates: readonly string[]
  /** Public address of the service. */
  readonly baseUrl: string
  readonly version: string
  /** Instant since when it holds. */
  readonly date: string
}

/** Normative in R4, for `?mode=normative`. */
const normativeTypes = new Set([
  'Patient',
  'Observation',
  'StructureDefinition',
  'ValueSet',
  'CodeSystem',
  'Binary',
  'Bundle',
  'Parameters',
  'OperationOutcome',
])

/** Writes of these need the version that they are based on. */
const versionAware = new Set(['ServiceRequest', 'Subscription', 'Task'])

/** @param mode `normative` leaves out the types that are not normative in R4 */
export function capabilityStatement(
  facts: CapabilityFacts,
  mode: 'full' | 'normative' = 'full',
): CapabilityStatement {
  const { offered, baseUrl, version, date } = facts
  const types = [
    ...new Set(
      offered.flatMap((offer) =>
        offer.types === 'system' ? [] : offer.types.filter((type) => type !== 'Resource'),
      ),
    ),
  ]
  const system = offered.filter((offer) => offer.types === 'system')
  const operations = operationsOf(system)
  const interactions = codesOf(system)
  return {
    resourceType: 'CapabilityStatement',
    url: `${baseUrl}/fhir/metadata`,
    version,
    name: 'Referloop',
    title: 'Referloop: referrals for ketamine infusion therapy, checked and followed',
    status: 'active',
    date,
    publisher: 'Referloop',
    kind: 'instance',
    instantiates: [...facts.instantiates],
    software: { name: 'Referloop', version },
    implementation: { description: 'Referloop', url: `${baseUrl}/fhir` },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/json', 'json'],
    ...(offered.some(({ interaction }) => interaction === 'patch')
      ? { patchFormat: ['application/json-patch+json'] }
      : {}),
    rest: [
      {
        mode: 'server',
        documentation: `Reference: ${baseUrl}/docs. Every problem code: ${baseUrl}/errors.`,
        security: security(baseUrl),
        resource: types
          .filter((type) => mode === 'full' || normativeTypes.has(type))
          .sort()
          .map((type) => resourceOf(type, facts)),
        ...(interactions.length > 0
          ? { interaction: interactions.map((code) => ({ code: code as 'transaction' })) }
          : {}),
        ...(operations.length > 0 ? { operation: operations } : {}),
      },
    ],
  }
}

/** https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#declaring-support-for-oauth2-endpoints */
const security = (baseUrl: string) => ({
  cors: false,
  service: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
          code: 'SMART-on-FHIR',
        },
      ],
    },
  ],
  description: 'SMART Backend Services: see .well-known/smart-configuration below this base.',
  extension: [
    {
      url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
      extension: [{ url: 'token', valueUri: `${baseUrl}/oauth/token` }],
    },
  ],
})

function resourceOf(type: string, facts: CapabilityFacts): CapabilityStatementRestResource {
  const own = facts.offered.filter(
    ({ types }) => types !== 'system' && (types.includes(type) || types.includes('Resource')),
  )
  const codes = codesOf(own)
  const operations = operationsOf(own)
  const profiles = facts.profiles.get(type)
  const searched = codes.includes('search-type')
  const parameters = searched ? searchParamsOf(type, facts) : []
  const extension = facts.extensions.get(type)
  return {
    ...(extension ? { extension: [...extension] } : {}),
    type: type as CapabilityStatementRestResource['type'],
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    ...(profiles ? { supportedProfile: [...profiles] } : {}),
    interaction: codes.map((code) => ({ code: code as 'read' })),
    ...(codes.includes('vread')
      ? {
          versioning: versionAware.has(type)
            ? ('versioned-update' as const)
            : ('versioned' as const),
        }
      : {}),
    ...(codes.includes('history-instance') ? { readHistory: true } : {}),
    ...(codes.includes('update') ? { updateCreate: false } : {}),
    ...(codes.includes('read') && codes.includes('vread')
      ? { conditionalRead: 'full-support' as const }
      : {}),
    ...(own.some(({ interaction }) => interaction === 'conditional-create')
      ? { conditionalCreate: true }
      : {}),
    ...(searched && Object.hasOwn(searchParameters, type) ? includesOf(type) : {}),
    ...(parameters.length > 0 ? { searchParam: parameters } : {}),
    ...(operations.length > 0 ? { operation: operations } : {}),
  }
}

function searchParamsOf(type: string, { otherSearches }: CapabilityFacts) {
  const other = otherSearches[type]
  if (other) return other.map(({ name, type: kind }) => ({ name, type: kind }))
  return [
    { name: '_id', type: 'token' as const },
    { name: '_lastUpdated', type: 'date' as const },
    ...Object.entries(parametersOf(type)).flatMap(([name, parameter]) => [
      {
        name,
        type: parameter.type,
        ...(parameter.definition ? { definition: parameter.definition } : {}),
      },
      ...(parameter.chained ? [{ name: `${name}.identifier`, type: 'token' as const }] : []),
    ]),
  ]
}

/** `_include` from the type's own references, `_revinclude` from those that may point at it. */
function includesOf(type: string) {
  const includes = referencesOf(type).map(({ name }) => `${type}:${name}`)
  const revIncludes = Object.keys(searchParameters).flatMap((source) =>
    referencesOf(source)
      .filter(({ targets }) => targets === 'any' || targets?.includes(type))
      .map(({ name }) => `${source}:${name}`),
  )
  return {
    ...(includes.length > 0 ? { searchInclude: includes } : {}),
    ...(revIncludes.length > 0 ? { searchRevInclude: revIncludes } : {}),
  }
}

const referencesOf = (type: string) =>
  Object.entries(parametersOf(type))
    .filter(([, parameter]) => parameter.type === 'reference')
    .map(([name, { targets }]) => ({ name, targets }))

const codesOf = (offered: readonly Offered[]): string[] => [
  ...new Set(
    offered
      .map(({ interaction }) => interaction)
      .filter((code) => !code.startsWith('$') && code !== 'conditional-create'),
  ),
]

/** Each once, however many addresses and methods it has. */
function operationsOf(offered: readonly Offered[]): CapabilityStatementRestResourceOperation[] {
  const found = offered.flatMap(({ interaction, definition }) =>
    interaction.startsWith('$') && definition ? [{ name: interaction.slice(1), definition }] : [],
  )
  return [...new Map(found.map((one) => [one.name, one])).values()]
}
