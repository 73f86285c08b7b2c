/** The sandbox EHR of the clinic in a process of its own, its journal synced as always. */

import type { JSONWebKeySet } from 'jose'
import { startSandboxEhr } from '../src/sandbox/ehr/start.ts'
import { resourceOf } from '../src/sandbox/ehr/store.ts'
import { answerParent } from './harness/child.ts'

const { EHR_FOLDER = '', EHR_KEYS = '' } = process.env
const jwks = JSON.parse(EHR_KEYS) as JSONWebKeySet
const ehr = await startSandboxEhr({
  port: 0,
  name: 'River Pain Clinic',
  directory: EHR_FOLDER,
  token: { clientId: 'referloop', jwks: () => jwks },
})

/** Business identifier of each referral that is here, and when it was written. */
function arrivals(): [identifier: string, at: number][] {
  return [...ehr.store.histories('ServiceRequest')].flatMap(([first]) => {
    if (!first) return []
    const { identifier } = resourceOf(first) as { identifier?: { value?: string }[] }
    return [[identifier?.[0]?.value ?? '', Date.parse(first.lastUpdated)]]
  })
}

answerParent(
  {
    start: () => ehr.baseUrl,
    count: () => [...ehr.store.histories('ServiceRequest')].length,
    arrivals,
  },
  () => ehr.close(),
)
