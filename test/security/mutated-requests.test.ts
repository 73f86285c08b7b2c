/**
 * Twenty thousand bad requests against the app as it ships: no 5xx, no hang, always an
 * OperationOutcome, nothing polluted, and nothing stored by what was refused.
 */

import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import type { Bundle, FhirResource, ServiceRequest, Task } from 'fhir/r4'
import t from 'tap'
import { aForm, aReferral, asSingle, painScore, resourcesOf } from '../helpers/a-referral.ts'
import { count } from '../helpers/counts.ts'
import { aHookCall, serviceId } from '../helpers/hook-calls.ts'
import { type Referred, startWorld, type World } from '../helpers/world.ts'
import { type BadRequest, badBody, badCall, Dice } from './mutations.ts'

const runs = Number(process.env.MUTATED_REQUESTS ?? 20_000)
const slowestMs = 1000
const somebody = { display: 'Somebody' }
const hookCalls = [aHookCall({ unanswered: ['glaucoma'] }), aHookCall({ painScores: false })]

const base = aReferral()
const resources = resourcesOf(base)

interface Good {
  readonly url: string
  readonly body: object
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Address = readonly [weight: number, make: (dice: Dice, referred: Referred) => Good]

/** Where mutated bodies go, and how often of a hundred. */
const addresses: readonly Address[] = [
  [60, (dice) => ({ url: '/fhir/$validate', body: dice.of(resources) })],
  [2, () => ({ url: '/fhir/$validate', body: base })],
  [8, () => ({ url: '/fhir', body: aReferral({ painScores: false }) })],
  [4, () => ({ url: '/fhir/ServiceRequest', body: asSingle(aReferral({ painScores: false })) })],
  [6, () => ({ url: '/fhir/ServiceRequest/$referral-check', body: aReferral() })],
  [6, (dice) => ({ url: `/cds-services/${serviceId}`, body: dice.of(hookCalls) })],
  [
    4,
    (_dice, { id }) => ({
      url: `/fhir/ServiceRequest/${id}/$add-information`,
      body: painScore(somebody, '2026-01-05', 5),
    }),
  ],
  [
    4,
    (_dice, { id }) => ({
      url: '/fhir/QuestionnaireResponse',
      body: {
        ...aForm(somebody, { glaucoma: 'N' }),
        basedOn: [{ reference: `ServiceRequest/${id}` }],
      },
    }),
  ],
  [
    4,
    (_dice, { id }) => ({
      method: 'PUT',
      url: `/fhir/ServiceRequest/${id}`,
      body: { ...asSingle(base), id },
      headers: { 'if-match': 'W/"1"' },
    }),
  ],
  [
    4,
    (dice, { taskId }) => ({
      method: 'PATCH',
      url: `/fhir/Task/${taskId}`,
      body: [
        { op: dice.of(['add', 'move', 'test']), path: '/note/0/text', from: '/for', value: 1 },
      ],
      headers: { 'if-match': 'W/"1"', 'content-type': 'application/json-patch+json' },
    }),
  ],
  [
    4,
    (_dice, { taskId }) => ({
      method: 'PUT',
      url: `/fhir/Task/${taskId}`,
      body: { resourceType: 'Task', id: taskId, status: 'accepted', intent: 'order' },
      headers: { 'if-match': 'W/"1"' },
    }),
  ],
]

const byWeight = addresses.flatMap(([weight, make]) => Array.from({ length: weight }, () => make))

function badRequest(seed: number, all: readonly Referred[]): BadRequest {
  const dice = new Dice(seed)
  const referred = dice.of(all)
  const roll = dice.below(120)
  if (roll >= 100) return badCall(dice, [referred.id, referred.taskId])
  const make = dice.of(byWeight)
  const { url, body, method = 'POST', headers } = make(dice, referred)
  return {
    method,
    url,
    headers: { 'content-type': 'application/fhir+json', ...headers },
    ...badBody(dice, body),
  }
}

async function send(world: World, request: BadRequest) {
  const { token } = world.client(
    request.url.startsWith('/fhir/Task') ? 'river-pain-clinic' : 'lakeside-family',
  )
  const { method, url, headers, payload } = request
  const started = performance.now()
  const answer = await world.app.http.inject({
    method: method as 'GET',
    url,
    headers: { ...headers, authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  })
  return { answer, took: performance.now() - started }
}

/** What is wrong with an answer; undefined when nothing is. */
function faultOf({ method }: BadRequest, answer: LightMyRequestResponse): string | undefined {
  const { statusCode, body } = answer
  if (statusCode >= 500 && statusCode !== 503) return `answers ${statusCode}`
  if (statusCode === 429) return 'was never looked at'
  if (({} as { polluted?: unknown }).polluted !== undefined) return 'polluted every object'
  if (statusCode < 400 || method === 'HEAD') return undefined
  try {
    if ((JSON.parse(body) as FhirResource).resourceType !== 'OperationOutcome')
      return 'is refused without an OperationOutcome'
  } catch {
    return `is refused with something that is not JSON: ${body.slice(0, 80)}`
  }
  return undefined
}

/** The referral that an answer says was taken in. */
function accepted(
  { method, url }: BadRequest,
  { statusCode, body }: LightMyRequestResponse,
): string[] {
  if (method !== 'POST' || statusCode >= 300 || (url !== '/fhir' && url !== '/fhir/ServiceRequest'))
    return []
  const answer = JSON.parse(body) as Bundle<FhirResource> | ServiceRequest
  if (answer.resourceType === 'ServiceRequest') return [answer.id as string]
  const task = answer.entry?.at(-2)?.resource as Task
  return [(task.focus?.reference ?? '').replace('ServiceRequest/', '')]
}

/** Referrals that are there: each has one Task of ours, besides those that ask for information. */
async function tasks(world: World): Promise<number> {
  const count = async (query: string) => {
    const { body } = await world
      .client('lakeside-family')
      .get<Bundle>(`Task?_summary=count${query}`)
    return body.total ?? 0
  }
  const asking = 'asked,reminded,overdue,supplied,not-needed'
  return (await count('')) - (await count(`&business-status=${asking}`))
}

t.test(`G16 HT-01 HT-03 ${runs} mutated requests`, async (t) => {
  const world = await startWorld(t, { background: false })
  // Many, as what is added to one makes it slower.
  const referred: Referred[] = []
  for (let i = 0; i < 30; i++)
    referred.push(await world.refer(aReferral({ unanswered: ['glaucoma'], painScores: false })))
  const before = await tasks(world)
  const statuses = new Map<number, number>()
  const kinds = new Map<string, number>()
  const referrals = new Set<string>()
  let slowest = 0
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const request = badRequest(seed, referred)
    let { answer, took } = await send(world, request)
    // Another process may have had the processor: only a request that is slow each time is slow.
    if (took > slowestMs) ({ answer, took } = await send(world, request))
    slowest = Math.max(slowest, took)
    statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
    for (const kind of request.made) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    const what = `${request.method} ${request.url.slice(0, 200)} (${request.made.join(', ')})`
    const fault = faultOf(request, answer)
    if (fault) throw new Error(`${what} ${fault}: ${String(request.payload).slice(0, 500)}`)
    if (took > slowestMs) throw new Error(`${what} took ${Math.round(took)} ms`)
    for (const id of accepted(request, answer)) referrals.add(id)
  })
  const result = await fc.check(property, { numRuns: runs, endOnFailure: true })
  t.comment(`fast-check seed ${result.seed}`)
  count(t, 'mutated requests', result.numRuns)
  if (result.failed) t.fail(String(result.errorInstance), { counterexample: result.counterexample })
  for (const [status, count] of [...statuses].sort(([a], [b]) => a - b))
    t.comment(`${String(count).padStart(6)}  answered ${status}`)
  for (const [kind, count] of [...kinds].sort()) t.comment(`${String(count).padStart(6)}  ${kind}`)
  t.comment(`${Math.round(slowest)} ms the slowest`)
  t.equal((await tasks(world)) - before, referrals.size, 'what was refused has stored no referral')
  t.equal(Object.keys(Object.prototype).length, 0, 'nothing was added to every object')
})
