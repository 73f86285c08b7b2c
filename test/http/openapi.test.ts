import { readFileSync } from 'node:fs'
import t from 'tap'
import { openApi } from '../../src/commands/openapi.ts'
import { createReferralValidator } from '../../src/domain/fhir/validation/referral-validator.ts'
import { openApiDocument } from '../../src/http/openapi.ts'
import { httpWorld } from '../helpers/http-world.ts'

interface Media {
  readonly schema?: { readonly $ref?: string }
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value?: unknown; readonly $ref?: string }>>
}
interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, Media>> }
    >
  >
}
interface Document {
  readonly openapi: string
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>
    readonly schemas: Readonly<Record<string, { readonly required?: readonly string[] }>>
  }
}

async function documentOf(t: Parameters<typeof httpWorld>[0]) {
  const { app } = await httpWorld(t)
  const document = openApiDocument(app) as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return { app, document, operations }
}

t.test(
  'OW9 every route is in the document, and everything in the document is a route',
  async (t) => {
    const { app, operations } = await documentOf(t)
    const documented = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`)
    const hidden = /^\/docs|^\/oauth\/token$/
    const routes = app.knownRoutes
      .filter(({ method, url }) => method !== 'HEAD' && !hidden.test(url) && url !== '/fhir/')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
    t.strictSame(
      documented.filter((one) => one !== 'POST /oauth/token').sort(),
      [...new Set(routes)].sort(),
    )
    t.ok(documented.includes('POST /oauth/token'))
  },
)

t.test('every operation says what it does, takes and answers', async (t) => {
  const { document, operations } = await documentOf(t)
  t.equal(document.openapi, '3.1.0')
  const tags = document.tags.map(({ name }) => name)
  const ids = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(ids).size, ids.length, 'operation ids are unique')
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    t.ok(operation.summary, `${name} has a summary`)
    t.ok(operation.description, `${name} has a description`)
    t.ok(
      operation.tags?.length === 1 && tags.includes(operation.tags[0] ?? ''),
      `${name} has a known tag`,
    )
    const success = ['200', '201', '204'].find((status) => operation.responses[status])
    t.ok(success, `${name} says what success is`)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const described = (operation.parameters ?? [])
      .filter((one) => one.in === 'path')
      .map((one) => one.name)
    t.strictSame(described.sort(), inPath.sort(), `${name} describes its path`)
    if (['post', 'put', 'patch'].includes(method)) t.ok(operation.requestBody, `${name} has a body`)
    for (const [status, { description, content = {} }] of Object.entries(operation.responses)) {
      t.not(description, 'Default Response', `${name} ${status}`)
      for (const media of Object.values(content))
        t.ok(examplesOf(media, document).length > 0, `${name} ${status} has an example`)
    }
  }
})

t.test(
  'every example that is FHIR is valid R4, and of the type that its schema says',
  async (t) => {
    const { document, operations } = await documentOf(t)
    const validator = createReferralValidator()
    let checked = 0
    for (const { path, method, operation } of operations) {
      const contents = [
        operation.requestBody?.content ?? {},
        ...Object.values(operation.responses).map(({ content = {} }) => content),
      ]
      for (const [mediaType, media] of contents.flatMap((content) => Object.entries(content))) {
        if (mediaType !== 'application/fhir+json') continue
        for (const [name, value] of examplesOf(media, document)) {
          checked++
          const errors = validator
            .validate(value)
            .filter(({ severity }) => severity !== 'information')
          t.strictSame(errors, [], `${method} ${path}: ${name}`)
          const type = media.schema?.$ref?.split('/').at(-1) ?? ''
          t.ok(document.components.schemas[type], `${type} is a schema`)
          if (type !== 'Resource') t.match(value, { resourceType: type })
        }
      }
    }
    t.ok(checked > 100, `${checked} examples were checked`)
  },
)

t.test('openapi/openapi.json is up to date; referloop openapi writes it', async (t) => {
  const file = readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8')
  t.ok(
    file === `${JSON.stringify(await openApi(), null, 2)}\n`,
    'run npm run -s referloop -- openapi > openapi/openapi.json',
  )
})

t.test('the document is the same every time', async (t) => {
  const [one, other] = [await documentOf(t), await documentOf(t)]
  t.equal(JSON.stringify(one.document), JSON.stringify(other.document))
})

function examplesOf(
  { example, examples = {}, schema }: Media,
  document: Document,
): [string, unknown][] {
  const shared = ($ref: string | undefined) =>
    document.components.examples[$ref?.split('/').at(-1) ?? '']?.value

  const ofSchema = (schema as { examples?: readonly unknown[] } | undefined)?.examples ?? []
  return [
    ...(example === undefined ? [] : [['example', example] as [string, unknown]]),
    ...Object.entries(examples).map(([name, { value, $ref }]): [string, unknown] => [
      name,
      value ?? shared($ref),
    ]),
    ...ofSchema.map((value): [string, unknown] => ['schema', value]),
  ]
}
