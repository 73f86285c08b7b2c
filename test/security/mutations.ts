/** Makes bad requests out of good ones, from the StructureDefinitions and the OpenAPI. */

import openApi from '../../openapi/openapi.json' with { type: 'json' }
import definitionsJson from '../../schemas/r4/definitions.json' with { type: 'json' }
import type { Definitions } from '../../src/domain/fhir/validation/definitions.ts'

const { types } = definitionsJson as unknown as Definitions

/** A reproducible source of choices: https://en.wikipedia.org/wiki/Xorshift */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0 || 1
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }
}

export interface BadRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload?: string | Buffer
  /** The mutations that were made, for the counts and for a failure. */
  readonly made: readonly string[]
}

type Place = { readonly holder: Record<string, unknown>; readonly name: string }

const hugeText = 'x'.repeat(200_000)
const oddTexts = [
  '',
  ' ',
  '\u202eevil',
  '\u200b\ufeff',
  '🧪'.repeat(50),
  'e\u0301'.repeat(40),
  '<script>alert(1)</script>',
  "'; DROP TABLE referloop.resource; --",
  '%00',
  '../../../etc/passwd',
  '{{7*7}}#{7*7}',
  'a|b|c',
  '\\',
  '\u2028',
  '9'.repeat(400),
  `2026-${'0'.repeat(5000)}`,
]
const references = [
  'Patient/',
  'Patient/../Task/1',
  '#',
  '#none',
  'urn:uuid:00000000-0000-0000-0000-000000000000',
  'urn:uuid:not-one',
  'http://169.254.169.254/latest/meta-data',
  'https://elsewhere.example/fhir/Patient/1',
  'Patient/1/_history/99999999999999999999',
  'NoSuchType/1',
  'ServiceRequest?identifier=a|b',
  'javascript:alert(1)',
  '__proto__/constructor',
]
const oddValues = [
  null,
  true,
  0,
  -1,
  1e308,
  5e-324,
  [],
  {},
  [null],
  [[]],
  '2026-02-30',
  'Infinity',
  { resourceType: 'Patient' },
  { reference: 1 },
  [{ extension: [{}] }],
]

function placesOf(value: unknown): Place[] {
  const found: Place[] = []
  const visit = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return
    for (const name of Object.keys(node)) {
      found.push({ holder: node as Record<string, unknown>, name })
      visit((node as Record<string, unknown>)[name])
    }
  }
  visit(value)
  return found
}

const remove = ({ holder, name }: Place): void => {
  if (Array.isArray(holder)) holder.splice(Number(name), 1)
  else delete holder[name]
}

function nested(levels: number): unknown {
  let value: unknown = { url: 'urn:x', valueString: 'x' }
  for (let i = 0; i < levels; i++) value = { url: 'urn:x', extension: [value] }
  return value
}

/** A value of about the right form for an element of this type. */
function someValue(dice: Dice, typeName: string, depth = 0): unknown {
  const type = types[typeName]
  if (!type || depth > 3 || dice.below(6) === 0)
    return structuredClone(dice.of([...oddTexts, ...oddValues]))
  if (type.kind === 'primitive') return dice.of([...oddTexts, 1, true, '2026-01-01', 'final'])
  const elements = Object.entries(type.elements)
  const made: Record<string, unknown> = {}
  for (let i = dice.below(4); i > 0 && elements.length > 0; i--) {
    const [name, element] = dice.of(elements)
    const chosen = dice.of(element.types)
    const inner = someValue(dice, chosen, depth + 1)
    const key = element.choice ? name.replace('[x]', '') + upper(chosen) : name
    made[key] = dice.below(3) === 0 ? [inner, inner] : inner
  }
  return made
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

type Mutation = (dice: Dice, root: Record<string, unknown>, place: Place) => void

const mutations: Readonly<Record<string, Mutation>> = {
  drop: (_dice, _root, place) => remove(place),
  double(_dice, _root, { holder, name }) {
    if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(name)]))
    else holder[name] = [holder[name], holder[name]]
  },
  'swap type': (dice, _root, { holder, name }) => {
    holder[name] = structuredClone(dice.of(oddValues))
  },
  'odd Unicode': (dice, _root, { holder, name }) => {
    holder[name] = dice.of(oddTexts)
  },
  retarget(dice, root) {
    const named = placesOf(root).filter(({ name }) => name === 'reference' || name === 'fullUrl')
    const place = named.length > 0 ? dice.of(named) : undefined
    if (place) place.holder[place.name] = dice.of(references)
  },
  huge(dice, _root, { holder, name }) {
    holder[name] = dice.of<unknown>([
      hugeText,
      Array.from({ length: 3000 }, () => ({})),
      Array.from({ length: 500 }, () => holder[name]),
      Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`m${i}`, i])),
    ])
  },
  deep: (dice, root) => {
    root.extension = [nested(dice.of([10, 30, 70, 1000]))]
  },
  'unknown name': (dice, _root, { holder }) => {
    if (Array.isArray(holder)) return
    const name = dice.of(['constructor', 'toString', 'hasOwnProperty', '_status', 'x', '$ref', ''])
    holder[name] = structuredClone(dice.of(oddValues))
  },
  'other element'(dice, root) {
    const holders = placesOf({ root }).flatMap(({ holder, name }) => {
      const value = holder[name] as Record<string, unknown> | null
      return typeof value === 'object' && typeof value?.resourceType === 'string' ? [value] : []
    })
    const resource = holders.length > 0 ? dice.of(holders) : root
    const elements = Object.entries(types[resource.resourceType as string]?.elements ?? {})
    if (elements.length === 0) return
    const [name, element] = dice.of(elements)
    const chosen = dice.of(element.types)
    const key = element.choice ? name.replace('[x]', '') + upper(chosen) : name
    resource[key] = someValue(dice, chosen)
  },
  'other resource type': (dice, root) => {
    root.resourceType = dice.of([...Object.keys(types), ...oddTexts])
  },
}

const names = Object.keys(mutations)

/** Changes the text once it is written: what no object can hold. */
const textMutations: Readonly<Record<string, (dice: Dice, text: string) => string | Buffer>> = {
  'double a member': (_dice, text) => text.replace(/"resourceType"/, '"resourceType":"Task",$&'),
  truncate: (dice, text) => text.slice(0, dice.below(text.length)),
  'lone surrogate': (_dice, text) => text.replace(/":"/, '":"\\ud800'),
  NUL: (_dice, text) => text.replace(/":"/, '":"\\u0000'),
  'invalid UTF-8': (dice, text) => {
    const bytes = Buffer.from(text)
    bytes[dice.below(bytes.length)] = 0xff
    return bytes
  },
  pollute: (_dice, text) => text.replace('{', '{"__proto__":{"polluted":true},'),
  'pollute deeper': (_dice, text) =>
    text.replace(/\{(?=[^{]*$)/, '{"constructor":{"prototype":{"polluted":true}},'),
  'byte order mark': (_dice, text) => `\ufeff${text}`,
  'no JSON number': (_dice, text) => text.replace(/":"[^"]*"/, '":NaN'),
  'long number': (_dice, text) => text.replace(/":"[^"]*"/, `":${'1'.repeat(2000)}`),
}

/** One to three mutations of a good body. */
export function badBody(
  dice: Dice,
  good: object,
): { readonly payload: string | Buffer; readonly made: readonly string[] } {
  const root = { body: structuredClone(good) as Record<string, unknown> }
  const made: string[] = []
  for (let i = 1 + dice.below(3); i > 0; i--) {
    const places = placesOf(root.body)
    // Big ones cost time, and one is as bad as two.
    const name = dice.of(made.includes('huge') ? names.filter((each) => each !== 'huge') : names)
    if (places.length === 0 || (name === 'huge' && dice.below(4) > 0)) continue
    mutations[name]?.(dice, root.body, dice.of(places))
    made.push(name)
  }
  const text = JSON.stringify(root.body)
  if (dice.below(8) > 0) return { payload: text, made }
  const name = dice.of(Object.keys(textMutations))
  return { payload: textMutations[name]?.(dice, text) ?? text, made: [...made, name] }
}

interface ApiParameter {
  readonly name: string
  readonly in: string
}
type ApiOperation = { readonly parameters?: readonly ApiParameter[] }

const operations = Object.entries(openApi.paths as Record<string, Record<string, ApiOperation>>)
  .filter(([path]) => path.startsWith('/fhir'))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )

const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** An operation of the OpenAPI with wrong ids, parameters, headers or verb. */
export function badCall(dice: Dice, ids: readonly string[]): BadRequest {
  const { method, path, operation } = dice.of(operations)
  const made = ['parameters']
  const odd = () => encodeURIComponent(dice.of([...oddTexts, ...references, ...ids]).slice(0, 900))
  const address = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    name === 'type' && dice.below(4) > 0
      ? dice.of(Object.keys(types).filter((type) => types[type]?.kind === 'resource'))
      : odd(),
  )
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && dice.below(2) === 0)
    .map(({ name }) => `${name}${dice.of(['', ':exact', ':missing', '.identifier'])}=${odd()}`)
  if (dice.below(5) === 0)
    query.push(dice.of(['__proto__=1', 'constructor[prototype][x]=1', '%', '&&=']))
  const headers = Object.fromEntries(
    ['if-match', 'if-none-exist', 'prefer', 'accept', 'content-type', 'if-none-match']
      .filter(() => dice.below(4) === 0)
      .map((name) => [name, dice.of(oddHeaders)]),
  )
  const verb = dice.below(4) === 0 ? dice.of(verbs) : method.toUpperCase()
  if (verb !== method.toUpperCase()) made.push('verb')
  if (Object.keys(headers).length > 0) made.push('headers')
  return {
    method: verb,
    url: query.length > 0 ? `${address}?${query.join('&')}` : address,
    headers,
    ...(verb === 'GET' || verb === 'HEAD' ? {} : { payload: dice.of(['', '{}', '[]', 'null']) }),
    made,
  }
}

const oddHeaders = [
  'W/"0"',
  'W/"99999999999999999999"',
  '*',
  '"',
  'identifier=a|b',
  'identifier=',
  'return=everything',
  'handling=lenient',
  'text/html',
  'application/fhir+xml',
  'application/fhir+json; fhirVersion=3.0',
  'application/fhir+json; charset=utf-16',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
  '\u00e9'.repeat(20),
  'x'.repeat(2000),
]
