import type {
  FhirResource,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import type { CriterionResult } from '../../../src/domain/screening/result.ts'
import { wantedItems } from '../../../src/domain/screening/wanted-form.ts'
import {
  bundleOf,
  code,
  condition,
  criterion,
  form,
  icd,
  type Parts,
  screenParts,
} from './build.ts'

const policyForm = (readPublished() as readonly FhirResource[]).find(
  (each): each is Questionnaire => each.resourceType === 'Questionnaire',
) as Questionnaire
const validator = createReferralValidator()

const itemsOf = (parts: Parts, of: Questionnaire | undefined = policyForm) =>
  wantedItems(
    screenParts(parts),
    of,
    (bundleOf(parts).entry ?? []).flatMap(({ resource }) => (resource as FhirResource) ?? []),
  )

const all = (items: readonly QuestionnaireItem[] = []): readonly QuestionnaireItem[] =>
  items.flatMap((item) => [item, ...all(item.item)])
const find = (items: readonly QuestionnaireItem[], linkId: string) =>
  all(items).find((item) => item.linkId === linkId)
const chosen = (item: QuestionnaireItem | undefined) =>
  item?.answerOption?.find(({ initialSelected }) => initialSelected)?.valueCoding?.code

t.test('nothing is asked of a referral that is ready', async (t) => {
  t.strictSame(itemsOf({}), [])
})

t.test('only what is missing is asked, with why, by the policy’s own items', async (t) => {
  const items = itemsOf({ answers: { glaucoma: '', pregnancy: 'UNK' }, pain: null })
  t.strictSame(
    items.map(({ linkId }) => linkId),
    ['about-baseline-pain-score', 'about-glaucoma', 'about-pregnancy'],
  )
  const glaucoma = find(items, 'glaucoma')
  t.match(glaucoma, { text: 'Does the patient have glaucoma or raised eye pressure?' })
  t.equal(glaucoma?.answerOption?.length, 3)
  t.equal(
    find(items, 'about-glaucoma-why')?.text,
    criterion(screenParts({ answers: { glaucoma: '' } }), 'glaucoma').explanation,
  )
  t.equal(chosen(find(items, 'pregnancy')), undefined, '"unknown" is no answer to start from')
})

t.test('what only a resource can settle is said in words', async (t) => {
  const items = itemsOf({ pain: null })
  t.match(find(items, 'about-baseline-pain-score-send-1'), {
    type: 'display',
    text: /^Send a pain score on a scale of 0 to 10, taken no earlier than 2025-12-02/,
  })
  const pressure = itemsOf({ bloodPressure: null, answers: { 'cardiovascular-disease': '' } })
  t.ok(find(pressure, 'cardiovascular-disease'))
  t.match(find(pressure, 'about-cardiovascular-disease-send-1')?.text, /blood pressure/)
})

t.test('any of several ways to settle a criterion is offered', async (t) => {
  const items = itemsOf({ opioid: null, answers: { 'planned-surgery': '' } })
  t.strictSame(
    items.map(({ linkId }) => linkId),
    ['about-treatment-failure-or-surgery'],
  )
  t.ok(find(items, 'failed-opioid-therapy'))
  t.equal(find(items, 'planned-surgery')?.item?.[0]?.linkId, 'planned-surgery-date')
  t.match(find(items, 'about-treatment-failure-or-surgery-send-1')?.text, /opioid/)
})

t.test('an answer that no longer counts is chosen, and marked', async (t) => {
  const stale = form({ glaucoma: 'N' }, { authored: '2025-08-01' })
  const older = form({ glaucoma: 'UNK' }, { authored: '2025-07-01' })
  const items = itemsOf({ answers: { glaucoma: '' }, add: [stale, older] })
  t.equal(chosen(find(items, 'glaucoma')), 'N')
  t.match(find(items, 'glaucoma-from-record'), {
    type: 'display',
    text: /^From the record, not confirmed, answered 2025-08-01\./,
  })
})

t.test('remarks and dates come along, and what is entered in error does not', async (t) => {
  const answer = (linkId: string, more: object) => ({ linkId, answer: [more] })
  const items = [
    answer('glaucoma-detail', { valueString: 'Suspected in 2019' }),
    answer('planned-surgery-date', { valueDate: '2026-05-01' }),
    answer('therapy-dose', { valueQuantity: { value: 5 } }),
  ]
  const draft = form({}, { status: 'in-progress', item: items })
  const missing = { answers: { glaucoma: '', 'planned-surgery': '' }, opioid: null } as const
  const found = itemsOf({ ...missing, add: [draft] })
  t.strictSame(find(found, 'glaucoma-detail')?.initial, [{ valueString: 'Suspected in 2019' }])
  t.strictSame(find(found, 'planned-surgery-date')?.initial, [{ valueDate: '2026-05-01' }])
  const gone = itemsOf({ ...missing, add: [{ ...draft, status: 'entered-in-error' }] })
  t.equal(find(gone, 'glaucoma-detail')?.initial, undefined)
})

t.test('what waits for a judgement is asked for when nothing else is', async (t) => {
  const items = itemsOf({ add: [condition(code(icd, 'H40.9'))] })
  t.strictSame(
    items.map(({ linkId }) => linkId),
    ['about-glaucoma'],
  )
  t.match(find(items, 'about-glaucoma-send-1')?.text, /^Correct the record or the answer/)
})

t.test('without a form all of it is said in words', async (t) => {
  const items = itemsOf({ answers: { glaucoma: '' } }, null as never)
  t.match(find(items, 'about-glaucoma-send-1')?.text, /^Answer item 'glaucoma'/)
})

t.test('the items make a valid form with each linkId once', async (t) => {
  const stale = form({ glaucoma: 'N', psychosis: 'N' }, { authored: '2025-08-01' })
  const items = itemsOf({
    form: null,
    opioid: null,
    pain: null,
    bloodPressure: null,
    condition: null,
    add: [stale],
  })
  const linkIds = all(items).map(({ linkId }) => linkId)
  t.equal(new Set(linkIds).size, linkIds.length)
  t.strictSame(
    validator.validate({ resourceType: 'Questionnaire', status: 'active', item: items }),
    [],
  )
})

t.test('an answer to a form made of the policy’s counts like one on the policy’s', async (t) => {
  const made = `${policyForm.url}/wanted/0b6c`
  for (const [questionnaire, verdict] of [
    [made, 'met'],
    [`${made}|3`, 'met'],
    [`${policyForm.url}|0.9`, 'met'],
    [`${policyForm.url}-other/wanted/0b6c`, 'not-documented'],
    [`${policyForm.url}-wanted`, 'not-documented'],
    ['https://referloop.example/fhir/Questionnaire/0b6c', 'not-documented'],
    [undefined, 'not-documented'],
  ] as const) {
    const answer = form({ glaucoma: 'N' }, { questionnaire })
    const result = screenParts({ answers: { glaucoma: '' }, add: [answer] })
    t.equal(criterion(result, 'glaucoma').verdict, verdict, questionnaire ?? 'none')
  }
})

/** What a small form becomes that lacks an answer, and what other forms have said. */
function asked(
  question: QuestionnaireItem,
  answers: readonly (readonly [authored: string | undefined, item: QuestionnaireResponseItem])[],
): QuestionnaireItem | undefined {
  const responses = answers.map(([authored, item]) => ({
    resourceType: 'QuestionnaireResponse' as const,
    status: 'completed' as const,
    questionnaire: 'urn:form',
    item: [item],
    ...(authored ? { authored } : {}),
  }))
  const waiting: CriterionResult = {
    id: 'glaucoma',
    title: 'No glaucoma',
    kind: 'contraindication',
    verdict: 'not-documented',
    explanation: 'Nobody has said.',
    evidence: [],
    needed: [
      {
        text: 'Answer it.',
        requirement: {
          type: 'QuestionnaireResponse',
          mustSupport: [`item.where(linkId='${question.linkId}')`],
        },
      },
    ],
  }
  const [group] = wantedItems(
    { criteria: [waiting] },
    { resourceType: 'Questionnaire', status: 'active', url: 'urn:form', item: [question] },
    [{ resourceType: 'Patient' }, ...responses],
  )
  return group?.item?.find(({ linkId }) => linkId === question.linkId)
}

const eyes = {
  linkId: 'eyes',
  type: 'choice',
  answerOption: [
    { valueString: 'Left' },
    { valueCoding: { system: 'urn:a', code: 'Y', display: 'Yes' } },
    { valueCoding: { system: 'urn:b', code: 'Y' } },
  ],
} as const satisfies QuestionnaireItem
const yes = (system: string, display?: string): QuestionnaireResponseItem => ({
  linkId: 'eyes',
  answer: [{ valueCoding: { system, code: 'Y', ...(display ? { display } : {}) } }],
})
const options = (item: QuestionnaireItem | undefined) =>
  item?.answerOption?.map(({ initialSelected = false }) => initialSelected)

t.test('the option of the same code and system is chosen, and the mark says so', async (t) => {
  const found = asked(eyes, [['2025-02-03T09:00:00Z', yes('urn:b', 'Yes, both')]])
  t.same(options(found), [false, false, true])
  t.same(found?.item, [
    {
      linkId: 'eyes-from-record',
      text: 'From the record, not confirmed: Yes, both, answered 2025-02-03. Confirm or correct it.',
      type: 'display',
    },
  ])
  const undated = asked(eyes, [[undefined, yes('urn:a')]])
  t.same(options(undated), [false, true, false])
  t.equal(
    undated?.item?.[0]?.text,
    'From the record, not confirmed. Confirm or correct it.',
    'without a date none is told',
  )
})

t.test('an answer that is none of the options chooses none and leaves no mark', async (t) => {
  for (const answer of [
    { valueCoding: { system: 'urn:c', code: 'Y' } },
    { valueCoding: { system: 'urn:a' } },
    { valueString: 'Right' },
  ])
    t.same(asked(eyes, [['2025-02-03', { linkId: 'eyes', answer: [answer] }]]), eyes)
  t.same(asked(eyes, [['2025-02-03', { linkId: 'eyes' }]]), eyes, 'an item without an answer')
})

t.test(
  'the newest answer counts, whatever the order of the forms; a dated one before an undated',
  async (t) => {
    const old = ['2025-01-01', yes('urn:a')] as const
    const recent = ['2025-06-01', yes('urn:b')] as const
    const undated = [undefined, yes('urn:a')] as const
    for (const answers of [
      [old, recent],
      [recent, old],
      [recent, undated],
      [undated, recent],
    ])
      t.same(options(asked(eyes, answers)), [false, false, true])
  },
)

t.test('answers are found below items and below answers', async (t) => {
  const below = { linkId: 'group', item: [yes('urn:a')] }
  t.same(options(asked(eyes, [['2025-01-01', below]])), [false, true, false])
  const belowAnswer = {
    linkId: 'first',
    answer: [{ valueBoolean: true, item: [yes('urn:b')] }],
  }
  t.same(options(asked(eyes, [['2025-01-01', belowAnswer]])), [false, false, true])
})

t.test('an answer fills an item of its type, and no other', async (t) => {
  const rows = [
    ['date', { valueDate: '2025-01-01' }, true],
    ['decimal', { valueDecimal: 1.5 }, true],
    ['integer', { valueInteger: 2 }, true],
    ['string', { valueString: 'x' }, true],
    ['text', { valueString: 'x' }, true],
    ['date', { valueString: 'x' }, false],
    ['quantity', { valueQuantity: { value: 1 } }, false],
    ['boolean', { valueBoolean: true }, false],
  ] as const
  for (const [type, answer, fits] of rows) {
    const question: QuestionnaireItem = { linkId: 'q', type, text: 'How much?' }
    const found = asked(question, [['2025-01-01', { linkId: 'q', answer: [answer] }]])
    t.same(found?.initial, fits ? [answer] : undefined, `${type} ${Object.keys(answer)}`)
    t.equal(found?.item?.length, fits ? 1 : undefined)
  }
})

t.test('what is not documented is asked for before what a person must judge', async (t) => {
  const judged = condition(code(icd, 'H40.9'))
  t.strictSame(
    itemsOf({ add: [judged], pain: null }).map(({ linkId }) => linkId),
    ['about-baseline-pain-score'],
  )
  const none = { verdict: 'not-met', title: 'x', explanation: 'y', evidence: [] } as const
  const { criteria } = screenParts()
  const first = criteria[0]
  t.ok(first)
  const only = (more: object) =>
    wantedItems({ criteria: [{ ...first, ...none, ...more } as never] }, policyForm, [])
  t.same(only({ needed: [] }), [], 'nothing would settle it')
  t.same(only({ verdict: 'met', needed: [{ text: 'x' }] }), [], 'it is met')
  t.equal(only({ needed: [{ text: 'x' }] }).length, 1)
})

t.test('only a need that names one item of the form is that question', async (t) => {
  const needing = (mustSupport?: readonly string[]) => ({
    ...criterion(screenParts({ answers: { glaucoma: '' } }), 'glaucoma'),
    needed: [
      {
        text: 'Answer it.',
        requirement: { type: 'QuestionnaireResponse', ...(mustSupport ? { mustSupport } : {}) },
      },
    ],
  })
  const linkIds = (mustSupport?: readonly string[]) =>
    wantedItems({ criteria: [needing(mustSupport) as never] }, policyForm, [])[0]?.item?.map(
      ({ linkId }) => linkId,
    )
  t.same(linkIds(["item.where(linkId='glaucoma')"]), [
    'about-glaucoma-why',
    'glaucoma',
    'about-glaucoma-not-available',
  ])
  const inWords = ['about-glaucoma-why', 'about-glaucoma-send-1', 'about-glaucoma-not-available']
  t.same(linkIds(["item.where(linkId='glaucoma').answer"]), inWords)
  t.same(linkIds(["item.item.where(linkId='glaucoma')"]), inWords)
  t.same(linkIds(["item.where(linkId='none')"]), inWords)
  t.same(linkIds([]), inWords)
  t.same(linkIds(), inWords)
})
