/** AU-01 … AU-07: what is composed out of a row, held to R4 and to the patterns of IHE BALP. */

import type { AuditEvent } from 'fhir/r4'
import t from 'tap'
import { type ActionName, actions } from '../../../src/domain/audit/actions.ts'
import { auditEvent } from '../../../src/domain/audit/audit-event.ts'
import type { AuditRow } from '../../../src/domain/audit/audit-row.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'

const setting = { fhirBase: 'https://referloop.test/fhir' }
const referrer = { role: 'referrer', organization: 'lakeside-family' } as const
const clinic = { role: 'clinic', organization: 'river-pain-clinic' } as const

const aRow = (facts: Partial<AuditRow>): AuditRow => ({
  id: '17',
  recorded: '2026-03-02T10:00:00.000Z',
  action: 'read',
  kind: 'R',
  outcome: 'success',
  agent: 'lakeside-family',
  organization: 'lakeside-family',
  referralId: 'sr-1',
  referrerId: 'lakeside-family',
  clinicId: 'river-pain-clinic',
  patientId: 'pat-1',
  entities: ['ServiceRequest/sr-1', 'Observation/obs-1'],
  requestId: 'theirs-1',
  tokenId: 'token-1',
  network: '192.0.2.7',
  ...facts,
})

const outbound = { agent: 'referloop', organization: undefined, tokenId: undefined } as const
const atWorklist = {
  agent: 'worklist',
  tokenId: 'session-1',
  person: 'https://ehr.lakeside.test/fhir|Practitioner/7',
  personName: 'Kim Example',
} as const
const byLink = {
  agent: 'answer-link',
  tokenId: 'session-2',
  person: 'urn:referloop:answer-link|l-1',
  personName: 'Dana Cole, nurse, through a link',
  entities: ['ServiceRequest/sr-1'],
  patientId: undefined,
} as const
const ehr = { ...outbound, network: 'https://ehr.river.test/fhir', requestId: undefined }

const subscription = { entities: ['Subscription/s-1'], patientId: undefined, referralId: undefined }

/** A row for every action, as the service writes it. */
const rows: Readonly<Record<ActionName, AuditRow>> = {
  submit: aRow({ action: 'submit', kind: 'C', detail: 'ready' }),
  repeat: aRow({ action: 'repeat' }),
  'supply-information': aRow({ action: 'supply-information', kind: 'U' }),
  'save-answers': aRow({ action: 'save-answers', kind: 'E' }),
  acknowledge: aRow({ action: 'acknowledge', kind: 'U', entities: ['Task/t-1'] }),
  'ask-information': aRow({
    action: 'ask-information',
    kind: 'C',
    ...outbound,
    entities: ['Task/t-2', 'Questionnaire/q-1'],
    detail: 'asked',
  }),
  revoke: aRow({ action: 'revoke', kind: 'U' }),
  move: aRow({ action: 'move', kind: 'U', entities: ['Task/t-1'] }),
  assign: aRow({ action: 'assign', kind: 'U', detail: 'to Nora Lind' }),
  snooze: aRow({ action: 'snooze', kind: 'U' }),
  wake: aRow({ action: 'wake', kind: 'U' }),
  export: aRow({ action: 'export', kind: 'E', entities: ['ServiceRequest/r-1'] }),
  read: aRow({ action: 'read', entities: ['Observation/obs-1'] }),
  vread: aRow({ action: 'vread', entities: ['Task/t-1/_history/2'] }),
  history: aRow({ action: 'history', entities: ['Task/t-1'] }),
  reconcile: aRow({ action: 'reconcile', entities: ['ServiceRequest/r-1', 'Task/t-1'] }),
  search: aRow({
    action: 'search',
    kind: 'E',
    query: 'Task?identifier=a|b',
    detail: 'Task?identifier',
  }),
  check: aRow({ action: 'check', kind: 'E', entities: [], patientId: undefined }),
  'evaluate-measure': aRow({
    action: 'evaluate-measure',
    kind: 'E',
    entities: [],
    patientId: undefined,
    detail: 'figures page 2026-01-01 2026-03-31',
  }),
  feedback: aRow({ action: 'feedback', kind: 'E', entities: [], patientId: undefined }),
  refuse: aRow({
    action: 'refuse',
    outcome: 'minor-failure',
    detail: '404 not-found: GET /fhir/:type/:id',
    entities: [],
    patientId: undefined,
  }),
  deliver: aRow({ action: 'deliver', kind: 'C', ...ehr }),
  'update-at-clinic': aRow({ action: 'update-at-clinic', kind: 'U', ...ehr }),
  'next-step': aRow({
    action: 'next-step',
    kind: 'U',
    agent: 'referloop',
    organization: undefined,
    tokenId: undefined,
  }),
  redeliver: aRow({
    action: 'redeliver',
    kind: 'U',
    agent: 'operator',
    organization: undefined,
    tokenId: undefined,
    network: undefined,
    requestId: undefined,
    detail: 'refused',
  }),
  disclose: aRow({ action: 'disclose', ...ehr }),
  'make-link': aRow({
    action: 'make-link',
    kind: 'C',
    entities: ['ServiceRequest/sr-1'],
    detail: 'link l-1',
  }),
  'end-link': aRow({ action: 'end-link', kind: 'U', entities: ['ServiceRequest/sr-1'] }),
  'open-link': aRow({ action: 'open-link', kind: 'E', ...byLink }),
  'link-refused': aRow({
    action: 'link-refused',
    kind: 'E',
    outcome: 'minor-failure',
    ...byLink,
    person: undefined,
    personName: undefined,
    detail: 'second fact, link l-1',
  }),
  'ask-link': aRow({
    action: 'ask-link',
    kind: 'E',
    ...byLink,
    person: undefined,
    personName: undefined,
  }),
  subscribe: aRow({ action: 'subscribe', kind: 'C', ...subscription }),
  resubscribe: aRow({ action: 'resubscribe', kind: 'U', ...subscription }),
  unsubscribe: aRow({ action: 'unsubscribe', kind: 'D', ...subscription }),
  'end-subscription': aRow({
    action: 'end-subscription',
    kind: 'U',
    ...subscription,
    ...outbound,
    detail: 'error',
  }),
  events: aRow({ action: 'events', entities: ['Task/t-1'] }),
  'notify-referrer': aRow({
    action: 'notify-referrer',
    ...ehr,
    network: 'https://hooks.lakeside.test',
    entities: ['Task/t-1'],
  }),
  'notify-clinic': aRow({ action: 'notify-clinic', ...ehr, entities: ['Task/t-1'] }),
  consent: aRow({
    action: 'consent',
    kind: 'E',
    entities: ['Consent/c-1', 'MedicationRequest/m-1'],
    detail: 'deny',
  }),
  status: aRow({ action: 'status', kind: 'U', ...ehr, entities: ['Task/t-1'] }),
  'ask-referrer': aRow({
    action: 'ask-referrer',
    kind: 'E',
    ...ehr,
    network: 'https://ehr.lakeside.test/fhir',
    clinicId: undefined,
    entities: [],
    query: 'Observation?patient=p-1',
  }),
  gather: aRow({
    action: 'gather',
    kind: 'U',
    ...ehr,
    network: 'https://ehr.lakeside.test/fhir',
  }),
  token: aRow({ action: 'token', kind: 'E', entities: [], patientId: undefined }),
  'token-refused': aRow({
    action: 'token-refused',
    kind: 'E',
    outcome: 'minor-failure',
    agent: 'anonymous',
    organization: undefined,
    tokenId: undefined,
    entities: [],
    patientId: undefined,
    detail: '400 invalid_client',
  }),
  'sign-in': aRow({
    action: 'sign-in',
    kind: 'E',
    ...atWorklist,
    entities: [],
    patientId: undefined,
  }),
  'sign-in-refused': aRow({
    action: 'sign-in-refused',
    kind: 'E',
    outcome: 'minor-failure',
    agent: 'worklist',
    tokenId: undefined,
    entities: [],
    patientId: undefined,
  }),
  'sign-out': aRow({
    action: 'sign-out',
    kind: 'E',
    ...atWorklist,
    entities: [],
    patientId: undefined,
  }),
  start: aRow({ action: 'start', kind: 'E', ...outbound, entities: [], patientId: undefined }),
  stop: aRow({ action: 'stop', kind: 'E', ...outbound, entities: [], patientId: undefined }),
  registry: aRow({
    action: 'registry',
    kind: 'U',
    ...outbound,
    entities: [],
    patientId: undefined,
  }),
}

const compose = (name: ActionName, viewer: typeof referrer | typeof clinic = referrer) =>
  auditEvent(rows[name], viewer, setting)

const agentOf = ({ agent }: AuditEvent, code: string) =>
  agent.filter(({ type }) => type?.coding?.[0]?.code === code)
const entityOf = ({ entity = [] }: AuditEvent, code: string) =>
  entity.filter(({ type }) => type?.code === code)

t.test('AU-01 the event of every action is valid R4, whoever reads it', async (t) => {
  const validator = createReferralValidator()
  for (const name of Object.keys(actions) as ActionName[])
    for (const viewer of [referrer, clinic])
      t.same(
        validator
          .validate(compose(name, viewer))
          .filter(({ severity }) => severity === 'error' || severity === 'fatal'),
        [],
        `${name} for a ${viewer.role}`,
      )
})

/** BALP: which role ids client and server have, and the codes of the event. */
const patterns = {
  submit: ['C', 'create', '110153', '110152', 'PatientCreate'],
  read: ['R', 'read', '110152', '110153', 'PatientRead'],
  vread: ['R', 'vread', '110152', '110153', 'PatientRead'],
  history: ['R', 'vread', '110152', '110153', 'PatientRead'],
  repeat: ['R', 'read', '110152', '110153', 'PatientRead'],
  move: ['U', 'update', '110153', '110152', 'PatientUpdate'],
  'supply-information': ['U', 'update', '110153', '110152', 'PatientUpdate'],
  search: ['E', 'search-type', '110153', '110152', 'PatientQuery'],
} as const

t.test('AU-07 who acted at the worklist is named, to their own organisation only', async (t) => {
  const row = aRow({ action: 'move', kind: 'U', ...atWorklist })
  const [person] = agentOf(auditEvent(row, referrer, setting), 'UserOauthAgent')
  t.match(person, {
    who: {
      type: 'Practitioner',
      identifier: { system: 'https://ehr.lakeside.test/fhir', value: 'Practitioner/7' },
    },
    name: 'Kim Example',
    requestor: true,
  })
  const seen = JSON.stringify(auditEvent(row, clinic, setting))
  t.notMatch(seen, /Kim|Practitioner|session-1/)
  t.match(seen, 'lakeside-family')
})

t.test('AU-07 signing in and out are told apart', async (t) => {
  const codes = (['sign-in', 'sign-in-refused', 'sign-out'] as const).map(
    (name) => compose(name).subtype?.[0]?.code,
  )
  t.same(codes, ['110122', '110122', '110123'])
})

t.test('AU-01 reads flow from the server, all else from the client', async (t) => {
  for (const [name, [action, subtype, client, server, profile]] of Object.entries(patterns)) {
    const event = compose(name as ActionName)
    t.match(
      event,
      {
        meta: {
          profile: [
            `https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${profile}`,
            'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.OAUTHaccessTokenUse.Minimal',
          ],
        },
        type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
        action,
        outcome: '0',
        recorded: '2026-03-02T10:00:00.000Z',
      },
      name,
    )
    t.equal(event.subtype?.[0]?.code, subtype)
    t.match(agentOf(event, client), [
      {
        who: { identifier: { value: 'lakeside-family' } },
        requestor: false,
        network: { address: '192.0.2.7', type: '2' },
      },
    ])
    t.match(agentOf(event, server), [
      { who: { identifier: { value: setting.fhirBase } }, network: { type: '5' } },
    ])
    t.match(entityOf(event, '1'), [{ what: { reference: 'Patient/pat-1' }, role: { code: '1' } }])
    t.match(entityOf(event, 'XrequestId'), [{ what: { identifier: { value: 'theirs-1' } } }])
    t.equal(entityOf(event, '2').length, 1, 'one System Object')
  }
})

t.test('AU-01 what was touched besides stands there by its type', async (t) => {
  t.match(entityOf(compose('submit'), '2'), [{ what: { reference: 'ServiceRequest/sr-1' } }])
  t.match(entityOf(compose('submit'), 'Observation'), [
    { what: { reference: 'Observation/obs-1' } },
  ])
})

t.test('AU-02 a query is told in base64, its results and their number are not', async (t) => {
  const event = compose('search')
  const [query] = entityOf(event, '2')
  t.equal(Buffer.from(query?.query ?? '', 'base64').toString(), 'Task?identifier=a|b')
  t.equal(query?.role?.code, '24')
  t.notOk(query?.what)
  t.notMatch(JSON.stringify(event), 'Observation')
})

t.test('AU-03 of a token its id is told, and to its own organisation only', async (t) => {
  t.match(agentOf(compose('read'), 'UserOauthAgent'), [
    { requestor: true, policy: ['urn:ietf:params:oauth:jti:token-1'] },
  ])
  const others = JSON.stringify(
    (Object.keys(rows) as ActionName[]).map((name) => compose(name, clinic)),
  )
  for (const hidden of [
    'token-1',
    'theirs-1',
    '192.0.2.7',
    Buffer.from('Task?i').toString('base64'),
  ])
    t.notMatch(others, hidden)
})

t.test('AU-04 a delivery is ours as a client', async (t) => {
  const event = compose('deliver')
  t.match(event, { action: 'C', meta: { profile: [/PatientCreate$/] } })
  t.match(agentOf(event, '110153'), [{ who: { display: 'Referloop' }, requestor: true }])
  t.match(agentOf(event, '110152'), [
    { who: { identifier: { value: 'river-pain-clinic' } }, network: { address: ehr.network } },
  ])
})

t.test(
  'AU-04 a disclosure says who, when, to whom, of which patient, what, why and by whose order',
  async (t) => {
    const event = compose('disclose')
    t.match(event, {
      meta: { profile: [/PrivacyDisclosure\.Source$/] },
      type: { code: '110106' },
      subtype: [{ code: 'disclose' }],
      action: 'R',
      recorded: '2026-03-02T10:00:00.000Z',
      purposeOfEvent: [{ coding: [{ code: 'TREAT' }] }],
    })
    t.same(agentOf(event, '110153')[0]?.who, event.source.observer, 'val-audit-source')
    t.match(agentOf(event, '110152'), [{ who: { identifier: { value: 'river-pain-clinic' } } }])
    t.match(agentOf(event, '429577009'), [{ who: { identifier: { value: 'lakeside-family' } } }])
    t.match(agentOf(event, '159541003'), [{ who: { identifier: { value: 'lakeside-family' } } }])
    t.equal(entityOf(event, '1').length, 1)
    t.equal(entityOf(event, '2').length, 2)
  },
)

t.test(
  'AU-05 the decision to release is told for what it is, and what is withheld not to the clinic',
  async (t) => {
    const event = compose('consent')
    t.match(event, { type: { code: '110113' }, subtype: [{ code: 'AuthZ-Consent' }], action: 'E' })
    t.match(event, { outcome: '4', outcomeDesc: 'deny' })
    t.equal(auditEvent({ ...rows.consent, detail: 'permit' }, referrer, setting).outcome, '0')
    t.match(agentOf(event, 'IRCP'), [{ who: { identifier: { value: 'river-pain-clinic' } } }])
    t.match(JSON.stringify(event), 'MedicationRequest/m-1')
    t.notMatch(JSON.stringify(compose('consent', clinic)), 'MedicationRequest/m-1')
    t.notMatch(JSON.stringify(compose('submit', clinic)), 'Observation/obs-1')
  },
)

t.test('AU-06 a refusal has another outcome and no profile of successes', async (t) => {
  const event = compose('refuse')
  t.equal(event.outcome, '4')
  t.equal(event.outcomeDesc, '404 not-found: GET /fhir/:type/:id')
  t.notOk(event.meta?.profile)
  t.equal(
    auditEvent({ ...rows.refuse, outcome: 'serious-failure' }, referrer, setting).outcome,
    '8',
  )
  t.notOk(
    auditEvent({ ...rows.deliver, outcome: 'serious-failure' }, referrer, setting).meta?.profile,
  )
})

t.test('AU-07 log-ins, starts, stops and settings have the codes of DICOM', async (t) => {
  const codes = (name: ActionName) => {
    const { type, subtype } = compose(name)
    return [type.code, subtype?.[0]?.code]
  }
  t.same(codes('token'), ['110114', 'ITI-71'])
  t.same(codes('token-refused'), ['110114', 'ITI-71'])
  t.same(codes('start'), ['110100', '110120'])
  t.same(codes('stop'), ['110100', '110121'])
  t.same(codes('registry'), ['110113', '110131'])
})

t.test('an action of a later version is told as an execution', async (t) => {
  const event = auditEvent(aRow({ action: 'teleport', kind: 'E' }), referrer, setting)
  t.match(event, { type: { code: 'rest' }, action: 'E' })
})
