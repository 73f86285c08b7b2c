/** Referrals that were never sent: their histories are made up, and committed as the stories would. */

import { randomUUID } from 'node:crypto'
import type { ReferralChange, ReferralStore } from '../../src/domain/referral/ports.ts'
import type { Referral } from '../../src/domain/referral/referral.ts'
import type { History, Standing } from './insight-oracle.ts'
import { aNextState, aReferral, aResource, aSubmission } from './referral-change.ts'

/** The same numbers each time. https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function dice(seed: number) {
  let state = seed
  return (sides: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

const codes = 'https://referloop.example/fhir/CodeSystem'
const output = (type: string) => ({
  type: { text: type },
  valueReference: { reference: `${type}/1` },
})

/** What a story writes with such a change, as far as the figures look at it. */
function resourcesOf(referral: Referral, standing: Standing, before: Standing | undefined) {
  const { at: lastUpdated, status, businessStatus, overall, reason } = standing
  const write = (type: string, id: string, version: number, content: object) =>
    aResource(type, id, version, {
      lastUpdated,
      content: JSON.stringify({ resourceType: type, id, ...content }),
    })
  const hasBegun = standing.revoked && !before?.revoked
  return [
    write('Task', referral.taskId, referral.version, {
      status,
      businessStatus: {
        coding: [{ system: `${codes}/referral-business-status`, code: businessStatus }],
      },
      ...(reason
        ? { statusReason: { coding: [{ system: `${codes}/decline-reason`, code: reason }] } }
        : {}),
      output: ['Appointment', ...(standing.reported ? ['DocumentReference'] : [])].map(output),
    }),
    ...(before === undefined || hasBegun
      ? [
          write('ServiceRequest', referral.id, before ? 2 : 1, {
            status: hasBegun ? 'revoked' : 'active',
          }),
        ]
      : []),
    ...(overall !== before?.overall
      ? [
          write('GuidanceResponse', randomUUID(), 1, {
            contained: [{ parameter: [{ name: 'overall', valueCode: overall }] }],
          }),
        ]
      : []),
  ]
}

const rowOf = ({ at, status, businessStatus, overall, withheld }: Standing): Partial<Referral> => ({
  updatedAt: at,
  status,
  businessStatus,
  overall,
  release: withheld ? { withheld: {}, consents: [] } : undefined,
})

/** As the stories commit it, one change after the other. */
export async function live(
  referrals: Pick<ReferralStore, 'commit'>,
  { standings, ...who }: History,
): Promise<void> {
  const [first] = standings
  let referral = aReferral({ ...who, createdAt: first.at, ...rowOf(first) })
  for (const [n, standing] of standings.entries()) {
    const recorded = {
      action: 'move',
      kind: 'U',
      outcome: 'success',
      recorded: standing.at,
    } as const
    const next = n === 0 ? aSubmission(referral) : aNextState(referral, rowOf(standing))
    const change: ReferralChange = {
      ...next,
      resources: resourcesOf(next.referral, standing, standings[n - 1]),
      audit: [
        {
          ...recorded,
          agent: 'a-client',
          organization: n % 2 === 0 ? who.referrerId : who.clinicId,
          referralId: referral.id,
        },
      ],
    }
    const outcome = await referrals.commit(change)
    if (outcome !== 'committed') throw new Error(outcome)
    referral = change.referral
  }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Who refers how much, and how often something is missing, in hundredths. */
const habits = [
  { referrerId: 'lakeside-family', weight: 5, missing: 35 },
  { referrerId: 'hilltop-internal', weight: 3, missing: 70 },
] as const

/**
 * Half a year of a clinic, up to an instant, as it might have been: some complete at once, most in a few
 * days, some never; most seen, some declined, some not there.
 */
export function aHalfYear(clinicId: string, now: string, count: number): readonly History[] {
  const roll = dice(7)
  const chance = (percent: number) => roll(100) < percent
  return Array.from({ length: count }, (_, n) => {
    const habit = chance(62) ? habits[0] : habits[1]
    let at = Date.parse(now) - Math.floor((1 - n / count) * 180 * dayMs) - roll(20) * hourMs
    const standings: Standing[] = []
    const go = (
      after: number,
      status: Standing['status'],
      businessStatus: Standing['businessStatus'],
      more: Partial<Standing> = {},
    ): boolean => {
      at += after
      const before = standings.at(-1)
      if (standings.length > 0 && at >= Date.parse(now)) return false
      standings.push({
        at: new Date(at).toISOString(),
        overall: before?.overall ?? 'ready',
        ...more,
        status,
        businessStatus,
      })
      return true
    }
    const few = (days: number) => Math.ceil((0.1 + roll(100) / 70) * days * dayMs)
    const onItsWay = () => go(few(0.05), 'received', 'awaiting-triage')
    const rest = () => {
      if (chance(9))
        return go(few(1), 'rejected', 'declined', {
          reason: ['no-capacity', 'not-eligible', 'other-service'][roll(3)] as string,
        })
      if (!go(few(1.5), 'accepted', 'awaiting-scheduling')) return
      if (chance(6)) return go(few(4), 'cancelled', 'cancelled', { revoked: true })
      if (!go(few(4), 'in-progress', 'scheduled')) return
      if (chance(12) && go(few(14), 'in-progress', 'no-show'))
        go(few(3), 'in-progress', 'scheduled')
      if (!go(few(15), 'in-progress', 'visit-completed')) return
      go(few(3), 'completed', 'completed', chance(92) ? { reported: true } : {})
    }
    if (chance(habit.missing)) {
      go(0, 'requested', 'awaiting-information', { overall: 'incomplete' })
      const isComplete =
        chance(85) && go(few(chance(20) ? 11 : 2.5), 'requested', 'sending', { overall: 'ready' })
      if (isComplete && onItsWay()) rest()
    } else {
      go(0, 'requested', 'sending')
      if (onItsWay()) rest()
    }
    return {
      id: `made-up-${clinicId}-${n}`,
      referrerId: habit.referrerId,
      clinicId,
      patientId: `made-up-patient-${n}`,
      standings: standings as [Standing, ...Standing[]],
    }
  })
}
