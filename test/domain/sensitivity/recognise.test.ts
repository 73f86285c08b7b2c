import { readFileSync } from 'node:fs'
import type { CodeableConcept, FhirResource, ValueSet } from 'fhir/r4'
import t from 'tap'
import { recognise } from '../../../src/domain/sensitivity/recognise.ts'
import { sensitivityValueSets } from '../../../src/domain/sensitivity/value-sets.ts'

const icd = 'http://hl7.org/fhir/sid/icd-10-cm'
const sct = 'http://snomed.info/sct'
const loinc = 'http://loinc.org'
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm'
const hcpcs = 'http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets'

const coded = (system: string, code: string): FhirResource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system, code }] },
})
const worded = (text: string): FhirResource => ({
  resourceType: 'Condition',
  subject: {},
  code: { text },
})
const found = (resource: FhirResource) => [...recognise(resource).sensitivities].sort().join(' ')

const published = (id: string): ValueSet =>
  JSON.parse(
    readFileSync(new URL(`../../../schemas/ValueSet-${id}.json`, import.meta.url), 'utf8'),
  ) as ValueSet

const codesIn = ({ compose }: ValueSet) =>
  (compose?.include ?? []).flatMap(({ system = '', concept = [] }) =>
    concept.map(({ code }) => [system, code] as const),
  )

t.test('P2-01 every code of the lists on substance use is recognised', async (t) => {
  // Of the exclusions, those of nicotine, family history and long-term analgesics are no substance use.
  const others = /^(F17|Z79\.891|Z87\.891|Z72\.0|Z81|460751000124103)/
  const codes = [
    ...codesIn(published('x4-sud-active')),
    ...codesIn(published('x4-sud-review')),
    ...codesIn(published('x4-exclude')).filter(([, code]) => !others.test(code)),
    ...codesIn(published('loinc-audit')),
    ...codesIn(published('loinc-dast')),
    ...codesIn(published('loinc-uds')),
    ...sensitivityValueSets
      .filter(({ id }) => id?.startsWith('sensitivity-') && id !== 'sensitivity-labels')
      .flatMap(codesIn),
  ]
  const missed = codes.filter(([system, code]) => found(coded(system, code)) === '')
  t.ok(codes.length > 700, `${codes.length} codes`)
  t.same(missed, [], `${missed.length} missed of ${codes.length}`)
})

/** What each trap is: the flags that are right, and none where it only looks like it. */
const traps: readonly (readonly [what: string, resource: FhirResource, flags: string])[] = [
  ['opioid dependence', coded(icd, 'F11.20'), 'OPIOIDUD SUD'],
  ['the same without the dot', coded(icd, 'F1120'), 'OPIOIDUD SUD'],
  ['opioid dependence in remission', coded(icd, 'F11.21'), 'OPIOIDUD SUD'],
  ['a category', coded(icd, 'F11'), 'OPIOIDUD SUD'],
  ['heroin poisoning', coded(icd, 'T40.1X1A'), 'OPIOIDUD SUD'],
  ['alcohol dependence', coded(icd, 'F10.20'), 'ETHUD SUD'],
  ['alcoholic cirrhosis', coded(icd, 'K70.30'), 'ETHUD SUD'],
  ['cocaine abuse', coded(icd, 'F14.10'), 'SUD'],
  ['opioid dependence, SNOMED CT', coded(sct, '75544000'), 'OPIOIDUD SUD'],
  ['opioid dependence on agonist therapy', coded(sct, '1081000119105'), 'OPIOIDUD SUD'],
  [
    'ICD-9-CM opioid dependence',
    coded('http://hl7.org/fhir/sid/icd-9-cm', '304.00'),
    'OPIOIDUD SUD',
  ],
  ['AUDIT', coded(loinc, '75624-7'), 'ETH'],
  ['DAST-10', coded(loinc, '82667-7'), 'ETH'],
  ['urine drug test', coded(loinc, '3879-4'), 'ETH'],
  ['Suboxone film', coded(rxnorm, '1010606'), 'OPIOIDUD SUD'],
  ['methadone administration', coded(hcpcs, 'H0020'), 'OPIOIDUD SUD'],
  ['words without a code', worded('Opioid use disorder, severe'), 'SUD'],
  ['nicotine', coded(icd, 'F17.210'), ''],
  ['laxative abuse', coded(icd, 'F55.2'), ''],
  ['long-term opioid analgesic', coded(icd, 'Z79.891'), ''],
  ['adverse effect of an opioid', coded(icd, 'T40.2X5A'), ''],
  ['family history', coded(icd, 'Z81.3'), ''],
  ['dementia', coded(icd, 'F01.50'), ''],
  ['depression', coded(icd, 'F32.1'), ''],
  ['hepatitis C', coded(icd, 'B18.2'), ''],
  ['non-alcoholic fatty liver', coded(icd, 'K76.0'), ''],
  ['oxycodone', coded(rxnorm, '1049683'), ''],
  ['methadone tablet, also for pain', coded(rxnorm, '864706'), ''],
  ['bare buprenorphine, also for pain', coded(rxnorm, '1819'), ''],
  ['low-dose naltrexone', coded(rxnorm, '7243'), ''],
  ['a code of another system', coded('https://ehr.example/codes', 'F11.20'), ''],
  ['words denied', worded('Denies alcohol abuse'), ''],
  ['words of a relative', worded('Father with alcohol dependence'), ''],
  ['pain words', worded('Opioid-induced constipation'), ''],
]

t.test('P2-01 a trap set: what is substance use, and what only looks like it', async (t) => {
  for (const [what, resource, flags] of traps) t.equal(found(resource), flags, what)
})

t.test('P2-01 codes are found wherever a resource holds them', async (t) => {
  const concept: CodeableConcept = { coding: [{ system: icd, code: 'F11.20' }] }
  const holders: readonly FhirResource[] = [
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject: {},
      medicationCodeableConcept: { coding: [{ system: rxnorm, code: '864706' }] },
      reasonCode: [concept],
    },
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject: {},
      medicationReference: { reference: '#m' },
      contained: [
        {
          resourceType: 'Medication',
          id: 'm',
          code: { coding: [{ system: rxnorm, code: '1010606' }] },
        } as FhirResource,
      ],
    },
    {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [],
      context: { event: [concept] },
    },
  ]
  for (const holder of holders) t.match(found(holder), /OPIOIDUD/, holder.resourceType)
})

t.test('P2-01 the form tells when substance use was affirmed, and only then', async (t) => {
  const form = (answer: object): FhirResource => ({
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    item: [{ linkId: 'contraindications', item: [{ linkId: 'substance-use', answer: [answer] }] }],
  })
  const code = (value: string) => ({
    valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v2-0532', code: value },
  })
  t.equal(found(form(code('Y'))), 'ETH')
  t.equal(found(form({ valueBoolean: true })), 'ETH')
  t.equal(found(form(code('N'))), '')
  t.equal(found(form({ valueBoolean: false })), '')
})

t.test(
  'P2-01 labels that are there count, of contained resources too, and a relative does not',
  async (t) => {
    const labelled: FhirResource = {
      resourceType: 'Basic',
      code: {},
      contained: [
        {
          resourceType: 'Basic',
          meta: {
            security: [
              { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: '42CFRPart2' },
            ],
          },
        },
      ],
    }
    t.ok(recognise(labelled).isPart2)
    t.notOk(recognise(coded(icd, 'F11.20')).isPart2)
    t.equal(
      found({
        resourceType: 'FamilyMemberHistory',
        status: 'completed',
        patient: {},
        relationship: {},
        condition: [{ code: { coding: [{ system: icd, code: 'F11.20' }] } }],
      }),
      '',
    )
  },
)

t.test('P2-01 a consent that names Part 2 is a Part 2 record, another is not', async (t) => {
  const consent = (policyRule: CodeableConcept): FhirResource => ({
    resourceType: 'Consent',
    status: 'active',
    scope: {},
    category: [{}],
    policyRule,
  })
  t.ok(recognise(consent({ text: '42 CFR Part 2' })).isPart2)
  t.ok(recognise(consent({ coding: [{ code: '42CFRPart2' }] })).isPart2)
  t.notOk(recognise(consent({ coding: [{ code: 'OPTIN' }] })).isPart2)
})
