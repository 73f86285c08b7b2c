/**
 * A test runner for Stryker that runs tap's tests in its own process: the code is loaded once, and of
 * each mutant only the tests that reach it are run. Starting a process for each of them, as Stryker's
 * own tap runner does, took ten times as long.
 *
 * https://stryker-mutator.io/docs/stryker-js/create-a-plugin
 */

import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Test } from 'tap'

/** Of any shape: it goes back to tap as it came. */
type Body = Parameters<Test['todo']>[0]

/** One `t.test` of a test file's own level. */
interface Case {
  readonly id: string
  readonly title: string
  readonly fileName: string
  readonly body: Body
}

/** What the instrumented code reads and writes. */
interface Namespace {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: Coverage | undefined
}

/** How often each mutant was reached: while the modules loaded, and by each test. */
interface Coverage {
  readonly static: Record<string, number>
  readonly perTest: Record<string, Record<string, number>>
}

interface TestsToRun {
  readonly testFiles: readonly string[]
  /** How the titles of tests begin that are left out. */
  readonly except: readonly string[]
  /** Each mutant in a process of its own: for code that remembers what it worked out. */
  readonly fresh: boolean
}

interface MutantRunOptions {
  readonly activeMutant: { readonly id: string }
  readonly mutantActivation: 'static' | 'runtime'
  readonly testFilter?: readonly string[]
  readonly hitLimit?: number
}

interface Result {
  readonly id: string
  readonly name: string
  readonly fileName: string
  readonly timeSpentMs: number
  /** Stryker's TestStatus: 0 success, 1 failed. */
  readonly status: 0 | 1
  readonly failureMessage: string
}

const namespace: Namespace = {}
Reflect.set(globalThis, '__stryker__', namespace)

let collect: (title: string, body: Body) => void = () => undefined
Reflect.set(globalThis, '__tapCases__', {
  test: (title: string, ...rest: unknown[]) => collect(title, rest.at(-1) as Body),
  // What a file does at its end: here it has none.
  after: () => undefined,
  teardown: () => undefined,
})
const collector = `data:text/javascript,export default globalThis.__tapCases__`

// What a test file imports as tap only takes note of its tests, so that they can be run many times.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'tap' && context.parentURL?.endsWith('.test.ts')
      ? { url: collector, shortCircuit: true }
      : next(specifier, context),
})

/** What a mutant breaks outside of any promise belongs to the test that is under way. */
let stray: unknown
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: unknown) => {
    stray ??= error ?? event
  })

class TapInProcess {
  static readonly inject = ['options'] as const
  readonly #files: readonly string[]
  readonly #except: readonly string[]
  readonly #fresh: boolean
  readonly #cases = new Map<string, readonly Case[]>()

  constructor({ tapInProcess }: { readonly tapInProcess: TestsToRun }) {
    this.#files = tapInProcess.testFiles
    this.#except = tapInProcess.except
    this.#fresh = tapInProcess.fresh
  }

  capabilities() {
    return { reloadEnvironment: false }
  }

  /** Every test twice: one that only passes the first time would seem to notice each mutant. */
  async dryRun() {
    const tests: Result[] = []
    for (const file of this.#files) {
      const cases = await this.#casesOf(file)
      for (const one of cases) tests.push(await runPatiently(one))
      const { mutantCoverage } = namespace
      namespace.mutantCoverage = structuredClone(mutantCoverage)
      for (const one of cases) {
        const again = await runPatiently(one)
        if (again.status === 1) tests.push(again)
      }
      namespace.mutantCoverage = mutantCoverage
    }
    const { mutantCoverage } = namespace
    if (mutantCoverage) this.#divide(mutantCoverage)
    return { status: 'complete', tests, mutantCoverage }
  }

  /**
   * Stryker gives a new process to what is done while modules load. What tests do as well is left to
   * them: they notice it or nothing does, in a hundredth of the time.
   */
  #divide({ static: loading, perTest }: Coverage): void {
    for (const reached of Object.values(perTest)) {
      if (this.#fresh) Object.assign(loading, reached)
      else for (const id of Object.keys(reached)) delete loading[id]
    }
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit }: MutantRunOptions) {
    const wanted = testFilter && new Set(testFilter)
    const files = this.#files.filter(
      (file) => !wanted || testFilter.some((id) => id.startsWith(`${file} `)),
    )
    if (mutantActivation === 'runtime') for (const file of files) await this.#casesOf(file)
    Object.assign(namespace, { activeMutant: activeMutant.id, hitCount: 0, hitLimit })
    try {
      let nrOfTests = 0
      for (const file of files) {
        for (const one of await this.#casesOf(file)) {
          if (wanted && !wanted.has(one.id)) continue
          nrOfTests += 1
          const { id, status, failureMessage } = await runPatiently(one)
          if (overLimit()) return { status: 'timeout', reason: 'hit limit reached' }
          if (status === 1) return { status: 'killed', killedBy: [id], failureMessage, nrOfTests }
        }
      }
      return { status: 'survived', nrOfTests }
    } catch (error) {
      // A mutant of what is done while modules load: the test file itself cannot be loaded.
      return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests: 1 }
    } finally {
      namespace.activeMutant = undefined
    }
  }

  async #casesOf(fileName: string): Promise<readonly Case[]> {
    const known = this.#cases.get(fileName)
    if (known) return known
    const cases: Case[] = []
    collect = (title, body) => {
      if (this.#except.some((start) => title.startsWith(start))) return
      const id = `${fileName} ${cases.length + 1} ${title}`
      cases.push({ id, title, fileName, body })
    }
    await import(pathToFileURL(resolve(fileName)).href)
    this.#cases.set(fileName, cases)
    return cases
  }
}

const overLimit = () => (namespace.hitCount ?? 0) > (namespace.hitLimit ?? Infinity)

/** Once more when it failed: on a loaded machine a test of time limits may fail by itself. */
async function runPatiently(one: Case): Promise<Result> {
  const first = await run(one)
  return first.status === 0 || overLimit() ? first : await run(one)
}

async function run({ id, title, fileName, body }: Case): Promise<Result> {
  const start = performance.now()
  stray = undefined
  namespace.currentTestId = id
  const options: ConstructorParameters<typeof Test>[0] = { name: fileName }
  const root = new Test(options)
  root.resume()
  const results = await root.test(title, body)
  root.end()
  namespace.currentTestId = undefined
  return {
    id,
    name: title,
    fileName: resolve(fileName),
    timeSpentMs: performance.now() - start,
    status: results?.ok === true && stray === undefined ? 0 : 1,
    failureMessage: String(stray ?? results?.failures[0]?.name ?? title),
  }
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'tap-in-process', injectableClass: TapInProcess },
]

export const strykerValidationSchema = {
  properties: {
    tapInProcess: {
      type: 'object',
      properties: {
        testFiles: { type: 'array', items: { type: 'string' } },
        except: { type: 'array', items: { type: 'string' } },
        fresh: { type: 'boolean' },
      },
    },
  },
}
