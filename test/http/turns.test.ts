import { setImmediate as later } from 'node:timers/promises'
import t from 'tap'
import { type Turn, turns } from '../../src/http/turns.ts'

async function hasStarted({ started }: Turn): Promise<boolean> {
  let done = false
  started.then(() => {
    done = true
  })
  await later()
  return done
}

t.test('OW4 so many of a client are worked on, the others wait in their order', async (t) => {
  const take = turns(2)
  const all = Array.from({ length: 5 }, () => take('a', 1))
  const begun = () => Promise.all(all.map(hasStarted))
  t.same(await begun(), [true, true, false, false, false])
  t.ok(await hasStarted(take('b', 1)), 'another client has turns of its own')
  all[1]?.end()
  all[1]?.end()
  t.same(await begun(), [true, true, true, false, false], 'ending twice makes room once')
  all[3]?.end()
  all[0]?.end()
  t.same(await begun(), [true, true, true, false, true], 'who gave up waiting is passed by')
})

t.test('OW4 a large one is worked on alone, and nobody overtakes it', async (t) => {
  const take = turns(4)
  const small = take('a', 1)
  const large = take('a', 9)
  const after = take('a', 1)
  t.same(await Promise.all([small, large, after].map(hasStarted)), [true, false, false])
  small.end()
  t.same(await Promise.all([large, after].map(hasStarted)), [true, false])
  large.end()
  t.ok(await hasStarted(after))
})
