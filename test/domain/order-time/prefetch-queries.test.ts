import t from 'tap'
import { prefetchQueries } from '../../../src/domain/order-time/prefetch-queries.ts'
import { loadPolicy } from '../../../src/domain/screening/load-policy.ts'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import type { PolicyOverrides } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'

const stock = loadPolicy(readPublished())
const withOverrides = (overrides: PolicyOverrides) => overridePolicy(stock, overrides)
const templates = (...policies: (typeof stock)[]) =>
  Object.fromEntries(
    prefetchQueries(policies, '2026-11-22').map(({ key, template }) => [key, template]),
  )

t.test('the dates of windows reach back from the first of last month', async (t) => {
  const all = templates(stock)
  t.match(all.observationBpWindow, /date=ge2026-07-03$/, '90 days before 2026-10-01')
  t.match(all.appointment, /date=ge2026-10-01$/)
  const [january] = prefetchQueries([stock], '2026-01-31').filter(
    ({ key }) => key === 'appointment',
  )
  t.match(january?.template, /date=ge2025-12-01$/)
})

t.test('of several clinics the longest window is asked for, whichever comes first', async (t) => {
  const wide = withOverrides({ parameters: { bpWindow: 200 } })
  for (const order of [
    [stock, wide],
    [wide, stock],
  ]) {
    const all = templates(...order)
    t.match(all.observationBpWindow, /date=ge2026-03-15$/)
    t.match(all.observationPainWindow, /date=ge2026-07-03$/)
  }
})

t.test('a criterion that one clinic alone asks for is asked for', async (t) => {
  const without = withOverrides({ drop: ['glaucoma'] })
  t.notOk(templates(without).observationIopWindow)
  t.ok(templates(without, stock).observationIopWindow)
})

t.test(
  'what a clinic’s own criterion reads is asked for, whole where no codes are named',
  async (t) => {
    const own = withOverrides({
      criteria: [
        {
          id: 'no-recent-stay',
          title: 'No stay in hospital of late',
          kind: 'contraindication',
          class: 'relative',
          presentWhen: "entry.resource.ofType(Encounter).where(status = 'in-progress').exists()",
          absentWhen: "entry.resource.ofType(Encounter).where(status = 'in-progress').empty()",
          evidence: "entry.resource.ofType(Encounter).where(status = 'in-progress')",
          explanations: {
            met: 'None.',
            'not-met': 'There is one.',
            'not-documented': 'Nobody knows.',
            conflicting: 'It clashes.',
          },
          needed: 'Send the stays.',
          inputs: [{ type: 'Encounter' }, { type: 'Observation' }, { type: 'Condition' }],
        },
      ],
    })
    const queries = prefetchQueries([own], '2026-11-22')
    t.match(
      queries.filter(({ key }) => /^all[A-Z]/.test(key)),
      [
        {
          key: 'allEncounter',
          template: 'Encounter?patient={{context.patientId}}',
          criteria: ['no-recent-stay'],
          optional: false,
        },
        {
          key: 'allObservation',
          template: 'Observation?patient={{context.patientId}}&date=ge2021-10-01',
        },
      ],
    )
    t.ok(queries.find(({ key }) => key === 'condition')?.criteria.includes('no-recent-stay'))
  },
)
