/** 42 CFR Part 2 by the front door: what is labelled, what is withheld, who is told what. */

import { randomUUID } from 'node:crypto'
import type { Bundle, Consent, FhirResource, GuidanceResponse, ServiceRequest, Task } from 'fhir/r4'
import t from 'tap'
import { part2Notice } from '../../src/domain/sensitivity/labels.ts'
import { sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { delivered, heldBy, taskAtClinic } from '../helpers/journey.ts'
import { signedIn } from '../helpers/pages.ts'
import { type Referred, standingOf, startWorld, type World } from '../helpers/world.ts'
import {
  aConsent,
  aReferralWith,
  codesOf,
  icd10cm,
  opioidDependence,
  part2Label,
} from './part2-world.ts'

const sentOf = ({ sent }: Referred, type: string): string =>
  sent.findLast((reference) => reference.startsWith(`${type}/`)) as string

/** Resources of the referral in the clinic's EHR: those that its Task's transaction brought. */
function atEhr(world: World, type: string, reference: string): readonly FhirResource[] {
  const id = reference.split('/')[1] as string
  return heldBy(world.ehr('river-pain-clinic'), type).filter((resource) =>
    JSON.stringify([resource.meta?.tag, (resource as ServiceRequest).identifier]).includes(id),
  )
}

/** Codes as clients combine them: of each two confidentialities the higher has to be left. */
const labelSets = [
  ['N'],
  ['R', 'SUD'],
  ['V', 'PSY', 'HIV'],
  ['N', 'R'],
  ['NORDSCLCD', 'R'],
  ['PERSISTLABEL', 'ETHUD'],
  ['L', 'V'],
  [],
] as const

const levels = ['U', 'L', 'M', 'N', 'R', 'V']
const coding = (code: string) => ({
  system: `http://terminology.hl7.org/CodeSystem/${levels.includes(code) ? 'v3-Confidentiality' : 'v3-ActCode'}`,
  code,
})

function hasAll(resource: FhirResource | undefined, sent: readonly string[]): boolean {
  const has = codesOf(resource)
  const level = (codes: readonly string[]) => Math.max(...codes.map((code) => levels.indexOf(code)))
  return (
    sent.every((code) => levels.includes(code) || has.includes(code)) &&
    level(has) >= level(sent) &&
    has.filter((code) => levels.includes(code)).length <= 1
  )
}

const clinicOf = (world: World) => world.client('river-pain-clinic')
const outputsFor = (task: Task, code: string) =>
  (task.output ?? []).filter(({ type }) => type.coding?.some((each) => each.code === code))

const checkOf = async (by: ReturnType<World['client']>, task: Task): Promise<GuidanceResponse> => {
  const [output] = outputsFor(task, 'check-result')
  return (await by.get<GuidanceResponse>(output?.valueReference?.reference as string)).body
}

const verdictOn = (guidance: GuidanceResponse, id: string) => {
  const parameters = guidance.contained?.[0] as unknown as {
    parameter: { part?: { name: string; valueCode?: string; valueString?: string }[] }[]
  }
  const parts = parameters.parameter.find(({ part }) =>
    part?.some(({ name, valueCode }) => name === 'id' && valueCode === id),
  )?.part
  return {
    verdict: parts?.find(({ name }) => name === 'verdict')?.valueCode,
    explanation: parts?.find(({ name }) => name === 'explanation')?.valueString,
  }
}

const withProtected = () =>
  aReferralWith((subject) => [opioidDependence(subject)], { answers: { 'substance-use': 'N' } })
/** Acknowledges when the check found a contraindication, so that the referral goes on. */
async function sendOn(world: World, bundle: Bundle<FhirResource>): Promise<Referred> {
  const referred = await world.refer(bundle)
  if (standingOf(await world.task(referred)) === 'requested/awaiting-acknowledgement') {
    const answer = await referred.by.post(`ServiceRequest/${referred.id}/$acknowledge`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'reason', valueString: 'Stable on agonist therapy' },
        { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
      ],
    })
    t.equal(answer.status, 200)
  }
  await world.reaches(referred, 'received/awaiting-triage')
  return referred
}

t.test('Part 2 by the front door', async (t) => {
  const world = await startWorld(t)
  const clinic = clinicOf(world)
  const lakeside = world.client('lakeside-family')

  await sideBySide(t, {
    'P2-01 a coded record is labelled as sensitive, and is not protected for that': async (t) => {
      const referred = await sendOn(
        world,
        aReferralWith((subject) => [opioidDependence(subject, [])]),
      )
      const { body } = await clinic.get(sentOf(referred, 'Condition'))
      t.same(codesOf(body), ['R', 'SUD', 'OPIOIDUD'])
      t.equal(atEhr(world, 'Condition', sentOf(referred, 'Condition')).length, 1)
    },

    'P2-02 request, Task and Bundle are as confidential as their contents, and say no more': async (
      t,
    ) => {
      const referred = await sendOn(world, withProtected())
      for (const reference of [`ServiceRequest/${referred.id}`, `Task/${referred.taskId}`]) {
        t.same(codesOf((await referred.by.get(reference)).body), ['R'])
        t.same(codesOf((await clinic.get(reference)).body), ['R', 'REDACTED'])
      }
      t.same(codesOf(taskAtClinic(world, referred)), ['R', 'REDACTED'])
    },

    'P2-02 so are the Bundles in which they are found: of a search, of a history, of a submission':
      async (t) => {
        const protectedReferral = withProtected()
        const answer = await lakeside.post<Bundle<FhirResource>>('', protectedReferral)
        t.same(codesOf(answer.body), ['R'])
        const task = answer.body.entry?.at(-2)?.resource as Task
        const patient = answer.body.entry?.[0]?.response?.location?.match(/Patient\/[^/]+/)?.[0]
        for (const query of [
          `Task?_id=${task.id}`,
          `Condition?patient=${patient}`,
          `Patient?_id=${patient?.slice(8)}&_revinclude=Condition:subject`,
          `Task/${task.id}/_history`,
        ])
          t.same(codesOf((await lakeside.get<Bundle>(query)).body), ['R'], query)
        for (const query of [
          `Task?_id=${task.id}&_summary=count`,
          `Patient?_id=${patient?.slice(8)}`,
          'Condition?_id=nobody',
        ])
          t.same(codesOf((await lakeside.get<Bundle>(query)).body), [], query)
        t.same(codesOf((await clinic.get<Bundle>(`Condition?patient=${patient}`)).body), [])
      },

    'P2-04 without a consent the record is withheld, and the rest flows': async (t) => {
      const referred = await sendOn(world, withProtected())
      const condition = sentOf(referred, 'Condition')
      t.same(atEhr(world, 'Condition', condition), [])
      t.equal((await clinic.get(condition)).status, 404)
      t.equal((await clinic.get(`${condition}/_history/1`)).status, 404)
      t.equal((await clinic.get(`${condition}/_history`)).status, 404)
      const request = await clinic.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      const whole = await referred.by.get<ServiceRequest>(`ServiceRequest/${referred.id}`)
      t.notMatch(request.text, condition)
      t.equal(request.body.supportingInfo?.length, (whole.body.supportingInfo?.length ?? 0) - 1)
      const [there] = atEhr(world, 'ServiceRequest', `ServiceRequest/${referred.id}`)
      t.equal((there as ServiceRequest).supportingInfo?.length, request.body.supportingInfo?.length)
      t.notMatch(
        JSON.stringify(heldBy(world.ehr('river-pain-clinic'), 'ServiceRequest')),
        condition,
      )

      const told = outputsFor(await world.task(referred), 'withheld')
      t.same(
        told.map(({ valueReference }) => valueReference?.reference),
        [condition],
      )
      t.match(told[0]?.type.text, /no Consent in the referral/)
      const nora = await signedIn(world.app.http, 'nora-lind')
      const page = await nora.get(`/referrals/${referred.id}`)
      t.match(page.html, /is withheld from you, by law or by the wish of the patient/)
      t.notMatch(page.html, condition)
      t.notMatch(page.html, 'Opioid dependence')
      const path = `/referrals/${referred.id}/records/${condition}`
      t.equal((await nora.get(path)).status, 404)
      const task = await clinic.get<Task>(`Task/${referred.taskId}`)
      t.notMatch(task.text, condition)
      t.same(outputsFor(task.body, 'withheld'), [])
      t.match(
        task.body.note?.map(({ text }) => text),
        [/withheld/],
      )
      t.notMatch(JSON.stringify(taskAtClinic(world, referred)), /F11\.20|opioid|substance/i)
    },

    "P2-04 the clinic's check does not betray what is withheld, the referrer's is whole": async (
      t,
    ) => {
      const referred = await sendOn(world, withProtected())
      const whole = await checkOf(referred.by, await world.task(referred))
      const { body: task } = await clinic.get<Task>(`Task/${referred.taskId}`)
      const shown = await checkOf(clinic, task)
      t.not(shown.id, whole.id)
      t.not(verdictOn(whole, 'substance-use').verdict, 'met')
      t.match(JSON.stringify(whole), sentOf(referred, 'Condition'))
      t.equal(verdictOn(shown, 'substance-use').verdict, 'met')
      t.notMatch(JSON.stringify(shown), /F11\.20|opioid dependence|withheld/i)
      t.equal((await clinic.get(`GuidanceResponse/${whole.id}`)).status, 404)
      t.equal(outputsFor(taskAtClinic(world, referred), 'check-result').length, 1)
      const history = await clinic.get(`Task/${referred.taskId}/_history`)
      t.notMatch(history.text, whole.id as string)
    },

    'P2-04 nor does it show why the referral waited, or in spite of what it was sent': async (
      t,
    ) => {
      const referred = await sendOn(
        world,
        aReferralWith((subject) => [opioidDependence(subject)], { unanswered: ['substance-use'] }),
      )
      const own = await referred.by.get(`Task/${referred.taskId}/_history`)
      t.match(own.text, /awaiting-acknowledgement/)
      t.match(own.text, /agonist/)
      const history = await clinic.get(`Task/${referred.taskId}/_history`)
      t.notMatch(history.text, /awaiting-acknowledgement|agonist/)
      t.notMatch(JSON.stringify(taskAtClinic(world, referred)), /agonist/)
      const move = await clinic.get<Task>(`Task/${referred.taskId}`)
      const note = [...(move.body.note ?? []), { text: 'Seen by triage' }]
      const moved = await clinic.put(
        `Task/${referred.taskId}`,
        { ...move.body, status: 'accepted', note },
        { 'if-match': move.etag },
      )
      t.equal(moved.status, 200, moved.text)
      const kept = (await world.task(referred)).note?.map(({ text }) => text) ?? []
      t.match(kept, [/agonist/, /withheld/, /triage/], 'the referrer keeps its own note')
    },

    'P2-04 P2-05 a consent releases the record, and the notice and the consent go with it': async (
      t,
    ) => {
      const referred = await sendOn(
        world,
        aReferralWith((subject) => [opioidDependence(subject), aConsent(subject)]),
      )
      const condition = sentOf(referred, 'Condition')
      const [there] = atEhr(world, 'Condition', condition)
      t.same([...codesOf(there)].sort(), [
        '42CFRPart2',
        'NORDSCLCD',
        'OPIOIDUD',
        'PERSISTLABEL',
        'R',
        'SUD',
      ])
      t.match(JSON.stringify(there), part2Notice)
      t.equal(atEhr(world, 'Consent', sentOf(referred, 'Consent')).length, 1)
      const task = taskAtClinic(world, referred)
      t.match(
        task.note?.map(({ text }) => text),
        [part2Notice],
      )
      t.match(task.input?.[0]?.valueReference?.reference, /^Consent\//)
      t.match((await clinic.get(condition)).text, part2Notice)
      t.match((await clinic.get(`Task/${referred.taskId}`)).text, part2Notice)
      t.same(outputsFor(await world.task(referred), 'withheld'), [])
      t.equal((await clinic.get(sentOf(referred, 'Consent'))).status, 200)
    },

    'P2-04 a consent that arrives later releases, and its revocation stops': async (t) => {
      const referred = await sendOn(world, withProtected())
      const condition = sentOf(referred, 'Condition')
      const patient = { reference: sentOf(referred, 'Patient') }
      const consent = aConsent(patient)
      const add = (body: FhirResource) =>
        referred.by.post<Task>(`ServiceRequest/${referred.id}/$add-information`, body)
      t.equal((await add(consent)).status, 200)
      await eventually(
        'the condition is in the EHR',
        async () => atEhr(world, 'Condition', condition)[0],
      )
      t.equal((await clinic.get(condition)).status, 200)
      const later = opioidDependence(patient)
      t.equal(
        (await add({ ...consent, status: 'inactive', dateTime: '2026-11-10' } as Consent)).status,
        200,
      )
      t.equal((await clinic.get(condition)).status, 404)
      const grown = await add({ ...later, recordedDate: '2026-02-02' } as FhirResource)
      const told = outputsFor(grown.body, 'withheld').map(({ type }) => type.text)
      t.ok(
        told.some((text) => /revoked or not active/.test(text ?? '')),
        told.join(),
      )
      const another = outputsFor(grown.body, 'withheld')
        .map(({ valueReference }) => valueReference?.reference as string)
        .find(
          (reference) => reference.startsWith('Condition/') && reference !== condition,
        ) as string
      await eventually('the order is up to date', async () => {
        const [there] = atEhr(world, 'ServiceRequest', `ServiceRequest/${referred.id}`)
        return JSON.stringify(there).includes('"R"') ? there : undefined
      })
      t.same(atEhr(world, 'Condition', another), [])
    },

    'P2-08 a general consent does not release a counselling note': async (t) => {
      const note = (subject: { reference?: string }): FhirResource => ({
        resourceType: 'DocumentReference',
        meta: { security: [part2Label] },
        status: 'current',
        type: { coding: [{ system: icd10cm, code: 'Z71.51' }] },
        subject,
        content: [{ attachment: { contentType: 'text/plain', data: 'bm90ZQ==' } }],
      })
      const referred = await sendOn(
        world,
        aReferralWith((subject) => [note(subject), aConsent(subject)]),
      )
      const told = outputsFor(await world.task(referred), 'withheld')
      t.match(
        told.find(
          ({ valueReference }) =>
            valueReference?.reference === sentOf(referred, 'DocumentReference'),
        )?.type.text,
        /counselling note/,
      )
      t.equal((await clinic.get(sentOf(referred, 'DocumentReference'))).status, 404)
    },

    'P2-09 a search by code is no oracle for the clinic': async (t) => {
      const code = 'F16.283'
      const rare = (subject: { reference?: string }): FhirResource =>
        ({
          ...opioidDependence(subject),
          code: { coding: [{ system: icd10cm, code }] },
        }) as FhirResource
      const referred = await sendOn(
        world,
        aReferralWith((subject) => [rare(subject)]),
      )
      const found = (by: typeof clinic, query: string) => by.get<Bundle>(query)
      for (const query of [
        `Condition?code=${icd10cm}|${code}`,
        `Condition?code=${icd10cm}|${code}&_summary=count`,
        `Condition?_id=${sentOf(referred, 'Condition').split('/')[1]}`,
      ]) {
        t.equal((await found(referred.by, query)).body.total, 1)
        const { body } = await found(clinic, query)
        t.equal(body.total, 0)
        t.same(body.entry ?? [], [])
      }
      const included = await clinic.get<Bundle>(
        `Condition?patient=${sentOf(referred, 'Patient')}&_revinclude=Provenance:target`,
      )
      t.notMatch(included.text, code)
      t.equal(included.body.total, 1)
    },

    'P2-03 labels live through store, read, search, history and delivery: 72 labelled resources':
      async (t) => {
        let compared = 0
        for (const round of [0, 1, 2]) {
          const sets = Array.from(
            { length: 24 },
            (_, i) => labelSets[(i * 7 + round) % labelSets.length] ?? [],
          )
          const referred = await delivered(
            world,
            aReferralWith((subject) =>
              sets.map((codes, i) => ({
                resourceType: 'Observation',
                ...(codes.length > 0 ? { meta: { security: codes.map(coding) } } : {}),
                status: 'final',
                code: { coding: [{ system: 'http://loinc.org', code: '8302-2' }] },
                subject,
                effectiveDateTime: '2026-02-01',
                valueString: `${i}`,
              })),
            ),
          )
          const references = referred.sent.slice(-sets.length)
          const ids = references.map((reference) => reference.split('/')[1]).join()
          for (const by of [referred.by, clinic]) {
            const found = await by.get<Bundle>(`Observation?_id=${ids}&_count=100`)
            t.equal(found.body.total, sets.length)
            for (const { resource } of found.body.entry ?? []) {
              const sent = sets[references.indexOf(`Observation/${resource?.id}`)] ?? []
              if (!hasAll(resource as FhirResource, sent))
                t.fail(`${resource?.id} lost a label in a search`)
              compared++
            }
          }
          for (const [i, reference] of references.entries()) {
            const sent = sets[i] ?? []
            for (const path of [reference, `${reference}/_history/1`, `${reference}/_history`]) {
              const { body } = await clinic.get<FhirResource | Bundle>(path)
              const resource =
                body.resourceType === 'Bundle' ? (body as Bundle).entry?.[0]?.resource : body
              if (!hasAll(resource as FhirResource, sent)) t.fail(`${path} lost a label`)
            }
            const [there] = atEhr(world, 'Observation', reference)
            if (!hasAll(there, sent)) t.fail(`${reference} lost a label on the way`)
            compared++
          }
        }
        t.equal(compared, 3 * 24 * 3)
      },

    'P2-09 nor is the audit trail: the clinic reads neither the names of what is withheld nor the whole result':
      async (t) => {
        const referred = await sendOn(world, withProtected())
        const query = `AuditEvent?patient=${sentOf(referred, 'Patient')}`
        const [own, theirs] = [
          await referred.by.get<Bundle>(query),
          await clinic.get<Bundle>(query),
        ]
        t.equal(theirs.status, 200, theirs.text)
        t.match(own.text, sentOf(referred, 'Condition'))
        t.match(own.text, referred.guidance.id as string)
        t.ok((theirs.body.entry ?? []).length > 0)
        t.notMatch(theirs.text, sentOf(referred, 'Condition'))
        t.notMatch(theirs.text, referred.guidance.id as string)
        t.notMatch(theirs.text, /contraindicated|clinician-review|consent/)
      },

    "P2-03 the outcome and the Task bear the clinic's labels, and ours": async (t) => {
      const referred = await delivered(
        world,
        aReferralWith(() => []),
      )
      const ehr = world.ehr('river-pain-clinic')
      ehr.act(referred.taskId, 'accept')
      await world.reaches(referred, 'accepted/awaiting-scheduling')
      const task = taskAtClinic(world, referred)
      const report = {
        resourceType: 'DiagnosticReport',
        id: randomUUID(),
        meta: { security: [coding('PSY')] },
        status: 'final',
        code: { text: 'Outcome' },
        conclusionCode: [{ coding: [{ system: icd10cm, code: 'F10.20' }] }],
      }
      ehr.store.commit([
        { type: 'DiagnosticReport', id: report.id, resource: report },
        {
          type: 'Task',
          id: task.id as string,
          resource: {
            ...task,
            id: task.id as string,
            status: 'completed',
            meta: { security: [coding('VIP')] },
            output: [
              ...(task.output ?? []),
              {
                type: { text: 'Outcome' },
                valueReference: { reference: `DiagnosticReport/${report.id}` },
              },
            ],
          } as never,
        },
      ])
      const done = await world.reaches(referred, 'completed/completed')
      t.same(codesOf(done), ['VIP', 'R'])
      const output = done.output?.at(-1)?.valueReference?.reference as string
      t.same(codesOf((await referred.by.get(output)).body), ['PSY', 'R', 'SUD', 'ETHUD'])
    },

    'P2-03 a label that was sent is never lost, whoever sends the resource again': async (t) => {
      const mrn = randomUUID()
      const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }
      const very = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' }
      const first = aReferralWith(() => [], { mrn })
      const patient = (first.entry ?? [])[0]?.resource as FhirResource
      patient.meta = { security: [label, very] }
      const one = await delivered(world, first)
      const second = await world.refer(aReferralWith(() => [], { mrn, beside: true }))
      t.equal(sentOf(second, 'Patient'), sentOf(one, 'Patient'))
      t.same(codesOf((await one.by.get(sentOf(one, 'Patient'))).body), ['PSY', 'V'])
      const request = await one.by.get<ServiceRequest>(`ServiceRequest/${one.id}`)
      t.same(codesOf(request.body), ['V'])
      const { meta: _stripped, ...bare } = request.body
      const put = await one.by.put(`ServiceRequest/${one.id}`, bare, { 'if-match': request.etag })
      t.equal(put.status, 200)
      t.same(codesOf((await one.by.get(`ServiceRequest/${one.id}`)).body), ['V'])
      const task = await clinic.get<Task>(`Task/${one.taskId}`)
      const moved = await clinic.put(
        `Task/${one.taskId}`,
        {
          ...task.body,
          meta: { security: [{ system: very.system, code: 'N' }, label] },
          status: 'accepted',
        },
        { 'if-match': task.etag },
      )
      t.equal(moved.status, 200, moved.text)
      t.same(codesOf((await one.by.get(`Task/${one.taskId}`)).body), ['V', 'PSY'])
    },
  })
})
