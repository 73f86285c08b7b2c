/** The words of a referral on paper, in English. */

import { grammarOf } from './grammar.ts'

const { number } = grammarOf('en-US')

export const enPacket = {
  'packet.open': 'Packet for paper',
  'packet.pdf': 'Save as PDF',
  'packet.title': 'Referral packet',
  'packet.printed': (by: string, organization: string, at: string) =>
    `Made for ${by}, ${organization}, on ${at}.`,
  'packet.page': (page: number, all: number) => `Page ${page} of ${all}`,
  'packet.state': 'State',
  'packet.priority': 'Priority',
  'packet.missing': 'Not documented',
  'packet.files': 'Files that are not printed here',
  'packet.filesHint': 'They are kept with the referral and can be saved from its page.',
  'packet.records': 'All records',
  'packet.noRecords': 'No record came with it.',
  'packet.unprintable': (count: number) =>
    count === 1
      ? 'One character of this packet is in no font of the PDF and stands as an empty box. The page on the screen has it.'
      : `${number(count)} characters of this packet are in no font of the PDF and stand as empty boxes. The page on the screen has them.`,
} as const
