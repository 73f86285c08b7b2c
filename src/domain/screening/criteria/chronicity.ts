/** Pain for longer than three months: the earliest onset of what may qualify. */

import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { type PainEntry, painEntries } from '../pain.ts'
import type { Finding, Need } from '../result.ts'

/** Imprecise and uncoded candidates make it needs-review at best. */
const isCoded = ({ role }: PainEntry) => role === 'qualifying' || role === 'underlying'

export function chronicity(facts: Facts): Finding {
  const { chronicityDays } = facts.parameters
  const candidates = painEntries(facts).filter(
    ({ active, role }) => active && role !== 'look-alike',
  )
  const isOld = ({ day }: PainEntry) =>
    day !== undefined && day <= facts.dates.referral - chronicityDays
  const old = candidates.filter(isOld)
  const shown = earliest(old.filter(isCoded))
  if (shown) return found('met', [shown], `${shown.name} since ${dateOf(shown.day ?? 0)}.`)
  const oldUncoded = earliest(old)
  if (oldUncoded)
    return found(
      'needs-review',
      [oldUncoded],
      `${oldUncoded.name} since ${dateOf(oldUncoded.day ?? 0)}, but not by a code that says what it is.`,
      [codeNeed],
    )
  const chronic = candidates.filter(({ day, isChronic }) => day === undefined && isChronic)
  if (chronic.length > 0)
    return found(
      'needs-review',
      chronic,
      `${names(chronic)} has no date, only its name says chronic.`,
      [dateNeed],
    )
  const newest = earliest(candidates.filter(({ day }) => day !== undefined))
  if (newest)
    return found(
      'not-met',
      [newest],
      `${newest.name} since ${dateOf(newest.day ?? 0)}, less than ${chronicityDays} days before the referral.`,
    )
  return candidates.length > 0
    ? found(
        'not-documented',
        candidates,
        `${names(candidates)} has no onset and no recorded date.`,
        [dateNeed],
      )
    : found('not-documented', [], 'No pain condition is on file.', [dateNeed])
}

const dateNeed: Need = {
  text: 'Send the pain condition with its onset or recorded date.',
  requirement: { type: 'Condition', mustSupport: ['onset', 'recordedDate'] },
}

const codeNeed: Need = {
  text: 'Send the pain condition with an ICD-10-CM or SNOMED CT code and its onset.',
}

function earliest(entries: readonly PainEntry[]): PainEntry | undefined {
  return entries.reduce<PainEntry | undefined>(
    (first, each) => (first === undefined || (each.day ?? 0) < (first.day ?? 0) ? each : first),
    undefined,
  )
}

function names(entries: readonly PainEntry[]): string {
  return [...new Set(entries.map(({ name }) => name))].join('; ')
}

function found(
  verdict: Finding['verdict'],
  entries: readonly PainEntry[],
  explanation: string,
  needed: readonly Need[] = [],
): Finding {
  return {
    verdict,
    explanation,
    evidence: [...new Set(entries.map(({ reference }) => reference))],
    needed,
  }
}
