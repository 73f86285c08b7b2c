/**
 * Staff who never rest: every referral that arrives is taken through to its outcome, step by step.
 * What comes next follows from the Task as it stands, so a restart goes on where it was.
 */

import type { Task } from 'fhir/r4'
import { act, type StaffAction, type StaffDeps } from './staff.ts'
import { resourceOf, type Version } from './store.ts'

/** By status and business status; what is not listed waits for a person. */
const nextActions: Readonly<Record<string, StaffAction>> = {
  'requested/*': 'accept',
  'received/awaiting-triage': 'accept',
  'received/sending': 'accept',
  'received/': 'accept',
  'accepted/awaiting-scheduling': 'schedule',
  'in-progress/scheduled': 'visit',
  'in-progress/visit-completed': 'complete',
  '*/cancellation-requested': 'cancel',
}

/** @returns stop */
export function startAutopilot(deps: StaffDeps, stepMs: number): () => void {
  const timers = new Map<string, NodeJS.Timeout>()

  const consider = (version: Version) => {
    if (version.type !== 'Task') return
    clearTimeout(timers.get(version.id))
    const action = nextAction(version)
    if (!action) return
    const step = () => {
      // Only from the version that was considered: a person may have acted meanwhile.
      if (deps.store.current('Task', version.id) === version) act(deps, version.id, action)
    }
    timers.set(version.id, setTimeout(step, stepMs))
  }

  deps.store.onCommit((versions) => versions.forEach(consider))
  for (const history of deps.store.histories('Task')) {
    const latest = history.at(-1)
    if (latest) consider(latest)
  }
  return () => {
    for (const timer of timers.values()) clearTimeout(timer)
  }
}

const closed: ReadonlySet<string> = new Set(['completed', 'cancelled', 'rejected', 'failed'])

function nextAction(version: Version): StaffAction | undefined {
  if (version.content === undefined) return undefined
  const { status, businessStatus } = resourceOf(version) as unknown as Task
  if (closed.has(status)) return undefined
  const business = businessStatus?.coding?.[0]?.code ?? ''
  return (
    nextActions[`*/${business}`] ??
    nextActions[`${status}/${business}`] ??
    nextActions[`${status}/*`]
  )
}
