/** Strings that occur nowhere else, and a referral with one of them in every place that takes a text. */

import { randomBytes } from 'node:crypto'
import type { Bundle, FhirResource, Patient, Practitioner, ServiceRequest } from 'fhir/r4'
import { aReferral, npis } from '../helpers/a-referral.ts'

export interface Canaries {
  /** A new one, for a place. */
  plant(place: string): string
  /** Something that is there already and must not be seen: a token, a key. */
  watch(place: string, secret: string): void
  readonly planted: ReadonlyMap<string, string>
  /** The places whose canaries a text shows, in clear or in base64. */
  foundIn(text: string): readonly string[]
}

export function makeCanaries(): Canaries {
  const planted = new Map<string, string>()
  return {
    planted,
    plant(place) {
      const canary = `Canary${planted.size}x${randomBytes(6).toString('hex')}`
      planted.set(place, canary)
      return canary
    },
    watch(place, secret) {
      planted.set(place, secret)
    },
    foundIn: (text) =>
      [...planted].flatMap(([place, canary]) =>
        [canary, ...inBase64(canary)].some((form) => text.includes(form)) ? place : [],
      ),
  }
}

/** However it falls into the groups of three bytes, the middle of it looks the same. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map((shift) => {
    const coded = Buffer.from(`${'-'.repeat(shift)}${text}`).toString('base64')
    return coded.slice(shift === 0 ? 0 : 4, -4)
  })

/** A referral whose every text, identifier and attachment is a canary. */
export function plantedReferral(
  { plant }: Canaries,
  clinic: keyof typeof npis,
  word: string,
): Bundle<FhirResource> {
  const at = (place: string) => plant(`${word}: ${place}`)
  const bundle = aReferral({
    identifier: at('ServiceRequest.identifier'),
    mrn: at('Patient.identifier'),
    clinicNpi: npis[clinic],
  })
  const all = (bundle.entry ?? []).map(({ resource }) => resource as FhirResource)
  const of = <R extends FhirResource>(type: R['resourceType']) =>
    all.find(({ resourceType }) => resourceType === type) as R
  Object.assign(of<Patient>('Patient'), {
    name: [{ text: at('name.text'), family: at('family'), given: [at('given')] }],
    telecom: [{ system: 'phone', value: at('phone') }],
    address: [{ line: [at('street')], city: at('city'), postalCode: at('postal code') }],
    contact: [{ name: { family: at('contact') } }],
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml">${at('narrative')}</div>`,
    },
    photo: [{ contentType: 'image/png', title: at('photo title') }],
  } satisfies Partial<Patient>)
  Object.assign(of<Practitioner>('Practitioner'), {
    name: [{ family: at('doctor') }],
    identifier: [{ system: 'urn:canary', value: at('doctor number') }],
  } satisfies Partial<Practitioner>)
  const request = of<ServiceRequest>('ServiceRequest')
  Object.assign(request, {
    note: [{ text: at('note') }],
    patientInstruction: at('instruction'),
    reasonCode: [{ text: at('reason') }],
    extension: [{ url: 'urn:canary', valueString: at('extension') }],
    meta: { tag: [{ system: 'urn:canary', code: 'x', display: at('tag') }] },
  } satisfies Partial<ServiceRequest>)
  for (const resource of all)
    if ('note' in resource || resource.resourceType === 'Condition')
      Object.assign(resource, { note: [{ text: at(`${resource.resourceType} note`) }] })
  const document = {
    resourceType: 'DocumentReference',
    status: 'current',
    description: at('document description'),
    content: [
      {
        attachment: {
          contentType: 'text/plain',
          data: Buffer.from(at('attachment')).toString('base64'),
          title: at('attachment title'),
          url: `https://files.example/${at('attachment url')}`,
        },
      },
    ],
  } as const satisfies FhirResource
  bundle.entry?.push({
    fullUrl: 'urn:uuid:0b1c9c9e-59a6-4b43-9d0f-1f6f2f1f0a01',
    resource: document,
    request: { method: 'POST', url: 'DocumentReference' },
  })
  request.supportingInfo?.push({ reference: 'urn:uuid:0b1c9c9e-59a6-4b43-9d0f-1f6f2f1f0a01' })
  return bundle
}
