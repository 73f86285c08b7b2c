import t from 'tap'
import { bearer, httpWorld } from '../helpers/http-world.ts'
import { observation } from '../helpers/resources.ts'

t.test('the answer has the form that was asked for, or is 406', async (t) => {
  const { app, store } = await httpWorld(t)
  store.put(observation('1'), ['lakeside-family'])
  const asked = async (accept: string | undefined, query = '') => {
    const { statusCode, headers, body } = await app.inject({
      url: `/fhir/Observation/1${query}`,
      headers: { ...bearer('lakeside'), ...(accept === undefined ? {} : { accept }) },
    })
    t.match(body, '"resourceType"')
    return `${statusCode} ${headers['content-type']}`
  }
  const fhir = '200 application/fhir+json; charset=utf-8'
  const plain = '200 application/json; charset=utf-8'
  const refused = '406 application/fhir+json; charset=utf-8'
  for (const [accept, query, expected] of [
    [undefined, '', fhir],
    ['*/*', '', fhir],
    ['application/*', '', fhir],
    ['application/fhir+json', '', fhir],
    ['application/fhir+json; fhirVersion=4.0', '', fhir],
    ['Application/FHIR+JSON; charset=utf-8', '', fhir],
    ['application/json', '', plain],
    ['application/json;q=0.5, application/fhir+json', '', fhir],
    ['application/json, application/fhir+json;q=0.1', '', plain],
    ['text/html,application/xhtml+xml,*/*;q=0.8', '', fhir],
    ['application/xml', '?_format=json', fhir],
    ['application/json', '?_format=application/fhir%2Bjson', fhir],
    ['*/*', '?_format=application/fhir+json', fhir],
    ['*/*', '?_format=application/json', plain],
    ['application/fhir+json; fhirVersion=5.0', '', refused],
    ['application/fhir+xml', '', refused],
    ['text/html', '', refused],
    ['*/*;q=0', '', refused],
    ['nonsense', '', refused],
    ['__proto__', '', refused],
    ['*/*', '?_format=xml', refused],
    ['*/*', '?_format=toString', refused],
  ] as const)
    t.equal(await asked(accept, query), expected, `${accept} ${query}`)
})
