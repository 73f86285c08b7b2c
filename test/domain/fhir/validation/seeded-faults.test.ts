import type { Bundle } from 'fhir/r4'
import t from 'tap'
import { createReferralValidator } from '../../../../src/domain/fhir/validation/referral-validator.ts'
import {
  bindingFaults,
  type Fault,
  invariantFaults,
  primitiveFaults,
  referenceFaults,
  structureFaults,
} from './faults.ts'
import { plant, type ValidResource, validResources } from './valid-resources.ts'

const unevaluated: string[] = []
const { validate } = createReferralValidator({ onUnevaluated: (key) => unevaluated.push(key) })

t.test('without a fault the resources are valid', async (t) => {
  for (const name of Object.keys(validResources) as ValidResource[])
    t.same(validate(validResources[name]()), [], name)
})

/** Values that only the resource itself can give. */
function valueFor({ title }: Fault, value: unknown, resource: object): unknown {
  const { entry = [] } = resource as Bundle
  if (value === 'entry[3]') return entry[3]?.fullUrl
  return title.startsWith('bdl-7') ? entry[0] : value
}

const kinds = { structureFaults, primitiveFaults, bindingFaults, invariantFaults, referenceFaults }

for (const [kind, faults] of Object.entries(kinds)) {
  t.test(`${kind}: each is found, in its place, and nothing else`, async (t) => {
    for (const fault of faults) {
      let resource: object = validResources[fault.in]()
      for (const [path, value] of fault.plant)
        resource = plant(resource, path, valueFor(fault, value, resource))
      const issues = validate(resource)
      const found = issues.map(({ severity, code, expression }) => [
        severity,
        code,
        expression?.[0],
      ])
      t.same(found, [['error', fault.code, fault.at]], fault.title)
    }
  })
}

t.test('there are at least 97 of them', async (t) => {
  t.ok(Object.values(kinds).flat().length >= 97, String(Object.values(kinds).flat().length))
})

t.test('no sentence quotes the resource', async (t) => {
  const resource = plant(validResources.bundle(), 'entry[0].resource.gender', 'Benitez')
  plant(resource, 'entry[0].resource.birthDate', 'Benitez')
  plant(resource, 'entry[0].resource.Benitez Oona', 'Benitez')
  plant(resource, 'entry[0].resource.generalPractitioner', [{ reference: 'Benitez' }])
  const issues = validate(resource)
  t.equal(issues.length, 4)
  t.notMatch(JSON.stringify(issues), /Benitez/)
})

t.test('every constraint met could be evaluated', async (t) => {
  t.same(unevaluated, [])
})
