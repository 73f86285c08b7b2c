/** The words for what is typed and not sent yet, and for two people at one referral, in English. */

import { grammarOf } from './grammar.ts'

const { list } = grammarOf('en-US')

export const enDrafts = {
  'draft.title': 'Drafts',
  'draft.intro':
    'What you typed and have not sent. Only you see it. A draft is gone when you send it or throw it away, or 30 days after you last changed it.',
  'draft.none': 'You have no drafts. What you type for an action is kept here until you send it.',
  'draft.keep': 'Keep as draft',
  'draft.saved': (at: string) => `Saved at ${at}.`,
  'draft.saving': 'What you type is saved as you type.',
  'draft.found': (at: string, until: string) =>
    `You began this on ${at} and have not sent it. It is kept until ${until}.`,
  'draft.older': 'The referral has changed since then. Look at it before you send.',
  'draft.discard': 'Throw the draft away',
  'draft.discarded': 'The draft is thrown away.',
  'draft.goOn': (act: string) => `Go on: ${act}`,
  'draft.ofPatient': (act: string, patient: string) => `${act}: ${patient}`,
  'draft.until': (at: string, until: string) => `Saved ${at}, kept until ${until}.`,
  'draft.expiring': (until: string) =>
    `It goes on ${until}. Send it, or change it to keep it longer.`,
  'draft.someExpire': 'A draft of yours is about to go.',
  'draft.toDrafts': 'To your drafts',
  'draft.movedOn': (state: string) =>
    `The referral has moved on (${state}), and this cannot be done with it any more. What you typed:`,
  'draft.unreadable':
    'This draft cannot be read any more, because the key that protected it was replaced.',
  'draft.full':
    'It was not saved, because you have as many drafts as there may be. Send some or throw some away.',
  'draft.tooLong': 'It was not saved, because it is too long. Shorten it.',
  'draft.failed': 'It could not be saved just now. It is tried again as long as this page is open.',
  'draft.signedOut':
    'You are signed out, and what you type now is not saved. What was saved before is found again when you have signed in.',
  'draft.onReferral': 'Your drafts here',

  'held.done': (act: string, patient: string, at: string) =>
    `${act}: ${patient}. It goes out at ${at}.`,
  'held.undo': 'Undo',
  'held.undone': 'Taken back. Nothing was sent, and nobody was told.',
  'held.late': 'It was too late to take it back: it has gone out. Correct it with another action.',
  'held.refused': (act: string, patient: string, why: string) =>
    `${act}: ${patient}. It was not done. ${why}`,
  'held.look': 'Look at the referral',

  'present.looking': (names: readonly string[]) =>
    `${list(names)} ${names.length === 1 ? 'is' : 'are'} looking at this.`,
  'present.writing': (names: readonly string[]) =>
    `${list(names)} ${names.length === 1 ? 'is' : 'are'} writing.`,

  'news.changed': (by: string, at: string, what: string) => `Changed by ${by} at ${at}: ${what}.`,
  'news.missed': 'This page may be out of date.',
  'news.lost': 'This page is not told of changes at the moment. Load it again to see the latest.',
  'news.show': 'Show it',
  'news.keepsTyped': 'What you typed is kept.',

  'act.andNext': (act: string) => `${act}, open the next`,
  'act.thenNext': 'Then open the next referral of the list',
  'act.chooseSends': 'Pressing a reason declines the referral.',
  'act.chosen': (reason: string) => `${reason} (chosen before)`,
  'queue.rowKeys': 'On a row: a accept, i ask, d decline, s appointment, c complete, n note',
} as const
