/** Above the list: whose, which tab, search, filters, and what it is narrowed by. */

import type { Colleague } from '../../../domain/referral/desk.ts'
import { type Counted, mostCounted, tabs } from '../../../domain/referral/worklist.ts'
import { overalls } from '../../../domain/screening/policy.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import { formTokenField, hidden, type Option, select } from '../components.ts'
import { sayCode, type View } from '../view.ts'
import { addressOf, dues, isFiltered, priorities, type QueueAddress } from './filters.ts'
import type { Queue } from './queue.ts'

export const countWords = ({ locale }: View, { count, isMore }: Counted): string =>
  `${count.toLocaleString(locale)}${isMore ? '+' : ''}`

export const tabList = (view: View, { address, counts, sought }: Queue): Html => {
  const { say } = view
  return html`<nav class="tabs" aria-label="${say('queue.tabs')}"><ul>${tabs.map((tab) => {
    const counted = { count: counts[tab], isMore: counts[tab] >= mostCounted }
    return html`<li><a href="${addressOf({ ...address, tab, after: undefined })}"${tab === address.tab && sought === undefined && html` aria-current="page"`}>${say(`queue.tab.${tab}`)} <span class="count">${countWords(view, counted)}</span></a></li>`
  })}</ul></nav>`
}

const whose = [
  [undefined, 'queue.owner.all'],
  ['mine', 'queue.owner.mine'],
  ['none', 'queue.owner.none'],
] as const

/** All, mine, nobody's; a colleague's is among the filters. */
export const ownerSwitch = ({ say }: View, { address, sought }: Queue): Html =>
  html`<nav class="switch" aria-label="${say('queue.whose')}"><ul>${whose.map(
    ([owner, words]) =>
      html`<li><a href="${addressOf({ ...address, owner, after: undefined })}"${owner === address.owner && sought === undefined && html` aria-current="true"`}>${say(words)}</a></li>`,
  )}</ul></nav>`

/** By POST: what is typed here names a patient, and an address is kept in too many places. */
export const searchForm = (view: View, { sought = '' }: Queue): Html => {
  const { say } = view
  return html`<form method="post" action="/worklist/find" role="search" class="find">${formTokenField(view)}
<label for="find">${say('queue.find')}</label>
<span class="hint" id="find-hint">${say('queue.findHint')}</span>
<span class="row"><input id="find" name="find" type="search" value="${sought}" maxlength="100" autocomplete="off" aria-describedby="find-hint" data-key="/"><button class="second">${say('queue.search')}</button></span>
</form>`
}

export const filterForm = (view: View, { address, referrers, colleagues, me }: Queue): Html => {
  const { say } = view
  const any: Option = { value: '', words: say('queue.any') }
  const codes = (group: 'priority' | 'overall', all: readonly string[]): Option[] => [
    any,
    ...all.map((value) => ({ value, words: sayCode(view, group, value) })),
  ]
  const owners: Option[] = [
    any,
    { value: 'mine', words: say('queue.owner.mine') },
    { value: 'none', words: say('queue.owner.none') },
    ...colleagues.filter(({ id }) => id !== me).map(({ id, name }) => ({ value: id, words: name })),
  ]
  return html`<details class="filters"${isFiltered(address) && html` open`}><summary>${say('queue.filter')}</summary>
<form method="get" action="/worklist">${hidden({ tab: address.tab })}
${select('owner', say('queue.owner'), owners, address.owner)}
${select('priority', say('queue.priority'), codes('priority', priorities), address.priority)}
${select('overall', say('queue.overall'), codes('overall', overalls), address.overall)}
${select('referrer', say('queue.referrer'), [any, ...referrers.map(({ id, name }) => ({ value: id, words: name }))], address.referrer)}
${select('due', say('queue.due'), [any, ...dues.map((value) => ({ value, words: say(`queue.due.${value}`) }))], address.due)}
<button class="second">${say('queue.apply')}</button></form></details>`
}

/** What the list is narrowed by, each with a way to take it back. */
export function chips(view: View, { address, referrers, colleagues }: Queue): Part {
  const { say } = view
  const shown = narrowedBy(view, address, { referrers, colleagues })
  if (shown.length === 0) return undefined
  const without = (name: keyof QueueAddress) =>
    addressOf({ ...address, [name]: undefined, after: undefined })
  return html`<ul class="chips">${shown.map(
    ([name, words]) =>
      html`<li><a href="${without(name)}" aria-label="${say('queue.without', words)}">${words} <span aria-hidden="true">×</span></a></li>`,
  )}<li><a href="${addressOf({ tab: address.tab })}">${say('queue.clear')}</a></li></ul>`
}

/** The filters of a list in words. */
export function narrowedBy(
  view: View,
  address: QueueAddress,
  { referrers, colleagues }: Pick<Queue, 'referrers' | 'colleagues'>,
): readonly (readonly [name: keyof QueueAddress, words: string])[] {
  const { owner, priority, overall, referrer, due } = address
  const given = [
    ['owner', owner && ownerWords(view, address, colleagues)],
    ['priority', priority && sayCode(view, 'priority', priority)],
    ['overall', overall && sayCode(view, 'overall', overall)],
    ['referrer', referrer && (referrers.find(({ id }) => id === referrer)?.name ?? referrer)],
    ['due', due && view.say(`queue.due.${due}`)],
  ] as const
  return given.flatMap(([name, words]) => (words ? [[name, words] as const] : []))
}

function ownerWords(
  { say }: View,
  { owner }: QueueAddress,
  colleagues: readonly Colleague[],
): string {
  if (owner === 'mine' || owner === 'none') return say(`queue.owner.${owner}`)
  return colleagues.find(({ id }) => id === owner)?.name ?? say('notKnown')
}
