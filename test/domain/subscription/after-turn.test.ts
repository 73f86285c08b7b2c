import t from 'tap'
import { afterTurn } from '../../../src/domain/subscription/after-turn.ts'
import { answered, arrived } from '../../helpers/a-subscription.ts'

const event = 'event-notification'
const lost = { kind: 'lost', reason: 'timeout' } as const

t.test('what has arrived ends the failures', async (t) => {
  for (const status of [200, 201, 202, 204, 299])
    t.strictSame(afterTurn(event, answered(status), 7, 0.5), {
      outcome: 'arrived',
      status: 'active',
      error: undefined,
      failures: 0,
      waitSeconds: undefined,
    })
})

t.test('BP-21 BP-31 any failure of a handshake is an error, and none is tried again', async (t) => {
  t.equal(afterTurn('handshake', arrived, 0, 0).status, 'active')
  for (const answer of [answered(302), answered(404), answered(429), answered(503), lost])
    t.match(afterTurn('handshake', answer, 0, 0), { status: 'error', waitSeconds: undefined })
  t.match(afterTurn('handshake', { kind: 'forbidden' }, 0, 0), { status: 'error' })
  t.match(afterTurn('handshake', answered(410), 0, 0), { status: 'off' })
})

t.test('the waits double up to an hour, less up to half of it by chance', async (t) => {
  const waits = (chance: number) =>
    [0, 1, 2, 3, 11, 12, 40].map((before) => afterTurn(event, lost, before, chance).waitSeconds)
  t.strictSame(waits(0), [1, 2, 4, 8, 2048, 3600, 3600])
  t.strictSame(waits(1), [1, 1, 2, 4, 1024, 1800, 1800])
})

t.test('F6 S9 Retry-After is a lower bound, and 429 a minute at least', async (t) => {
  const wait = (status: number, retryAfter?: number, before = 0) =>
    afterTurn(event, answered(status, retryAfter), before, 0).waitSeconds
  t.equal(wait(503), 1)
  t.equal(wait(503, 30), 30)
  t.equal(wait(503, 2, 5), 32)
  t.equal(wait(429), 60)
  t.equal(wait(429, 5), 60)
  t.equal(wait(429, 600), 600)
})

t.test('F7 S9 410 switches off, another refusal is an error at the fifth failure', async (t) => {
  t.match(afterTurn(event, answered(410), 0, 0), { outcome: 'gone', status: 'off' })
  for (const status of [301, 400, 401, 403, 404, 413, 422]) {
    t.match(afterTurn(event, answered(status), 3, 0), { outcome: 'retry', status: 'active' })
    t.match(afterTurn(event, answered(status), 4, 0), { outcome: 'gave-up', status: 'error' })
  }
})

t.test(
  'an endpoint that is away is given up after as many attempts as a delivery has',
  async (t) => {
    for (const answer of [answered(500), answered(503), answered(408), answered(429), lost]) {
      t.match(afterTurn(event, answer, 108, 0), { outcome: 'retry', failures: 109 })
      t.match(afterTurn(event, answer, 109, 0), { outcome: 'gave-up', status: 'error' })
    }
  },
)

t.test('what is said of a failure holds nothing of the answer', async (t) => {
  t.equal(afterTurn(event, answered(500), 0, 0).error, 'The endpoint answered 500.')
  t.equal(afterTurn(event, lost, 0, 0).error, 'The endpoint gave no answer (timeout).')
  t.equal(
    afterTurn(event, { kind: 'forbidden' }, 0, 0).error,
    'The endpoint is not an address that may be called.',
  )
})
