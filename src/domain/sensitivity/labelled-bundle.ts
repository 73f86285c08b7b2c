/** Bundles that go to a client: as confidential as the most confidential of their entries (DS4P). */

import type { Resource } from 'fhir/r4'
import { type BundleHead, bundleText, type EntryText } from '../fhir/bundle.ts'
import { confidentialitySystem, markedHigh } from './labels.ts'

/** @returns the JSON text of the Bundle, with its high-water mark in `meta.security` */
export function labelledBundle(head: BundleHead, entries: readonly EntryText[]): string {
  const bundle: Pick<Resource, 'meta'> = markedHigh({}, entries.flatMap(labelled))
  return bundleText({ ...bundle, ...head }, entries)
}

/** What may bear a confidentiality; few do, so few are parsed. */
const labelled = ({ resource = '' }: EntryText): readonly Resource[] =>
  resource.includes(confidentialitySystem) ? [JSON.parse(resource) as Resource] : []
