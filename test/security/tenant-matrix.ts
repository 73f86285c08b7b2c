/**
 * Every route × every place that takes an id × everybody: what belongs to others is answered word
 * for word like what nobody has, and shows in no header, count or error text.
 */

import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, Patient } from 'fhir/r4'
import type { Test } from 'tap'
import { parseRegistry } from '../../src/domain/access/registry.ts'
import { aReferral, requestOf, resourcesOf } from '../helpers/a-referral.ts'
import { count } from '../helpers/counts.ts'
import type { Answer, FhirClient } from '../helpers/fhir-client.ts'
import { delivered, standing } from '../helpers/journey.ts'
import { type Referred, refer, type World } from '../helpers/world.ts'
import { pagesKeepOut } from './tenant-pages.ts'
import {
  headersOf,
  type Probe,
  pageRows,
  practiceRows,
  rows,
  type Target,
  withoutIds,
} from './tenant-routes.ts'

/** One that is shared, one that is searched by much, the one that clinics move, and evidence. */
const thinTypes = new Set(['Patient', 'ServiceRequest', 'Task', 'Observation'])

const canary = 'Quetzalcoatl'

interface Seen {
  readonly role: string
  readonly by: FhirClient
  readonly owns: boolean
}

/**
 * Runs the matrix in a world of its own and prints how many cases each route had.
 * @param extent `thin` asks once at each sort of place, not for each search parameter
 */
export async function tenantMatrix(
  t: Test,
  world: World,
  extent: 'full' | 'thin' = 'full',
): Promise<void> {
  const lakeside = world.client('lakeside-family')
  const isAsked = ({ type }: Target) => extent === 'full' || thinTypes.has(type)
  const plan = [
    { label: 'with the clinic', ...(await submit(world, 'with')) },
    { label: 'not sent yet', ...(await submit(world, 'before')) },
  ]
  const other = await refer(world.client('hilltop-internal'), aReferral())
  await world.reaches(other, 'received/awaiting-triage')
  const secrets = new Set(plan.flatMap(({ targets }) => targets.map(({ id }) => id)))
  const counts = new Map<string, number>()

  const pages = { ...pageRows, ...practiceRows }

  await t.test('OW1 every route has its row', async (t) => {
    const routes = new Set(world.app.http.knownRoutes.map(({ method, url }) => `${method} ${url}`))
    for (const route of routes)
      t.ok(
        rowOf(route) ||
          pages[route.replace(/^HEAD /, 'GET ')] ||
          withoutIds.some(([pattern]) => pattern.test(route)),
        route,
      )
    for (const route of [...Object.keys(rows), ...Object.keys(pages)])
      t.ok(routes.has(route), `${route} is still there`)
  })

  /** What is answered to an id that nobody has stays what it is. */
  const faces = new Map<string, Promise<string>>()
  const known =
    (role: string, { route, control }: Case, face: () => Promise<string>) =>
    () => {
      const key = `${role} ${route} ${blank(JSON.stringify(control))}`
      const found = faces.get(key) ?? face()
      faces.set(key, found)
      return found
    }

  // What the others submit themselves would change their totals between two searches.
  for (const part of ['reads', 'writes'] as const)
    for (const { label, referred, targets } of plan)
      for (const seen of everybody(world, referred, label === 'with the clinic'))
        await t.test(`OW1 INV-14 ${seen.role} ${part}, referral ${label}`, async (t) => {
          const cases = targets
            .filter(isAsked)
            .flatMap((target) =>
              casesOf(world, seen, target, seen.role === 'nobody' ? 'thin' : extent),
            )
            .filter(({ route }) => isRead.test(route) === (part === 'reads'))
          // One write after the other, so that each finds what its control finds.
          await inBatches(cases, part === 'reads' ? 8 : 1, async (each) => {
            counts.set(each.route, (counts.get(each.route) ?? 0) + 1)
            const control = () => ask(seen.by, each.control).then(faceOf)
            const wanted = part === 'reads' ? known(seen.role, each, control) : undefined
            await judge(t, seen, each, secrets, wanted ?? control)
          })
          t.ok(cases.length > 0 || (seen.owns && part === 'writes'), `${cases.length} cases`)
        })

  await t.test('OW1 the pages of a referral are its clinic’s alone', (t) =>
    pagesKeepOut(t, world, plan),
  )

  // No token is an operator's: operators have these doors and the command line, which shows ids of
  // organisations and of audit rows (test/security/audit-chain.test.ts).
  await t.test('OW1 OW5 the doors of operators show them that it runs, and nobody', async (t) => {
    for (const door of operatorDoors) {
      const answer = await fetch(`${world.baseUrl}${door}`)
      t.equal(answer.status, 200, door)
      const text = `${await answer.text()} ${JSON.stringify([...answer.headers])}`
      t.notMatch(text, canary)
      t.same(
        [...secrets].filter((id) => text.includes(id)),
        [],
        door,
      )
      counts.set(`GET ${door}`, secrets.size)
    }
    for (const role of ['operator', 'admin', 'system'])
      t.throws(
        () => parseRegistry({ ...emptyRegistry, [`${role}s`]: [{ id: role }] }),
        `the registry knows no ${role}`,
      )
  })

  await t.test('OW1 nothing of all that has moved anything', async (t) => {
    for (const { referred, before } of plan) {
      t.equal(await standing(referred), before)
      t.equal((await lakeside.get(`ServiceRequest/${referred.id}`)).etag, 'W/"1"')
    }
  })

  const total = [...counts.values()].reduce((sum, cases) => sum + cases, 0)
  for (const [route, cases] of counts) t.comment(`${String(cases).padStart(6)}  ${route}`)
  const wall = extent === 'full' ? 'tenant matrix' : 'tenant matrix, first wall down'
  count(t, `${wall}: cases`, total)
  if (extent === 'full') count(t, 'tenant matrix: routes with a row', counts.size)
  t.ok(total >= 500, 'at least 500 cases')
}

const operatorDoors = ['/metrics', '/health/live', '/health/ready'] as const
const emptyRegistry = { referrers: [], clinics: [] }

const isRead = /^(GET|HEAD) |_search$|validate$|check$|reconcile$/

type Case = ReturnType<typeof casesOf>[number]

async function judge(
  t: Test,
  { owns, by }: Seen,
  { route, probe, target }: Case,
  secrets: ReadonlySet<string>,
  absent: () => Promise<string>,
): Promise<void> {
  const answer = await ask(by, probe)
  const what = `${route} ${probe.at}: ${target.type}`
  if (answer.status >= 500) t.fail(`${what} answers ${answer.status}`)
  const [found, wanted] = [faceOf(answer), await absent()]
  if (owns) {
    if (found === wanted) t.fail(`${what} shows its owner nothing`)
    return
  }
  if (found !== wanted) t.fail(what, { found, wanted })
  const asked = JSON.stringify(probe)
  const leaked = [...secrets].filter((id) => !asked.includes(id) && says(answer, id))
  if (leaked.length > 0 || says(answer, canary)) t.fail(`${what} tells of ${leaked}`)
}

async function submit(world: World, when: 'with' | 'before') {
  const bundle = aReferral({
    doctor: randomUUID(),
    ...(when === 'before' ? { unanswered: ['glaucoma'] as const } : {}),
  })
  const patient = resourcesOf(bundle).find(({ resourceType }) => resourceType === 'Patient')
  ;(patient as Patient).name = [{ family: canary }]
  const referred = when === 'with' ? await delivered(world, bundle) : await world.refer(bundle)
  return { referred, targets: targetsOf(referred, bundle), before: await standing(referred) }
}

/** One of each type that the referral has. */
function targetsOf({ sent, taskId, guidance }: Referred, bundle: Bundle<FhirResource>): Target[] {
  const identifierOf = (type: string): string | undefined => {
    const found = resourcesOf(bundle).find(({ resourceType }) => resourceType === type) as Patient
    const [first] = found?.identifier ?? []
    return first && `${first.system}|${first.value}`
  }
  const references = [...sent, `Task/${taskId}`, `GuidanceResponse/${guidance.id}`]
  const byType = new Map(references.map((reference) => reference.split('/') as [string, string]))
  byType.set('ServiceRequest', requestOf(bundle) && (references.find(isRequest)?.slice(15) ?? ''))
  return [...byType].map(([type, id]) => ({ type, id, identifier: identifierOf(type) }))
}

const isRequest = (reference: string): boolean => reference.startsWith('ServiceRequest/')

function everybody(world: World, { by }: Referred, withClinic: boolean): readonly Seen[] {
  return [
    { role: 'the owner', by, owns: true },
    { role: 'the clinic', by: world.client('river-pain-clinic'), owns: withClinic },
    { role: 'another referrer', by: world.client('hilltop-internal'), owns: false },
    { role: 'another clinic', by: world.client('summit-pain-center'), owns: false },
    { role: 'nobody', by: withoutToken(world), owns: false },
  ]
}

const withoutToken = (world: World): FhirClient => {
  const by = world.client('hilltop-internal')
  return {
    ...by,
    send: (method, path, body, headers) =>
      by.send(method, path, body, { ...headers, authorization: '' }),
  }
}

/** HEAD is GET without the body. */
const rowOf = (route: string) => rows[route] ?? rows[route.replace(/^HEAD /, 'GET ')]

function casesOf(world: World, { owns }: Seen, target: Target, extent: 'full' | 'thin') {
  const absent: Target = {
    ...target,
    id: randomUUID(),
    identifier: target.identifier && `${target.identifier.split('|')[0]}|${randomUUID()}`,
  }
  const routes = new Set(world.app.http.knownRoutes.map(({ method, url }) => `${method} ${url}`))
  return [...routes].flatMap((route) => {
    const probes = rowOf(route)?.(target) ?? []
    const controls = rowOf(route)?.(absent) ?? []
    const head = route.startsWith('HEAD ')
    const method = head ? { method: 'HEAD' } : {}
    return probes.flatMap((probe, i) => {
      // Without a body HEAD has a status and some headers to tell by: a place of each sort will do.
      if ((head || extent === 'thin') && probes.findIndex(({ at }) => at === probe.at) < i)
        return []
      if (owns && !(probe.shows && route.startsWith('GET '))) return []
      const control = { ...(controls[i] as Probe), ...method }
      return [{ route, target, probe: { ...probe, ...method }, control }]
    })
  })
}

const ask = (by: FhirClient, probe: Probe): Promise<Answer<FhirResource>> =>
  by.send(probe.method, probe.path, probe.body, headersOf(probe))

const told = ['etag', 'last-modified', 'location', 'allow', 'www-authenticate', 'link', 'vary']
const anyId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** All that an answer says, but for ids and instants. */
const faceOf = (answer: Answer<unknown>): string =>
  blank(
    JSON.stringify([
      answer.status,
      told.map((name) => (answer.headers.get(name) ?? '').replace(/\d\d:\d\d:\d\d/, 'T')),
      answer.text,
    ]),
  )

const blank = (text: string): string =>
  text
    .replace(anyId, '{id}')
    .replace(/_cursor=[\w%-]+/g, '_cursor={cursor}')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{instant}')

const says = (answer: Answer<unknown>, text: string): boolean =>
  answer.text.includes(text) || JSON.stringify([...answer.headers]).includes(text)

async function inBatches<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
