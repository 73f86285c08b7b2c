/**
 * Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * Says that something of the list has changed, and in words how much; the list itself stays as it is
 * until its reader asks.
 */

import { PassThrough } from 'node:stream'
import { Problem } from '../../../domain/problem.ts'
import { concerns, type ReferralNews } from '../../../domain/referral/referral-news.ts'
import type { PageRoutes } from '../deps.ts'
import { requirePerson, viewFor } from '../person.ts'

/** Beneath the 65 s after which a silent socket is closed. */
const heartbeatMs = 25_000
/** A burst is told at once rather than line by line. */
const gatherMs = 250
/** Windows of one person; a browser has no more than six connections for one host. */
const mostOfOne = 6

export const liveRoutes: PageRoutes = (app, deps) => {
  const { changes, sessions, worklist } = deps.people
  const open = new Set<PassThrough>()
  const perPerson = new Map<string, number>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.end()
  })

  app.get('/worklist/live', { config: { unattended: true } }, async (request, reply) => {
    const caller = requirePerson(request)
    const who = caller.person?.id ?? ''
    const secret = request.signedIn?.secret ?? ''
    if ((perPerson.get(who) ?? 0) >= mostOfOne) throw new Problem('too-many-requests')
    // It lasts for hours, and takes no turn of the requests that are to be answered.
    request.endTurn?.()
    const { say } = viewFor(request, deps)
    const stream = new PassThrough()
    const changed = new Set<string>()
    let timer: NodeJS.Timeout | undefined
    const tell = () => {
      timer = undefined
      stream.write(
        `event: change\ndata: ${JSON.stringify({ ids: [...changed], words: say('queue.live', changed.size) })}\n\n`,
      )
    }
    const onNews = (news: ReferralNews | undefined) => {
      if (!news) return void stream.write('event: gap\ndata: {}\n\n')
      if (!concerns(news, caller)) return
      changed.add(news.id)
      timer ??= setTimeout(tell, gatherMs)
    }
    const unsubscribe = await changes.subscribe(onNews)
    // What was snoozed comes back without anybody's doing.
    let looked = deps.now().toISOString()
    const lookForWoken = async () => {
      const now = deps.now().toISOString()
      const back = await worklist.woken(caller, looked, now)
      looked = now
      for (const id of back) changed.add(id)
      if (back.length > 0) timer ??= setTimeout(tell, gatherMs)
    }
    const heartbeat = setInterval(async () => {
      const isGood = await sessions.resume(secret, false).catch(() => undefined)
      if (!isGood) return void stream.end('event: ended\ndata: {}\n\n')
      stream.write(': still here\n\n')
      if (caller.role === 'clinic') await lookForWoken().catch(() => undefined)
    }, heartbeatMs)
    open.add(stream)
    perPerson.set(who, (perPerson.get(who) ?? 0) + 1)
    stream.once('close', () => {
      unsubscribe()
      clearInterval(heartbeat)
      clearTimeout(timer)
      open.delete(stream)
      const left = (perPerson.get(who) ?? 1) - 1
      if (left > 0) perPerson.set(who, left)
      else perPerson.delete(who)
    })
    // The browser takes the stream as open once something has come.
    stream.write('retry: 3000\n\n')
    return reply
      .headers({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      .send(stream)
  })
}
