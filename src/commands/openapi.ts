/** `referloop openapi`: the OpenAPI document of this version, from the routes that the service has. */

import { pino } from 'pino'
import { Registry } from 'prom-client'
import packageJson from '../../package.json' with { type: 'json' }
import type { ServerDeps } from '../http/deps.ts'
import { openApiDocument } from '../http/openapi.ts'
import { buildServer } from '../http/server.ts'

/** The document shows this address where an example needs one. */
const baseUrl = 'https://referloop.example'

/** @returns the document that `openapi/openapi.json` holds */
export async function openApi(): Promise<object> {
  const app = buildServer(undelivered)
  try {
    await app.ready()
    return openApiDocument(app)
  } finally {
    await app.close()
  }
}

/** The routes are only listed, never called. */
const uncalled = (): never => {
  throw new Error('the routes of the OpenAPI document are not served')
}

const undelivered: ServerDeps = {
  baseUrl,
  version: packageJson.version,
  now: () => new Date(0),
  newId: uncalled,
  logger: pino({ level: 'silent' }),
  verifyToken: uncalled,
  verifyCdsClient: uncalled,
  policyOf: uncalled,
  grantToken: uncalled,
  publicJwks: { keys: [] },
  audit: uncalled,
  auditTrail: { read: uncalled, search: uncalled },
  conformance: [],
  readiness: {},
  metrics: new Registry(),
  answering: {
    newSecret: uncalled,
    get links() {
      return uncalled()
    },
  },
  insight: { tally: uncalled, loop: uncalled },
  resources: {
    read: uncalled,
    readVersion: uncalled,
    history: uncalled,
    readMany: uncalled,
    search: uncalled,
  },
  subscribing: {
    validate: uncalled,
    now: uncalled,
    newId: uncalled,
    mayCall: uncalled,
    fhirBase: '',
    get subscriptions() {
      return uncalled()
    },
    get secrets() {
      return uncalled()
    },
  },
  intake: {
    registry: uncalled,
    validate: uncalled,
    check: uncalled,
    now: uncalled,
    newId: uncalled,
    get referrals() {
      return uncalled()
    },
    get resources() {
      return uncalled()
    },
  },
}
