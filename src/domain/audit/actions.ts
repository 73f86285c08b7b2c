/**
 * Everything that is audited, and which pattern of IHE BALP tells it:
 * https://profiles.ihe.net/ITI/BALP/content.html
 */

/** `create` … `query` are RESTful; the others are not. */
export type Pattern =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'query'
  | 'execute'
  | 'disclosure'
  | 'consent'
  | 'log-in'
  | 'sign-in'
  | 'application'
  | 'settings'

export interface Action {
  readonly pattern: Pattern
  /** Codes of restful-interaction, where the pattern is RESTful. */
  readonly subtypes?: readonly string[]
  /** True when the request was ours, to a clinic's EHR. */
  readonly outbound?: true
  /** True when the other side was the referrer's EHR, not the clinic's. */
  readonly atReferrer?: true
}

export const actions = {
  submit: { pattern: 'create', subtypes: ['create'] },
  /** The same referral again: what is here was shown. */
  repeat: { pattern: 'read', subtypes: ['read'] },
  'supply-information': { pattern: 'update', subtypes: ['update'] },
  /** A practice filled in something of a form and has not sent it. */
  'save-answers': { pattern: 'execute', subtypes: [] },
  acknowledge: { pattern: 'update', subtypes: ['update', 'operation'] },
  /** The referrer is asked for what is missing, for less, reminded, or not any more. */
  'ask-information': { pattern: 'update', subtypes: ['update'] },
  revoke: { pattern: 'update', subtypes: ['update'] },
  move: { pattern: 'update', subtypes: ['update'] },
  /** Somebody of the clinic has it in hand, and snoozed or woke it: the clinic's own business. */
  assign: { pattern: 'update', subtypes: ['update'] },
  snooze: { pattern: 'update', subtypes: ['update'] },
  wake: { pattern: 'update', subtypes: ['update'] },
  /** A list went out as a file. */
  export: { pattern: 'query', subtypes: ['search-type'] },
  read: { pattern: 'read', subtypes: ['read'] },
  vread: { pattern: 'read', subtypes: ['vread'] },
  // A history shows versions; BALP's Read wants to be told so.
  history: { pattern: 'read', subtypes: ['vread', 'history-instance'] },
  search: { pattern: 'query', subtypes: ['search-type'] },
  /** $reconcile: a list of referrals was compared with what is here. */
  reconcile: { pattern: 'query', subtypes: ['operation'] },
  /** $referral-check: judged and shown, not stored. */
  check: { pattern: 'execute', subtypes: ['operation'] },
  /** Referrals were counted: a measure, or the figures of a page. No record was shown. */
  'evaluate-measure': { pattern: 'execute', subtypes: ['operation'] },
  /** A CDS client told what became of cards. */
  feedback: { pattern: 'execute', subtypes: [] },
  refuse: { pattern: 'execute', subtypes: [] },
  deliver: { pattern: 'create', subtypes: ['create', 'transaction'], outbound: true },
  /** An operator put back into the queue what delivery had given up on. */
  redeliver: { pattern: 'update', subtypes: ['update'] },
  'update-at-clinic': { pattern: 'update', subtypes: ['update'], outbound: true },
  disclose: { pattern: 'disclosure' },
  /** What may be released to the clinic, and what is withheld. */
  consent: { pattern: 'consent' },
  /** The clinic's EHR told of its Task, and ours followed. */
  status: { pattern: 'update', subtypes: ['update'] },
  /** A search in the referrer's EHR for what a referral lacks. */
  'ask-referrer': {
    pattern: 'query',
    subtypes: ['search-type'],
    outbound: true,
    atReferrer: true,
  },
  /** What was found there went into the referral. */
  gather: { pattern: 'update', subtypes: ['update'], atReferrer: true },
  /** It was said on the Task that a step is overdue, or a step was given to what had none. */
  'next-step': { pattern: 'update', subtypes: ['update'] },
  subscribe: { pattern: 'create', subtypes: ['create'] },
  resubscribe: { pattern: 'update', subtypes: ['update'] },
  unsubscribe: { pattern: 'delete', subtypes: ['delete'] },
  /** We switched a subscription off, or found it in error. */
  'end-subscription': { pattern: 'update', subtypes: ['update'] },
  /** $events: what had been told was read again. */
  events: { pattern: 'read', subtypes: ['operation'] },
  /** A notification with the Task in it went to a subscriber. */
  'notify-referrer': { pattern: 'disclosure', atReferrer: true },
  'notify-clinic': { pattern: 'disclosure' },
  token: { pattern: 'log-in' },
  'token-refused': { pattern: 'log-in' },
  /** A person at the worklist. */
  'sign-in': { pattern: 'sign-in' },
  'sign-in-refused': { pattern: 'sign-in' },
  'sign-out': { pattern: 'sign-in' },
  /** Links by which a practice answers: made, taken back, opened, not opened, wanted anew. */
  'make-link': { pattern: 'execute', subtypes: ['operation'] },
  'end-link': { pattern: 'execute', subtypes: ['operation'] },
  'open-link': { pattern: 'sign-in' },
  'link-refused': { pattern: 'sign-in' },
  'ask-link': { pattern: 'execute', subtypes: [] },
  start: { pattern: 'application' },
  stop: { pattern: 'application' },
  registry: { pattern: 'settings' },
} as const satisfies Record<string, Action>

export type ActionName = keyof typeof actions

/** The pattern of an action; an unknown one, from a later version, is an execution. */
export const actionOf = (name: string): Action =>
  Object.hasOwn(actions, name) ? actions[name as ActionName] : { pattern: 'execute', subtypes: [] }
