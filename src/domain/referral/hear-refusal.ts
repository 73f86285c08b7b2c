/** The clinic's EHR answers the request to stop with no. */

import type { Clinic } from '../access/registry.ts'
import type { AbortRefusal } from './abort.ts'
import { auditOf, taskWrite } from './change.ts'
import type { DeliverPorts } from './deliver.ts'
import { businessStatusesOf } from './life.ts'
import { agentAt } from './record-delivery.ts'
import { laterThan } from './resource-write.ts'
import { settle } from './settle.ts'
import { type TaskState, withState } from './task.ts'

/** The clinic does not stop: its Task goes on as it was, here, and there in what we wrote into it. */
export async function hearRefusal(
  ports: Pick<DeliverPorts, 'referrals' | 'resources' | 'registry' | 'now'>,
  clinic: Clinic,
  refusal: AbortRefusal | undefined,
): Promise<void> {
  if (!refusal) return
  const [found] = await ports.referrals.findByEhrTask(clinic.id, [refusal.ehrTask])
  if (!found) return
  await settle(ports, async () => {
    const current = await ports.referrals.find(found.id)
    const isAsked = current?.delivery.abort && current.businessStatus === 'cancellation-requested'
    if (!current || !isAsked || current.delivery.taskChanged) return {}
    const now = laterThan(current.updatedAt, ports.now())
    const state: TaskState = {
      status: current.status,
      businessStatus: businessStatusesOf[current.status][0],
      reason: { text: refusal.text ?? 'The clinic does not stop.' },
    }
    return {
      change: {
        referral: {
          ...current,
          version: current.version + 1,
          businessStatus: state.businessStatus,
          updatedAt: now,
          delivery: { ...current.delivery, taskChanged: true },
        },
        expectedVersion: current.version,
        resources: [
          await taskWrite(ports.resources, current, now, (task) => withState(task, state, now)),
        ],
        audit: [
          auditOf(
            agentAt(clinic),
            'status',
            'U',
            current.id,
            [`Task/${current.taskId}`],
            now,
            'refuses to stop',
          ),
        ],
        jobs: [{ queue: 'deliver' as const, referralId: current.id }],
      },
    }
  })
}
