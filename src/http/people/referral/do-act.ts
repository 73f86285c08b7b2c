/** An action as the move of the story that it is: at once, or after it was held. */

import type { Caller, Person } from '../../../domain/access/caller.ts'
import type { Agent } from '../../../domain/referral/change.ts'
import { moveTask } from '../../../domain/referral/move-task.ts'
import type { PageDeps } from '../deps.ts'
import type { Form } from '../form.ts'
import type { View } from '../view.ts'
import type { FieldErrors } from './act-forms.ts'
import { readAct, type Said } from './act-words.ts'
import { type ActName, targetOf } from './acts.ts'
import type { ReferralModel } from './model.ts'

export interface Move extends Said {
  /** What the trail says of it. */
  readonly detail: string
}

/** @returns what to do, or what has to be mended first */
export function moveOf(
  view: View,
  model: ReferralModel,
  name: ActName,
  form: Form,
  person: Person,
): Move | { readonly errors: FieldErrors } {
  const said = readAct(view, model, name, form, person)
  if ('errors' in said) return said
  const { businessStatus } = model.referral
  const detail = said.word.detail ?? targetOf(name, model.referral)?.[1] ?? businessStatus
  return { ...said, detail }
}

/** @throws Problem as moveTask */
export async function doAct(
  { intake }: Pick<PageDeps, 'intake'>,
  { referral: { taskId } }: ReferralModel,
  { compose, word }: Said,
  version: number,
  caller: Caller,
  agent: Agent,
): Promise<void> {
  await moveTask(intake, taskId, compose, version, caller, agent, word)
}
