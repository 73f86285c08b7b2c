/** The figures of a clinic or a practice, and each of their tables as a file. */

import type { FastifyRequest } from 'fastify'
import { auditEntry } from '../../request.ts'
import { csvOf, sendCsv } from '../csv.ts'
import type { PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'
import { sendPage } from '../send.ts'
import { readAddress } from './address.ts'
import { readInsight } from './model.ts'
import { insightPage } from './page.ts'
import { tableCodes, tableOf } from './tables.ts'

type Query = { Querystring: Record<string, unknown> }

export const insightRoutes: PageRoutes = (app, deps) => {
  const read = async (request: FastifyRequest<Query>, what: string) => {
    const caller = requirePerson(request)
    const view = viewFor(request, deps)
    const model = await readInsight(deps, caller, view, readAddress(request.query))
    const { first, last } = model.period
    await deps.audit([
      auditEntry(
        request,
        {
          action: 'evaluate-measure',
          kind: 'E',
          outcome: 'success',
          detail: `figures ${what} ${first} ${last}`,
        },
        deps.now(),
      ),
    ])
    return { view, model }
  }

  app.get<Query>('/insight', async (request, reply) => {
    const { view, model } = await read(request, 'page')
    return sendPage(reply, view, {
      title: view.say('insight.title'),
      section: 'insight',
      width: 'wide',
      body: insightPage(view, model),
    })
  })

  for (const code of tableCodes)
    app.get<Query>(`/insight/${code}.csv`, async (request, reply) => {
      const { view, model } = await read(request, code)
      const { columns, rows } = tableOf(view, model, code)
      const text = csvOf(
        columns,
        rows.map(({ head, cells }) => [head, ...cells.map(({ value }) => value)]),
      )
      return sendCsv(reply, `figures-${code}-${model.period.first}-${model.period.last}`, text)
    })
}
