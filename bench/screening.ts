/**
 * How long a check takes, in one thread: a typical referral of 20 resources and, where there is one, a
 * whole patient record.
 *
 *   node bench/screening.ts [record.json]
 */

import { existsSync, readFileSync } from 'node:fs'
import type { Bundle, FhirResource, ServiceRequest } from 'fhir/r4'
import { loadPolicy } from '../src/domain/screening/load-policy.ts'
import { type Known, packetOf, packetOfBundle } from '../src/domain/screening/packet.ts'
import { readPublished } from '../src/domain/screening/published.ts'
import { screen } from '../src/domain/screening/screen.ts'

const fixture = new URL('../test/fixtures/screening/typical-referral.json', import.meta.url)

function time(name: string, seconds: number, run: () => unknown): number {
  for (const until = performance.now() + 300; performance.now() < until; ) run()
  const samples: number[] = []
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    const start = performance.now()
    run()
    samples.push(performance.now() - start)
  }
  samples.sort((a, b) => a - b)
  const at = (share: number) => samples[Math.floor(samples.length * share)] ?? Number.NaN
  process.stdout.write(
    `${name}: median ${at(0.5).toFixed(3)} ms, p99 ${at(0.99).toFixed(3)} ms (${samples.length} runs)\n`,
  )
  return at(0.5)
}

const start = performance.now()
const policy = loadPolicy(readPublished())
process.stdout.write(`load and index the policy: ${(performance.now() - start).toFixed(1)} ms\n`)

const typical = JSON.parse(readFileSync(fixture, 'utf8')) as Bundle
process.stdout.write(`typical referral: ${typical.entry?.length} resources\n`)
time('index and screen a typical referral', 2, () =>
  screen(
    packetOfBundle(typical, () => true),
    policy,
    { asOf: '2026-03-09' },
  ),
)

const record = process.argv[2]
if (record === undefined || !existsSync(record))
  process.stdout.write('a whole patient record: skipped, no file given\n')
else {
  const { entry = [] } = JSON.parse(readFileSync(record, 'utf8')) as Bundle
  const known: Known[] = entry.flatMap(({ fullUrl, resource }) =>
    resource && fullUrl ? { reference: fullUrl, resource: resource as FhirResource } : [],
  )
  const patient = known.find(({ resource }) => resource.resourceType === 'Patient')
  const referral: ServiceRequest = {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: patient?.reference ?? '' },
    authoredOn: '2026-03-02',
  }
  process.stdout.write(`whole patient record: ${known.length} resources\n`)
  time('index and screen a whole patient record', 3, () =>
    screen(packetOf(known, { reference: 'urn:uuid:referral', resource: referral }), policy, {
      asOf: '2026-03-09',
    }),
  )
}
