/** The arrows of the house: docs/architecture.md draws them, this table holds them. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')

/** Who may import whom; a part that is not listed may not be imported. `.` is a file right in src. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'main.ts': [
    'app.ts',
    'config.ts',
    'logger.ts',
    'watchdog.ts',
    'domain',
    'sandbox',
    'domain/access',
  ],
  'watchdog.ts': [],
  'watchdog-thread.ts': ['watchdog.ts'],
  'logger.ts': ['domain'],
  'cli.ts': ['commands', 'config.ts', 'domain', 'auth', 'storage'],
  commands: ['domain', 'auth', 'expressions', 'sandbox', 'http', 'storage', 'app.ts', 'config.ts'],
  'app.ts': [
    'auth',
    'config.ts',
    'delivery',
    'domain',
    'expressions',
    'http',
    'sandbox',
    'storage',
    'wiring',
  ],
  // app.ts by subject: what the parts are given of one another.
  wiring: ['auth', 'config.ts', 'delivery', 'domain', 'expressions', 'http', 'sandbox', 'storage'],
  // For the place of a fault in a JSON file.
  'config.ts': ['domain'],
  http: ['domain'],
  delivery: ['domain'],
  storage: ['domain'],
  auth: ['domain'],
  // Runs what clinics wrote, in processes that see one referral and nothing of ours.
  expressions: ['domain'],
  // The sandbox plays other people's systems and knows of ours only what they know: FHIR.
  sandbox: ['domain'],
  domain: [],
}

/** Inside the domain: the stories stand on the rules, the rules on the ground. */
const domainMayImport: Readonly<Record<string, readonly string[]>> = {
  'order-time': ['access', 'fhir', 'referral', 'screening', 'problem.ts'],
  referral: ['access', 'sensitivity', 'fhir', 'screening', 'questionnaire', 'problem.ts'],
  // Forms as FHIR has them; the clock of whom a time is typed for.
  questionnaire: ['access', 'fhir', 'problem.ts'],
  screening: ['fhir', 'questionnaire', 'problem.ts'],
  sensitivity: ['access', 'fhir', 'problem.ts'],
  audit: ['access', 'fhir', 'problem.ts', 'referral'],
  access: ['fhir', 'problem.ts'],
  fhir: ['access', 'problem.ts'],
  subscription: ['access', 'audit', 'sensitivity', 'fhir', 'referral', 'problem.ts'],
  // Who is let in to answer, and what is added; the answer itself is the referral's story.
  answering: ['access', 'fhir', 'referral', 'problem.ts'],
  // Counts what the stories have done, and has no say in it.
  insight: ['access', 'referral', 'sensitivity', 'problem.ts'],
  'problem.ts': [],
  'safe-error.ts': [],
}

/** Modules that open connections or start threads and processes, and the only places that may have them. */
const doors: readonly { readonly module: RegExp; readonly allowed: RegExp }[] = [
  { module: /^(undici|fhir-kit-client)$/, allowed: /^src\/delivery\// },
  {
    module: /^node:(http|https|http2|net|tls|dgram|dns)$/,
    allowed: /^src\/(wiring\/listening\.ts$|delivery\/|http\/|sandbox\/)/,
  },
  { module: /^node:worker_threads$/, allowed: /^src\/(expressions\/|watchdog)/ },
  { module: /^node:child_process$/, allowed: /^src\/(expressions\/|commands\/backup)/ },
  { module: /^(pg|pg-boss|@electric-sql\/pglite)$/, allowed: /^src\/storage\// },
]

interface Import {
  readonly file: string
  readonly target: string
}

const sourceFiles = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name))

const text = (file: string): string => readFileSync(join(root, file), 'utf8')

const imports: readonly Import[] = sourceFiles.flatMap((file) =>
  [...text(file).matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => ({
    file,
    target: match[1] as string,
  })),
)

/** `src/http/routes/read.ts` → `http`; `src/app.ts` → `app.ts`. */
const partOf = (file: string): string => file.split('/')[1] as string

const local = imports
  .filter(({ target }) => target.startsWith('.'))
  .map(({ file, target }) => ({
    file,
    target: relative(root, resolve(root, dirname(file), target)),
  }))

t.test('the imports were read', async (t) => {
  t.ok(sourceFiles.length > 50, `${sourceFiles.length} files`)
  t.ok(local.length > 150, `${local.length} arrows`)
})

t.test('arrows point down only', async (t) => {
  for (const { file, target } of local) {
    if (!target.startsWith('src/')) {
      t.match(target, /^(schemas\/|package\.json$)/, `${file} -> ${target}`)
      continue
    }
    const [from, to] = [partOf(file), partOf(target)]
    if (from !== to) t.ok(mayImport[from]?.includes(to), `${file} -> ${target}`)
  }
})

t.test('inside the domain, stories stand on rules and rules on the ground', async (t) => {
  for (const { file, target } of local) {
    if (!file.startsWith('src/domain/') || !target.startsWith('src/domain/')) continue
    const [from, to] = [file.split('/')[2] as string, target.split('/')[2] as string]
    if (from !== to) t.ok(domainMayImport[from]?.includes(to), `${file} -> ${target}`)
  }
})

t.test('no files import each other in a circle', async (t) => {
  const next = new Map<string, string[]>()
  for (const { file, target } of local) next.set(file, [...(next.get(file) ?? []), target])
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file))
      return void t.fail(`circle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`)
    if (done.has(file)) return
    for (const target of next.get(file) ?? []) visit(target, [...trail, file])
    done.add(file)
  }
  for (const file of sourceFiles) visit(file, [])
  t.ok(done.size > 50)
})

t.test(
  'INV-17 only the egress and the listening side hold modules that open connections',
  async (t) => {
    for (const { file, target } of imports)
      for (const { module, allowed } of doors)
        if (module.test(target)) t.match(file, allowed, `${file} imports ${target}`)
  },
)

t.test('INV-17 nobody calls the global fetch or opens a socket by another name', async (t) => {
  for (const file of sourceFiles) {
    // The token command is a client of the sandbox, run by a person on the same machine.
    if (file === 'src/commands/token.ts') continue
    t.notMatch(text(file), /(?<![.\w])(fetch|WebSocket|EventSource)\(/, file)
  }
})

t.test('the environment is read in one place', async (t) => {
  for (const file of sourceFiles)
    if (!['src/config.ts', 'src/main.ts', 'src/cli.ts'].includes(file))
      t.notMatch(text(file), /process\.env/, file)
})
