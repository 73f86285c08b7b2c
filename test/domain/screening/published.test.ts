import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CodeSystem, FhirResource, PlanDefinition, ValueSet } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../src/domain/fhir/validation/referral-validator.ts'
import { toGuidanceResponse } from '../../../src/domain/screening/guidance-response.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { criterionIds } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { screenParts } from './build.ts'

const published = readPublished() as readonly FhirResource[]
const validator = createReferralValidator()
const ofType = <T extends FhirResource['resourceType']>(type: T) =>
  published.filter(
    (each): each is Extract<FhirResource, { resourceType: T }> => each.resourceType === type,
  )

t.test('every published resource is valid R4, known by its file and versioned', async (t) => {
  t.ok(published.length > 90)
  for (const resource of published as readonly (ValueSet | CodeSystem)[]) {
    t.strictSame(validator.validate(resource), [], `${resource.resourceType}/${resource.id}`)
    t.equal(resource.url, `https://referloop.example/fhir/${resource.resourceType}/${resource.id}`)
    t.ok(resource.version)
  }
})

t.test('whatever one of them names of ours is published', async (t) => {
  const canonicals = new Set(published.map((each) => (each as ValueSet).url))
  const named = JSON.stringify(published).matchAll(
    /"(https:\/\/referloop\.example\/fhir\/[A-Za-z]+\/[\w.-]+)(?:[|#][^"]*)?"/g,
  )
  const missing = [...named].map(([, url]) => url).filter((url) => !canonicals.has(url))
  t.strictSame([...new Set(missing)], [])
})

t.test('every value set has a copyright note for the systems that ask for one', async (t) => {
  for (const { id, compose, copyright = '' } of ofType('ValueSet')) {
    const systems = compose?.include.map(({ system }) => system) ?? []
    if (systems.includes('http://snomed.info/sct')) t.match(copyright, /SNOMED/, `${id}`)
    if (systems.includes('http://loinc.org')) t.match(copyright, /LOINC/, `${id}`)
  }
})

t.test('every role and every criterion that a value set names is defined', async (t) => {
  const codes = (id: string) =>
    new Set(
      ofType('CodeSystem')
        .find((each) => each.id === id)
        ?.concept?.map(({ code }) => code),
    )
  const known = new Set([...codes('screening-criterion'), ...codes('value-set-role')])
  for (const { id, useContext = [] } of ofType('ValueSet'))
    for (const { valueCodeableConcept } of useContext)
      for (const { code, system } of valueCodeableConcept?.coding ?? [])
        if (system?.startsWith('https://referloop.example'))
          t.ok(known.has(code ?? ''), `${id}: ${code}`)
})

t.test('the plan has one action for each criterion, in order', async (t) => {
  const plan = ofType('PlanDefinition')[0] as PlanDefinition
  const ids = (plan.action ?? []).flatMap(({ id, action = [] }) => [
    id,
    ...action.map((each) => each.id),
  ])
  t.strictSame(ids.slice(0, criterionIds.length), criterionIds)
  t.strictSame(
    loadPolicy(published).criteria.map(({ id }) => id),
    criterionIds,
  )
})

t.test('the form has an item for each contraindication', async (t) => {
  const items = JSON.stringify(ofType('Questionnaire')[0])
  for (const id of criterionIds.slice(7)) t.match(items, `"linkId":"${id}"`)
  t.match(items, '"linkId":"failed-opioid-therapy"')
  t.match(items, '"linkId":"planned-surgery"')
})

t.test('what a check says is valid R4', async (t) => {
  for (const parts of [
    {},
    { form: null },
    {
      form: null,
      condition: null,
      opioid: null,
      pain: null,
      bloodPressure: null,
      patient: undefined,
    },
  ])
    t.strictSame(validator.validate(toGuidanceResponse(screenParts(parts))), [])
})

t.test('every extension of ours that is used is defined, and used as defined', async (t) => {
  const used = new Set(
    [
      ...JSON.stringify(published).matchAll(/"url":"([^"]*\/StructureDefinition\/[^"]*)","value/g),
    ].map(([, url]) => url),
  )
  const ours = [...used].filter((url) => url?.startsWith('https://referloop.example/'))
  t.same(ours, ['https://referloop.example/fhir/StructureDefinition/policy-parameters'])
  const definition = ofType('StructureDefinition').find(({ url }) => ours.includes(url))
  t.match(definition, {
    type: 'Extension',
    derivation: 'constraint',
    context: [{ type: 'element', expression: 'PlanDefinition' }],
  })
  const value = definition?.snapshot?.element.find(({ id }) => id === 'Extension.value[x]')
  t.same(
    value?.type?.map(({ code }) => code),
    ['Reference'],
  )
  t.match(ofType('PlanDefinition')[0]?.extension, [
    { valueReference: { reference: '#parameters' } },
  ])
})

t.test('the form asks for nothing that no rule reads, remarks and the date apart', async (t) => {
  const linkIds = [...JSON.stringify(ofType('Questionnaire')[0]).matchAll(/"linkId":"([^"]+)"/g)]
  const known = new Set<string>([
    ...criterionIds,
    'contraindications',
    'treatment',
    'planned-surgery-date',
  ])
  for (const [, linkId = ''] of linkIds) t.ok(known.has(linkId.replace(/-detail$/, '')), linkId)
})

t.test('only what is published is read, in the order of the names', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'published-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const names = ['ValueSet-b', 'CodeSystem-c', 'my-ValueSet-d', 'Patient-f', 'ValueSet-a']
  for (const name of [...names.map((each) => `${each}.json`), 'ValueSet-e.json.old'])
    writeFileSync(join(directory, name), JSON.stringify({ id: /-(\w)\.json/.exec(name)?.[1] }))
  t.strictSame(readPublished(new URL(`file://${directory}/`)), [
    { id: 'c' },
    { id: 'a' },
    { id: 'b' },
  ])
})
