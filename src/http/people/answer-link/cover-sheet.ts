/** What goes on top of a packet that is faxed: how to answer, and nothing of the patient. */

import type { MadeLink } from '../../../domain/answering/make-link.ts'
import type { Packet } from '../packet/content.ts'
import type { ReferralModel } from '../referral/model.ts'
import { timeWords } from '../times.ts'
import type { View } from '../view.ts'
import { numbersOf } from './clinic-pages.ts'

export function coverOf(
  view: View,
  model: ReferralModel,
  { code, expiresAt }: MadeLink,
  baseUrl: string,
): Packet {
  const { say, organization } = view
  return {
    heading: say('cover.title', organization),
    made: timeWords(view.now.toISOString(), view),
    notices: [],
    sections: [
      {
        title: say('cover.to', model.referrerName),
        facts: numbersOf(model).map((number) => [say('link.number'), number] as const),
      },
      {
        title: say('cover.steps'),
        // A fax makes small letters guesswork.
        large: [
          [say('cover.step1', `${baseUrl}/answer`), 14],
          [say('cover.step2'), 14],
          [`    ${code}`, 28],
          [say('cover.step3'), 14],
        ],
        entries: [
          {
            title: say('cover.until', timeWords(expiresAt, view)),
            lines: [say('cover.lost'), say('cover.packetBelow')],
          },
        ],
      },
    ],
  }
}
