/** What the OpenAPI document says of the figures. */

import type { FastifySchema } from 'fastify'
import { loopMeasureId, measureReport } from '../domain/insight/measure-report.ts'
import { documented, fhirAnswer, fhirBody, formatQuery } from './documentation.ts'

const parameters = {
  periodStart: { type: 'string', description: 'Date. First day of the measurement period.' },
  periodEnd: { type: 'string', description: 'Date. Its last day; a year means all of it.' },
  reporter: {
    type: 'string',
    description: 'Your own organisation, as `http://hl7.org/fhir/sid/us-npi|1245319599`.',
  },
  reportType: { type: 'string', enum: ['population', 'summary'] },
}

const asked = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'periodStart', valueDate: '2026-01-01' },
    { name: 'periodEnd', valueDate: '2026-12-31' },
  ],
}

const report = measureReport(
  {
    reporter: { name: 'Lakeside Family Medicine', npi: '1245319599' },
    role: 'referrer',
    start: '2026-01-01',
    end: '2026-12-31',
    total: { initialPopulation: 40, numerator: 31 },
    partners: [
      {
        partner: { name: 'River Pain Clinic', npi: '1234567893' },
        initialPopulation: 40,
        numerator: 31,
      },
    ],
  },
  '2027-01-05T09:00:00.000Z',
)

export const evaluateMeasureSchema = (method: 'GET' | 'POST'): FastifySchema =>
  documented({
    summary: 'How many referral loops were closed',
    description:
      'CMS50 (Closing the Referral Loop: Receipt of Specialist Report) of the referrals that you took part in and that went through this service, as a MeasureReport of type summary, by the organisations on the other side. The Measure says where it differs from the measure of CMS.',
    tag: 'read',
    params: {
      id: { type: 'string', description: 'Id of the Measure.', examples: [loopMeasureId] },
    },
    query: { ...parameters, ...formatQuery },
    ...(method === 'POST' ? { body: fhirBody('Parameters', { asked }) } : {}),
    answers: { 200: fhirAnswer('The counts', 'MeasureReport', report) },
    problems: [
      'not-found',
      'bad-parameter',
      ...(method === 'POST'
        ? (['not-json', 'json-limit', 'too-large', 'unsupported-media-type'] as const)
        : []),
    ],
  })
