/** Every mistake in a policy is told word for word, at its place: a medical director mends it by that. */

import type { CodeSystem, FhirResource, Parameters, PlanDefinition } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { policy } from './build.ts'
import { adult, stimulator } from './own.ts'

/** Place and reason of each mistake; every issue has its place as expression as well. */
function mistakes(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'policy-invalid') throw error
    return error.issues.map(({ severity, code, diagnostics = '', expression }) => {
      if (severity !== 'error' || code !== 'invalid') return `${severity} ${code}`
      return diagnostics.startsWith(`${expression?.[0]}: `)
        ? diagnostics
        : `elsewhere: ${diagnostics}`
    })
  }
  return []
}

const inPlan = (
  change: (plan: PlanDefinition, parameters: Parameters, all: FhirResource[]) => unknown,
): readonly string[] => {
  const all = readPublished() as FhirResource[]
  const plan = all.find((each) => each.resourceType === 'PlanDefinition') as PlanDefinition
  change(plan, plan.contained?.[0] as unknown as Parameters, all)
  return mistakes(() => loadPolicy(all))
}

const inOverrides = (json: unknown) => mistakes(() => overridePolicy(policy, json))

const inOwn = (more: object) => inOverrides({ criteria: [adult({ ...more })] })

const without = (all: FhirResource[], id: string) =>
  void all.splice(
    all.findIndex((each) => each.id === id),
    1,
  )

type Row = readonly [what: string, told: () => readonly string[], wanted: readonly string[]]

const codeOf = (plan: PlanDefinition, action: number, index: number) =>
  plan.action?.[action]?.code?.[index]?.coding?.[0] ?? {}
const quantityOf = ({ parameter = [] }: Parameters, name: string) =>
  parameter.find((each) => each.name === name)?.valueQuantity ?? {}
const last = ({ parameter = [] }: Parameters) =>
  `PlanDefinition.contained[0].parameter[${parameter.length}]`
const end = last(
  (readPublished() as FhirResource[]).find((each) => each.resourceType === 'PlanDefinition')
    ?.contained?.[0] as Parameters,
)

const plans: readonly Row[] = [
  ['nothing wrong', () => inPlan(() => undefined), []],
  [
    'no medicines',
    () => inPlan((_, __, all) => without(all, 'rxnorm-pain-medicines')),
    ['PlanDefinition.relatedArtifact: the medicines (a supplement of RxNorm) are not published.'],
  ],
  [
    'no form',
    () => inPlan((_, __, all) => without(all, 'ketamine-infusion-screening')),
    ['PlanDefinition.relatedArtifact: the screening form is not published.'],
  ],
  [
    'a medicine of no kind',
    () =>
      inPlan((_, __, all) => {
        const { concept = [] } = all.find(({ id }) => id === 'rxnorm-pain-medicines') as CodeSystem
        concept[3]?.property?.splice(0)
      }),
    ['CodeSystem.concept[3]: property kind must be ingredient or product.'],
  ],
  [
    'a value set is not there',
    () => inPlan((_, __, all) => without(all, 'x6-glaucoma')),
    [
      'PlanDefinition.action[9].input[0].codeFilter: the value set https://referloop.example/fhir/ValueSet/x6-glaucoma is not published.',
    ],
  ],
  [
    'no artifacts',
    () => inPlan((plan) => delete plan.relatedArtifact),
    [
      'PlanDefinition.relatedArtifact: the screening form is not published.',
      'PlanDefinition.relatedArtifact: the medicines (a supplement of RxNorm) are not published.',
    ],
  ],
  [
    'no parameters',
    () => inPlan((plan) => delete plan.contained),
    ['PlanDefinition.contained: the Parameters with the numbers and words are missing.'],
  ],
  [
    'two numbers are missing',
    () => inPlan((_, { parameter = [] }) => parameter.splice(0, 2)),
    [
      'PlanDefinition.contained[0]: parameter painWindow is missing.',
      'PlanDefinition.contained[0]: parameter painEvidenceScore is missing.',
    ],
  ],
  [
    'an unknown number',
    () => inPlan((_, { parameter = [] }) => parameter.push({ name: 'toString' })),
    [`${end}: there is no parameter 'toString'.`],
  ],
  [
    'another unit',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'painWindow'), { code: 'wk' })),
    [
      "PlanDefinition.contained[0].parameter[0].valueQuantity: painWindow must be given in 'd'.",
      'PlanDefinition.contained[0]: parameter painWindow is missing.',
    ],
  ],
  [
    'a negative number',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'minMme'), { value: -1 })),
    ['PlanDefinition.contained[0]: minMme must be a number of at least 0.'],
  ],
  [
    'half a day',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'bpWindow'), { value: 1.5 })),
    ['PlanDefinition.contained[0]: bpWindow must be a whole number.'],
  ],
  [
    'half a year',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'lookBackYears'), { value: 1.5 })),
    ['PlanDefinition.contained[0]: lookBackYears must be a whole number.'],
  ],
  [
    'half a class',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'minNonOpioidClasses'), { value: 1.5 })),
    ['PlanDefinition.contained[0]: minNonOpioidClasses must be a whole number.'],
  ],
  [
    'half a milligram',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'minMme'), { value: 19.5 })),
    [],
  ],
  [
    'too much',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'reliefPct'), { value: 101 })),
    ['PlanDefinition.contained[0]: reliefPct must be at most 100 %.'],
  ],
  [
    'systolic bands crossed',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'bpReviewSystolic'), { value: 170 })),
    ['PlanDefinition.contained[0]: bpReviewSystolic must not be above bpFailSystolic.'],
  ],
  [
    'diastolic bands crossed',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'bpReviewDiastolic'), { value: 110 })),
    ['PlanDefinition.contained[0]: bpReviewDiastolic must not be above bpFailDiastolic.'],
  ],
  [
    'enzyme bands crossed',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'altReview'), { value: 6 })),
    ['PlanDefinition.contained[0]: altReview must not be above altFail.'],
  ],
  [
    'ages crossed',
    () => inPlan((_, p) => Object.assign(quantityOf(p, 'pregnancyMinAge'), { value: 56 })),
    ['PlanDefinition.contained[0]: pregnancyMinAge must not be above pregnancyMaxAge.'],
  ],
  [
    'words for nothing',
    () => inPlan((_, { parameter = [] }) => parameter.push({ name: 'words', part: [] })),
    [`${end}: says not what the words are for.`],
  ],
  [
    'an empty word',
    () =>
      inPlan((_, { parameter = [] }) =>
        parameter.push({
          name: 'words',
          part: [
            { name: 'for', valueCode: 'glaucoma' },
            { name: 'word', valueString: 'iris' },
            { name: 'word', valueString: ' ' },
          ],
        }),
      ),
    [`${end}: has an empty word.`],
  ],
  [
    'sentences of nobody',
    () => inPlan((_, { parameter = [] }) => parameter.push({ name: 'criterion', part: [] })),
    [`${end}: belongs to no criterion of your own.`],
  ],
  [
    'an unknown criterion',
    () => inPlan((plan) => Object.assign(codeOf(plan, 0, 0), { code: 'x' })),
    ["PlanDefinition.action[0].code: there is no criterion 'x'."],
  ],
  [
    'an unknown kind',
    () => inPlan((plan) => Object.assign(codeOf(plan, 0, 1), { code: 'x' })),
    ['PlanDefinition.action[0].code: the kind must be required or contraindication.'],
  ],
  [
    'an unknown class',
    () => inPlan((plan) => Object.assign(codeOf(plan, 4, 2), { code: 'x' })),
    ['PlanDefinition.action[4].code: the class must be absolute or relative.'],
  ],
  [
    'twice',
    () => inPlan((plan) => plan.action?.splice(1, 0, plan.action[0] as never)),
    ["PlanDefinition.action[1]: 'qualifying-condition' is there twice."],
  ],
  [
    'a part of another',
    () => inPlan((plan) => Object.assign(plan.action?.[0] ?? {}, { action: [plan.action?.[1]] })),
    [
      "PlanDefinition.action[0].action[0]: 'qualifying-condition' has no parts.",
      "PlanDefinition.action[1]: 'chronicity' is there twice.",
    ],
  ],
  [
    'a condition of its own',
    () =>
      inPlan((plan) =>
        Object.assign(plan.action?.[0] ?? {}, { condition: [{ kind: 'applicability' }] }),
      ),
    [
      "PlanDefinition.action[0].condition: 'qualifying-condition' has a rule of ours: write the expression into a criterion of your own.",
    ],
  ],
  [
    'an outcome is missing',
    () => inPlan((plan) => plan.action?.at(-1)?.action?.pop()),
    ["PlanDefinition.action: says not what follows 'contraindicated'."],
  ],
  [
    'an outcome that is no action',
    () =>
      inPlan((plan) => {
        for (const { coding = [] } of plan.action?.at(-1)?.action?.[0]?.code ?? [])
          for (const each of coding)
            if (each.system?.endsWith('policy-action')) each.code = 'decline'
      }),
    [
      "PlanDefinition.action: 'ready' leads to nothing known.",
      "PlanDefinition.action: says not what follows 'ready'.",
    ],
  ],
  [
    'nothing at all',
    () => inPlan((plan) => plan.action?.splice(0)),
    [
      'PlanDefinition.action: there is no criterion.',
      "PlanDefinition.action: says not what follows 'ready'.",
      "PlanDefinition.action: says not what follows 'incomplete'.",
      "PlanDefinition.action: says not what follows 'clinician-review'.",
      "PlanDefinition.action: says not what follows 'not-eligible'.",
      "PlanDefinition.action: says not what follows 'contraindicated'.",
    ],
  ],
  [
    'no actions',
    () => inPlan((plan) => delete plan.action).slice(0, 1),
    ['PlanDefinition.action: there is no criterion.'],
  ],
  [
    'a code system for a value set',
    () =>
      inPlan((plan) =>
        Object.assign(plan.action?.[9]?.input?.[0]?.codeFilter?.[0] ?? {}, {
          valueSet: 'https://referloop.example/fhir/CodeSystem/value-set-role',
        }),
      ),
    [
      'PlanDefinition.action[9].input[0].codeFilter: the value set https://referloop.example/fhir/CodeSystem/value-set-role is not published.',
    ],
  ],
  [
    'a pattern that is no regular expression',
    () =>
      inPlan((_, __, all) =>
        all.push({
          resourceType: 'ValueSet',
          status: 'active',
          compose: {
            include: [{ system: 'urn:x', filter: [{ property: 'code', op: 'regex', value: '(' }] }],
          },
        }),
      ),
    [
      'ValueSet.compose.include.filter: not a regular expression (SyntaxError: Invalid regular expression: /^(?:()$/: Unterminated group).',
    ],
  ],
  [
    'a number without a quantity',
    () =>
      inPlan((_, { parameter = [] }) => {
        delete parameter[0]?.valueQuantity
      }),
    [
      "PlanDefinition.contained[0].parameter[0].valueQuantity: painWindow must be given in 'd'.",
      'PlanDefinition.contained[0]: parameter painWindow is missing.',
    ],
  ],
  [
    'what nobody evaluates',
    () =>
      inPlan((plan) =>
        Object.assign(plan.action?.[0] ?? {}, { trigger: [], definitionUri: 'urn:x' }),
      ),
    [
      'PlanDefinition.action[0].definitionUri: is not evaluated: leave it out.',
      'PlanDefinition.action[0].trigger: is not evaluated: leave it out.',
    ],
  ],
]

const overrides: readonly Row[] = [
  [
    'a drop that is no id',
    () => inOverrides({ drop: ['glaucoma', 5] }),
    ['drop: must be a list of criterion ids.'],
  ],
  [
    'the second of two criteria',
    () => inOverrides({ criteria: [adult(), adult({ id: 'of-age', metWhen: '%grown' })] }),
    [
      "criteria[1]: there is no variable %grown; known are %referral, %patient, %referralDate, %checkDate, %context, %ucum, %sct, %loinc and the ids of the clinic's own criteria.",
    ],
  ],
  [
    'dropped what a criterion that stays refers to',
    () => {
      const two = [adult(), adult({ id: 'of-age', metWhen: '%adult' })]
      const both = overridePolicy(policy, { criteria: two })
      return mistakes(() => overridePolicy(both, { drop: ['adult'] }))
    },
    [
      "'of-age': there is no variable %adult; known are %referral, %patient, %referralDate, %checkDate, %context, %ucum, %sct, %loinc and the ids of the clinic's own criteria.",
    ],
  ],
  [
    'an unknown number',
    () => inOverrides({ parameters: { toString: 1 } }),
    ['parameters.toString: there is no such parameter.'],
  ],
  [
    'a text for a number',
    () => inOverrides({ parameters: { minMme: '20' } }),
    ['parameters.minMme: must be a number.'],
  ],
  [
    'a negative number',
    () => inOverrides({ parameters: { minMme: -1 } }),
    ['parameters.minMme: minMme must be a number of at least 0.'],
  ],
  [
    'another unit',
    () => inOverrides({ parameters: { painWindow: { value: 4, unit: 'wk' } } }),
    ["parameters.painWindow: painWindow must be given in 'd'."],
  ],
  [
    'bands crossed',
    () => inOverrides({ parameters: { bpReviewSystolic: 170 } }),
    ['parameters.bpReviewSystolic: bpReviewSystolic must not be above bpFailSystolic.'],
  ],
  [
    'no contraindication',
    () => inOverrides({ class: { chronicity: 'relative' } }),
    ['class.chronicity: is no contraindication of the policy.'],
  ],
  [
    'an unknown criterion',
    () => inOverrides({ class: { x: 'relative' } }),
    ['class.x: is no contraindication of the policy.'],
  ],
  [
    'an unknown class',
    () => inOverrides({ class: { glaucoma: 'mild' } }),
    ['class.glaucoma: must be absolute or relative.'],
  ],
  [
    'dropped what is not there',
    () => inOverrides({ drop: ['x'] }),
    ["drop: there is no criterion 'x'."],
  ],
  [
    'dropped everything',
    () => inOverrides({ drop: policy.criteria.map(({ id }) => id) }),
    ['drop: leaves no criterion.'],
  ],
  [
    'an unknown result',
    () => inOverrides({ outcomes: { x: 'send' } }),
    ['outcomes.x: there is no such overall result.'],
  ],
  [
    'an unknown action',
    () => inOverrides({ outcomes: { ready: 'decline' } }),
    ['outcomes.ready: must be one of send, await-information, await-acknowledgement.'],
  ],
  [
    'an unknown member',
    () => inOverrides({ criterion: [] }),
    ['criterion: unknown; known are title, parameters, class, drop, outcomes, criteria.'],
  ],
  ['no object', () => inOverrides('x'), ['policyOverrides: must be an object.']],
  [
    'several at once',
    () =>
      inOverrides({ title: 5, parameters: [], class: 'x', drop: [1], outcomes: [], criteria: 1 }),
    [
      'title: must be a text.',
      'parameters: must be an object.',
      'class: must be an object.',
      'drop: must be a list of criterion ids.',
      'outcomes: must be an object.',
      'criteria: must be a list.',
    ],
  ],
]

const own: readonly Row[] = [
  ['no list', () => inOverrides({ criteria: 'x' }), ['criteria: must be a list.']],
  [
    'too many',
    () => inOverrides({ criteria: Array.from({ length: 51 }, (_, n) => adult({ id: `a${n}` })) }),
    ['criteria: has at most 50 criteria.'],
  ],
  ['no object', () => inOverrides({ criteria: ['x'] }), ['criteria[0]: must be an object.']],
  [
    'an unknown member',
    () => inOwn({ when: 'true' }),
    [
      'criteria[0].when: unknown; known are id, title, kind, class, partOf, metWhen, presentWhen, absentWhen, evidence, explanations, needed, inputs.',
    ],
  ],
  [
    'an id in capitals',
    () => inOwn({ id: 'Adult' }),
    ['criteria[0].id: must be 1 to 63 small letters, digits or hyphens.'],
  ],
  [
    'an id of ours',
    () => inOwn({ id: 'glaucoma' }),
    ["criteria[0].id: 'glaucoma' is the id of a criterion with a rule of ours."],
  ],
  [
    'an id of a variable',
    () => inOwn({ id: 'patient' }),
    ["criteria[0].id: 'patient' means something in expressions."],
  ],
  [
    'no id',
    () => inOwn({ id: undefined }),
    ['criteria[0].id: must be 1 to 63 small letters, digits or hyphens.'],
  ],
  [
    'no title',
    () => inOwn({ title: '' }),
    ['criteria[0].title: must be a sentence of 1 to 500 characters.'],
  ],
  [
    'an unknown kind',
    () => inOwn({ kind: 'wish' }),
    ['criteria[0].kind: must be required or contraindication.'],
  ],
  [
    'a class where there is none',
    () => inOwn({ class: 'absolute' }),
    ['criteria[0].class: is for contraindications only.'],
  ],
  [
    'an unknown class',
    () => inOverrides({ criteria: [stimulator({ class: 'mild' })] }),
    ['criteria[0].class: must be absolute or relative.'],
  ],
  [
    'part of itself',
    () => inOwn({ partOf: 'adult' }),
    ['criteria[0].partOf: is a circle: a criterion is no part of itself.'],
  ],
  [
    'part of what has no parts',
    () => inOwn({ partOf: 'chronicity' }),
    ["criteria[0].partOf: only 'treatment-failure-or-surgery' has alternatives."],
  ],
  [
    'an alternative that is a contraindication',
    () => inOverrides({ criteria: [stimulator({ partOf: 'treatment-failure-or-surgery' })] }),
    ['criteria[0].partOf: an alternative is a required criterion.'],
  ],
  [
    'an expression of another kind',
    () => inOwn({ presentWhen: 'true' }),
    ['criteria[0].presentWhen: a criterion that is required has metWhen, evidence.'],
  ],
  [
    'no expression',
    () => inOwn({ metWhen: undefined }),
    ['criteria[0].metWhen: must be a FHIRPath expression.'],
  ],
  [
    'no text for an expression',
    () => inOwn({ metWhen: 5 }),
    ['criteria[0].metWhen: must be a FHIRPath expression.'],
  ],
  [
    'an expression with a mistake',
    () => inOwn({ metWhen: 'entry.' }),
    ['criteria[0].metWhen: line 1, column 7: mismatched input the end of the expression.'],
  ],
  [
    'no evidence',
    () => inOwn({ evidence: undefined }),
    ['criteria[0].evidence: must be a FHIRPath expression.'],
  ],
  [
    'no sentences',
    () => inOwn({ explanations: undefined }),
    ['criteria[0].explanations: must have a sentence for each of met, not-met, not-documented.'],
  ],
  [
    'a sentence too many',
    () =>
      inOwn({ explanations: { met: 'Yes.', 'not-met': 'No.', 'not-documented': '?', late: 'x' } }),
    ['criteria[0].explanations.late: known are met, not-met, not-documented.'],
  ],
  [
    'a sentence missing',
    () => inOwn({ explanations: { met: 'Yes.', 'not-met': 'No.' } }),
    ['criteria[0].explanations.not-documented: must be a sentence of 1 to 500 characters.'],
  ],
  [
    'an empty sentence',
    () => inOwn({ needed: ' ' }),
    ['criteria[0].needed: must be a sentence of 1 to 500 characters.'],
  ],
  [
    'a sentence without end',
    () => inOwn({ needed: 'x'.repeat(501) }),
    ['criteria[0].needed: must be a sentence of 1 to 500 characters.'],
  ],
  [
    'inputs that are no list',
    () => inOwn({ inputs: 'x' }),
    ['criteria[0].inputs: must be a list.'],
  ],
  [
    'an input of another type',
    () => inOwn({ inputs: [{ type: 'Account' }] }),
    [
      'criteria[0].inputs[0].type: must be one of AllergyIntolerance, Appointment, Condition, DiagnosticReport, Encounter, FamilyMemberHistory, Immunization, MedicationAdministration, MedicationDispense, MedicationRequest, MedicationStatement, Observation, Procedure, QuestionnaireResponse, ServiceRequest.',
    ],
  ],
  [
    'an unknown value set',
    () =>
      inOwn({
        inputs: [
          { type: 'Condition', codeFilter: [{ path: 'code', valueSet: 'https://x.example/v' }] },
        ],
      }),
    ['criteria[0].inputs[0].codeFilter: the value set https://x.example/v is not published.'],
  ],
  [
    'a circle',
    () =>
      inOverrides({
        criteria: [adult({ metWhen: '%other' }), adult({ id: 'other', metWhen: '%adult' })],
      }),
    ['criteria[0]: is a circle, it refers to itself: adult -> other -> adult.'],
  ],
  [
    'twice',
    () => inOverrides({ criteria: [adult(), adult()] }),
    ["criteria: 'adult' is there twice."],
  ],
  [
    'part of what is dropped',
    () =>
      inOverrides({
        drop: ['treatment-failure-or-surgery'],
        criteria: [adult({ partOf: 'treatment-failure-or-surgery' })],
      }),
    ["criteria: 'adult' is part of 'treatment-failure-or-surgery', which is dropped."],
  ],
]

t.test('no plan of the id', async (t) => {
  t.throws(() => loadPolicy([], 'x'), {
    code: 'policy-invalid',
    message: "There is no PlanDefinition with the id 'x'.",
  })
})

for (const [where, rows] of Object.entries({ plan: plans, overrides, 'criteria of a clinic': own }))
  for (const [what, told, wanted] of rows)
    t.test(`${where}: ${what}`, async (t) => {
      t.same(told(), wanted)
    })
