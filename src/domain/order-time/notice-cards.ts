/** Cards about the order or the call itself, not about the patient. */

import { problemSystem } from '../fhir/outcome.ts'
import type { ProblemCode } from '../problem.ts'
import { type Card, type CardTools, withSuggestions } from './card.ts'
import { escaped, shortened } from './markdown.ts'
import type { PlacedOrder } from './place-order.ts'
import type { Gap } from './prefetched.ts'
import type { CdsService } from './services.ts'
import { clinicSuggestions, serviceSuggestions } from './suggestions.ts'

/** Several clinics offer what is ordered. */
export function chooseClinicCard(order: PlacedOrder, service: CdsService, tools: CardTools): Card {
  const names = service.clinics.map(({ name, npi }) => `- ${escaped(name)}, NPI ${npi}`)
  return withSuggestions(
    notice(tools, 'unknown-clinic', 'Unknown clinic', {
      summary: 'Choose the clinic for this referral, so that it can be checked.',
      detail: `The order names no performer that is known here. These clinics take it:\n\n${names.join('\n')}`,
    }),
    clinicSuggestions(order, service.clinics, tools),
  )
}

/** The order is for one of the clinics, and does not say what is ordered. */
export function nameServiceCard(
  order: Extract<PlacedOrder, { kind: 'name-service' }>,
  service: CdsService,
  tools: CardTools,
): Card {
  const codes = service.services.map(
    ({ system, code, display = code }) => `- ${escaped(display)} (${code}, ${escaped(system)})`,
  )
  return withSuggestions(
    notice(tools, 'referral-invalid', 'Service not coded', {
      summary: `${shortened(order.clinic.name, 61)}: say what is ordered, so that it can be checked.`,
      detail: `The order has no code that names its service. The policy is for:\n\n${codes.join('\n')}`,
    }),
    serviceSuggestions(order, service, tools),
  )
}

/** What was not prefetched, and so could not be found. */
export function gapsCard(gaps: readonly Gap[], asked: number, tools: CardTools): Card {
  const lines = gaps.map(
    ({ query: { key, label, template }, reason }) =>
      `- \`${key}\` (${label}): ${reason}. \`${template.replaceAll('`', "'")}\``,
  )
  return notice(tools, 'prefetch-missing', 'Prefetch missing', {
    summary: `${gaps.length} of ${asked} queries of the record could not be read; what they would show counts as not documented.`,
    detail: `The record system did not send the answers to these queries, or not all of them:\n\n${lines.join('\n')}`,
  })
}

/** The topic is the problem of ours that the same order would meet when it is submitted. */
const notice = (
  { newId, baseUrl }: CardTools,
  code: ProblemCode,
  display: string,
  { summary, detail }: { readonly summary: string; readonly detail: string },
): Card => ({
  uuid: newId(),
  summary,
  detail,
  indicator: 'info',
  source: {
    label: 'Referloop',
    url: `${baseUrl}/docs`,
    topic: { system: problemSystem, code, display },
  },
  links: [{ label: 'What this means', url: `${baseUrl}/errors/${code}`, type: 'absolute' }],
})
