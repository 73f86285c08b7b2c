/** What somebody is told wherever they go on: what is about to be sent, what could not be, what is about to go. */

import type { FastifyRequest } from 'fastify'
import type { Patient } from 'fhir/r4'
import type { Caller } from '../../../domain/access/caller.ts'
import { byPatient } from '../../../domain/audit/patients.ts'
import { parseFhirJson } from '../../../domain/fhir/json.ts'
import { type Draft, warnedMs } from '../../../domain/referral/draft.ts'
import type { Referral } from '../../../domain/referral/referral.ts'
import { type Html, html } from '../../pages/html.ts'
import { auditEntry } from '../../request.ts'
import { formTokenField, hidden, notice } from '../components.ts'
import type { PageDeps } from '../deps.ts'
import { isMessage } from '../messages/messages.ts'
import { patientName } from '../patient.ts'
import { sayCodeOf } from '../referral/words.ts'
import type { View } from '../view.ts'
import { type Kept, opened, personOf } from './kept.ts'

/** A draft with the referral that it is for, as far as its clinic still has it. */
export interface DraftRow extends Kept {
  readonly referral: Referral | undefined
  readonly patient: Patient | undefined
}

/** Reads whom drafts are about, and puts on record that it was shown. */
export async function draftRows(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  drafts: readonly Draft[],
): Promise<readonly DraftRow[]> {
  if (drafts.length === 0) return []
  const { referrals } = deps.intake
  const ids = [...new Set(drafts.map(({ referralId }) => referralId))]
  const found = await Promise.all(ids.map((id) => referrals.find(id, caller)))
  const byId = new Map(found.flatMap((each) => (each ? [[each.id, each] as const] : [])))
  const stored = await deps.resources.readMany(
    caller,
    [...byId.values()].map(({ patientId }) => `Patient/${patientId}`),
  )
  const what = { action: 'search', kind: 'E', outcome: 'success', detail: 'drafts' } as const
  if (stored.length > 0)
    await deps.audit(
      byPatient(stored).map((about) => auditEntry(request, { ...what, ...about }, deps.now())),
    )
  const patients = new Map(
    stored.map(({ id, content }) => [id, parseFhirJson(content) as Patient] as const),
  )
  return drafts.map((draft) => {
    const referral = byId.get(draft.referralId)
    return {
      ...opened(deps, draft),
      referral,
      patient: referral && patients.get(referral.patientId),
    }
  })
}

/**
 * On the list and on a referral.
 * @param warns false where each draft says by itself that it is about to go
 * @returns undefined when there is nothing to tell
 */
export async function draftNotices(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  view: View,
  warns = true,
): Promise<Html | undefined> {
  const all = await deps.people.drafts.ofPerson(caller, personOf(caller).id)
  const told = all.filter(({ sendAt, refused }) => sendAt || refused)
  const isExpiring = warns && all.some((draft) => !draft.refused && expires(draft, view))
  if (told.length === 0 && !isExpiring) return undefined
  const rows = await draftRows(deps, request, caller, told)
  const { say } = view
  return html`${rows.map((row) => (row.draft.sendAt ? heldNotice(view, row) : refusedNotice(view, row)))}
${isExpiring && notice(html`${say('draft.someExpire')} <a href="/worklist/drafts">${say('draft.toDrafts')}</a>`, 'wait')}`
}

/** True when it goes within the days that its author is warned. */
export const expires = ({ expiresAt, sendAt }: Draft, { now }: Pick<View, 'now'>): boolean =>
  !sendAt && Date.parse(expiresAt) - now.getTime() < warnedMs

export const addressOfDraft = ({ referralId, act }: Draft): string =>
  `/referrals/${referralId}/drafts/${act}`

function heldNotice(view: View, row: DraftRow): Html {
  const { say } = view
  const { draft } = row
  const act = sayCodeOf(view, 'referral.act', row.act)
  const at = secondsWords(draft.sendAt ?? draft.savedAt, view)
  return html`<form method="post" action="${addressOfDraft(draft)}/undo" class="notice good held" data-left="${Math.max(0, Date.parse(draft.sendAt ?? draft.savedAt) - view.now.getTime())}">${formTokenField(view)}${hidden({ criterion: row.criterion })}
<span role="status"><bdi>${say('held.done', act, patientName(row.patient, view), at)}</bdi></span> <button class="second" data-key="u">${say('held.undo')}</button></form>`
}

/** `14:02:07`: it is about seconds. */
const secondsWords = (instant: string, { locale, timeZone }: View): string =>
  new Intl.DateTimeFormat(locale, {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  } as const).format(new Date(instant))

function refusedNotice(view: View, row: DraftRow): Html {
  const { say } = view
  const act = sayCodeOf(view, 'referral.act', row.act)
  const why = `problem.${row.draft.refused}`
  const words = sayCodeOf(view, 'problem', isMessage(why) ? (row.draft.refused ?? '') : 'other')
  return notice(
    html`${say('held.refused', act, patientName(row.patient, view), words)} <a href="/referrals/${row.draft.referralId}">${say('held.look')}</a>`,
    'bad',
    true,
  )
}
