import type { Task } from 'fhir/r4'
import t from 'tap'
import { saysTheSame } from '../../../src/domain/referral/echo.ts'

const ours: Task = {
  resourceType: 'Task',
  status: 'rejected',
  intent: 'order',
  businessStatus: { coding: [{ code: 'declined' }] },
  statusReason: { coding: [{ code: 'no-capacity' }], text: 'No capacity. Try Summit' },
  note: [{ text: 'Called', time: '2026-03-02T10:00:00Z' }],
  output: [
    { type: { text: 'Check' }, valueReference: { reference: 'GuidanceResponse/1' } },
    { type: { text: 'Appointment' }, valueReference: { reference: 'Appointment/1' } },
  ],
  lastModified: '2026-03-02T10:00:00Z',
}

t.test('what an EHR gives back of our own words is no news', async (t) => {
  t.ok(
    saysTheSame(ours, {
      ...ours,
      statusReason: { text: 'No capacity. Try Summit' },
      output: [...(ours.output ?? [])].reverse(),
      lastModified: '2026-03-02T10:00:09Z',
    }),
  )
})

t.test('what its staff said, gave or labelled is', async (t) => {
  const news: readonly Partial<Task>[] = [
    { status: 'accepted' },
    { businessStatus: { coding: [{ code: 'scheduled' }] } },
    { statusReason: { text: 'Other words' } },
    { note: [...(ours.note ?? []), { text: 'More' }] },
    {
      output: [...(ours.output ?? []), { type: {}, valueReference: { reference: 'Procedure/1' } }],
    },
    { output: [] },
    { meta: { security: [{ code: 'R' }] } },
  ]
  for (const change of news) t.notOk(saysTheSame(ours, { ...ours, ...change }))
  t.notOk(saysTheSame({ ...ours, statusReason: { coding: [{ code: 'a' }] } }, ours))
})
