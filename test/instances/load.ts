/** Practices that refer and read at a steady pace, whatever happens behind the proxy. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Bundle, FhirResource, Task } from 'fhir/r4'
import type { JWK } from 'jose'
import { aReferral, npis } from '../helpers/a-referral.ts'
import { type FhirClient, logIn } from '../helpers/fhir-client.ts'
import { type Organization, type Referred, refer } from '../helpers/world.ts'

export interface Load {
  /** So many requests were not answered 2xx, and how each was. */
  readonly failures: readonly string[]
  readonly asked: () => number
  readonly referred: readonly Referred[]
  /** Waits for those under way. */
  stop(): Promise<void>
}

const referrers = ['lakeside-family', 'hilltop-internal'] as const
const clinics = Object.values(npis)
/** One of so many requests is a referral. */
const submitEvery = 5

const mostAtOnce = 60

let identifiers = 0

/** A referral that no other has the identifier of, to each clinic in turn. */
export const nextReferral = (): Bundle<FhirResource> => {
  const n = identifiers++
  return aReferral({ identifier: `load-${n}`, clinicNpi: clinics[n % clinics.length] as string })
}

export async function logInAll(
  baseUrl: string,
  keys: Readonly<Partial<Record<Organization, JWK>>>,
): Promise<readonly FhirClient[]> {
  return Promise.all(referrers.map((id) => logIn(baseUrl, id, keys[id] as JWK)))
}

export function startLoad(clients: readonly FhirClient[], perSecond: number): Load {
  const failures: string[] = []
  const referred: Referred[] = []
  const underWay = new Set<Promise<void>>()
  let asked = 0
  let isStopped = false
  const one = async (n: number): Promise<void> => {
    const by = clients[n % clients.length] as FhirClient
    try {
      const last = referred.findLast((each) => each.by === by)
      if (last && n % submitEvery !== 0) {
        const { status, text } = await by.get<Task>(`Task/${last.taskId}`)
        if (status !== 200) failures.push(`GET ${status} ${text.slice(0, 300)}`)
      } else referred.push(await refer(by, nextReferral()))
    } catch (error) {
      failures.push(String(error).slice(0, 300))
    }
  }
  const running = (async () => {
    const start = performance.now()
    while (!isStopped) {
      const work = one(asked++).finally(() => underWay.delete(work))
      underWay.add(work)
      await pause(Math.max(0, start + (asked * 1_000) / perSecond - performance.now()))
      // A machine that cannot keep up must not make of this what the limits of a client are for.
      while (underWay.size >= mostAtOnce) await pause(5)
    }
  })()
  return {
    ...{ failures, referred },
    asked: () => asked,
    async stop() {
      isStopped = true
      await running
      await Promise.all(underWay)
    },
  }
}
