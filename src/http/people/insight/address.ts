/** What the address of the figures says: codes and days only. */

import {
  type PeriodCode,
  type PeriodWish,
  periodCodes,
  type StepCode,
  stepCodes,
} from '../../../domain/insight/period.ts'

export interface InsightAddress extends PeriodWish {
  /** Registry id of the organisation on the other side that it is narrowed to. */
  readonly partner?: string | undefined
}

const one = <Code extends string>(value: unknown, codes: readonly Code[]): Code | undefined =>
  codes.find((code) => code === value)

const day = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined

/** @param query of the address; what is not known there is as if it were not there */
export function readAddress(query: Readonly<Record<string, unknown>>): InsightAddress {
  const { with: partner } = query
  return {
    code: one<PeriodCode>(query.period, periodCodes) ?? 'quarter',
    on: day(query.on),
    first: day(query.first),
    last: day(query.last),
    step: one<StepCode>(query.step, stepCodes),
    partner:
      typeof partner === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(partner) ? partner : undefined,
  }
}

/** @param table whose file it is; the page when not said */
export function addressOf(address: InsightAddress, table?: string): string {
  const { code, on, first, last, step, partner } = address
  const isCustom = code === 'custom'
  const given = {
    period: code,
    ...(isCustom ? { first, last } : { on }),
    step,
    with: partner,
  }
  const pairs = Object.entries(given).filter((pair): pair is [string, string] => !!pair[1])
  return `/insight${table ? `/${table}.csv` : ''}?${new URLSearchParams(pairs)}`
}
