/** A request of a known client comes in: within its quota, and when it is its turn. Nothing of it has been read by then. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../domain/problem.ts'
import type { HttpLimits } from './limits.ts'
import { quotas } from './quota.ts'
import { turns } from './turns.ts'

/**
 * Waits until the request may be worked on; `request.endTurn` says that it has been answered.
 * @throws Problem too-many-requests, unavailable
 */
export type TakePlace = (request: FastifyRequest, client: string) => Promise<void>

export function places(limits: HttpLimits, now: () => Date): TakePlace {
  const admit = quotas(limits, now)
  const takeTurn = turns(limits.atWork)
  const hold = holdBack(limits)
  return async (request, client) => {
    const bytes = announcedBytes(request, limits)
    const leave = await hold(() => admit(client, bytes))
    const turn = takeTurn(client, bytes > limits.largeBody ? limits.atWork : 1)
    request.endTurn = () => {
      leave()
      turn.end()
    }
    await turn.started
  }
}

/**
 * Holds a refusal back for a moment, as far as there is room: a client that sends the next request as
 * soon as one is refused then costs little.
 */
function holdBack({ holdRefusal, heldRefusals }: HttpLimits) {
  let held = 0
  return async <Result>(admit: () => Result): Promise<Result> => {
    try {
      return admit()
    } catch (error) {
      // Who is refused for the others' sake may find another instance free: it is told at once.
      const isOwn = error instanceof Problem && error.code === 'too-many-requests'
      if (isOwn && held < heldRefusals) {
        held++
        await sleep(holdRefusal)
        held--
      }
      throw error
    }
  }
}

/** Of the body; one whose length is not said counts as a large one. */
const announcedBytes = ({ headers }: FastifyRequest, { largeBody }: HttpLimits): number =>
  headers['transfer-encoding'] === undefined
    ? Number(headers['content-length'] ?? 0)
    : largeBody + 1
