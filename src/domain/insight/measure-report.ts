/** CMS50 of what went through this service: https://hl7.org/fhir/R4/measurereport.html */

import type { MeasureReport, MeasureReportGroup, MeasureReportGroupPopulation } from 'fhir/r4'
import { npiSystem } from '../access/npi.ts'
import type { LoopCount } from './tally.ts'

export const loopMeasureId = 'closing-the-referral-loop'
const measure = `https://referloop.example/fhir/Measure/${loopMeasureId}|1.0.0`

export interface Organization {
  readonly name: string
  readonly npi: string
}

export interface LoopReport {
  readonly reporter: Organization
  /** Whether the reporter refers, or is referred to. */
  readonly role: 'referrer' | 'clinic'
  /** FHIR dates, as they were asked for. */
  readonly start: string
  readonly end: string
  readonly total: LoopCount
  readonly partners: readonly (LoopCount & { readonly partner: Organization })[]
}

/** @param now instant at which it was counted */
export function measureReport(report: LoopReport, now: string): MeasureReport {
  const { reporter, start, end, total, partners } = report
  return {
    resourceType: 'MeasureReport',
    text: { status: 'generated', div: narrative(report) },
    status: 'complete',
    type: 'summary',
    measure,
    date: now,
    reporter: {
      type: 'Organization',
      identifier: { system: npiSystem, value: reporter.npi },
      display: reporter.name,
    },
    period: { start, end },
    improvementNotation: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/measure-improvement-notation',
          code: 'increase',
        },
      ],
    },
    group: [
      {
        ...counted(total),
        ...(partners.length > 0
          ? {
              stratifier: [
                {
                  code: [{ text: partnerWords[report.role] }],
                  stratum: partners.map(({ partner, ...counts }) => ({
                    value: {
                      coding: [{ system: npiSystem, code: partner.npi, display: partner.name }],
                    },
                    ...counted(counts),
                  })),
                },
              ],
            }
          : {}),
      },
    ],
  }
}

const partnerWords = {
  referrer: 'The clinic that the patient was referred to',
  clinic: 'The practice that referred the patient',
} as const

const populations = {
  'initial-population': 'Initial Population',
  denominator: 'Denominator',
  numerator: 'Numerator',
} as const

/** The denominator equals the initial population; a score of nothing is none. */
function counted({
  initialPopulation,
  numerator,
}: LoopCount): Pick<MeasureReportGroup, 'population' | 'measureScore'> {
  const counts = {
    'initial-population': initialPopulation,
    denominator: initialPopulation,
    numerator,
  } as const
  const population = (Object.keys(populations) as (keyof typeof populations)[]).map(
    (code): MeasureReportGroupPopulation => ({
      code: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/measure-population',
            code,
            display: populations[code],
          },
        ],
      },
      count: counts[code],
    }),
  )
  return {
    population,
    ...(initialPopulation > 0
      ? { measureScore: { value: Math.round((numerator / initialPopulation) * 10_000) / 10_000 } }
      : {}),
  }
}

/** What a reader has to know before taking it for the measure of CMS. */
function narrative({ reporter, role, start, end, total }: LoopReport): string {
  const { initialPopulation, numerator } = total
  const whose =
    role === 'referrer'
      ? 'that it referred'
      : 'that were referred to it and whose referrals reached it'
  return `<div xmlns="http://www.w3.org/1999/xhtml"><p>${escaped(reporter.name)}, ${start} to ${end}: of ${initialPopulation} patients ${whose}, the loop was closed with a report of the consultant for ${numerator}.</p><p>Counted after CMS50v14 from the referrals that went through this service, by the day on which they came here and by organisation. An encounter with the referring clinician is not known here and not asked for, and referrals and reports that went another way are not counted. Not for submission to CMS.</p></div>`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
