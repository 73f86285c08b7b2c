/** Everything that an EHR has of one patient goes along: megabytes, hundreds of resources. */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, ServiceRequest } from 'fhir/r4'
import type { Test } from 'tap'
import { parseFhirJson } from '../../src/domain/fhir/json.ts'
import { aForm, aReferral, contraindications, painScore, requestOf } from '../helpers/a-referral.ts'
import { overallOf } from '../helpers/check-result.ts'
import { daysAgo } from '../helpers/evidence.ts'
import { wholeRecordExample } from '../helpers/examples.ts'
import { heldBy, outcomeNote } from '../helpers/journey.ts'
import { refer, type World } from '../helpers/world.ts'

export async function wholeRecord(t: Test, world: World): Promise<void> {
  const example = wholeRecordExample()
  if ('skip' in example) {
    t.comment(example.skip)
    await t.test('a whole record', { skip: example.skip }, async () => {})
    return
  }
  await t.test('a whole record goes to the clinic, and its outcome comes back', async (t) => {
    const bundle = asReferral(parseFhirJson(example.text) as Bundle<FhirResource>)
    const text = JSON.stringify(bundle, null, 2)
    const ehr = world.ehr('river-pain-clinic')
    const before = heldBy(ehr, 'Observation').length
    const lap = stopwatch()
    const referred = await refer(world.client('lakeside-family'), bundle, text)
    lap('submitted')
    t.equal(
      overallOf(referred.guidance),
      'clinician-review',
      'what it has is for a person to judge',
    )
    t.equal(referred.sent.length, bundle.entry?.length)
    await world.reaches(referred, 'received/awaiting-triage')
    lap('delivered')
    t.equal(heldBy(ehr, 'Observation').length - before, countOf(bundle, 'Observation'))
    for (const action of ['accept', 'schedule', 'visit', 'complete'] as const)
      ehr.act(referred.taskId, action, { note: 'Better.' })
    const task = await world.reaches(referred, 'completed/completed')
    t.equal(await outcomeNote(referred, task), 'Better.')
    lap('completed')
    const megabytes = (text.length / 1e6).toFixed(1)
    t.comment(`${megabytes} MB, ${bundle.entry?.length} entries: ${lap.all.join(', ')}`)
  })
}

/** The record with a referral, an answered form and a recent pain score. */
function asReferral(record: Bundle<FhirResource>): Bundle<FhirResource> {
  const named = (type: string) =>
    record.entry?.find(({ resource }) => resource?.resourceType === type)?.fullUrl as string
  const subject = { reference: named('Patient') }
  const form = aForm(
    subject,
    Object.fromEntries(contraindications.map((item) => [item, 'N' as const])),
  )
  form.item?.push({
    linkId: 'failed-opioid-therapy',
    answer: [
      {
        valueCoding: {
          system: 'https://referloop.example/fhir/CodeSystem/treatment-outcome',
          code: 'ineffective',
        },
      },
    ],
  })
  const support = [form, painScore(subject, daysAgo(9), 8)].map(entryOf)
  const request: ServiceRequest = {
    ...requestOf(aReferral()),
    subject,
    requester: { reference: named('Practitioner') },
    supportingInfo: support.map(({ fullUrl }) => ({ reference: fullUrl })),
  }
  return { ...record, entry: [...(record.entry ?? []), entryOf(request), ...support] }
}

const entryOf = (resource: FhirResource) => ({
  fullUrl: `urn:uuid:${randomUUID()}`,
  resource,
  request: { method: 'POST' as const, url: resource.resourceType },
})

const countOf = (bundle: Bundle<FhirResource>, type: string): number =>
  (bundle.entry ?? []).filter(({ resource }) => resource?.resourceType === type).length

/** Notes what has passed since the last lap. */
function stopwatch() {
  let since = performance.now()
  const all: string[] = []
  const lap = (what: string) => {
    const now = performance.now()
    all.push(`${what} in ${Math.round(now - since)} ms`)
    since = now
  }
  return Object.assign(lap, { all })
}
