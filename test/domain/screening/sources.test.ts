/** A record of which a part could not be read, for some of the criteria. */

import t from 'tap'
import { overridePolicy } from '../../../src/domain/screening/override-policy.ts'
import { packetOf, packetOfBundle, type Unavailable } from '../../../src/domain/screening/packet.ts'
import type { CriterionId } from '../../../src/domain/screening/policy.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import { bundleOf, clinical, code, condition, criterion, icd, type Parts, policy } from './build.ts'
import { adult } from './own.ts'

const whole = bundleOf({})
const known = (whole.entry ?? []).flatMap(({ fullUrl = '', resource }) =>
  resource ? [{ reference: fullUrl, resource: resource as never }] : [],
)
const { referral } = packetOfBundle(whole, ({ display }) => display === 'clinic')
const pressure = known.find(({ resource }) => JSON.stringify(resource).includes('85354-9'))

function verdictOf(id: CriterionId, unread: Partial<Unavailable>): string {
  const unavailable = [{ type: 'Condition', reason: 'timeout', ...unread }]
  const result = screen(packetOf(known, referral, unavailable), policy, { asOf: '2026-03-09' })
  return criterion(result, id).verdict
}

t.test('only what it was read for is undocumented', async (t) => {
  const criteria = ['glaucoma']
  t.equal(verdictOf('glaucoma', { criteria }), 'not-documented')
  t.equal(verdictOf('cardiovascular-disease', { criteria }), 'met')
  t.equal(verdictOf('glaucoma', { type: 'Procedure', criteria }), 'met', 'it reads none')
})

t.test('what the referrer sent itself is enough, with the record or without', async (t) => {
  const beside = new Set([pressure?.reference ?? ''])
  t.equal(verdictOf('cardiovascular-disease', { beside }), 'not-documented')
  t.equal(verdictOf('glaucoma', { beside }), 'met')
  t.equal(verdictOf('glaucoma', { beside: new Set() }), 'met')
  t.equal(verdictOf('glaucoma', {}), 'not-documented', 'nothing stands by itself')
})

const found = (id: string, parts: Parts, ...unavailable: readonly Unavailable[]) => {
  const bundle = bundleOf(parts)
  const entries = (bundle.entry ?? []).flatMap(({ fullUrl = '', resource }) =>
    resource ? [{ reference: fullUrl, resource: resource as never }] : [],
  )
  const { referral } = packetOfBundle(bundle, ({ display }) => display === 'clinic')
  const by = overridePolicy(policy, { criteria: [adult({ metWhen: 'true', evidence: 'entry' })] })
  const own = new Map([
    ['adult', { verdict: 'met', explanation: 'Yes.', evidence: [], needed: [] } as const],
  ])
  const result = screen(packetOf(entries, referral, unavailable), by, { asOf: '2026-03-09' }, own)
  return result.criteria.find((each) => each.id === id)
}
const unread = (type: string, reason = 'timeout', more: Partial<Unavailable> = {}) => ({
  type,
  reason,
  ...more,
})

t.test(
  'the reasons are told before what was found, and what to send when nothing else is',
  async (t) => {
    t.match(found('glaucoma', {}, unread('Condition'), unread('Observation', 'HTTP 500')), {
      verdict: 'not-documented',
      explanation:
        /^Source unavailable: Condition \(timeout\), Observation \(HTTP 500\)\. The form /,
      needed: [
        {
          text: 'Send the Condition resources, or let the search for them succeed.',
          requirement: { type: 'Condition' },
        },
        {
          text: 'Send the Observation resources, or let the search for them succeed.',
          requirement: { type: 'Observation' },
        },
      ],
    })
    const unanswered = found('glaucoma', { answers: { glaucoma: '' } }, unread('Condition'))
    t.equal(unanswered?.needed.length, 1)
    t.match(unanswered?.needed[0]?.text, 'Answer item')
  },
)

t.test('what speaks against the patient stands, whatever could not be read', async (t) => {
  const glaucoma = condition(code(icd, 'H40.1131'))
  const rows = [
    ['conflicting', { add: [glaucoma] }],
    ['not-met', { add: [glaucoma], answers: { glaucoma: 'Y' } }],
    ['needs-review', { add: [condition({ text: 'Glaucoma' })] }],
  ] as const
  for (const [verdict, parts] of rows)
    t.equal(found('glaucoma', parts, unread('Condition'))?.verdict, verdict)
  const helped = { condition: condition(code(icd, 'K80.2')) }
  t.equal(found('qualifying-condition', helped)?.verdict, 'not-documented')
  const over = { condition: condition(code(icd, 'G90.511'), clinical('resolved')) }
  t.equal(found('qualifying-condition', over)?.verdict, 'not-met')
  t.equal(
    found('qualifying-condition', over, unread('Condition'))?.verdict,
    'not-documented',
    'a required criterion has not failed while there may be more',
  )
})

t.test(
  'what is met stands when every source that was not read lies beside its evidence',
  async (t) => {
    const elsewhere = { beside: new Set(['urn:uuid:other']) }
    const its = { beside: new Set(['urn:uuid:4']) }
    const pressure = (...sources: readonly Unavailable[]) =>
      found('cardiovascular-disease', {}, ...sources)
    t.equal(pressure()?.evidence.includes('urn:uuid:4'), true)
    t.equal(pressure(unread('Condition', 'x', elsewhere))?.verdict, 'met')
    t.equal(pressure(unread('Condition', 'x', its))?.verdict, 'not-documented')
    t.equal(
      pressure(unread('Condition', 'x', elsewhere), unread('Observation', 'x', its))?.verdict,
      'not-documented',
    )
  },
)

t.test('a criterion of a clinic that names no type may have read any', async (t) => {
  t.equal(found('adult', {})?.verdict, 'met')
  t.equal(found('adult', {}, unread('Immunization'))?.verdict, 'not-documented')
  t.equal(found('glaucoma', {}, unread('Immunization'))?.verdict, 'met', 'ours names its types')
})
