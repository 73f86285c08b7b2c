/**
 * Every word of the pages, in English. Another language is another file of the type Translation; a key
 * that it lacks does not compile. A message with something in it is a function of it.
 */

import { enAnswerLink } from './en-answer-link.ts'
import { enClinic } from './en-clinic.ts'
import { enDesk } from './en-desk.ts'
import { enDrafts } from './en-drafts.ts'
import { enFiles } from './en-files.ts'
import { enForm } from './en-form.ts'
import { enInsight } from './en-insight.ts'
import { enPacket } from './en-packet.ts'
import { enPractice } from './en-practice.ts'
import { enRecord } from './en-record.ts'
import { enReferral } from './en-referral.ts'
import { enRequirements } from './en-requirements.ts'
import { enScreeningForm } from './en-screening-form.ts'
import { grammarOf } from './grammar.ts'

const { number, plural } = grammarOf('en-US')

export const en = {
  ...enAnswerLink,
  ...enFiles,
  ...enClinic,
  ...enDrafts,
  ...enForm,
  ...enDesk,
  ...enInsight,
  ...enPacket,
  ...enPractice,
  ...enRecord,
  ...enReferral,
  ...enRequirements,
  ...enScreeningForm,
  brand: 'Referloop',
  'page.skip': 'Skip to the page',
  'page.main': 'Main',
  'page.signOut': 'Sign out',
  'page.appearance': 'Appearance',
  'page.language': 'Language',
  'page.theme.auto': 'As the device',
  'page.theme.light': 'Light',
  'page.theme.dark': 'Dark',
  'page.keys.on': 'Turn keyboard shortcuts on',
  'page.keys.off': 'Turn keyboard shortcuts off',
  'page.sandbox': 'Sandbox: all people here are made up.',
  'page.back': 'Back',
  'page.print': 'Print',
  'page.keys': 'Keyboard shortcuts',
  'page.keys.rows': 'j, k or the arrows: from row to row; Enter opens',
  'page.close': 'Close',
  'page.idle': 'You will be signed out in two minutes.',
  'page.stay': 'Stay signed in',

  'signIn.title': 'Sign in',
  'signIn.intro': 'Sign in with the account of your clinic or practice.',
  'signIn.with': (organization: string) => `Sign in with ${organization}`,
  'signIn.fromEhr': 'Or open Referloop from within your EHR.',
  'signIn.sandbox': 'The sandbox: choose who you are',
  'signIn.sandboxHint': 'No password. This way in exists in the sandbox only.',
  'signIn.none':
    'No way to sign in has been set up. The operator of this service can do so in its registry.',
  'signIn.ended': 'You are signed out.',
  'signIn.idle': 'You were signed out, because nothing was done for 15 minutes.',

  'problem.title': 'That did not work',
  'problem.reference': (id: string) => `Reference for the operator: ${id}`,
  'problem.kept': 'What you typed',
  'problem.again': 'Go back and try again',
  'problem.toWork': 'To the start page',
  'problem.not-found':
    'There is nothing here that you may see. It may belong to another organisation, or the address is incomplete.',
  'problem.not-signed-in':
    'You are not signed in any more. Sign in, then repeat what you did; what you typed is shown below.',
  'problem.foreign-form':
    'This form was not made for you in this session. Open the page again, and send the form from there.',
  'problem.sign-in-refused':
    'You could not be signed in. Begin again from the sign-in page or from your EHR.',
  'problem.version-conflict':
    'Somebody changed this referral while you had it open. Look at it as it is now; what you typed is shown below.',
  'problem.conflict': 'Somebody changed this referral at the same moment. Try again.',
  'problem.illegal-transition':
    'The referral has moved on, and this cannot be done with it any more.',
  'problem.nothing-to-answer': 'The referral does not wait for the practice at the moment.',
  'problem.referral-closed': 'The referral is closed; nothing can be added to it.',
  'problem.too-many-requests': 'That was too fast. Wait a few seconds, then try again.',
  'problem.unavailable':
    'The service cannot do this right now. Nothing was changed; try again in a moment.',
  'problem.bad-request':
    'Something in the form could not be read. Go back, look at the fields, and send it again.',
  'problem.other': 'Something went wrong, and nothing was changed.',

  'form.errors': 'Please look at these again',
  'form.required': 'Please fill this in.',
  'form.tooLong': (most: number) => `Use at most ${number(most)} characters.`,
  'form.optional': 'optional',

  'queue.title': 'Worklist',
  'queue.tabs': 'Referrals by what is to be done',
  'queue.tab.new': 'New',
  'queue.tab.waiting': 'Waiting for referrer',
  'queue.tab.answered': 'Answered',
  'queue.tab.to-schedule': 'To schedule',
  'queue.tab.scheduled': 'Scheduled',
  'queue.tab.to-report': 'To report',
  'queue.tab.stalled': 'Stalled',
  'queue.tab.closed': 'Closed',
  'queue.count': (count: number) => plural(count, 'referral', 'referrals'),
  'queue.find': 'Find a patient or a referral',
  'queue.findHint': 'Family name, record number or referral number',
  'queue.search': 'Search',
  'queue.filter': 'Filter',
  'queue.priority': 'Priority',
  'queue.overall': 'Check',
  'queue.referrer': 'Referred by',
  'queue.due': 'Due',
  'queue.due.late': 'Late',
  'queue.due.today': 'Within a day',
  'queue.any': 'Any',
  'queue.apply': 'Apply',
  'queue.clear': 'Clear all',
  'queue.without': (filter: string) => `Remove the filter ${filter}`,
  'queue.column.due': 'Due',
  'queue.column.patient': 'Patient',
  'queue.column.referral': 'Referral',
  'queue.column.check': 'Check',
  'queue.column.waiting': 'Waiting',
  'queue.empty': 'Nothing here. When a referral needs this step, it appears by itself.',
  'queue.emptyFound': 'No referral fits the search and the filters.',
  'queue.next': 'Next page',
  'queue.first': 'First page',
  'queue.more': (count: number) => `+${number(count)}`,
  'queue.live': (changed: number) =>
    `${plural(changed, 'change', 'changes')} since you opened this list.`,
  'queue.changed': 'The list may have changed.',
  'queue.reload': 'Show them',
  'queue.open': (patient: string) => `Open the referral of ${patient}`,
  'queue.waiting': (days: number) => plural(days, 'day', 'days'),
  'queue.waitingToday': 'since today',
  'queue.keys':
    'Keys: j and k or the arrows move, Enter opens, x chooses, / searches, ? shows this.',

  'patient.unnamed': 'Name not known',
  'patient.born': (date: string, age: number) => `${date} (${age} y)`,
  'patient.bornUnknown': 'Date of birth not known',
  notKnown: 'Not known',

  'due.in': (time: string) => `due in ${time}`,
  'due.late': (time: string) => `${time} late`,
  'due.none': 'no date',

  'priority.routine': 'Routine',
  'priority.urgent': 'Urgent',
  'priority.asap': 'As soon as possible',
  'priority.stat': 'Immediately',

  'overall.ready': 'Ready',
  'overall.incomplete': 'Incomplete',
  'overall.clinician-review': 'For a clinician',
  'overall.not-eligible': 'Not eligible',
  'overall.contraindicated': 'Contraindicated',

  'status.awaiting-information': 'Waiting for information',
  'status.awaiting-acknowledgement': 'Waiting for the referrer to acknowledge',
  'status.sending': 'On its way to the clinic',
  'status.delivery-failed': 'Could not be delivered',
  'status.awaiting-triage': 'Waiting for triage',
  'status.awaiting-scheduling': 'To be scheduled',
  'status.scheduled': 'Appointment made',
  'status.no-show': 'Patient did not come',
  'status.appointment-cancelled': 'Appointment called off',
  'status.visit-completed': 'Seen, report to come',
  'status.on-hold': 'On hold',
  'status.declined': 'Declined',
  'status.cancellation-requested': 'Referrer asks to cancel',
  'status.lost-at-ehr': 'No longer in your EHR',
  'status.cancelled': 'Cancelled',
  'status.failed': 'Could not be carried out',
  'status.completed': 'Completed',
} as const satisfies Readonly<Record<string, string | ((...facts: never[]) => string)>>
