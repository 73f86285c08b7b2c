/** The referrer's EHR is away, half away or dishonest: the referral waits, says why, and nothing is met by it. */

import type { FhirResource } from 'fhir/r4'
import t from 'tap'
import { condition } from '../../helpers/evidence.ts'
import { standing } from '../../helpers/journey.ts'
import { aPainScore, aPressure, gatherWorld, lacking, reasonOf, subjectOf } from './gather-world.ts'

t.test('a server on its bad days', async (t) => {
  const { world, ehr, run, check } = await gatherWorld(t, { limits: { pageMs: 2_000 } })
  const crps = {
    coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'G90.511' }],
  }
  const waiting = async (...types: readonly string[]) => {
    const { bundle, patient } = lacking({}, ...types)
    ehr.records.push(patient, aPainScore(patient), aPressure(patient), {
      ...condition(subjectOf(patient), crps),
      id: `c-${patient.id}`,
    } as FhirResource)
    const referred = await world.refer(bundle)
    return { referred, patient }
  }
  t.afterEach(() => ehr.behave(undefined))

  await t.test('503: said in the check and the Task, asked again, then found', async (t) => {
    const { referred } = await waiting('Observation')
    ehr.behave(({ type }) =>
      type === 'Observation' ? { status: 503, headers: { 'retry-after': '1' } } : undefined,
    )
    t.match(await run(referred), { outcome: 'retry', taken: 0, again: true, wait: 1 })
    const verdict = (await check(referred)).get('baseline-pain-score')
    t.match(verdict, {
      verdict: 'not-documented',
      explanation:
        'Source unavailable: Observation (could not ask the referring EHR for pain scores: it answered 503).',
    })
    t.match(
      reasonOf(await world.task(referred)),
      /Could not ask it for .*blood pressure readings.*: it answered 503\. It will be asked again\.$/,
    )
    const { versionId } = (await world.task(referred)).meta ?? {}
    t.match(await run(referred, { attempt: 2 }), { outcome: 'retry' })
    t.equal((await world.task(referred)).meta?.versionId, versionId, 'the same again is no news')
    ehr.behave(undefined)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    t.match(await run(referred, { attempt: 3 }), { outcome: 'taken', taken: 2, again: false })
    t.equal(await standing(referred), 'received/awaiting-triage')
  })

  await t.test('after the last attempt nobody asks by himself, and the reason stays', async (t) => {
    const { referred } = await waiting('Observation')
    ehr.behave(() => ({ status: 500 }))
    t.match(await run(referred, { last: true, attempt: 9 }), { outcome: 'gave-up', again: false })
    t.equal(await standing(referred), 'requested/awaiting-information')
    t.match(reasonOf(await world.task(referred)), /it answered 500\.$/)
  })

  await t.test('what was found beside a failed search meets nothing', async (t) => {
    const { referred, patient } = await waiting('Observation')
    ehr.behave(({ type }) => (type === 'Condition' ? { status: 403 } : undefined))
    t.match(await run(referred), { outcome: 'taken', taken: 2, failed: 1, again: false })
    const verdicts = await check(referred)
    t.equal(verdicts.get('baseline-pain-score')?.verdict, 'met', 'its search was whole')
    t.match(verdicts.get('cardiovascular-disease'), {
      verdict: 'not-documented',
      explanation: /could not ask the referring EHR for conditions: it answered 403/,
    })
    t.equal(await standing(referred), 'requested/awaiting-information')
    const [subject] = referred.sent.filter((each) => each.startsWith('Patient/'))
    const none = {
      ...condition({ reference: subject as string }, crps),
      onsetDateTime: '2020-01-01',
    }
    const answer = await referred.by.post(
      `ServiceRequest/${referred.id}/$add-information`,
      none as FhirResource,
    )
    t.equal(answer.status, 200, answer.text)
    t.equal(
      await standing(referred),
      'received/awaiting-triage',
      'the referrer has sent its conditions itself',
    )
    t.ok(patient)
  })

  await t.test('what the referrer sends itself needs no search', async (t) => {
    const { referred } = await waiting('Observation')
    ehr.behave(({ type }) => (type === 'Patient' ? undefined : { status: 403 }))
    t.match(await run(referred), { outcome: 'refused', taken: 0 })
    const [reference] = referred.sent.filter((each) => each.startsWith('Patient/'))
    const subject = { reference: reference as string }
    const { id: _i, ...score } = aPainScore({ resourceType: 'Patient' })
    const { id: _j, ...pressure } = aPressure({ resourceType: 'Patient' }) as FhirResource & {
      id: string
    }
    for (const each of [score, pressure])
      await referred.by.post(`ServiceRequest/${referred.id}/$add-information`, {
        ...each,
        subject,
      } as FhirResource)
    t.equal(await standing(referred), 'received/awaiting-triage')
  })

  await t.test('each hostile answer is said, and takes nothing in', async (t) => {
    const everybody = (ehrRecords: readonly FhirResource[]) => ({
      body: {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: ehrRecords.map((resource) => ({ resource })),
      },
    })
    let n = 0
    const tempers: Readonly<Record<string, readonly [Parameters<typeof ehr.behave>[0], RegExp]>> = {
      slow: [
        ({ type }) => (type === 'Observation' ? 'answered' : undefined),
        /the answer was lost: timeout/,
      ],
      'of everybody': [
        ({ type }) =>
          type === 'Observation'
            ? everybody(ehr.records.filter((each) => each.resourceType === type))
            : undefined,
        /records of another patient/,
      ],
      'without end': [
        ({ type, honest }) =>
          type === 'Observation'
            ? {
                body: {
                  ...honest(),
                  entry: [],
                  link: [{ relation: 'next', url: `Observation?page=${++n}` }],
                },
              }
            : undefined,
        /the pages do not end/,
      ],
      'leading elsewhere': [
        ({ type, honest }) =>
          type === 'Observation'
            ? {
                body: {
                  ...honest(),
                  link: [{ relation: 'next', url: 'https://198.51.100.7/fhir' }],
                },
              }
            : undefined,
        /it led to an address that may not be called/,
      ],
      'of 5,000': [
        ({ type, honest }) => {
          if (type !== 'Observation') return undefined
          const { entry = [] } = honest() as { entry?: readonly object[] }
          return { body: { ...honest(), entry: Array(5_000).fill(entry[0]) } }
        },
        /more than 2000/,
      ],
      'not FHIR': [
        ({ type, honest }) =>
          type === 'Observation'
            ? { body: JSON.stringify(honest()).replaceAll('"final"', '"finished"') }
            : undefined,
        /are not valid FHIR/,
      ],
      'an outcome': [
        ({ type }) =>
          type === 'Observation'
            ? {
                body: {
                  resourceType: 'Bundle',
                  type: 'searchset',
                  entry: [
                    {
                      resource: {
                        resourceType: 'OperationOutcome',
                        issue: [{ severity: 'error', code: 'timeout' }],
                      },
                      search: { mode: 'outcome' },
                    },
                  ],
                },
              }
            : undefined,
        /the search went wrong/,
      ],
      'a page of a proxy': [() => ({ body: '<html>' }), /not JSON/],
    }
    for (const [name, [temper, reason]] of Object.entries(tempers)) {
      ehr.behave(undefined)
      const { referred } = await waiting('Observation')
      ehr.behave(temper)
      const event = await run(referred, { last: true })
      t.equal(event.taken, 0, name)
      t.ok(event.failed > 0, name)
      t.equal(await standing(referred), 'requested/awaiting-information', name)
      t.equal((await check(referred)).get('baseline-pain-score')?.verdict, 'not-documented', name)
      t.match((await check(referred)).get('baseline-pain-score')?.explanation, reason, name)
      t.match(reasonOf(await world.task(referred)), reason, name)
    }
  })
})

t.test('a run that ends before it committed has done nothing', async (t) => {
  const { world, ehr, run } = await gatherWorld(t)
  const { bundle, patient } = lacking({}, 'Observation')
  ehr.records.push(patient, aPainScore(patient), aPressure(patient))
  const referred = await world.refer(bundle)
  const { commit } = world.app.storage.referrals
  world.app.storage.referrals.commit = async () => {
    throw new Error('killed')
  }
  await t.rejects(run(referred), /killed/)
  world.app.storage.referrals.commit = commit
  t.equal(await standing(referred), 'requested/awaiting-information')
  t.match(await run(referred), { outcome: 'taken', taken: 2 })
  t.equal(await standing(referred), 'received/awaiting-triage')
})
