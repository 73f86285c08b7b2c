import type { Task } from 'fhir/r4'
import t from 'tap'
import type { BusinessStatus, TaskStatus } from '../../../src/domain/referral/life.ts'
import type { ClinicEhr } from '../../../src/domain/referral/ports.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import { updateTaskAtClinic } from '../../../src/domain/referral/update-task-at-clinic.ts'
import { aReferral } from '../../helpers/referral-change.ts'

interface Written {
  readonly status: string
  readonly businessStatus: string | undefined
  readonly ifMatch: string | undefined
}

/** An EHR that has one Task, and remembers what was written to it. */
function ehrWith(status: Task['status']): { ehr: ClinicEhr; written: Written[] } {
  const written: Written[] = []
  const elsewhere = async () => {
    throw new Error('nobody asked for this')
  }
  const task: Task = {
    resourceType: 'Task',
    id: '9',
    meta: { versionId: '4' },
    status,
    intent: 'order',
  }
  return {
    written,
    ehr: {
      read: async () => task,
      async update(_type, _id, body, ifMatch) {
        const { status, businessStatus } = JSON.parse(body) as Task
        written.push({ status, businessStatus: businessStatus?.coding?.[0]?.code, ifMatch })
        return '5'
      },
      holdBack: () => undefined,
      transact: elsewhere,
      find: elsewhere,
      history: elsewhere,
      changedTasks: () => {
        throw new Error('nobody asked for this')
      },
    },
  }
}

const ours = (status: TaskStatus, businessStatus: BusinessStatus): Referral =>
  aReferral({ status, businessStatus, delivery: { state: 'delivered', ehrTask: 'Task/9' } })

t.test('our status is written over the version that was read', async (t) => {
  const { ehr, written } = ehrWith('requested')
  t.same(await updateTaskAtClinic(ehr, ours('accepted', 'awaiting-scheduling')), {
    state: undefined,
    read: '4',
    made: '5',
  })
  t.same(written, [{ status: 'accepted', businessStatus: 'awaiting-scheduling', ifMatch: 'W/"4"' }])
})

t.test('a clinic that has gone on meanwhile is not put back', async (t) => {
  for (const there of ['accepted', 'in-progress', 'on-hold', 'completed'] as const) {
    const { ehr, written } = ehrWith(there)
    t.equal(await updateTaskAtClinic(ehr, ours('received', 'awaiting-triage')), undefined)
    t.same(written, [], there)
  }
})

t.test('a cancellation is carried out before acceptance, and asked for after it', async (t) => {
  const before = ehrWith('received')
  const wanted = ours('received', 'cancellation-requested')
  t.same((await updateTaskAtClinic(before.ehr, wanted))?.state, {
    status: 'cancelled',
    businessStatus: 'cancelled',
  })
  t.match(before.written, [{ status: 'cancelled' }])
  const after = ehrWith('accepted')
  t.match((await updateTaskAtClinic(after.ehr, wanted))?.state, {
    status: 'accepted',
    businessStatus: 'cancellation-requested',
  })
  t.match(after.written, [{ status: 'accepted', businessStatus: 'cancellation-requested' }])
})

t.test('what is no Task is not written over', async (t) => {
  const { ehr, written } = ehrWith('requested')
  const broken = { ...ehr, read: async () => ({ resourceType: 'OperationOutcome' }) }
  await t.rejects(updateTaskAtClinic(broken, ours('accepted', 'awaiting-scheduling')), {
    name: 'EhrFailure',
    phase: 'before',
  })
  t.same(written, [])
})
