/** Discovery: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known */

import type {} from '@fastify/swagger'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { assertionAlgorithms } from '../../domain/access/public-key.ts'

export interface WellKnownOptions {
  /** Absolute, without a slash at the end. */
  readonly baseUrl: string
  /** SMART scopes that the routes serve. */
  readonly scopes: readonly string[]
  /** Our public keys, for EHRs that we log in at. */
  readonly publicJwks: { readonly keys: readonly object[] }
}

export const wellKnownRoutes: FastifyPluginAsync<WellKnownOptions> = async (app, options) => {
  const configuration = smartConfiguration(options)
  // A configuration may be read by any web page; there is nothing in it but what everybody may know.
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' })
  })

  const discovery = { schema: configurationSchema(configuration) }
  app.get('/fhir/.well-known/smart-configuration', discovery, async (_request, reply) =>
    json(reply, configuration),
  )
  // SMART asks for it below the FHIR base; clients that look at the root find it too.
  app.get('/.well-known/smart-configuration', discovery, async (_request, reply) =>
    json(reply, configuration),
  )
  app.get('/.well-known/jwks.json', { schema: jwksSchema }, async (_request, reply) =>
    json(reply, options.publicJwks),
  )
}

/** application/json whatever Accept says. */
const json = (reply: FastifyReply, body: object) =>
  reply.type('application/json; charset=utf-8').send(body)

/** Only what works: no issuer and no jwks_uri, which belong to sso-openid-connect. */
function smartConfiguration({ baseUrl, scopes }: WellKnownOptions) {
  return {
    token_endpoint: `${baseUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    grant_types_supported: ['client_credentials'],
    scopes_supported: [...scopes],
    // SMART requires the member of every server, also of one without an authorization endpoint.
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  }
}

const strings = { type: 'array', items: { type: 'string' } }

const configurationSchema = (example: ReturnType<typeof smartConfiguration>) => ({
  summary: 'SMART configuration',
  description:
    'Where and how to get an access token. Public, in application/json whatever Accept says.',
  tags: ['discovery'],
  security: [],
  response: {
    200: {
      description: 'The configuration',
      type: 'object',
      required: Object.keys(example),
      properties: Object.fromEntries(
        Object.entries(example).map(([name, value]) => [
          name,
          Array.isArray(value) ? strings : { type: 'string', format: 'uri' },
        ]),
      ),
      examples: [example],
    },
  },
})

const jwksSchema = {
  operationId: 'jwks',
  summary: 'Public keys',
  description:
    'The JSON Web Key Set of this service: register its address at an EHR that it delivers to.',
  tags: ['discovery'],
  security: [],
  response: {
    200: {
      description: 'A JSON Web Key Set',
      type: 'object',
      required: ['keys'],
      properties: {
        keys: { type: 'array', items: { type: 'object', additionalProperties: true } },
      },
      examples: [
        {
          keys: [
            { kty: 'EC', crv: 'P-384', kid: 'current', alg: 'ES384', use: 'sig', x: '…', y: '…' },
          ],
        },
      ],
    },
  },
}
