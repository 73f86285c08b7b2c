/** Starts the service, reads its registry again on SIGHUP, and stops it on other signals. */

import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'
import { type App, startApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { RegistryError } from './domain/access/registry.ts'
import { createLogger } from './logger.ts'
import { sandboxWelcome } from './sandbox/welcome.ts'
import { startWatchdog } from './watchdog.ts'

try {
  const config = readConfig(process.env)
  const log = createLogger(config.logLevel, process.stdout)
  const starting = startApp(config, log)
  // The sandbox ends with its terminal, as other programs do.
  const reloads = config.registry !== undefined
  if (reloads) reloadOnHangup(starting, log)
  const app = await starting
  // Not before: a first start compiles and creates for seconds in one go.
  startWatchdog()
  log.info({ baseUrl: app.baseUrl, mode: config.mode, engine: app.storage.engine }, 'ready')
  if (app.storage.engine === 'pglite' && config.mode === 'service')
    log.warn('the embedded database does not survive a power failure: use DATABASE_URL')
  if (app.sandbox) process.stderr.write(sandboxWelcome(app.baseUrl, app.sandbox))
  const skip = reloads ? (['SIGHUP'] as const) : []
  closeWithGrace({ delay: 25_000, logger: log, skip: [...skip] }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'unexpected error')
    else log.info({ signal }, 'stopping')
    await app.close()
  })
} catch (error) {
  // What the operator can mend is said in one breath; anything else keeps its stack.
  const known = error instanceof ConfigError || error instanceof RegistryError
  process.stderr.write(`${known ? error.message : ((error as Error).stack ?? error)}\n`)
  process.exitCode = 1
}

/**
 * Reads the files that REFERLOOP_REGISTRY and REFERLOOP_KEYS name at each SIGHUP, one reading after the
 * other. What is wrong with them is told in the log, with its places, and what was before stays in force.
 */
function reloadOnHangup(starting: Promise<App>, log: FastifyBaseLogger): void {
  const reload = async (app: App) => {
    try {
      const { registry, keys } = readConfig(process.env)
      const news = await app.reloadRegistry(registry, keys)
      log.info(news, 'registry taken over')
    } catch (err) {
      log.error({ err }, 'registry refused, the one before stays in force')
    }
    return app
  }
  // When the start fails, that is told above.
  let last = starting.catch(() => undefined)
  process.on('SIGHUP', () => {
    last = last.then((app) => app && reload(app))
  })
}
