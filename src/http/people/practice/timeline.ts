/** What happened with a referral, in the words of its practice, from the trail that the stories wrote. */

import type { AuditRow } from '../../../domain/audit/audit-row.ts'
import { businessStatuses } from '../../../domain/referral/life.ts'
import { type Html, html } from '../../pages/html.ts'
import type { PageDeps } from '../deps.ts'
import { type Trail, whoDid } from '../referral/timeline.ts'
import { sayCodeOf } from '../referral/words.ts'
import { time } from '../times.ts'
import type { View } from '../view.ts'
import { standingWords } from './list-page.ts'

export function practiceTimeline(
  view: View,
  deps: Pick<PageDeps, 'people'>,
  id: string,
  { rows, before }: Trail,
): Html {
  return html`<ol class="timeline">${rows.map(
    (row) =>
      html`<li>${time(row.recorded, view)} <b dir="auto">${whoDid(deps, row)}</b>: ${whatHappened(view, row)}</li>`,
  )}</ol>
${before && html`<p><a href="/practice/${id}/history?before=${before}">${view.say('practice.older')}</a></p>`}`
}

function whatHappened(view: View, { action, detail = '' }: AuditRow): string {
  const { say } = view
  if (action === 'move') {
    const [kind = ''] = detail.split(' ')
    if (kind === 'finding' || kind === 'note') return say(`practice.did.${kind}`)
    return Object.hasOwn(businessStatuses, detail)
      ? say('practice.did.to', standingWords(view, detail))
      : say('practice.did.move')
  }
  if (action === 'status') {
    const to = /^\S+ to (\S+):/.exec(detail)?.[1]
    return to
      ? say('practice.did.to', sayCodeOf(view, 'referral.task', to))
      : say('practice.did.move')
  }
  return sayCodeOf(view, 'practice.did', action)
}
