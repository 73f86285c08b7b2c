import type { FhirResource, Parameters, PlanDefinition } from 'fhir/r4'
import t from 'tap'
import { FhirDecimal } from '../../../src/domain/fhir/decimal.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import type { PolicyOverrides } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import {
  allergy,
  bundleOf,
  clinical,
  code,
  condition,
  criterion,
  daysFrom,
  icd,
  medicine,
  pain,
  policy,
  screenBundle,
} from './build.ts'
import { adult } from './own.ts'

/** All that is published, to be changed: its plan, and the numbers and words in it. */
function copied() {
  const all = readPublished() as FhirResource[]
  const plan = all.find((each) => each.resourceType === 'PlanDefinition') as PlanDefinition
  return { all, plan, contained: plan.contained?.[0] as unknown as Parameters }
}

/** The issues of a policy that was changed before it was loaded. */
function refusal(
  change: (resources: FhirResource[], plan: PlanDefinition, parameters: Parameters) => void,
): string {
  const { all, plan, contained } = copied()
  change(all, plan, contained)
  return problemOf(() => loadPolicy(all))
}

function problemOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem && error.code === 'policy-invalid')
      return error.issues.map(({ diagnostics }) => diagnostics).join('\n')
    throw error
  }
  return ''
}

t.test('the stock policy', async (t) => {
  t.equal(
    policy.canonical,
    'https://referloop.example/fhir/PlanDefinition/ketamine-infusion-referral|1.0.0',
  )
  t.equal(policy.parameters.minMme, 20)
  t.strictSame(policy.outcomes, {
    ready: 'send',
    'clinician-review': 'send',
    incomplete: 'await-information',
    'not-eligible': 'await-acknowledgement',
    contraindicated: 'await-acknowledgement',
  })
  const relative = policy.criteria.filter((each) => each.class === 'relative').map(({ id }) => id)
  t.strictSame(relative, ['intracranial-pressure', 'glaucoma'])
  t.ok(Object.isFrozen(policy))
  t.throws(() => Object.assign(policy.parameters, { minMme: 1 }))
})

t.test('all faults of a policy are told at once', async (t) => {
  const issues = refusal((_, plan, { parameter = [] }) => {
    parameter.splice(0, 2)
    plan.action?.at(-1)?.action?.pop()
  })
  t.equal(issues.split('\n').length, 3)
})

const override = (overrides: PolicyOverrides) => overridePolicy(policy, overrides)

t.test("a clinic's own numbers, classes, criteria and outcomes", async (t) => {
  const old = { pain: pain(daysFrom(-100), 8), opioid: null }
  t.equal(criterion(screenBundle(bundleOf(old)), 'baseline-pain-score').verdict, 'not-documented')
  const longer = override({ parameters: { painWindow: 100 } })
  t.equal(
    criterion(screenBundle(bundleOf(old), undefined, longer), 'baseline-pain-score').verdict,
    'met',
  )

  const glaucoma = { add: [condition(code(icd, 'H40.1131'))], answers: { glaucoma: 'Y' } }
  t.equal(screenBundle(bundleOf(glaucoma)).overall, 'clinician-review')
  const strict = override({ class: { glaucoma: 'absolute' } })
  t.equal(screenBundle(bundleOf(glaucoma), undefined, strict).overall, 'contraindicated')

  const dropped = override({ drop: ['glaucoma', 'treatment-failure-or-surgery'] })
  t.equal(dropped.criteria.length, 10)
  t.equal(screenBundle(bundleOf(glaucoma), undefined, dropped).overall, 'ready')
  t.equal(screenBundle(bundleOf({ opioid: null }), undefined, dropped).overall, 'ready')

  const sending = override({ outcomes: { incomplete: 'send' } })
  t.equal(screenBundle(bundleOf({ form: null }), undefined, sending).next, 'send')
  t.equal(screenBundle(bundleOf({ form: null })).next, 'await-information')
  t.equal(override({ title: 'Ours' }).title, 'Ours')
  t.equal(policy.parameters.painWindow, 90, 'the stock policy stays as it is')
})

t.test('overrides that cannot be made are refused', async (t) => {
  const refused = (overrides: unknown) => problemOf(() => override(overrides as PolicyOverrides))
  t.match(refused({ parameters: { x: 1 } }), 'parameters.x')
  t.match(refused({ parameters: { minMme: '20' } }), 'must be a number')
  t.match(refused({ parameters: { minMme: -1 } }), 'at least 0')
  t.match(refused({ parameters: { minMme: Number.NaN } }), 'at least 0')
  t.match(refused({ parameters: { painWindow: 1.5 } }), 'whole')
  t.match(refused({ parameters: { bpReviewSystolic: 170 } }), 'bpFailSystolic')
  t.match(refused({ class: { chronicity: 'relative' } }), 'no contraindication')
  t.match(refused({ class: { glaucoma: 'mild' } }), 'absolute or relative')
  t.match(refused({ drop: ['x'] }), "no criterion 'x'")
  t.match(refused({ drop: policy.criteria.map(({ id }) => id) }), 'no criterion')
  t.match(refused({ outcomes: { x: 'send' } }), 'outcomes.x')
  t.match(refused({ outcomes: { ready: 'decline' } }), 'must be one of')
  t.match(refused({ criterion: [] }), 'criterion: unknown')
  t.equal(refused({}), '')
})

t.test('a dropped part leaves the others', async (t) => {
  const surgeryOnly = override({ drop: ['failed-opioid-therapy', 'failed-other-therapies'] })
  const result = screenBundle(
    bundleOf({
      answers: { 'planned-surgery': 'Y' },
      opioid: null,
      condition: condition(code(icd, 'G90.511'), clinical('active')),
    }),
    undefined,
    surgeryOnly,
  )
  t.equal(criterion(result, 'treatment-failure-or-surgery').verdict, 'met')
})

t.test('a number says its unit, or is in the unit that the policy has', async (t) => {
  t.equal(
    override({ parameters: { painWindow: { value: 30, unit: 'd' } } }).parameters.painWindow,
    30,
  )
  const refused = (parameters: unknown) => problemOf(() => overridePolicy(policy, { parameters }))
  t.match(refused({ painWindow: { value: 4, unit: 'wk' } }), "painWindow must be given in 'd'")
  t.match(refused({ painWindow: { value: 4 } }), "painWindow must be given in 'd'")
  t.match(refused({ painWindow: { unit: 'd' } }), 'parameters.painWindow: must be a number')
  t.match(refused({ painWindow: null }), 'parameters.painWindow: must be a number')
})

t.test(
  'numbers beyond what their unit allows are refused, those on the edge are not',
  async (t) => {
    const rows: readonly (readonly [string, number, number])[] = [
      ['painWindow', 36_500, 36_501],
      ['pregnancyMaxAge', 150, 151],
      ['reliefPct', 100, 100.5],
      ['painEvidenceScore', 10, 10.5],
      ['ineffectiveScore', 10, 11],
      ['auditReview', 40, 41],
      ['dastReview', 10, 11],
      ['altFail', 100, 101],
      ['minMme', 1_000, 1_001],
      ['bpFailSystolic', 300, 301],
      ['enzymeUpperLimit', 1_000, 1_001],
      ['bilirubinReview', 100, 101],
      ['hcgQuantitative', 10_000, 10_001],
    ]
    for (const [name, largest, beyond] of rows) {
      const refused = (value: number) =>
        problemOf(() => overridePolicy(policy, { parameters: { [name]: value } }))
      t.equal(refused(largest), '', name)
      t.match(refused(beyond), `${name} must be at most ${largest}`)
    }
  },
)

t.test('a band that is upside down is refused in a plan as in overrides', async (t) => {
  const crossed = refusal((_, __, { parameter = [] }) =>
    Object.assign(parameter.find(({ name }) => name === 'bpReviewSystolic')?.valueQuantity ?? {}, {
      value: 161,
    }),
  )
  t.match(crossed, 'bpReviewSystolic must not be above bpFailSystolic')
  t.equal(
    problemOf(() => override({ parameters: { altReview: 5 } })),
    '',
    'equal is no band, and allowed',
  )
})

t.test('overrides of the wrong shape are refused, each at its place', async (t) => {
  const refused = (json: unknown) => problemOf(() => overridePolicy(policy, json))
  for (const json of [null, [], 'x', 5])
    t.match(refused(json), 'policyOverrides: must be an object')
  const all = refused({
    title: 5,
    parameters: [],
    class: 'x',
    drop: 'glaucoma',
    outcomes: [],
    criteria: 1,
  })
  t.same(all.split('\n').sort(), [
    'class: must be an object.',
    'criteria: must be a list.',
    'drop: must be a list of criterion ids.',
    'outcomes: must be an object.',
    'parameters: must be an object.',
    'title: must be a text.',
  ])
})

t.test('a policy without lists of words goes by codes alone', async (t) => {
  const { all, contained } = copied()
  contained.parameter = contained.parameter?.filter(({ name }) => name !== 'words') ?? []
  const wordless = loadPolicy(all)
  const written = bundleOf({
    referral: { reasonCode: [{ text: 'Raised intracranial pressure, schizophrenia' }] },
    add: [
      condition({ text: 'Glaucoma, cirrhosis, pregnancy and chronic back pain' }),
      allergy({ text: 'Ketamine' }),
      medicine('1', '2026-01-10', undefined, undefined, {
        status: 'active',
        medicationCodeableConcept: { text: 'Suboxone' },
      }),
      {
        resourceType: 'ServiceRequest',
        status: 'active',
        intent: 'order',
        code: { text: 'Spinal fusion surgery' },
        subject: { reference: 'urn:uuid:patient' },
        occurrenceDateTime: '2026-04-01',
      },
    ],
  })
  const byWords = screenBundle(written)
  const byCodes = screenBundle(written, undefined, wordless)
  for (const id of [
    'liver-disease',
    'psychosis',
    'substance-use',
    'intracranial-pressure',
    'glaucoma',
    'pregnancy',
    'ketamine-hypersensitivity',
  ] as const) {
    t.equal(criterion(byWords, id).verdict, 'needs-review', id)
    t.equal(criterion(byCodes, id).verdict, 'met', id)
  }
  t.equal(criterion(byWords, 'planned-surgery').verdict, 'needs-review')
  t.equal(criterion(byCodes, 'planned-surgery').verdict, 'not-met')
})

t.test('the policy is the PlanDefinition of the id, whatever else is published', async (t) => {
  const { all, plan } = copied()
  const id = 'ketamine-infusion-referral'
  all.unshift(
    { resourceType: 'Questionnaire', id, status: 'active' },
    { resourceType: 'PlanDefinition', id: 'another', status: 'active' },
  )
  plan.contained?.unshift({ resourceType: 'Library', id: 'notes' })
  plan.relatedArtifact?.unshift({
    type: 'depends-on',
    resource: 'https://referloop.example/fhir/CodeSystem/value-set-role',
  })
  const found = loadPolicy(all)
  t.equal(found.canonical, policy.canonical)
  t.equal(found.medicines.named('oxycodone').length, 1)
  t.throws(() => loadPolicy(all, 'none'), {
    code: 'policy-invalid',
  })
})

t.test('a policy is called by its title, its name or its id', async (t) => {
  const { all, plan } = copied()
  Object.assign(plan, { title: 'Ketamine', name: 'KetamineReferral' })
  t.equal(loadPolicy(all).title, 'Ketamine')
  delete plan.title
  t.equal(loadPolicy(all).title, 'KetamineReferral')
  delete plan.name
  t.equal(loadPolicy(all).title, 'ketamine-infusion-referral')
})

t.test(
  'a criterion has its title or its id, and a class when it is a contraindication',
  async (t) => {
    const all = structuredClone(readPublished()) as FhirResource[]
    const plan = all.find((each) => each.resourceType === 'PlanDefinition') as PlanDefinition
    delete plan.action?.[1]?.title
    const { criteria } = loadPolicy(all)
    t.strictSame(
      criteria.slice(0, 2).map(({ id, title }) => [id, title]),
      [
        ['qualifying-condition', plan.action?.[0]?.title],
        ['chronicity', 'chronicity'],
      ],
    )
    for (const criterion of criteria)
      t.equal('class' in criterion, criterion.kind === 'contraindication', criterion.id)
  },
)

t.test('what the words are for may stand after them, and what is no word is none', async (t) => {
  const { all, contained } = copied()
  contained.parameter?.push({
    name: 'words',
    part: [
      { name: 'word', valueString: 'iris' },
      { name: 'comment', valueInteger: 1 },
      { name: 'for', valueCode: 'glaucoma' },
    ],
  })
  t.equal(loadPolicy(all).words.get('glaucoma')?.find('Iris bombe'), 'Iris')
})

t.test('overrides leave alone what they do not name', async (t) => {
  const same = overridePolicy(policy, { title: undefined, parameters: { minMme: 0 } })
  t.equal(same.title, policy.title)
  t.strictSame(same.parameters, { ...policy.parameters, minMme: 0 })
  t.strictSame(override({ outcomes: { incomplete: 'send' } }).outcomes, {
    ...policy.outcomes,
    incomplete: 'send',
  })
  t.strictSame(
    override({ class: { glaucoma: 'absolute' } }).criteria.map((each) => [each.id, each.class]),
    policy.criteria.map((each) => [each.id, each.id === 'glaucoma' ? 'absolute' : each.class]),
  )
})

t.test('a number may keep the text in which it was written', async (t) => {
  const minMme = new FhirDecimal('19.50')
  t.equal(overridePolicy(policy, { parameters: { minMme } }).parameters.minMme, 19.5)
})

t.test('an alternative of a clinic stands where those of the policy stood', async (t) => {
  const drop = ['failed-opioid-therapy', 'failed-other-therapies', 'planned-surgery']
  const alternative = adult({ partOf: 'treatment-failure-or-surgery' })
  const only = overridePolicy(policy, { drop, criteria: [alternative] })
  const ids = only.criteria.map(({ id }) => id)
  t.equal(ids[ids.indexOf('treatment-failure-or-surgery') + 1], 'adult')
  const beside = overridePolicy(policy, { criteria: [alternative] })
  const all = beside.criteria.map(({ id }) => id)
  t.equal(all[all.indexOf('planned-surgery') + 1], 'adult', 'after the others')
})
