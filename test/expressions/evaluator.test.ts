import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { FhirResource } from 'fhir/r4'
import t from 'tap'
import { overridePolicy } from '../../src/domain/screening/override-policy.ts'
import { packetOfBundle } from '../../src/domain/screening/packet.ts'
import type { ExpressionPart, OwnExpression } from '../../src/domain/screening/policy.ts'
import { type ExpressionInput, screenReferral } from '../../src/domain/screening/screen-referral.ts'
import { createEvaluator, type EvaluatorOptions } from '../../src/expressions/evaluator.ts'
import { bundleOf, code, form, measured, policy, screened, sct } from '../domain/screening/build.ts'
import { adult, stimulator } from '../domain/screening/own.ts'
import { eventually } from '../helpers/eventually.ts'

const open = (options?: EvaluatorOptions) => {
  const evaluator = createEvaluator(options)
  t.teardown(() => evaluator.close())
  return evaluator
}
const shared = open()

/** The processes that evaluate for this one. */
function evaluating(): readonly number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, ppid] = /^ *(\d+) +(\d+) .*watched-thread/.exec(line) ?? []
    return ppid === `${process.pid}` ? [Number(pid)] : []
  })
}

/** Backtracks for ages, in the engine's own code. */
const endless = "('a' & 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab').matches('^(a+)+$')"

const expressions = (...texts: readonly (string | readonly [ExpressionPart, string])[]) =>
  texts.map((text, index): OwnExpression => {
    const [part, expression] = typeof text === 'string' ? (['metWhen', text] as const) : text
    return { criterion: `c${index}`, part, text: expression }
  })

const input = (...resources: readonly FhirResource[]): ExpressionInput => ({
  bundle: JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { fullUrl: 'urn:referral', resource: { resourceType: 'ServiceRequest', status: 'active' } },
      { fullUrl: 'urn:patient', resource: { resourceType: 'Patient', birthDate: '2008-03-02' } },
      ...resources.map((resource, index) => ({ fullUrl: `urn:${index}`, resource })),
    ],
  }),
  referral: 'urn:referral',
  patient: 'urn:patient',
  referralDate: '2026-03-02',
  checkDate: '2026-03-09',
})

const valuesOf = async (texts: readonly string[], by = shared, of = input()) =>
  (await by.evaluate(expressions(...texts), of)).map(({ value }) => value)

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('an expression gives true, false, nothing, or no answer', async (t) => {
  t.same(
    await valuesOf([
      'true',
      'false',
      '{}',
      '(true | false)',
      "'true'",
      '%patient.active',
      '%patient.birthDate',
      "'a' + 1 > 2",
    ]),
    ['true', 'false', 'empty', 'unclear', 'unclear', 'empty', 'unclear', 'failed'],
  )
})

t.test('the dates are the referral’s, and compare as dates', async (t) => {
  t.same(
    await valuesOf([
      '%referralDate = @2026-03-02 and %checkDate = @2026-03-09',
      '%patient.birthDate <= %referralDate - 18 years',
      '%patient.birthDate <= %referralDate - 19 years',
      "%referral.status = 'active'",
    ]),
    ['true', 'true', 'false', 'true'],
  )
})

t.test('a patient who did not come along is nobody', async (t) => {
  const alone = { ...input(), patient: undefined }
  t.same(await valuesOf(['%patient.exists()', '%patient.birthDate < %checkDate'], shared, alone), [
    'false',
    'empty',
  ])
})

t.test('criteria refer to one another by their ids', async (t) => {
  t.same(await valuesOf(['true', '%c0.not()', '%c0 and %c1', '{}', '%c3.empty()']), [
    'true',
    'false',
    'false',
    'empty',
    'true',
  ])
  t.same(await valuesOf(["'a' + 1 > 2", '%c0']), ['failed', 'failed'])
})

t.test('evidence names the records that its places are in, each once', async (t) => {
  const texts = expressions(
    [
      'evidence',
      'entry.resource.ofType(Observation).where(value.ofType(Quantity).value > 5).code.coding | %patient.birthDate | %referral | 5',
    ],
    ['evidence', 'entry.resource.ofType(Condition)'],
  )
  const given = input(measured('1', '2026-03-01', 4), measured('1', '2026-03-01', 6))
  t.same(await shared.evaluate(texts, given), [
    { value: 'true', references: ['urn:1', 'urn:patient', 'urn:referral'] },
    { value: 'true', references: [] },
  ])
})

t.test('F9 S4: an endless expression is ended, what was answered before it stays', async (t) => {
  const warned: unknown[] = []
  const evaluator = open({ cpuMilliseconds: 100, warn: (...args) => warned.push(args) })
  const texts = ['true', endless, 'true']
  const began = performance.now()
  t.same(await valuesOf(texts, evaluator), ['true', 'timed-out', 'timed-out'])
  t.ok(performance.now() - began < 10_000)
  t.same(warned, [[['c1', 'c2'], 'timed-out']])
  t.same(await valuesOf(texts, evaluator), ['true', 'timed-out', 'timed-out'], 'and again')
})

t.test('a clinic’s endless expression holds up nobody else', async (t) => {
  const evaluator = open({ cpuMilliseconds: 2_000, wallMilliseconds: 20_000 })
  await valuesOf(['true'], evaluator)
  const order: string[] = []
  await Promise.all([
    valuesOf([endless], evaluator).then(() => order.push('endless')),
    valuesOf(['true'], evaluator).then(() => order.push('other')),
  ])
  t.same(order, ['other', 'endless'])
})

t.test('time that a busy machine takes is not held against an expression', async (t) => {
  const evaluator = open({ cpuMilliseconds: 60_000, wallMilliseconds: 300 })
  t.same(await valuesOf([endless], evaluator), ['timed-out'], 'the clock has the last word')
  const patient = open({ cpuMilliseconds: 500, wallMilliseconds: 60_000 })
  const others = evaluating()
  const texts = [`iif(entry.count() > 2, ${endless}, true)`]
  t.same(await valuesOf(texts, patient), ['true'], 'it is ready')
  const began = performance.now()
  const answer = valuesOf(texts, patient, input(measured('1', '2026-03-01', 4)))
  await pause(100)
  // In the middle of it the process gets no turn for longer than it may take on the processor.
  for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
    for (const pid of evaluating()) if (!others.includes(pid)) process.kill(pid, signal)
    if (signal === 'SIGSTOP') await pause(700)
  }
  t.same(await answer, ['timed-out'])
  t.ok(performance.now() - began > 500 + 700 - 100, 'it had its time on the processor')
})

t.test(
  'an expression that takes all memory fails, and the next referral is answered',
  async (t) => {
    const evaluator = open({ cpuMilliseconds: 4_000, wallMilliseconds: 6_000 })
    const texts = [
      'entry.exists()',
      `'aaaa'${".replace('a', 'aaaaaaaaaa')".repeat(24)}.length() > 1`,
      `'aaaa'${'.select($this & $this)'.repeat(40)}.upper().length() > 1`,
    ]
    for (const value of await valuesOf(texts.slice(1), evaluator))
      t.match(value, /^(failed|timed-out)$/)
    t.same(await valuesOf(texts.slice(0, 1), evaluator), ['true'])
  },
)

t.test('referrals are answered one by one, each with its own records', async (t) => {
  const text = ['entry.resource.ofType(Observation).value.ofType(Quantity).value > 5']
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      valuesOf(text, shared, input(measured('1', '2026-03-01', n))),
    ),
  )
  t.same(
    asked.map(([value]) => value),
    Array.from({ length: 20 }, (_, n) => (n > 5 ? 'true' : 'false')),
  )
})

t.test('processes are kept up to a number, and made again', async (t) => {
  const evaluator = open({ maxProcesses: 1 })
  for (const text of ['true', 'false', 'true', 'false'])
    t.same(await valuesOf([text], evaluator), [text])
})

t.test('what a process prints goes nowhere, and a finished process ends', async (t) => {
  const script = `
    import { createEvaluator } from '${new URL('../../src/expressions/evaluator.ts', import.meta.url)}'
    const { evaluate } = createEvaluator()
    const expressions = [{ criterion: 'a', part: 'metWhen', text: "entry.where(1, 2).exists() or 'secret'.trace('x').exists()" }]
    const [{ value }] = await evaluate(expressions, ${JSON.stringify(input())})
    process.stdout.write(value)`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  t.equal(run.status, 0)
  t.equal(run.stdout, 'true')
  t.equal(run.stderr, '')
})

t.test(
  'a process that is made ready beforehand answers, and ends with the evaluator',
  async (t) => {
    const evaluator = open()
    evaluator.prepare([])
    evaluator.prepare(expressions('true'))
    t.same(await valuesOf(['true'], evaluator), ['true'])
    evaluator.close()
    t.same(await valuesOf(['true'], evaluator), ['true'], 'and is made again')
  },
)

t.test(
  'a process that somebody ended is made again, and many questions leave nothing on it',
  async (t) => {
    const warnings: string[] = []
    const listen = ({ name }: Error) => warnings.push(name)
    process.on('warning', listen)
    t.teardown(() => process.off('warning', listen))
    const evaluator = open()
    for (let n = 0; n < 15; n++) t.same(await valuesOf(['true'], evaluator), ['true'])
    const pids = evaluating()
    t.ok(pids.length > 0)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await eventually('they are gone', async () => pids.every((pid) => !isAlive(pid)) || undefined)
    await eventually('it answers again', async () =>
      (await valuesOf(['true'], evaluator))[0] === 'true' ? true : undefined,
    )
    t.same(warnings, [])
  },
)

t.test('a referral is checked with the clinic’s own criteria', async (t) => {
  const by = overridePolicy(policy, { criteria: [adult(), stimulator()] })
  const result = async (...add: readonly FhirResource[]) => {
    const packet = packetOfBundle(bundleOf({ add }), ({ display }) => display === 'clinic')
    const { criteria, overall } = await screenReferral(
      packet,
      by,
      { asOf: '2026-03-09' },
      shared.evaluate,
    )
    const [first, second] = criteria.slice(-2)
    return [overall, first?.verdict, second?.verdict, second?.evidence]
  }
  const answer = form({ ...screened, stimulator: 'N' }, { id: 'form' })
  const implant: FhirResource = {
    resourceType: 'Procedure',
    id: 'implant',
    status: 'completed',
    code: code(sct, '1'),
    subject: { reference: 'urn:uuid:patient' },
  }
  t.same(await result(), ['incomplete', 'met', 'not-documented', []])
  t.same(await result(answer), ['ready', 'met', 'met', ['urn:uuid:form']])
  t.same(await result(implant), ['contraindicated', 'met', 'not-met', ['urn:uuid:implant']])
  t.same(await result(implant, answer), [
    'clinician-review',
    'met',
    'conflicting',
    ['urn:uuid:implant', 'urn:uuid:form'],
  ])
  t.same(await result(implant, answer), await result(implant, answer), 'a check can be repeated')
})
