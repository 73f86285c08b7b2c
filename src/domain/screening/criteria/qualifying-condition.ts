/** A pain condition that the clinic treats, or an underlying disease together with pain. */

import { unique } from '../contraindications.ts'
import { dateOf } from '../dates.ts'
import type { Facts } from '../facts.ts'
import { observationNeed, resourceNeed } from '../needs.ts'
import { newestPainScore, type PainEntry, painEntries } from '../pain.ts'
import type { Finding, Need } from '../result.ts'

export function qualifyingCondition(facts: Facts): Finding {
  const entries = painEntries(facts)
  const current = entries.filter(({ active }) => active)
  const pick = (role: PainEntry['role']) => current.filter((entry) => entry.role === role)
  const score = newestPainScore(facts)
  const isPainful = score !== undefined && score.value >= facts.parameters.painEvidenceScore
  const underlying = pick('underlying')
  const painful = isPainful ? underlying : []
  const candidates = [...pick('qualifying'), ...painful]
  const certain = candidates.filter((entry) => entry.certain)
  const withScore = painful.length > 0 && score ? [score.reference] : []

  if (certain.length > 0)
    return found('met', certain, `${list(certain)}${scoreText(certain, score)}.`, withScore)
  const open = [...candidates, ...pick('category')]
  if (open.length > 0)
    return found('needs-review', open, `${list(open)}: ${whyOpen(open)}.`, withScore, [codeNeed])
  const texts = pick('uncoded')
  if (texts.length > 0)
    return found(
      'needs-review',
      texts,
      `Only in words: ${list(texts)}. A clinician must read it.`,
      [],
      [codeNeed],
    )
  if (underlying.length > 0)
    return found(
      'not-documented',
      underlying,
      `${list(underlying)} is on file, but no pain with it: ${score ? `the newest pain score is ${score.value} of 10 on ${dateOf(score.day)}` : 'there is no pain score'}.`,
      score ? [score.reference] : [],
      [painNeed(facts), codeNeed],
    )
  return notQualifying(entries)
}

function notQualifying(entries: readonly PainEntry[]): Finding {
  const over = entries.filter(({ role, active }) => role === 'qualifying' && !active)
  const alike = entries.filter(({ role }) => role === 'look-alike')
  if (over.length > 0)
    return found('not-met', [...over, ...alike], `${list(over)} is on file, but over.`)
  if (alike.length > 0)
    return found('not-met', alike, `${list(alike)} is on file, which does not qualify by itself.`)
  return found('not-documented', [], 'No pain condition is on file.', [], [codeNeed])
}

const codeNeed: Need = resourceNeed(
  'Send the pain condition as an active Condition with an ICD-10-CM or SNOMED CT code.',
  'Condition',
  'code',
  'qual-crps',
  'qual-fibromyalgia',
  'qual-neuropathic',
  'qual-phantom',
  'qual-phn',
  'qual-cancer-pain',
  'qual-chronic-pain',
)

function painNeed(facts: Facts): Need {
  const { painWindow, painEvidenceScore } = facts.parameters
  return observationNeed(
    facts,
    `Send a pain score of ${painEvidenceScore} or more of 10`,
    'pain-intensity',
    painWindow,
  )
}

function found(
  verdict: Finding['verdict'],
  entries: readonly PainEntry[],
  explanation: string,
  more: readonly string[] = [],
  needed: readonly Need[] = [],
): Finding {
  const references = entries.map(({ reference }) => reference)
  return { verdict, explanation, evidence: unique([...references, ...more]), needed }
}

function list(entries: readonly PainEntry[]): string {
  return unique(entries.map(({ name }) => name)).join('; ')
}

function whyOpen(entries: readonly PainEntry[]): string {
  return entries.some(({ role }) => role === 'category')
    ? 'the code is a category and leaves open which condition is meant'
    : 'not confirmed'
}

function scoreText(
  entries: readonly PainEntry[],
  score: ReturnType<typeof newestPainScore>,
): string {
  const needsScore = entries.every(({ role }) => role === 'underlying')
  return needsScore && score ? ` with pain ${score.value} of 10 on ${dateOf(score.day)}` : ''
}
