/**
 * Where each route takes the id, the identifier or the reference of something: the rows of the
 * tenant matrix. A route that is neither here nor among those without an id fails the suite.
 */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, Reference, ServiceRequest } from 'fhir/r4'
import { cursorAfter } from '../../src/domain/fhir/search-cursor.ts'
import { type SearchParameter, searchParameters } from '../../src/domain/fhir/search-parameters.ts'
import { practiceActs } from '../../src/http/people/practice/act-routes.ts'
import { actNames } from '../../src/http/people/referral/acts.ts'
import { aForm, aReferral, asSingle, painScore, requestOf } from '../helpers/a-referral.ts'
import { aSubscription } from '../helpers/a-subscription.ts'

/** Something that belongs to one referrer, or a name of the same kind that belongs to nobody. */
export interface Target {
  readonly type: string
  readonly id: string
  /** `system|value`, for the types that bear one. */
  readonly identifier: string | undefined
}

export interface Probe {
  /** Where the id stands: `path`, `_include`, `If-None-Exist` … */
  readonly at: string
  readonly method: string
  /** Below the FHIR base. */
  readonly path: string
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** True where the owner is answered otherwise than for an id that nobody has. */
  readonly shows?: boolean
}

type Row = (target: Target) => readonly Probe[]

const only =
  (type: string, row: Row): Row =>
  (target) =>
    target.type === type ? row(target) : []
const referenceTo = ({ type, id }: Target): Reference => ({ reference: `${type}/${id}` })
const somebody: Reference = { display: 'Somebody' }
const json = { 'content-type': 'application/fhir+json' }

const acknowledgement = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'reason', valueString: 'Because' },
    { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
  ],
}

/** A submission that names the target from one place in its bodies. */
function submissions(target: Target): readonly (readonly [at: string, Bundle<FhirResource>])[] {
  const found: (readonly [string, Bundle<FhirResource>])[] = []
  const add = (at: string, change: (bundle: Bundle<FhirResource>) => void) => {
    // A person of its own: what one probe leaves must not meet another.
    const bundle = aReferral({ painScores: false, doctor: randomUUID() })
    change(bundle)
    found.push([at, bundle])
  }
  const reference = referenceTo(target)
  add('supportingInfo', (bundle) => requestOf(bundle).supportingInfo?.push(reference))
  if (target.type === 'Patient')
    add('subject', (bundle) => {
      requestOf(bundle).subject = reference
    })
  if (target.type === 'Practitioner')
    add('requester', (bundle) => {
      requestOf(bundle).requester = reference
    })
  if (target.type === 'ServiceRequest') {
    add('basedOn', (bundle) => {
      requestOf(bundle).basedOn = [reference]
    })
    add('replaces', (bundle) => {
      requestOf(bundle).replaces = [reference]
    })
    add('entry.request.url', (bundle) => {
      const request = { ...requestOf(bundle), subject: somebody, requester: somebody }
      bundle.entry = [
        {
          resource: { ...request, supportingInfo: [somebody], id: target.id },
          request: { method: 'PUT', url: `ServiceRequest/${target.id}`, ifMatch: 'W/"1"' },
        },
      ]
    })
  }
  const [system, value] = (target.identifier ?? '').split('|') as [string, string]
  if (value === undefined) return found
  add('identifier', (bundle) => {
    for (const { resource } of bundle.entry ?? [])
      if (resource?.resourceType === target.type)
        (resource as ServiceRequest).identifier = [{ system, value }]
  })
  add('entry.request.ifNoneExist', (bundle) => {
    for (const { resource, request } of bundle.entry ?? [])
      if (request && resource?.resourceType === target.type)
        request.ifNoneExist = `identifier=${system}|${value}`
  })
  return found
}

/** Every search that names the target in a parameter. */
function searches(target: Target): readonly (readonly [at: string, type: string, query: string])[] {
  const { type, id, identifier } = target
  const found: (readonly [string, string, string])[] = [
    ['_id', type, `_id=${id}`],
    ['_id, twice', type, `_id=${id},${randomUUID()}`],
    ['_summary=count', type, `_id=${id}&_summary=count`],
    ['_count=0', type, `_id=${id}&_count=0`],
    ['_total', type, `_id=${id}&_total=accurate`],
    ['_cursor', type, `_cursor=${cursorAfter({ lastUpdated: '2020-01-01T00:00:00.000Z', id })}`],
  ]
  if (identifier) found.push(['identifier', type, `identifier=${encodeURIComponent(identifier)}`])
  for (const [source, parameters] of Object.entries(searchParameters))
    for (const [name, parameter] of Object.entries(parameters) as [string, SearchParameter][]) {
      if (parameter.type !== 'reference') continue
      const { targets = [], chained } = parameter
      if (source === type) found.push(['_include', type, `_id=${id}&_include=${source}:${name}`])
      if (chained && type === 'Patient' && identifier)
        found.push(['chain', source, `${name}.identifier=${encodeURIComponent(identifier)}`])
      if (targets !== 'any' && !targets.includes(type)) continue
      found.push(
        ['reference', source, `${name}=${type}/${id}`],
        ['_revinclude', type, `_id=${id}&_revinclude=${source}:${name}`],
      )
    }
  return [...new Map(found.map((each) => [placeOf(each), each])).values()]
}

/** Includes follow the references of a row that has been found; one of each source will do. */
const placeOf = ([at, source, query]: readonly [string, string, string]): string =>
  at.endsWith('include') ? `${at} ${query.replace(/\w+$/, '')}` : `${at} ${source}?${query}`

/** The parameters are read by the same code as those of GET, which has them all. */
const oneOfEach = <T extends readonly [string, ...string[]]>(all: readonly T[]): readonly T[] => [
  ...new Map(all.map((each) => [each[0], each])).values(),
]

const shownAt = new Set(['_id', '_summary=count', '_count=0', '_total', 'identifier', '_include'])

const changed = (target: Target): ServiceRequest => ({
  ...requestOf(aReferral()),
  subject: somebody,
  requester: somebody,
  supportingInfo: [somebody],
  id: target.id,
  status: 'revoked',
})

/** Each route that takes an id; the answers to one target and to one that nobody has are compared. */
export const rows: Readonly<Record<string, Row>> = {
  'GET /fhir/:type/:id': ({ type, id }) => [
    { at: 'path', method: 'GET', path: `${type}/${id}`, shows: true },
    ...(['W/"1"', '*'] as const).map((tag) => ({
      at: 'If-None-Match',
      method: 'GET',
      path: `${type}/${id}`,
      headers: { 'if-none-match': tag },
      shows: true,
    })),
    { at: 'path, other type', method: 'GET', path: `Location/${id}` },
  ],
  'GET /fhir/:type/:id/_history': ({ type, id }) => [
    { at: 'path', method: 'GET', path: `${type}/${id}/_history`, shows: true },
    { at: '_count', method: 'GET', path: `${type}/${id}/_history?_count=1`, shows: true },
    { at: '_before', method: 'GET', path: `${type}/${id}/_history?_before=2`, shows: true },
  ],
  'GET /fhir/:type/:id/_history/:version': ({ type, id }) => [
    { at: 'path', method: 'GET', path: `${type}/${id}/_history/1`, shows: true },
    { at: 'path, no such version', method: 'GET', path: `${type}/${id}/_history/99` },
  ],
  'GET /fhir/:type': (target) =>
    searches(target).map(([at, type, query]) => ({
      at,
      method: 'GET',
      path: `${type}?${query}`,
      shows: shownAt.has(at),
    })),
  'GET /fhir/AuditEvent/:id': ({ id }) => [{ at: 'path', method: 'GET', path: `AuditEvent/${id}` }],
  'GET /fhir/AuditEvent': ({ type, id }) => [
    {
      at: 'entity',
      method: 'GET',
      path: `AuditEvent?entity=${type}/${id}`,
      shows: type === 'ServiceRequest',
    },
    ...(type === 'Patient'
      ? [{ at: 'patient', method: 'GET', path: `AuditEvent?patient=${id}`, shows: true }]
      : []),
    { at: '_id', method: 'GET', path: `AuditEvent?_id=${id}` },
  ],
  // What is asked for in a filter is found out only by being told of it.
  'POST /fhir/Subscription': only('Task', ({ id }) => [
    {
      at: 'filter',
      method: 'POST',
      path: 'Subscription',
      body: aSubscription({
        filters: [`Task?_id=${id}`],
        endpoint: 'https://127.0.0.1:9/never-called',
      }),
    },
  ]),
  'GET /fhir/Subscription': (target) => [
    { at: '_id', method: 'GET', path: `Subscription?_id=${target.id}` },
  ],
  ...Object.fromEntries(
    ['GET', 'PUT', 'DELETE'].map((method) => [
      `${method} /fhir/Subscription/:id`,
      ({ id }: Target) => [
        {
          at: 'path',
          method,
          path: `Subscription/${id}`,
          ...(method === 'PUT' ? { body: { ...aSubscription(), id } } : {}),
          headers: { 'if-match': 'W/"1"' },
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['GET', 'POST'].flatMap((method) => [
      [
        `${method} /fhir/Subscription/$status`,
        ({ id }: Target) => [{ at: 'id', method, path: `Subscription/$status?id=${id}` }],
      ],
      ...['$status', '$events'].map((name) => [
        `${method} /fhir/Subscription/:id/${name}`,
        ({ id }: Target) => [{ at: 'path', method, path: `Subscription/${id}/${name}` }],
      ]),
    ]),
  ),
  'POST /fhir/:type/_search': (target) =>
    oneOfEach(searches(target)).map(([at, type, query]) => ({
      at,
      method: 'POST',
      path: `${type}/_search`,
      body: query,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      shows: shownAt.has(at),
    })),
  'POST /fhir/Task': only('Task', ({ id }) => [
    {
      at: 'focus',
      method: 'POST',
      path: 'Task',
      headers: json,
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
        focus: { reference: `Task/${id}` },
      },
    },
  ]),
  'POST /fhir/ServiceRequest/$reconcile': ({ type, id, identifier }) => {
    const [system, value] = (identifier ?? '').split('|')
    const names = [
      ...(type === 'ServiceRequest' || type === 'Task'
        ? [{ name: 'reference', valueReference: { reference: `${type}/${id}` } }]
        : []),
      ...(type === 'ServiceRequest' && value
        ? [{ name: 'identifier', valueIdentifier: { system, value } }]
        : []),
    ]
    return names.map((name) => ({
      at: name.name,
      method: 'POST',
      path: 'ServiceRequest/$reconcile',
      headers: json,
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'referral', part: [name, { name: 'status', valueCode: 'completed' }] },
          { name: 'period', valuePeriod: { end: '2020-01-01' } },
        ],
      },
      shows: true,
    }))
  },
  'POST /fhir': (target) =>
    submissions(target).map(([at, body]) => ({ at, method: 'POST', path: '', body })),
  'POST /fhir/ServiceRequest': (target) => [
    ...submissions(target)
      .filter(([at]) => !at.startsWith('entry.'))
      .map(([at, bundle]) => ({
        at,
        method: 'POST',
        path: 'ServiceRequest',
        body: asSingle(bundle),
      })),
    ...(target.type === 'ServiceRequest'
      ? [
          {
            at: 'If-None-Exist',
            method: 'POST',
            path: 'ServiceRequest',
            body: named(asSingle(aReferral({ painScores: false })), target),
            headers: { 'if-none-exist': `identifier=${target.identifier}` },
          },
        ]
      : []),
  ],
  'POST /fhir/ServiceRequest/$referral-check': (target) =>
    submissions(target)
      .filter(([at]) => at !== 'entry.request.url')
      .map(([at, body]) => ({ at, method: 'POST', path: 'ServiceRequest/$referral-check', body })),
  'POST /fhir/$validate': (target) => [
    { at: 'reference', method: 'POST', path: '$validate', body: scoreOf(target) },
  ],
  'POST /fhir/:type/$validate': (target) => [
    { at: 'reference', method: 'POST', path: 'Observation/$validate', body: scoreOf(target) },
  ],
  'POST /fhir/QuestionnaireResponse': only('ServiceRequest', (target) => [
    {
      at: 'basedOn',
      method: 'POST',
      path: 'QuestionnaireResponse',
      body: { ...aForm(somebody, { glaucoma: 'N' }), basedOn: [referenceTo(target)] },
    },
  ]),
  'POST /fhir/ServiceRequest/:id/$add-information': only('ServiceRequest', ({ id }) => [
    {
      at: 'path',
      method: 'POST',
      path: `ServiceRequest/${id}/$add-information`,
      body: painScore(somebody, '2026-01-05', 5),
    },
  ]),
  'POST /fhir/ServiceRequest/:id/$acknowledge': only('ServiceRequest', ({ id }) => [
    {
      at: 'path',
      method: 'POST',
      path: `ServiceRequest/${id}/$acknowledge`,
      body: acknowledgement,
    },
  ]),
  'POST /fhir/ServiceRequest/:id/$answer-link': only('ServiceRequest', ({ id }) => [
    { at: 'path', method: 'POST', path: `ServiceRequest/${id}/$answer-link` },
    {
      at: 'end',
      method: 'POST',
      path: `ServiceRequest/${id}/$answer-link`,
      body: { resourceType: 'Parameters', parameter: [{ name: 'end', valueBoolean: true }] },
    },
  ]),
  'PUT /fhir/ServiceRequest/:id': only('ServiceRequest', (target) =>
    ['W/"1"', 'W/"2"', '*'].map((tag) => ({
      at: `If-Match ${tag}`,
      method: 'PUT',
      path: `ServiceRequest/${target.id}`,
      body: changed(target),
      headers: { 'if-match': tag },
    })),
  ),
  'PUT /fhir/Task/:id': only('Task', ({ id }) =>
    ['W/"1"', 'W/"2"', 'W/"99"'].map((tag) => ({
      at: `If-Match ${tag}`,
      method: 'PUT',
      path: `Task/${id}`,
      body: { resourceType: 'Task', id, status: 'cancelled', intent: 'order' },
      headers: { 'if-match': tag },
    })),
  ),
  'PATCH /fhir/Task/:id': only('Task', ({ id }) =>
    ['replace', 'test', 'copy'].map((op) => ({
      at: `path, ${op}`,
      method: 'PATCH',
      path: `Task/${id}`,
      body: [
        op === 'copy'
          ? { op, from: '/for', path: '/owner' }
          : { op, path: '/status', value: 'cancelled' },
      ],
      headers: { 'if-match': 'W/"2"', 'content-type': 'application/json-patch+json' },
    })),
  ),
}

const scoreOf = (target: Target): object => painScore(referenceTo(target), '2026-01-05', 5)

const named = (request: ServiceRequest, { identifier = '' }: Target): ServiceRequest => {
  const [system, value] = identifier.split('|') as [string, string]
  return { ...request, identifier: [{ system, value }] }
}

/**
 * The pages of one referral, asked by people who are signed in (tenant-pages.ts). POST is sent with a
 * version, and is answered before that is looked at.
 */
export const pageRows: Readonly<Record<string, (referral: string, patient: string) => string>> = {
  'GET /referrals/:id': (id) => `/referrals/${id}`,
  'GET /referrals/:id/history': (id) => `/referrals/${id}/history?before=9`,
  'GET /referrals/:id/answer-link': (id) => `/referrals/${id}/answer-link`,
  'POST /referrals/:id/answer-link': (id) => `/referrals/${id}/answer-link`,
  'POST /referrals/:id/answer-link/cover': (id) => `/referrals/${id}/answer-link/cover`,
  'POST /referrals/:id/answer-link/end': (id) => `/referrals/${id}/answer-link/end`,
  'GET /referrals/:id/packet': (id) => `/referrals/${id}/packet`,
  'GET /referrals/:id/packet.pdf': (id) => `/referrals/${id}/packet.pdf`,
  'GET /referrals/:id/snooze': (id) => `/referrals/${id}/snooze`,
  'POST /referrals/:id/snooze': (id) => `/referrals/${id}/snooze`,
  'POST /referrals/:id/assign': (id) => `/referrals/${id}/assign`,
  'POST /referrals/:id/wake': (id) => `/referrals/${id}/wake`,
  'GET /referrals/:id/evidence': (id) => `/referrals/${id}/evidence?type=Patient`,
  'GET /referrals/:id/news': (id) => `/referrals/${id}/news?version=1`,
  'GET /referrals/:id/here': (id) => `/referrals/${id}/here?version=1`,
  'POST /referrals/:id/drafts/:act': (id) => `/referrals/${id}/drafts/decline`,
  'POST /referrals/:id/drafts/:act/discard': (id) => `/referrals/${id}/drafts/decline/discard`,
  'POST /referrals/:id/drafts/:act/undo': (id) => `/referrals/${id}/drafts/decline/undo`,
  'GET /referrals/:id/records/:type/:record': (id, patient) =>
    `/referrals/${id}/records/Patient/${patient}`,
  'GET /referrals/:id/files/:type/:record/:index': (id, patient) =>
    `/referrals/${id}/files/Patient/${patient}/0`,
  ...Object.fromEntries(
    actNames.flatMap((name) =>
      ['GET', 'POST'].map((method) => [
        `${method} /referrals/:id/${name}`,
        (id: string) => `/referrals/${id}/${name}`,
      ]),
    ),
  ),
}

/** The same for a practice: of another practice, and of the clinic, there is none of them. */
export const practiceRows: typeof pageRows = {
  'GET /practice/:id': (id) => `/practice/${id}`,
  'GET /practice/:id/documents': (id) => `/practice/${id}/documents`,
  'POST /practice/:id/documents': (id) => `/practice/${id}/documents`,
  'POST /practice/:id/documents/:file/remove': (id) => `/practice/${id}/documents/x/remove`,
  'GET /practice/:id/history': (id) => `/practice/${id}/history?before=9`,
  'GET /practice/:id/files/:type/:record/:index': (id, patient) =>
    `/practice/${id}/files/Patient/${patient}/0`,
  ...Object.fromEntries(
    ['answer', ...practiceActs].flatMap((name) =>
      ['GET', 'POST'].map((method) => [
        `${method} /practice/:id/${name}`,
        (id: string) => `/practice/${id}/${name}`,
      ]),
    ),
  ),
}

/** Routes that take nothing of a tenant, each with the reason. */
export const withoutIds: readonly (readonly [routes: RegExp, why: string])[] = [
  [
    /^\S+ \/worklist\/(bulk|snooze|take|packets|views|list\.csv)$/,
    'the desk takes rows of the list, and another clinic’s are not there: see OW1 of test/http/people/desk.test.ts',
  ],
  [/^\S+ \/fhir\/metadata$/, 'the CapabilityStatement is the same for everybody'],
  [
    /^\S+ \/fhir\/(CodeSystem|Measure|OperationDefinition|PlanDefinition|Questionnaire|SearchParameter|StructureDefinition|ValueSet)(\/:id)?$/,
    'published definitions are everybody’s',
  ],
  [
    /^\S+ \/fhir\/Measure\/:id\/\$evaluate-measure$/,
    'counts what its caller took part in: see test/http/routes/evaluate-measure.test.ts',
  ],
  [
    /^\S+ \/fhir\/Questionnaire\/[a-z-]+$/,
    'published forms, each by its name; those made for one referral are at /:type/:id',
  ],
  [/^\S+ \/(\.well-known|fhir\/\.well-known)\//, 'discovery is the same for everybody'],
  [
    /^\S+ \/cds-services(\/:id(\/feedback)?)?$/,
    'checks what the call brings along and reads nothing of anybody; ids are of services: see test/http/routes/cds-calls.test.ts',
  ],
  [/^POST \/oauth\/token$/, 'takes a client’s own assertion: see test/auth'],
  [/^\S+ \/(health|metrics)/, 'names no resource; labels are route templates'],
  [
    /^\S+ \/(launch|sign-in|sign-in\/(sandbox|start|callback)|sign-out|session|preferences|worklist|worklist\/(live|find|drafts)|worklist\/\*|referrals\/\*|practice|practice\/find|practice\/\*|clinics?|clinics\/\*|insight(\/[a-z]+\.csv)?|assets\/:file)$/,
    'pages, by session instead of token, and no id in any of them: see test/http/people',
  ],
  [
    /^\S+ \/answer(\/(open|again|:secret))?$/,
    'who has a secret is let in, and what opens nothing is told alike: see test/http/people/answer-link.test.ts',
  ],
  [
    /^\S+ \/clinics\/:id$/,
    'what a clinic asks for, which every practice that may refer to it may read: see test/http/people/clinic',
  ],
  [/^\S+ \/(docs|errors|openapi|static|assets|$)/, 'documentation'],
]

export const headersOf = (probe: Probe): Readonly<Record<string, string>> => ({
  ...(typeof probe.body === 'object' ? json : {}),
  ...probe.headers,
})
