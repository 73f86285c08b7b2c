/** The pages that are photographed and held to axe: one row for each that people see. */

import type { BrowserWorld, Staff } from '../helpers/browser-world.ts'
import { pseudo } from '../helpers/pseudo.ts'

export interface ShownPage {
  readonly name: string
  path(scene: BrowserWorld): string
  /** Nobody for the way in. */
  readonly who?: Staff
}

export const shownPages: readonly ShownPage[] = [
  { name: 'sign-in', path: () => '/sign-in' },
  { name: 'queue', path: () => '/worklist', who: 'nurse' },
  { name: 'queue-filtered', path: () => '/worklist?priority=urgent&due=today', who: 'nurse' },
  { name: 'queue-chosen', path: () => '/worklist?tab=new&owner=none&chosen=all', who: 'nurse' },
  {
    name: 'queue-told',
    path: ({ referred }) => `/worklist?tab=new&did=assign&count=2&not=changed.${referred[0]?.id}`,
    who: 'nurse',
  },
  { name: 'saved-lists', path: () => '/worklist/views?tab=new&priority=urgent', who: 'nurse' },
  { name: 'snooze', path: ({ referred }) => `/referrals/${referred[0]?.id}/snooze`, who: 'nurse' },
  {
    name: 'packets',
    path: ({ referred }) => `/worklist/packets?ids=${referred[0]?.id},${referred[1]?.id}`,
    who: 'nurse',
  },
  { name: 'queue-empty', path: () => '/worklist?tab=closed', who: 'nurse' },
  { name: 'referral', path: ({ referred }) => `/referrals/${referred[0]?.id}`, who: 'nurse' },
  {
    name: 'decline',
    path: ({ referred }) => `/referrals/${referred[0]?.id}/decline`,
    who: 'nurse',
  },
  {
    name: 'decline-draft',
    path: ({ referred }) => `/referrals/${referred[9]?.id}/decline?tab=new`,
    who: 'nurse',
  },
  { name: 'drafts', path: () => '/worklist/drafts', who: 'nurse' },
  { name: 'ask', path: ({ referred }) => `/referrals/${referred[1]?.id}/ask`, who: 'nurse' },
  {
    name: 'finding',
    path: ({ referred }) => `/referrals/${referred[1]?.id}/finding?criterion=glaucoma`,
    who: 'nurse',
  },
  {
    name: 'records',
    path: ({ referred }) => `/referrals/${referred[3]?.id}/evidence?type=Observation`,
    who: 'nurse',
  },
  { name: 'clinic', path: () => '/clinic', who: 'nurse' },
  { name: 'clinics', path: () => '/clinics', who: 'physician' },
  { name: 'clinic-of-others', path: () => '/clinics/river-pain-clinic', who: 'physician' },
  { name: 'practice', path: () => '/practice', who: 'physician' },
  { name: 'practice-empty', path: () => '/practice?list=closed', who: 'physician' },
  {
    name: 'practice-referral',
    path: ({ lacking }) => `/practice/${lacking.id}`,
    who: 'physician',
  },
  {
    name: 'practice-answer',
    path: ({ lacking }) => `/practice/${lacking.id}/answer`,
    who: 'physician',
  },
  {
    name: 'practice-withdraw',
    path: ({ lacking }) => `/practice/${lacking.id}/withdraw`,
    who: 'physician',
  },
  {
    name: 'practice-documents',
    path: ({ lacking }) => `/practice/${lacking.id}/documents`,
    who: 'physician',
  },
  { name: 'answer-code', path: () => '/answer' },
  { name: 'answer-open', path: ({ answerSecret }) => `/answer/${answerSecret}` },
  { name: 'answer-nothing', path: () => '/answer/gone' },
  {
    name: 'answer-link',
    path: ({ referred }) => `/referrals/${referred[0]?.id}/answer-link`,
    who: 'nurse',
  },
  { name: 'figures', path: () => '/insight', who: 'director' },
  { name: 'figures-of-days', path: () => '/insight?period=month&step=day', who: 'manager' },
  { name: 'figures-empty', path: () => '/insight?period=week&on=2020-01-01', who: 'nurse' },
  { name: 'problem', path: () => '/worklist/nowhere', who: 'nurse' },
]

/** What pictures are taken of. */
export const screens = {
  light: {},
  dark: { dark: true },
  phone: { width: 320, height: 720 },
  'phone-dark': { width: 320, height: 720, dark: true },
  spanish: { language: 'es-US' },
  'spanish-phone': { width: 320, height: 720, language: 'es-US' },
  'pseudo-phone': { width: 320, height: 720, language: pseudo },
} as const

/** What each page is held to. */
export const heldScreens = {
  light: {},
  dark: { dark: true },
  '320 px': { width: 320, height: 720 },
  'without scripts': { withoutAssetScripts: true },
  Spanish: { language: 'es-US' },
  'forced colours': { forcedColors: true },
} as const
