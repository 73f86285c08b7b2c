/** What a referral may look like when it comes, and how what it holds comes out again. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, Observation, ServiceRequest, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { parseFhirJson } from '../../src/domain/fhir/json.ts'
import type { Resource, Store } from '../../src/sandbox/ehr/store.ts'
import { aReferral, asSingle, npis, requestOf } from '../helpers/a-referral.ts'
import { evidenceFor, latestCheck, overallOf } from '../helpers/check-result.ts'
import { sideBySide } from '../helpers/engines.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import {
  atClinic,
  delivered,
  outputsOf,
  patientOf,
  sentOf,
  statusesOf,
  taskAtClinic,
} from '../helpers/journey.ts'
import { type Referred, refer, type World } from '../helpers/world.ts'

export async function submitting(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')

  await sideBySide(t, {
    async 'one ServiceRequest with contained resources is a referral'(t) {
      const single = asSingle(aReferral())
      const answer = await lakeside.post<ServiceRequest>('ServiceRequest', single)
      t.equal(answer.status, 201, answer.text)
      const { id } = answer.body
      t.equal(
        answer.headers.get('location'),
        `${world.baseUrl}/fhir/ServiceRequest/${id}/_history/1`,
      )
      t.equal(answer.etag, 'W/"1"')
      t.equal(answer.body.contained, undefined, 'what it contained is read by itself')
      for (const { reference } of answer.body.supportingInfo ?? [])
        t.equal((await lakeside.get(reference as string)).status, 200)
      const tasks = await lakeside.get<Bundle<Task>>(`Task?focus=ServiceRequest/${id}`)
      const [task] = (tasks.body.entry ?? []).map(({ resource }) => resource as Task)
      t.equal(overallOf(await latestCheck(lakeside, task as Task)), 'ready')
      await world.reaches(asReferred(lakeside, task as Task), 'received/awaiting-triage')
      const again = await lakeside.post<ServiceRequest>('ServiceRequest', single)
      t.equal(again.status, 200)
      t.equal(again.body.id, id)
    },

    async 'Prefer says what comes back of a create'(t) {
      const minimal = await lakeside.post('ServiceRequest', asSingle(aReferral()), {
        prefer: 'return=minimal',
      })
      t.same([minimal.status, minimal.text], [201, ''])
      t.match(minimal.headers.get('location'), /ServiceRequest\/[^/]+\/_history\/1$/)
      const outcome = await lakeside.post('ServiceRequest', asSingle(aReferral()), {
        prefer: 'return=OperationOutcome',
      })
      t.match(outcome.body, { resourceType: 'OperationOutcome' })
    },

    async 'the check names the evidence by references that can be read'(t) {
      const referred = await refer(lakeside, aReferral())
      const [condition] = evidenceFor('qualifying-condition', referred.guidance)
      t.equal(condition, sentOf(referred, 'Condition'))
      t.match(referred.guidance.reasonReference, [{ reference: `ServiceRequest/${referred.id}` }])
      t.equal((await lakeside.get(condition as string)).status, 200)
      t.equal((await lakeside.get(`GuidanceResponse/${referred.guidance.id}`)).status, 200)
    },

    async 'a referral may name a patient of an earlier one, and the clinic gets both'(t) {
      const first = await delivered(world)
      const patient = sentOf(first, 'Patient')
      const second = await lakeside.post<Bundle<FhirResource>>('', sharing(first, 'Patient'))
      t.equal(second.status, 200, second.text)
      const referred = asReferred(lakeside, second.body.entry?.at(-2)?.resource as Task)
      await world.reaches(referred, 'received/awaiting-triage')
      const summit = world.client('summit-pain-center')
      t.equal((await summit.get(patient)).status, 200)
      const ehr = world.ehr('summit-pain-center')
      const there = atClinic(world, 'ServiceRequest', referred.id, 'summit-pain-center')
      for (const [, type = '', id = ''] of JSON.stringify(there).matchAll(
        /"reference":"([A-Za-z]+)\/([^"]+)"/g,
      ))
        t.ok(ehr.store.current(type, id), `${type} is there as well`)
    },

    async 'evidence of an earlier referral is sent again, not referred to'(t) {
      const first = await delivered(world)
      const second = await lakeside.post('', sharing(first, 'Condition'))
      t.equal(second.status, 422)
      t.same(problemCodes(second), ['unresolved-reference'])
      t.match(second.text, /include the resource/)
    },

    async 'OW3 a Task that the referrer sent keeps its notes and inputs'(t) {
      const bundle = aReferral()
      const request = bundle.entry?.find(({ resource }) => resource === requestOf(bundle))
      bundle.entry?.push({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          focus: { reference: request?.fullUrl as string },
          note: [{ text: 'Afternoons are best' }],
          input: [{ type: { text: 'Language' }, valueString: 'Spanish' }],
        },
        request: { method: 'POST', url: 'Task' },
      })
      const referred = await delivered(world, bundle)
      t.equal(sentOf(referred, 'Task'), `Task/${referred.taskId}`, 'it is the Task')
      const task = taskAtClinic(world, referred)
      t.match(task.note, [{ text: 'Afternoons are best' }])
      t.match(task.input, [{ valueString: 'Spanish' }])
    },

    async 'a planned operation among the support is not taken for the referral'(t) {
      const bundle = aReferral()
      const { subject } = requestOf(bundle)
      bundle.entry?.unshift({
        fullUrl: `urn:uuid:${randomUUID()}`,
        resource: {
          resourceType: 'ServiceRequest',
          status: 'active',
          intent: 'order',
          code: { text: 'Lumbar fusion' },
          subject,
        },
        request: { method: 'POST', url: 'ServiceRequest' },
      })
      const referred = await delivered(world, bundle)
      t.not(sentOf(referred, 'ServiceRequest'), `ServiceRequest/${referred.id}`)
      t.equal(
        atClinic(world, 'ServiceRequest', patientOf(referred)).length,
        2,
        'both are at the clinic',
      )
    },

    async 'decimals stay as they were written, from the referrer to the clinic and back'(t) {
      const text = JSON.stringify(aReferral()).replace('"value":78', '"value":78.10')
      t.match(text, '"value":78.10')
      const answer = await lakeside.post<Bundle<FhirResource>>('', text)
      const referred = asReferred(lakeside, answer.body.entry?.at(-2)?.resource as Task)
      await world.reaches(referred, 'received/awaiting-triage')
      const { store } = world.ehr('river-pain-clinic')
      const pressures = [...store.histories('Observation')].map((each) => each.at(-1)?.content)
      t.equal(pressures.filter((content) => content?.includes('"value":78.10')).length, 1)
      const observation = await lakeside.get<Bundle<Observation>>(
        `Observation?_id=${(answer.body.entry ?? [])
          .map(({ response }) => /Observation\/([^/]+)/.exec(response?.location ?? '')?.[1])
          .filter(Boolean)
          .join()}`,
      )
      t.match(observation.text, '"value":78.10')

      completeWith(store, taskAtClinic(world, referred), [
        '{"resourceType":"Observation","status":"final","code":{"text":"Dose"},',
        '"valueQuantity":{"value":0.50,"unit":"mg/kg"}}',
      ])
      const task = await world.reaches(referred, 'completed/completed')
      const [dose] = outputsOf(task, 'Observation')
      t.match((await lakeside.get(dose as string)).text, '"value":0.50')
    },

    async 'every version of the Task can be read, newest first'(t) {
      const referred = await delivered(world)
      const path = `Task/${referred.taskId}`
      const history = await lakeside.get<Bundle<Task>>(`${path}/_history`)
      const entries = history.body.entry ?? []
      t.equal(history.body.type, 'history')
      t.same(
        entries.map(({ resource }) => resource?.meta?.versionId),
        ['2', '1'],
      )
      t.same(await statusesOf(referred), ['requested/sending', 'received/awaiting-triage'])
      for (const { resource } of entries) {
        const version = resource?.meta?.versionId
        const read = await lakeside.get<Task>(`${path}/_history/${version}`)
        t.same(read.body, resource)
        t.equal(read.etag, `W/"${version}"`)
      }
      t.equal((await lakeside.get(`${path}/_history/3`)).status, 404)
      const paged = await lakeside.get<Bundle<Task>>(`${path}/_history?_count=1`)
      const next = paged.body.link?.find(({ relation }) => relation === 'next')?.url
      const second = await lakeside.get<Bundle<Task>>(next as string)
      t.equal(second.body.entry?.[0]?.resource?.meta?.versionId, '1')
    },
  })
}

/** A referral to another clinic that names what the first one brought instead of bringing it. */
function sharing(first: Referred, type: 'Patient' | 'Condition'): string {
  const bundle = aReferral({ clinicNpi: npis['summit-pain-center'] })
  const left = bundle.entry?.find(({ resource }) => resource?.resourceType === type)
  const entry = bundle.entry?.filter((each) => each !== left)
  const text = JSON.stringify({ ...bundle, entry })
  return text.replaceAll(left?.fullUrl as string, sentOf(first, type))
}

const asReferred = (by: Referred['by'], task: Task): Referred => ({
  by,
  id: (task.focus?.reference ?? '').slice('ServiceRequest/'.length),
  taskId: task.id as string,
  sent: [],
  guidance: { resourceType: 'GuidanceResponse', status: 'success' },
})

/** The clinic's EHR completes its Task with one outcome resource, given as JSON text. */
function completeWith(store: Store, task: Task, text: readonly string[]): void {
  const outcome = parseFhirJson(text.join('')) as Resource
  const { resourceType: type } = outcome
  const id = randomUUID()
  const done: Task = {
    ...task,
    status: 'completed',
    output: [
      ...(task.output ?? []),
      { type: { text: 'Outcome' }, valueReference: { reference: `${type}/${id}` } },
    ],
  }
  store.commit([
    { type, id, resource: outcome },
    { type: 'Task', id: task.id as string, resource: done as unknown as Resource },
  ])
}
