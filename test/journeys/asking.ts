/** A referral that waits carries a form of what is missing, and a Task that asks the referrer for it. */

import type {
  Bundle,
  FhirResource,
  Questionnaire,
  QuestionnaireResponse,
  ServiceRequest,
  Task,
} from 'fhir/r4'
import type { Test } from 'tap'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { aForm, aReferral, painScore, resourcesOf } from '../helpers/a-referral.ts'
import {
  askedOf,
  askingStatus,
  canonicalOf,
  questionsOf,
  subjectsOf,
  textsOf,
} from '../helpers/asked.ts'
import { latestCheck, missingIn } from '../helpers/check-result.ts'
import { sideBySide } from '../helpers/engines.ts'
import { daysAgo } from '../helpers/evidence.ts'
import {
  atClinic,
  delivered,
  heldBy,
  patientOf,
  revoke,
  standing,
  statusesOf,
} from '../helpers/journey.ts'
import type { Referred, World } from '../helpers/world.ts'

const validator = createReferralValidator()

/** The form as the referrer fills it in: bound to what was asked, in its version. */
const filledIn = (
  referred: Referred,
  form: Questionnaire,
  answers: Parameters<typeof aForm>[1],
): QuestionnaireResponse => ({
  ...aForm({ reference: patientOf(referred) }, answers),
  questionnaire: canonicalOf(form),
  basedOn: [{ reference: `ServiceRequest/${referred.id}` }],
})

export async function asking(t: Test, world: World): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const river = world.ehr('river-pain-clinic')
  const lacking = () =>
    world.refer(aReferral({ unanswered: ['glaucoma', 'psychosis'], painScores: false }))
  const now = async (referred: Referred) => {
    const [latest] = await askedOf(referred)
    if (!latest) throw new Error('nothing is asked for')
    return latest
  }

  await sideBySide(t, {
    async 'what lacks three things reaches the clinic by three answers of three kinds, untouched between'(
      t,
    ) {
      const referred = await lacking()
      const first = await now(referred)
      t.same(subjectsOf(first.form), ['baseline-pain-score', 'psychosis', 'glaucoma'])
      t.same(questionsOf(first.form), ['psychosis', 'glaucoma'])
      t.match(textsOf(first.form).join('\n'), /Send a pain score on a scale of 0 to 10/)
      t.equal(askingStatus(first), 'requested/asked')
      t.equal(first.task.partOf?.[0]?.reference, `Task/${referred.taskId}`)
      t.equal(first.task.owner?.display, 'Lakeside Family Medicine')
      t.ok((first.task.restriction?.period?.end ?? '') > new Date().toISOString())

      const subject = { reference: patientOf(referred) }
      const score = await lakeside.post<Task>(
        `ServiceRequest/${referred.id}/$add-information`,
        painScore(subject, daysAgo(3), 8),
      )
      t.equal(score.status, 200, score.text)
      const second = await now(referred)
      t.same(subjectsOf(second.form), ['psychosis', 'glaucoma'], 'the form asks for less')
      t.equal(canonicalOf(second.form), canonicalOf(first.form).replace(/\|1$/, '|2'))
      t.equal(second.task.id, first.task.id, 'and the same Task asks')
      t.equal(second.task.input?.[0]?.valueCanonical, canonicalOf(second.form))

      const answer = await lakeside.post<QuestionnaireResponse>(
        'QuestionnaireResponse',
        filledIn(referred, second.form, { psychosis: 'N' }),
      )
      t.equal(answer.status, 201, answer.text)
      const third = await now(referred)
      t.same(questionsOf(third.form), ['glaucoma'])
      t.equal(await standing(referred), 'requested/awaiting-information')

      const request = await lakeside.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      const name = 'urn:uuid:0b0a6a3e-9d0c-4a51-8f57-6a4d6f0e8a11'
      const longer = await lakeside.post<Bundle<FhirResource>>('', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          {
            fullUrl: name,
            resource: aForm(subject, { glaucoma: 'N' }),
            request: { method: 'POST', url: 'QuestionnaireResponse' },
          },
          {
            resource: {
              ...request.body,
              supportingInfo: [...(request.body.supportingInfo ?? []), { reference: name }],
            },
            request: {
              method: 'PUT',
              url: `ServiceRequest/${referred.id}`,
              ifMatch: request.etag,
            },
          },
        ],
      })
      t.equal(longer.status, 200, longer.text)
      await world.reaches(referred, 'received/awaiting-triage')
      const last = await now(referred)
      t.equal(askingStatus(last), 'completed/supplied')
      t.equal((await askedOf(referred)).length, 1, 'one Task asked for all of it')
      t.same((await statusesOf(referred)).at(-1), 'received/awaiting-triage')

      const { id } = first.form
      const history = await lakeside.get<Bundle<Questionnaire>>(`Questionnaire/${id}/_history`)
      t.same(
        history.body.entry?.map(({ resource }) => subjectsOf(resource as Questionnaire).length),
        [1, 2, 3],
        'what was asked before is still there',
      )
      const asAsked = await lakeside.get<Questionnaire>(`Questionnaire/${id}/_history/1`)
      t.same(asAsked.body, first.form)
      t.equal(heldBy(river, 'Questionnaire').length, 0, 'the clinic gets none of the forms')
      t.same(
        atClinic(world, 'Task', patientOf(referred)).map(({ resourceType }) => resourceType),
        ['Task'],
        'and not the Task that asked',
      )
    },

    async 'form and Task are valid FHIR, in each version'(t) {
      const referred = await lacking()
      const { task, form } = await now(referred)
      for (const resource of [task, form]) t.same(validator.validate(resource), [])
      const again = await lakeside.get(`Questionnaire/${form.id}`)
      t.same(again.body, form)
      t.equal(again.etag, 'W/"1"')
    },

    async 'an answer that no longer counts is filled in, and marked as not confirmed'(t) {
      const referral = aReferral({ unanswered: ['glaucoma'] })
      const stale = aForm({ reference: '' }, { glaucoma: 'N' }, daysAgo(200))
      const patient = (referral.entry ?? [])[0]?.fullUrl as string
      referral.entry?.push({
        fullUrl: 'urn:uuid:6b1a1f8e-8f0c-4c7e-9d0e-2f6d6f1b7c55',
        resource: { ...stale, subject: { reference: patient } },
        request: { method: 'POST', url: 'QuestionnaireResponse' },
      })
      const { form } = await now(await world.refer(referral))
      const question = form.item?.[0]?.item?.find(({ linkId }) => linkId === 'glaucoma')
      t.same(
        question?.answerOption?.map((each) => [each.valueCoding?.code, each.initialSelected]),
        [
          ['Y', undefined],
          ['N', true],
          ['UNK', undefined],
        ],
      )
      t.equal(
        question?.item?.[0]?.text,
        `From the record, not confirmed, answered ${daysAgo(200)}. Confirm or correct it.`,
      )
      t.same(validator.validate(form), [])
    },

    async 'the same answer twice asks for nothing new, and one that adds nothing neither'(t) {
      const referred = await lacking()
      const { form, task } = await now(referred)
      const answer = filledIn(referred, form, { psychosis: 'N' })
      await lakeside.post('QuestionnaireResponse', answer)
      const narrowed = await now(referred)
      const repeated = await lakeside.post('QuestionnaireResponse', answer)
      t.equal(repeated.status, 200)
      const other = painScore({ reference: patientOf(referred) }, daysAgo(300), 5)
      await lakeside.post(`ServiceRequest/${referred.id}/$add-information`, other)
      const after = await now(referred)
      t.equal(after.form.version, narrowed.form.version)
      t.equal(after.task.meta?.versionId, narrowed.task.meta?.versionId)
      t.not(after.task.meta?.versionId, task.meta?.versionId)
    },

    async 'answers that come at once all count'(t) {
      const referred = await lacking()
      const { form } = await now(referred)
      const subject = { reference: patientOf(referred) }
      const url = `ServiceRequest/${referred.id}/$add-information`
      const answers = await Promise.all([
        lakeside.post(url, painScore(subject, daysAgo(4), 7)),
        lakeside.post('QuestionnaireResponse', filledIn(referred, form, { psychosis: 'N' })),
        lakeside.post('QuestionnaireResponse', filledIn(referred, form, { glaucoma: 'N' })),
      ])
      t.same(
        answers.map(({ status }) => status),
        [200, 201, 201],
      )
      await world.reaches(referred, 'received/awaiting-triage')
      t.equal(askingStatus(await now(referred)), 'completed/supplied')
    },

    async 'linkIds that nobody asked for are kept and say nothing'(t) {
      const referred = await lacking()
      const { form } = await now(referred)
      const answer = filledIn(referred, form, { psychosis: 'N' })
      const stray = {
        linkId: 'shoe-size',
        answer: [{ valueInteger: 43 }],
      }
      const sent = await lakeside.post<QuestionnaireResponse>('QuestionnaireResponse', {
        ...answer,
        item: [...(answer.item ?? []), stray],
      })
      t.equal(sent.status, 201, sent.text)
      t.same(sent.body.item?.at(-1), stray)
      t.same(questionsOf((await now(referred)).form), ['glaucoma'])
    },

    async 'an answer that shows a contraindication ends the asking'(t) {
      const referred = await lacking()
      const { form } = await now(referred)
      await lakeside.post('QuestionnaireResponse', filledIn(referred, form, { psychosis: 'Y' }))
      t.equal(await standing(referred), 'requested/awaiting-acknowledgement')
      const { task } = await now(referred)
      t.equal(task.status, 'cancelled')
      t.match(task.statusReason?.text, /awaiting-acknowledgement/)
    },

    async 'a referral that is taken back asks for nothing any more'(t) {
      const referred = await lacking()
      await revoke(referred)
      t.equal(askingStatus(await now(referred)), 'cancelled/not-needed')
    },

    async 'the clinic’s question is a form as well, and any answer ends it'(t) {
      const referred = await delivered(world)
      t.same(await askedOf(referred), [], 'nothing was missing before')
      river.act(referred.taskId, 'ask', { reason: 'When was the last dose?' })
      await world.reaches(referred, 'received/awaiting-information')
      const asked = await now(referred)
      t.match(textsOf(asked.form)[0], /The clinic asks: When was the last dose\?/)
      t.same(validator.validate(asked.form), [])
      const answer = {
        ...aForm({ reference: patientOf(referred) }, {}),
        questionnaire: canonicalOf(asked.form),
        basedOn: [{ reference: `ServiceRequest/${referred.id}` }],
        item: [{ linkId: 'clinic-answer', answer: [{ valueString: 'Last Tuesday' }] }],
      }
      const sent = await lakeside.post('QuestionnaireResponse', answer)
      t.equal(sent.status, 201, sent.text)
      t.equal(await standing(referred), 'received/awaiting-triage')
      t.equal(askingStatus(await now(referred)), 'completed/supplied')
    },

    async 'for others, the form and the Task that asks are not there'(t) {
      const referred = await lacking()
      const { task, form } = await now(referred)
      for (const other of ['hilltop-internal', 'river-pain-clinic', 'summit-pain-center'] as const)
        for (const path of [
          `Task/${task.id}`,
          `Questionnaire/${form.id}`,
          `Questionnaire/${form.id}/_history`,
          `Questionnaire/${form.id}/_history/1`,
        ])
          t.equal((await world.client(other).get(path)).status, 404, `${other}: ${path}`)
      const nobody = await fetch(`${world.baseUrl}/fhir/Questionnaire/${form.id}`)
      t.equal(nobody.status, 401)
      const open = await fetch(`${world.baseUrl}/fhir/Questionnaire/ketamine-infusion-screening`)
      t.equal(open.status, 200, 'the policy’s form is open to everybody')
    },

    async 'what is complete asks for nothing'(t) {
      const referred = await delivered(world)
      t.same(missingIn(await latestCheck(lakeside, await world.task(referred))), [])
      t.same(await askedOf(referred), [])
      t.notOk(
        resourcesOf(
          (await lakeside.get<Bundle<FhirResource>>(`Task?part-of=Task/${referred.taskId}`)).body,
        ).length,
      )
    },
  })
}
