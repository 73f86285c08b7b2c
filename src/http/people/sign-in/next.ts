/** Where to after signing in. */

import type { Session } from '../../../domain/access/session.ts'

/** An address of our pages, and nothing that a browser could take for another host. */
const ours = /^\/(?:worklist|referrals|practice|insight|clinics?)(?:[/?][\w\-./?=&,%]*)?$/

type Who = Pick<Session, 'role' | 'through'>

/** The start page of a role; of who came in by a link, its referral. */
export const homeOf = ({ role, through }: Who): string => {
  if (through) return `/practice/${through.referralId}`
  return role === 'clinic' ? '/worklist' : '/practice'
}

/** @returns the address that was asked for when it is one of ours, else the start page */
export const nextOf = (wanted: string | undefined, session: Who): string =>
  wanted !== undefined && ours.test(wanted) && !wanted.includes('..') ? wanted : homeOf(session)

/** Where somebody goes on who is not signed in; who came by a link has its secret in a cookie. */
const open = /^\/(?:sign-in|answer|answer\/open)(?:\?[\w\-./=&,%]*)?$/

/** @returns the page that a preference was set on, as far as its reader may be there */
export function backOf(wanted: string, session: Pick<Session, 'role'> | undefined): string {
  if (session) return nextOf(wanted, session)
  return open.test(wanted) ? wanted : '/sign-in'
}
