/** CDS Hooks by the public door: which orders are checked, and what the cards say. */

import type { FhirResource, QuestionnaireResponse, ServiceRequest } from 'fhir/r4'
import t, { type Test } from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { toTable } from '../../../src/domain/screening/table.ts'
import { npiSystem, npis, unspecifiedPain } from '../../helpers/a-referral.ts'
import { type Card, cdsWorld } from '../../helpers/cds-world.ts'
import { aHookCall, orderOf, patientId, prefetchedOf, serviceId } from '../../helpers/hook-calls.ts'
import { screenPacketOfCall } from '../../helpers/screened-call.ts'

const validator = createReferralValidator()
const world = await cdsWorld(t)
const { call } = world

/** What the standard demands of every card. */
function holdsTo(t: Test, card: Card): void {
  t.ok(card.uuid)
  t.ok(card.summary.length > 0 && [...card.summary].length < 140, card.summary)
  t.match(card.indicator, /^(info|warning|critical)$/)
  t.ok(card.source.label)
  t.ok(URL.canParse(card.source.url) && card.source.topic.code && card.source.topic.system)
  t.equal(card.suggestions !== undefined, card.selectionBehavior !== undefined)
  for (const { label, url, type } of card.links ?? [])
    t.ok(label && URL.canParse(url) && type === 'absolute')
  for (const { display, code, system } of card.overrideReasons ?? [])
    t.ok(display && code && system)
  for (const { label, uuid, actions } of card.suggestions ?? []) {
    t.ok(label && uuid && actions.length > 0)
    for (const { type, description, resource } of actions) {
      t.match(type, /^(create|update)$/)
      t.ok(description)
      t.strictSame(
        validator.validate(resource).filter(({ severity }) => severity === 'error'),
        [],
      )
    }
  }
  const empty = Object.entries(card).filter(
    ([, value]) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
  )
  t.strictSame(empty, [], 'no member is empty')
}

t.test('discovery lists one service with both hooks, for everybody and any page', async (t) => {
  const answer = await world.app.inject({ method: 'GET', url: '/cds-services' })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.equal(answer.headers['access-control-allow-origin'], '*')
  const { services } = answer.json() as { services: Record<string, string>[] }
  t.strictSame(
    services.map(({ id, hook }) => [id, hook]),
    [
      [serviceId, 'order-select'],
      [serviceId, 'order-sign'],
    ],
  )
  for (const service of services) {
    t.ok(service.title && service.description && service.usageRequirements)
    const prefetch = service.prefetch as unknown as Record<string, string>
    t.equal(prefetch.patient, 'Patient/{{context.patientId}}')
    t.equal(prefetch.allergyIntolerance, 'AllergyIntolerance?patient={{context.patientId}}')
    for (const [key, template] of Object.entries(prefetch)) {
      t.match(key, /^[a-z][A-Za-z]+$/)
      const tokens = [...template.matchAll(/\{\{(.*?)\}\}/g)].map(([, token]) => token)
      t.strictSame(tokens, ['context.patientId'], template)
    }
  }
})

t.test('a dropped criterion takes its queries along', async (t) => {
  const { app } = await cdsWorld(t, ({ clinics }) => {
    for (const clinic of clinics) clinic.policyOverrides = { drop: ['glaucoma', 'pregnancy'] }
  })
  const answer = await app.inject({ method: 'GET', url: '/cds-services' })
  t.notMatch(answer.payload, /observationIopWindow|observationPregnancyDays/)
  t.match(answer.payload, /observationBpWindow/)
})

t.test('a referral that is ready gets no card, in both hooks', async (t) => {
  const sign = await call(aHookCall())
  t.equal(sign.status, 200)
  t.equal(sign.text, '{"cards":[]}')
  const select = aHookCall()
  select.hook = 'order-select'
  select.context.selections = ['ServiceRequest/order-1']
  t.equal((await call(select)).text, '{"cards":[]}')
})

t.test('what is missing stands in the words of the check, with a form to fill in', async (t) => {
  const asked = aHookCall({ unanswered: ['glaucoma', 'pregnancy'] })
  const { cards } = await call(asked)
  const [card] = cards as [Card]
  t.equal(cards.length, 1)
  holdsTo(t, card)
  t.equal(card.indicator, 'warning')
  t.equal(card.summary, 'Clinic river-pain-clinic: 2 things are missing for this referral.')
  t.match(card.source.topic, { code: 'incomplete' })
  const result = screenPacketOfCall(asked)
  const flat = toTable(result).replace(/\s+/g, ' ')
  for (const { verdict, explanation, needed, title, partOf } of result.criteria) {
    if (verdict === 'met' || partOf) continue
    t.ok(card.detail?.includes(`**${title}** (not documented): ${explanation}`), explanation)
    t.ok(flat.includes(explanation), 'as the table has it')
    for (const { text } of needed) t.ok(card.detail?.includes(`  - ${text}`), text)
  }
  const [start, attach] = card.suggestions ?? []
  t.equal(start?.isRecommended, true)
  const [create, update] = start?.actions ?? []
  const form = create?.resource as QuestionnaireResponse
  t.equal(form.status, 'in-progress')
  t.match(form.subject, { reference: `Patient/${patientId}` })
  t.strictSame(
    form.item?.flatMap(({ item = [] }) => item.map(({ linkId }) => linkId)),
    ['glaucoma', 'pregnancy'],
  )
  const order = update?.resource as ServiceRequest
  const named = order.supportingInfo?.map(({ reference }) => reference)
  t.ok(named?.includes(`QuestionnaireResponse/${form.id}`))
  const { supportingInfo: _more, ...rest } = order
  t.strictSame(rest, JSON.parse(JSON.stringify(orderOf(asked))), 'the order is whole')
  const [attachment] = attach?.actions ?? []
  const attached = attachment?.resource as ServiceRequest | undefined
  const evidence = attached?.supportingInfo ?? []
  t.ok(
    evidence.length >= 5 &&
      evidence.every(({ reference }) => /^\w+\/[\w-]+$/.test(reference ?? '')),
  )
})

t.test('a contraindication is critical, and asks why one goes on', async (t) => {
  const { cards } = await call(aHookCall({ answers: { psychosis: 'Y' } }))
  const [card] = cards as [Card]
  holdsTo(t, card)
  t.equal(card.indicator, 'critical')
  t.match(card.summary, /contraindication is on record/)
  t.match(card.source.topic, { code: 'contraindicated' })
  t.ok((card.overrideReasons?.length ?? 0) > 2)
  t.match(card.detail, /acknowledge this with a reason/)
  const relative = await call(aHookCall({ answers: { glaucoma: 'Y' } }))
  t.equal(relative.cards[0]?.indicator, 'info', 'it goes on to the clinic’s clinician')
  t.ok(relative.cards[0]?.overrideReasons)
})

t.test('a warning alone is a card', async (t) => {
  const asked = aHookCall()
  prefetchedOf(asked, 'condition').push({
    resource: {
      resourceType: 'Condition',
      id: 'strange',
      code: { text: 'glaucoma' },
      subject: { reference: 'Patient/patient-2' },
    },
  })
  const { cards } = await call(asked)
  t.equal(cards.length, 1)
  holdsTo(t, cards[0] as Card)
  t.match(cards[0]?.detail, /about somebody else and not counted.*Condition\/strange/)
  t.match(cards[0]?.source.topic, { code: 'ready' })
})

t.test('another patient in the prefetch is nobody, and what is his is not counted', async (t) => {
  const asked = aHookCall()
  const patient = asked.prefetch?.patient as { id: string }
  asked.prefetch = { ...asked.prefetch, patient: { ...patient, id: 'patient-2', gender: 'male' } }
  const { cards } = await call(asked)
  t.match(cards.at(-1)?.source.topic, { code: 'prefetch-missing' })
  t.match(cards.at(-1)?.detail, /`patient` \(the patient\): not the patient of the context/)
  t.match(cards[0]?.detail, /sex and age are not known/)
  const two = aHookCall()
  two.prefetch = {
    ...two.prefetch,
    patient: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [{ resource: { ...patient, id: 'patient-2' } }, { resource: patient }],
    },
  }
  t.equal((await call(two)).text, '{"cards":[]}')
})

t.test('an order about another patient than the context is refused', async (t) => {
  const asked = aHookCall()
  orderOf(asked).subject = { reference: 'https://ehr.example/fhir/Patient/patient-2' }
  const answer = await call(asked)
  t.equal(answer.status, 422)
  t.strictSame(answer.problems, ['patient-differs'])
  t.strictSame(answer.expressions, ['context.draftOrders.entry[0].resource.subject'])
  orderOf(asked).subject = { reference: `https://ehr.example/fhir/Patient/${patientId}/_history/3` }
  t.equal((await call(asked)).status, 200, 'the same patient by a longer name')
})

t.test('only orders of what the policy is for are ours', async (t) => {
  const other = aHookCall({ unanswered: ['glaucoma'] })
  orderOf(other).code = { coding: [{ system: 'http://snomed.info/sct', code: '241615005' }] }
  t.equal((await call(other)).text, '{"cards":[]}', 'an MRI for the same clinic')
  const elsewhere = aHookCall({ unanswered: ['glaucoma'] })
  orderOf(elsewhere).performer = [{ identifier: { system: npiSystem, value: '1003000126' } }]
  t.equal((await call(elsewhere)).text, '{"cards":[]}', 'a clinic that is not here')
  const drug = aHookCall()
  drug.context.draftOrders.entry = [
    {
      resource: {
        resourceType: 'MedicationRequest',
        status: 'draft',
        intent: 'order',
        subject: { reference: `Patient/${patientId}` },
        medicationCodeableConcept: { text: 'x' },
      },
    },
  ]
  delete drug.prefetch
  t.equal((await call(drug)).text, '{"cards":[]}', 'no prefetch is needed for what is not ours')
})

t.test('an order that is signed again is checked, one that is over is not', async (t) => {
  const asked = aHookCall({ unanswered: ['glaucoma'] })
  for (const [status, cards] of [
    ['active', 1],
    ['on-hold', 1],
    ['revoked', 0],
    ['completed', 0],
    ['entered-in-error', 0],
  ] as const) {
    orderOf(asked).status = status
    t.equal((await call(asked)).cards.length, cards, status)
  }
})

t.test('what is not eligible and what a clinician must judge are told apart', async (t) => {
  const [excluded] = (await call(aHookCall({ condition: unspecifiedPain }))).cards as [Card]
  holdsTo(t, excluded)
  t.match(excluded.source.topic, { code: 'not-eligible', display: 'Not eligible' })
  t.match(excluded.summary, /1 thing the clinic requires and the record does not show\.$/)
  t.equal(excluded.indicator, 'warning')
  t.ok(excluded.overrideReasons)
  const unclear = aHookCall()
  prefetchedOf(unclear, 'condition').push({
    resource: {
      resourceType: 'Condition',
      id: 'unclear',
      code: { text: 'glaucoma' },
      subject: { reference: `Patient/${patientId}` },
    },
  })
  const [review] = (await call(unclear)).cards as [Card]
  holdsTo(t, review)
  t.match(review.source.topic, { code: 'clinician-review' })
  t.match(review.summary, /1 thing for a clinician to look at in this referral\.$/)
  t.equal(review.indicator, 'info')
  t.notOk(review.overrideReasons)
})

t.test('a clinic may offer more codes than its policy', async (t) => {
  const { call } = await cdsWorld(t, ({ clinics }) => {
    for (const clinic of clinics) clinic.services = ['urn:codes|ketamine']
  })
  const asked = aHookCall({ unanswered: ['glaucoma'] })
  orderOf(asked).code = { coding: [{ system: 'urn:codes', code: 'ketamine' }] }
  t.match((await call(asked)).cards[0]?.source.topic, { code: 'incomplete' })
})

t.test('without a performer the clinic is chosen, or is the only one', async (t) => {
  const asked = aHookCall({ unanswered: ['glaucoma'] })
  delete orderOf(asked).performer
  const { cards } = await call(asked)
  t.equal(cards.length, 1)
  holdsTo(t, cards[0] as Card)
  t.match(cards[0]?.source.topic, { code: 'unknown-clinic' })
  const chosen = cards[0]?.suggestions?.map(
    ({ actions: [only] }) =>
      (only as { resource: ServiceRequest }).resource.performer?.[0]?.identifier?.value,
  )
  t.strictSame(chosen, Object.values(npis))
  const { call: alone } = await cdsWorld(t, ({ clinics }) => {
    for (const clinic of clinics.slice(1)) clinic.disabled = true
  })
  t.match((await alone(asked)).cards[0]?.source.topic, { code: 'incomplete' })
  orderOf(asked).performer = [{ reference: 'Organization/somewhere' }]
  t.match((await call(asked)).cards[0]?.source.topic, { code: 'unknown-clinic' })
})

t.test('a draft without a code for one of the clinics is asked for it', async (t) => {
  const asked = aHookCall()
  delete orderOf(asked).code
  const { cards } = await call(asked)
  t.equal(cards.length, 1)
  holdsTo(t, cards[0] as Card)
  t.match(cards[0]?.summary, /say what is ordered/)
  const [suggestion] = cards[0]?.suggestions ?? []
  t.match(suggestion?.actions[0]?.resource, { code: { coding: [{ code: '306265007' }] } })
  orderOf(asked).code = { text: 'pain clinic, please' }
  t.match((await call(asked)).cards[0]?.summary, /say what is ordered/)
  delete orderOf(asked).performer
  t.equal((await call(asked)).text, '{"cards":[]}', 'an order of anything for anybody')
})

t.test('order-select is about the selected orders alone', async (t) => {
  const asked = aHookCall({ unanswered: ['glaucoma'] })
  asked.hook = 'order-select'
  asked.context.selections = ['ServiceRequest/other']
  t.equal((await call(asked)).text, '{"cards":[]}')
  for (const selection of ['ServiceRequest/order-1', 'order-1']) {
    asked.context.selections = [selection]
    t.equal((await call(asked)).cards.length, 1, selection)
  }
})

t.test('each order gets its card', async (t) => {
  const asked = aHookCall({ unanswered: ['glaucoma'] })
  const second = { ...orderOf(asked), id: 'order-2' }
  asked.context.draftOrders.entry?.push({
    resource: {
      ...second,
      performer: [{ identifier: { system: npiSystem, value: npis['summit-pain-center'] } }],
    },
  })
  const { cards } = await call(asked)
  t.match(
    cards.map(({ summary }) => summary),
    [/^Clinic river/, /^Clinic summit/],
  )
})

t.test(
  'a draft without id, status, intent, subject and date is checked all the same',
  async (t) => {
    const asked = aHookCall({ unanswered: ['glaucoma'] })
    const order = orderOf(asked) as Partial<ServiceRequest>
    for (const member of ['id', 'status', 'intent', 'subject', 'authoredOn'] as const)
      delete order[member]
    const { cards } = await call(asked)
    t.match(cards[0]?.source.topic, { code: 'incomplete' })
    t.notMatch(cards[0]?.detail, /has no date/)
    for (const { actions } of cards[0]?.suggestions ?? [])
      t.notOk(
        actions.some(({ type }) => type === 'update'),
        'what has no id cannot be updated',
      )
  },
)

t.test('a query that was not answered counts as not documented, and is named', async (t) => {
  for (const [what, value, reason] of [
    ['absent', undefined, /not in the prefetch/],
    ['failed', { resourceType: 'OperationOutcome', issue: [] }, /the search failed/],
    [
      'failed in a Bundle',
      {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [{ resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] } }],
      },
      /the search failed/,
    ],
    [
      'a page of many',
      {
        resourceType: 'Bundle',
        type: 'searchset',
        link: [{ relation: 'next', url: 'https://ehr.example/next' }],
      },
      /only the first page/,
    ],
    ['no resource', 'Condition/1', /not a FHIR resource/],
    [
      'not valid',
      { resourceType: 'Condition', code: 'glaucoma', subject: { reference: 'Patient/patient-1' } },
      /not valid FHIR R4/,
    ],
  ] as const) {
    const asked = aHookCall()
    asked.prefetch = { ...asked.prefetch, condition: value }
    const { cards } = await call(asked)
    t.match(cards[0]?.source.topic, { code: 'incomplete' }, what)
    t.match(
      cards[0]?.detail,
      /No glaucoma or raised eye pressure\*\* \(not documented\): Source unavailable/,
    )
    t.match(cards.at(-1)?.source.topic, { code: 'prefetch-missing' })
    t.match(cards.at(-1)?.detail, reason, what)
    t.match(cards.at(-1)?.detail, /`condition` \(conditions\)/)
    holdsTo(t, cards.at(-1) as Card)
  }
})

t.test(
  'null is nothing on file, one resource is one, an outcome that only warns is none',
  async (t) => {
    const asked = aHookCall()
    const [condition] = prefetchedOf(asked, 'condition').map(({ resource }) => resource)
    const warns = { resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] }
    asked.prefetch = {
      ...asked.prefetch,
      condition,
      appointment: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: warns }] },
    }
    t.equal((await call(asked)).text, '{"cards":[]}')
    asked.prefetch = { ...asked.prefetch, condition: null }
    const { cards } = await call(asked)
    t.equal(cards.length, 1)
    t.match(
      cards[0]?.detail,
      /\*\*A pain condition that the clinic treats\*\* \(not documented\): No pain/,
    )
  },
)

t.test('dispenses are optional; nothing at all is 412, as the standard has it', async (t) => {
  const asked = aHookCall()
  delete asked.prefetch?.medicationDispense
  t.equal((await call(asked)).text, '{"cards":[]}')
  for (const prefetch of [undefined, {}, { patient: 'x' }]) {
    const { prefetch: _all, ...rest } = asked
    const answer = await call({ ...rest, ...(prefetch ? { prefetch } : {}) })
    t.equal(answer.status, 412)
    t.strictSame(answer.problems, ['prefetch-missing'])
  }
})

t.test('evidence under a key that nobody asked for still speaks against', async (t) => {
  const asked = aHookCall()
  const resource: FhirResource = {
    resourceType: 'Condition',
    id: 'acute',
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' },
      ],
    },
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'H40.1110' }] },
    subject: { reference: `Patient/${patientId}` },
  }
  asked.prefetch = { ...asked.prefetch, allProblems: resource }
  const { cards } = await call(asked)
  t.match(cards[0]?.detail, /\*\*No glaucoma or raised eye pressure\*\* \(conflicting\)/)
  t.match(cards[0]?.detail, /`Condition\/acute`/)
})

t.test('two versions of one resource are both read', async (t) => {
  const asked = aHookCall()
  const [pressure] = prefetchedOf(asked, 'observationBpWindow')
    .map(({ resource }) => resource)
    .filter(({ id }) => id === 'observation-8')
  const high = JSON.parse(JSON.stringify(pressure).replace(/124/g, '190').replace(/78/g, '120'))
  asked.prefetch = {
    ...asked.prefetch,
    observationBpWindow: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [{ resource: pressure }, { resource: high }],
    },
  }
  t.match((await call(asked)).cards[0]?.detail, /No poorly controlled cardiovascular disease/)
})
