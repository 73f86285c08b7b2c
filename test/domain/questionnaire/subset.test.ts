/** A form that cannot be shown whole is refused, by question and reason. */

import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { notAsked } from '../../../src/domain/questionnaire/enable-when.ts'
import { withItemsOf } from '../../../src/domain/questionnaire/items.ts'
import { subsetFaults } from '../../../src/domain/questionnaire/subset.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { isWhy, notAvailableFor } from '../../../src/domain/screening/wanted-form.ts'
import { madeForms } from '../../helpers/made-forms.ts'
import { policy } from '../screening/build.ts'

const validator = createReferralValidator()
const structure = 'http://hl7.org/fhir/StructureDefinition'

const refused: readonly (readonly [reason: RegExp, item: Partial<QuestionnaireItem>])[] = [
  [/type reference/, { type: 'reference' }],
  [/type url/, { type: 'url' }],
  [/type time/, { type: 'time' }],
  [/answerOption instead/, { type: 'choice', answerValueSet: 'urn:vs' }],
  [/needs its answerOption/, { type: 'choice' }],
  [/has no answerOption/, { type: 'string', answerOption: [{ valueString: 'x' }] }],
  [/a text, or a code/, { type: 'choice', answerOption: [{ valueInteger: 1 }] }],
  [/questionnaire-unitOption/, { type: 'quantity' }],
  [/does not repeat/, { type: 'boolean', repeats: true }],
  [/has no text/, { text: undefined as never }],
  [/no space/, { linkId: 'two words' }],
  [/is not read/, { extension: [{ url: 'urn:calculated', valueString: 'x' }] }],
  [/cannot be used/, { extension: [{ url: `${structure}/regex`, valueString: '(' }] }],
  [
    /control 'slider'/,
    {
      extension: [
        {
          url: `${structure}/questionnaire-itemControl`,
          valueCodeableConcept: { coding: [{ code: 'slider' }] },
        },
      ],
    },
  ],
  [/not there/, { enableWhen: [{ question: 'gone', operator: 'exists', answerBoolean: true }] }],
  [/compared by >/, { enableWhen: [{ question: 'other', operator: '>', answerInteger: 1 }] }],
  [/item itself/, { enableWhen: [{ question: 'one', operator: 'exists', answerBoolean: true }] }],
]

const formWith = (item: Partial<QuestionnaireItem>): Pick<Questionnaire, 'item'> => ({
  item: [
    { linkId: 'one', text: 'One?', type: 'string', ...item },
    { linkId: 'other', text: 'Other?', type: 'string' },
  ],
})

t.test('what is outside the subset is refused, with linkId and reason', async (t) => {
  t.same(subsetFaults(formWith({})), [])
  for (const [reason, item] of refused) {
    const [fault, ...more] = subsetFaults(formWith(item))
    t.match(fault?.reason, reason)
    t.equal(fault?.linkId, item.linkId ?? 'one')
    t.same(more, [])
  }
  const twice = { linkId: 'a', text: 'A?', type: 'string' as const }
  t.match(subsetFaults({ item: [twice, twice] }), [{ linkId: 'a', reason: 'is there twice' }])
})

t.test('a policy whose form cannot be shown is refused when it is loaded', async (t) => {
  const published = structuredClone(readPublished()) as Questionnaire[]
  const form = published.find(({ resourceType }) => resourceType === 'Questionnaire')
  form?.item?.[0]?.item?.push({ linkId: 'who', text: 'Who?', type: 'reference' })
  t.throws(() => loadPolicy(published), {
    code: 'policy-invalid',
    issues: [
      {
        expression: ["Questionnaire.item.where(linkId='who')"],
        diagnostics: /items of type reference are not shown/,
      },
    ],
  })
})

t.test('every form that is made can be shown, is valid FHIR, and says why it asks', async (t) => {
  const forms = await madeForms()
  const subjects = new Set(
    forms.flatMap(({ form }) => (form.item ?? []).map(({ linkId }) => linkId)),
  )
  for (const { id, partOf } of policy.criteria)
    if (!partOf) t.ok(subjects.has(`about-${id}`), `${id} is asked for in one of them`)
  for (const { name, form } of forms) {
    t.same(subsetFaults(form), [], name)
    t.same(validator.validate(form), [], name)
    for (const group of form.item ?? [])
      if (group.linkId.startsWith('about-')) {
        const linkIds = withItemsOf(group.item).map(({ linkId }) => linkId)
        t.ok(linkIds.some(isWhy), `${name}: ${group.linkId} says why`)
        t.ok(linkIds.some(notAvailableFor), `${name}: it may be said not to be available`)
      }
  }
})

t.test('an item is asked when its condition holds, and so is what is below it', async (t) => {
  const when = (operator: string, more: object, any = false) => ({
    linkId: 'then',
    type: 'group' as const,
    enableWhen: [{ question: 'n', operator, ...more }] as QuestionnaireItem['enableWhen'],
    ...(any ? { enableBehavior: 'any' as const } : {}),
    item: [{ linkId: 'below', text: 'Below?', type: 'string' as const }],
  })
  const isAsked = (item: object, value: number | undefined) => {
    const items = [{ linkId: 'n', text: 'N?', type: 'integer' as const }, item as QuestionnaireItem]
    const off = notAsked(items, (id) =>
      id === 'n' && value !== undefined ? [{ valueInteger: value }] : [],
    )
    t.equal(off.has('below'), off.has('then'))
    return !off.has('then')
  }
  for (const [operator, yes, no] of [
    ['=', 5, 6],
    ['!=', 6, 5],
    ['>', 6, 5],
    ['<', 4, 5],
    ['>=', 5, 4],
    ['<=', 5, 6],
  ] as const) {
    t.ok(isAsked(when(operator, { answerInteger: 5 }), yes), `${yes} ${operator} 5`)
    t.notOk(isAsked(when(operator, { answerInteger: 5 }), no), `${no} ${operator} 5`)
  }
  t.ok(isAsked(when('exists', { answerBoolean: true }), 1))
  t.notOk(isAsked(when('exists', { answerBoolean: true }), undefined))
  t.ok(isAsked(when('exists', { answerBoolean: false }), undefined))
  t.notOk(isAsked(when('=', { answerInteger: 5 }), undefined), 'without an answer nothing holds')
  const circle = [
    {
      linkId: 'a',
      text: 'A?',
      type: 'string' as const,
      enableWhen: [{ question: 'b', operator: 'exists' as const, answerBoolean: true }],
    },
    {
      linkId: 'b',
      text: 'B?',
      type: 'string' as const,
      enableWhen: [{ question: 'a', operator: 'exists' as const, answerBoolean: true }],
    },
  ]
  t.equal(notAsked(circle, () => [{ valueString: 'x' }]).size, 2, 'who wait for each other')
})
