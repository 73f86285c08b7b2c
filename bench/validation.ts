/**
 * How fast bodies are read and validated, in one thread: `node bench/validation.ts`
 *
 * Each figure is the median of seven runs after a warm-up; the start is the median of seven processes.
 */
import { execFileSync } from 'node:child_process'
import { parseFhirJson } from '../src/domain/fhir/json.ts'
import { createReferralValidator } from '../src/domain/fhir/validation/referral-validator.ts'
import { largeReferralBundle, referralBundle, serviceRequest } from './payloads.ts'

const runs = 7
const runMilliseconds = 400

const validator = createReferralValidator()
const request = JSON.stringify(serviceRequest())
const bundle = JSON.stringify(referralBundle())
const large = JSON.stringify(largeReferralBundle())

function main(): void {
  report('ServiceRequest', request, 'per second', perSecond)
  report('referral Bundle', bundle, 'per second', perSecond)
  report('large Bundle', large, 'ms each', (duration) => duration)
  const start = median(Array.from({ length: runs }, millisecondsToFirstValidation))
  print(`process start to first validation: ${start.toFixed(0)} ms`)
}

const perSecond = (duration: number) => 1_000 / duration

function report(
  name: string,
  text: string,
  unit: string,
  figureOf: (milliseconds: number) => number,
): void {
  const bytes = Buffer.from(text)
  const resource = parseFhirJson(bytes)
  const issues = validator.validate(resource)
  if (issues.length > 0) throw new Error(`${name}: ${JSON.stringify(issues)}`)
  const figures = {
    'JSON.parse': measure(() => JSON.parse(bytes.toString())),
    read: measure(() => parseFhirJson(bytes)),
    validate: measure(() => validator.validate(resource)),
  }
  const size = `${(bytes.length / 1_000).toFixed(1)} KB`
  for (const [step, duration] of Object.entries(figures)) {
    const figure = figureOf(duration)
    const digits = figure < 100 ? 2 : 0
    print(
      `${name.padEnd(16)} ${size.padStart(9)}  ${step.padEnd(10)} ${figure.toFixed(digits).padStart(9)} ${unit}`,
    )
  }
}

/** Milliseconds of one call. */
function measure(call: () => unknown): number {
  repeat(call)
  return median(Array.from({ length: runs }, () => repeat(call)))
}

function repeat(call: () => unknown): number {
  const start = performance.now()
  let calls = 0
  while (performance.now() - start < runMilliseconds) {
    call()
    calls++
  }
  return (performance.now() - start) / calls
}

const firstValidation = `
  const { createReferralValidator } = await import('./src/domain/fhir/validation/referral-validator.ts')
  createReferralValidator().validate(${request})
  console.log(performance.now())
`

function millisecondsToFirstValidation(): number {
  const options = { encoding: 'utf8', cwd: `${import.meta.dirname}/..` } as const
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', firstValidation], options),
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

main()
