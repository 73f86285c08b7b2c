/** What happened, in plain words, from the trail that the stories themselves wrote. */

import type { Caller } from '../../../domain/access/caller.ts'
import type { AuditRow } from '../../../domain/audit/audit-row.ts'
import { type Html, html } from '../../pages/html.ts'
import type { PageDeps } from '../deps.ts'
import { dateWords, localDate, time } from '../times.ts'
import type { View } from '../view.ts'
import { titleWords } from './criteria.ts'
import type { ReferralModel } from './model.ts'
import { sayCodeOf } from './words.ts'

/** So many on one page; the others are behind a link. */
const pageSize = 50

export interface Trail {
  /** Newest first. */
  readonly rows: readonly AuditRow[]
  /** Where the next page begins. */
  readonly before: string | undefined
}

/** Changes only: who looked is in the audit trail of the API. */
export async function readTrail(
  { auditTrail }: Pick<PageDeps, 'auditTrail'>,
  caller: Caller,
  { referral: { id, taskId } }: ReferralModel,
  before?: string,
): Promise<Trail> {
  const rows = await auditTrail.search(caller, {
    entities: [`ServiceRequest/${id}`, `Task/${taskId}`],
    kinds: ['C', 'U'],
    outcomes: ['success'],
    count: pageSize,
    ...(before ? { before } : {}),
  })
  const page = rows.slice(0, pageSize)
  return { rows: page, before: rows.length > pageSize ? page.at(-1)?.id : undefined }
}

export function timeline(
  view: View,
  deps: Pick<PageDeps, 'people'>,
  model: ReferralModel,
  { rows, before }: Trail,
): Html {
  const { say } = view
  return html`<ol class="timeline">${rows.map(
    (row) =>
      html`<li>${time(row.recorded, view)} <b dir="auto">${whoDid(deps, row)}</b>: ${whatHappened(view, model, row)}</li>`,
  )}</ol>
${before && html`<p><a href="/referrals/${model.referral.id}/history?before=${before}">${say('referral.older')}</a></p>`}`
}

/** The person where one is known, else the organisation, else the service. */
export function whoDid(
  { people }: Pick<PageDeps, 'people'>,
  { personName, organization }: Pick<AuditRow, 'personName' | 'organization'>,
): string {
  const registry = people.registry()
  const known = organization
    ? (registry.clinicById(organization)?.name ??
      registry.referrerById(organization)?.name ??
      organization)
    : undefined
  return personName ? (known ? `${personName}, ${known}` : personName) : (known ?? 'Referloop')
}

export function whatHappened(
  view: View,
  model: ReferralModel,
  { action, detail = '' }: AuditRow,
): string {
  const { say } = view
  if (action === 'move') {
    const [kind, criterion] = detail.split(' ')
    if (kind === 'finding' && criterion)
      return say('referral.did.finding', titleWords(view, model, criterion))
    if (kind === 'note') return say('referral.did.note')
    return detail ? sayCodeOf(view, 'status', detail) : say('referral.did.move')
  }
  if (action === 'status') {
    const to = /^\S+ to (\S+):/.exec(detail)?.[1]
    return to
      ? say('referral.did.status', sayCodeOf(view, 'referral.task', to))
      : say('referral.did.move')
  }
  return atDesk(view, action, detail) ?? sayCodeOf(view, 'referral.did', action)
}

/** What domain/referral/desk.ts puts on record; nothing of it where something is withheld. */
function atDesk(view: View, action: string, detail: string): string | undefined {
  const { say } = view
  if (action === 'assign' && detail === 'to nobody') return say('referral.did.assignToNobody')
  const name = action === 'assign' ? /^to (.+)$/.exec(detail)?.[1] : undefined
  if (name) return say('referral.did.assignTo', name)
  const [, until, reason] = (action === 'snooze' && /^until (\S+): (\S+)$/.exec(detail)) || []
  if (!until || !reason) return undefined
  const day = dateWords(localDate(until, view), view)
  return say('referral.did.snoozeUntil', day, sayCodeOf(view, 'desk.reason', reason))
}
