import t from 'tap'
import { createBreaker } from '../../src/delivery/breaker.ts'

t.test('RL-19: five failures one after the other are too many, whenever they were', async (t) => {
  const breaker = createBreaker()
  const failures = [0, 60_000, 120_000, 180_000].map((at) => breaker.failed(at))
  t.same(failures, [false, false, false, false])
  breaker.succeeded(190_000)
  for (const at of [240_000, 300_000, 360_000, 420_000]) t.equal(breaker.failed(at), false)
  t.equal(breaker.failed(480_000), true)
})

t.test('RL-19: so is half of twenty within half a minute', async (t) => {
  const alternate = (count: number, apart: number) => {
    const breaker = createBreaker()
    let isTooMany = false
    for (let n = 0; n < count; n++) {
      breaker.succeeded(n * 2 * apart)
      isTooMany = breaker.failed((n * 2 + 1) * apart)
    }
    return isTooMany
  }
  t.equal(alternate(9, 1_000), false, 'eighteen are too few')
  t.equal(alternate(10, 1_000), true)
  t.equal(alternate(10, 1_700), false, 'the first of them are too long ago')
  const mostlyGood = createBreaker()
  for (let n = 0; n < 11; n++) mostlyGood.succeeded(n)
  for (let n = 0; n < 4; n++) t.equal(mostlyGood.failed(20 + n), false)
  for (let n = 0; n < 4; n++) mostlyGood.succeeded(30 + n)
  t.equal(mostlyGood.failed(40), false, 'five of twenty')
})

t.test('what all have taken note of does not count again', async (t) => {
  const breaker = createBreaker()
  for (let n = 0; n < 4; n++) breaker.failed(n)
  breaker.forget()
  for (let n = 5; n < 9; n++) t.equal(breaker.failed(n), false)
  t.equal(breaker.failed(9), true)
})
