/** A clinic's own policy by the front door, and the answers to input that no policy can use. */

import { randomUUID } from 'node:crypto'
import type {
  Bundle,
  FhirResource,
  GuidanceResponse,
  MedicationRequest,
  Observation,
  Parameters,
  Patient,
  QuestionnaireResponse,
  Task,
} from 'fhir/r4'
import t from 'tap'
import { RegistryError } from '../../src/domain/access/registry.ts'
import { adult, stimulator } from '../domain/screening/own.ts'
import { aForm, aReferral, npis, painScore, requestOf, resourcesOf } from '../helpers/a-referral.ts'
import { latestCheck, overallOf } from '../helpers/check-result.ts'
import { daysAgo } from '../helpers/evidence.ts'
import { patientOf } from '../helpers/journey.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { standingOf, startWorld } from '../helpers/world.ts'
import { aConsent, aReferralWith, opioidDependence } from '../security/part2-world.ts'

const dependence = "entry.resource.ofType(Condition).where(code.coding.exists(code = 'F11.20'))"
const noDependence = stimulator({
  id: 'dependence',
  title: 'No opioid dependence on file',
  class: 'relative',
  presentWhen: `${dependence}.exists()`,
  absentWhen: `${dependence}.empty()`,
  evidence: dependence,
  explanations: {
    met: 'No entry of the kind is on file.',
    'not-met': 'Opioid dependence is on file.',
    'not-documented': 'Nothing is known.',
    conflicting: 'It is there and it is not.',
  },
})
const endless = adult({
  id: 'endless',
  metWhen: "('a' & 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab').matches('^(a+)+$')",
})
const failing = adult({ id: 'failing', metWhen: '%patient.name.family.first() + 1 > 2' })

const own = await ownRegistry()
type Written = { readonly referrers: unknown; readonly clinics: readonly object[] }
const written = own.config.registry as Written
/** The registry with these criteria at the two clinics. */
const having = (river: object, summit: object): Written => ({
  ...written,
  clinics: [
    { ...written.clinics[0], policyOverrides: river },
    { ...written.clinics[1], policyOverrides: summit },
  ],
})
const registry = having(
  { criteria: [adult(), stimulator(), noDependence] },
  { criteria: [failing, endless] },
)
const world = await startWorld(t, { ...own, config: { ...own.config, registry } })
const lakeside = world.client('lakeside-family')

const parametersOf = ({ contained = [] }: GuidanceResponse) =>
  (contained as readonly FhirResource[]).flatMap((each) =>
    each.resourceType === 'Parameters' ? ((each as Parameters).parameter ?? []) : [],
  )

const partsOf = (guidance: GuidanceResponse, id: string) =>
  parametersOf(guidance)
    .map(({ part = [] }) => part)
    .find((part) => part.some(({ name, valueCode }) => name === 'id' && valueCode === id)) ?? []

const verdictOn = (guidance: GuidanceResponse, id: string): string | undefined =>
  partsOf(guidance, id).find(({ name }) => name === 'verdict')?.valueCode
const sentenceOn = (guidance: GuidanceResponse, id: string): string | undefined =>
  partsOf(guidance, id).find(({ name }) => name === 'explanation')?.valueString
const warningsOf = (guidance: GuidanceResponse): string =>
  JSON.stringify(parametersOf(guidance).filter(({ name }) => name === 'warning'))

const dryRun = async (bundle: Bundle<FhirResource>): Promise<GuidanceResponse> => {
  const answer = await lakeside.post<GuidanceResponse>('ServiceRequest/$referral-check', bundle)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body
}

t.test('a referral waits for what an own criterion needs, and goes on by itself', async (t) => {
  const referred = await world.refer(aReferral())
  t.equal(standingOf(await world.task(referred)), 'requested/awaiting-information')
  t.equal(verdictOn(referred.guidance, 'adult'), 'met')
  t.equal(verdictOn(referred.guidance, 'stimulator'), 'not-documented')
  t.match(JSON.stringify(partsOf(referred.guidance, 'stimulator')), "Answer item 'stimulator'.")
  t.match(referred.guidance.dataRequirement, [{ type: 'Procedure' }])
  const answers = { stimulator: 'N' } as unknown as Parameters_
  const form = aForm({ reference: patientOf(referred) }, answers)
  const answer = await lakeside.post<Task>(`ServiceRequest/${referred.id}/$add-information`, form)
  t.equal(standingOf(answer.body), 'received/awaiting-triage', answer.text)
  const check = await latestCheck(lakeside, answer.body)
  t.equal(verdictOn(check, 'stimulator'), 'met')
  t.equal(sentenceOn(check, 'stimulator'), 'Asked about a stimulator: there is none.')
  t.match(
    partsOf(check, 'stimulator').find(({ name }) => name === 'evidence')?.valueReference?.reference,
    /^QuestionnaireResponse\//,
  )
})
type Parameters_ = globalThis.Parameters<typeof aForm>[1]

t.test('an absolute contraindication of one’s own waits for an acknowledgement', async (t) => {
  const referred = await world.refer(
    aReferralWith((subject) => [
      {
        resourceType: 'Procedure',
        status: 'completed',
        code: { coding: [{ system: 'http://snomed.info/sct', code: '1' }] },
        subject,
      },
    ]),
  )
  t.equal(overallOf(referred.guidance), 'contraindicated')
  t.equal(standingOf(await world.task(referred)), 'requested/awaiting-acknowledgement')
})

t.test('what is withheld from the clinic is not in its own criteria’s input', async (t) => {
  const bundle = aReferralWith((subject) => [
    opioidDependence(subject),
    aConsent(subject, { provision: { type: 'deny' } }),
    aForm(subject, { stimulator: 'N' } as unknown as Parameters_),
  ])
  const referred = await world.refer(bundle)
  const whole = await latestCheck(lakeside, await world.task(referred))
  t.equal(verdictOn(whole, 'dependence'), 'not-met')
  const clinic = world.client('river-pain-clinic')
  const acknowledged = await lakeside.post<Task>(`ServiceRequest/${referred.id}/$acknowledge`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'reason', valueString: 'Discussed' },
      { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
    ],
  } as FhirResource)
  t.ok([200, 422].includes(acknowledged.status), acknowledged.text)
  const task = (await clinic.get<Task>(`Task/${referred.taskId}`)).body
  const shown = await latestCheck(clinic, task)
  t.not(shown.id, whole.id)
  t.equal(verdictOn(shown, 'dependence'), 'met')
  t.notMatch(JSON.stringify(shown), /dependence is on file/)
})

t.test('failing and endless criteria are a person’s, and the referral goes on', async (t) => {
  const referred = await world.refer(aReferral({ clinicNpi: npis['summit-pain-center'] }))
  t.equal(overallOf(referred.guidance), 'clinician-review')
  for (const [id, reason] of [
    ['failing', /could not be evaluated on this referral/],
    ['endless', /took longer than they may/],
  ] as const) {
    t.equal(verdictOn(referred.guidance, id), 'needs-review')
    t.match(sentenceOn(referred.guidance, id), reason)
    t.notMatch(sentenceOn(referred.guidance, id), /Example/)
  }
  t.equal(verdictOn(referred.guidance, 'glaucoma'), 'met', 'ours are as they were')
  t.equal(standingOf(await world.task(referred)), 'received/awaiting-triage')
})

t.test('a wrong policy is refused when the registry is read, and the old one stays', async (t) => {
  const wrong = having(
    {
      criteria: [
        adult({
          inputs: [
            {
              type: 'Condition',
              codeFilter: [{ path: 'code', valueSet: 'http://no.example/set' }],
            },
          ],
        }),
        adult({ id: 'circle', metWhen: '%circle.not()' }),
      ],
    },
    { drop: ['no-such-criterion'], parameters: { minMme: { value: 1, unit: 'g' } } },
  )
  const isRefusal = (error: unknown) => {
    t.ok(error instanceof RegistryError)
    t.same((error as Error).message.split('\n').sort(), [
      '  clinics[0].policyOverrides.criteria[0].inputs[0].codeFilter the value set http://no.example/set is not published',
      '  clinics[0].policyOverrides.criteria[1] is a circle, it refers to itself: circle -> circle',
      "  clinics[1].policyOverrides.drop there is no criterion 'no-such-criterion'",
      "  clinics[1].policyOverrides.parameters.minMme minMme must be given in 'mg/d'",
      'the registry is invalid:',
    ])
  }
  await world.app.reloadRegistry(wrong).then(() => t.fail('taken'), isRefusal)
  t.equal(verdictOn(await dryRun(aReferral()), 'adult'), 'met')
  await t.test('nor does a service start on it', async (t) => {
    const started = startWorld(t, { ...own, config: { ...own.config, registry: wrong } })
    await started.then(() => t.fail('started'), isRefusal)
  })
})

/** A referral whose resources of one type are changed. */
function changed<R extends FhirResource>(
  type: R['resourceType'],
  change: (resource: R) => object,
  bundle = aReferral({ clinicNpi: npis['river-pain-clinic'] }),
): Bundle<FhirResource> {
  for (const resource of resourcesOf(bundle))
    if (resource.resourceType === type) Object.assign(resource, change(resource as R))
  return bundle
}

t.test('answers to items that the form does not have say nothing', async (t) => {
  const more = changed<QuestionnaireResponse>('QuestionnaireResponse', ({ item = [] }) => ({
    item: [
      ...item,
      { linkId: 'no-such-item', answer: [{ valueCoding: { code: 'Y' } }] },
      { linkId: 'therapy', item: [{ linkId: 'glaucoma-2', answer: [{ valueBoolean: true }] }] },
    ],
  }))
  t.equal(verdictOn(await dryRun(more), 'glaucoma'), 'met')
  const only = changed<QuestionnaireResponse>('QuestionnaireResponse', () => ({
    item: [{ linkId: 'no-such-item', answer: [{ valueCoding: { code: 'N' } }] }],
  }))
  t.equal(verdictOn(await dryRun(only), 'glaucoma'), 'not-documented')
})

t.test(
  'a dose without a unit counts units of the product, and without a product is a person’s',
  async (t) => {
    const unitless = (medicine: object) =>
      changed<MedicationRequest>('MedicationRequest', ({ dosageInstruction = [] }) => ({
        ...medicine,
        dosageInstruction: dosageInstruction.map((dosage) => ({
          ...dosage,
          doseAndRate: [{ doseQuantity: { value: 1 } }],
        })),
      }))
    t.equal(verdictOn(await dryRun(unitless({})), 'failed-opioid-therapy'), 'met')
    const ingredient = {
      medicationCodeableConcept: {
        coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '7804' }],
      },
    }
    const guidance = await dryRun(unitless(ingredient))
    t.equal(verdictOn(guidance, 'failed-opioid-therapy'), 'needs-review')
  },
)

t.test('evidence of the future does not count', async (t) => {
  const scores = changed<Observation>('Observation', (each) =>
    JSON.stringify(each).includes('72514-3') ? { effectiveDateTime: daysAgo(-2) } : {},
  )
  t.equal(verdictOn(await dryRun(scores), 'baseline-pain-score'), 'not-documented')
  const form = changed<QuestionnaireResponse>('QuestionnaireResponse', () => ({
    authored: daysAgo(-2),
  }))
  t.equal(verdictOn(await dryRun(form), 'glaucoma'), 'not-documented')
  const late = aReferral()
  requestOf(late).authoredOn = daysAgo(-2)
  t.equal(verdictOn(await dryRun(late), 'baseline-pain-score'), 'met')
})

t.test('a score below nothing is no score', async (t) => {
  const bundle = changed<Observation>('Observation', (each) =>
    JSON.stringify(each).includes('72514-3')
      ? { valueQuantity: { ...each.valueQuantity, value: -3 } }
      : {},
  )
  t.equal(verdictOn(await dryRun(bundle), 'baseline-pain-score'), 'not-documented')
})

t.test('of two patients the referral’s counts, and the other is named', async (t) => {
  const other = `urn:uuid:${randomUUID()}`
  const bundle = aReferral({ painScores: false })
  const stranger: Patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://lakeside-family.example/mrn', value: randomUUID() }],
    birthDate: '2020-01-01',
  }
  const score = { ...painScore({ reference: other }, daysAgo(5), 9), id: 'of-another' }
  bundle.entry?.push(
    { fullUrl: other, resource: stranger, request: { method: 'POST', url: 'Patient' } },
    {
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: score,
      request: { method: 'POST', url: 'Observation' },
    },
  )
  const guidance = await dryRun(bundle)
  t.equal(verdictOn(guidance, 'baseline-pain-score'), 'not-documented')
  t.equal(verdictOn(guidance, 'adult'), 'met', 'nor does a criterion of one’s own see the other')
  t.match(warningsOf(guidance), 'A resource is about somebody else and not counted.')
})
