import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError, readConfig, variables } from '../src/config.ts'

const operations = readFileSync(join(import.meta.dirname, '../docs/operations.md'), 'utf8')

/** What readConfig says is wrong, without the heading. */
function faultsOf(environment: Readonly<Record<string, string>>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message
        .split('\n')
        .slice(1)
        .map((s) => s.trim())
    throw error
  }
  return []
}

/** A registry and a key set as far as readConfig looks at them. */
function service(t: Test): Readonly<Record<string, string>> {
  const folder = t.testdir({ 'registry.json': '{"referrers":[]}', 'keys.json': '{"keys":[]}' })
  return {
    DATABASE_URL: 'postgres://referloop@127.0.0.1/referloop',
    REFERLOOP_REGISTRY: join(folder, 'registry.json'),
    REFERLOOP_KEYS: join(folder, 'keys.json'),
  }
}

t.test(
  'every variable has a row in the configuration table, and every row a variable',
  async (t) => {
    const rows = [...operations.matchAll(/^\| `([A-Z][A-Z_]+)` \| (.*) \|$/gm)]
    t.strictSame(rows.map(([, name]) => name).sort(), Object.keys(variables).sort())
    for (const [, name, meaning = ''] of rows) {
      const fallback = /default (\d+|`?[.a-z][a-z.]*)/.exec(
        variables[name as keyof typeof variables],
      )
      if (fallback?.[1]) t.ok(meaning.includes(fallback[1]), `${name} has the same default in both`)
    }
  },
)

t.test('nothing set is the sandbox on loopback', async (t) => {
  t.strictSame(readConfig({}), {
    mode: 'sandbox',
    port: 8080,
    host: '127.0.0.1',
    logLevel: 'info',
    databaseUrl: undefined,
    registry: undefined,
    baseUrl: undefined,
    keys: undefined,
    dataDirectory: '.referloop',
    allowNetworks: [],
    cdsOrigins: [],
    metricsToken: undefined,
    uploadMib: 5,
    drainSeconds: 0,
    sandboxPace: 2_000,
  })
  t.ok(Object.isFrozen(readConfig({})))
})

t.test('a registry and a database make a service that listens everywhere', async (t) => {
  const config = readConfig({
    ...service(t),
    NODE_ENV: 'production',
    PORT: '0',
    REFERLOOP_BASE_URL: 'https://referloop.example/',
    REFERLOOP_ALLOW_NETWORKS: '10.1.0.0/16, fd00::/8,',
    REFERLOOP_CDS_ORIGINS: 'https://ehr.example,http://127.0.0.1:9000',
  })
  t.match(config, {
    mode: 'service',
    host: '0.0.0.0',
    port: 0,
    registry: { referrers: [] },
    keys: { keys: [] },
    baseUrl: 'https://referloop.example',
    allowNetworks: ['10.1.0.0/16', 'fd00::/8'],
    cdsOrigins: ['https://ehr.example', 'http://127.0.0.1:9000'],
  })
})

t.test('all faults are told at once, each with its variable and none with its value', async (t) => {
  const wrong = {
    PORT: '80 80',
    LOG_LEVEL: 'loud-secret',
    DATABASE_URL: 'mysql://user:secret@db/x',
    REFERLOOP_REGISTRY: '/nowhere/secret.json',
    REFERLOOP_KEYS: `${t.testdir({ 'keys.json': '{"d":"secret' })}/keys.json`,
    REFERLOOP_BASE_URL: 'ftp://secret.example',
    REFERLOOP_ALLOW_NETWORKS: 'secret',
    REFERLOOP_CDS_ORIGINS: 'https://secret.example/',
    REFERLOOP_SANDBOX_PACE: '-1',
    REFERLOOP_REGISTERY: 'secret',
  }
  const faults = faultsOf(wrong)
  for (const name of Object.keys(wrong))
    t.ok(
      faults.some((fault) => fault.startsWith(`${name} `)),
      `${name} is named`,
    )
  t.notMatch(faults.join(' '), /secret/)
  t.match(faults.join('\n'), /REFERLOOP_REGISTRY names a file that cannot be read/)
  t.match(faults.join('\n'), /REFERLOOP_KEYS names a file that is not JSON/)
})

t.test('a service needs its registry and its keys', async (t) => {
  t.match(faultsOf({ DATABASE_URL: 'postgres://db/x' }), [
    /^REFERLOOP_REGISTRY is needed/,
    /^REFERLOOP_KEYS is needed/,
  ])
})

t.test('production refuses what is for trying out', async (t) => {
  t.match(faultsOf({ NODE_ENV: 'production' }), [/needs DATABASE_URL and REFERLOOP_REGISTRY/])
  const { DATABASE_URL: _without, ...embedded } = service(t)
  t.match(faultsOf({ ...embedded, NODE_ENV: 'production' }), [/REFERLOOP_ALLOW_EMBEDDED=yes/])
  t.strictSame(
    faultsOf({ ...embedded, NODE_ENV: 'production', REFERLOOP_ALLOW_EMBEDDED: 'yes' }),
    [],
  )
  t.match(faultsOf({ ...service(t), NODE_ENV: 'production', DEBUG: 'fhir*' }), [/^DEBUG must not/])
  t.match(faultsOf({ ...service(t), NODE_ENV: 'production', NODE_DEBUG: 'http' }), [
    /^NODE_DEBUG must not/,
  ])
  t.strictSame(faultsOf({ ...service(t), DEBUG: 'fhir*' }), [])
})

t.test('blank is as good as not set, and the ends of a range are in it', async (t) => {
  t.equal(readConfig({ PORT: '  ' }).port, 8080)
  t.equal(readConfig({ PORT: '65535' }).port, 65_535)
  t.match(faultsOf({ PORT: '65536' }), [/^PORT must be a whole number from 0 to 65535/])
  t.match(faultsOf({ PORT: '1e3' }), [/^PORT/])
  t.equal(readConfig({ REFERLOOP_SANDBOX_PACE: '0' }).sandboxPace, 0)
  t.equal(readConfig(service(t)).drainSeconds, 5)
  t.equal(readConfig({ ...service(t), REFERLOOP_DRAIN_SECONDS: '15' }).drainSeconds, 15)
  t.equal(readConfig(service(t)).uploadMib, 5)
  t.same(faultsOf({ ...service(t), REFERLOOP_UPLOAD_MIB: '16' }), [
    'REFERLOOP_UPLOAD_MIB must be a whole number from 0 to 15',
  ])
  t.same(faultsOf({ ...service(t), REFERLOOP_DRAIN_SECONDS: '16' }), [
    'REFERLOOP_DRAIN_SECONDS must be a whole number from 0 to 15',
  ])
})

t.test('the metrics token is long enough not to be guessed', async (t) => {
  const token = 'A1-._~+/x'.repeat(2)
  t.equal(readConfig({ REFERLOOP_METRICS_TOKEN: token }).metricsToken, token)
  t.equal(readConfig({}).metricsToken, undefined)
  for (const bad of [
    'short',
    'x'.repeat(513),
    'has a space in the middle',
    'line\nbreak-line-break',
  ])
    t.match(faultsOf({ REFERLOOP_METRICS_TOKEN: bad }), [/REFERLOOP_METRICS_TOKEN must be 16/], bad)
})
