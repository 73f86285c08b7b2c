/** The list as a page: tabs, search, filters, rows, and what can be done with them. */

import { type Html, html, type Part } from '../../pages/html.ts'
import type { View } from '../view.ts'
import { bulkBar, rowTools } from './bulk-bar.ts'
import { addressOf, isFiltered, queryOf } from './filters.ts'
import type { Queue } from './queue.ts'
import { table } from './table.ts'
import { chips, filterForm, ownerSwitch, searchForm, tabList } from './tools.ts'
import { viewList } from './view-list.ts'

export function queuePage(view: View, queue: Queue): Html {
  const { say } = view
  const { address, rows, chosen = false, me, sought, told } = queue
  const list = sought === undefined ? queryOf({ ...address, after: undefined }) : ''
  return html`<h1>${say('queue.title')}</h1>
${told}
<div role="status"><p class="notice info" data-live="/worklist/live" data-lost="${say('news.lost')}" data-missed="${say('news.missed')}" hidden><span data-words>${say('queue.changed')}</span> <a href="${addressOf(address)}">${say('queue.reload')}</a></p></div>
${viewList(view, queue)}
${tabList(view, queue)}
<div class="tools">${searchForm(view, queue)}${ownerSwitch(view, queue)}${filterForm(view, queue)}</div>
${chips(view, queue)}
${rowTools(view, queue)}
${rows.length > 0 ? table(view, rows, { list, chosen, me }) : empty(view, queue)}
${bulkBar(view, queue)}
${paging(view, queue)}
${view.shortcuts && html`<p class="quiet keys-hint">${say('queue.keys')}</p>`}`
}

const empty = ({ say }: View, { address, sought }: Queue): Html => {
  const isNarrow = sought !== undefined || address.owner !== undefined || isFiltered(address)
  return html`<p class="empty">${say(isNarrow ? 'queue.emptyFound' : 'queue.empty')}</p>`
}

const paging = ({ say }: View, { address, next }: Queue): Part =>
  (address.after || next) &&
  html`<nav class="paging" aria-label="${say('queue.next')}">${address.after && html`<a href="${addressOf({ ...address, after: undefined })}">${say('queue.first')}</a>`} ${next && html`<a href="${next}" rel="next">${say('queue.next')}</a>`}</nav>`
