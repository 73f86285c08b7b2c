/** What one client's flood does to another's p99: `node bench/fairness.ts [--rounds 5] [--seconds 6] [--without-quotas]` */

import { parseArgs } from 'node:util'
import { measureFairness } from './harness/fairness.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '6' },
    'without-quotas': { type: 'boolean', default: false },
  },
})

const { alone, floods } = await measureFairness({
  quotas: !values['without-quotas'],
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  say: (line) => process.stderr.write(`${line}\n`),
})
process.stdout.write(`p99 of the steady client alone: ${alone.toFixed(1)} ms\n`)
for (const { what, p99, ratio, answered } of floods)
  process.stdout.write(
    `${what}: ${p99.toFixed(1)} ms, ${ratio.toFixed(2)} times; the flood was answered ${JSON.stringify(answered)}\n`,
  )
