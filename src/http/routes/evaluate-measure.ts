/** $evaluate-measure: https://hl7.org/fhir/R4/measure-operation-evaluate-measure.html */

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../../domain/access/caller.ts'
import { npiSystem } from '../../domain/access/npi.ts'
import type { Registry } from '../../domain/access/registry.ts'
import { usualHours } from '../../domain/access/working-hours.ts'
import {
  loopMeasureId,
  measureReport,
  type Organization,
} from '../../domain/insight/measure-report.ts'
import { measurementPeriod } from '../../domain/insight/measurement-period.ts'
import { Problem } from '../../domain/problem.ts'
import { pairsOf } from '../../domain/subscription/ask.ts'
import type { InsightRoute } from '../deps.ts'
import { evaluateMeasureSchema } from '../insight-schemas.ts'
import { sendFhir } from '../reply.ts'
import { auditEntry, queryPairs, requireScope } from '../request.ts'

const interaction = '$evaluate-measure'
const definition = 'https://referloop.example/fhir/OperationDefinition/evaluate-measure'

type OfOne = FastifyRequest<{ Params: { id: string } }>

export const evaluateMeasureRoute: InsightRoute = (app, deps) => {
  const evaluate = async (request: OfOne, reply: FastifyReply) => {
    const caller = requireScope(request, 'ServiceRequest', interaction)
    requireScope(request, 'Task', interaction)
    if (request.params.id !== loopMeasureId)
      throw new Problem('not-found', 'No Measure of this id is published.')
    const asked = askedFor([
      ...queryPairs(request.query),
      ...(request.method === 'POST' ? pairsOf(request.body) : []),
    ])
    const registry = deps.intake.registry()
    const reporter = organizationOf(registry, caller.role, caller.organization)
    requireOwn(asked.reporter, caller, reporter)
    const { hours } = registry.clinicById(caller.organization)?.due ?? { hours: usualHours }
    const period = measurementPeriod(asked.periodStart, asked.periodEnd, hours.timeZone)
    if (!period)
      throw new Problem(
        'bad-parameter',
        'periodStart and periodEnd are dates in their order, at most two years apart.',
      )
    const { total, partners } = await deps.insight.loop(caller, period)
    await deps.audit([
      auditEntry(
        request,
        {
          action: 'evaluate-measure',
          kind: 'E',
          outcome: 'success',
          detail: `${loopMeasureId} ${asked.periodStart} ${asked.periodEnd}`,
        },
        deps.now(),
      ),
    ])
    const other = caller.role === 'clinic' ? 'referrer' : 'clinic'
    const report = {
      reporter,
      role: caller.role,
      start: asked.periodStart,
      end: asked.periodEnd,
      total,
      partners: partners.map(({ partner, ...counts }) => ({
        ...counts,
        partner: organizationOf(registry, other, partner),
      })),
    }
    return sendFhir(reply, measureReport(report, deps.now().toISOString()))
  }

  for (const method of ['GET', 'POST'] as const)
    app.route({
      method,
      url: `/Measure/:id/${interaction}`,
      config: { bodyless: true, fhir: { types: ['Measure'], interaction, definition } },
      schema: evaluateMeasureSchema(method),
      handler: evaluate,
    })
}

/** One that is gone from the registry is known by its id alone. */
function organizationOf(registry: Registry, role: Caller['role'], id: string): Organization {
  return (
    (role === 'clinic' ? registry.clinicById(id) : registry.referrerById(id)) ?? {
      name: id,
      npi: 'unknown',
    }
  )
}

interface Asked {
  readonly periodStart: string
  readonly periodEnd: string
  readonly reporter: string | undefined
}

const ofLayout = new Set(['_format', '_pretty'])

/** @throws Problem bad-parameter for what is missing, twice there, or not served */
function askedFor(pairs: readonly (readonly [name: string, value: string])[]): Asked {
  const given = new Map<string, string>()
  for (const [name, value] of pairs.filter(([each]) => !ofLayout.has(each))) {
    if (!known.has(name) || given.has(name))
      throw new Problem(
        'bad-parameter',
        `$evaluate-measure takes ${[...known].join(', ')}, each at most once.`,
      )
    given.set(name, value)
  }
  const { periodStart, periodEnd, reporter, reportType } = Object.fromEntries(given)
  if (!periodStart || !periodEnd)
    throw new Problem('bad-parameter', 'Send periodStart and periodEnd.')
  if (reportType !== undefined && reportType !== 'population' && reportType !== 'summary')
    throw new Problem(
      'bad-parameter',
      'reportType is population; who the patients are is told by a search of Tasks.',
    )
  return { periodStart, periodEnd, reporter }
}

const known = new Set(['periodStart', 'periodEnd', 'reporter', 'reportType'])

/** Whoever else it names is as good as nobody. @throws Problem bad-parameter */
function requireOwn(
  reporter: string | undefined,
  { organization }: Caller,
  { npi }: Organization,
): void {
  const own = [organization, `Organization/${organization}`, `${npiSystem}|${npi}`]
  if (reporter !== undefined && !own.includes(reporter))
    throw new Problem(
      'bad-parameter',
      'reporter is your own organisation, as its NPI with system, or left out.',
    )
}
