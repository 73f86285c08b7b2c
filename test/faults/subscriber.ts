/** A practice's endpoint for notifications: remembers every one, and has bad moments. */

import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Subscription } from 'fhir/r4'
import type { JWK } from 'jose'
import { aSubscription } from '../helpers/a-subscription.ts'
import { eventually } from '../helpers/eventually.ts'
import { logIn } from '../helpers/fhir-client.ts'
import { notice } from '../helpers/subscription-world.ts'
import type { Organization } from '../helpers/world.ts'
import type { SubscriberHistory } from '../histories/history.ts'
import type { Life } from './killed-process.ts'

export interface Subscriber {
  readonly host: string
  /** Subscribes, and waits until the service has shaken hands. */
  subscribe(life: Life, by: Organization, key: JWK): Promise<void>
  /** From now on it answers as it should. */
  recover(): void
  history(): SubscriberHistory
  close(): void
}

/** @param random decides over the bad moments */
export async function startSubscriber(
  organization: Organization,
  random: () => number,
): Promise<Subscriber> {
  const received: SubscriberHistory['received'][number][] = []
  let subscription = ''
  let isWell = true
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { type, events, bundle } = notice(body)
    // Whatever is answered, it has been heard.
    if (type === 'event-notification')
      for (const event of events)
        received.push({
          at: Date.now(),
          eventNumber: event.number,
          id: bundle.id as string,
          // The two instances have an address each, where a service has one.
          event: JSON.stringify({ ...event, focus: event.focus?.replace(/^.*\/fhir\//, '') }),
          body,
        })
    const mood = isWell ? 1 : random()
    if (mood < 0.1) request.socket.destroy()
    else if (mood < 0.2) response.writeHead(503).end('<html>busy</html>')
    else {
      if (mood < 0.3) await pause(400)
      response.writeHead(200).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    async subscribe(life, by, key) {
      const client = await logIn(life.baseUrl, by, key)
      const wish = {
        endpoint: `http://${host}/hook`,
        content: 'full-resource',
        maxCount: 3,
        timeout: 2,
      }
      const made = await client.post<Subscription>('Subscription', aSubscription(wish))
      subscription = made.body.id as string
      await eventually('it is subscribed', async () => {
        const { status } = (await client.get<Subscription>(`Subscription/${subscription}`)).body
        return status === 'active' ? true : undefined
      })
      isWell = false
    },
    recover() {
      isWell = true
    },
    history: () => ({ subscription, organization, received }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
