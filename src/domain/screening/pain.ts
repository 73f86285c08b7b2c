/** Entries that can qualify a referral: conditions and the referral's own reasons, by what they are. */

import { roleOf } from './codes.ts'
import type { ConceptMeaning } from './concepts.ts'
import type { Day } from './dates.ts'
import type { Facts } from './facts.ts'
import { worstNewest } from './trials.ts'

export type PainRole = 'qualifying' | 'underlying' | 'category' | 'uncoded' | 'look-alike'

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
    const role = roleIn(condition.meaning, condition.text, facts)
    if (role) entries.push(entryOf(role, condition, condition.text))
  }
  for (const reason of facts.reasons) {
    if (reason.source !== 'referral') continue
    const role = roleIn(reason.meaning, reason.text, facts)
    const stated = { ...reason, active: true, certain: true, day: undefined }
    if (role) entries.push(entryOf(role, stated, reason.text))
  }
  return entries
}

type Stated = Omit<PainEntry, 'role' | 'isChronic'> & { readonly meaning: ConceptMeaning }

function entryOf(role: PainRole, stated: Stated, text: string): PainEntry {
  const { reference, name, active, certain, day, meaning } = stated
  const isChronic = /chronic/i.test(meaning.display ?? text)
  return { role, reference, name, active, certain, day, isChronic }
}

/** The best role that any code gives; an uncoded entry only when it names a pain. */
function roleIn(meaning: ConceptMeaning, text: string, facts: Facts): PainRole | undefined {
  const { lists, category, patterns } = meaning
  if (lists.has(qualifying)) return 'qualifying'
  if (lists.has(underlying) || patterns.has(underlying)) return 'underlying'
  if ([qualifying, underlying, exclude].some((role) => category.has(role))) return 'category'
  if (lists.has(exclude)) return 'look-alike'
  if (meaning.listed || text === '') return undefined
  return facts.policy.words.get(id)?.find(text) === undefined ? undefined : 'uncoded'
}

/** The newest pain intensity of the window, the worst of that day. */
export function newestPainScore(facts: Facts) {
  const { referral, check } = facts.dates
  const scores = facts.measurements.in('pain-intensity')
  return worstNewest(scores, referral - facts.parameters.painWindow, check)
}
