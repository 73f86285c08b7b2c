/** What the page of the figures is made from. */

import type { Caller } from '../../../domain/access/caller.ts'
import {
  openingsBetween,
  usualHours,
  type WorkingHours,
} from '../../../domain/access/working-hours.ts'
import { type Figures, figuresOf } from '../../../domain/insight/figures.ts'
import { type Period, periodOf, type Span } from '../../../domain/insight/period.ts'
import type { Tally } from '../../../domain/insight/tally.ts'
import type { PageDeps } from '../deps.ts'
import type { View } from '../view.ts'
import type { InsightAddress } from './address.ts'

export interface InsightModel {
  readonly role: Caller['role']
  readonly address: InsightAddress
  readonly period: Period
  /** True when the days that were asked for make no period, and others are shown. */
  readonly isOther: boolean
  readonly hours: WorkingHours
  readonly tally: Tally
  readonly figures: Figures
  readonly before: Figures
  /** The organisations on the other side, to choose from. */
  readonly partners: readonly { readonly id: string; readonly name: string }[]
  nameOf(partner: string): string
}

export async function readInsight(
  { people, insight }: Pick<PageDeps, 'people' | 'insight'>,
  caller: Caller,
  view: View,
  wished: InsightAddress,
): Promise<InsightModel> {
  const registry = people.registry()
  const now = view.now.toISOString()
  const asked = periodOf(wished, now, view.timeZone)
  const period = asked ?? (periodOf({ code: 'quarter' }, now, view.timeZone) as Period)
  const partners = caller.role === 'clinic' ? registry.referrers : registry.clinics
  const clinic = registry.clinicById(
    caller.role === 'clinic' ? caller.organization : (wished.partner ?? ''),
  )
  const hours = clinic?.due.hours ?? usualHours
  const ask = (span: Span, steps: readonly string[]) =>
    insight.tally(caller, {
      ...{ from: span.from, until: span.until, partner: wished.partner, steps },
      openings: openingsBetween(span.from, now, hours),
      openMs: (hours.close - hours.open) * 60_000,
    })
  const [tally, before] = await Promise.all([
    ask(
      period,
      period.steps.map(({ from }) => from),
    ),
    ask(period.before, [period.before.from]),
  ])
  return {
    role: caller.role,
    address: asked ? wished : { ...wished, code: 'quarter', on: undefined },
    period,
    isOther: asked === undefined,
    hours,
    tally,
    figures: figuresOf(tally),
    before: figuresOf(before),
    partners,
    nameOf: (partner) => partners.find(({ id }) => id === partner)?.name ?? partner,
  }
}
