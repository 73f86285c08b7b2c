/**
 * An action with which somebody went on to the next referral waits for ten seconds before it is done,
 * so that it can be taken back and nobody outside hears of it (decision 39). It waits in the database:
 * whichever instance is there when its time has come does it.
 */

import type { FastifyInstance } from 'fastify'
import type { Caller } from '../../../domain/access/caller.ts'
import { callerOfSession } from '../../../domain/access/session.ts'
import { Problem } from '../../../domain/problem.ts'
import { agentOf } from '../../../domain/referral/change.ts'
import { sendingMs } from '../../../domain/referral/draft.ts'
import { safeError } from '../../../domain/safe-error.ts'
import type { PageDeps } from '../deps.ts'
import { doAct, type Move, moveOf } from '../referral/do-act.ts'
import { type ReferralModel, readReferral } from '../referral/model.ts'
import { readTrail } from '../referral/timeline.ts'
import { viewInBackground } from '../view.ts'
import { type Kept, keep, opened, type Typed } from './kept.ts'

const usual = { ms: 10_000, everyMs: 15_000 }

/** @returns false when it cannot wait, and has to be done at once */
export type Hold = (caller: Caller, typed: Typed) => Promise<boolean>

/** Does what is due, from now until the server closes. */
export function holding(app: FastifyInstance, deps: PageDeps): Hold {
  const { ms, everyMs } = deps.people.hold ?? usual
  const timers = new Set<NodeJS.Timeout>()
  let working: Promise<void> | undefined
  let again = false
  const note = (error: unknown) =>
    app.log.error({ err: safeError(error) }, 'a held action was not done')
  const work = async (): Promise<void> => {
    do {
      again = false
      await sendDue(deps, note).catch(note)
    } while (again)
    working = undefined
  }
  const sweep = (): void => {
    again = true
    working ??= work()
  }
  const interval = setInterval(sweep, everyMs).unref()
  app.addHook('preClose', async () => {
    clearInterval(interval)
    for (const timer of timers) clearTimeout(timer)
    again = false
    await working
  })
  return async (caller, typed) => {
    const sendAt = new Date(deps.now().getTime() + ms).toISOString()
    if (!(await keep(deps, caller, { ...typed, sendAt }))) return false
    const timer = setTimeout(() => {
      timers.delete(timer)
      sweep()
    }, ms + 20).unref()
    timers.add(timer)
    return true
  }
}

/** What fails for the moment is tried again when its time with this instance is over. */
async function sendDue(deps: PageDeps, note: (error: unknown) => void): Promise<void> {
  const { drafts } = deps.people
  for (;;) {
    const at = deps.now()
    const until = new Date(at.getTime() + sendingMs).toISOString()
    const due = await drafts.takeDue(at.toISOString(), until)
    if (due.length === 0) return
    for (const draft of due) await send(deps, opened(deps, draft)).catch(note)
  }
}

/** Done, it is gone; what can never be done stays as what was typed, with the reason. */
async function send(deps: PageDeps, kept: Kept): Promise<void> {
  const { draft } = kept
  const { drafts } = deps.people
  try {
    await doHeld(deps, kept)
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    return drafts.refuse(draft, error.code)
  }
  await drafts.drop(draft)
}

async function doHeld(deps: PageDeps, { draft, act, content }: Kept): Promise<void> {
  const clinic = deps.people.registry().clinicById(draft.clinicId)
  if (!clinic || clinic.disabled || !content) throw new Problem('forbidden')
  const { form, language, person, tokenId, origin } = content
  const at = draft.savedAt
  const caller = callerOfSession({
    ...{ id: tokenId, role: 'clinic', organization: clinic.id, person },
    ...{ startedAt: at, lastSeenAt: at },
  })
  const view = viewInBackground(language, clinic.due.hours.timeZone, deps.now())
  const model = await readReferral(deps, caller, draft.referralId)
  const move = moveOf(view, model, act, form, person)
  if ('errors' in move) throw new Problem('bad-request')
  try {
    await doAct(deps, model, move, draft.version, caller, agentOf(caller, origin))
  } catch (error) {
    // Who did it before may have ended before it could say so.
    if (!(await isDone(deps, caller, model, move, at))) throw error
  }
}

/** True when the trail has just this move, by this person, since it was asked for. */
async function isDone(
  deps: PageDeps,
  caller: Caller,
  model: ReferralModel,
  { detail }: Move,
  since: string,
): Promise<boolean> {
  const { rows } = await readTrail(deps, caller, model)
  return rows.some(
    (row) =>
      row.action === 'move' &&
      row.person === caller.person?.id &&
      row.detail === detail &&
      row.recorded >= since,
  )
}
