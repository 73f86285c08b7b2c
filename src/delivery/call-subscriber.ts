/** POSTs a notification; of the answer nothing counts but its status and Retry-After. */

import type { SubscriberAnswer, SubscriberCall } from '../domain/subscription/ports.ts'
import type { Egress } from './egress.ts'
import { AnswerLost, NotSent } from './exchange.ts'
import { EgressRefused } from './outbound-address.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** The body is not read, so this is what a sender may waste of our time and no more. */
const mostBytes = 64 * 1024

/** Anything unforeseen is a bug and is thrown. */
export async function callSubscriber(
  egress: Pick<Egress, 'send'>,
  now: () => Date,
  { endpoint, headers, contentType, body, timeoutSeconds, messageId }: SubscriberCall,
): Promise<SubscriberAnswer> {
  const ms = timeoutSeconds * 1_000
  try {
    const answer = await egress.send({
      method: 'POST',
      url: endpoint,
      headers: {
        ...Object.fromEntries(headers),
        'content-type': contentType,
        // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
        'webhook-id': messageId,
        'webhook-timestamp': String(Math.floor(now().getTime() / 1_000)),
      },
      body,
      limits: { firstByteMs: ms, totalMs: ms, responseBytes: mostBytes },
    })
    const retryAfter = retryAfterSeconds(answer.header('retry-after'), now())
    return { kind: 'answered', status: answer.status, retryAfter }
  } catch (error) {
    return answerIn(error)
  }
}

function answerIn(error: unknown): SubscriberAnswer {
  if (error instanceof EgressRefused) return { kind: 'forbidden' }
  if (error instanceof NotSent) return { kind: 'lost', reason: 'not reached' }
  if (!(error instanceof AnswerLost)) throw error
  // It had said what it thinks; what came behind, too long or too late, is nobody's concern.
  const { status, reason } = error
  return status === undefined
    ? { kind: 'lost', reason }
    : { kind: 'answered', status, retryAfter: undefined }
}
