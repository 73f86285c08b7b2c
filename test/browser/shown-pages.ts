/** The pages that are photographed and held to axe: one row for each that people see. */

import type { BrowserWorld } from '../helpers/browser-world.ts'

export interface ShownPage {
  readonly name: string
  path(scene: BrowserWorld): string
  /** Nobody for the way in. */
  readonly who?: 'nurse' | 'physician'
}

export const shownPages: readonly ShownPage[] = [
  { name: 'sign-in', path: () => '/sign-in' },
  { name: 'queue', path: () => '/worklist', who: 'nurse' },
  { name: 'queue-filtered', path: () => '/worklist?priority=urgent&due=today', who: 'nurse' },
  { name: 'queue-empty', path: () => '/worklist?tab=closed', who: 'nurse' },
  { name: 'referral', path: ({ referred }) => `/referrals/${referred[0]?.id}`, who: 'nurse' },
  {
    name: 'decline',
    path: ({ referred }) => `/referrals/${referred[0]?.id}/decline`,
    who: 'nurse',
  },
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
  { name: 'problem', path: () => '/worklist/nowhere', who: 'nurse' },
]

export const screens = {
  light: {},
  dark: { dark: true },
  phone: { width: 320, height: 720 },
  'phone-dark': { width: 320, height: 720, dark: true },
} as const
