/**
 * One referral through a FHIR server that is not ours: `node scripts/hapi-check.ts http://127.0.0.1:8090/fhir`
 *
 * Meant for a HAPI FHIR JPA server on this machine, without log-in: hapi-fhir-jpaserver-starter, built
 * with `mvn package spring-boot:repackage -Pboot` and started with `java -jar target/ROOT.war`.
 * Referloop runs in this process on an embedded database; the referral is delivered, the clinic's part
 * is played by updating the Task there, and the referrer reads status and outcome here.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bundle, DocumentReference, FhirResource, Task } from 'fhir/r4'
import type { JWK } from 'jose'
import { pino } from 'pino'
import { startApp } from '../src/app.ts'
import { businessStatusConcept, resourceIdentifierSystem } from '../src/domain/referral/task.ts'
import { eventually } from '../test/helpers/eventually.ts'
import { type FhirClient, logIn } from '../test/helpers/fhir-client.ts'
import { ownRegistry } from '../test/helpers/own-registry.ts'

const example = new URL('../docs/examples/referral.json', import.meta.url)
const [ehr = ''] = process.argv.slice(2).map((url) => url.replace(/\/$/, ''))

async function main(): Promise<void> {
  const { config, clientKeys } = await ownRegistry({ 'river-pain-clinic': ehr })
  const folder = await mkdtemp(join(tmpdir(), 'referloop-hapi-'))
  const app = await startApp(
    {
      mode: 'service',
      port: 0,
      host: '127.0.0.1',
      logLevel: 'warn',
      databaseUrl: undefined,
      registry: undefined,
      baseUrl: undefined,
      keys: undefined,
      allowNetworks: [],
      sandboxPace: 0,
      ...config,
      dataDirectory: folder,
    },
    pino({ level: 'warn' }),
  )
  try {
    const key = clientKeys['lakeside-family'] as JWK
    await closeLoop(await logIn(app.baseUrl, 'lakeside-family', key))
  } finally {
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Each step says what it saw; a step that does not come about ends the run. */
async function closeLoop(referrer: FhirClient): Promise<void> {
  const { fhirVersion, software } = await atEhr<Record<string, unknown>>('GET', 'metadata')
  say(`EHR: ${JSON.stringify(software)}, FHIR ${fhirVersion}`)
  const answer = await referrer.post<Bundle<FhirResource>>('', await newReferral())
  if (answer.status !== 200) throw new Error(`refused: ${answer.text}`)
  const task = answer.body.entry?.at(-2)?.resource as Task
  say(`submitted: Task/${task.id}`)
  await reaches(referrer, task, 'received')

  await move(task, 'accepted', 'awaiting-scheduling')
  await reaches(referrer, task, 'accepted')
  await move(task, 'in-progress', 'scheduled')
  await reaches(referrer, task, 'in-progress')
  const note = await atEhr<DocumentReference>('POST', 'DocumentReference', outcomeNote)
  await move(task, 'completed', 'completed', `DocumentReference/${note.id}`)
  const done = await reaches(referrer, task, 'completed')

  const outcome = done.output?.find(({ valueReference }) =>
    valueReference?.reference?.startsWith('DocumentReference/'),
  )
  const read = await referrer.get<DocumentReference>(
    outcome?.valueReference?.reference ?? 'nothing',
  )
  const text = Buffer.from(read.body.content[0]?.attachment.data ?? '', 'base64').toString()
  if (text !== noteText) throw new Error(`the outcome reads: ${read.text}`)
  say(`the referrer reads the outcome: ${text}`)
  const copies = await atEhr<Bundle>('GET', `ServiceRequest?identifier=${mark(task, 'focus')}`)
  if (copies.total !== 1) throw new Error(`${copies.total} referrals at the EHR`)
  say('one referral at the EHR')
}

/** The example with identifiers that this server has not seen. */
async function newReferral(): Promise<string> {
  const run = String(Date.now())
  const text = await readFile(example, 'utf8')
  return text.replaceAll('REF-2026-0001', `REF-${run}`).replaceAll('LF-4711', `LF-${run}`)
}

async function reaches(referrer: FhirClient, { id }: Task, status: Task['status']): Promise<Task> {
  let last = ''
  const task = await eventually(
    `the referrer sees ${status}`,
    async () => {
      const { body } = await referrer.get<Task>(`Task/${id}`)
      last = `${body.status}/${body.businessStatus?.coding?.[0]?.code}`
      return body.status === status ? body : undefined
    },
    () => `It sees ${last}.`,
  )
  say(`the referrer sees ${last}, version ${task.meta?.versionId}`)
  return task
}

const mark = ({ id, focus }: Task, of: 'task' | 'focus'): string =>
  encodeURIComponent(
    `${resourceIdentifierSystem}|${of === 'task' ? id : focus?.reference?.split('/')[1]}`,
  )

/** What the clinic's staff would do in their EHR. */
async function move(
  task: Task,
  status: Task['status'],
  businessStatus: Parameters<typeof businessStatusConcept>[0],
  outcome?: string,
): Promise<void> {
  const found = await atEhr<Bundle<Task>>('GET', `Task?identifier=${mark(task, 'task')}`)
  const there = found.entry?.[0]?.resource
  if (!there) throw new Error('the EHR has no such Task')
  await atEhr('PUT', `Task/${there.id}`, {
    ...there,
    status,
    businessStatus: businessStatusConcept(businessStatus),
    ...(outcome
      ? {
          output: [
            ...(there.output ?? []),
            { type: { text: 'Note' }, valueReference: { reference: outcome } },
          ],
        }
      : {}),
  } satisfies Task)
}

const noteText = 'Seen, first infusion without complication; review in four weeks.'
const outcomeNote = {
  resourceType: 'DocumentReference',
  status: 'current',
  content: [
    { attachment: { contentType: 'text/plain', data: Buffer.from(noteText).toString('base64') } },
  ],
} as const

async function atEhr<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${ehr}/${path}`, {
    method,
    headers: { accept: 'application/fhir+json', 'content-type': 'application/fhir+json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

if (!URL.canParse(ehr)) {
  say('use: node scripts/hapi-check.ts BASE-URL-OF-A-FHIR-SERVER')
  process.exitCode = 2
} else await main()
