import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Turn } from '../../src/domain/referral/ehr-lines.ts'
import type { Engine } from './contract.ts'

export async function lineContract(t: Test, { openFresh }: Engine): Promise<void> {
  const { lines } = await openFresh(t)
  const seconds = ({ closedFor }: Turn) => Math.ceil((closedFor ?? 0) / 1_000)
  const stateOf = async (id: string) =>
    (await lines.state()).find(({ clinicId }) => clinicId === id)

  await t.test('requests take their turns, however many ask at once', async (t) => {
    const id = randomUUID()
    const turns = await Promise.all(Array.from({ length: 10 }, () => lines.turn(id, 300)))
    const waits = turns.map((turn) => turn.wait ?? Number.NaN).sort((a, b) => a - b)
    for (const [n, wait] of waits.entries())
      t.ok(wait > n * 300 - 300 && wait <= n * 300, `${wait} ms for number ${n}`)
    t.equal((await lines.turn(randomUUID(), 300)).wait, 0, 'another EHR has its own')
  })

  await t.test('who would wait too long is told to come later', async (t) => {
    const id = randomUUID()
    for (const _ of [1, 2, 3, 4, 5, 6]) await lines.turn(id, 1_000)
    t.match(await lines.turn(id, 1_000), { because: 'busy' })
    t.ok(seconds(await lines.turn(id, 1_000)) > 4)
  })

  await t.test('an EHR that fails is left alone, then asked by one request', async (t) => {
    const id = randomUUID()
    await lines.turn(id, 1)
    t.equal(await stateOf(id), undefined)
    t.equal(await lines.leaveAlone(id, false), true)
    t.equal(await lines.leaveAlone(id, false), false, 'who notices next changes nothing')
    t.equal(seconds(await lines.turn(id, 1)), 5)
    t.match(await stateOf(id), { isClosed: true, holdBackFor: 0 })
    // As when the one request that may have been sent meanwhile failed.
    const waits: number[] = []
    for (const _ of [1, 2, 3, 4, 5]) {
      t.equal(await lines.leaveAlone(id, true), false)
      const turn = await lines.turn(id, 1)
      t.equal(turn.because, 'failing')
      waits.push(seconds(turn))
    }
    t.same(waits, [10, 20, 40, 60, 60])
    t.equal(await lines.askAgain(id), true)
    t.equal(await lines.askAgain(id), false)
    t.match(await lines.turn(id, 1), { isProbe: false })
    t.equal(await lines.leaveAlone(id, true), false, 'and nothing is left of it')
    t.equal(await stateOf(id), undefined)
  })

  await t.test('an EHR that asked to wait is asked by nobody', async (t) => {
    const id = randomUUID()
    await lines.turn(id, 1)
    await lines.holdBack(id, 90)
    await lines.holdBack(id, 30)
    const turn = await lines.turn(id, 1)
    t.equal(turn.because, 'asked')
    t.equal(seconds(turn), 90, 'the longer of two waits')
    t.match(await stateOf(id), { isClosed: true, failingFor: 0 })
  })
}
