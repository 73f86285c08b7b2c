/**
 * AU-12, HT-09, G18: what is planted in every field and header is found in no output of the service
 * that runs, whatever goes wrong, at the most talkative setting.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Bundle, Task } from 'fhir/r4'
import t, { type Test } from 'tap'
import { signingKey } from '../../src/auth/keys.ts'
import { makeAssertion } from '../../src/auth/make-assertion.ts'
import { startSandboxEhr } from '../../src/sandbox/ehr/start.ts'
import { count } from '../helpers/counts.ts'
import { eventually } from '../helpers/eventually.ts'
import { type FhirClient, logIn } from '../helpers/fhir-client.ts'
import { ownRegistry } from '../helpers/own-registry.ts'
import { threeFreePorts } from '../helpers/service-process.ts'
import { type Canaries, makeCanaries, plantedReferral } from './canaries.ts'

const root = join(import.meta.dirname, '../..')
const saboteur = import.meta.resolve('./saboteur.ts')

/** What came back that everybody may see: refusals, and the pages for operators. */
const shown: { readonly what: string; readonly text: string }[] = []

/** A clinic's EHR that says canaries in every way that HTTP has. */
async function startHostileEhr(t: Test, { plant }: Canaries): Promise<string> {
  const body = () =>
    JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [
        { severity: 'error', code: plant('EHR code'), diagnostics: plant('EHR diagnostics') },
      ],
    })
  let turn = 0
  const moods = [
    () => ({ status: 500, headers: { 'x-error': plant('EHR header') }, body: body() }),
    () => ({ status: 422, headers: { 'set-cookie': `s=${plant('EHR cookie')}` }, body: body() }),
    () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: plant('EHR page') }),
    () => ({
      status: 307,
      headers: { location: `https://${plant('EHR redirect')}.example/` },
      body: '',
    }),
    () => ({ status: 200, headers: {}, body: `{"resourceType":"${plant('EHR type')}"` }),
    () => ({ status: 503, headers: { 'retry-after': plant('EHR retry-after') }, body: body() }),
  ]
  const server = createServer((request, response) => {
    request.resume()
    const answer = (moods[turn++ % moods.length] as (typeof moods)[number])()
    response.writeHead(answer.status, {
      'content-type': 'application/fhir+json',
      ...answer.headers,
    })
    response.end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`
}

/** Bytes as they are, for what no HTTP client sends. */
async function raw(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  let said = ''
  socket.on('data', (chunk) => {
    said += String(chunk)
  })
  await Promise.race([once(socket, 'close'), new Promise((resolve) => setTimeout(resolve, 500))])
  socket.destroy()
  shown.push({ what: 'broken request', text: said })
}

t.test('AU-12 no canary gets out', async (t) => {
  const canaries = makeCanaries()
  const { plant, watch } = canaries
  const directory = await mkdtemp(join(tmpdir(), 'referloop-canaries-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const summit = await startSandboxEhr({ port: 0, name: 'Summit' })
  t.teardown(() => summit.close())
  const { config, clientKeys } = await ownRegistry({
    'river-pain-clinic': await startHostileEhr(t, canaries),
    'summit-pain-center': summit.baseUrl,
  })
  const registry = join(directory, 'registry.json')
  const keys = join(directory, 'keys.json')
  await writeFile(registry, JSON.stringify(config.registry))
  await writeFile(keys, JSON.stringify(config.keys))
  for (const { d, kty } of (config.keys as { keys: { d: string; kty: string }[] }).keys)
    watch(`our private key, ${kty}`, d)

  const port = await threeFreePorts(Math.random)
  const child = spawn(process.execPath, ['--import', saboteur, join(root, 'src/main.ts')], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      REFERLOOP_DATA: directory,
      REFERLOOP_REGISTRY: registry,
      REFERLOOP_KEYS: keys,
      REFERLOOP_ALLOW_NETWORKS: '127.0.0.0/8',
      LOG_LEVEL: 'debug',
      DEBUG: '*',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const baseUrl = `http://127.0.0.1:${port}`
  await eventually(
    'the service is ready',
    async () =>
      (await fetch(`${baseUrl}/health/ready`).catch(() => undefined))?.ok ? true : undefined,
    () => said,
  )

  const lakeside = await logIn(baseUrl, 'lakeside-family', clientKeys['lakeside-family'] as never)
  const hilltop = await logIn(baseUrl, 'hilltop-internal', clientKeys['hilltop-internal'] as never)
  watch('an access token', lakeside.token.split('.')[2] as string)
  const send = async (
    client: FhirClient,
    what: string,
    ...[method, path, body, headers]: Parameters<FhirClient['send']>
  ) => {
    const answer = await client.send<Bundle>(method, path, body, {
      cookie: `session=${plant(`${what}: cookie`)}`,
      'user-agent': plant(`${what}: user agent`),
      'x-request-id': `${plant(`${what}: request id`)} is none`,
      'x-forwarded-for': plant(`${what}: forwarded for`),
      ...headers,
    })
    if (answer.text.includes('OperationOutcome')) shown.push({ what, text: answer.text })
    return answer
  }

  // The whole loop, and the same to a clinic whose EHR is out of its mind.
  const good = await send(
    lakeside,
    'submit',
    'POST',
    '',
    plantedReferral(canaries, 'summit-pain-center', 'summit'),
  )
  t.equal(good.status, 200, good.text)
  const task = good.body.entry?.at(-2)?.resource as Task
  const request = task.focus?.reference as string
  const bad = await send(
    lakeside,
    'submit to river',
    'POST',
    '',
    plantedReferral(canaries, 'river-pain-clinic', 'river'),
  )
  t.equal(bad.status, 200, bad.text)
  const reaches = (status: string) =>
    eventually(
      `the Task is ${status}`,
      async () => {
        const { body } = await lakeside.get<Task>(`Task/${task.id}`)
        return body.status === status ? true : undefined
      },
      () => said.slice(-2000),
    )
  await reaches('received')
  summit.act(task.id as string, 'accept', { reason: plant('staff reason') })
  await reaches('accepted')
  summit.misbehave({ times: 3, refuse: { status: 500, body: plant('EHR body') } })
  summit.act(task.id as string, 'schedule')
  summit.act(task.id as string, 'visit')
  summit.act(task.id as string, 'complete', { note: plant('outcome note') })
  await reaches('completed')

  // Reading it, and asking for what is not there.
  for (const client of [lakeside, hilltop])
    for (const [what, path] of [
      ['read', request],
      ['unknown id', `Task/${plant('id in a path')}`],
      ['unknown address', `${plant('type in a path')}/1`],
      ['unknown operation', `ServiceRequest/$${plant('operation in a path')}`],
      ['search', `Patient?identifier=${plant('identifier in a query')}`],
      ['unknown parameter', `Task?${plant('parameter name')}=${plant('parameter value')}`],
      ['bad date', `Task?_lastUpdated=${plant('date in a query')}`],
      ['bad include', `Task?_include=${plant('include in a query')}`],
      ['token in the query', `Task?access_token=${plant('token in a query')}`],
      ['bad audit search', `AuditEvent?date=${plant('audit date')}`],
      ['bad format', `Task?_format=${plant('format')}`],
      ['bad cursor', `Task?_cursor=${plant('cursor')}`],
    ] as const)
      await send(client, what, 'GET', path)
  await send(
    lakeside,
    'lenient',
    'GET',
    `Task?access_token=${plant('token, lenient')}`,
    undefined,
    {
      prefer: 'handling=lenient',
    },
  )

  // What cannot be taken.
  const again = plantedReferral(canaries, 'summit-pain-center', 'other content')
  const identifier = canaries.planted.get('summit: ServiceRequest.identifier') as string
  const differs = JSON.stringify(again).replace(
    canaries.planted.get('other content: ServiceRequest.identifier') as string,
    identifier,
  )
  t.equal((await send(lakeside, 'other content', 'POST', '', differs)).status, 409)
  const patient = { resourceType: 'Patient', name: [{ family: plant('a bad name') }] }
  for (const [what, body, status] of [
    ['no JSON', `{"resourceType": ${plant('no JSON')}`, 400],
    ['doubled key', `{"${plant('key')}":1,"${canaries.planted.get('key')}":2}`, 400],
    ['unknown type', { resourceType: plant('resource type') }, 400],
    ['unknown element', { ...patient, [plant('element')]: plant('value of an element') }, 400],
    ['bad date', { ...patient, birthDate: plant('birth date') }, 400],
    ['bad code', { ...patient, gender: plant('gender') }, 400],
    ['no referral', { resourceType: 'Bundle', type: 'transaction' }, 422],
  ] as const)
    t.equal((await send(lakeside, what, 'POST', '', body)).status, status, what)
  await send(lakeside, 'media type', 'POST', '', 'x', {
    'content-type': `text/${plant('media type')}`,
  })
  await send(lakeside, 'accept', 'GET', request, undefined, { accept: `text/${plant('accept')}` })
  await send(
    lakeside,
    'prefer',
    'POST',
    'ServiceRequest',
    {},
    { prefer: `return=${plant('prefer')}` },
  )
  const revoked = {
    resourceType: 'ServiceRequest',
    status: 'revoked',
    note: [{ text: plant('put note') }],
  }
  await send(lakeside, 'if-match', 'PUT', request, revoked, { 'if-match': plant('if-match') })
  await send(lakeside, 'if-none-exist', 'POST', 'ServiceRequest', revoked, {
    'if-none-exist': `identifier=${plant('if-none-exist')}`,
  })
  await send(
    lakeside,
    'dry run',
    'POST',
    'ServiceRequest/$referral-check',
    plantedReferral(canaries, 'summit-pain-center', 'dry run'),
  )
  await send(lakeside, 'validate', 'POST', 'Patient/$validate', patient)

  // Who cannot be known.
  const key = clientKeys['lakeside-family'] as never
  const assertion = await makeAssertion({
    clientId: plant('client id'),
    audience: `${baseUrl}/oauth/token`,
    key: await signingKey(key),
    jti: plant('jti'),
    now: new Date(),
  })
  watch('an assertion', assertion.split('.')[2] as string)
  for (const [name, value] of [
    ['client_assertion', assertion],
    ['client_assertion', plant('a broken assertion')],
    ['scope', plant('scope')],
    ['grant_type', plant('grant type')],
    [plant('form name'), plant('form value')],
  ] as const) {
    const form = {
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      [name]: value,
    }
    const answer = await fetch(`${baseUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
    t.equal(answer.status, 400)
    shown.push({ what: `token, ${name}`, text: await answer.text() })
  }
  for (const authorization of [
    `Bearer ${plant('a made-up token')}`,
    `Basic ${Buffer.from(`user:${plant('password')}`).toString('base64')}`,
    `Bearer ${lakeside.token.slice(0, -4)}AAAA`,
  ])
    await send(lakeside, 'authorization', 'GET', request, undefined, { authorization })
  await raw(
    port,
    `GET /${plant('raw path')} HTTP/1.1\r\nHost: x\r\nX-Bad\u001b[31m: ${plant('raw header')}\r\n\r\n`,
  )
  await raw(
    port,
    `POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: ${plant('encoding')}\r\n\r\n`,
  )
  await raw(port, `${plant('method')} / HTTP/1.1\r\n\r\n`)
  const cut = `POST /fhir HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${lakeside.token}\r\nContent-Type: application/fhir+json\r\nContent-Length: 500\r\n\r\n{"${plant('cut short')}`
  await raw(port, cut)
  await raw(port, cut.replace('500', String(11 << 20)))

  // What is nobody's fault but ours.
  for (const [what, status] of [
    ['sabotage-database', 500],
    ['sabotage-parser', 500],
  ] as const) {
    const bundle = plantedReferral(canaries, 'summit-pain-center', what)
    const body = JSON.stringify(bundle).replace(
      '"status":"active"',
      `"status":"active","instantiatesUri":["urn:${what}"]`,
    )
    const answer = await send(lakeside, what, 'POST', '', body)
    t.equal(answer.status, status, `${what}: ${answer.text}`)
    await send(lakeside, what, 'GET', `Task?identifier=${what}-${plant(`${what} in a query`)}`)
  }
  for (const page of ['/metrics', '/health/ready', '/health/live'])
    shown.push({ what: page, text: await (await fetch(`${baseUrl}${page}`)).text() })
  await send(hilltop, 'sabotage-crash', 'GET', `Task?identifier=sabotage-crash-${plant('a crash')}`)
  await ended

  t.ok(canaries.planted.size > 60, `${canaries.planted.size} canaries were planted`)
  t.comment(`${said.length} bytes of output, ${shown.length} answers`)
  count(t, 'canaries planted', canaries.planted.size)
  t.match(said, '"level":"fatal"', 'it ran to the bitter end')
  for (const line of [
    '"status":500',
    'SyntaxError',
    'delivery',
    'status reported',
    'token refused',
  ])
    t.match(said, line, `the log told of: ${line}`)
  let found = 0
  const nothingIn = (text: string, what: string, except: readonly string[] = []) => {
    const places = canaries.foundIn(text).filter((place) => !except.includes(place))
    found += places.length
    t.same(places, [], `nothing ${what}`)
  }
  nothingIn(said, 'on standard output and standard error')
  for (const line of said.split('\n')) t.notMatch(line, '\u001b')
  // Whoever sent a name that is not known is told which, and nobody else is.
  const names = ['parameter name', 'element']
  for (const { what, text } of shown) nothingIn(text, `in ${what}`, names)

  const database = await PGlite.create({ dataDir: join(directory, 'database', 'pglite') })
  t.teardown(() => database.close())
  const { rows } = await database.query<{ row: string }>(
    `SELECT (to_jsonb(e) - 'query')::text AS row FROM referloop.audit_event e`,
  )
  t.ok(rows.length > 50)
  nothingIn(rows.map(({ row }) => row).join('\n'), 'in the audit trail')
  const jobs = await database.query<{ row: string }>(
    'SELECT to_jsonb(j)::text AS row FROM pgboss.job j',
  )
  nothingIn(jobs.rows.map(({ row }) => row).join('\n'), 'in the jobs')
  count(t, 'canaries found', found)
  const tokens = await database.query<{ query: string }>(
    `SELECT query FROM referloop.audit_event WHERE query IS NOT NULL`,
  )
  const asked = tokens.rows.map(({ query }) => query).join('\n')
  t.match(asked, canaries.planted.get('identifier in a query'), 'the query has its own column')
  t.notMatch(asked, canaries.planted.get('token, lenient'), 'a token in a query is not kept')
})
