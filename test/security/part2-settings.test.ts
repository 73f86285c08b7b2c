/** 42 CFR Part 2 by a tenant's setting, and consents that end: by the front door. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { FhirResource, Task } from 'fhir/r4'
import t from 'tap'
import { parseRegistry, RegistryError } from '../../src/domain/access/registry.ts'
import { part2Notice } from '../../src/domain/sensitivity/labels.ts'
import { npiSystem, npis } from '../helpers/a-referral.ts'
import { atClinic } from '../helpers/journey.ts'
import { type Referred, standingOf, startWorld, type World } from '../helpers/world.ts'
import { aConsent, aReferralWith, codesOf, opioidDependence } from './part2-world.ts'

type Setting = { readonly protects?: string; readonly legalBasis?: string }
interface Members {
  readonly referrers: readonly ({ readonly id: string } & Record<string, unknown>)[]
  readonly clinics: readonly ({ readonly id: string } & Record<string, unknown>)[]
}

const withSetting = (world: World, id: string, part2: Setting): unknown => {
  if (!world.app.sandbox) throw new Error('this world has no sandbox')
  const { referrers, clinics } = world.app.sandbox.registry as Members
  const set = (each: { readonly id: string }) => (each.id === id ? { ...each, part2 } : each)
  return { referrers: referrers.map(set), clinics: clinics.map(set) }
}

const last = ({ sent }: Referred, type: string): string =>
  sent.findLast((reference) => reference.startsWith(`${type}/`)) as string

const withheldOutputs = (task: Task) =>
  (task.output ?? []).filter(({ type }) => type.coding?.some(({ code }) => code === 'withheld'))

const hilltop = { identifier: { system: npiSystem, value: '1003000126' } }

t.test('Part 2 by setting', async (t) => {
  const world = await startWorld(t)
  const clinic = world.client('river-pain-clinic')
  const basis = 'Hilltop runs a Part 2 program; Referloop serves it under a QSOA'
  const set = (protects: string) =>
    world.app.reloadRegistry(
      withSetting(world, 'hilltop-internal', { protects, legalBasis: basis }),
    )

  await t.test('P2-06 a setting names its legal basis, or the registry is refused', async (t) => {
    const faultOf = (id: string, part2: Setting): string => {
      try {
        parseRegistry(withSetting(world, id, part2))
        return ''
      } catch (error) {
        return error instanceof RegistryError ? error.message : String(error)
      }
    }
    t.equal(faultOf('hilltop-internal', { protects: 'sensitive', legalBasis: basis }), '')
    t.equal(faultOf('river-pain-clinic', { legalBasis: basis }), '')
    t.match(faultOf('hilltop-internal', { protects: 'sensitive' }), /part2\.legalBasis/)
    t.match(faultOf('hilltop-internal', { protects: 'some', legalBasis: basis }), /part2\.protects/)
    t.match(faultOf('river-pain-clinic', { protects: 'all', legalBasis: basis }), /not known here/)
    const registry = parseRegistry(
      withSetting(world, 'hilltop-internal', { protects: 'all', legalBasis: basis }),
    )
    t.same(registry.referrerById('hilltop-internal')?.part2, { protects: 'all', legalBasis: basis })
  })

  await t.test(
    'P2-01 P2-04 a program that protects what is sensitive needs no labels',
    async (t) => {
      set('sensitive')
      const referred = await world.refer(
        aReferralWith((subject) => [opioidDependence(subject, [])]),
        'hilltop-internal',
      )
      t.ok(
        codesOf((await referred.by.get(last(referred, 'Condition'))).body).includes('42CFRPart2'),
      )
      t.same(
        withheldOutputs(await world.task(referred)).map(
          ({ valueReference }) => valueReference?.reference,
        ),
        [last(referred, 'Condition')],
      )
      t.equal((await clinic.get(last(referred, 'Condition'))).status, 404)
    },
  )

  await t.test(
    'P2-04 where every record is protected the referral waits for the consent, and goes on with it',
    async (t) => {
      set('all')
      const referred = await world.refer(
        aReferralWith(() => []),
        'hilltop-internal',
      )
      t.equal(standingOf(await world.task(referred)), 'requested/awaiting-information')
      t.match(withheldOutputs(await world.task(referred))[0]?.type.text, /no Consent/)
      t.equal((await clinic.get(`ServiceRequest/${referred.id}`)).status, 404)
      const consent = aConsent(
        { reference: last(referred, 'Patient') },
        { organization: [hilltop] },
      )
      const answer = await referred.by.post<Task>(
        `ServiceRequest/${referred.id}/$add-information`,
        consent,
      )
      t.equal(answer.status, 200, answer.text)
      await world.reaches(referred, 'received/awaiting-triage')
      const [patient] = atClinic(world, 'Patient', last(referred, 'Patient'))
      t.match(JSON.stringify(patient), part2Notice)
      t.same(withheldOutputs(await world.task(referred)), [])
    },
  )

  await t.test(
    'P2-04 what a consent released is not shown any more when it has ended',
    async (t) => {
      const end = new Date(Date.now() + 4_000).toISOString()
      const referred = await world.refer(
        aReferralWith((subject) => [
          {
            ...opioidDependence(subject),
            clinicalStatus: {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
                  code: 'resolved',
                },
              ],
            },
          } as FhirResource,
          aConsent(subject, {
            provision: {
              ...aConsent(subject).provision,
              period: { start: '2026-01-01', end },
              actor: [
                {
                  role: {
                    coding: [
                      {
                        system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
                        code: 'IRCP',
                      },
                    ],
                  },
                  reference: {
                    identifier: { system: npiSystem, value: npis['river-pain-clinic'] },
                  },
                },
              ],
            },
          }),
        ]),
      )
      const acknowledged = standingOf(await world.task(referred))
      if (acknowledged === 'requested/awaiting-acknowledgement')
        await referred.by.post(`ServiceRequest/${referred.id}/$acknowledge`, {
          resourceType: 'Parameters',
          parameter: [
            { name: 'reason', valueString: 'Resolved' },
            { name: 'practitioner', valueReference: { display: 'Dr Kim Example' } },
          ],
        })
      await world.reaches(referred, 'received/awaiting-triage')
      const condition = last(referred, 'Condition')
      t.equal((await clinic.get(condition)).status, 200)
      const [output] = (await clinic.get<Task>(`Task/${referred.taskId}`)).body.output ?? []
      const check = output?.valueReference?.reference as string
      t.equal((await clinic.get(check)).status, 200)
      await sleep(Date.parse(end) - Date.now() + 300)
      for (const reference of [condition, check, last(referred, 'Consent')])
        t.equal((await clinic.get(reference)).status, 404, reference)
      const task = await clinic.get<Task>(`Task/${referred.taskId}`)
      t.ok(codesOf(task.body).includes('REDACTED'))
      t.notMatch(task.text, new RegExp(`${check}|${condition}`))
      t.equal((await referred.by.get(condition)).status, 200)
    },
  )

  await t.test(
    'P2-07 there is no export or legal hold that could give records out for proceedings',
    async (t) => {
      for (const path of ['$export', 'Patient/$export', 'Patient/1/$everything'])
        t.ok([404, 405].includes((await referrerGet(world, path)).status), path)
      const metadata = JSON.stringify((await referrerGet(world, 'metadata')).body)
      t.notMatch(metadata, /\$?(export|everything|legal-hold)"/)
    },
  )

  await t.test(
    'P2-10 no topic or published name that a subscriber would meet tells of substance use',
    async (t) => {
      const metadata = JSON.stringify((await referrerGet(world, 'metadata')).body)
      t.notMatch(metadata, /substance-?use|opioid|42cfr/i)
      t.equal((await referrerGet(world, 'SubscriptionTopic')).status, 404)
      t.equal((await referrerGet(world, 'ValueSet/sensitivity-labels')).status, 200)
    },
  )
})

const referrerGet = (world: World, path: string) => world.client('lakeside-family').get(path)
