/** Whatever is offered on a referral's page, the life of a referral allows. */

import t from 'tap'
import {
  type BusinessStatus,
  businessStatusesOf,
  isClosed,
  mayMove,
  type TaskStatus,
} from '../../../src/domain/referral/life.ts'
import type { Referral } from '../../../src/domain/referral/referral.ts'
import { actNames, isOffered, offered, targetOf } from '../../../src/http/people/referral/acts.ts'

const standings = Object.entries(businessStatusesOf).flatMap(([status, all]) =>
  all.map((businessStatus) => ({
    status: status as TaskStatus,
    businessStatus: businessStatus as BusinessStatus,
  })),
)

t.test('what is offered leads where the life allows', async (t) => {
  let moves = 0
  for (const standing of standings)
    for (const name of actNames.filter((each) => isOffered(each, standing))) {
      const target = targetOf(name, standing)
      if (!target) continue
      const [status, businessStatus] = target
      const words = `${name} from ${standing.status}/${standing.businessStatus}`
      t.ok(mayMove(standing.status, status), words)
      t.ok((businessStatusesOf[status] as readonly string[]).includes(businessStatus), words)
      moves++
    }
  t.ok(moves > 40, `${moves} moves`)
})

t.test(
  'who has a referral before them can do something, and with a closed one nothing',
  async (t) => {
    for (const standing of standings) {
      const { first, others } = offered(standing as Referral)
      const moving = [...first, ...others].filter((name) => targetOf(name, standing))
      const isWithClinic = standing.status !== 'requested' && !isClosed(standing.status)
      t.equal(moving.length > 0, isWithClinic, `${standing.status}/${standing.businessStatus}`)
      t.equal(first.length > 0, isWithClinic)
      t.equal(new Set([...first, ...others]).size, first.length + others.length)
    }
  },
)

t.test('a wish to cancel can be refused wherever the referral stands', async (t) => {
  for (const standing of standings)
    if (standing.businessStatus === 'cancellation-requested') {
      t.ok(isOffered('cancel', standing))
      t.ok(isOffered('resume', standing))
      t.same(targetOf('resume', standing), [
        standing.status,
        businessStatusesOf[standing.status][0],
      ])
    }
})
