import t from 'tap'
import { bundleText } from '../../../src/domain/fhir/bundle.ts'

t.test('resources are joined as they are, and the rest is JSON', async (t) => {
  const resource = '{"resourceType":"Basic","x":1.10}'
  const text = bundleText({ type: 'searchset', total: 1 }, [
    { fullUrl: 'https://a.example/"quoted"', resource, search: { mode: 'match' } },
    { response: { status: '200 OK', etag: 'W/"1"' } },
    { resource },
  ])
  t.equal(text.split(resource).length, 3)
  t.strictSame(JSON.parse(text), {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 1,
    entry: [
      {
        fullUrl: 'https://a.example/"quoted"',
        resource: JSON.parse(resource),
        search: { mode: 'match' },
      },
      { response: { status: '200 OK', etag: 'W/"1"' } },
      { resource: JSON.parse(resource) },
    ],
  })
})

t.test(
  'without entries there is no member of that name, which FHIR would not allow to be empty',
  async (t) => {
    t.strictSame(JSON.parse(bundleText({ type: 'history' }, [])), {
      resourceType: 'Bundle',
      type: 'history',
    })
  },
)

t.test('P2-02 a Bundle is as confidential as what it holds, and says no more', async (t) => {
  const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
  const labels = [
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'SUD' },
    { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'NORDSCLCD' },
  ]
  const entry = (...codes: string[]) => ({
    resource: JSON.stringify({
      resourceType: 'Basic',
      meta: { security: [...codes.map((code) => ({ system, code })), ...labels] },
    }),
  })
  const metaOf = (...entries: { resource: string }[]) =>
    JSON.parse(bundleText({ type: 'searchset' }, entries)).meta
  t.strictSame(metaOf(entry('N'), entry('V'), entry('R')), { security: [{ system, code: 'V' }] })
  t.strictSame(metaOf(entry('N'), entry()), { security: [{ system, code: 'N' }] })
  t.strictSame(metaOf(entry()), undefined)
  const inside = { resource: JSON.stringify({ resourceType: 'Consent', provision: { system } }) }
  t.strictSame(metaOf(inside), undefined, 'a confidentiality that is spoken of is not one')
})
