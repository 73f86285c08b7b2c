/** Where to after signing in. */

import type { Session } from '../../../domain/access/session.ts'

/** An address of our pages, and nothing that a browser could take for another host. */
const ours = /^\/(?:worklist|referrals|practice|insight)(?:[/?][\w\-./?=&,%]*)?$/

/** The start page of a role. */
export const homeOf = ({ role }: Pick<Session, 'role'>): string =>
  role === 'clinic' ? '/worklist' : '/practice'

/** @returns the address that was asked for when it is one of ours, else the start page */
export const nextOf = (wanted: string | undefined, session: Pick<Session, 'role'>): string =>
  wanted !== undefined && ours.test(wanted) && !wanted.includes('..') ? wanted : homeOf(session)
