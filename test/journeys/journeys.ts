/** Every journey through the front door that an engine has to carry. */

import type { Test } from 'tap'
import type { Engine } from '../helpers/engines.ts'
import { startWorld } from '../helpers/world.ts'
import { badInput } from './bad-input.ts'
import { cancelling } from './cancelling.ts'
import { clinicMoves } from './clinic-moves.ts'
import { information } from './information.ts'
import { ownClinics } from './own-clinics.ts'
import { repeating } from './repeating.ts'
import { searching } from './searching.ts'
import { stopping } from './stopping.ts'
import { submitting } from './submitting.ts'
import { tenants } from './tenants.ts'
import { trouble } from './trouble.ts'
import { wholeRecord } from './whole-record.ts'

export async function journeys(t: Test, engine: Engine): Promise<void> {
  const world = await startWorld(t, { engine })
  await t.test('submitting', (t) => submitting(t, world))
  await t.test('repeating', (t) => repeating(t, world))
  await t.test('the clinic moves it', (t) => clinicMoves(t, world))
  await t.test('information', (t) => information(t, world))
  await t.test('cancelling', (t) => cancelling(t, world))
  await t.test('searching', (t) => searching(t, world))
  await t.test('tenants', (t) => tenants(t, world))
  await t.test('a whole record', (t) => wholeRecord(t, world))
  await t.test('an EHR in trouble', (t) => trouble(t, world))
  await t.test('clinics of one’s own', (t) => ownClinics(t, engine))
  await t.test('bad input', (t) => badInput(t, engine))
  await t.test('stopping', (t) => stopping(t, engine))
}
