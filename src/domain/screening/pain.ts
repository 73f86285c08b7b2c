/** Entries that can qualify a referral: conditions and the referral's own reasons, by what they are. */

import { roleOf } from './codes.ts'
import type { ConceptMeaning } from './concepts.ts'
import type { Day } from './dates.ts'
import type { Facts } from './facts.ts'
import { worstNewest } from './scores.ts'

type PainRole = 'qualifying' | 'underlying' | 'category' | 'uncoded' | 'look-alike'

export interface PainEntry {
  readonly role: PainRole
  readonly reference: string
  readonly name: string
  readonly active: boolean
  readonly certain: boolean
  /** Onset, else recorded date; undefined for a reason of the referral, which has neither. */
  readonly day: Day | undefined
  /** Its name says chronic. */
  readonly isChronic: boolean
}

const id = 'qualifying-condition'
const qualifying = roleOf(id, 'qualifying')
const underlying = roleOf(id, 'underlying')
const exclude = roleOf(id, 'exclude')

/** All entries of the packet that have to do with pain, in no particular order. */
export function painEntries(facts: Facts): readonly PainEntry[] {
  const entries: PainEntry[] = []
  for (const condition of facts.conditions) {
    for (const role of rolesIn(condition.meaning, condition.text, facts))
      entries.push(entryOf(role, condition, condition.text))
  }
  for (const reason of facts.reasons) {
    if (reason.source !== 'referral') continue
    const stated = { ...reason, active: true, certain: true, day: undefined }
    for (const role of rolesIn(reason.meaning, reason.text, facts))
      entries.push(entryOf(role, stated, reason.text))
  }
  return entries
}

type Stated = Omit<PainEntry, 'role' | 'isChronic'> & { readonly meaning: ConceptMeaning }

function entryOf(role: PainRole, stated: Stated, text: string): PainEntry {
  const { reference, name, active, certain, day, meaning } = stated
  const isChronic = /chronic/i.test(meaning.display ?? text)
  return { role, reference, name, active, certain, day, isChronic }
}

/** The best role that any code gives; an entry in no list has one more when it names a pain. */
function rolesIn(meaning: ConceptMeaning, text: string, facts: Facts): readonly PainRole[] {
  const { lists, category, patterns, listed } = meaning
  if (lists.has(qualifying)) return ['qualifying']
  const isNamed = !listed && (patterns.has('pain-reason') || namesPain(text, facts))
  const uncoded: readonly PainRole[] = isNamed ? ['uncoded'] : []
  if (lists.has(underlying) || patterns.has(underlying)) return ['underlying', ...uncoded]
  if ([qualifying, underlying, exclude].some((role) => category.has(role))) return ['category']
  return lists.has(exclude) ? ['look-alike'] : uncoded
}

/** A code such as M54.2 is of pain by its chapter, and in no list: uncoded, whatever it is called. */
function namesPain(text: string, facts: Facts): boolean {
  return facts.policy.words.get(id)?.find(text) !== undefined
}

/** The newest pain intensity of the window, the worst of that day. */
export function newestPainScore(facts: Facts) {
  const { referral, check } = facts.dates
  const scores = facts.measurements.in('pain-intensity')
  return worstNewest(scores, referral - facts.parameters.painWindow, check)
}
