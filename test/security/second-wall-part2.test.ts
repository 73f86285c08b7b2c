/** What Part 2 withholds and what the audit trail tells, with the first wall down: the database alone keeps it. */

import type { Bundle, FhirResource } from 'fhir/r4'
import t from 'tap'
import type { Viewer } from '../../src/domain/access/caller.ts'
import { startWorld } from '../helpers/world.ts'
import { aReferralWith, opioidDependence } from './part2-world.ts'

const river: Viewer = { role: 'clinic', organization: 'river-pain-clinic' }
const strangers: readonly Viewer[] = [
  { role: 'referrer', organization: 'hilltop-internal' },
  { role: 'clinic', organization: 'summit-pain-center' },
]

t.test('OW1 P2-04 with the first wall down nothing that is withheld gets out', async (t) => {
  const world = await startWorld(t, { firstWall: false })
  const referred = await world.refer(
    aReferralWith((subject) => [opioidDependence(subject)], { answers: { 'substance-use': 'N' } }),
  )
  await referred.by.post(`ServiceRequest/${referred.id}/$acknowledge`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'reason', valueString: 'Stable on agonist therapy' },
      { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
    ],
  })
  await world.reaches(referred, 'received/awaiting-triage')
  const sentOf = (type: string) =>
    referred.sent.findLast((reference) => reference.startsWith(`${type}/`)) as string
  const condition = sentOf('Condition')
  const check = `GuidanceResponse/${referred.guidance.id}`
  const patient = sentOf('Patient')
  const clinic = world.client('river-pain-clinic')

  await t.test('the record and the whole check', async (t) => {
    t.equal((await referred.by.get(condition)).status, 200, 'they are there')
    for (const reference of [condition, check])
      for (const path of [reference, `${reference}/_history`, `${reference}/_history/1`])
        t.equal((await clinic.get(path)).status, 404, path)
    const [, id] = condition.split('/')
    for (const query of [
      `Condition?_id=${id}`,
      `Condition?_id=${id}&_summary=count`,
      `Condition?patient=${patient}&code=http://hl7.org/fhir/sid/icd-10-cm|F11.20`,
    ]) {
      const { body } = await clinic.get<Bundle<FhirResource>>(query)
      t.equal(body.total, 0, query)
      t.notOk(body.entry)
    }
    for (const path of [
      `Patient?_id=${patient.slice(8)}&_revinclude=Condition:subject`,
      `ServiceRequest?_id=${referred.id}&_include=ServiceRequest:supporting-info&_revinclude=Provenance:target`,
      `Task/${referred.taskId}/_history`,
      `Task?_id=${referred.taskId}&_include=Task:focus`,
    ]) {
      const { text } = await clinic.get(path, { prefer: 'handling=lenient' })
      t.notMatch(text, id as string, path)
      t.notMatch(text, /F11\.20|42CFRPart2|agonist/, path)
      t.notMatch(text, referred.guidance.id as string, path)
    }
  })

  await t.test('the audit trail', async (t) => {
    const { audit } = world.app.storage
    const own = await audit.search(
      { role: 'referrer', organization: 'lakeside-family' },
      { count: 1000 },
    )
    const about = own.filter(({ referralId }) => referralId === referred.id)
    t.ok(
      about.some(({ action }) => action === 'consent'),
      'the referrer reads what was decided',
    )
    const theirs = await audit.search(river, { count: 1000 })
    t.ok(
      theirs.some(({ referralId }) => referralId === referred.id),
      'the clinic reads its part',
    )
    t.notOk(theirs.some(({ action }) => action === 'consent'))
    t.notMatch(JSON.stringify(theirs), condition)
    const consent = about.find(({ action }) => action === 'consent')?.id as string
    t.equal(await audit.read(river, consent), undefined)
    for (const viewer of strangers) {
      const seen = await audit.search(viewer, { count: 1000 })
      t.ok(
        seen.every(({ organization }) => organization === viewer.organization),
        `${viewer.organization} reads of its own requests alone`,
      )
      for (const { id } of about) t.equal(await audit.read(viewer, id), undefined)
    }
    const { text } = await clinic.get(`AuditEvent?patient=${patient}&_count=200`)
    t.notMatch(text, condition)
    t.notMatch(text, /contraindicated|clinician-review|"110112".*consent/)
  })

  await t.test(
    'before it is with the clinic, its trail is none of the clinic’s either',
    async (t) => {
      const waiting = await world.refer(aReferralWith(() => [], { unanswered: ['glaucoma'] }))
      const theirs = await world.app.storage.audit.search(river, { count: 1000 })
      t.notMatch(JSON.stringify(theirs), waiting.id)
    },
  )
})
