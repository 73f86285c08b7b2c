#!/usr/bin/env node
/** The commands of the package: check, validate, token, migrate, backup, restore, redeliver, audit, keys, openapi. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { JWK } from 'jose'
import packageJson from '../package.json' with { type: 'json' }
import { operationOutcome } from './domain/fhir/outcome.ts'
import { Problem } from './domain/problem.ts'

/** Exit codes: the command did its work; the input is invalid; wrong use. */
const exit = { done: 0, invalid: 1, use: 2 } as const

const program = new Command('referloop')
  .description('Closed-loop FHIR R4 referrals: check them, validate them, run the service.')
  .version(packageJson.version)
  .exitOverride()
  .showHelpAfterError('(referloop --help lists the commands)')
  .addHelpText(
    'after',
    `
Exit status: 0 when the command did its work, whatever the verdict; 1 with an OperationOutcome on
standard output when the input is invalid; 2 for wrong use. The service itself starts with npm start.`,
  )

program
  .command('check')
  .description('check a referral against the policy and print the GuidanceResponse')
  .argument(
    '<file>',
    'a transaction Bundle or ServiceRequest, or a case file with a member `referral`',
  )
  .option('--as-of <date>', 'check date, YYYY-MM-DD; default today', readDate)
  .option('--table', 'print a table for people instead')
  .option(
    '--policy <file>',
    "a clinic's overrides of the stock policy, or a PlanDefinition of its own, as JSON",
  )
  .action(async (file: string, options: { asOf?: string; table?: boolean; policy?: string }) => {
    const { check } = await import('./commands/check.ts')
    print(
      await check(readJson(file), {
        asOf: options.asOf ?? new Date().toISOString().slice(0, 10),
        table: options.table === true,
        policy: options.policy === undefined ? undefined : readJson(options.policy),
      }),
    )
  })

program
  .command('validate')
  .description('validate FHIR R4 resources and print the OperationOutcome')
  .argument('<file...>', 'JSON files; case files with a member `referral` are understood')
  .option('--profile <canonical>', 'also against one of our profiles')
  .action(async (files: string[], options: { profile?: string }) => {
    const { validate } = await import('./commands/validate.ts')
    const { outcome, valid } = validate(
      files.map((file) => ({ file, resource: readJson(file) })),
      options.profile,
    )
    print(outcome)
    if (!valid) process.exitCode = exit.invalid
  })

program
  .command('token')
  .description('print an access token of the running sandbox')
  .argument(
    '<client>',
    'lakeside-family, hilltop-internal, river-pain-clinic or summit-pain-center',
  )
  .action(async (client: string) => {
    const { readConfig } = await import('./config.ts')
    const { sandboxToken } = await import('./commands/token.ts')
    print(await sandboxToken(readConfig(process.env).dataDirectory, client))
  })

program
  .command('migrate')
  .description('bring the schema of DATABASE_URL up to date')
  .action(async () => {
    const { readConfig } = await import('./config.ts')
    const { databaseUrl } = readConfig(process.env)
    if (!databaseUrl) throw new Error('set DATABASE_URL to the PostgreSQL to migrate')
    const { migrate } = await import('./storage/open.ts')
    print(`schema version ${await migrate(databaseUrl)}`)
  })

program
  .command('backup')
  .description(
    'write everything that is kept into a file; of the embedded database, while it is stopped',
  )
  .argument('<file>', 'a file that is not there yet')
  .action(async (file: string) => {
    const { backUp } = await import('./commands/backup.ts')
    await backUp(await whereDataIs(), file)
    print({ backup: file })
  })

program
  .command('restore')
  .description('put a backup back, into a database that has nothing of ours yet')
  .argument('<file>', 'what backup wrote')
  .action(async (file: string) => {
    const { putBack } = await import('./commands/backup.ts')
    await putBack(await whereDataIs(), file)
    print({ restored: file })
  })

program
  .command('restored')
  .description('note that the database was put back by other means: clinics are searched first')
  .action(async () => {
    const { noteRestore } = await import('./storage/open.ts')
    await noteRestore(await whereDataIs())
    print({ noted: true })
  })

program
  .command('redeliver')
  .description('send again what delivery gave up on: one referral, those of a clinic, or all')
  .argument('[referral]', 'id of its ServiceRequest')
  .option('--clinic <id>', 'those of a clinic')
  .option('--all', 'all of them')
  .option('--list', 'print which there are and why, and change nothing')
  .action(async (referralId: string | undefined, options: RedeliverOptions) => {
    const { readConfig } = await import('./config.ts')
    const { listDeadLetters, redeliverAll } = await import('./commands/redeliver.ts')
    const { clinic: clinicId, all, list } = options
    const named = [referralId, clinicId, all].filter((each) => each !== undefined).length
    if (named > 1 || (named === 0 && !list))
      throw new Error('name one referral, --clinic ID or --all')
    const wanted = { ...(referralId ? { referralId } : {}), ...(clinicId ? { clinicId } : {}) }
    const config = readConfig(process.env)
    if (list) return print(await listDeadLetters(config, wanted))
    print({ redelivered: await redeliverAll(config, wanted, () => new Date()) })
  })

program
  .command('audit')
  .description('look after the audit trail')
  .command('verify')
  .description('say whether the audit trail has been tampered with, and where first')
  .option(
    '--expect <checkpoint...>',
    'number:digest of a checkpoint, as the log told of it, that has to be there',
    readCheckpoint,
  )
  .option('--retired-keys <file>', 'a public JWK Set of keys that were taken out of REFERLOOP_KEYS')
  .action(async (options: AuditOptions) => {
    const { readConfig } = await import('./config.ts')
    const { verifyAudit } = await import('./commands/audit.ts')
    const retired = options.retiredKeys === undefined ? [] : readKeys(options.retiredKeys)
    const report = await verifyAudit(readConfig(process.env), options.expect ?? [], retired)
    print(report)
    if (report.broken) process.exitCode = exit.invalid
  })

program
  .command('keys')
  .description('print a new private key set for REFERLOOP_KEYS: a secret')
  .action(async () => {
    const { generateKeys } = await import('./auth/keys.ts')
    print(await generateKeys())
  })

program
  .command('openapi')
  .description('print the OpenAPI document of this version')
  .action(async () => {
    const { openApi } = await import('./commands/openapi.ts')
    print(await openApi())
  })

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}

async function whereDataIs() {
  const { readConfig } = await import('./config.ts')
  const { databaseUrl, dataDirectory } = readConfig(process.env)
  return {
    ...(databaseUrl ? { databaseUrl } : {}),
    dataDirectory: join(dataDirectory, 'database'),
  }
}

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exit.done : exit.use
  } else if (error instanceof Problem) {
    print(operationOutcome(error.code, error.issues))
    process.exitCode = exit.invalid
  } else {
    process.stderr.write(`referloop: ${(error as Error).message}\n`)
    process.exitCode = exit.use
  }
}

function print(value: string | object): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** @returns the bytes, for the parser that the service uses */
function readJson(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Error(`${file} cannot be read`, { cause })
  }
}

interface RedeliverOptions {
  readonly clinic?: string
  readonly all?: true
  readonly list?: true
}

interface AuditOptions {
  readonly expect?: { number: number; digest: string }[]
  readonly retiredKeys?: string
}

/** As /.well-known/jwks.json answers. */
function readKeys(file: string): readonly JWK[] {
  const { keys } = JSON.parse(new TextDecoder().decode(readJson(file))) as { keys?: JWK[] }
  if (!Array.isArray(keys)) throw new Error(`${file} is no JWK Set`)
  return keys
}

function readCheckpoint(text: string, before: readonly { number: number; digest: string }[] = []) {
  const [, number, digest] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? []
  if (number === undefined || digest === undefined)
    throw new InvalidArgumentError('Write a checkpoint as number:digest.')
  return [...before, { number: Number(number), digest }]
}

function readDate(text: string): string {
  const date = new Date(`${text}T00:00:00Z`)
  if (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text)
  )
    return text
  throw new InvalidArgumentError('Write a calendar date as YYYY-MM-DD.')
}
