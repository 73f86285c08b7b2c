import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Definitions } from '../../../../src/domain/fhir/validation/definitions.ts'
import { linkInvariant } from '../../../../src/domain/fhir/validation/invariants.ts'
import { linkModel } from '../../../../src/domain/fhir/validation/model.ts'

const root = new URL('../../../../', import.meta.url)
const text = readFileSync(new URL('schemas/r4/definitions.json', root), 'utf8')
const definitions: Definitions = JSON.parse(text)
const { types } = definitions

t.test('the definitions and snapshots are what the script writes', async (t) => {
  t.doesNotThrow(() =>
    execFileSync(process.execPath, ['scripts/trim-definitions.ts', '--check'], {
      cwd: root,
      stdio: 'pipe',
    }),
  )
})

t.test('they are R4 and nothing else', async (t) => {
  const resources = Object.keys(types).filter((name) => types[name]?.kind === 'resource')
  t.equal(resources.length, 146)
  for (const foreign of ['Bot', 'Project', 'SubscriptionStatus', 'Citation', 'MetadataResource'])
    t.notOk(foreign in types, foreign)
  t.notMatch(text, /medplum/i)
  t.same(Object.keys(types.Meta?.elements ?? {}), [
    'versionId',
    'lastUpdated',
    'source',
    'profile',
    'security',
    'tag',
  ])
  t.equal(types.DetectedIssue?.elements.status?.codes, 'observation-status')
  t.same(types['Bundle.entry.response']?.elements.outcome?.types, ['Resource'])
  t.same(types['EvidenceVariable.characteristic']?.elements.definition?.min, 1)
  t.notOk(types.ResearchStudy?.elements.recruitment)
  t.ok(
    types['MedicinalProductPharmaceutical.routeOfAdministration']?.elements.maxDosePerDay,
    'a long path',
  )
})

t.test('every type links, with its value sets and invariants', async (t) => {
  const model = linkModel(definitions, (key, context) =>
    linkInvariant(key, context, definitions, () => {}),
  )
  for (const name of Object.keys(types)) {
    const node = model.type(name)
    for (const property of node.properties.values())
      if (property.primitive === undefined && property.typeName !== 'Resource')
        model.nodeOf(property)
  }
  t.ok(model.type('Patient').properties.size > 20)
})

t.test('they stay small enough to be read at each start', async (t) => {
  t.ok(text.length < 1_500_000)
})
