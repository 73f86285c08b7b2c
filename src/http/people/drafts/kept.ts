/** What somebody typed for an action, sealed for the store and opened for its author. */

import type { Caller, Person } from '../../../domain/access/caller.ts'
import { Problem } from '../../../domain/problem.ts'
import type { Origin } from '../../../domain/referral/change.ts'
import { type Draft, keptMs } from '../../../domain/referral/draft.ts'
import type { PageDeps } from '../deps.ts'
import { Form } from '../form.ts'
import { type ActName, actNames } from '../referral/acts.ts'

/** The longest form, twice: two fields of 5,000 characters each. */
const longest = 20_000

/** Of every form, and no words of anybody. */
const ours: ReadonlySet<string> = new Set(['version', 'list', 'go', 'criterion', 'minutes'])

export interface Kept {
  readonly draft: Draft
  readonly act: ActName
  /** Which finding, where there are several. */
  readonly criterion: string
  /** Undefined when the key that sealed it is gone. */
  readonly content: Content | undefined
}

/** What is sealed. */
interface Content {
  readonly form: Form
  /** Of the pages of its author, for the words that come from codes. */
  readonly language: string
  /** For the audit trail of what is sent by itself. */
  readonly person: Person
  readonly tokenId: string
  readonly origin: Origin
}

export interface Typed extends Omit<Content, 'person' | 'tokenId'> {
  readonly referralId: string
  readonly act: string
  readonly version: number
  readonly sendAt?: string
}

/** `decline`, `finding.glaucoma`: a name within an address. */
export const draftAct = (name: ActName, criterion: string): string =>
  criterion === '' ? name : `${name}.${criterion}`

/** @throws Problem not-found for what no form is for */
export function readDraftAct(text: string): { readonly name: ActName; readonly criterion: string } {
  const [, first, criterion = ''] = /^([a-z-]{1,20})(?:\.([A-Za-z0-9-]{1,64}))?$/.exec(text) ?? []
  const name = actNames.find((each) => each === first)
  if (!name || (criterion !== '' && name !== 'finding')) throw new Problem('not-found')
  return { name, criterion }
}

/** True when something was typed or chosen. */
export const saysSomething = (form: Form): boolean =>
  form.fields().some(([name, value]) => !ours.has(name) && value.trim() !== '')

const purposeOf = ({ referralId, personId, act }: Pick<Draft, 'referralId' | 'personId' | 'act'>) =>
  `draft ${JSON.stringify([referralId, personId, act])}`

/** @returns undefined when there is no room, or what is there is about to be sent */
export async function keep(
  { people, now }: Pick<PageDeps, 'people' | 'now'>,
  caller: Caller,
  typed: Typed,
): Promise<Draft | undefined> {
  const person = personOf(caller)
  const { referralId, act, form, version, sendAt, language, origin } = typed
  const fields = form.fields().filter(([name]) => name !== 'version')
  if (fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0) > longest)
    throw new Problem('too-large')
  const at = now()
  const key = { referralId, personId: person.id, act }
  const { tokenId } = caller
  const sealed = people.secrets.seal(
    JSON.stringify({ fields, language, person, tokenId, origin }),
    purposeOf(key),
  )
  const draft: Draft = {
    ...key,
    clinicId: caller.organization,
    sealed,
    version,
    savedAt: at.toISOString(),
    expiresAt: new Date(at.getTime() + keptMs).toISOString(),
    sendAt,
  }
  return (await people.drafts.keep(draft)) ? draft : undefined
}

export function opened({ people }: Pick<PageDeps, 'people'>, draft: Draft): Kept {
  const { name, criterion } = readDraftAct(draft.act)
  const text = people.secrets.open(draft.sealed, purposeOf(draft))
  return { draft, act: name, criterion, content: text === undefined ? undefined : contentOf(text) }
}

/** It was written by `keep`. */
function contentOf(text: string): Content {
  const { fields, ...rest } = JSON.parse(text) as Omit<Content, 'form'> & {
    readonly fields: readonly (readonly [string, string])[]
  }
  return { ...rest, form: new Form(fields) }
}

/** The caller's drafts of one referral, the latest first. */
export async function keptOf(
  deps: Pick<PageDeps, 'people'>,
  caller: Caller,
  referralId: string,
): Promise<readonly Kept[]> {
  const { id } = personOf(caller)
  const drafts = await deps.people.drafts.ofReferral(caller, id, referralId)
  return drafts.map((draft) => opened(deps, draft))
}

/** @throws Problem not-signed-in */
export function personOf({ person }: Caller): Person {
  if (!person) throw new Problem('not-signed-in')
  return person
}
