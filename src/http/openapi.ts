/** The OpenAPI document, made from the routes: https://spec.openapis.org/oas/v3.1.0 */

import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { problems } from '../domain/problem.ts'
import { addFhirSchemas, tags } from './documentation.ts'

const description = `Referloop takes a referral from a referring EHR as a FHIR R4 ServiceRequest, checks it, puts it into the clinic's EHR and brings every status change back.

Get a token from \`/oauth/token\` (SMART Backend Services) and send it as Bearer. Bodies and answers are \`application/fhir+json\`; what each type looks like in full is in the FHIR specification and in the profiles under \`/fhir/StructureDefinition\`. Whatever is refused is answered with an OperationOutcome whose codes are on [a page of their own](/errors).`

/** Collects the routes that are added after it. */
export function collectRoutes(app: FastifyInstance, version: string): void {
  addFhirSchemas(app)
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Referloop',
        version,
        description,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This service' }],
      tags: Object.entries(tags).map(([name, about]) => ({ name, description: about })),
      components: {
        securitySchemes: {
          cdsClient: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description:
              'A JWT that the CDS client signs for each call (CDS Hooks 2.0, Trusting CDS Clients).',
          },
          token: {
            type: 'oauth2',
            description: 'SMART Backend Services with private_key_jwt.',
            flows: {
              clientCredentials: {
                tokenUrl: '/oauth/token',
                scopes: {
                  'system/ServiceRequest.crus': 'Submit, read, change and find referrals.',
                  'system/Task.rus': 'Read, move and find Tasks.',
                  'system/*.rs': 'Read and find every type.',
                },
              },
            },
          },
        },
      },
      security: [{ token: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, i) =>
        typeof json.$id === 'string' ? json.$id : `def-${i}`,
    },
    transform: ({ schema, url, route }) => ({
      // The base itself answers with and without its slash; one of them is enough to read.
      url: url === '/fhir/' ? '/fhir' : url,
      schema: { operationId: operationIdOf(String(route.method), url), ...schema },
    }),
    transformObject: (document) =>
      'openapiObject' in document ? shareExamples(document.openapiObject) : document.swaggerObject,
  })
}

type Examples = Record<string, { value: unknown } | { $ref: string }>
type Answers = Readonly<
  Record<string, { readonly content?: Record<string, { examples?: Examples }> }>
>
type Paths = Readonly<Record<string, Readonly<Record<string, { readonly responses?: Answers }>>>>

/** The example of a problem stands once under components; forty routes refer to it. */
function shareExamples<Document extends { paths?: object; components?: object }>(
  document: Document,
): Document {
  const shared: Examples = {}
  const operations = Object.values((document.paths ?? {}) as Paths).flatMap(Object.values)
  for (const { responses = {} } of operations as { responses?: Answers }[])
    for (const { content = {} } of Object.values(responses))
      for (const { examples = {} } of Object.values(content))
        for (const [code, example] of Object.entries(examples)) {
          if (!Object.hasOwn(problems, code)) continue
          shared[code] = example
          examples[code] = { $ref: `#/components/examples/${code}` }
        }
  const sorted = Object.fromEntries(Object.entries(shared).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...document, components: { ...document.components, examples: sorted } }
}

/** `get-fhir-type-id`: from the method and the address, so that it stays the same. */
const operationIdOf = (method: string, url: string): string =>
  `${method} ${url}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '')

/**
 * @param app ready
 * @returns the document, the same for the same routes
 */
export function openApiDocument(app: FastifyInstance): object {
  return app.swagger()
}
