import t from 'tap'
import { rateLimit } from '../../../src/domain/access/rate-limit.ts'

const limited = { name: 'Problem', code: 'too-many-requests', status: 429 }

function clocked(perMinute: number) {
  const clock = { now: 1_000_000 }
  const { admit } = rateLimit(perMinute, () => new Date(clock.now))
  return { clock, admit }
}

t.test(
  'BS-36 a minute’s worth is admitted at once, one more is told how long to wait',
  async (t) => {
    const { clock, admit } = clocked(60)
    for (let n = 0; n < 60; n++) admit('a')
    t.throws(() => admit('a'), { ...limited, retryAfter: 1 })
    clock.now += 999
    t.throws(() => admit('a'), limited)
    clock.now += 1
    t.doesNotThrow(() => admit('a'))
    t.throws(() => admit('a'), limited)
  },
)

t.test('BS-36 waiting as long as told is enough', async (t) => {
  for (const perMinute of [1, 2, 7, 60, 600]) {
    const { clock, admit } = clocked(perMinute)
    for (let n = 0; n < perMinute; n++) admit('a')
    try {
      admit('a')
      t.fail('must be refused')
    } catch (error) {
      const wait = Number(Reflect.get(Object(error), 'retryAfter'))
      t.ok(wait >= 1 && wait <= 60, `${perMinute} a minute: wait ${wait} s`)
      clock.now += wait * 1000
      t.doesNotThrow(() => admit('a'))
    }
  }
})

t.test('BS-36 the limit of one key is not the limit of another', async (t) => {
  const { admit } = clocked(2)
  admit('a')
  admit('a')
  t.throws(() => admit('a'), limited)
  t.doesNotThrow(() => admit('b'))
})

t.test(
  'a refused request does not make the wait longer, a clock set back does not refill',
  async (t) => {
    const { clock, admit } = clocked(1)
    admit('a')
    clock.now += 30_000
    t.throws(() => admit('a'), {
      ...limited,
      retryAfter: 30,
      message: 'Wait 30 s before the next request.',
    })
    clock.now += 30_000
    t.doesNotThrow(() => admit('a'))
    clock.now -= 3_600_000
    t.throws(() => admit('a'), limited)
  },
)

t.test('a bucket holds a minute’s worth however long nobody came', async (t) => {
  const { clock, admit } = clocked(2)
  admit('a')
  clock.now += 86_400_000
  admit('a')
  admit('a')
  t.throws(() => admit('a'), limited)
})

t.test('the number of keys kept is bounded, the latest stay', async (t) => {
  const { admit } = clocked(1)
  admit('first')
  admit('kept')
  for (let n = 0; n < 19_998; n++) admit(`key ${n}`)
  t.throws(() => admit('kept'), limited, 'all are known up to 20,000')
  admit('one more')
  t.doesNotThrow(() => admit('first'), 'the oldest was forgotten')
  t.throws(() => admit('kept'), limited, 'the one seen since was not')
})
