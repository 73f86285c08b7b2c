import t from 'tap'
import { growthOf, leaksIn } from './leaks.ts'

const hour = Array.from({ length: 360 }, (_, n) => n * 10)
const wave = (at: number) => Math.sin(at / 40)
const samples = (memory: (at: number) => number, files: (at: number) => number) =>
  hour.map((at) => ({ at, memoryBytes: memory(at), files: files(at) }))

t.test('RL-35: a process that goes up and down does not grow', async (t) => {
  const steady = samples(
    (at) => 2e8 + 2e7 * wave(at),
    (at) => 40 + Math.round(5 * wave(at)),
  )
  t.same(leaksIn(growthOf(steady)), [])
})

t.test(
  'RL-35: one that keeps a little of each request, or a socket now and then, does',
  async (t) => {
    const leaking = samples(
      (at) => 2e8 + 2e7 * wave(at) + 5_000 * at,
      (at) => 40 + Math.round(5 * wave(at)) + Math.floor(at / 400),
    )
    const told = leaksIn(growthOf(leaking))
    t.match(told, [/^memory grows by 1\.\d/, /^1\.\d more files/])
  },
)
