/** What simulated histories share: the validator with a memory, a short check, the registry. */

import type { Bundle, FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { parseRegistry } from '../../../src/domain/access/registry.ts'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import type { Issue } from '../../../src/domain/problem.ts'
import type { Check } from '../../../src/domain/referral/check.ts'
import { aReferral, npis } from '../../helpers/a-referral.ts'
import { ownRegistry } from '../../helpers/own-registry.ts'

const validator = createReferralValidator()
const judged = new Map<string, readonly Issue[]>()

/** Ids repeat from one history to the next, and so does most of what is validated. */
export function validate(resource: unknown, profile?: string): readonly Issue[] {
  const key = `${profile} ${JSON.stringify(resource)}`
  const known = judged.get(key)
  if (known) return known
  const issues = validator.validate(resource, profile ? { profile } : {})
  if (judged.size > 50_000) judged.clear()
  judged.set(key, issues)
  return issues
}

/** Asks for the one item that a referral here may lack; the whole check has tests of its own. */
export const theCheck: Check = async ({ request, resources, asOf }) => {
  const forms = resources.filter(
    (each): each is QuestionnaireResponse => each.resourceType === 'QuestionnaireResponse',
  )
  const isWhole = forms.some(({ item = [] }) => item.some(({ linkId }) => linkId === 'glaucoma'))
  return {
    overall: isWhole ? 'ready' : 'information-needed',
    next: isWhole ? 'send' : 'await-information',
    guidance: {
      resourceType: 'GuidanceResponse',
      moduleUri: 'https://referloop.example/fhir/PlanDefinition/simulated',
      status: isWhole ? 'success' : 'data-required',
      subject: request.subject,
      occurrenceDateTime: asOf,
    },
    wanted: isWhole ? [] : [{ linkId: 'glaucoma', text: 'Glaucoma?', type: 'choice' }],
    form: 'https://referloop.example/fhir/Questionnaire/simulated|1.0.0',
  }
}

export const bases = {
  'river-pain-clinic': 'https://river.example/fhir',
  'summit-pain-center': 'https://summit.example/fhir',
} as const

export const theRegistry = parseRegistry((await ownRegistry(bases)).config.registry)

/** A referral whose links are the same in every run. */
export function referralTo(
  clinic: keyof typeof bases,
  identifier: string,
  isWhole: boolean,
): Bundle<FhirResource> {
  const bundle = aReferral({
    identifier,
    mrn: `mrn-${identifier}`,
    clinicNpi: npis[clinic],
    ...(isWhole ? {} : { unanswered: ['glaucoma'] }),
  })
  let text = JSON.stringify(bundle)
  bundle.entry?.forEach(({ fullUrl = '' }, i) => {
    const own = `urn:uuid:00000000-0000-4000-9000-${String(i).padStart(12, '0')}`
    text = text.replaceAll(fullUrl, own)
  })
  return JSON.parse(text) as Bundle<FhirResource>
}
