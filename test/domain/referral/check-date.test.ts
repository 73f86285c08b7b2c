/** As of which day a referral is checked, and that a clock that is behind holds nothing against it. */

import type { FhirResource, Questionnaire, QuestionnaireResponse, ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { checkByPolicy } from '../../../src/domain/referral/check-by-policy.ts'
import { checkDate } from '../../../src/domain/referral/check-date.ts'
import { clinicPolicies } from '../../../src/domain/referral/clinic-policies.ts'
import { checkReferral } from '../../../src/domain/referral/intake.ts'
import { readSubmission } from '../../../src/domain/referral/submission.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { caller, smallWorld } from '../../faults/small-world.ts'
import { aReferral } from '../../helpers/a-referral.ts'
import { overallOf } from '../../helpers/check-result.ts'
import { theRegistry } from '../../histories/simulation/fixtures.ts'

const form = (authored: string): FhirResource => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  authored,
})

t.test('today, or tomorrow when something of the referral is from there', async (t) => {
  const now = '2026-03-02T23:30:00.000Z'
  t.equal(checkDate(now, []), '2026-03-02')
  t.equal(checkDate(now, [form('2026-02-27')]), '2026-03-02')
  t.equal(checkDate(now, [form('2026-02-27'), form('2026-03-03T00:10:00+01:00')]), '2026-03-03')
  t.equal(checkDate(now, [form('2026-03-04')]), '2026-03-02', 'further ahead is a mistake')
  t.equal(checkDate('2026-02-28T12:00:00.000Z', [form('2026-03-01')]), '2026-03-01')
})

t.test('F13 S2: what was written tomorrow by our clock is valid, and counts', async (t) => {
  const published = readPublished()
  const policies = clinicPolicies(published)
  policies.load(theRegistry)
  const formOf = (canonical: string) =>
    (published as readonly FhirResource[]).find(
      (each): each is Questionnaire =>
        each.resourceType === 'Questionnaire' && each.url === canonical,
    )
  const check = checkByPolicy(
    () => theRegistry,
    policies.policyOf,
    async () => [],
    formOf,
  )
  const bundle = aReferral()
  const of = <R extends FhirResource>(type: R['resourceType']) =>
    bundle.entry?.find(({ resource }) => resource?.resourceType === type)?.resource as R
  const written = of<QuestionnaireResponse>('QuestionnaireResponse').authored?.slice(0, 10) ?? ''
  of<ServiceRequest>('ServiceRequest').authoredOn = written
  const eve = (hours: number) => new Date(Date.parse(written) - hours * 3_600_000)
  const overall = async (hours: number) => {
    const { ports } = smallWorld()
    const at = { ...ports, check, now: () => eve(hours) }
    return overallOf(await checkReferral(at, readSubmission(bundle), caller))
  }
  t.equal(await overall(-1), 'ready')
  t.equal(await overall(0.5), 'ready', 'half an hour before the day on which it was written')
  t.equal(await overall(23), 'ready')
})
