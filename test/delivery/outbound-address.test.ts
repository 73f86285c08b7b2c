import t from 'tap'
import {
  addressRules,
  checkAddress,
  EgressRefused,
  readOutboundUrl,
  withinBase,
} from '../../src/delivery/outbound-address.ts'

const nothingAllowed = addressRules([], [])

/** @returns the reason, or `passes` */
function verdict(act: () => unknown): string {
  try {
    act()
    return 'passes'
  } catch (error) {
    if (error instanceof EgressRefused) return error.reason
    throw error
  }
}

const urls: Readonly<Record<string, string>> = {
  'https://ehr.example/fhir': 'passes',
  'https://ehr.example:8443/fhir': 'passes',
  'https://93.184.215.14/fhir': 'passes',
  'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/fhir': 'passes',
  'https://xn--bcher-kva.example/fhir': 'passes',
  'https://ehr.example/fhir?identifier=a|b@c': 'passes',

  'HTTPS://EHR.Example/fhir': 'passes',
  'https://ehr.example:443/fhir': 'passes',
  'https://ehr.example?a@b': 'passes',
  'https://ehr.example/x//a@b': 'passes',
  'https://93.184.215.14:8443/fhir': 'passes',
  'https://1.2.3.4.example/': 'passes',

  'https://127.0.0.1/': 'address',
  'https://0.0.0.0/': 'address',
  'https://10.1.2.3/': 'address',
  'https://172.16.0.1/': 'address',
  'https://172.31.255.254/': 'address',
  'https://192.168.1.1/': 'address',
  'https://100.64.0.1/': 'address',
  'https://169.254.169.254/latest/meta-data/': 'address',
  'https://192.0.0.1/': 'address',
  'https://198.18.0.1/': 'address',
  'https://203.0.113.9/': 'address',
  'https://224.0.0.1/': 'address',
  'https://240.0.0.1/': 'address',
  'https://255.255.255.255/': 'address',
  'https://[::]/': 'address',
  'https://[::1]/': 'address',
  'https://[fe80::1]/': 'address',
  'https://[fc00::1]/': 'address',
  'https://[fd00:ec2::254]/': 'address',
  'https://[fec0::1]/': 'address',
  'https://[ff02::1]/': 'address',
  'https://[::ffff:7f00:1]/': 'address',
  'https://[::ffff:5db8:d70e]/': 'address',
  'https://[::7f00:1]/': 'address',
  'https://[64:ff9b::7f00:1]/': 'address',
  'https://[64:ff9b:1::7f00:1]/': 'address',
  'https://[2002:7f00:1::]/': 'address',
  'https://[2001::1]/': 'address',
  'https://[2001:db8::1]/': 'address',
  'https://[4000::1]/': 'address',

  'https://0/': 'host-form',
  'https://127.1/': 'host-form',
  'https://127.0.1/': 'host-form',
  'https://2130706433/': 'host-form',
  'https://0x7f000001/': 'host-form',
  'https://0x7f.0.0.1/': 'host-form',
  'https://0177.0.0.1/': 'host-form',
  'https://017700000001/': 'host-form',
  'https://127.0.0.1./': 'host-form',
  'https://ehr.example./': 'host-form',
  'https://[::ffff:127.0.0.1]/': 'host-form',
  'https://[0:0:0:0:0:0:0:1]/': 'host-form',
  'https://①②⑦.⓪.⓪.①/': 'host-form',
  'https://еhr.example/': 'host-form',
  'https://ehr%2eexample/': 'host-form',
  'https:ehr.example/': 'host-form',
  'https:/ehr.example/': 'host-form',
  'https:///ehr.example/': 'host-form',
  'https://ehr.example:/': 'host-form',
  'https://ehr.example:0443/': 'passes',
  'http://0x7f.1/': 'host-form',

  'http://93.184.215.14/': 'plain-http',
  'https://93.184.215.14:22/': 'port',
  'https://93.184.215.14:5432/': 'port',
  'https://93.184.215.14:80/': 'port',

  'https://allowed.example@127.0.0.1/': 'credentials',
  'https://user:secret@ehr.example/': 'credentials',
  'https://@ehr.example/': 'credentials',
  'https://:@ehr.example/': 'credentials',
  'https://user@ehr.example/': 'credentials',
  'https:user@ehr.example/': 'credentials',
  'https::secret@ehr.example/': 'credentials',
  'https://:secret@ehr.example/': 'credentials',
  'https://127.0.0.1#@ehr.example/': 'url',
  'https://ehr.example\\@127.0.0.1/': 'url',
  'https://ehr.example/a b': 'url',
  'https://ehr.example/#x': 'url',
  'https://ehr.example/a\\b': 'url',
  'https://ehr.example/\u0000': 'url',
  'https://ehr.example/\u0085': 'url',
  ' https://ehr.example/': 'url',
  'https://ehr.example/\n': 'url',
  'https://ehr\t.example/': 'url',
  '//ehr.example/': 'url',
  'ehr.example': 'url',
  '': 'url',

  'file:///etc/passwd': 'scheme',
  'gopher://127.0.0.1:70/_': 'scheme',
  'data:text/plain,hello': 'scheme',
  'ftp://ehr.example/': 'scheme',
  'ws://ehr.example/': 'scheme',
  'javascript:alert(1)': 'scheme',
}

t.test('a URL passes only when it names a public host in its canonical form', async (t) => {
  for (const [url, expected] of Object.entries(urls))
    t.equal(
      verdict(() => readOutboundUrl(url, nothingAllowed)),
      expected,
      JSON.stringify(url),
    )
})

t.test('an allowed network opens its addresses, without TLS and on any port', async (t) => {
  const rules = addressRules(['127.0.0.0/8', 'fd00::/8'], [])
  const table: Readonly<Record<string, string>> = {
    'http://127.0.0.1:9001/fhir': 'passes',
    'http://[fd00::7]:22/': 'passes',
    'http://127.1:9001/': 'host-form',
    'http://[::ffff:7f00:1]/': 'address',
    'http://10.0.0.1/': 'address',
    'http://93.184.215.14/': 'plain-http',
  }
  for (const [url, expected] of Object.entries(table))
    t.equal(
      verdict(() => readOutboundUrl(url, rules)),
      expected,
      url,
    )
})

t.test(
  'a port of the registry is allowed on the origin that states it, and nowhere else',
  async (t) => {
    const rules = addressRules([], ['https://ehr.example:9443/fhir'])
    const at = (origin: string) => verdict(() => checkAddress('93.184.215.14', origin, rules))
    t.equal(at('https://ehr.example:9443'), 'passes')
    t.equal(at('https://other.example:9443'), 'port')
    t.equal(at('https://ehr.example:9444'), 'port')
  },
)

t.test('a block that cannot be read stops the start rather than allowing nothing', async (t) => {
  t.throws(() => addressRules(['10.0.0.0'], []))
  t.throws(() => addressRules(['10.0.0.0/33'], []))
})

t.test('a link must stay on the origin and below the path of its base', async (t) => {
  const base = 'https://ehr.example/fhir'
  const table: Readonly<Record<string, string>> = {
    'https://ehr.example/fhir/Task?page=2': 'passes',
    'https://ehr.example/fhir?_getpages=1': 'passes',
    'Task?page=2': 'passes',
    '/fhir/Task': 'passes',
    'https://ehr.example:443/fhir/Task': 'passes',
    'https://ehr.example/fhirstore/Task': 'off-base',
    'https://ehr.example/other': 'off-base',
    'https://ehr.example/fhir/../admin': 'off-base',
    'https://ehr.example/fhir/%2e%2e/admin': 'off-base',
    'http://ehr.example/fhir/Task': 'off-base',
    'https://ehr.example:8443/fhir/Task': 'off-base',
    'https://evil.example/fhir/Task': 'off-base',
    'https://ehr.example@evil.example/fhir/Task': 'off-base',
    'https://user@ehr.example/fhir/Task': 'off-base',
    'https://:secret@ehr.example/fhir/Task': 'off-base',
    'https://ehr.example/': 'off-base',
    'https://ehr.example/fhir': 'passes',
    'https://ehr.example/fhi': 'off-base',
    '//evil.example/fhir/Task': 'off-base',
    'file:///fhir/Task': 'off-base',
    'https://': 'url',
  }
  for (const [link, expected] of Object.entries(table))
    t.equal(
      verdict(() => withinBase(link, base)),
      expected,
      link,
    )
})

t.test('a base is the same with and without a slash at its end', async (t) => {
  for (const base of ['https://ehr.example/fhir', 'https://ehr.example/fhir/']) {
    t.equal(withinBase('Task/1', base), 'https://ehr.example/fhir/Task/1')
    t.equal(withinBase('https://ehr.example/fhir', base), 'https://ehr.example/fhir')
    t.equal(
      verdict(() => withinBase('https://ehr.example/fhir2', base)),
      'off-base',
    )
  }
  t.equal(withinBase('/Task', 'https://ehr.example'), 'https://ehr.example/Task')
})

t.test('a refusal names the rule, and neither address nor content', async (t) => {
  t.throws(() => readOutboundUrl('https://10.0.0.1/patient', nothingAllowed), {
    name: 'EgressRefused',
    message: /^Outbound call refused: address\.$/,
  })
})

t.test('another reading of the registry changes which ports may be called', (t) => {
  const baseUrls = ['https://ehr.example:9443/fhir']
  const rules = addressRules([], baseUrls)
  const judge = (origin: string) => verdict(() => checkAddress('93.184.215.14', origin, rules))
  t.equal(judge('https://ehr.example:9443'), 'passes')
  t.equal(judge('https://new.example:9555'), 'port')
  baseUrls.splice(0, 1, 'https://new.example:9555/fhir')
  t.equal(judge('https://new.example:9555'), 'passes')
  t.equal(judge('https://ehr.example:9443'), 'port', 'what is gone is refused')
  t.end()
})
