/** The words of a clinic's own page, in English: what it asks for, when it works, by when it answers. */

import { grammarOf } from './grammar.ts'

const { number, plural, list } = grammarOf('en-US')

export const enClinic = {
  'clinic.nav': 'Our clinic',
  'clinic.nav.all': 'Clinics',
  'clinic.all': 'Clinics that take referrals',
  'clinic.allHint': 'What each asks for, when it works, and by when it answers.',
  'clinic.none': 'No clinic takes referrals here at the moment.',
  'clinic.seenBy': 'Practices that refer to you read this page too, without the declines.',
  'clinic.toList': 'All clinics',
  'clinic.npi': 'NPI',
  'clinic.policy': 'Policy',
  'clinic.version': 'Version of the policy',
  'clinic.received': 'Works with',
  'clinic.byEhr': 'its own EHR, to which referrals are delivered',
  'clinic.byWorklist': 'the worklist of Referloop',

  'clinic.hours': 'Opening hours',
  'clinic.open': 'Open',
  'clinic.openWords': (days: string, from: string, to: string) => `${days}, ${from} to ${to}`,
  'clinic.daysRange': (from: string, to: string) => `${from} to ${to}`,
  'clinic.zone': 'Time zone',
  'clinic.holidays': 'Closed on',
  'clinic.noHolidays': 'no other days',

  'clinic.asks': 'What we check before you send',
  'clinic.asksOwn': 'What the clinic asks for',
  'clinic.asksHint':
    'Each referral is checked against these when it arrives, and a practice can have it checked before.',
  'clinic.required': 'Required',
  'clinic.contraindications': 'Must not be there',
  'clinic.general': 'For all of them',
  'clinic.oneOf': 'One of these is enough:',
  'clinic.judged': 'How it is read:',
  'clinic.usual': (value: string) => `differs: usually ${value}`,
  'clinic.ownCriterion': 'added by the clinic',
  'clinic.dropped': 'Not asked for here, although it is usual',
  'clinic.class.absolute': 'absolute: the clinic does not treat',
  'clinic.class.relative': 'relative: a clinician decides',
  'clinic.classUsual.absolute': 'differs: usually absolute',
  'clinic.classUsual.relative': 'differs: usually relative',
  'clinic.after': 'What follows the check',
  'clinic.action.send': 'goes to the clinic',
  'clinic.action.await-information': 'waits until the practice has sent what is missing',
  'clinic.action.await-acknowledgement':
    'waits until the practice acknowledges the result or takes the referral back',

  'clinic.due': 'By when',
  'clinic.dueHint':
    'Working days of the clinic. Urgent, as soon as possible and immediate ones have their own.',
  'clinic.dueStep': 'Step',
  'clinic.routine': 'Routine',
  'clinic.urgent': 'Urgent',
  'clinic.workingDays': (count: number) =>
    count === 0 ? 'the same day' : plural(count, 'working day', 'working days'),
  'clinic.calendarDays': (count: number) => plural(count, 'day', 'days'),
  'clinic.step.information': 'The practice sends what is missing',
  'clinic.step.reminders': 'It is reminded after',
  /** `3 and 7 days` */
  'clinic.reminders': (days: readonly number[]) =>
    `${list(days.map(number))} ${days.at(-1) === 1 ? 'day' : 'days'}`,
  'clinic.noReminder': 'not reminded',
  'clinic.step.acknowledgement': 'The practice acknowledges the result of the check',
  'clinic.step.triage': 'The clinic decides',
  'clinic.step.scheduling': 'The clinic makes an appointment',
  'clinic.step.visit': 'The patient is seen, where no date is known',
  'clinic.step.report': 'The clinic reports after the visit',
  'clinic.step.resumption': 'The clinic goes on with a referral on hold',
  'clinic.step.cancellation': 'The clinic answers a request to cancel',

  'clinic.declines': 'Why referrals were declined',
  'clinic.declinesIn': (from: string, to: string) => `From ${from} to ${to}.`,
  'clinic.declinesNone': 'None was declined in the last twelve months.',
  'clinic.declineReason': 'Reason',
  'clinic.declineCount': 'Referrals',
  'clinic.uncoded': 'Without a coded reason',
  'clinic.toInsight': 'All figures',
} as const
