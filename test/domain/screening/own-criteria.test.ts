import { readFileSync } from 'node:fs'
import type { FhirResource, Parameters, PlanDefinition, PlanDefinitionAction } from 'fhir/r4'
import t from 'tap'
import { Problem } from '../../../src/domain/problem.ts'
import { toGuidanceResponse } from '../../../src/domain/screening/guidance-response.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import type { ExpressionAnswer } from '../../../src/domain/screening/own-findings.ts'
import { packetOf, packetOfBundle } from '../../../src/domain/screening/packet.ts'
import type { ExpressionPart, Policy } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import type { ScreeningResult } from '../../../src/domain/screening/result.ts'
import {
  type ExpressionInput,
  screenReferral,
} from '../../../src/domain/screening/screen-referral.ts'
import { toTable } from '../../../src/domain/screening/table.ts'
import {
  bundleOf,
  code,
  condition,
  icd,
  measured,
  opioid,
  type Parts,
  policy,
  screenBundle,
  verification,
} from './build.ts'
import { adult, isOwn, stimulator } from './own.ts'

const having = (...criteria: readonly unknown[]): Policy => overridePolicy(policy, { criteria })

function faultsOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem && error.code === 'policy-invalid')
      return error.issues.map(({ diagnostics }) => diagnostics).join('\n')
    throw error
  }
  return ''
}

const refused = (...criteria: readonly unknown[]) => faultsOf(() => having(...criteria))

type Value = ExpressionAnswer['value']
/** What the expressions are said to come to; evidence that is not said is one record. */
type Said = Partial<Record<ExpressionPart, Value>>

/** Screens with expressions that come to what a test says. */
async function screenSaying(
  by: Policy,
  said: Readonly<Record<string, Said>>,
  parts: Parts = {},
): Promise<ScreeningResult> {
  const packet = packetOfBundle(bundleOf(parts), ({ display }) => display === 'clinic')
  return screenReferral(packet, by, { asOf: '2026-03-09' }, async (expressions) =>
    expressions.map(({ criterion, part }) => ({
      value: said[criterion]?.[part] ?? (part === 'evidence' ? 'true' : 'empty'),
      references: part === 'evidence' ? ['urn:uuid:patient'] : [],
    })),
  )
}

const found = (result: ScreeningResult, id: string) =>
  result.criteria.find((each) => each.id === id)

t.test('a required criterion is met when metWhen is true, not met when it is false', async (t) => {
  const by = having(adult())
  const rows: readonly (readonly [Value, string, string])[] = [
    ['true', 'met', 'ready'],
    ['false', 'not-met', 'not-eligible'],
    ['empty', 'not-documented', 'incomplete'],
    ['unclear', 'needs-review', 'clinician-review'],
    ['failed', 'needs-review', 'clinician-review'],
    ['timed-out', 'needs-review', 'clinician-review'],
  ]
  for (const [value, verdict, overall] of rows) {
    const result = await screenSaying(by, { adult: { metWhen: value } })
    t.equal(found(result, 'adult')?.verdict, verdict, value)
    t.equal(result.overall, overall, value)
  }
})

t.test('a contraindication needs its presence shown, or its absence', async (t) => {
  const rows: readonly (readonly [present: Value, absent: Value, verdict: string])[] = [
    ['true', 'empty', 'not-met'],
    ['true', 'false', 'not-met'],
    ['true', 'true', 'conflicting'],
    ['false', 'true', 'met'],
    ['empty', 'true', 'met'],
    ['false', 'false', 'not-documented'],
    ['empty', 'empty', 'not-documented'],
    ['false', 'empty', 'not-documented'],
    ['failed', 'true', 'needs-review'],
    ['unclear', 'true', 'needs-review'],
    ['timed-out', 'empty', 'needs-review'],
    ['empty', 'failed', 'needs-review'],
    ['true', 'failed', 'not-met'],
    ['true', 'timed-out', 'not-met'],
  ]
  for (const [presentWhen, absentWhen, verdict] of rows) {
    const result = await screenSaying(having(stimulator()), {
      stimulator: { presentWhen, absentWhen },
    })
    t.equal(found(result, 'stimulator')?.verdict, verdict, `${presentWhen} ${absentWhen}`)
  }
})

t.test('its class decides what it comes to', async (t) => {
  const there = { stimulator: { presentWhen: 'true' as const } }
  t.equal((await screenSaying(having(stimulator()), there)).overall, 'contraindicated')
  const relative = having(stimulator({ class: 'relative' }))
  t.equal((await screenSaying(relative, there)).overall, 'clinician-review')
})

t.test('what the clinic wrote is what everybody reads', async (t) => {
  const by = having(adult(), stimulator())
  const result = await screenSaying(by, {
    adult: { metWhen: 'true' },
    stimulator: { presentWhen: 'true', absentWhen: 'true' },
  })
  t.same(found(result, 'adult'), {
    id: 'adult',
    title: 'An adult',
    kind: 'required',
    verdict: 'met',
    explanation: 'The patient is 18 or older.',
    evidence: ['urn:uuid:patient'],
    needed: [],
  })
  t.match(found(result, 'stimulator'), {
    class: 'absolute',
    explanation: 'A stimulator is on file, and the form says that there is none.',
    needed: [{ text: 'Correct the record or the answer, whichever is wrong, and send it again.' }],
  })
  const guidance = JSON.stringify(toGuidanceResponse(result))
  const table = toTable(result).replace(/\s+/g, ' ')
  for (const { explanation, needed } of result.criteria)
    for (const sentence of [explanation, ...needed.map(({ text }) => text)]) {
      t.ok(guidance.includes(JSON.stringify(sentence)), sentence)
      t.ok(table.includes(sentence.split(' ').slice(0, 3).join(' ')), sentence)
    }
})

t.test('what is missing is asked for in words and by type', async (t) => {
  const by = having(
    adult(),
    stimulator({
      inputs: [
        {
          type: 'Procedure',
          codeFilter: [
            { path: 'code', valueSet: 'https://referloop.example/fhir/ValueSet/nonpharm|1.0.0' },
          ],
        },
      ],
    }),
  )
  const result = await screenSaying(by, {})
  t.same(found(result, 'adult')?.needed, [{ text: 'Send the Patient with the date of birth.' }])
  t.match(found(result, 'stimulator')?.needed, [
    { text: "Answer item 'stimulator'.", requirement: { type: 'Procedure', codeFilter: [{}] } },
  ])
  t.same(
    by.criteria.filter(isOwn).map(({ inputs }) => inputs.map(({ type }) => type)),
    [[], ['Procedure', 'QuestionnaireResponse']],
  )
})

t.test('a verdict that nobody can trace is a person’s', async (t) => {
  const by = having(adult(), stimulator())
  const result = await screenSaying(by, {
    adult: { metWhen: 'true', evidence: 'failed' },
    stimulator: { presentWhen: 'true', evidence: 'failed' },
  })
  t.equal(found(result, 'adult')?.verdict, 'needs-review')
  t.match(found(result, 'stimulator'), {
    verdict: 'not-met',
    explanation: 'A stimulator is implanted. The records that this rests on could not be named.',
  })
})

t.test('the reason of a review is plain, and says nothing of the record', async (t) => {
  const by = having(adult())
  const reasons: Readonly<Partial<Record<Value, string>>> = {
    unclear: 'gave something other than one true or false',
    failed: 'could not be evaluated on this referral',
    'timed-out': 'took longer than they may',
  }
  for (const [value, reason] of Object.entries(reasons)) {
    const result = await screenSaying(by, { adult: { metWhen: value as Value } })
    t.match(found(result, 'adult')?.explanation, reason)
    t.match(found(result, 'adult')?.explanation, 'A person must judge')
  }
  t.match(found(screenBundle(bundleOf(), undefined, by), 'adult'), {
    verdict: 'needs-review',
    explanation: /it was not evaluated/,
  })
})

t.test('own criteria change no verdict of a criterion of ours', async (t) => {
  const everything: readonly Value[] = ['true', 'false', 'empty', 'unclear', 'failed', 'timed-out']
  const by = having(adult(), stimulator())
  for (const parts of [{}, { form: null }, { answers: { glaucoma: 'Y', pregnancy: 'Y' } }])
    for (const metWhen of everything)
      for (const presentWhen of everything) {
        const alone = screenBundle(bundleOf(parts))
        const said = { adult: { metWhen }, stimulator: { presentWhen, absentWhen: metWhen } }
        const result = await screenSaying(by, said, parts)
        t.same(
          result.criteria.filter(({ id }) => !(id in said)),
          alone.criteria,
        )
        if (alone.overall === 'contraindicated') t.equal(result.overall, 'contraindicated')
        if (alone.overall !== 'ready') t.not(result.overall, 'ready')
      }
})

t.test('an own alternative counts like a failed treatment, and never against', async (t) => {
  const by = having(adult({ id: 'failed-stimulation', partOf: 'treatment-failure-or-surgery' }))
  t.same(by.criteria.map(({ id }) => id).slice(2, 8), [
    'treatment-failure-or-surgery',
    'failed-opioid-therapy',
    'failed-other-therapies',
    'planned-surgery',
    'failed-stimulation',
    'baseline-pain-score',
  ])
  const rows: readonly (readonly [Value, string])[] = [
    ['true', 'met'],
    ['false', 'not-documented'],
    ['failed', 'needs-review'],
  ]
  for (const [metWhen, verdict] of rows) {
    const result = await screenSaying(by, { 'failed-stimulation': { metWhen } }, { opioid: null })
    t.equal(found(result, 'treatment-failure-or-surgery')?.verdict, verdict, metWhen)
  }
})

t.test('what an expression sees', async (t) => {
  let seen: ExpressionInput | undefined
  const keep = async (_: unknown, input: ExpressionInput) => {
    seen = input
    return []
  }
  const day = { valueQuantity: { value: 5 } }
  const bundle = bundleOf({
    add: [
      condition(code(icd, 'H40.9'), {
        id: 'mistake',
        verificationStatus: verification('entered-in-error').verificationStatus,
      }),
      condition(code(icd, 'H40.9'), {
        id: 'refuted',
        verificationStatus: verification('refuted').verificationStatus,
      }),
      { ...measured('1', '2026-03-01', 1), id: 'wrong', status: 'entered-in-error' },
      { ...measured('1', '2026-03-10', 1), id: 'later' },
      { ...measured('1', '2026-03-09', 1), id: 'that-day' },
      { ...measured('1', '2026', 1), id: 'that-year' },
      {
        ...measured('1', '2026-03-01', 1),
        id: 'stranger',
        subject: { reference: 'Patient/other' },
      },
      { ...opioid(), id: 'planned', authoredOn: '2026-03-01', ...day },
    ] as FhirResource[],
    referral: { authoredOn: '2026-03-02T10:00:00Z' },
  })
  const packet = packetOfBundle(bundle, ({ display }) => display === 'clinic')
  await screenReferral(packet, having(adult()), { asOf: '2026-03-09' }, keep)
  t.match(seen, {
    referral: 'urn:uuid:0',
    patient: 'urn:uuid:patient',
    referralDate: '2026-03-02',
    checkDate: '2026-03-09',
  })
  t.match(JSON.parse(seen?.bundle ?? '{}'), { resourceType: 'Bundle', type: 'collection' })
  const entries = (JSON.parse(seen?.bundle ?? '{}') as { entry: { fullUrl: string }[] }).entry
  const urls = entries.map(({ fullUrl }) => fullUrl)
  t.equal(urls[0], 'urn:uuid:0', 'the referral first')
  t.equal(urls.filter((url) => url === 'urn:uuid:0').length, 1, 'and once')
  for (const id of ['that-day', 'that-year', 'planned']) t.ok(urls.includes(`urn:uuid:${id}`), id)
  for (const id of ['mistake', 'refuted', 'wrong', 'later', 'stranger'])
    t.notOk(urls.includes(`urn:uuid:${id}`), id)
})

/** What an expression sees of a referral that was changed. */
async function seenOf(parts: Parts, asOf = '2026-03-09'): Promise<ExpressionInput> {
  const packet = packetOfBundle(bundleOf(parts), ({ display }) => display === 'clinic')
  const inputs: ExpressionInput[] = []
  await screenReferral(packet, having(adult()), { asOf }, async (_, input) => {
    inputs.push(input)
    return []
  })
  const [input] = inputs
  if (input === undefined) throw new Error('nothing was evaluated')
  return input
}

t.test(
  'without a date the referral is of the day of the check; without a Patient there is none',
  async (t) => {
    const seen = await seenOf({ patient: undefined, referral: { authoredOn: undefined } })
    t.equal(seen.referralDate, '2026-03-09')
    t.equal(seen.patient, undefined)
    await t.rejects(seenOf({}, 'today'), { code: 'bad-parameter' })
  },
)

t.test('a record of a later day is not seen, whichever element says the day', async (t) => {
  const [before, after] = ['2026-03-08', '2026-03-10']
  const status = 'completed'
  const onDay = (element: string, day: unknown, resourceType = 'Observation') => ({
    resourceType,
    id: `${element}-${JSON.stringify(day).includes(after) ? 'after' : 'before'}`,
    status,
    subject: { reference: 'urn:uuid:patient' },
    [element]: day,
  })
  const rows = [
    ['effectiveDateTime'],
    ['effectiveInstant'],
    ['recordedDate', 'Condition'],
    ['authored', 'QuestionnaireResponse'],
    ['authoredOn', 'MedicationRequest'],
    ['dateAsserted', 'MedicationStatement'],
    ['whenHandedOver', 'MedicationDispense'],
    ['issued'],
  ] as const
  const add = [
    ...rows.flatMap(([element, type]) => [
      onDay(element, before, type),
      onDay(element, after, type),
    ]),
    { ...onDay('effectivePeriod', { start: before, end: after }), id: 'effectivePeriod-before' },
    { ...onDay('effectivePeriod', { start: after }), id: 'effectivePeriod-after' },
  ] as unknown as readonly FhirResource[]
  const { bundle } = await seenOf({ add })
  for (const [element] of [...rows, ['effectivePeriod'] as const]) {
    t.notMatch(bundle, `urn:uuid:${element}-after`)
    t.match(bundle, `urn:uuid:${element}-before`)
  }
})

t.test('what was withdrawn by any of its codings is not seen', async (t) => {
  const { coding = [] } = verification('refuted').verificationStatus ?? {}
  const { bundle } = await seenOf({
    add: [
      condition(code(icd, 'H40.9'), {
        id: 'withdrawn',
        verificationStatus: { coding: [{ system: 'urn:ours', code: 'no' }, ...coding] },
      }),
      condition(code(icd, 'H40.9'), { id: 'in-words', verificationStatus: { text: 'Yes' } }),
      condition(code(icd, 'H40.9'), { id: 'by-display', verificationStatus: { coding: [{}] } }),
      condition(code(icd, 'H40.9'), { id: 'unsaid', verificationStatus: undefined as never }),
    ],
  })
  t.notMatch(bundle, 'urn:uuid:withdrawn')
  for (const id of ['in-words', 'by-display', 'unsaid']) t.match(bundle, `urn:uuid:${id}`)
})

t.test('each criterion has the answers to its own expressions', async (t) => {
  const by = having(adult(), adult({ id: 'of-age' }), stimulator())
  const result = await screenSaying(by, {
    adult: { metWhen: 'true' },
    'of-age': { metWhen: 'false' },
    stimulator: { absentWhen: 'true' },
  })
  t.same(
    ['adult', 'of-age', 'stimulator'].map((id) => found(result, id)?.verdict),
    ['met', 'not-met', 'met'],
  )
})

t.test('an answer that never came is a person’s to give', async (t) => {
  const by = having(adult(), stimulator())
  const packet = packetOfBundle(bundleOf(), ({ display }) => display === 'clinic')
  const answering = (values: Said) =>
    screenReferral(packet, by, { asOf: '2026-03-09' }, async (expressions) =>
      expressions.map(({ part }) => {
        const value = values[part]
        return value ? { value, references: [] } : (undefined as never)
      }),
    )
  const silent = await answering({})
  for (const id of ['adult', 'stimulator'])
    t.match(found(silent, id), {
      verdict: 'needs-review',
      explanation: 'A person must judge this criterion of the clinic: it was not evaluated.',
      evidence: [],
    })
  const unnamed = await answering({ metWhen: 'true', absentWhen: 'true', presentWhen: 'empty' })
  t.match(found(unnamed, 'adult')?.explanation, 'it was not evaluated')
  const present = await answering({ presentWhen: 'true' })
  t.strictSame(found(present, 'stimulator')?.evidence, [])
  t.match(found(present, 'stimulator'), {
    verdict: 'not-met',
    explanation:
      /^A stimulator is implanted\. The records that this rests on could not be named\.$/,
  })
  const unclear = await answering({ metWhen: 'true', evidence: 'empty' })
  t.match(found(unclear, 'adult')?.explanation, 'something other than one true or false')
})

t.test('a policy without own criteria evaluates nothing', async (t) => {
  const packet = packetOfBundle(bundleOf(), ({ display }) => display === 'clinic')
  const evaluate = async () => t.fail('evaluated') as never
  t.same(
    await screenReferral(packet, policy, { asOf: '2026-03-09' }, evaluate),
    screenBundle(bundleOf()),
  )
})

t.test('a source that was not read makes nothing met', async (t) => {
  const bundle = bundleOf()
  const whole = packetOfBundle(bundle, ({ display }) => display === 'clinic')
  const unread = (type: string) =>
    packetOf(whole.known, whole.referral, [{ type, reason: 'timeout' }])
  const met = async () =>
    [
      { value: 'true', references: [] },
      { value: 'true', references: [] },
    ] as const
  for (const [criterion, type, verdict] of [
    [adult(), 'Procedure', 'not-documented'],
    [adult({ inputs: [{ type: 'Observation' }] }), 'Procedure', 'met'],
    [adult({ inputs: [{ type: 'Observation' }] }), 'Observation', 'not-documented'],
  ] as const) {
    const result = await screenReferral(
      unread(type),
      having(criterion),
      { asOf: '2026-03-09' },
      met,
    )
    t.equal(found(result, 'adult')?.verdict, verdict, `${type} ${JSON.stringify(criterion)}`)
  }
})

t.test('an own criterion that is not whole is refused, with every place', async (t) => {
  t.match(refused('x'), 'criteria[0]: must be an object')
  t.match(
    faultsOf(() => overridePolicy(policy, { criteria: {} })),
    'criteria: must be a list',
  )
  t.match(refused(...Array.from({ length: 51 }, () => adult())), 'at most 50')
  t.match(refused(adult({ id: 'No Id' })), 'criteria[0].id: must be')
  t.match(
    refused(adult({ id: 'glaucoma' })),
    "'glaucoma' is the id of a criterion with a rule of ours",
  )
  t.match(refused(adult({ id: 'patient' })), "'patient' means something in expressions")
  t.match(
    refused(adult({ kind: 'wish' })),
    'criteria[0].kind: must be required or contraindication',
  )
  t.match(refused(adult({ class: 'absolute' })), 'criteria[0].class: is for contraindications only')
  t.match(
    refused(stimulator({ class: undefined })),
    'criteria[0].class: must be absolute or relative',
  )
  t.match(
    refused(adult({ presentWhen: 'true' })),
    'criteria[0].presentWhen: a criterion that is required has metWhen, evidence',
  )
  t.match(
    refused(stimulator({ metWhen: 'true' })),
    'criteria[0].metWhen: a criterion that is contraindication',
  )
  t.match(
    refused(stimulator({ absentWhen: undefined })),
    'criteria[0].absentWhen: must be a FHIRPath expression',
  )
  t.match(refused(adult({ evidence: ' ' })), 'criteria[0].evidence: must be a FHIRPath expression')
  t.match(refused(adult({ metWhen: 'entry.foo(' })), /criteria\[0\]\.metWhen: line 1, column 11: /)
  t.match(
    refused(adult({ metWhen: '%nope' })),
    'criteria[0]: there is no variable %nope; known are %referral',
  )
  t.match(refused(adult({ title: '' })), 'criteria[0].title: must be a sentence')
  t.match(refused(adult({ needed: 5 })), 'criteria[0].needed: must be a sentence')
  t.match(
    refused(adult({ explanations: { met: 'x' } })),
    'criteria[0].explanations.not-documented: must be a sentence',
  )
  t.match(
    refused(adult({ explanations: { maybe: 'x' } })),
    'criteria[0].explanations.maybe: known are met',
  )
  t.match(
    refused(adult({ explanations: 'x' })),
    'criteria[0].explanations: must have a sentence for each',
  )
  t.match(refused(adult({ extra: 1 })), 'criteria[0].extra: unknown')
  t.match(
    refused(adult({ inputs: [{ type: 'Foo' }] })),
    'criteria[0].inputs[0].type: must be one of',
  )
  t.match(refused(adult({ inputs: 'x' })), 'criteria[0].inputs: must be a list')
  t.match(
    refused(adult({ inputs: [{ type: 'Condition', codeFilter: [{ valueSet: 'http://x/y' }] }] })),
    'criteria[0].inputs[0].codeFilter: the value set http://x/y is not published',
  )
  t.match(refused(adult(), adult()), "criteria: 'adult' is there twice")
  t.equal(refused(adult({ id: '', title: '', kind: 'required', needed: '' })).split('\n').length, 3)
})

t.test('circles are refused', async (t) => {
  t.match(
    refused(adult({ metWhen: '%adult.not()' })),
    'criteria[0]: is a circle, it refers to itself: adult -> adult',
  )
  const circle = refused(
    adult({ id: 'a', metWhen: '%b' }),
    adult({ id: 'b', metWhen: '%c' }),
    adult({ id: 'c', metWhen: '%a' }),
  )
  t.equal(circle, 'criteria[0]: is a circle, it refers to itself: a -> b -> c -> a.')
  t.match(refused(adult({ partOf: 'adult' })), 'criteria[0].partOf: is a circle')
  t.match(
    refused(adult({ partOf: 'glaucoma' })),
    "only 'treatment-failure-or-surgery' has alternatives",
  )
  t.match(
    refused(stimulator({ partOf: 'treatment-failure-or-surgery' })),
    'an alternative is a required criterion',
  )
  t.match(
    faultsOf(() =>
      overridePolicy(policy, {
        drop: ['treatment-failure-or-surgery'],
        criteria: [adult({ partOf: 'treatment-failure-or-surgery' })],
      }),
    ),
    'which is dropped',
  )
})

t.test('criteria are evaluated after those that they refer to', async (t) => {
  const by = having(
    adult({ id: 'third', metWhen: '%middle and %`fir-st`' }),
    adult({ id: 'middle', metWhen: '%`fir-st`' }),
    adult({ id: 'fir-st' }),
  )
  t.same(
    by.expressions.filter(({ part }) => part === 'metWhen').map((each) => each.criterion),
    ['fir-st', 'middle', 'third'],
  )
  t.same(
    by.criteria.slice(-3).map(({ id }) => id),
    ['third', 'middle', 'fir-st'],
  )
})

const kind = (value: string) => ({
  coding: [{ system: 'https://referloop.example/fhir/CodeSystem/criterion-kind', code: value }],
})

/** The published plan with an own criterion in it. */
function planWith(
  change: (
    action: PlanDefinitionAction,
    parameters: Parameters,
    plan: PlanDefinition,
  ) => void = () => {},
): readonly FhirResource[] {
  const resources = structuredClone(readPublished()) as FhirResource[]
  const plan = resources.find((each) => each.resourceType === 'PlanDefinition') as PlanDefinition
  const parameters = plan.contained?.[0] as unknown as Parameters
  const action: PlanDefinitionAction = {
    id: 'adult',
    title: 'An adult',
    code: [kind('required')],
    condition: [
      {
        kind: 'applicability',
        expression: {
          name: 'metWhen',
          language: 'text/fhirpath',
          expression: '%patient.birthDate <= %referralDate - 18 years',
        },
      },
    ],
  }
  parameters.parameter?.push({
    name: 'criterion',
    part: [
      { name: 'id', valueCode: 'adult' },
      { name: 'met', valueString: 'The patient is 18 or older.' },
      { name: 'not-met', valueString: 'The patient is younger than 18.' },
      { name: 'not-documented', valueString: 'The date of birth is not known.' },
      { name: 'needed', valueString: 'Send the Patient with the date of birth.' },
      { name: 'evidence', valueExpression: { language: 'text/fhirpath', expression: '%patient' } },
    ],
  })
  change(action, parameters, plan)
  plan.action?.splice(1, 0, action)
  return resources
}

const planFaults = (change: Change) => faultsOf(() => loadPolicy(planWith(change)))
type Change = NonNullable<globalThis.Parameters<typeof planWith>[0]>

t.test('a plan of one’s own has criteria as actions with FHIRPath conditions', async (t) => {
  const own = loadPolicy(planWith())
  t.equal(own.criteria[1]?.id, 'adult')
  const inOverrides = having(adult())
  t.same(own.criteria[1], inOverrides.criteria.at(-1))
  t.same(own.expressions, inOverrides.expressions)
  const dropped = overridePolicy(own, { drop: ['adult'] })
  t.same(dropped.expressions, [], 'a dropped one is not evaluated')
  t.match(
    faultsOf(() => overridePolicy(own, { criteria: [adult()] })),
    "'adult' is there twice",
  )
})

t.test('a wrong action of a plan is refused with its place', async (t) => {
  const at = 'PlanDefinition.action[1]'
  t.match(
    planFaults((action) => void delete action.condition),
    `${at}.metWhen: must be a FHIRPath`,
  )
  t.match(
    planFaults((action) => Object.assign(action.condition?.[0] ?? {}, { kind: 'start' })),
    `${at}.condition[0].kind: must be applicability`,
  )
  const expression = (more: object) =>
    planFaults((action) => Object.assign(action.condition?.[0]?.expression ?? {}, more))
  t.match(
    expression({ language: 'text/cql' }),
    `${at}.condition[0].expression.language: must be text/fhirpath`,
  )
  t.match(
    expression({ name: 'applies' }),
    `${at}.condition[0].expression.name: must be one of metWhen`,
  )
  t.match(expression({ expression: 'a.' }), `${at}.metWhen: line 1, column 3`)
  t.match(
    planFaults((action) => void action.condition?.push(action.condition[0] as never)),
    "'metWhen' is there twice",
  )
  t.match(
    planFaults((_, { parameter = [] }) => void parameter.pop()),
    `${at}.explanations.met: must be a sentence`,
  )
  t.match(
    planFaults(
      (_, { parameter = [] }) =>
        void parameter.push({ name: 'criterion', part: [{ name: 'id', valueCode: 'x' }] }),
    ),
    'belongs to no criterion of your own',
  )
  t.match(
    planFaults(
      (action) =>
        void Object.assign(action, {
          relatedAction: [{ actionId: 'adult', relationship: 'after' }],
        }),
    ),
    `${at}.relatedAction: is not evaluated`,
  )
  t.match(
    planFaults((action, _, plan) => void Object.assign(action, { definitionCanonical: plan.url })),
    `${at}.definitionCanonical: is not evaluated`,
  )
  t.match(
    planFaults((action) => void Object.assign(action, { action: [structuredClone(action)] })),
    `${at}.action: a criterion of your own has no parts`,
  )
  t.match(
    planFaults((action, _, plan) => void plan.action?.push(action)),
    /PlanDefinition\.action\[\d+\]: 'adult' is there twice/,
  )
  const inFirst = (more: (action: PlanDefinitionAction) => object) =>
    planFaults((action, _, plan) => void Object.assign(plan.action?.[0] ?? {}, more(action)))
  t.match(
    inFirst(({ condition }) => ({ condition })),
    "'qualifying-condition' has a rule of ours",
  )
  t.match(
    planFaults((_, __, plan) =>
      Object.assign(plan.action?.[0] ?? {}, { action: plan.action?.splice(1, 1) }),
    ),
    "'qualifying-condition' has no parts",
  )
  t.match(
    inFirst((action) => ({ action: [action] })),
    "only 'treatment-failure-or-surgery' has alternatives",
  )
})

t.test(
  'sentences and conditions of a plan are read as they are written, in any order',
  async (t) => {
    const reversed = loadPolicy(
      planWith((_, { parameter = [] }) => {
        parameter.at(-1)?.part?.reverse()
        parameter.splice(-1, 0, {
          name: 'note',
          part: [{ name: 'id', valueCode: 'adult' }],
          valueQuantity: { value: 1 },
        })
        parameter.splice(-2, 1)
      }),
    )
    t.same(reversed.criteria[1], having(adult()).criteria.at(-1))
    t.match(
      planFaults((_, { parameter = [] }) => void parameter.at(-1)?.part?.splice(-1)),
      'PlanDefinition.action[1].evidence: must be a FHIRPath expression',
    )
    t.match(
      planFaults((_, { parameter = [] }) => Object.assign(parameter.at(-1) ?? {}, { part: [] })),
      'PlanDefinition.action[1].explanations.met: must be a sentence',
    )
  },
)

t.test('a contraindication in a plan has its class and both of its conditions', async (t) => {
  const wanted = having(stimulator()).criteria.at(-1)
  const found = loadPolicy(
    planWith((action, { parameter = [] }) => {
      const { presentWhen, absentWhen, explanations, evidence, needed } = stimulator()
      const isIn = (system: string, code: string) => ({
        coding: [{ system: `https://referloop.example/fhir/CodeSystem/${system}`, code }],
      })
      const when = (name: string, expression: unknown) => ({
        kind: 'applicability' as const,
        expression: { name, language: 'text/fhirpath', expression: String(expression) },
      })
      Object.assign(action, {
        id: 'stimulator',
        title: 'No implanted stimulator',
        code: [
          isIn('criterion-kind', 'contraindication'),
          isIn('contraindication-class', 'absolute'),
        ],
        condition: [when('absentWhen', absentWhen), when('presentWhen', presentWhen)],
      })
      Object.assign(parameter.at(-1) ?? {}, {
        part: [
          { name: 'id', valueCode: 'stimulator' },
          ...Object.entries(explanations ?? {}).map(([name, valueString]) => ({
            name,
            valueString,
          })),
          { name: 'needed', valueString: needed },
          {
            name: 'evidence',
            valueExpression: { language: 'text/fhirpath', expression: evidence },
          },
        ],
      })
    }),
  ).criteria[1]
  t.same(found, wanted)
})

t.test('conditions of an unknown name are told apart by their place', async (t) => {
  const condition = (name: string) => ({
    kind: 'applicability' as const,
    expression: { name, language: 'text/fhirpath', expression: 'true' },
  })
  const told = planFaults(
    (action) => void action.condition?.push(condition('x'), condition('metWhen')),
  )
  t.same(told.split('\n'), [
    'PlanDefinition.action[1].condition[1].expression.name: must be one of metWhen, presentWhen, absentWhen.',
    "PlanDefinition.action[1].condition[2].expression.name: 'metWhen' is there twice.",
  ])
})

t.test('a plan without Parameters has an own criterion without sentences', async (t) => {
  t.match(
    planFaults((_, __, plan) => void delete plan.contained),
    'PlanDefinition.action[1].explanations.met: must be a sentence',
  )
  t.match(
    planFaults((_, parameters) => void delete parameters.parameter),
    'PlanDefinition.action[1].explanations.met: must be a sentence',
  )
})

t.test('as many criteria as fifty may be a clinic’s own', async (t) => {
  t.equal(refused(...Array.from({ length: 50 }, (_, n) => adult({ id: `a${n}` }))), '')
})

t.test('an id ends where its letters end, and hides no variable', async (t) => {
  t.match(refused(adult({ id: 'adult!' })), 'criteria[0].id: must be 1 to 63')
  t.equal(refused(adult({ id: 'a'.repeat(63) })), '')
  t.match(refused(adult({ id: 'a'.repeat(64) })), 'criteria[0].id: must be 1 to 63')
  for (const id of ['referral', 'context', 'ucum', 'sct', 'loinc'])
    t.match(refused(adult({ id })), `'${id}' means something in expressions`)
  const uses = 'entry.exists(%context = %checkDate or %ucum = %loinc or %sct = %referralDate)'
  t.equal(refused(adult({ metWhen: uses })), '', 'and all of them may be used')
})

t.test('a circle is told from where it begins', async (t) => {
  t.match(
    refused(
      adult({ metWhen: '%round' }),
      adult({ id: 'round', metWhen: '%back' }),
      adult({ id: 'back', metWhen: '%round' }),
    ),
    'is a circle, it refers to itself: round -> back -> round.',
  )
})

t.test('inputs that are declared come before the types of the expressions, once', async (t) => {
  const declared = [{ type: 'Procedure' }, { type: 'Condition' }]
  const inputs = having(stimulator({ inputs: declared })).criteria.at(-1)?.inputs
  t.same(
    inputs?.map(({ type }) => type),
    ['Procedure', 'Condition', 'QuestionnaireResponse'],
  )
  for (const wrong of [5, null, {}, { type: 5 }])
    t.match(refused(stimulator({ inputs: [wrong] })), 'criteria[0].inputs[0].type: must be one of')
  const filtered = { type: 'Condition', codeFilter: [{ path: 'code', code: [] }, { valueSet: 5 }] }
  t.equal(refused(stimulator({ inputs: [filtered] })), '', 'a filter may name no value set')
})

t.test('the examples of docs/policies.md are taken as they stand there', async (t) => {
  const page = readFileSync(new URL('../../../docs/policies.md', import.meta.url), 'utf8')
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
  t.same(
    overridePolicy(policy, JSON.parse(example))
      .criteria.slice(-2)
      .map(({ id }) => id),
    ['adult', 'stimulator'],
  )
  const rows = [...page.matchAll(/^\| `(\w+)` \| `(.*?)` \|/gm)]
  t.equal(rows.length, 5)
  for (const [, member = '', value = ''] of rows)
    t.ok(overridePolicy(policy, { [member]: JSON.parse(value) }), member)
})
