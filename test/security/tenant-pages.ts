/** Pages are answered to people of others like the pages of a referral that nobody has. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { count } from '../helpers/counts.ts'
import { signedIn } from '../helpers/pages.ts'
import type { Referred, World } from '../helpers/world.ts'
import { pageRows, practiceRows } from './tenant-routes.ts'

interface Planned {
  readonly label: string
  readonly referred: Referred
}

export async function pagesKeepOut(
  t: Test,
  { app }: World,
  plan: readonly Planned[],
): Promise<void> {
  let cases = 0
  for (const { label, referred } of plan) {
    const patient = referred.sent.find((each) => each.startsWith('Patient/'))?.slice(8) ?? ''
    // Of the referrer itself, of another clinic, and of the clinic that does not have it yet.
    const others = ['kim-example', 'sam-okafor', ...(label === 'not sent yet' ? ['nora-lind'] : [])]
    for (const [who, rows] of [
      ...others.map((who) => [who, pageRows] as const),
      // Of another practice, and of the clinic itself.
      ...['jo-meyer', 'nora-lind'].map((who) => [who, practiceRows] as const),
    ]) {
      const browser = await signedIn(app.http, who)
      for (const [route, path] of Object.entries(rows)) {
        const ask = async (id: string, record: string) => {
          const { status, html } = route.startsWith('GET')
            ? await browser.get(path(id, record))
            : await browser.post(path(id, record), { version: '1', reason: 'other', text: 'x' })
          return `${status} ${html.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')}`
        }
        const theirs = await ask(referred.id, patient)
        t.match(theirs, /^404 /, `${who} ${route}`)
        t.equal(theirs, await ask(randomUUID(), randomUUID()), `${who} ${route}: nothing shows`)
        cases++
      }
    }
  }
  count(t, 'tenant matrix: pages of a referral', cases)
}
