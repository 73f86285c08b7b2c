/** A database that is stopped at once, again and again, while practices refer. */

import { setTimeout as pause } from 'node:timers/promises'
import type { JWK } from 'jose'
import { pino } from 'pino'
import { startApp } from '../../src/app.ts'
import { aReferral } from '../helpers/a-referral.ts'
import { type Answer, type FhirClient, logIn } from '../helpers/fhir-client.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import type { Organization } from '../helpers/world.ts'

interface RestartOptions {
  readonly times: number
  readonly url: string
  restart(): Promise<void>
}

interface RestartResult {
  readonly restarts: number
  readonly acknowledged: number
  /** Refused with 503 while the database was away. */
  readonly putOff: number
  /** From the moment at which the database was up again to the next 2xx, in milliseconds. */
  readonly backAfter: readonly number[]
  /** What was not as promised. */
  readonly wrong: readonly string[]
}

const practices = ['lakeside-family', 'hilltop-internal'] as const
const longestMs = 5_000

export async function restartCampaign({
  times,
  url,
  restart,
}: RestartOptions): Promise<RestartResult> {
  const { config, clientKeys } = await ownRegistry()
  const app = await startApp(
    {
      ...{ mode: 'service', port: 0, host: '127.0.0.1', logLevel: 'silent', baseUrl: undefined },
      ...{
        dataDirectory: '',
        allowNetworks: [],
        sandboxPace: 0,
        registry: undefined,
        keys: undefined,
      },
      ...config,
      databaseUrl: url,
    },
    pino({ level: 'silent' }),
  )
  const [kept, wrong, backAfter] = [
    new Map<string, [Ask, string]>(),
    [] as string[],
    [] as number[],
  ]
  let [putOff, working, lastHeard] = [0, true, 0]
  const work = practices.map(async (practice) => {
    const ask = asking(app.baseUrl, practice, clientKeys[practice] ?? {})
    let [n, bundle] = [0, aReferral({ identifier: `${practice}-0` })]
    while (working) {
      const identifier = `${practice}-${n}`
      const answer = await ask((by) => by.post<Stored>('', bundle))
      if (answer?.status === 200) {
        lastHeard = performance.now()
        kept.set(identifier, [ask, answer.body.entry?.[1]?.response?.location ?? ''])
        bundle = aReferral({ identifier: `${practice}-${++n}` })
      } else if (!answer || answer.status === 503) putOff++
      else wrong.push(`${identifier} was answered ${answer.status}`)
      await pause(20)
    }
  })
  try {
    for (let n = 0; n < times; n++) {
      await pause(300)
      await restart()
      const up = performance.now()
      while (lastHeard < up && performance.now() - up < longestMs) await pause(10)
      const took = Math.round(performance.now() - up)
      backAfter.push(took)
      if (took >= longestMs) wrong.push(`nothing was accepted ${took} ms after restart ${n + 1}`)
    }
    working = false
    await Promise.all(work)
    for (const [identifier, [ask, location]] of kept) {
      const answer = await ask((by) => by.get(location.replace(/^.*\/fhir\//, '')))
      if (answer?.status !== 200)
        wrong.push(`${identifier} was acknowledged, and reading it is ${answer?.status}`)
    }
    return { restarts: backAfter.length, acknowledged: kept.size, putOff, backAfter, wrong }
  } finally {
    working = false
    await app.close()
  }
}

interface Stored {
  readonly entry?: readonly { readonly response?: { readonly location?: string } }[]
}

/** Undefined while nobody can log in. */
type Ask = <T>(what: (by: FhirClient) => Promise<Answer<T>>) => Promise<Answer<T> | undefined>

/** Asks with a log-in that is renewed when it has run out. */
function asking(baseUrl: string, practice: Organization, key: JWK): Ask {
  let by: FhirClient | undefined
  return async (what) => {
    by ??= await logIn(baseUrl, practice, key).catch(() => undefined)
    const answer = by && (await what(by))
    if (answer?.status !== 401) return answer
    by = await logIn(baseUrl, practice, key).catch(() => undefined)
    return by && what(by)
  }
}
