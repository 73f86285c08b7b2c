/** By when a clinic, or a referrer of it, takes the next step of a referral: each clinic's own. */

import type { Reader } from './reader.ts'
import { readWorkingHours, usualHours, type WorkingHours } from './working-hours.ts'

/** Working days of the clinic by step; 0 is the same day. */
const usualDays = {
  /** The referrer acknowledges what the check found, or takes the referral back. */
  acknowledgement: { routine: 5, urgent: 1 },
  /** Of 2 working days for new referrals tells experience elsewhere; urgent ones are seen at once. */
  triage: { routine: 2, urgent: 0 },
  /** An appointment is made, and after a missed or cancelled one the next. */
  scheduling: { routine: 5, urgent: 1 },
  /** Of an appointment whose date is not known here. */
  visit: { routine: 30, urgent: 10 },
  /** After the appointment. */
  report: { routine: 5, urgent: 2 },
  resumption: { routine: 10, urgent: 2 },
  /** The clinic answers a request to cancel. */
  cancellation: { routine: 2, urgent: 0 },
} as const satisfies Record<string, Days>

interface Days {
  readonly routine: number
  /** For the priorities urgent, asap and stat. */
  readonly urgent: number
}

export type WorkingStep = keyof typeof usualDays

export interface DueTerms {
  readonly days: Readonly<Record<WorkingStep, Days>>
  readonly hours: WorkingHours
}

export const usualTerms: DueTerms = { days: usualDays, hours: usualHours }

const names = Object.keys(usualDays) as WorkingStep[]
const mostDays = 365

/** Reads `due` of a clinic, `{ triage: 2, …, urgent: { triage: 0, … } }`, and its `hours`. */
export function readDueTerms(clinic: Reader): DueTerms {
  const hours = readWorkingHours(clinic)
  if (!clinic.has('due')) return { days: usualDays, hours }
  const routine = clinic.object('due', [...names, 'urgent'])
  const urgent = routine.has('urgent') ? routine.object('urgent', names) : undefined
  const days = Object.fromEntries(
    names.map((name): [WorkingStep, Days] => {
      const usual = usualDays[name]
      return [
        name,
        {
          routine: routine.whole(name, usual.routine, 0, mostDays),
          urgent: urgent?.whole(name, usual.urgent, 0, mostDays) ?? usual.urgent,
        },
      ]
    }),
  ) as Record<WorkingStep, Days>
  return { days, hours }
}
