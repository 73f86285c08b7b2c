/**
 * A clinic's own page, for its people; and what each clinic asks for, for practices before they send.
 * Every practice may refer to every clinic that is not disabled, so every practice may read what it is
 * checked by (decision 33); what the clinic declined is for the clinic alone.
 */

import type { Clinic } from '../../../domain/access/registry.ts'
import { Problem } from '../../../domain/problem.ts'
import { requirementsOf } from '../../../domain/screening/requirements.ts'
import { type Html, html, type Part } from '../../pages/html.ts'
import type { PageDeps, PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import type { View } from '../view.ts'
import { declinesSection, readDeclines } from './declines.ts'
import { clinicPage } from './page.ts'

export const clinicRoutes: PageRoutes = (app, deps) => {
  app.get('/clinic', async (request, reply) => {
    const caller = requirePerson(request, 'clinic')
    const clinic = deps.people.registry().clinicById(caller.organization)
    if (!clinic) throw new Problem('not-found')
    const view = viewFor(request, deps)
    const declines = await readDeclines(deps, caller, clinic, view)
    const before = html`<p class="quiet">${view.say('clinic.seenBy')}</p>`
    return sendPage(reply, view, {
      title: clinic.name,
      section: 'clinic',
      body: bodyOf(deps, view, clinic, before, declinesSection(view, declines)),
    })
  })

  app.get('/clinics', async (request, reply) => {
    requirePerson(request, 'referrer')
    const view = viewFor(request, deps)
    return sendPage(reply, view, {
      title: view.say('clinic.all'),
      section: 'clinics',
      body: listPage(view, openClinics(deps)),
    })
  })

  app.get<{ Params: { id: string } }>('/clinics/:id', async (request, reply) => {
    requirePerson(request, 'referrer')
    const clinic = openClinics(deps).find(({ id }) => id === request.params.id)
    if (!clinic) throw new Problem('not-found')
    const view = viewFor(request, deps)
    const before = html`<p><a href="/clinics">${view.say('clinic.toList')}</a></p>`
    return sendPage(reply, view, {
      title: clinic.name,
      section: 'clinics',
      body: bodyOf(deps, view, clinic, before, undefined),
    })
  })
}

const openClinics = ({ people }: PageDeps): readonly Clinic[] =>
  people.registry().clinics.filter(({ disabled }) => !disabled)

function bodyOf(
  { policyOf }: PageDeps,
  view: View,
  clinic: Clinic,
  before: Part,
  after: Part,
): Html {
  const policy = policyOf(clinic)
  const published = policyOf({ ...clinic, policyOverrides: undefined })
  return clinicPage(view, {
    clinic,
    policy,
    asked: requirementsOf(policy, published),
    before,
    after,
  })
}

const listPage = (
  { say }: View,
  clinics: readonly Clinic[],
): Html => html`<h1>${say('clinic.all')}</h1>
${
  clinics.length === 0
    ? html`<p class="empty">${say('clinic.none')}</p>`
    : html`<p>${say('clinic.allHint')}</p>
<ul class="ways">${clinics.map(({ id, name }) => html`<li><a href="/clinics/${id}"><bdi>${name}</bdi></a></li>`)}</ul>`
}`
