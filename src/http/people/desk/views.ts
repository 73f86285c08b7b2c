/** Lists under a name: saving the one that was open, and changing those that there are. */

import { randomUUID } from 'node:crypto'
import type { Caller } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import { longestViewName, mostViews, type ViewsOf } from '../../../domain/referral/saved-view.ts'
import { type Html, html } from '../../pages/html.ts'
import { errorSummary, formTokenField, hidden, notice, textField } from '../components.ts'
import type { PageRoutes } from '../deps.ts'
import { type Form, formOf } from '../form.ts'
import { requirePerson, viewFor } from '../person.ts'
import { meOf, queryOf, readAddress, readList } from '../queue/filters.ts'
import { narrowedBy } from '../queue/tools.ts'
import { sendPage } from '../send.ts'
import type { View } from '../view.ts'

const deeds = ['save', 'rename', 'remove', 'begin', 'usual'] as const

export const viewRoutes: PageRoutes = (app, deps) => {
  const { views, desk } = deps.people.worklist
  const showsOf = async (view: View, caller: Caller, list: string): Promise<string> => {
    const address = readList(list)
    const { referrers } = deps.people.registry()
    const colleagues = await desk.colleagues(caller)
    const narrowed = narrowedBy(view, address, { referrers, colleagues })
    return [view.say(`queue.tab.${address.tab}`), ...narrowed.map(([, words]) => words)].join(' · ')
  }

  app.get<{ Querystring: Record<string, unknown> }>('/worklist/views', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const view = viewFor(request, deps)
    const list = queryOf({ ...readAddress(request.query), after: undefined })
    const kept = await views.of(caller, meOf(caller))
    const body = viewsPage(view, { list, shows: await showsOf(view, caller, list), kept })
    return sendPage(reply, view, { title: view.say('views.title'), section: 'worklist', body })
  })

  app.post('/worklist/views', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const { organization } = caller
    const me = meOf(caller)
    const form = formOf(request)
    const view = viewFor(request, deps)
    const deed = form.code('do', deeds)
    // Codes are kept and nothing else, whatever was sent as the list.
    const list = queryOf({ ...readList(form.text('list')), after: undefined })
    const id = form.text('view')
    const name = form.text('name')
    const fault = deed === 'save' || deed === 'rename' ? faultOf(view, name) : undefined
    const isKept = async () => {
      const isShared = form.code('whose', ['mine', 'shared']) === 'shared'
      const made = { id: randomUUID(), name, isShared, query: list }
      return views.keep(organization, me, made)
    }
    const error = fault ?? (deed === 'save' && !(await isKept()) ? tooMany(view) : undefined)
    if (error) {
      const kept = await views.of(caller, me)
      const shows = await showsOf(view, caller, list)
      const body = viewsPage(view, { list, shows, kept, form, error })
      return sendPage(
        reply,
        view,
        { title: view.say('views.title'), section: 'worklist', body },
        422,
      )
    }
    if (deed === 'save') return reply.redirect(`/worklist?${list}`, 303)
    if (deed === 'usual') await views.beginWith(organization, me, undefined)
    else if (!/^[0-9a-f-]{36}$/.test(id)) throw new Problem('bad-request')
    else if (deed === 'rename') await views.rename(organization, me, id, name)
    else if (deed === 'remove') await views.remove(organization, me, id)
    else await views.beginWith(organization, me, id)
    return reply.redirect(`/worklist/views?${list}`, 303)
  })
}

const faultOf = ({ say }: View, name: string): string | undefined => {
  if (name === '') return say('form.required')
  return name.length > longestViewName ? say('form.tooLong', longestViewName) : undefined
}

const tooMany = ({ say }: View): string => say('views.tooMany', mostViews)

interface ViewsPage {
  readonly list: string
  /** What the list shows, in words. */
  readonly shows: string
  readonly kept: ViewsOf
  readonly form?: Form
  readonly error?: string
}

function viewsPage(view: View, { list, shows, kept, form, error }: ViewsPage): Html {
  const { say } = view
  const isSaving = form === undefined || form.text('do') === 'save'
  const whose = form?.text('whose') === 'shared' ? 'shared' : 'mine'
  const choice = (value: 'mine' | 'shared') =>
    html`<div class="choice"><input type="radio" id="whose-${value}" name="whose" value="${value}"${value === whose && html` checked`}><label for="whose-${value}">${say(`views.${value}`)}</label></div>`
  return html`<p><a href="/worklist?${list || 'tab=new'}">${say('views.open')}</a></p>
<h1>${say('views.title')}</h1>
${error !== undefined && (isSaving ? errorSummary(say('form.errors'), [['name', error]]) : notice(error, 'bad', true))}
<h2>${say('views.save')}</h2>
<p><bdi>${say('views.shows', shows)}</bdi></p>
<form method="post" action="/worklist/views" novalidate>${formTokenField(view)}${hidden({ list })}
${textField({ name: 'name', label: say('views.name'), hint: say('views.nameHint'), ...(isSaving ? { value: form?.text('name'), error } : {}) })}
<fieldset class="field"><legend>${say('views.whose')}</legend>${choice('mine')}${choice('shared')}</fieldset>
<div class="actions"><button name="do" value="save">${say('views.keep')}</button></div></form>
${kept.views.length === 0 ? html`<p class="empty">${say('views.none')}</p>` : viewTable(view, list, kept)}`
}

const viewTable = (view: View, list: string, { views, first }: ViewsOf): Html => {
  const { say } = view
  return html`<h2>${say('views.manage')}</h2>
<ul class="saved-lists">${views.map(
    ({ id, name, isShared, query }) => html`<li>
<p><a href="/worklist?${query}"><bdi>${name}</bdi></a>${isShared && html` <span class="quiet">${say('views.ofClinic')}</span>`}${id === first && html` <span class="quiet">${say('views.isFirst')}</span>`}</p>
<form method="post" action="/worklist/views" class="one">${formTokenField(view)}${hidden({ list, view: id })}
<input name="name" value="${name}" maxlength="${longestViewName}" aria-label="${say('views.newName', name)}" dir="auto">
<button class="second" name="do" value="rename" aria-label="${say('views.renameOne', name)}">${say('views.rename')}</button>
${id !== first && html`<button class="second" name="do" value="begin" aria-label="${say('views.beginOne', name)}">${say('views.begin')}</button>`}
<button class="second" name="do" value="remove" aria-label="${say('views.removeOne', name)}">${say('views.remove')}</button></form></li>`,
  )}</ul>
${first !== undefined && html`<form method="post" action="/worklist/views">${formTokenField(view)}${hidden({ list })}<button class="second" name="do" value="usual">${say('views.usual')}</button></form>`}`
}
