/** A record of which a part could not be read, for some of the criteria. */

import t from 'tap'
import { packetOf, packetOfBundle, type Unavailable } from '../../../src/domain/screening/packet.ts'
import type { CriterionId } from '../../../src/domain/screening/policy.ts'
import { screen } from '../../../src/domain/screening/screen.ts'
import { bundleOf, criterion, policy } from './build.ts'

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
