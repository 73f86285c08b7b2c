/** Referrer and clinic are told by rest-hook, from a real socket, and nobody else is. */

import type { Bundle, FhirResource, Subscription, Task } from 'fhir/r4'
import type { Test } from 'tap'
import { httpServer } from '../delivery/world.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { aSubscription, type Wish } from '../helpers/a-subscription.ts'
import { faultsOfNotification } from '../helpers/backport-rules.ts'
import { sideBySide } from '../helpers/engines.ts'
import { eventually } from '../helpers/eventually.ts'
import { problemCodes } from '../helpers/fhir-client.ts'
import { delivered, revoke } from '../helpers/journey.ts'
import { notice } from '../helpers/subscription-world.ts'
import type { Organization, World } from '../helpers/world.ts'

export async function beingTold(t: Test, world: World): Promise<void> {
  /** An endpoint, subscribed with its handshake behind it. */
  async function listen(t: Test, by: Organization, wish: Wish) {
    const heard: string[] = []
    const origin = await httpServer(
      { after: (close) => t.teardown(close) },
      (request, response) => {
        let body = ''
        request.on('data', (chunk) => {
          body += chunk
        })
        request.on('end', () => {
          if (request.headers.authorization === 'Bearer s3cret') heard.push(body)
          response.end()
        })
      },
    )
    const endpoint = `${origin}/hook`
    const header = ['Authorization: Bearer s3cret']
    const client = world.client(by)
    const made = await client.post<Subscription>(
      'Subscription',
      aSubscription({ ...wish, endpoint, header }),
    )
    if (made.status !== 201) throw new Error(made.text)
    const path = `Subscription/${made.body.id}`
    await eventually('it is active', async () => {
      const { status } = (await client.get<Subscription>(path)).body
      return status === 'active' ? true : undefined
    })
    const events = () =>
      heard.map((body) => notice(body)).filter(({ type }) => type === 'event-notification')
    return { path, heard, events, end: () => client.send('DELETE', path) }
  }

  const statuses = (bundle: Bundle<FhirResource>) =>
    (bundle.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === 'Task' ? `${(resource as Task).status}` : [],
    )

  await sideBySide(t, {
    async 'BP-7 the referrer is told of each status, and the clinic of what is with it'(t) {
      const referred = await delivered(world)
      const filters = [`Task?focus=ServiceRequest/${referred.id}`]
      const wish = { filters, content: 'full-resource' }
      const [referrer, clinic, other] = await Promise.all([
        listen(t, 'lakeside-family', wish),
        listen(t, 'river-pain-clinic', wish),
        listen(t, 'hilltop-internal', wish),
      ])
      await revoke(referred)
      await world.reaches(referred, 'cancelled/cancelled')
      for (const { events } of [referrer, clinic])
        await eventually('the end is told', () =>
          events().some(({ bundle }) => statuses(bundle).includes('cancelled')) ? true : undefined,
        )
      for (const { bundle } of [...referrer.events(), ...clinic.events()])
        t.same(faultsOfNotification(bundle), [])
      t.equal(other.events().length, 0)
      const numbers = referrer.events().flatMap(({ events }) => events.map(({ number }) => number))
      t.same(
        numbers,
        numbers.map((_, i) => i + 1),
      )
      for (const { end } of [referrer, clinic, other]) t.equal((await end()).status, 204)
    },

    async 'what is wanted of the referrer is told'(t) {
      const topic = 'https://referloop.example/fhir/SubscriptionTopic/information-wanted'
      const { events, end } = await listen(t, 'lakeside-family', {
        topic,
        content: 'full-resource',
      })
      const referred = await world.refer(aReferral({ painScores: false }))
      const told = await eventually('it is told', () =>
        events().find(({ bundle }) =>
          JSON.stringify(bundle).includes(`ServiceRequest/${referred.id}`),
        ),
      )
      t.equal(told.topic, topic)
      await end()
    },

    async 'an endpoint within the network is refused'(t) {
      for (const endpoint of ['https://10.0.0.1/hook', 'http://169.254.169.254/hook']) {
        const answer = await world
          .client('lakeside-family')
          .post('Subscription', aSubscription({ endpoint }))
        t.equal(answer.status, 422)
        t.same(problemCodes(answer), ['endpoint-refused'])
      }
    },
  })
}
