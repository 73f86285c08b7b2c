/** A colleague to choose, or nobody. */

import { type Colleague, nobody } from '../../../domain/referral/desk.ts'
import { type Html, html } from '../../pages/html.ts'
import type { Form } from '../form.ts'
import type { View } from '../view.ts'

/** What stands for nobody in a form, where an empty choice would look forgotten. */
const none = 'none'

export function ownerSelect(
  { say }: View,
  colleagues: readonly Colleague[],
  me: string,
  chosen: string,
): Html {
  const sorted = [...colleagues].sort(
    (one, other) => Number(other.id === me) - Number(one.id === me),
  )
  const options = [
    ...sorted.map(({ id, name }) => ({ id, words: id === me ? say('desk.you', name) : name })),
    { id: none, words: say('desk.unassigned') },
  ]
  const isChosen = (id: string) => id === (chosen === nobody ? none : chosen)
  return html`<span class="choice"><label for="owner-to">${say('desk.assignTo')}</label>
<select id="owner-to" name="owner">${options.map(
    ({ id, words }) =>
      html`<option value="${id}"${isChosen(id) && html` selected`}>${words}</option>`,
  )}</select></span>`
}

/** @returns undefined for nobody @throws Problem bad-request for who is no colleague */
export function ownerIn(form: Form, colleagues: readonly Colleague[]): Colleague | undefined {
  const id = form.code('owner', [...colleagues.map((each) => each.id), none])
  return colleagues.find((each) => each.id === id)
}
