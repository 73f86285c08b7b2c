/** FHIR data types in words. What a sender left out is undefined; callers say "Not known". */

import type {
  Address,
  Annotation,
  CodeableConcept,
  Coding,
  ContactPoint,
  HumanName,
  Identifier,
  Period,
  Quantity,
  Range,
  Ratio,
  Reference,
} from 'fhir/r4'
import { FhirDecimal } from '../../../domain/fhir/decimal.ts'
import { isMessage, type MessageKey } from '../messages/messages.ts'
import { dateWords } from '../times.ts'
import type { View } from '../view.ts'

/** The message of a code; the code itself, as its sender wrote it, where we have no word for it. */
export function sayCodeOf({ say }: Pick<View, 'say'>, group: string, code: string): string {
  const key = `${group}.${code}`
  return isMessage(key) ? sayKey({ say }, key) : code
}

const sayKey = ({ say }: Pick<View, 'say'>, key: MessageKey): string =>
  (say as (key: MessageKey) => string)(key)

export const joined = (
  parts: readonly (string | undefined | false)[],
  between = ', ',
): string | undefined => parts.filter(Boolean).join(between) || undefined

const textOf = (value: unknown): string =>
  value instanceof FhirDecimal ? value.source : String(value)

/** As it was written: 1.10 stays 1.10. */
const numberWords = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : textOf(value)

/** How a code is called, where its sender did not say. */
export type DisplayOf = (coding: Coding) => string | undefined

/** The sender's own words first. */
export const conceptWords = (concept: CodeableConcept | undefined): string | undefined =>
  conceptWordsBy(concept, () => undefined)

/** @param displayOf asked where the sender has only a code */
export const conceptWordsBy = (
  concept: CodeableConcept | undefined,
  displayOf: DisplayOf,
): string | undefined =>
  concept?.text ??
  joined(
    [
      ...new Set(
        (concept?.coding ?? []).map((coding) => coding.display ?? displayOf(coding) ?? coding.code),
      ),
    ],
    ' / ',
  )

/** A code of FHIR's own lists, by our words for it; else as its sender has it. */
export function codedWords(
  view: Pick<View, 'say'>,
  group: 'clinical' | 'verification',
  concept: CodeableConcept | undefined,
): string | undefined {
  const key = concept?.coding?.map(({ code }) => `${group}.${code}`).find(isMessage)
  return key ? sayKey(view, key) : conceptWords(concept)
}

/** Why a referral stands where it does: a coded reason of ours in the reader's language, then what was typed. */
export function statusReasonWords(
  concept: CodeableConcept | undefined,
  view: Pick<View, 'say'>,
): string | undefined {
  const { code, display = '' } =
    concept?.coding?.find(({ system }) => system === declineSystem) ?? {}
  const key = `referral.reason.${code}`
  if (!isMessage(key)) return conceptWords(concept)
  const { text = display } = concept ?? {}
  const typed = text.startsWith(display) ? text.slice(display.length).replace(/^\. /, '') : text
  return joined([sayKey(view, key), typed], '. ')
}

export const declineSystem = 'https://referloop.example/fhir/CodeSystem/decline-reason'

export const quantityWords = (quantity: Quantity | undefined): string | undefined =>
  quantity && joined([quantity.comparator, numberWords(quantity.value), unitWords(quantity)], ' ')

/** `{score}` is an annotation of UCUM for machines, and no unit. */
const unitWords = ({ unit, code }: Quantity): string | undefined => {
  const said = unit ?? code
  if (said === 'mm[Hg]') return 'mmHg'
  return said && /^\{.*\}$/.test(said) ? undefined : said
}

const rangeWords = ({ low, high }: Range): string | undefined =>
  joined([quantityWords(low), quantityWords(high)], ' – ')

const ratioWords = ({ numerator, denominator }: Ratio): string | undefined =>
  joined([quantityWords(numerator), quantityWords(denominator)], ' / ')

/** Family name in its own place: whoever reads a list reads that first. */
export function nameWords(names: readonly HumanName[] | undefined): string | undefined {
  const name = names?.find(({ use }) => use === 'official' || use === 'usual') ?? names?.[0]
  if (!name) return undefined
  const given = joined(name.given ?? [], ' ')
  const built = joined([joined([name.family, given]), joined(name.suffix ?? [], ' ')], ' ')
  return built ?? name.text
}

export const addressWords = (address: Address | undefined): string | undefined =>
  address &&
  (address.text ??
    joined([...(address.line ?? []), address.postalCode, address.city, address.state]))

export const contactWords = (contacts: readonly ContactPoint[] | undefined): string | undefined =>
  joined((contacts ?? []).map(({ value }) => value))

export const identifierWords = (identifiers: readonly Identifier[] | undefined) =>
  joined((identifiers ?? []).map(({ value }) => value))

export function periodWords(period: Period | undefined, view: View): string | undefined {
  if (!period?.start && !period?.end) return undefined
  const { start, end } = period
  return joined([start && dateWords(start, view), end ? dateWords(end, view) : '…'], ' – ')
}

export const referenceWords = (
  references: readonly (Reference | undefined)[] | undefined,
  nameOf: (reference: string) => string | undefined,
): string | undefined =>
  joined((references ?? []).map((each) => each?.display ?? nameOf(each?.reference ?? '')))

export const noteWords = (notes: readonly Annotation[] | undefined): string | undefined =>
  joined(
    (notes ?? []).map(({ text }) => text),
    '\n',
  )

/** `value[x]` of an Observation, a component or an answer. */
export function valueWords(holder: object, view: View): string | undefined {
  const entry = Object.entries(holder).find(([key]) => /^value[A-Z]/.test(key))
  if (!entry) return undefined
  const [key, value] = entry as [string, unknown]
  switch (key) {
    case 'valueQuantity':
      return quantityWords(value as Quantity)
    case 'valueCodeableConcept':
      return conceptWords(value as CodeableConcept)
    case 'valueCoding':
      return yesNo(value as Coding, view)
    case 'valueRange':
      return rangeWords(value as Range)
    case 'valueRatio':
      return ratioWords(value as Ratio)
    case 'valuePeriod':
      return periodWords(value as Period, view)
    case 'valueBoolean':
      return view.say(value === true ? 'yes' : 'no')
    case 'valueDate':
    case 'valueDateTime':
      return dateWords(String(value), view)
    case 'valueReference':
      return (value as Reference).display ?? (value as Reference).reference
    case 'valueAttachment':
      return (value as { title?: string }).title ?? view.say('referral.file')
    default:
      return typeof value === 'object' && !(value instanceof Number)
        ? JSON.stringify(value)
        : textOf(value)
  }
}

/** http://terminology.hl7.org/CodeSystem/v2-0532 is what our form is answered with. */
function yesNo({ display, code }: Coding, { say }: View): string | undefined {
  if (display) return display
  if (code === 'Y') return say('yes')
  if (code === 'N') return say('no')
  return code
}
