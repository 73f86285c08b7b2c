/** Whose a referral is and until when it sleeps, as its page shows it. */

import type { Caller } from '../../../domain/access/caller.ts'
import { type AtDesk, type Colleague, hiddenUntil } from '../../../domain/referral/desk.ts'
import { isClosed } from '../../../domain/referral/life.ts'
import { type Html, html } from '../../pages/html.ts'
import { formTokenField, hidden, tag } from '../components.ts'
import type { PageDeps } from '../deps.ts'
import { meOf } from '../queue/filters.ts'
import { seenOf } from '../queue/table.ts'
import { listOf, withList } from '../referral/next.ts'
import { sayCodeOf } from '../referral/words.ts'
import { dateWords, localDate } from '../times.ts'
import type { View } from '../view.ts'
import { ownerSelect } from './owner-select.ts'

export interface Desk {
  /** Whose it is, and until when it sleeps. */
  readonly standing: Html
  /** What changes that; undefined once the referral is closed. */
  readonly acts: Html | undefined
}

/** @returns undefined where the clinic has it not */
export async function deskOf(
  { people: { worklist } }: Pick<PageDeps, 'people'>,
  caller: Caller,
  view: View,
  id: string,
): Promise<Desk | undefined> {
  const [found, colleagues] = await Promise.all([
    worklist.desk.find(caller, id),
    worklist.desk.colleagues(caller),
  ])
  return found && deskShown(view, found, colleagues, meOf(caller))
}

function deskShown(view: View, found: AtDesk, colleagues: readonly Colleague[], me: string): Desk {
  const { say, now } = view
  const { id, owner, status } = found
  const name = colleagues.find((each) => each.id === owner)?.name ?? say('notKnown')
  const whose = owner === '' ? say('desk.unassigned') : owner === me ? say('desk.you', name) : name
  const hidden = hiddenUntil(found)
  const isAsleep = hidden !== undefined && Date.parse(hidden) > now.getTime()
  const path = `/referrals/${id}`
  const list = listOf(view)
  const sent = { row: seenOf(found), list }
  return {
    standing: html`<p><b>${say('desk.owner')}</b> <bdi>${whose}</bdi>${isAsleep && html` ${tag(say('desk.snoozed', dateWords(localDate(hidden, view), view)), 'info')} <span class="quiet">${sayCodeOf(view, 'desk.reason', found.snoozedFor ?? 'other')}</span>`}</p>`,
    acts: isClosed(status)
      ? undefined
      : html`<div class="no-print desk-acts">${owner !== me && pressForm(view, `${path}/assign`, say('desk.take'), { ...sent, owner: me })}
${assignForm(view, `${path}/assign`, sent, colleagues, me, owner)}
${isAsleep ? pressForm(view, `${path}/wake`, say('desk.wake'), sent) : html`<a class="button second" href="${withList(`${path}/snooze`, list)}" data-key="h">${say('desk.snooze')}</a>`}</div>`,
  }
}

/** One press, beside those that decide on the referral. */
const pressForm = (
  view: View,
  action: string,
  words: string,
  fields: Readonly<Record<string, string>>,
): Html =>
  html`<form method="post" action="${action}" class="inline">${formTokenField(view)}${hidden(fields)}<button class="second">${words}</button></form>`

const assignForm = (
  view: View,
  action: string,
  sent: Readonly<Record<string, string>>,
  colleagues: readonly Colleague[],
  me: string,
  owner: string,
): Html => html`<form method="post" action="${action}" class="one">${formTokenField(view)}${hidden(sent)}
${ownerSelect(view, colleagues, me, owner)}<button class="second">${view.say('desk.assign')}</button></form>`
