/** The service as main.ts starts it, on a free port, its log written to nowhere. */

import { devNull } from 'node:os'
import pino from 'pino'
import { startApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { defaultLimits } from '../src/http/limits.ts'
import { answerParent } from './harness/child.ts'

const config = { ...readConfig(process.env), port: 0 }
const log = pino(
  {
    level: config.logLevel,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  pino.destination(devNull),
)
// The one practice of a run stands for many, unless the quotas are what is measured.
const limits =
  process.env.BENCH_QUOTAS === 'on'
    ? {
        requestsPerMinute: Number(process.env.BENCH_REQUESTS_PER_MINUTE ?? 3_000),
        atOnceOfAll: Number(process.env.BENCH_AT_ONCE_OF_ALL ?? defaultLimits.atOnceOfAll),
      }
    : {
        requestsPerMinute: 1_000_000,
        atOnce: 1_000,
        atWork: 1_000,
        atOnceOfAll: 1_000_000,
        bytesPerMinute: Number.MAX_SAFE_INTEGER,
        bytesPerDay: Number.MAX_SAFE_INTEGER,
      }
const app = await startApp(config, log, { limits })

answerParent({ start: () => app.baseUrl }, () => app.close())
