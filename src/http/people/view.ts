/** Through what a page is made: who looks at it, in which language, at which time. */

import type { Session } from '../../domain/access/session.ts'
import { type Html, html } from '../pages/html.ts'
import { grammarOf } from './messages/grammar.ts'
import { languageOf, type MessageKey, type Say, sayIn } from './messages/messages.ts'

export interface View {
  readonly say: Say
  /** Of `spoken()`: what the reader chose, or the browser asked for. */
  readonly language: string
  /** BCP 47, for `lang` and Intl. */
  readonly locale: string
  /** Of the clinic, or of whose clinic it is about. */
  readonly timeZone: string
  readonly now: Date
  /** Undefined before sign-in. */
  readonly session: Session | undefined
  /** The organisation of the session, as people call it. */
  readonly organization: string
  /** The address of the page, to come back to; '' where it was the answer to a form. */
  readonly path: string
  /** What forms of this session bear; '' before sign-in. */
  readonly formToken: string
  readonly theme: Theme
  /** False when single keys are to do nothing (WCAG 2.1.4). */
  readonly shortcuts: boolean
  readonly sandbox: boolean
}

export const themes = ['auto', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export type ViewFacts = Omit<View, 'say' | 'locale'>

export const viewOf = (facts: ViewFacts): View => ({
  ...facts,
  say: sayIn(facts.language),
  locale: languageOf(facts.language).locale,
})

/** For what is done for a person who is not there any more, in the words that they read. */
export const viewInBackground = (language: string, timeZone: string, now: Date): View =>
  viewOf({
    ...{ language, timeZone, now, session: undefined, organization: '', path: '', formToken: '' },
    ...{ theme: 'auto', shortcuts: false, sandbox: false },
  })

/**
 * The attribute of an element whose words stay English in every language: the check's and the policy's
 * sentences, and what a sender wrote. An English page needs none.
 */
export const inEnglish = ({ language }: Pick<View, 'language'>): Html | undefined =>
  language === 'en' ? undefined : html` lang="en"`

/** `a, b, and c`, as the language has it. */
export const listWords = ({ locale }: Pick<View, 'locale'>, parts: readonly string[]): string =>
  grammarOf(locale).list(parts)

/** The words for a code of ours; the code itself where there are none yet. */
export function sayCode({ say }: View, group: 'priority' | 'overall' | 'status', code: string) {
  const key = `${group}.${code}`
  return isPlain(key) ? say(key) : code
}

type CodeKey = Extract<MessageKey, `${'priority' | 'overall' | 'status'}.${string}`>

const isPlain = (key: string): key is CodeKey => /^(priority|overall|status)\./.test(key)
