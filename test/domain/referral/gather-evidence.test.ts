/** What a referral lacks is looked for in the EHR of its referrer. */

import type { Bundle, FhirResource, Observation, Provenance } from 'fhir/r4'
import t from 'tap'
import { unspecifiedPain } from '../../helpers/a-referral.ts'
import { eventually } from '../../helpers/eventually.ts'
import { condition, daysAgo } from '../../helpers/evidence.ts'
import { metricOf, standing } from '../../helpers/journey.ts'
import { aPainScore, aPressure, gatherWorld, lacking, reasonOf, subjectOf } from './gather-world.ts'

t.test('by itself, from the submission to the clinic', async (t) => {
  const { world, ehr } = await gatherWorld(t, { background: true })
  const { bundle, patient } = lacking({}, 'Observation')
  ehr.records.push(patient, aPainScore(patient), aPressure(patient))
  const referred = await world.refer(bundle)
  await world.reaches(referred, 'received/awaiting-triage')
  const line = 'referloop_gatherings_total{referrer="lakeside-family",outcome="taken"}'
  await eventually(
    'the run is counted',
    async () => (await metricOf(world, line)) === 1 || undefined,
  )
  t.equal(await metricOf(world, 'referloop_jobs{queue="gather"}'), 0)
})

t.test('the story, run by hand', async (t) => {
  const { world, ehr, run, check } = await gatherWorld(t)

  const observations = async (id: string) => {
    const request = await world
      .client('lakeside-family')
      .get<Bundle<Observation>>(`Observation?patient=${id}&_count=100`)
    return (request.body.entry ?? []).flatMap(({ resource }) => resource ?? [])
  }

  await t.test('only what is missing is asked for, and only what is needed is taken', async (t) => {
    const { bundle, patient } = lacking({}, 'Observation')
    const other = {
      ...aPainScore(patient, 'weight'),
      code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    }
    const private_ = {
      ...condition(subjectOf(patient), {
        coding: [
          { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'B20', display: 'HIV disease' },
        ],
      }),
      id: 'private',
    } as FhirResource
    ehr.records.push(patient, aPainScore(patient), aPressure(patient), other, private_)
    const before = ehr.asked.length
    const referred = await world.refer(bundle)
    t.equal(await standing(referred), 'requested/awaiting-information')
    t.match(await run(referred), { outcome: 'taken', taken: 2, failed: 0, again: false })
    t.equal(await standing(referred), 'received/awaiting-triage')
    const asked = ehr.asked.slice(before)
    t.same(
      asked.map((each) => each.split('?')[0]),
      ['Patient', 'Observation', 'Condition', 'Observation', 'QuestionnaireResponse'],
      'nothing for criteria that are met',
    )
    t.ok(asked.slice(1).every((each) => each.includes(`patient=${patient.id}`)))
    const taken =
      (await referred.by.get<Bundle<FhirResource>>(`Observation?_count=100`)).body.entry ?? []
    const ours = taken.flatMap(({ resource }) => resource?.meta?.source ?? [])
    t.same(ours.toSorted(), [
      `${ehr.baseUrl}/Observation/bp-${patient.id}`,
      `${ehr.baseUrl}/Observation/pain-${patient.id}`,
    ])
    t.equal((await observations('nobody')).length, 0)
    const conditions = await referred.by.get<Bundle>('Condition?_count=100')
    t.notMatch(conditions.text, 'B20', 'what the check does not rest on stays where it is')
    const reason = reasonOf(await world.task(referred))
    t.equal(reason, '', 'it does not wait any more')
  })

  await t.test('each fact says where it came from, and the trail what was asked', async (t) => {
    const { bundle, patient } = lacking({ painScores: false })
    ehr.records.push(patient, aPainScore(patient))
    const referred = await world.refer(bundle)
    await run(referred)
    const [found] = (
      (await referred.by.get<Bundle<Observation>>('Observation?_count=200')).body.entry ?? []
    ).flatMap(({ resource }) =>
      resource?.meta?.source?.endsWith(`pain-${patient.id}`) ? resource : [],
    )
    const provenance = await referred.by.get<Bundle<Provenance>>(
      `Provenance?target=Observation/${found?.id}`,
    )
    t.match(provenance.body.entry?.[0]?.resource, {
      target: [{ reference: `Observation/${found?.id}/_history/1` }],
      agent: [
        { who: { identifier: { value: '1245319599' } } },
        { who: { display: 'Referloop' }, onBehalfOf: { identifier: { value: '1245319599' } } },
      ],
      entity: [
        { role: 'source', what: { reference: `${ehr.baseUrl}/Observation/pain-${patient.id}` } },
      ],
    })
    const events = await referred.by.get<Bundle>(
      `AuditEvent?patient=${found?.subject?.reference}&_count=50`,
    )
    const queries = [...events.text.matchAll(/"query":"([^"]+)"/g)].map(([, text]) =>
      Buffer.from(text as string, 'base64').toString(),
    )
    t.ok(
      queries.some((query) => query.startsWith(`Observation?patient=${patient.id}&combo-code=`)),
      'AU-08 asked',
    )
    t.ok(queries.some((query) => query.startsWith('Patient?identifier=')))
    t.match(events.text, ehr.baseUrl)
    const clinic = await world.client('river-pain-clinic').get<Bundle>('AuditEvent?_count=200')
    t.notMatch(
      clinic.text,
      Buffer.from(`Patient?identifier=`).toString('base64').slice(0, 20),
      'the clinic is not told what was asked elsewhere',
    )
  })

  await t.test('running again adds nothing, and asks for nothing that rests', async (t) => {
    const { bundle, patient } = lacking({ unanswered: ['glaucoma'] }, 'Observation')
    ehr.records.push(patient, aPainScore(patient), aPressure(patient))
    const referred = await world.refer(bundle)
    t.match(await run(referred), { outcome: 'taken', taken: 2 })
    t.equal(
      await standing(referred),
      'requested/awaiting-information',
      'the form is still incomplete',
    )
    const asked = ehr.asked.length
    t.match(await run(referred), { outcome: 'not-due' })
    t.equal(ehr.asked.length, asked)
    t.match(await run(referred, { hoursOn: 2 }), { outcome: 'nothing', taken: 0 })
    t.ok(
      ehr.asked.slice(asked).every((each) => !each.includes('72514-3')),
      'the pain score is there',
    )
    t.match(reasonOf(await world.task(referred)), /Nothing new: conditions, .*screening forms/)
  })

  await t.test('what the referrer has sent is not taken a second time', async (t) => {
    const { bundle, patient } = lacking({ unanswered: ['cardiovascular-disease'] })
    const sent = (bundle.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Observation' || resource?.resourceType === 'Condition'
        ? resource
        : [],
    )
    ehr.records.push(
      patient,
      ...sent.map(
        (each, i) =>
          ({
            ...each,
            id: `copy-${i}-${patient.id}`,
            subject: subjectOf(patient),
            meta: { versionId: '7' },
          }) as FhirResource,
      ),
    )
    const referred = await world.refer(bundle)
    t.match(await run(referred), { outcome: 'nothing', taken: 0, failed: 0 })
    t.match(
      reasonOf(await world.task(referred)),
      'Nothing new: conditions, blood pressure readings, screening forms.',
    )
  })

  await t.test('a record that changed there gets a new version here', async (t) => {
    const { bundle, patient } = lacking(
      { painScores: false, unanswered: ['glaucoma'] },
      'Observation',
    )
    const high = JSON.parse(
      JSON.stringify(aPressure(patient)).replace('124', '155'),
    ) as FhirResource
    ehr.records.push(patient, aPainScore(patient), aPressure(patient))
    const referred = await world.refer(bundle)
    t.match(await run(referred), { taken: 2 })
    t.equal((await check(referred)).get('cardiovascular-disease')?.verdict, 'met')
    ehr.records.splice(ehr.records.length - 1, 1, high)
    t.match(await run(referred, { hoursOn: 2 }), { taken: 0 }, 'it is met, so nobody asks')
  })

  await t.test(
    'a patient who is unknown, known twice, or somebody else is left alone',
    async (t) => {
      const reasonFor = async (...patients: readonly FhirResource[]) => {
        const { bundle, patient } = lacking({ painScores: false })
        ehr.records.push(
          ...patients.map((each) => ({ ...patient, ...each }) as FhirResource),
          aPainScore(patient),
        )
        const referred = await world.refer(bundle)
        t.match(await run(referred), { outcome: 'refused', taken: 0, again: false })
        t.equal(await standing(referred), 'requested/awaiting-information')
        t.equal((await check(referred)).get('baseline-pain-score')?.verdict, 'not-documented')
        return `${(await check(referred)).get('baseline-pain-score')?.explanation} ${reasonOf(await world.task(referred))}`
      }
      const p = { resourceType: 'Patient' } as const
      t.match(
        await reasonFor(),
        /Source unavailable.*pain scores: it knows no patient.*Could not ask it/,
      )
      t.match(await reasonFor(p, { ...p, id: 'twin' }), 'it knows several patients')
      t.match(await reasonFor({ ...p, birthDate: '1978-06-15' }), 'another date of birth')
      t.match(
        await reasonFor({ ...p, active: false }),
        'it knows no patient',
        'a record that was merged away',
      )
      t.match(await reasonFor({ ...p, gender: 'unheard-of' } as never), 'not valid FHIR')
    },
  )

  await t.test('a partial answer of the referrer narrows what is asked', async (t) => {
    const { bundle, patient } = lacking({}, 'Observation')
    ehr.records.push(patient)
    const referred = await world.refer(bundle)
    t.match(await run(referred), { outcome: 'nothing' })
    const asked = ehr.asked.length
    const { id: _id, ...score } = aPainScore(patient)
    const [sent] = referred.sent.filter((each) => each.startsWith('Patient/'))
    const answer = await referred.by.post(`ServiceRequest/${referred.id}/$add-information`, {
      ...score,
      subject: { reference: sent },
    } as FhirResource)
    t.equal(answer.status, 200, answer.text)
    t.match(
      reasonOf(await world.task(referred)),
      'The referring EHR was asked on',
      'it is still said',
    )
    await run(referred, { hoursOn: 2 })
    t.ok(ehr.asked.length > asked)
    t.ok(ehr.asked.slice(asked).every((each) => !each.includes('72514-3')))
  })

  await t.test('medicines come with what they are and why they were given', async (t) => {
    const { bundle, patient } = lacking({}, 'MedicationRequest')
    const [order] = (lacking().bundle.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'MedicationRequest' ? resource : [],
    )
    const {
      requester: _r,
      medicationCodeableConcept: code,
      ...rest
    } = order as import('fhir/r4').MedicationRequest
    ehr.records.push(
      patient,
      {
        ...rest,
        id: `rx-${patient.id}`,
        subject: subjectOf(patient),
        medicationReference: { reference: `Medication/m-${patient.id}` },
        reasonReference: [{ reference: `Condition/why-${patient.id}` }],
        requester: { reference: 'Practitioner/9' },
      } as FhirResource,
      { resourceType: 'Medication', id: `m-${patient.id}`, code } as FhirResource,
      {
        ...condition(subjectOf(patient), unspecifiedPain),
        id: `why-${patient.id}`,
        onsetDateTime: daysAgo(500),
      } as FhirResource,
    )
    const referred = await world.refer(bundle)
    t.equal(await standing(referred), 'requested/awaiting-information')
    const event = await run(referred)
    t.match(
      event,
      { outcome: 'taken', taken: 3 },
      JSON.stringify(Object.fromEntries(await check(referred)), null, 1),
    )
    t.equal((await check(referred)).get('failed-opioid-therapy')?.verdict, 'met')
    const orders = await referred.by.get<Bundle<import('fhir/r4').MedicationRequest>>(
      'MedicationRequest?_count=100',
    )
    const found = (orders.body.entry ?? []).find(({ resource }) =>
      resource?.meta?.source?.endsWith(`rx-${patient.id}`),
    )?.resource
    t.match(found?.medicationReference?.reference, /^Medication\/(?!m-)/)
    t.match(found?.reasonReference?.[0]?.reference, /^Condition\/(?!why-)/)
    t.equal(
      found?.requester?.reference,
      `${ehr.baseUrl}/Practitioner/9`,
      'all else stays where it is',
    )
  })

  await t.test(
    'what speaks against it counts, and is labelled as if it had been sent',
    async (t) => {
      const { bundle, patient } = lacking({ unanswered: ['substance-use'] })
      const disorder = { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' }] }
      const there = { ...condition(subjectOf(patient), disorder), id: `sud-${patient.id}` }
      ehr.records.push(patient, there as FhirResource)
      const referred = await world.refer(bundle)
      t.match(await run(referred), { outcome: 'taken', taken: 1 })
      t.equal(await standing(referred), 'requested/awaiting-acknowledgement')
      t.equal((await check(referred)).get('substance-use')?.verdict, 'not-met')
      const { body } = await referred.by.get<Bundle<FhirResource>>('Condition?_count=200')
      const ours = (body.entry ?? []).find(({ resource }) =>
        resource?.meta?.source?.endsWith(`sud-${patient.id}`),
      )?.resource
      const labels = (ours?.meta?.security ?? []).map(({ code }) => code)
      t.ok(labels.includes('R') && labels.includes('OPIOIDUD'), labels.join())
    },
  )

  await t.test('the referrer may send the same while the server is asked', async (t) => {
    const { bundle, patient } = lacking({ unanswered: ['glaucoma'] }, 'Observation')
    ehr.records.push(patient, aPainScore(patient), aPressure(patient))
    const referred = await world.refer(bundle)
    const [subject] = referred.sent.filter((each) => each.startsWith('Patient/'))
    const { id: _id, ...score } = aPainScore(patient)
    const sent = { ...score, subject: { reference: subject as string } }
    let meanwhile: Promise<unknown> | undefined
    ehr.behave(({ type, honest }, response) => {
      if (type !== 'QuestionnaireResponse') return undefined
      meanwhile = referred.by.post(`ServiceRequest/${referred.id}/$add-information`, sent)
      void meanwhile.then(() => response.end(JSON.stringify(honest())))
      return 'answered'
    })
    t.match(await run(referred), { outcome: 'taken', taken: 1 }, 'the pressure')
    await meanwhile
    ehr.behave(undefined)
    const { body } = await referred.by.get<Bundle<Observation>>(`Observation?patient=${subject}`)
    const scores = (body.entry ?? []).filter(({ resource }) =>
      JSON.stringify(resource?.code).includes('72514-3'),
    )
    t.equal(scores.length, 1)
  })

  await t.test('a referral that waits for nobody here is not touched', async (t) => {
    const { bundle, patient } = lacking()
    ehr.records.push(patient)
    const asked = ehr.asked.length
    const referred = await world.refer(bundle)
    t.match(await run(referred), { outcome: 'not-due' })
    t.equal(ehr.asked.length, asked)
  })
})
