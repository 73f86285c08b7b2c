/** Resources as JSON text, small. */

export const observation = (
  id: string,
  version = 1,
  second = version,
  more = '"status":"final","code":{"text":"Pain"}',
) =>
  `{"resourceType":"Observation","id":"${id}","meta":{"versionId":"${version}","lastUpdated":"2026-03-01T00:00:${String(second).padStart(2, '0')}.000Z"},${more},"valueQuantity":{"value":1.10}}`

const text = (type: string, id: string, more: object, second: number): string =>
  JSON.stringify({
    resourceType: type,
    id,
    meta: {
      versionId: '1',
      lastUpdated: `2026-03-01T00:00:${String(second).padStart(2, '0')}.000Z`,
    },
    ...more,
  })

export const serviceRequest = (id: string, second = 1) =>
  text(
    'ServiceRequest',
    id,
    {
      identifier: [{ system: 'https://a.example/ids', value: `REF-${id}` }],
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/p1' },
    },
    second,
  )

export const task = (id: string, focus: string, second = 1) =>
  text(
    'Task',
    id,
    { status: 'requested', intent: 'order', focus: { reference: `ServiceRequest/${focus}` } },
    second,
  )

export const patient = (id: string, second = 1) => text('Patient', id, { gender: 'female' }, second)
