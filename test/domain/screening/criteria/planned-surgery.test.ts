import type { ServiceRequest } from 'fhir/r4'
import t from 'tap'
import { code, daysFrom, form, type Parts, screened, sct, verdicts } from '../build.ts'

const id = 'planned-surgery'
const subject = { reference: 'urn:uuid:patient' }
const surgical = [code(sct, '387713003')]
const order = (more: Partial<ServiceRequest> = {}): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject,
  code: code(sct, '609588000'),
  occurrenceDateTime: daysFrom(30),
  ...more,
})
const open = (...add: NonNullable<Parts['add']>): Parts => ({ answers: { [id]: '' }, add })
const no = (...add: NonNullable<Parts['add']>): Parts => ({ add })
const yes = (...add: NonNullable<Parts['add']>): Parts => ({ answers: { [id]: 'Y' }, add })
const on = (day: number) => open(order({ occurrenceDateTime: daysFrom(day) }))
const undated = order({ occurrenceDateTime: undefined } as never)
const appointment = (more = {}) => ({
  resourceType: 'Appointment' as const,
  status: 'booked' as const,
  start: `${daysFrom(30)}T08:00:00Z`,
  participant: [{ actor: subject, status: 'accepted' as const }],
  ...more,
})
const procedure = (more = {}) => ({
  resourceType: 'Procedure' as const,
  status: 'preparation' as const,
  subject,
  code: code(sct, '609588000'),
  performedDateTime: daysFrom(30),
  ...more,
})

verdicts(t, id, [
  ['yes', 'met', yes()],
  ['no', 'not-met', no()],
  ['unknown', 'not-documented', { answers: { [id]: 'UNK' } }],
  ['unanswered', 'not-documented', open()],
  [
    'a stale yes',
    'not-documented',
    {
      form: form({ ...screened, [id]: '' }),
      add: [form({ [id]: 'Y' }, { authored: '2025-10-01' })],
    },
  ],
  ['an order', 'met', open(order())],
  ['a plan', 'met', open(order({ intent: 'plan' }))],
  ['a proposal', 'not-documented', open(order({ intent: 'proposal' }))],
  ['an order and no', 'conflicting', no(order())],
  ['an order and yes', 'met', yes(order())],
  ['by category', 'met', open(order({ code: code(sct, '1', 'x'), category: surgical }))],
  ...(['completed', 'revoked', 'on-hold', 'draft', 'entered-in-error'] as const).map(
    (status) => [status, 'not-documented', open(order({ status }))] as const,
  ),
  ['on the day of the referral', 'met', on(0)],
  ['the day before', 'not-documented', on(-1)],
  ['180 days after', 'met', on(180)],
  ['181 days after', 'not-documented', on(181)],
  ['too far off and no', 'not-met', no(order({ occurrenceDateTime: daysFrom(181) }))],
  [
    'a period that starts in time',
    'met',
    open({ ...undated, occurrencePeriod: { start: daysFrom(10) } }),
  ],
  ['undated', 'needs-review', open(undated)],
  ['undated and no', 'needs-review', no(undated)],
  ['undated and yes', 'needs-review', yes(undated)],
  ['a month inside', 'met', on(0)],
  ['a month on both sides', 'needs-review', open(order({ occurrenceDateTime: '2026-08' }))],
  ['in words', 'needs-review', open(order({ code: { text: 'Knee replacement surgery' } }))],
  ['in words and yes', 'needs-review', yes(order({ code: { text: 'Knee replacement surgery' } }))],
  [
    'in words, too far off',
    'not-met',
    no(order({ code: { text: 'hip surgery' }, occurrenceDateTime: daysFrom(200) })),
  ],
  ['other words', 'not-documented', open(order({ code: { text: 'physical therapy' } }))],
  ['ordered after the check', 'not-documented', open(order({ authoredOn: '2026-03-10' }))],
  [
    'an appointment named after surgery',
    'met',
    open(appointment({ serviceType: [{ text: 'Orthopaedic surgery' }] })),
  ],
  ['an appointment by type', 'met', open(appointment({ appointmentType: { text: 'Operation' } }))],
  [
    'an appointment for something else',
    'not-documented',
    open(appointment({ serviceType: [{ text: 'Dietitian' }] })),
  ],
  [
    'an appointment for an order',
    'met',
    open({ ...undated, id: 'o' }, appointment({ basedOn: [{ reference: 'urn:uuid:o' }] })),
  ],
  [
    'a cancelled appointment',
    'not-documented',
    open(appointment({ status: 'cancelled', serviceType: [{ text: 'surgery' }] })),
  ],
  [
    'an appointment of somebody else',
    'not-documented',
    open(
      appointment({
        serviceType: [{ text: 'surgery' }],
        participant: [{ actor: { reference: 'Patient/2' }, status: 'accepted' }],
      }),
    ),
  ],
  ['a procedure in preparation', 'met', open(procedure())],
  [
    'a procedure by category',
    'met',
    open(procedure({ code: { text: 'x' }, category: surgical[0] })),
  ],
  [
    'a procedure in preparation, undated',
    'needs-review',
    no(procedure({ performedDateTime: undefined })),
  ],
  ['a procedure that is done', 'not-documented', open(procedure({ status: 'completed' }))],
  [
    'the referral itself is no operation',
    'not-documented',
    { ...open(), referral: { category: surgical, occurrenceDateTime: daysFrom(5) } },
  ],
  ['of somebody else', 'not-documented', open(order({ subject: { reference: 'urn:uuid:other' } }))],
])
