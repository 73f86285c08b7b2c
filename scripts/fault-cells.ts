/** The fault matrix: what may go wrong, at which step, and where that cannot be. */

export const steps = {
  S1: 'receive',
  S2: 'validate',
  S3: 'persist',
  S4: 'check',
  S5: 'enqueue',
  S6: 'deliver',
  S7: 'answer of the EHR lost',
  S8: 'poll the status',
  S9: 'notify a subscriber',
} as const

export const faults = {
  F1: 'kill -9',
  F2: 'database connection lost',
  F3: 'database restart or failover',
  F4: 'network timeout',
  F5: 'reset after the peer committed',
  F6: '429 or 503 with Retry-After',
  F7: 'a permanent refusal',
  F8: 'malformed answer of a peer',
  F9: 'a peer that drips',
  F10: 'duplicates',
  F11: 'concurrent updates',
  F12: 'out of order',
  F13: 'clock jump',
  F14: 'disk full',
} as const

/** Rarer ones, of which the cells that have a test are listed, and none has to have one. */
export const furtherFaults = {
  F15: 'a process that is suspended',
  F16: 'a process that is ended for its memory',
  F17: 'an EHR restored from a backup',
  F18: 'an EHR whose search index is behind',
  F19: 'a token endpoint that is down',
  F20: 'a rotation of keys',
  F21: 'a certificate that has expired',
  F22: 'a rolling upgrade',
  F23: 'a consent that is withdrawn on the way',
  F24: 'names that cannot be resolved, or change',
} as const

export type Cell = `${keyof typeof faults} ${keyof typeof steps}`

const noPeer = 'no peer takes part in this step'
const noTerminology = 'the check calls no service: its policies and codes are on board'
const oneCommit = 'in the transaction of S3, whose test it is'
const noWrite = 'nothing is written in this step'

/** Cells that cannot be, each with the reason. */
export const notApplicable: Readonly<Partial<Record<Cell, string>>> = {
  'F3 S2': noWrite,
  'F4 S2': noPeer,
  'F5 S2': noPeer,
  'F6 S2': noPeer,
  'F11 S2': 'a body is validated by itself',
  'F12 S2': 'a body is validated by itself',
  'F14 S2': noWrite,
  'F6 S3': 'the database does not ask to wait; what it cannot take is unavailable (F2)',
  'F8 S3': 'the driver speaks to the database; a broken answer is a lost connection (F2)',
  'F12 S3': 'versions have no gaps, which is F11',
  'F4 S4': noTerminology,
  'F5 S4': noTerminology,
  'F6 S4': noTerminology,
  'F8 S4': noTerminology,
  'F12 S4': 'the check is part of the commit that makes it necessary',
  'F13 S4': 'the check knows days, and takes the day it is given',
  'F14 S4': oneCommit,
  'F2 S5': oneCommit,
  'F4 S5': oneCommit,
  'F5 S5': oneCommit,
  'F6 S5': oneCommit,
  'F7 S5': oneCommit,
  'F8 S5': oneCommit,
  'F9 S5': oneCommit,
  'F12 S5': oneCommit,
  'F13 S5': 'due times are by the clock of the database, see F13 S6',
  'F12 S7': 'one request is under way for a referral, so nothing can overtake it',
  'F13 S7': 'as F13 S6: the outcome is settled by searching, whatever the clock says',
  'F10 S9': 'a subscriber is told again rather than not at all; it knows the event by its number',
}

/** Cells without a test so far, each with what is missing. */
export const missing: Readonly<Partial<Record<Cell, string>>> = {}
