/** Every kind of form that a referrer is asked to fill in, and the policy's own. */

import type { FhirResource, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { askOfClinic } from '../../src/domain/referral/wanted-information.ts'
import { composeForm } from '../../src/domain/referral/wanted-questionnaire.ts'
import { readPublished } from '../../src/domain/screening/published.ts'
import { wantedItems } from '../../src/domain/screening/wanted-form.ts'
import {
  form as aForm,
  bundleOf,
  code,
  condition,
  icd,
  type Parts,
  screenParts,
} from '../domain/screening/build.ts'

export interface MadeForm {
  readonly name: string
  readonly form: Questionnaire
}

const policyForm = (readPublished() as readonly FhirResource[]).find(
  (each): each is Questionnaire => each.resourceType === 'Questionnaire',
) as Questionnaire

const contraindications = [
  'cardiovascular-disease',
  'liver-disease',
  'psychosis',
  'substance-use',
  'intracranial-pressure',
  'glaucoma',
  'pregnancy',
  'ketamine-hypersensitivity',
] as const

const { onsetDateTime: _onset, ...undated } = condition(code(icd, 'G90.511'))
const nothing: Parts = {
  form: null,
  opioid: null,
  pain: null,
  bloodPressure: null,
  condition: null,
}

/** What each lacks, by name. */
const lacking: Readonly<Record<string, Parts>> = {
  ...Object.fromEntries(contraindications.map((id) => [id, { answers: { [id]: '' } }])),
  'baseline-pain-score': { pain: null },
  'qualifying-condition': { condition: null },
  chronicity: { condition: undated },
  'treatment-failure-or-surgery': { opioid: null, answers: { 'planned-surgery': '' } },
  everything: nothing,
  'what the record has from before': {
    ...nothing,
    add: [
      aForm({ glaucoma: 'N', psychosis: 'Y', 'planned-surgery': 'Y' }, { authored: '2025-08-01' }),
      aForm(
        {},
        {
          authored: '2025-09-01',
          item: [
            { linkId: 'glaucoma-detail', answer: [{ valueString: 'Suspected in 2019' }] },
            { linkId: 'planned-surgery-date', answer: [{ valueDate: '2026-05-01' }] },
            {
              linkId: 'about-liver-disease-not-available',
              answer: [{ valueString: 'The laboratory has no sample' }],
            },
          ],
        },
      ),
    ],
  },
}

const itemsFor = (parts: Parts): QuestionnaireItem[] =>
  wantedItems(
    screenParts(parts),
    policyForm,
    (bundleOf(parts).entry ?? []).flatMap(({ resource }) => (resource as FhirResource) ?? []),
  )

export async function madeForms(): Promise<readonly MadeForm[]> {
  const made = (items: readonly QuestionnaireItem[], form?: string): Questionnaire =>
    composeForm('0b6c', 1, 'p-1', { items, ...(form ? { form } : {}), sources: [] }, now)
  const asked = async (text: string, questions: readonly string[]) => {
    const ask = await askOfClinic(
      { resources: { readMany: async () => [] } },
      { referrerId: 'r', id: 's' } as never,
      {
        status: 'received',
        businessStatus: 'awaiting-information',
        ...(text ? { reason: { text } } : {}),
      },
      questions,
    )
    return made(ask?.items ?? [])
  }
  const canonical = `${policyForm.url}|${policyForm.version}`
  return [
    { name: 'the policy’s own form', form: policyForm },
    ...Object.entries(lacking).map(([name, parts]) => ({
      name,
      form: made(itemsFor(parts), canonical),
    })),
    { name: 'a clinic’s message', form: await asked('Which opioids were tried?', []) },
    { name: 'a clinic that says nothing', form: await asked('', []) },
    {
      name: 'a clinic’s questions',
      form: await asked('Please:\n- Any surgery?\n- Who is the next of kin?', [
        'Any surgery?',
        'Who is the next of kin?',
      ]),
    },
  ]
}

const now = '2026-03-02T10:00:00.000Z'
