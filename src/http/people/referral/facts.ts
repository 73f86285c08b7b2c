/** Who a referral is about and what it asks for, as names with their values, for the screen and for paper. */

import type { Fact } from '../components.ts'
import { bornWords } from '../patient.ts'
import { dateWords, timeWords } from '../times.ts'
import type { View } from '../view.ts'
import { namerOf } from './described.ts'
import type { ReferralModel } from './model.ts'
import {
  addressWords,
  conceptWords,
  contactWords,
  identifierWords,
  joined,
  noteWords,
  referenceWords,
  sayCodeOf,
  statusReasonWords,
} from './words.ts'

/** What is unknown is said in words. */
export function patientFacts(view: View, { patient }: Pick<ReferralModel, 'patient'>): Fact[] {
  const { say } = view
  const known = (words: string | undefined) => words ?? say('notKnown')
  return [
    [say('referral.born'), bornWords(patient, view)],
    [
      say('referral.sex'),
      known(patient?.gender && sayCodeOf(view, 'referral.gender', patient.gender)),
    ],
    [say('referral.numbers'), known(identifierWords(patient?.identifier))],
    [say('referral.contact'), known(contactWords(patient?.telecom))],
    [say('referral.address'), known(addressWords(patient?.address?.[0]))],
  ]
}

export function requestFacts(view: View, model: ReferralModel): Fact[] {
  const { say } = view
  const { request, referral, referrerName, task } = model
  const named = namerOf(model.known)
  const known = (words: string | undefined) => words ?? say('notKnown')
  const reasons = joined([
    ...(request?.reasonCode ?? []).map((each) => conceptWords(each)),
    referenceWords(request?.reasonReference, named),
  ])
  const statusReason = statusReasonWords(task.statusReason, view)
  return [
    [say('referral.service'), known(conceptWords(request?.code)), 'sent'],
    [say('referral.reasons'), known(reasons), 'sent'],
    [
      say('referral.requester'),
      known(joined([referenceWords([request?.requester], named), referrerName])),
    ],
    [say('referral.written'), known(request?.authoredOn && dateWords(request.authoredOn, view))],
    [say('referral.came'), timeWords(referral.createdAt, view)],
    [say('referral.number'), identifierWords(request?.identifier) ?? referral.id],
    ...(statusReason ? ([[say('referral.statusReason'), statusReason, 'sent']] as const) : []),
  ]
}

/** In the words of the referrer, with their line breaks. */
export const wordsOfReferrer = ({ request }: Pick<ReferralModel, 'request'>): string | undefined =>
  joined([noteWords(request?.note), request?.patientInstruction], '\n')
