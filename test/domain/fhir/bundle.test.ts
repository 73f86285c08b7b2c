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
