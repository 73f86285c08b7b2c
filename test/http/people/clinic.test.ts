/** What a clinic asks for, when it works, and by when it answers: for its people, and for practices. */

import t from 'tap'
import type { Viewer } from '../../../src/domain/access/caller.ts'
import { parseRegistry } from '../../../src/domain/access/registry.ts'
import type { Tally, TallyQuery } from '../../../src/domain/insight/tally.ts'
import { clinicPolicies } from '../../../src/domain/referral/clinic-policies.ts'
import { parameterUnits } from '../../../src/domain/screening/policy.ts'
import { readPublished } from '../../../src/domain/screening/published.ts'
import { requirementsOf } from '../../../src/domain/screening/requirements.ts'
import { en } from '../../../src/http/people/messages/en.ts'
import { attributeOf, elementsOf, signedIn, textOf } from '../../helpers/pages.ts'
import { peopleWorld } from '../../helpers/people-world.ts'

const nothing: Tally = {
  total: {} as Tally['total'],
  ...{ partners: [], steps: [], days: [], ends: [], states: [], noShows: 0, visits: 0 },
}

const stock = { policy: 'ketamine-infusion-referral' }

const registry = parseRegistry({
  referrers: [
    {
      id: 'lakeside-family',
      name: 'Lakeside Family Medicine',
      npi: '1245319599',
      client: { id: 'lakeside-family', jwks: { keys: [] }, scope: 'system/*.rs' },
    },
  ],
  clinics: [
    {
      ...stock,
      id: 'river-pain-clinic',
      name: 'River Pain Clinic',
      npi: '1234567893',
      hours: {
        timeZone: 'America/Chicago',
        days: [1, 2, 3, 5],
        open: '07:30',
        holidays: ['2026-12-25', '2025-12-25'],
      },
      due: { triage: 4 },
      information: { deadlineDays: 10, urgent: { deadlineDays: 1 } },
      policyOverrides: {
        parameters: { painWindow: 60 },
        class: { glaucoma: 'absolute' },
        drop: ['planned-surgery'],
        outcomes: { 'clinician-review': 'await-acknowledgement' },
        criteria: [
          {
            id: 'adult',
            title: 'An adult <b>',
            kind: 'required',
            metWhen: '%patient.birthDate <= %referralDate - 18 years',
            evidence: '%patient',
            explanations: { met: 'Yes.', 'not-met': 'No.', 'not-documented': 'Unknown.' },
            needed: 'Send the date of birth.',
          },
        ],
      },
    },
    { ...stock, id: 'summit-pain-center', name: 'Summit Pain Center', npi: '1100000003' },
    {
      ...stock,
      id: 'closed-clinic',
      name: 'Closed Clinic',
      npi: '1003000126',
      disabled: true,
    },
  ],
})
const policies = clinicPolicies(readPublished())
policies.load(registry)

t.test('a clinic’s page', async (t) => {
  const declined = (reason: string | undefined, count: number) => ({
    ...{ as: 'declined', reason, count, isReported: false, isRevoked: false },
  })
  const asked: [Viewer, TallyQuery][] = []
  const { app } = await peopleWorld(
    t,
    { registry: () => registry },
    {
      policyOf: policies.policyOf,
      insight: {
        loop: async () => ({ total: { initialPopulation: 0, numerator: 0 }, partners: [] }),
        async tally(viewer, query) {
          asked.push([viewer, query])
          const ends =
            viewer.organization === 'river-pain-clinic'
              ? [
                  declined('no-capacity', 12),
                  declined('duplicate', 3),
                  declined(undefined, 2),
                  { ...declined(undefined, 4711), as: 'completed' },
                ]
              : []
          return { ...nothing, ends }
        },
      },
    },
  )
  const nora = await signedIn(app, 'nora-lind')
  const kim = await signedIn(app, 'kim-example')

  await t.test('says what it asks for, with what differs from the published policy', async (t) => {
    const { html, status } = await nora.get('/clinic')
    t.equal(status, 200)
    const text = textOf(html)
    for (const words of [
      /Pain score not older than 60 days differs: usually 90 days/,
      /Pain for at least 90 days (?!differs)/,
      /No glaucoma or raised eye pressure absolute: the clinic does not treat differs: usually relative/,
      /An adult <b> added by the clinic Send the date of birth\./,
      /Not asked for here, although it is usual An operation planned/,
      /Average dose of at least, in morphine equivalents 20 mg a day/,
      /Poorly controlled from a systolic pressure of 160 mmHg/,
      /Screening form not older than 90 days/,
      /For a clinician waits until the practice acknowledges .* differs: usually goes to the clinic/,
      /Incomplete waits until the practice has sent what is missing/,
    ])
      t.match(text, words)
    t.notMatch(text, /The operation is within/, 'a dropped criterion has no numbers')
    t.notMatch(text, /%patient|undefined|NaN/)
  })

  await t.test('tells its own people why it declined, and nobody else', async (t) => {
    const { html } = await nora.get('/clinic')
    const text = textOf(html)
    t.match(text, /From 3 Mar 2025 to 2 Mar 2026\./)
    t.match(text, /No capacity in useful time 12 We have this referral already 3 Does not meet/)
    t.match(text, /Without a coded reason 2/)
    t.notMatch(text, /4711/)
    t.match(html, /href="\/insight"/)
    const sam = await signedIn(app, 'sam-okafor')
    t.match(textOf((await sam.get('/clinic')).html), /None was declined in the last twelve months/)
    const before = asked.length
    await kim.get('/clinics/river-pain-clinic')
    t.equal(asked.length, before, 'a practice’s page does not even ask')
    t.match(asked[0]?.[1], { from: '2025-03-03T06:00:00.000Z', until: '2026-03-02T15:00:00.000Z' })
  })

  await t.test('says when it works, on its own clock', async (t) => {
    const text = textOf((await nora.get('/clinic')).html)
    t.match(text, /Open Monday to Wednesday and Friday, 07:30 to 17:00/)
    t.match(text, /Time zone Central Time \(America\/Chicago\)/)
    t.match(text, /Closed on 25 Dec 2026/)
    t.notMatch(text, /25 Dec 2025/, 'a holiday that is over')
  })

  await t.test('says by when it answers', async (t) => {
    const { html } = await nora.get('/clinic')
    const rows = elementsOf(html)
      .filter(({ tagName }) => tagName === 'tr')
      .map((row) => row.childNodes.flatMap((cell) => ('childNodes' in cell ? wordsOf(cell) : [])))
    t.same(rows.slice(1, 5), [
      ['The practice sends what is missing', '10 days', '1 day'],
      ['It is reminded after', '3 and 7 days', 'not reminded'],
      ['The practice acknowledges the result of the check', '5 working days', '1 working day'],
      ['The clinic decides', '4 working days', 'the same day'],
    ])
  })

  await t.test('is read by practices, which may refer to every clinic', async (t) => {
    const list = await kim.get('/clinics')
    t.match(textOf(list.html), /River Pain Clinic Summit Pain Center/)
    t.notMatch(list.html, /Closed Clinic/)
    const theirs = await kim.get('/clinics/river-pain-clinic')
    t.match(textOf(theirs.html), /Pain score not older than 60 days/)
    t.notMatch(textOf(theirs.html), /declined|All figures/)
    for (const id of ['closed-clinic', 'nowhere', 'lakeside-family'])
      t.equal((await kim.get(`/clinics/${id}`)).status, 404, id)
    t.equal((await kim.get('/clinic')).status, 404)
  })

  await t.test('is not another clinic’s to read, nor a stranger’s', async (t) => {
    const sam = await signedIn(app, 'sam-okafor')
    t.match(textOf((await sam.get('/clinic')).html), /Summit Pain Center/)
    t.notMatch(textOf((await sam.get('/clinic')).html), /60 days|added by the clinic/)
    t.equal((await sam.get('/clinics/river-pain-clinic')).status, 404)
    t.equal((await sam.get('/clinics')).status, 404)
    for (const path of ['/clinic', '/clinics', '/clinics/river-pain-clinic'])
      t.equal(
        (await app.inject({ url: path })).headers.location?.toString().split('?')[0],
        '/sign-in',
      )
  })

  await t.test(
    'in Spanish says what is ours in Spanish, and what the clinic wrote as it is',
    async (t) => {
      const { html } = await nora.get('/clinic', { 'accept-language': 'es' })
      const text = textOf(html)
      t.match(
        text,
        /Antigüedad máxima de la puntuación de dolor 60 días distinto: lo habitual es 90 días/,
      )
      t.match(text, /Sin glaucoma ni presión ocular elevada absoluta/)
      t.match(text, /Abierta De lunes a miércoles y viernes, de 07:30 a 17:00/)
      t.match(text, /Cerrada el 25 dic 2026/)
      const own = elementsOf(html).find(
        (each) => attributeOf(each, 'lang') === 'en' && wordsOf(each) === 'Send the date of birth.',
      )
      t.ok(own)
    },
  )
})

const wordsOf = (node: { readonly childNodes: readonly object[] }): string =>
  node.childNodes
    .map((child) => ('value' in child ? String(child.value) : ''))
    .join('')
    .trim()

t.test('no criterion and no number of the policy is without words', async (t) => {
  const clinic = registry.clinicById('summit-pain-center')
  if (!clinic) throw new Error('no clinic')
  const policy = policies.policyOf(clinic)
  for (const { id, title } of policy.criteria) {
    t.equal((en as Readonly<Record<string, unknown>>)[`criterion.${id}`], title)
    t.ok(Object.hasOwn(en, `requirement.${id}`), id)
  }
  const { required, contraindications, general, dropped } = requirementsOf(policy, policy)
  const all = [...required, ...contraindications].flatMap((each) => [each, ...each.parts])
  const numbers = [...all.flatMap((each) => each.numbers), ...general]
  t.same(numbers.map(({ name }) => name).sort(), Object.keys(parameterUnits).sort())
  t.notOk(numbers.some(({ usual }) => usual !== undefined))
  t.same(dropped, [])
})
