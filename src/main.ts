/** Starts the service and stops it on a signal. */

import closeWithGrace from 'close-with-grace'
import { startApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'
import { RegistryError } from './domain/access/registry.ts'
import { createLogger } from './logger.ts'
import { sandboxWelcome } from './sandbox/welcome.ts'

try {
  const config = readConfig(process.env)
  const log = createLogger(config.logLevel, process.stdout)
  const app = await startApp(config, log)
  log.info({ baseUrl: app.baseUrl, mode: config.mode, engine: app.storage.engine }, 'ready')
  if (app.storage.engine === 'pglite' && config.mode === 'service')
    log.warn('the embedded database does not survive a power failure: use DATABASE_URL')
  if (app.sandbox) process.stderr.write(sandboxWelcome(app.baseUrl, app.sandbox))
  closeWithGrace({ delay: 25_000, logger: log }, async ({ signal, err }) => {
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
