/** `referloop check --policy`: a clinic tries its policy on a referral before it is used. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle, FhirResource, PlanDefinition } from 'fhir/r4'
import t from 'tap'
import { readPublished } from '../../src/domain/screening/published.ts'
import { bundleOf, code, sct } from '../domain/screening/build.ts'
import { adult } from '../domain/screening/own.ts'

const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const folder = t.testdir({})
const referral = bundleOf({
  referral: { code: code(sct, '306265007') },
})
// A file is validated, which the small packets of the screening tests need not pass.
const entries = (referral.entry ?? []).map((entry) => ({
  ...entry,
  request: { method: 'POST' as const, url: entry.resource?.resourceType ?? '' },
}))
const referralFile = fileOf('referral.json', { ...referral, entry: entries })

function fileOf(name: string, json: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}

const check = (policy: unknown, ...options: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      cli,
      'check',
      referralFile,
      '--as-of',
      '2026-03-09',
      '--policy',
      fileOf('policy.json', policy),
      ...options,
    ],
    { encoding: 'utf8', timeout: 60_000 },
  )
  return { status, stdout, stderr }
}

const plan = () =>
  structuredClone(
    (readPublished() as readonly FhirResource[]).find(
      ({ resourceType }) => resourceType === 'PlanDefinition',
    ),
  ) as PlanDefinition

t.test('overrides with criteria of one’s own, in the same words in both forms', async (t) => {
  const policy = { criteria: [adult()], title: 'Ours' }
  const json = check(policy)
  t.equal(json.status, 0, json.stderr)
  const table = check(policy, '--table')
  t.equal(table.status, 0, table.stderr)
  t.match(table.stdout, /adult +met +The patient is 18 or older\./)
  t.match(json.stdout, '"valueString": "The patient is 18 or older."')
})

t.test('a PlanDefinition, alone and in a Bundle with its value sets', async (t) => {
  const own = { ...plan(), version: '7' }
  const alone = check(own)
  t.match(alone, { status: 0 })
  t.match(alone.stdout, 'ketamine-infusion-referral|7')
  const input = {
    type: 'Condition',
    codeFilter: [{ path: 'code', valueSet: 'https://own.example/ValueSet/a' }],
  }
  own.action?.[0]?.input?.push(input as never)
  const unknown = check(own)
  t.equal(unknown.status, 1)
  t.match(unknown.stdout, 'the value set https://own.example/ValueSet/a is not published')
  const bundle: Bundle<FhirResource> = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { resource: own },
      {
        resource: {
          resourceType: 'ValueSet',
          url: 'https://own.example/ValueSet/a',
          status: 'active',
        },
      },
    ],
  }
  t.equal(check(bundle).status, 0)
})

t.test(
  'a wrong policy is refused with status 1 and an OperationOutcome that has the place',
  async (t) => {
    for (const [policy, place] of [
      [
        { criteria: [adult({ metWhen: 'entry.where(' })] },
        /"criteria\[0\]\.metWhen: line 1, column 13/,
      ],
      [
        { parameters: { painWindow: -1 } },
        /"parameters\.painWindow: painWindow must be a number of at least 0/,
      ],
      [[], /"policyOverrides: must be an object/],
      ['not json', /"The body is not JSON/],
      [{ ...plan(), status: 'finished' }, /PlanDefinition\.status/],
      [{ resourceType: 'Patient' }, /Give one PlanDefinition/],
      [{ ...plan(), action: [] }, /PlanDefinition/],
    ] as const) {
      const { status, stdout, stderr } = check(policy)
      t.equal(status, 1, stderr)
      t.match(stdout, /"resourceType": "OperationOutcome"/)
      t.match(stdout, place)
      t.equal(stderr, '')
    }
  },
)
