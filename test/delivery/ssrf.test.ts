/** Every place from which an outbound address can come, against every way of writing a private one. */

import t from 'tap'
import { createEgress, type Egress } from '../../src/delivery/egress.ts'
import { createClinicEhr } from '../../src/delivery/ehr-client.ts'
import { fetchJwks } from '../../src/delivery/fetch-jwks.ts'
import { all } from './ehr-world.ts'
import { clocks, httpServer, newKey, tcpServer, watchConnections } from './world.ts'

/** Names that an attacker's DNS answers for; anything else does not resolve. */
const names: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  'metadata.google.internal': '169.254.169.254',
  'private.example': '10.0.0.1',
  'six.example': 'fd00:ec2::254',
}

/** @param port where a spy listens on the loopback */
const addresses = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}/fhir`,
  `https://127.0.0.1:${port}/fhir`,
  `http://localhost:${port}/fhir`,
  `https://localhost:${port}/fhir`,
  `http://0:${port}/fhir`,
  `http://0.0.0.0:${port}/fhir`,
  `http://127.1:${port}/fhir`,
  `http://2130706433:${port}/fhir`,
  `http://0x7f000001:${port}/fhir`,
  `http://0177.0.0.1:${port}/fhir`,
  `http://127.0.0.1.:${port}/fhir`,
  `http://[::1]:${port}/fhir`,
  `http://[::ffff:127.0.0.1]:${port}/fhir`,
  `http://[::ffff:7f00:1]:${port}/fhir`,
  `http://①②⑦.0.0.1:${port}/fhir`,
  `http://ehr.example@127.0.0.1:${port}/fhir`,
  `http://127.0.0.1:${port}#@ehr.example/fhir`,
  `http://127.0.0.1:${port}\\@ehr.example/fhir`,
  'http://169.254.169.254/latest/meta-data',
  'https://metadata.google.internal/fhir',
  'https://private.example/fhir',
  'https://six.example/fhir',
  'https://10.0.0.1/fhir',
  'https://172.16.0.1/fhir',
  'https://192.168.0.1/fhir',
  'https://100.64.0.1/fhir',
  'https://224.0.0.1/fhir',
  'https://[fe80::1]/fhir',
  'https://[fd00:ec2::254]/fhir',
  'https://[64:ff9b::a9fe:a9fe]/fhir',
  'https://93.184.215.14:22/fhir',
  'https://93.184.215.14:5432/fhir',
  'file:///etc/passwd',
  'gopher://127.0.0.1:70/_',
  'data:application/json,{}',
]

const resolve = async (host: string) => {
  const address = names[host]
  return address ? [{ address, family: address.includes(':') ? 6 : 4 }] : []
}

/** A client of an EHR at this base, which is the only place that may be called. */
async function clinicAt(fhirBaseUrl: string, egress: Egress, tokenEndpoint?: string) {
  const { key } = await newKey()
  const auth = tokenEndpoint
    ? ({ type: 'smart-backend-services', clientId: 'c', tokenEndpoint } as const)
    : ({ type: 'none' } as const)
  return createClinicEhr({ fhirBaseUrl, auth }, { ...clocks, egress, key })
}

t.test('no source of addresses reaches a private one', async (t) => {
  let connections = 0
  const spy = await tcpServer(t, () => connections++)
  // Its own network, so that the answers of the EHR can be had while the loopback stays forbidden.
  let named = ''
  const listening = await httpServer(t, (request, response) => {
    const search = request.url?.startsWith('/fhir/Task?')
    const link = [{ relation: 'next', url: named }]
    if (search) response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', link }))
    else if (request.url?.includes('smart-configuration'))
      response.end(JSON.stringify({ token_endpoint: named }))
    else response.writeHead(307, { location: Buffer.from(named).toString('latin1') }).end()
  })
  const { port } = new URL(listening)
  const ehr = `http://127.0.0.1:${port}/fhir`
  const outside = createEgress({ allowNetworks: [], resolve })
  t.after(() => outside.close())
  const attempts = watchConnections(t)

  const forbidden: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
    'base URL of the registry': async (url) =>
      (await clinicAt(url, outside)).find('Task', 'identifier=a|b'),
    'base URL of the registry, writing': async (url) =>
      (await clinicAt(url, outside)).transact('{"entry":[]}'),
    'pinned token endpoint': async (url) =>
      (await clinicAt('https://93.184.215.14/fhir', outside, url)).read('Task/1'),
    'key set of a client': (url) => fetchJwks(outside, url),
  }
  for (const [source, call] of Object.entries(forbidden))
    for (const url of addresses(spy.port)) await t.rejects(call(url), `${source}: ${url}`)
  t.strictSame(attempts, [], 'nothing set out for anywhere')

  const inside = createEgress({ allowNetworks: ['127.0.0.1/32'], resolve })
  t.after(() => inside.close())
  const answered: Readonly<Record<string, () => Promise<unknown>>> = {
    'Bundle.link': async () => all((await clinicAt(ehr, inside)).changedTasks(undefined)),
    'absolute reference': async () => (await clinicAt(ehr, inside)).read(`${named}/Task/1`),
    'redirect of a read': async () => (await clinicAt(ehr, inside)).read('Task/1'),
    'redirect of a write': async () => (await clinicAt(ehr, inside)).transact('{"entry":[]}'),
    'discovered token endpoint': async () => {
      const { key } = await newKey()
      const auth = { type: 'smart-backend-services', clientId: 'c' } as const
      const clinic = createClinicEhr({ fhirBaseUrl: ehr, auth }, { ...clocks, egress: inside, key })
      return clinic.read('Task/1')
    },
  }
  for (const [source, call] of Object.entries(answered))
    for (const url of addresses(spy.port)) {
      named = url
      await t.rejects(call(), `${source}: ${url}`)
    }
  t.strictSame(
    [...new Set(attempts)],
    [`127.0.0.1:${port}`],
    'nothing but the EHR itself was called, although its neighbour on the host is allowed',
  )
  t.equal(connections, 0)
})
