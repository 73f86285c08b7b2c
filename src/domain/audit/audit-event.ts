/**
 * An AuditEvent out of a row of the trail, after IHE Basic Audit Log Patterns:
 * https://profiles.ihe.net/ITI/BALP/content.html; refusals as
 * https://hl7.org/fhir/R4/security.html#AccessDenied has it.
 *
 * Composed when it is read, so that the write path pays for one narrow row and no more.
 */

import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from 'fhir/r4'
import type { Viewer } from '../access/caller.ts'
import { type Action, actionOf, type Pattern } from './actions.ts'
import type { AuditRow } from './audit-row.ts'
import {
  agentTypes,
  applicationServer,
  concept,
  entityRoles,
  entityTypes,
  eventSubtypes,
  eventTypes,
  interaction,
  treatment,
} from './codes.ts'

/** What a row does not hold because it is the same for all. */
export interface AuditSetting {
  /** Our FHIR base, `https://…/fhir`. */
  readonly fhirBase: string
}

export const clientSystem = 'https://referloop.example/fhir/NamingSystem/client'
const organizationSystem = 'https://referloop.example/fhir/NamingSystem/organization'
const profileBase = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit'

/** Outcome codes of http://terminology.hl7.org/CodeSystem/audit-event-outcome. */
export const outcomeCodes = {
  success: '0',
  'minor-failure': '4',
  'serious-failure': '8',
} as const

/**
 * @param viewer who reads it: addresses, tokens, request ids and queries are shown to the
 *   organisation whose request it was, and to nobody else
 */
export function auditEvent(row: AuditRow, viewer: Viewer, setting: AuditSetting): AuditEvent {
  const action = actionOf(row.action)
  // What we ask at a referrer's EHR we ask on its behalf.
  const own =
    row.organization === viewer.organization ||
    (action.atReferrer === true && viewer.role === 'referrer')
  const scene: Scene = { row: shownTo(viewer, row, own), action, setting, own }
  const { type, subtypes } = kindOf(scene)
  const profiles = profilesOf(row, action.pattern)
  const entity = entitiesOf(scene)
  return {
    resourceType: 'AuditEvent',
    id: row.id,
    meta: {
      versionId: '1',
      lastUpdated: row.recorded,
      ...(profiles.length > 0 ? { profile: profiles } : {}),
    },
    type,
    ...(subtypes.length > 0 ? { subtype: [...subtypes] } : {}),
    action: row.kind,
    recorded: row.recorded,
    outcome: isDenial(row) ? outcomeCodes['minor-failure'] : outcomeCodes[row.outcome],
    ...(row.detail === undefined ? {} : { outcomeDesc: row.detail }),
    ...(action.pattern === 'disclosure' ? { purposeOfEvent: [concept(treatment)] } : {}),
    agent: [...agentsOf(scene)],
    source: {
      site: new URL(setting.fhirBase).host,
      observer: us(setting),
      type: [applicationServer],
    },
    ...(entity.length > 0 ? { entity: [...entity] } : {}),
  }
}

/**
 * To a clinic, what a referrer touched is its order and no more: the list of what was sent would tell
 * what was withheld.
 */
function shownTo({ role }: Viewer, row: AuditRow, own: boolean): AuditRow {
  if (own || role === 'referrer' || row.organization === undefined) return row
  const order = `ServiceRequest/${row.referralId}`
  return { ...row, entities: row.entities.filter((reference) => reference === order) }
}

/** BALP has a denied release as a failure, though all went as it should. */
const isDenial = ({ action, detail }: AuditRow): boolean =>
  action === 'consent' && detail !== 'permit'

interface Scene {
  readonly row: AuditRow
  readonly action: Action
  readonly setting: AuditSetting
  readonly own: boolean
}

function kindOf({ row, action }: Scene): { type: Coding; subtypes: readonly Coding[] } {
  switch (action.pattern) {
    case 'disclosure':
      return { type: eventTypes.export, subtypes: [eventSubtypes.disclose] }
    case 'log-in':
      return { type: eventTypes.authentication, subtypes: [eventSubtypes.getToken] }
    case 'sign-in':
      return {
        type: eventTypes.authentication,
        subtypes: [row.action === 'sign-out' ? eventSubtypes.logout : eventSubtypes.login],
      }
    case 'application':
      return {
        type: eventTypes.application,
        subtypes: [row.action === 'stop' ? eventSubtypes.stop : eventSubtypes.start],
      }
    case 'consent':
      return { type: eventTypes.security, subtypes: [eventSubtypes.consent] }
    case 'settings':
      return { type: eventTypes.security, subtypes: [eventSubtypes.configuration] }
    default:
      return { type: eventTypes.rest, subtypes: (action.subtypes ?? []).map(interaction) }
  }
}

const balpNames: Partial<Record<Pattern, string>> = {
  create: 'Create',
  read: 'Read',
  update: 'Update',
  delete: 'Delete',
  query: 'Query',
}

/** BALP's profiles are of successes only. */
function profilesOf(row: AuditRow, pattern: Pattern): string[] {
  if (row.outcome !== 'success') return []
  if (pattern === 'disclosure') return [`${profileBase}.PrivacyDisclosure.Source`]
  const name = balpNames[pattern]
  if (name === undefined) return []
  const patterns = [`${profileBase}.${row.patientId ? 'Patient' : ''}${name}`]
  return row.tokenId && !row.person
    ? [...patterns, `${profileBase}.OAUTHaccessTokenUse.Minimal`]
    : patterns
}

const us = ({ fhirBase }: AuditSetting) => ({
  identifier: { system: 'urn:ietf:rfc:3986', value: fhirBase },
  display: 'Referloop',
})

const organization = (id: string) => ({
  type: 'Organization',
  identifier: { system: organizationSystem, value: id },
})

const client = (id: string) => ({
  type: 'Device',
  identifier: { system: clientSystem, value: id },
})

const uri = (address: string) => ({ network: { address, type: '5' as const } })

const networkOf = (address: string | undefined) =>
  address === undefined
    ? {}
    : address.includes('://')
      ? uri(address)
      : { network: { address, type: '2' as const } }

function agentsOf(scene: Scene): readonly AuditEventAgent[] {
  const { row, action, setting } = scene
  const server = { who: us(setting), requestor: false, ...uri(setting.fhirBase) }
  switch (action.pattern) {
    case 'disclosure':
      return disclosureAgents(scene)
    case 'log-in':
      return [
        { type: concept(agentTypes.application), ...clientAgent(scene), requestor: true },
        { type: concept(agentTypes.oauthService), ...server },
      ]
    case 'sign-in':
      return [{ type: concept(agentTypes.application), ...server }, personAgent(scene)]
    case 'consent':
      return [
        { type: concept(agentTypes.application), ...server },
        ...[agentTypes.recipient, agentTypes.provider].map((type, i) => ({
          type: concept(type),
          who: organization(row.clinicId ?? 'unknown'),
          requestor: i === 0,
        })),
      ]
    case 'application':
    case 'settings':
      return [{ type: concept(agentTypes.application), ...server, requestor: true }]
    default:
      if (action.outbound) return outboundAgents(scene)
      if (row.action === 'status' || row.action === 'gather') return statusAgents(scene)
      return inboundAgents(scene, server)
  }
}

/** Data flow from source to destination: to us for what is sent, from us for what is read. */
const roles = (pattern: Pattern) =>
  pattern === 'read'
    ? { client: agentTypes.destination, server: agentTypes.source }
    : { client: agentTypes.source, server: agentTypes.destination }

function inboundAgents(
  scene: Scene,
  server: Omit<AuditEventAgent, 'type'>,
): readonly AuditEventAgent[] {
  const { row, action, own } = scene
  const role = roles(action.pattern)
  const user: AuditEventAgent = {
    type: concept(agentTypes.oauthUser),
    who: client(row.agent),
    altId: row.agent,
    name: row.agent,
    requestor: true,
    ...(own ? { policy: [`urn:ietf:params:oauth:jti:${row.tokenId}`] } : {}),
  }
  if (row.person !== undefined)
    return [
      { type: concept(role.client), ...clientAgent(scene), requestor: false },
      { type: concept(role.server), ...server },
      personAgent(scene),
    ]
  return [
    { type: concept(role.client), ...clientAgent(scene), requestor: row.tokenId === undefined },
    { type: concept(role.server), ...server },
    ...(row.tokenId === undefined ? [] : [user]),
  ]
}

/** Who sat at the worklist; to the other organisation it was somebody of theirs. */
function personAgent({ row, own }: Scene): AuditEventAgent {
  const [system = '', value = ''] = own ? (row.person ?? '').split('|') : []
  return {
    type: concept(agentTypes.oauthUser),
    who:
      value === ''
        ? organization(row.organization ?? 'unknown')
        : { type: 'Practitioner', identifier: { system, value } },
    ...(own && row.personName ? { name: row.personName } : {}),
    requestor: true,
    ...(own ? networkOf(row.network) : {}),
  }
}

const clientAgent = ({ row, own }: Scene): Omit<AuditEventAgent, 'requestor'> => ({
  who: client(row.agent),
  altId: row.agent,
  name: row.organization ?? row.agent,
  ...(own ? networkOf(row.network) : {}),
})

/** We are the client, an EHR the server. */
function outboundAgents({ row, setting }: Scene): readonly AuditEventAgent[] {
  return [
    {
      type: concept(agentTypes.source),
      who: us(setting),
      altId: row.agent,
      name: row.agent,
      requestor: true,
      ...uri(setting.fhirBase),
    },
    { type: concept(agentTypes.destination), ...ehrAgent(row) },
  ]
}

const ehrAgent = (row: AuditRow): Omit<AuditEventAgent, 'type'> => ({
  who: organization((actionOf(row.action).atReferrer ? row.referrerId : row.clinicId) ?? 'unknown'),
  requestor: false,
  ...networkOf(row.network),
})

/** We read an EHR and brought ours in line: ours on both ends, the EHR's owner informing. */
const statusAgents = (scene: Scene): readonly AuditEventAgent[] => [
  {
    type: concept(agentTypes.source),
    who: us(scene.setting),
    altId: scene.row.agent,
    name: scene.row.agent,
    requestor: true,
    ...uri(scene.setting.fhirBase),
  },
  {
    type: concept(agentTypes.destination),
    who: us(scene.setting),
    requestor: false,
    ...uri(scene.setting.fhirBase),
  },
  { type: concept(agentTypes.informant), ...ehrAgent(scene.row) },
]

/** Who gave what to whom, in whose keeping it was, and who ordered it. */
const disclosureAgents = ({ row, setting }: Scene): readonly AuditEventAgent[] => [
  {
    type: concept(agentTypes.source),
    who: us(setting),
    altId: row.agent,
    name: row.agent,
    requestor: true,
    ...uri(setting.fhirBase),
  },
  { type: concept(agentTypes.destination), ...ehrAgent(row) },
  ...[agentTypes.custodian, agentTypes.authorizer].map((role) => ({
    type: concept(role),
    who: organization(row.referrerId ?? 'unknown'),
    requestor: false,
  })),
]

function entitiesOf(scene: Scene): readonly AuditEventEntity[] {
  const { row, own } = scene
  return [
    ...dataEntities(scene),
    ...(row.patientId
      ? [
          {
            what: { reference: `Patient/${row.patientId}`, type: 'Patient' },
            type: entityTypes.person,
            role: entityRoles.patient,
          },
        ]
      : []),
    ...(own && row.requestId
      ? [{ what: { identifier: { value: row.requestId } }, type: entityTypes.requestId }]
      : []),
  ]
}

function dataEntities({ row, action, own }: Scene): readonly AuditEventEntity[] {
  switch (action.pattern) {
    case 'query':
      return [queryEntity(row, own)]
    case 'log-in':
      return own && row.tokenId
        ? [
            {
              what: { identifier: { value: `urn:ietf:params:oauth:jti:${row.tokenId}` } },
              type: entityTypes.system,
              role: entityRoles.security,
            },
          ]
        : []
    case 'disclosure':
      return row.entities.map((reference) => resourceEntity(reference, entityTypes.system))
    default: {
      // BALP: one System Object, what it was mainly about; the others by their type.
      const main = mainOf(row)
      const others = row.entities.filter((reference) => reference !== main)
      return [
        ...(main ? [resourceEntity(main, entityTypes.system)] : []),
        ...others.map((reference) =>
          resourceEntity(reference, entityTypes.resource(reference.split('/')[0] as string)),
        ),
      ]
    }
  }
}

function mainOf({ entities, referralId }: AuditRow): string | undefined {
  const request = `ServiceRequest/${referralId}`
  return entities.includes(request) ? request : entities[0]
}

const resourceEntity = (reference: string, type: Coding): AuditEventEntity => ({
  what: { reference },
  type,
  role: entityRoles.resource,
})

/** The results of a search, and how many there were, are not told. */
const queryEntity = (row: AuditRow, own: boolean): AuditEventEntity => ({
  type: entityTypes.system,
  role: entityRoles.query,
  ...(own && row.query !== undefined ? { query: Buffer.from(row.query).toString('base64') } : {}),
})
