import t from 'tap'
import { type LineEvent, throughLine } from '../../src/delivery/ehr-line.ts'
import { AnswerLost, NotSent, type OutboundAnswer } from '../../src/delivery/exchange.ts'
import { EgressRefused } from '../../src/delivery/outbound-address.ts'
import { EhrFailure } from '../../src/domain/referral/ports.ts'
import { chanceFrom } from '../histories/simulation/chance.ts'
import { virtualTime } from '../histories/simulation/virtual-time.ts'
import { memoryLines } from './memory-lines.ts'

const id = 'river-pain-clinic'
const request = { url: 'https://ehr.example/fhir/Task' }
const answered = (status: number, headers: Record<string, string> = {}): OutboundAnswer => ({
  status,
  header: (name) => headers[name],
  body: new Uint8Array(),
})

/** An EHR that does as it is told, and as many instances of the service as are asked for. */
function aLine(instances = 1, requestsPerSecond = 10) {
  const time = virtualTime(0)
  const lines = memoryLines(time.now)
  const events: LineEvent[] = []
  const sent: number[] = []
  let answer: () => Promise<OutboundAnswer> = async () => answered(200)
  const egress = {
    send: async () => {
      sent.push(time.now())
      return answer()
    },
  }
  const deps = { egress, lines, monotonic: time.now, now: () => new Date(time.now()) }
  const all = Array.from({ length: instances }, () =>
    throughLine(
      { id, requestsPerSecond },
      { ...deps, sleep: time.sleep, onLine: (event) => void events.push(event) },
    ),
  )
  return {
    ...{ time, events, sent, all, lines },
    answers: (next: typeof answer) => {
      answer = next
    },
    async send(instance = 0): Promise<OutboundAnswer | EhrFailure> {
      let result: OutboundAnswer | EhrFailure | undefined
      const done = (all[instance] as (typeof all)[0]).send(request).then(
        (got) => {
          result = got
        },
        (error: unknown) => {
          result = error as EhrFailure
        },
      )
      await time.runUntil(Number.POSITIVE_INFINITY, () => result !== undefined)
      await done
      return result as OutboundAnswer | EhrFailure
    },
    async pass(ms: number) {
      const until = time.now() + ms
      void time.sleep(ms)
      await time.runUntil(until, () => time.now() >= until)
    },
  }
}

const fails: Readonly<Record<string, () => Promise<OutboundAnswer>>> = {
  'nobody there': async () => {
    throw new NotSent(new Error('ECONNREFUSED'))
  },
  'an answer that drips': async () => {
    throw new AnswerLost('timeout', undefined)
  },
  'a 500': async () => answered(500),
  'a 503 without a word of when': async () => answered(503),
}

for (const [how, answer] of Object.entries(fails))
  t.test(`F9 S6: after five times ${how} nobody asks, of any instance`, async (t) => {
    const line = aLine(2)
    line.answers(answer)
    for (let n = 0; n < 5; n++) await line.send()
    t.equal(line.sent.length, 5)
    t.same(line.events, [{ clinicId: id, state: 'left-alone' }])
    for (const instance of [0, 1]) {
      const refused = await line.send(instance)
      t.match(refused, { phase: 'before', permanent: false, retryAfter: 5 })
      t.ok(refused instanceof EhrFailure)
    }
    t.equal(line.sent.length, 5)
  })

t.test('RL-19: one request sees whether it is back, then all go as usual', async (t) => {
  const line = aLine(2)
  line.answers(fails['a 500'] as never)
  for (let n = 0; n < 5; n++) await line.send()
  await line.pass(5_000)
  const probe = Promise.withResolvers<OutboundAnswer>()
  line.answers(() => probe.promise)
  const probing = line.all[0]?.send(request)
  await line.pass(100)
  t.match(await line.send(1), { phase: 'before' }, 'nobody else meanwhile')
  t.equal(line.sent.length, 6)
  probe.resolve(answered(200))
  t.equal((await probing)?.status, 200)
  t.same(line.events.at(-1), { clinicId: id, state: 'asked-again' })
  line.answers(async () => answered(200))
  t.match(await line.send(1), { status: 200 })
})

t.test('what says that somebody is there leaves the line as it is', async (t) => {
  for (const status of [200, 400, 404, 412, 422, 429, 501]) {
    const line = aLine()
    line.answers(async () => answered(status))
    for (let n = 0; n < 30; n++) t.match(await line.send(), { status })
    t.same(line.events, [])
  }
  const refusing = aLine()
  refusing.answers(async () => {
    throw new EgressRefused('scheme')
  })
  for (let n = 0; n < 10; n++) await refusing.send()
  t.same([refusing.events, refusing.sent.length], [[], 10])
})

t.test('INV-13: what one instance is asked to wait, all wait', async (t) => {
  const line = aLine(2)
  line.answers(async () => answered(429, { 'retry-after': '120' }))
  t.match(await line.send(0), { status: 429 })
  t.match(await line.send(1), { phase: 'before', retryAfter: 120 })
  await line.pass(119_000)
  t.match(await line.send(1), { phase: 'before' })
  line.answers(async () => answered(200))
  await line.pass(1_000)
  t.match(await line.send(1), { status: 200 })
})

/** Most requests in any second; the instants in their order. */
function mostInASecond(at: readonly number[]): number {
  let most = 0
  for (let from = 0, to = 0; to < at.length; to++) {
    while ((at[from] as number) <= (at[to] as number) - 1_000) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

t.test('G8: 10,000 wait out a day of outage, and come at ten a second when it ends', async (t) => {
  const line = aLine(4)
  const day = 24 * 3_600_000
  const chance = chanceFrom(8)
  line.answers(async () => {
    await line.time.sleep(20 + chance.between(0, 200))
    return line.time.now() < day
      ? (fails['nobody there'] as () => Promise<OutboundAnswer>)()
      : answered(200)
  })
  let left = 10_000
  let ended = 0
  // Four workers of each instance for this clinic, who look again each second while it is left alone.
  for (const egress of line.all)
    for (let n = 0; n < 4; n++)
      void (async () => {
        while (left > 0) {
          left--
          try {
            await egress.send(request)
          } catch (error) {
            left++
            const { retryAfter = 1 } = error as EhrFailure
            await line.time.sleep(retryAfter * 1_000)
          }
        }
        ended++
      })()
  await line.time.runUntil(Number.POSITIVE_INFINITY, () => ended === 16)
  const during = line.sent.filter((at) => at < day)
  const after = line.sent.filter((at) => at >= day)
  t.ok(during.length < 24 * 60 + 60, `${during.length} requests in a day of outage`)
  t.ok(after.length >= 10_000)
  t.ok(mostInASecond(after) <= 10, `${mostInASecond(after)} in the busiest second`)
  const minutes = ((after.at(-1) ?? 0) - day) / 60_000
  t.ok(minutes <= 30, `${minutes.toFixed(1)} minutes until all were there`)
  t.comment(
    `${during.length} requests during the outage; all there ${minutes.toFixed(1)} min after`,
  )
})
