/** Every journey through the front door that an engine has to carry. */

import type { Test } from 'tap'
import { type Engine, sideBySide } from '../helpers/engines.ts'
import { startWorld } from '../helpers/world.ts'
import { asking } from './asking.ts'
import { badInput } from './bad-input.ts'
import { beingTold } from './being-told.ts'
import { cancelling } from './cancelling.ts'
import { clinicMoves } from './clinic-moves.ts'
import { holding } from './holding.ts'
import { information } from './information.ts'
import { ownClinics } from './own-clinics.ts'
import { repeating } from './repeating.ts'
import { searching } from './searching.ts'
import { stopping } from './stopping.ts'
import { submitting } from './submitting.ts'
import { tenants } from './tenants.ts'
import { trouble } from './trouble.ts'
import { waiting } from './waiting.ts'
import { wholeRecord } from './whole-record.ts'

export async function journeys(t: Test, engine: Engine): Promise<void> {
  const world = await startWorld(t, { engine })
  await t.test('while everybody behaves', (t) =>
    sideBySide(
      t,
      {
        submitting: (t) => submitting(t, world),
        repeating: (t) => repeating(t, world),
        'the clinic moves it': (t) => clinicMoves(t, world),
        information: (t) => information(t, world),
        asking: (t) => asking(t, world),
        cancelling: (t) => cancelling(t, world),
        searching: (t) => searching(t, world),
        tenants: (t) => tenants(t, world),
        'being told': (t) => beingTold(t, world),
      },
      3,
    ),
  )
  // The first alone has that world now: an EHR that misbehaves does so to everybody.
  await t.test('while they do not', (t) =>
    sideBySide(
      t,
      {
        async 'an EHR in trouble'(t) {
          await wholeRecord(t, world)
          await trouble(t, world)
        },
        'clinics of one’s own': (t) => ownClinics(t, engine),
        'bad input': (t) => badInput(t, engine),
        stopping: (t) => stopping(t, engine),
        waiting: (t) => waiting(t, engine),
        holding: (t) => holding(t, engine),
      },
      3,
    ),
  )
}
