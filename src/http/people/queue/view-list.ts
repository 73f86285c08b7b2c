/** The lists that were saved under a name, as links with how many each has. */

import { type Html, html } from '../../pages/html.ts'
import type { View } from '../view.ts'
import { queryOf, readList } from './filters.ts'
import type { Queue } from './queue.ts'
import { countWords } from './tools.ts'

export function viewList(view: View, { address, views, sought }: Queue): Html {
  const { say } = view
  const here = queryOf({ ...address, after: undefined })
  const isHere = (query: string) => sought === undefined && queryOf(readList(query)) === here
  const save = here === '' ? 'tab=new' : here
  return html`<nav class="views" aria-label="${say('views.nav')}">${views.length > 0 && html`<span class="quiet">${say('views.nav')}</span>`}<ul>${views.map(
    ({ name, query, size }) =>
      html`<li><a href="/worklist?${query}"${isHere(query) && html` aria-current="true"`}><bdi>${name}</bdi> <span class="count">${countWords(view, size)}</span></a></li>`,
  )}${
    sought === undefined &&
    html`<li><a class="more" href="/worklist/views?${save}">${say(views.length > 0 ? 'views.manage' : 'views.save')}</a></li>`
  }</ul></nav>`
}
