/** What became of something that was done with several referrals: said over the list, by codes of its address. */

import type { FastifyRequest } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import type { Colleague, DeskOutcome, DeskRefusal } from '../../../domain/referral/desk.ts'
import { type Html, html } from '../../pages/html.ts'
import { notice } from '../components.ts'
import type { PageDeps } from '../deps.ts'
import { patientNameHtml } from '../patient.ts'
import { shownRows } from '../queue/shown-rows.ts'
import type { View } from '../view.ts'

const deeds = ['assign', 'snooze', 'nothing', 'none'] as const
type Deed = (typeof deeds)[number]

interface Done {
  readonly did: Deed
  readonly count: number
  readonly notDone: DeskOutcome['notDone']
}

const reasons = ['gone', 'changed', 'closed', 'due'] as const satisfies readonly DeskRefusal[]

/** An address of the list that says it. @param list of it, as codes */
export function doneAddress(
  list: string,
  did: Deed,
  { done, notDone }: DeskOutcome = { done: [], notDone: [] },
): string {
  const said = new URLSearchParams({ did })
  if (done.length > 0) said.set('count', String(done.length))
  for (const { id, why } of notDone) said.append('not', `${why}.${id}`)
  return `/worklist?${list || 'tab=new'}&${said}`
}

export function readDone(query: Readonly<Record<string, unknown>>): Done | undefined {
  const did = deeds.find((deed) => deed === query.did)
  if (!did) return undefined
  return {
    did,
    count: /^\d{1,3}$/.test(String(query.count)) ? Number(query.count) : 0,
    notDone: [query.not ?? []].flat().flatMap((each) => {
      const [, why, id] = /^([a-z]+)\.([A-Za-z0-9.-]{1,64})$/.exec(String(each)) ?? []
      const known = reasons.find((reason) => reason === why)
      return known && id ? [{ id, why: known }] : []
    }),
  }
}

/** In words, with the referrals that it was not done with, one by one. */
export async function toldOf(
  deps: PageDeps,
  request: FastifyRequest,
  caller: Caller,
  view: View,
  done: Done | undefined,
  colleagues: readonly Colleague[],
): Promise<Html | undefined> {
  if (!done) return undefined
  const { say } = view
  const { did, count, notDone } = done
  if (did === 'nothing' || did === 'none') return notice(say(`desk.did.${did}`), 'wait', true)
  const queued = await deps.people.worklist.some(
    caller,
    notDone.map(({ id }) => id),
  )
  const showing = { queued, colleagues, action: 'search', detail: `${did} not done` } as const
  const rows = await shownRows(deps, request, caller, showing)
  const line = ({ id, why }: (typeof notDone)[number]) => {
    const row = rows.find((each) => each.id === id)
    return html`<li>${row ? html`<a href="/referrals/${id}">${patientNameHtml(row.patient, view)}</a>` : html`<bdi>${id}</bdi>`}: ${say(`desk.why.${why}`)}</li>`
  }
  return html`${count > 0 && notice(say(`desk.did.${did}`, count), 'good', true)}${
    notDone.length > 0 &&
    notice(
      html`<p>${say('desk.notDone', notDone.length)}</p><ul>${notDone.map(line)}</ul>`,
      'wait',
      true,
    )
  }`
}
