/**
 * The form that a referrer is asked to fill in, made for one referral.
 *
 * https://hl7.org/fhir/R4/questionnaire.html
 */

import type { Questionnaire, QuestionnaireItem, Resource } from 'fhir/r4'
import { parseFhirJson } from '../fhir/json.ts'
import { wantedCanonical } from '../screening/form-canonical.ts'
import { markedHigh } from '../sensitivity/labels.ts'
import type { StoredResource } from './ports.ts'

/** What is asked for. */
export interface Ask {
  /** Empty when nothing is missing. */
  readonly items: readonly QuestionnaireItem[]
  /** Canonical, with version, of the policy's form that they are taken from; none for a clinic's question. */
  readonly form?: string
  /** As confidential as these. */
  readonly sources: readonly Pick<Resource, 'meta'>[]
}

const formBase = 'https://referloop.example/fhir/Questionnaire'
/** Names the patient, so that who reads the form is in that patient's audit trail. */
const patientExtension = 'https://referloop.example/fhir/StructureDefinition/wanted-of-patient'

/** @param version of the Questionnaire as a form and as a resource alike */
export function composeForm(
  id: string,
  version: number,
  patientId: string,
  { items, form, sources }: Ask,
  now: string,
): Questionnaire {
  const [canonical] = form?.split('|') ?? []
  return markedHigh<Questionnaire>(
    {
      resourceType: 'Questionnaire',
      extension: [{ url: patientExtension, valueReference: { reference: `Patient/${patientId}` } }],
      url: canonical ? wantedCanonical(canonical, id) : `${formBase}/${id}`,
      version: String(version),
      name: 'WantedInformation',
      title: 'What the referral lacks',
      ...(form ? { derivedFrom: [form] } : {}),
      status: 'active',
      experimental: false,
      subjectType: ['Patient'],
      date: now,
      publisher: 'Referloop',
      description:
        'Answer with a QuestionnaireResponse based on the ServiceRequest; what is to be sent goes to its $add-information.',
      // A policy may make a referral wait that lacks nothing; FHIR has no empty lists.
      ...(items.length > 0 ? { item: [...items] } : {}),
    },
    sources,
  )
}

export const canonicalOf = ({ url, version }: Questionnaire): string => `${url}|${version}`

/** Does the form that is there ask for something else? */
export const asksForOther = ({ content }: StoredResource, { items }: Ask): boolean =>
  JSON.stringify((parseFhirJson(content) as Questionnaire).item ?? []) !== JSON.stringify(items)
