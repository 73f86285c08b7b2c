/** The words of the referring practice's pages, in English. */

import { grammarOf } from './grammar.ts'

const { number, plural } = grammarOf('en-US')

export const enPractice = {
  'practice.title': 'Your referrals',
  'practice.lists': 'Referrals by who acts next',
  'practice.list.answer': 'Needs you',
  'practice.list.open': 'With the clinic',
  'practice.list.closed': 'Closed',
  'practice.clinic': 'Clinic',
  'practice.column.due': 'Due',
  'practice.column.patient': 'Patient',
  'practice.column.clinic': 'Clinic',
  'practice.column.standing': 'Where it stands',
  'practice.column.sent': 'Sent',
  'practice.empty.answer':
    'Nothing waits for you. When a clinic asks for something, it appears here.',
  'practice.empty.open': 'No referral is with a clinic now.',
  'practice.empty.closed': 'No referral is closed yet.',
  'practice.emptyFound': 'No referral fits the search and the filter.',
  'practice.open': (patient: string) => `Open the referral of ${patient}`,
  'practice.answered': (answered: number, asked: number) =>
    `${number(answered)} of ${number(asked)} answered`,
  'practice.unsent': 'not sent yet',
  'practice.back': 'Back to your referrals',
  'practice.backToReferral': 'Back to the referral',

  'practice.is.awaiting-information': 'Needs your answer',
  'practice.is.awaiting-acknowledgement': 'Needs your decision',
  'practice.is.sending': 'On its way to the clinic',
  'practice.is.delivery-failed': 'Could not be delivered yet',
  'practice.is.awaiting-triage': 'The clinic is deciding',
  'practice.is.awaiting-scheduling': 'Accepted, appointment to come',
  'practice.is.scheduled': 'Appointment made',
  'practice.is.no-show': 'Patient did not come',
  'practice.is.appointment-cancelled': 'Appointment called off',
  'practice.is.visit-completed': 'Patient was seen, report to come',
  'practice.is.on-hold': 'On hold at the clinic',
  'practice.is.declined': 'Declined by the clinic',
  'practice.is.cancellation-requested': 'You asked to withdraw it',
  'practice.is.lost-at-ehr': 'The clinic is looking for it',
  'practice.is.cancelled': 'Cancelled',
  'practice.is.failed': 'Could not be carried out',
  'practice.is.completed': 'Completed',

  'practice.now.missing':
    'The referral has not gone to the clinic yet: something is missing. It goes on by itself once that is here.',
  'practice.now.unavailable':
    'You have said of everything that is missing that it is not available. You can send the referral to the clinic as it is; a clinician there decides.',
  'practice.now.asked': 'The clinic has the referral and needs something from you.',
  'practice.now.awaiting-acknowledgement':
    'The check found something that speaks against this treatment. Look at it below: send the referral on with your reason, or withdraw it.',
  'practice.now.sending': 'Nothing to do for you. It is being put into the clinic’s system.',
  'practice.now.delivery-failed':
    'Nothing to do for you. The clinic’s system could not be reached; the operator of this service has been told.',
  'practice.now.awaiting-triage':
    'Nothing to do for you. The clinic has the referral and decides on it.',
  'practice.now.awaiting-scheduling':
    'The clinic has accepted the patient and makes an appointment.',
  'practice.now.scheduled': 'The appointment is below.',
  'practice.now.no-show': 'The patient did not come. The clinic makes another appointment.',
  'practice.now.appointment-cancelled': 'The clinic makes another appointment.',
  'practice.now.visit-completed': 'The patient was seen. The clinic’s report follows.',
  'practice.now.on-hold': 'The clinic has stopped for the moment; the reason is below.',
  'practice.now.declined': 'The clinic does not take the patient; the reason is below.',
  'practice.now.cancellation-requested':
    'The clinic has yet to answer. Until then the referral goes on.',
  'practice.now.lost-at-ehr':
    'The referral was in the clinic’s system and is not found there now. The operator of this service has been told.',
  'practice.now.cancelled': 'This referral has ended. Nothing more happens with it.',
  'practice.now.failed': 'The clinic could not carry it out; the reason is below.',
  'practice.now.completed': 'The clinic’s report is below.',

  'practice.answer': 'Answer what is missing',
  'practice.continue': 'Go on answering',
  'practice.review': 'Look at your unsent answers',
  'practice.withdraw': 'Withdraw the referral',
  'practice.acknowledge': 'Send it on with a reason',
  'practice.actions': 'What you can do',
  'practice.due': (span: string, at: string) => `Answer within ${span}, by ${at}.`,
  'practice.late': (span: string, at: string) =>
    `This was due ${span} ago, on ${at}. The referral still waits; it is not declined.`,
  'practice.drafted': (who: string, at: string) =>
    `${who} saved answers on ${at}. They are not sent yet.`,
  'practice.about': 'The referral',
  'practice.for': (patient: string, clinic: string) => `${patient}, to ${clinic}`,
  'practice.checkTitle': 'What the check found',
  'practice.met': (count: number) =>
    `${plural(count, 'criterion is', 'criteria are')} documented already.`,
  'practice.openTitle': 'What is open',
  'practice.needed': 'What would settle it',
  'practice.nothingOpen': 'Nothing is missing.',
  'practice.reason': 'The reason',
  'practice.appointment': 'Appointment',
  'practice.appointmentAt': (at: string, minutes: number) =>
    `${at}, ${plural(minutes, 'minute', 'minutes')}`,
  'practice.returned': 'What the clinic sent back',
  'practice.notes': 'Notes',
  'practice.timeline': 'What happened',
  'practice.older': 'What happened before',
  'practice.file': 'Save the file',

  'practice.answerTitle': 'What is missing',
  'practice.answerAll':
    'You need not answer everything at once: what you send counts, and less is asked for afterwards.',
  'practice.answerClinic':
    'What you send goes to the clinic, which then goes on with the referral.',
  'practice.send': 'Send the answers',
  'practice.save': 'Save and come back',
  'practice.saved': (at: string) => `Saved at ${at}`,
  'practice.savedBy': (who: string, at: string) => `Saved by ${who}, ${at}`,
  'practice.saving': 'Saving …',
  'practice.notSaved':
    'Not saved. Your answers are still on this page; use the button to save them.',
  'practice.othersSaved': (who: string) =>
    `${who} saved answers to this form in the meantime. Press “Save and come back” to see them beside yours.`,
  'practice.conflict': (who: string, at: string) =>
    `${who} saved answers to this form on ${at}, while you had it open. Yours stand in the fields below and are not saved; where they differ, the other answer stands beside. Save or send once more to keep what is in the fields.`,
  'practice.draftGone':
    'The saved answers were sent or thrown away in the meantime. Yours stand in the fields below and are not saved. Save or send once more to keep them.',
  'practice.changed':
    'What is asked for has changed while you had the form open. What you typed stands in the fields that are left. Look at it, and send it again.',
  'practice.notAsked': 'Nothing is asked for any more.',
  'practice.notAskedMore':
    'The referral has moved on while you had the form open. What you typed was not sent; it is shown below.',
  'practice.unsentTitle': 'Answers that were not sent',
  'practice.unsentMore':
    'Nothing is asked for any more, so that these answers were not sent. They are kept until somebody throws them away.',
  'practice.discard': 'Throw the unsent answers away',
  'practice.typed': 'What you typed',
  'practice.nothingAnswered':
    'Answer a question, or say that it is not available, before you send.',
  'practice.noQuestions':
    'There is no question to answer here. What is missing can be sent from your own system.',

  'practice.withdrawHint':
    'Before the clinic has it, the referral ends at once. Later the clinic is asked, and answers.',
  'practice.why': 'Why',
  'practice.whyHint': 'The clinic reads it.',
  'practice.acknowledgeHint':
    'The referral goes to the clinic with what the check found, and with your reason. A clinician there decides.',
  'practice.unavailableReason': (parts: string) => `Not available: ${parts}`,
  'practice.reasonPart': (title: string, reason: string) => `${title} (${reason})`,
  'practice.youSaid': 'Not available, as you said:',
  'practice.saysUnavailable': 'The practice says that this is not available:',

  'practice.done.sent': 'Your answers are sent.',
  'practice.done.saved': 'Your answers are saved, and not sent yet.',
  'practice.done.discarded': 'The unsent answers are thrown away.',
  'practice.done.withdrawn': 'The referral is withdrawn, or the clinic is asked to stop.',
  'practice.done.acknowledged': 'The referral goes to the clinic, with your reason.',

  'practice.did.submit': 'sent the referral',
  'practice.did.supply-information': 'sent answers or records',
  'practice.did.acknowledge': 'sent the referral on with a reason',
  'practice.did.ask-information': 'said what is missing',
  'practice.did.revoke': 'withdrew the referral',
  'practice.did.deliver': 'put the referral into the clinic’s system',
  'practice.did.redeliver': 'sent it to the clinic once more',
  'practice.did.update-at-clinic': 'told the clinic’s system',
  'practice.did.make-link': 'made a link to answer by',
  'practice.did.end-link': 'ended the link to answer by',
  'practice.did.gather': 'added what your record has',
  'practice.did.next-step': 'noted that a step is overdue',
  'practice.did.move': 'changed where the referral stands',
  'practice.did.note': 'wrote a note',
  'practice.did.finding': 'gave a reason why a finding does not stand in the way',
  'practice.did.to': (standing: string) => `“${standing}”`,
} as const
