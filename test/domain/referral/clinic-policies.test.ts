import t from 'tap'
import { parseRegistry, RegistryError } from '../../../src/domain/access/registry.ts'
import { clinicPolicies } from '../../../src/domain/referral/clinic-policies.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { adult } from '../screening/own.ts'

const clinic = (id: string, npi: string, more: object = {}) => ({
  id,
  name: id,
  npi,
  policy: 'ketamine-infusion-referral',
  ...more,
})

const registryOf = (river: object, summit: object = {}) =>
  parseRegistry({
    referrers: [],
    clinics: [
      clinic('river-pain-clinic', '1234567893', river),
      clinic('summit-pain-center', '1100000003', summit),
    ],
  })

t.test(
  'each clinic has its own policy, and one that changes nothing the published one',
  async (t) => {
    const policies = clinicPolicies(readPublished())
    const registry = registryOf({
      policyOverrides: { parameters: { painWindow: 30 }, criteria: [adult()] },
    })
    policies.load(registry)
    const [river, summit] = registry.clinics.map(policies.policyOf)
    t.equal(river?.parameters.painWindow, 30)
    t.equal(river?.criteria.at(-1)?.id, 'adult')
    t.equal(summit?.parameters.painWindow, 90)
    t.equal(summit?.criteria.length, 15)
    const again = registryOf({ policyOverrides: { parameters: { painWindow: 31 } } })
    policies.load(again)
    t.equal(again.clinics.map(policies.policyOf)[0]?.parameters.painWindow, 31)
    t.equal(registry.clinics.map(policies.policyOf)[0], river, 'the old reading stays as it was')
  },
)

t.test('a registry with wrong policies is refused, with every place in the registry', async (t) => {
  const registry = registryOf(
    { policy: 'no-such-policy', policyOverrides: { parameters: { painWindow: -1 } } },
    {
      policyOverrides: {
        parameters: { minMme: { value: 20, unit: 'g/d' }, nonsense: 1 },
        class: { chronicity: 'relative' },
        drop: ['nothing'],
        criteria: [adult({ metWhen: 'entry.foo()' })],
      },
    },
  )
  let message = ''
  try {
    clinicPolicies(readPublished()).load(registry)
  } catch (error) {
    t.ok(error instanceof RegistryError)
    message = (error as Error).message
  }
  t.same(message.split('\n'), [
    'the registry is invalid:',
    "  clinics[0].policy There is no PlanDefinition with the id 'no-such-policy'",
    "  clinics[1].policyOverrides.criteria[0].metWhen line 1, column 7: there is no function 'foo'",
    "  clinics[1].policyOverrides.drop there is no criterion 'nothing'",
    '  clinics[1].policyOverrides.class.chronicity is no contraindication of the policy',
    "  clinics[1].policyOverrides.parameters.minMme minMme must be given in 'mg/d'",
    '  clinics[1].policyOverrides.parameters.nonsense there is no such parameter',
  ])
})

t.test('overrides of no shape at all have the place of the overrides', async (t) => {
  t.throws(() => clinicPolicies(readPublished()).load(registryOf({ policyOverrides: [] })), {
    message: /clinics\[0\]\.policyOverrides must be an object/,
  })
})
