/** The API reference: a plain page made from the OpenAPI document. */

import { type Html, html, prose } from './html.ts'

/** The parts of an OpenAPI document that the page shows. */
export interface ApiDocument {
  readonly info?: { readonly title?: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly security?: readonly unknown[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Contents }
  readonly responses?: Readonly<Record<string, Answer>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: {
    readonly type?: string
    readonly enum?: readonly unknown[]
    readonly default?: unknown
  }
}

interface Answer {
  readonly description?: string
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
  readonly content?: Contents
}

type Contents = Readonly<
  Record<
    string,
    {
      readonly schema?: { readonly $ref?: string }
      readonly example?: unknown
      readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>
    }
  >
>

interface Placed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
  readonly anchor: string
}

/** @returns the text of the page and the list of operations to stand beside it */
export function referencePage(document: ApiDocument): { body: Html; aside: Html } {
  const groups = groupByTag(document)
  return {
    body: html`${prose(document.info?.description ?? '')}
${groups.map(
  ({ name, description, operations }) => html`<section aria-labelledby="tag-${name}">
<h2 id="tag-${name}">${name}</h2>
<p class="quiet">${description}</p>
${operations.map(operationSection)}
</section>`,
)}`,
    aside: html`${groups.map(
      ({ name, operations }) => html`<h2>${name}</h2>
<ul>${operations.map(({ anchor, operation }) => html`<li><a href="#${anchor}">${operation.summary ?? anchor}</a></li>`)}</ul>`,
    )}`,
  }
}

function groupByTag({ tags = [], paths = {} }: ApiDocument) {
  const placed: Placed[] = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method,
      path,
      operation,
      anchor: operation.operationId ?? `${method}${path}`.replace(/[^A-Za-z0-9]+/g, '-'),
    })),
  )
  return tags
    .map(({ name, description }) => ({
      name,
      description,
      operations: placed.filter(({ operation }) => operation.tags?.includes(name)),
    }))
    .filter(({ operations }) => operations.length > 0)
}

function operationSection({ method, path, operation, anchor }: Placed): Html {
  return html`<article aria-labelledby="${anchor}">
<h3 id="${anchor}">${operation.summary ?? path}</h3>
<code class="route"><span class="method ${method}">${method.toUpperCase()}</span>${path}</code>
${prose(operation.description ?? '')}
${operation.security?.length === 0 ? html`<p class="quiet">Open: no token needed.</p>` : undefined}
${parameterTable(operation.parameters ?? [])}
${operation.requestBody?.content ? bodyExamples(operation.requestBody.content) : undefined}
${answers(operation.responses ?? {})}
</article>`
}

function parameterTable(parameters: readonly Parameter[]): Html | undefined {
  if (parameters.length === 0) return undefined
  return html`<h4>Parameters</h4>
<div class="scroll"><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead><tbody>
${parameters.map(
  (parameter) =>
    html`<tr><td><code>${parameter.name}</code></td><td>${parameter.in}</td><td>${meaning(parameter)}</td></tr>`,
)}
</tbody></table></div>`
}

function meaning({ description, schema, required }: Parameter): Html[] {
  const facts = [
    required ? 'Required.' : '',
    schema?.enum ? `One of ${schema.enum.map((value) => `\`${value}\``).join(', ')}.` : '',
    schema?.default === undefined ? '' : `Default \`${schema.default}\`.`,
  ]
  return prose([description ?? '', ...facts].filter((text) => text !== '').join(' '))
}

function bodyExamples(content: Contents): Html {
  const [[mediaType, media] = ['', {}]] = Object.entries(content)
  const others = Object.keys(content).slice(1)
  return html`<h4>Body</h4>
<p><code>${mediaType}</code>${others.map((other) => html` or <code>${other}</code>`)}${typeName(media.schema?.$ref)}</p>
${examplesOf(media).map(
  ([name, value]) =>
    html`<details><summary>Example: ${name}</summary><pre><code>${print(value)}</code></pre></details>`,
)}`
}

const typeName = ($ref: string | undefined): Html | undefined =>
  $ref ? html`: ${$ref.split('/').at(-1)}` : undefined

function answers(responses: Readonly<Record<string, Answer>>): Html {
  return html`<h4>Answers</h4>
${Object.entries(responses).map(
  ([
    status,
    answer,
  ]) => html`<details><summary><strong>${status}</strong> ${answer.description?.split('\n')[0]?.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')}</summary>
${prose(answer.description ?? '')}
${Object.entries(answer.headers ?? {}).map(([name, { description }]) => html`<p><code>${name}</code>: ${description}</p>`)}
${Object.values(answer.content ?? {})
  .flatMap(examplesOf)
  .map(([, value]) => html`<pre><code>${print(value)}</code></pre>`)}
</details>`,
)}`
}

function examplesOf(media: Contents[string]): [string, unknown][] {
  if (media.example !== undefined) return [['example', media.example]]
  // What is shared is the example of a problem, and the description links to its page.
  return Object.entries(media.examples ?? {}).flatMap(([name, { value }]): [string, unknown][] =>
    value === undefined ? [] : [[name, value]],
  )
}

const print = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2)
