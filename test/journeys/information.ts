/** Something is missing, or speaks against it: the referrer supplies it, or lets it go on all the same. */

import type {
  Bundle,
  FhirResource,
  GuidanceResponse,
  Observation,
  QuestionnaireResponse,
  ServiceRequest,
  Task,
} from 'fhir/r4'
import type { Test } from 'tap'
import { aForm, aReferral, painScore } from '../helpers/a-referral.ts'
import { latestCheck, missingIn, neededFor, overallOf } from '../helpers/check-result.ts'
import { sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { daysAgo } from '../helpers/evidence.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import {
  atClinic,
  delivered,
  patientOf,
  sentOf,
  standing,
  taskAtClinic,
} from '../helpers/journey.ts'
import { standingOf, type World } from '../helpers/world.ts'

export async function information(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const river = world.ehr('river-pain-clinic')

  await sideBySide(t, {
    async 'what is incomplete waits, and goes on by itself once three answers have come'(t) {
      const referred = await world.refer(
        aReferral({ unanswered: ['glaucoma', 'psychosis'], painScores: false }),
      )
      t.equal(overallOf(referred.guidance), 'incomplete')
      t.equal(referred.guidance.status, 'data-required')
      t.ok((referred.guidance.dataRequirement ?? []).length > 0)
      t.equal(await standing(referred), 'requested/awaiting-information')
      const missing = ['baseline-pain-score', 'psychosis', 'glaucoma']
      t.same(missingIn(referred.guidance), missing)
      for (const criterion of missing) t.ok(neededFor(criterion, referred.guidance).length > 0)

      const subject = { reference: patientOf(referred) }
      for (const [supplied, left] of [
        [aForm(subject, { glaucoma: 'N' }), ['baseline-pain-score', 'psychosis']],
        [painScore(subject, daysAgo(3), 8), ['psychosis']],
        [aForm(subject, { psychosis: 'N' }), []],
      ] as const) {
        const answer = await lakeside.post<Task>(
          `ServiceRequest/${referred.id}/$add-information`,
          supplied,
        )
        t.equal(answer.status, 200, answer.text)
        t.same(missingIn(await latestCheck(lakeside, answer.body)), left)
        t.equal(
          standingOf(answer.body),
          left.length > 0 ? 'requested/awaiting-information' : 'requested/sending',
        )
      }
      await world.reaches(referred, 'received/awaiting-triage')
      const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      t.equal(request.body.supportingInfo?.length, 4 + 3, 'all of it is listed as support')
      t.equal(atClinic(world, 'QuestionnaireResponse', patientOf(referred)).length, 3)
    },

    async 'a form sent by itself with basedOn supplies what is missing'(t) {
      const referred = await world.refer(aReferral({ unanswered: ['pregnancy'] }))
      const form = aForm({ reference: patientOf(referred) }, { pregnancy: 'N' })
      const answer = await lakeside.post<QuestionnaireResponse>('QuestionnaireResponse', {
        ...form,
        basedOn: [{ reference: `ServiceRequest/${referred.id}` }],
      })
      t.equal(answer.status, 201, answer.text)
      t.match(answer.headers.get('location'), /\/fhir\/QuestionnaireResponse\/[^/]+\/_history\/1$/)
      t.equal(answer.body.basedOn?.[0]?.reference, `ServiceRequest/${referred.id}`)
      await world.reaches(referred, 'received/awaiting-triage')
    },

    async 'the same information sent twice is kept once'(t) {
      const referred = await world.refer(aReferral({ unanswered: ['pregnancy', 'glaucoma'] }))
      const form = {
        ...aForm({ reference: patientOf(referred) }, { pregnancy: 'N' }),
        basedOn: [{ reference: `ServiceRequest/${referred.id}` }],
      }
      const first = await lakeside.post<QuestionnaireResponse>('QuestionnaireResponse', form)
      const second = await lakeside.post<QuestionnaireResponse>('QuestionnaireResponse', form)
      t.same([first.status, second.status], [201, 200])
      t.equal(second.body.id, first.body.id)
      const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      t.equal(request.etag, 'W/"2"', 'nothing changed the second time')
    },

    async 'a transaction that PUTs the ServiceRequest with more support does so too'(t) {
      const referred = await world.refer(aReferral({ unanswered: ['liver-disease'] }))
      const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      const form = aForm({ reference: patientOf(referred) }, { 'liver-disease': 'N' })
      const formName = 'urn:uuid:5c5b9b5e-5f0e-4a8e-8d7b-1f1c1c0a9d11'
      const change = (ifMatch: string): Bundle<FhirResource> => ({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: formName,
            resource: form,
            request: { method: 'POST', url: 'QuestionnaireResponse' },
          },
          {
            fullUrl: `${world.baseUrl}/fhir/ServiceRequest/${referred.id}`,
            resource: {
              ...request.body,
              supportingInfo: [...(request.body.supportingInfo ?? []), { reference: formName }],
            },
            request: { method: 'PUT', url: `ServiceRequest/${referred.id}`, ifMatch },
          },
        ],
      })
      const late = await lakeside.post('', change('W/"7"'))
      t.equal(late.status, 412)
      t.same(problemCodes(late), ['version-conflict'])
      const answer = await lakeside.post<Bundle<FhirResource>>('', change(request.etag))
      t.equal(answer.status, 200, answer.text)
      const entries = answer.body.entry ?? []
      t.same(
        entries.map(({ response }) => response?.status.slice(0, 3)),
        ['201', '200', '200', '200'],
        'one entry for each that was sent, then the Task and the check',
      )
      t.match(entries[0]?.response?.location, /QuestionnaireResponse\/[^/]+\/_history\/1$/)
      t.match(entries[1]?.response?.location, /ServiceRequest\/[^/]+\/_history\/2$/)
      t.same(missingIn(entries[3]?.resource as GuidanceResponse), [])
      await world.reaches(referred, 'received/awaiting-triage')
    },

    async 'the clinic asks for more and gets it'(t) {
      const referred = await delivered(world)
      river.act(referred.taskId, 'ask', { reason: 'When was the last dose?' })
      const asked = await world.reaches(referred, 'received/awaiting-information')
      t.equal(asked.statusReason?.text, 'When was the last dose?')
      const score = painScore({ reference: patientOf(referred) }, daysAgo(1), 6)
      const answer = await lakeside.post<Task>(
        `ServiceRequest/${referred.id}/$add-information`,
        score,
      )
      t.equal(standingOf(answer.body), 'received/awaiting-triage')
      await eventually('the clinic has it', () =>
        atClinic(world, 'Observation', patientOf(referred)).length === 5 ? true : undefined,
      )
      await eventually('the clinic’s Task is back in triage', () =>
        taskAtClinic(world, referred).businessStatus?.coding?.[0]?.code === 'awaiting-triage'
          ? true
          : undefined,
      )
      river.act(referred.taskId, 'accept')
      await world.reaches(referred, 'accepted/awaiting-scheduling')
    },

    async 'who lets it go on may be a practitioner whom the clinic does not know yet'(t) {
      const other = await world.refer(aReferral({ doctor: 'deputy' }))
      const deputy = sentOf(other, 'Practitioner')
      const referred = await world.refer(aReferral({ answers: { 'substance-use': 'Y' } }))
      const answer = await lakeside.post(`ServiceRequest/${referred.id}/$acknowledge`, {
        resourceType: 'Parameters',
        parameter: [
          { name: 'reason', valueString: 'In remission for six years' },
          { name: 'practitioner', valueReference: { reference: deputy } },
        ],
      })
      t.equal(answer.status, 200, answer.text)
      await world.reaches(referred, 'received/awaiting-triage')
      const note = taskAtClinic(world, referred).note?.[0]
      const [, id] = note?.authorReference?.reference?.split('/') ?? []
      t.ok(world.ehr('river-pain-clinic').store.current('Practitioner', id as string))
    },

    async 'information may name a doctor of an earlier referral, and the clinic gets the doctor'(
      t,
    ) {
      const other = await world.refer(aReferral({ doctor: 'locum' }))
      const referred = await delivered(world)
      const answer = await lakeside.post(`ServiceRequest/${referred.id}/$add-information`, {
        ...painScore({ reference: patientOf(referred) }, daysAgo(2), 5),
        performer: [{ reference: sentOf(other, 'Practitioner') }],
      })
      t.equal(answer.status, 200, answer.text)
      const score = await eventually('the clinic has the score', () =>
        (atClinic(world, 'Observation', patientOf(referred)) as Observation[]).find(
          ({ performer }) => performer !== undefined,
        ),
      )
      const [, id] = score.performer?.[0]?.reference?.split('/') ?? []
      t.ok(world.ehr('river-pain-clinic').store.current('Practitioner', id as string))
    },

    async 'what is not valid is not added, and changes nothing'(t) {
      const referred = await world.refer(aReferral({ unanswered: ['glaucoma'] }))
      const url = `ServiceRequest/${referred.id}/$add-information`
      const subject = { reference: patientOf(referred) }
      const broken = await lakeside.post(url, { ...painScore(subject, daysAgo(2), 5), status: '?' })
      t.equal(broken.status, 400)
      const lost = await lakeside.post(url, painScore({ reference: 'Patient/x' }, daysAgo(2), 5))
      t.equal(lost.status, 422)
      t.equal((await lakeside.get(`ServiceRequest/${referred.id}`)).etag, 'W/"1"')
      t.equal((await lakeside.get(`Task/${referred.taskId}`)).etag, 'W/"1"')
    },

    async 'a contraindication waits for the referrer, who may let it go on with a reason'(t) {
      const referred = await world.refer(aReferral({ answers: { pregnancy: 'Y' } }))
      t.equal(overallOf(referred.guidance), 'contraindicated')
      t.equal(await standing(referred), 'requested/awaiting-acknowledgement')
      const url = `ServiceRequest/${referred.id}/$acknowledge`
      const practitioner = { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } }
      const stranger = await lakeside.post(url, {
        resourceType: 'Parameters',
        parameter: [
          { name: 'reason', valueString: 'Infusion after the birth' },
          { name: 'practitioner', valueReference: { reference: 'Practitioner/nobody' } },
        ],
      })
      t.equal(stranger.status, 422)
      t.same(problemCodes(stranger), ['unresolved-reference'])
      const silent = await lakeside.post(url, {
        resourceType: 'Parameters',
        parameter: [practitioner],
      })
      t.equal(silent.status, 400)
      t.same(problemCodes(silent), ['bad-parameter'])
      const answer = await lakeside.post<Task>(url, {
        resourceType: 'Parameters',
        parameter: [{ name: 'reason', valueString: 'Infusion after the birth' }, practitioner],
      })
      t.equal(answer.status, 200, answer.text)
      t.equal(standingOf(answer.body), 'requested/sending')
      await world.reaches(referred, 'received/awaiting-triage')
      const task = taskAtClinic(world, referred)
      t.equal(task.statusReason?.text, 'Infusion after the birth', 'the clinic reads why')
      t.match(task.note?.[0]?.text, /Infusion after the birth/)
      t.equal(task.note?.[0]?.authorReference?.display, 'Dr Kim Example', 'and who decided')
      const again = await lakeside.post(url, {
        resourceType: 'Parameters',
        parameter: [{ name: 'reason', valueString: 'Once more' }, practitioner],
      })
      t.equal(again.status, 422, 'nothing waits for it any more')
    },
  })
}
