/** What a referrer is asked for, read as its EHR would read it. */

import type { Bundle, FhirResource, Questionnaire, QuestionnaireItem, Task } from 'fhir/r4'
import type { Referred } from './world.ts'

export interface AskedFor {
  readonly task: Task
  readonly form: Questionnaire
}

/** The Tasks that ask for information, newest first, each with the form that is its focus now. */
export async function askedOf({ by, taskId }: Referred): Promise<readonly AskedFor[]> {
  const { body } = await by.get<Bundle<FhirResource>>(
    `Task?part-of=Task/${taskId}&_include=Task:focus`,
  )
  const resources = (body.entry ?? []).flatMap(({ resource }) => resource ?? [])
  return resources
    .filter((each): each is Task => each.resourceType === 'Task')
    .map((task) => ({
      task,
      form: resources.find(
        ({ resourceType, id }) => `${resourceType}/${id}` === task.focus?.reference,
      ) as Questionnaire,
    }))
}

/** `status/business status` of a Task that asks. */
export const askingStatus = ({ task }: AskedFor): string =>
  `${task.status}/${task.businessStatus?.coding?.[0]?.code}`

/** The linkIds of the questions of a form: what is no group and only shown is left out. */
export const questionsOf = ({ item = [] }: Questionnaire): readonly string[] =>
  allOf(item).flatMap(({ linkId, type }) => (type === 'choice' ? [linkId] : []))

/** The criteria that a form is about. */
export const subjectsOf = ({ item = [] }: Questionnaire): readonly string[] =>
  item.map(({ linkId }) => linkId.replace(/^about-/, ''))

export const textsOf = ({ item = [] }: Questionnaire): readonly string[] =>
  allOf(item).map(({ text }) => text ?? '')

const allOf = (items: readonly QuestionnaireItem[]): readonly QuestionnaireItem[] =>
  items.flatMap((each) => [each, ...allOf(each.item ?? [])])

/** The canonical, with version, that an answer names. */
export const canonicalOf = ({ url, version }: Questionnaire): string => `${url}|${version}`
