/** What cannot be taken in is refused with advice, and leaves nothing but its audit line. */

import { randomUUID } from 'node:crypto'
import type { OperationOutcome } from 'fhir/r4'
import type { Test } from 'tap'
import { problemSystem } from '../../src/domain/fhir/outcome.ts'
import type { Engine } from '../helpers/engines.ts'
import { otherPeoplesExamples } from '../helpers/examples.ts'
import type { Answer, Headed } from '../helpers/fhir-client.ts'
import { startWorld, type World } from '../helpers/world.ts'
import { badBodies } from './bad-bodies.ts'

export async function badInput(t: Test, engine: Engine): Promise<void> {
  const world = await startWorld(t, { engine })
  const refused: { readonly id: string; readonly what: string }[] = []

  for (const bad of badBodies)
    await t.test(bad.what, async (t) => {
      const answer = await send(world, bad.path ?? '', bad.body(), refused, bad.what, bad.headers)
      t.equal(answer.status, bad.status, answer.text.slice(0, 500))
      const issues = await advises(t, world, answer)
      t.same([...new Set(issues.map(codeOf))].sort(), bad.codes)
      const places = issues.flatMap(({ expression = [] }) => expression)
      for (const place of bad.at)
        t.ok(places.includes(place), `${place} among ${places.slice(0, 10).join()}`)
      t.match(issues.map(({ diagnostics }) => diagnostics).join(' '), bad.says)
    })

  const examples = otherPeoplesExamples()
  if ('skip' in examples)
    await t.test('what other systems send', { skip: examples.skip }, async () => {})
  else
    await t.test('what other systems send, faulty as it is', async (t) => {
      for (const { name, text } of examples.files) {
        const isRequest = /^\s*\{\s*"resourceType"\s*:\s*"ServiceRequest"/.test(text)
        const path = isRequest ? 'ServiceRequest' : ''
        const answer = await send(world, path, text, refused, name)
        t.ok([400, 422].includes(answer.status), `${name}: ${answer.status}`)
        await advises(t, world, answer)
      }
      t.comment(`${examples.files.length} files`)
    })

  await t.test('F7 S1: none of it left anything but its audit line', async (t) => {
    for (const type of ['ServiceRequest', 'Task', 'Patient', 'Observation'])
      t.match((await world.client('lakeside-family').get(type)).body, { total: 0 })
    const inspection = await world.inspect()
    const rows = Object.entries(await inspection.counts()).filter(([, count]) => count > 0)
    t.same(rows, [])
    const lines = new Map(
      (await inspection.audit()).map((line) => [line.request_id ?? '', line] as const),
    )
    for (const { id, what } of refused)
      t.match(
        lines.get(id),
        { action: 'refuse', outcome: 'minor-failure', agent: 'lakeside-family' },
        what,
      )
  })
}

async function send(
  world: World,
  path: string,
  body: object | string,
  refused: { id: string; what: string }[],
  what: string,
  headers: Headed = {},
): Promise<Answer<OperationOutcome>> {
  const id = randomUUID()
  refused.push({ id, what })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return world.client('lakeside-family').post<OperationOutcome>(path, text, {
    'x-request-id': id,
    ...headers,
  })
}

const codeOf = ({ details }: OperationOutcome['issue'][number]) => details?.coding?.[0]?.code

const known = new Set<string>()

/** Every refusal has a code with a page, a sentence, and neither a stack nor anybody's name. */
async function advises(t: Test, world: World, answer: Answer<OperationOutcome>) {
  t.match(answer.headers.get('content-type'), /^application\/fhir\+json/)
  const { resourceType, issue } = answer.body
  t.equal(resourceType, 'OperationOutcome')
  t.ok(issue.length > 0)
  const faults = issue.flatMap((each) => {
    const code = codeOf(each) ?? ''
    known.add(code)
    return [
      ['error', 'fatal'].includes(each.severity) ? [] : 'severity',
      each.details?.coding?.[0]?.system === problemSystem && code ? [] : 'details',
      /^\S+ .{12,}$/s.test(each.diagnostics ?? '') ? [] : `diagnostics: ${each.diagnostics}`,
    ].flat()
  })
  t.same([...new Set(faults)], [])
  t.notMatch(answer.text, /node:|\bat .+\.ts:\d+|Robin|Example"|G90/)
  for (const code of known) await hasPage(t, world, code)
  return issue
}

async function hasPage(t: Test, { baseUrl }: World, code: string): Promise<void> {
  known.delete(code)
  const page = await fetch(`${baseUrl}/errors/${code}`)
  t.equal(page.status, 200, `the page of ${code}`)
  await page.body?.cancel()
}
