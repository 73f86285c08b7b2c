/** The whole check: the rules of ours, and the clinic's own expressions where it has any. */

import type { FhirResource } from 'fhir/r4'
import { type Day, dateOf, spanOf } from './dates.ts'
import { type ExpressionAnswer, ownFindings } from './own-findings.ts'
import type { Known, Packet } from './packet.ts'
import type { OwnExpression, Policy } from './policy.ts'
import type { ScreeningResult } from './result.ts'
import { type CheckDate, screen } from './screen.ts'

/** What a clinic's own expressions see, and all that they see. */
export interface ExpressionInput {
  /** A Bundle with the referral and what came with it about the patient, as JSON. */
  readonly bundle: string
  /** `fullUrl` of the entry that is %referral. */
  readonly referral: string
  /** `fullUrl` of the entry that is %patient, when the patient came along. */
  readonly patient: string | undefined
  /** %referralDate, YYYY-MM-DD */
  readonly referralDate: string
  /** %checkDate, YYYY-MM-DD */
  readonly checkDate: string
}

/**
 * Evaluates expressions of a policy, each after those that it refers to. Never rejects for what an
 * expression does: that is an answer.
 * @returns one answer for each expression, in their order
 */
export type EvaluateExpressions = (
  expressions: readonly OwnExpression[],
  input: ExpressionInput,
) => Promise<readonly ExpressionAnswer[]>

/**
 * Checks a referral as `screen` does, with the clinic's own criteria. A policy that has none is
 * screened at once, and nothing is evaluated.
 *
 * @throws Problem bad-parameter when `asOf` is not a calendar date
 */
export async function screenReferral(
  packet: Packet,
  policy: Policy,
  date: CheckDate,
  evaluate: EvaluateExpressions,
): Promise<ScreeningResult> {
  if (policy.expressions.length === 0) return screen(packet, policy, date)
  const answers = await evaluate(policy.expressions, inputOf(packet, date))
  return screen(packet, policy, date, ownFindings(policy, answers))
}

function inputOf(packet: Packet, { asOf }: CheckDate): ExpressionInput {
  const check = spanOf(asOf)?.first
  const authored = spanOf(packet.referral.resource.authoredOn)?.first
  const strangers = new Set(packet.strangers)
  const known = packet.known.filter(
    (each) =>
      each.resource !== packet.referral.resource &&
      !strangers.has(each.reference) &&
      counts(each, check),
  )
  return {
    bundle: JSON.stringify({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [packet.referral, ...known].map(({ reference, resource }) => ({
        fullUrl: reference,
        resource,
      })),
    }),
    referral: packet.referral.reference,
    patient: packet.patient?.reference,
    referralDate: authored === undefined ? asOf : dateOf(authored),
    checkDate: asOf,
  }
}

/** Entered in error or refuted, a record says nothing; dated after the check, it was not known yet. */
function counts({ resource }: Known, check: Day | undefined): boolean {
  if ('status' in resource && resource.status === 'entered-in-error') return false
  if (
    'verificationStatus' in resource &&
    resource.verificationStatus?.coding?.some(({ code }) => withdrawn.has(code ?? ''))
  )
    return false
  const day = spanOf(dateIn(resource))?.first
  return day === undefined || check === undefined || day <= check
}

const withdrawn: ReadonlySet<string> = new Set(['entered-in-error', 'refuted'])

/** When it was known: the first of these that a record has. A plan is known when it is made. */
const dated = [
  'effectiveDateTime',
  'effectiveInstant',
  'recordedDate',
  'authored',
  'authoredOn',
  'dateAsserted',
  'whenHandedOver',
  'issued',
] as const

function dateIn(resource: FhirResource): string | undefined {
  const elements = resource as Partial<Record<(typeof dated)[number], string>> & {
    readonly effectivePeriod?: { readonly start?: string }
  }
  for (const name of dated) if (elements[name] !== undefined) return elements[name]
  return elements.effectivePeriod?.start
}
