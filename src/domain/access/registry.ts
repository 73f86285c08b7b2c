/** Who may use this service: the referrers, the clinics and their clients, from REFERLOOP_REGISTRY. */

import type { Caller } from './caller.ts'
import { type Client, readClient } from './client.ts'
import { type DueTerms, readDueTerms } from './due-terms.ts'
import { type InformationTerms, readInformationTerms } from './information-terms.ts'
import { isNpi, npiSystem } from './npi.ts'
import { type Part2Setting, readPart2 } from './part2-setting.ts'
import { Reader, type RegistryIssue } from './reader.ts'
import { readSignIn, type SignInSetting } from './sign-in-setting.ts'

/** A practice that refers patients. */
export interface Referrer {
  readonly id: string
  readonly name: string
  readonly npi: string
  readonly client: Client
  /** Its client gets no token and its tokens stop working. */
  readonly disabled: boolean
  /** How its people sign in at the pages; absent: they do not. */
  readonly signIn?: SignInSetting
  /** Its EHR, from which the service fetches what a referral lacks; absent: nobody but it sends. */
  readonly ehr?: FhirServer
  /** What its records are under 42 CFR Part 2. */
  readonly part2?: Part2Setting
}

/** How we log in at an EHR. */
export type EhrAuth =
  | { readonly type: 'none' }
  | {
      readonly type: 'smart-backend-services'
      /** Our client id there. */
      readonly clientId: string
      /** Where it is not the one that the EHR's discovery document names. */
      readonly tokenEndpoint?: string
    }

/** The FHIR server of an organisation. */
export interface FhirServer {
  /** Without a slash at the end. */
  readonly fhirBaseUrl: string
  readonly auth: EhrAuth
}

/** A clinic's EHR, where we deliver referrals and read their Tasks. */
export interface Ehr extends FhirServer {
  readonly pollSeconds: number
  /** How many requests it gets in a second, of all instances together. */
  readonly requestsPerSecond: number
}

/** A clinic that takes referrals. */
export interface Clinic {
  readonly id: string
  readonly name: string
  readonly npi: string
  /** Name of the policy that its referrals are checked by. */
  readonly policy: string
  /** Its own parameters for that policy; read by domain/screening. */
  readonly policyOverrides?: unknown
  /** Absent: the clinic works from the worklist alone. */
  readonly ehr?: Ehr
  readonly client?: Client
  /** How its people sign in at the pages; absent: they do not. */
  readonly signIn?: SignInSetting
  /** `system|code` of the services for which a referral without a performer comes here. */
  readonly services: readonly string[]
  /** How long its referrers have to supply what is missing. */
  readonly information: InformationTerms
  /** By when it takes each step of a referral, and when it works. */
  readonly due: DueTerms
  /** The legal basis under 42 CFR Part 2 on which it is served. */
  readonly part2?: Part2Setting
  /** Takes no new referrals; its client gets no token and its tokens stop working. */
  readonly disabled: boolean
}

/** A client and the organisation it acts for. */
export interface RegisteredClient {
  readonly client: Client
  readonly role: Caller['role']
  readonly organization: string
}

/**
 * One reading of the registry. It never changes: to change it, parse again and replace the whole,
 * so hand `() => Registry` to whatever must see a disabled client at once.
 */
export interface Registry {
  readonly referrers: readonly Referrer[]
  readonly clinics: readonly Clinic[]
  /** A client that may act; undefined when it, or its organisation, is unknown or disabled. */
  byClientId(id: string): RegisteredClient | undefined
  /** The clinic that ServiceRequest.performer names; undefined when unknown or disabled. */
  clinicByIdentifier(system: string, value: string): Clinic | undefined
  clinicById(id: string): Clinic | undefined
  /** The clinic that offers a service, when just one does; undefined for none and for several. */
  clinicByService(system: string, code: string): Clinic | undefined
  referrerById(id: string): Referrer | undefined
}

/** The registry cannot be used; says everything that is wrong with it, and no secret. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly issues: readonly RegistryIssue[]

  constructor(issues: readonly RegistryIssue[]) {
    super(
      `the registry is invalid:\n${issues.map((issue) => `  ${issue.place} ${issue.message}`).join('\n')}`,
    )
    this.issues = issues
  }
}

/**
 * @param json the parsed content of the file that REFERLOOP_REGISTRY names
 * @throws RegistryError with all problems at once
 */
export function parseRegistry(json: unknown): Registry {
  const issues: RegistryIssue[] = []
  const top = new Reader(json, '', ['referrers', 'clinics'], issues)
  const referrers = top
    .list('referrers')
    .map((item, n) => readReferrer(item, `referrers[${n}]`, issues))
  const clinics = top.list('clinics').map((item, n) => readClinic(item, `clinics[${n}]`, issues))
  const registry = lookUps(referrers, clinics)
  issues.push(...doubles(referrers, clinics))
  if (issues.length > 0) throw new RegistryError(issues)
  return registry
}

const organizationMembers = ['id', 'name', 'npi', 'client', 'disabled', 'part2', 'signIn'] as const
/** As FHIR's id, since it becomes part of resource ids and addresses. */
const idPattern = /^[A-Za-z0-9.-]{1,64}$/
const namePattern = /^(?=.*\S)\P{Cc}{1,200}$/u

function readReferrer(json: unknown, place: string, issues: RegistryIssue[]): Referrer {
  const reader = new Reader(json, place, [...organizationMembers, 'ehr'], issues)
  return {
    ...readOrganization(reader),
    client: readClient(reader),
    ...readPart2(reader, 'referrer'),
    ...(reader.has('ehr') ? { ehr: readServer(reader.object('ehr', serverMembers)) } : {}),
  }
}

function readClinic(json: unknown, place: string, issues: RegistryIssue[]): Clinic {
  const reader = new Reader(
    json,
    place,
    [
      ...organizationMembers,
      'policy',
      'policyOverrides',
      'ehr',
      'services',
      'information',
      'hours',
      'due',
    ],
    issues,
  )
  return {
    ...readOrganization(reader),
    policy: reader.text('policy', idPattern, 'the name of a policy'),
    ...(reader.has('policyOverrides') ? { policyOverrides: reader.value('policyOverrides') } : {}),
    ...(reader.has('ehr') ? { ehr: readEhr(reader) } : {}),
    services: reader.has('services') ? readServices(reader) : [],
    information: readInformationTerms(reader),
    due: readDueTerms(reader),
    ...readPart2(reader, 'clinic'),
    ...(reader.has('client') ? { client: readClient(reader) } : {}),
  }
}

function readServices(reader: Reader): readonly string[] {
  return reader.list('services').flatMap((item) => {
    if (typeof item === 'string' && /^[^|\s]+\|[^|\s]+$/.test(item)) return [item]
    reader.fault('services', 'must be a list of codes, each as system|code')
    return []
  })
}

function readOrganization(reader: Reader) {
  const npi = reader.text('npi', /^[0-9]{10}$/, 'an NPI of ten digits')
  if (npi !== '' && !isNpi(npi)) reader.fault('npi', 'must be an NPI: its check digit is wrong')
  return {
    id: reader.text('id', idPattern, '1 to 64 letters, digits, dots or hyphens'),
    name: reader.text('name', namePattern, 'a name of 1 to 200 characters'),
    npi,
    disabled: reader.flag('disabled'),
    ...readSignIn(reader),
  }
}

const serverMembers = ['fhirBaseUrl', 'auth'] as const

function readEhr(clinic: Reader): Ehr {
  const reader = clinic.object('ehr', [...serverMembers, 'pollSeconds', 'requestsPerSecond'])
  return {
    ...readServer(reader),
    pollSeconds: reader.whole('pollSeconds', 60, 1, 86_400),
    requestsPerSecond: reader.whole('requestsPerSecond', 10, 1, 1_000),
  }
}

const readServer = (reader: Reader): FhirServer => ({
  fhirBaseUrl: readFhirBase(reader),
  auth: readEhrAuth(reader),
})

function readEhrAuth(ehr: Reader): EhrAuth {
  const reader = ehr.object('auth', ['type', 'clientId', 'tokenEndpoint'])
  const type = reader.text(
    'type',
    /^(none|smart-backend-services)$/,
    "'none' or 'smart-backend-services'",
  )
  if (type !== 'smart-backend-services') return { type: 'none' }
  return {
    type,
    clientId: reader.text('clientId', /^[\x21-\x7e]{1,256}$/, 'our client id at the EHR'),
    ...(reader.has('tokenEndpoint') ? { tokenEndpoint: reader.url('tokenEndpoint') } : {}),
  }
}

function readFhirBase(reader: Reader): string {
  const url = reader.url('fhirBaseUrl')
  if (url.includes('?')) reader.fault('fhirBaseUrl', 'must not have a query')
  return url.replace(/\/+$/, '')
}

/** Ids are unique across referrers and clinics, and so are client ids; an NPI names one clinic. */
function doubles(referrers: readonly Referrer[], clinics: readonly Clinic[]): RegistryIssue[] {
  const organizations = [
    ...referrers.map((referrer, n) => ({ ...referrer, place: `referrers[${n}]`, clinicNpi: '' })),
    ...clinics.map((clinic, n) => ({ ...clinic, place: `clinics[${n}]`, clinicNpi: clinic.npi })),
  ]
  return [
    ...repeated(organizations.map(({ id, place }) => [id, `${place}.id`])),
    ...repeated(organizations.map(({ client, place }) => [client?.id ?? '', `${place}.client.id`])),
    ...repeated(organizations.map(({ clinicNpi, place }) => [clinicNpi, `${place}.npi`])),
    ...repeated(
      organizations.map(({ signIn, place }) => [signIn?.issuer ?? '', `${place}.signIn.issuer`]),
    ),
  ]
}

function repeated(values: readonly (readonly [string, string])[]): RegistryIssue[] {
  const first = new Map<string, string>()
  return values.flatMap(([value, place]) => {
    const before = first.get(value)
    if (before === undefined) first.set(value, place)
    return value === '' || before === undefined ? [] : [{ place, message: `repeats ${before}` }]
  })
}

function lookUps(referrers: readonly Referrer[], clinics: readonly Clinic[]): Registry {
  const clients = new Map([
    ...referrers.flatMap((referrer) => actingClient(referrer, 'referrer')),
    ...clinics.flatMap((clinic) => actingClient(clinic, 'clinic')),
  ])
  const clinicsByNpi = new Map(
    clinics.filter(({ disabled }) => !disabled).map((clinic) => [clinic.npi, clinic]),
  )
  const clinicsById = new Map(clinics.map((clinic) => [clinic.id, clinic]))
  const referrersById = new Map(referrers.map((referrer) => [referrer.id, referrer]))
  return {
    referrers,
    clinics,
    byClientId: (id) => clients.get(id),
    clinicByIdentifier: (system, value) =>
      system === npiSystem ? clinicsByNpi.get(value) : undefined,
    clinicById: (id) => clinicsById.get(id),
    clinicByService: (system, code) => {
      const offering = clinics.filter(
        ({ disabled, services }) => !disabled && services.includes(`${system}|${code}`),
      )
      return offering.length === 1 ? offering[0] : undefined
    },
    referrerById: (id) => referrersById.get(id),
  }
}

function actingClient(
  { client, disabled, id }: Referrer | Clinic,
  role: Caller['role'],
): [string, RegisteredClient][] {
  if (!client || disabled || client.disabled) return []
  return [[client.id, { client, role, organization: id }]]
}
