/** Links that let a practice in, and the documents of its answers. */

import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { AnswerLink } from '../../src/domain/answering/answer-link.ts'
import { aReferral, aSubmission } from '../helpers/referral-change.ts'
import { type Engine, hilltop, lakeside, river, summit } from './contract.ts'

const at = (minute: number): string =>
  new Date(Date.parse('2026-03-02T10:00:00.000Z') + minute * 60_000).toISOString()

export async function answeringContract(t: Test, { openFresh }: Engine): Promise<void> {
  const { answerLinks, answerFiles, referrals, sessions } = await openFresh(t)
  const referral = aReferral({ status: 'received', businessStatus: 'awaiting-information' })
  await referrals.commit(aSubmission(referral))
  const aLink = (minute: number): AnswerLink => ({
    id: randomUUID(),
    referralId: referral.id,
    referrerId: lakeside.organization,
    clinicId: river.organization,
    createdAt: at(minute),
    expiresAt: at(minute + 60),
    openedAt: undefined,
    endedAt: undefined,
    tries: 0,
  })
  const made = async (minute: number) => {
    const link = aLink(minute)
    const digests = { secret: `s ${link.id}`, code: `c ${link.id}` }
    await answerLinks.replace(link, digests)
    return { ...link, ...digests }
  }

  await t.test(
    'a link is found by its secret and its code, and opened by one of many',
    async (t) => {
      const link = await made(0)
      t.match(await answerLinks.find(link.secret), { id: link.id, isKept: false, tries: 0 })
      t.match(await answerLinks.find(link.code), { id: link.id, isKept: false })
      t.equal(await answerLinks.find('kept'), undefined)
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          answerLinks.open(link.id, n % 2 ? link.secret : link.code, `kept ${n}`, at(1)),
        ),
      )
      t.equal(all.filter(Boolean).length, 1)
      const kept = `kept ${all.indexOf(true)}`
      t.match(await answerLinks.find(kept), { id: link.id, isKept: true, openedAt: at(1) })
      t.notOk(await answerLinks.open(link.id, link.secret, 'kept again', at(2)))
      t.ok(await answerLinks.open(link.id, kept, 'kept again', at(2)))
      t.notOk(await answerLinks.open(link.id, kept, 'kept twice', at(3)), 'what is kept changes')
      t.notOk(await answerLinks.open(link.id, 'kept again', 'late', at(60)), 'nor after its time')
    },
  )

  await t.test('tries are counted, however many are taken at once', async (t) => {
    const link = await made(10)
    const all = await Promise.all(Array.from({ length: 9 }, () => answerLinks.takeTry(link.id, 5)))
    t.same(all.filter((left) => left !== undefined).sort(), [0, 1, 2, 3, 4])
    t.ok(await answerLinks.open(link.id, link.secret, randomUUID(), at(11)))
    t.equal(await answerLinks.takeTry(link.id, 5), 4, 'from the start once it was right')
  })

  await t.test('a new link ends the one before, with its sessions', async (t) => {
    const before = await made(20)
    const session = {
      id: randomUUID(),
      role: 'referrer' as const,
      organization: lakeside.organization,
      person: { id: 'x|1', name: 'Dana Cole' },
      startedAt: at(20),
      lastSeenAt: at(20),
      through: { link: before.id, referralId: referral.id },
    }
    const digest = randomUUID()
    await sessions.begin(digest, session)
    t.same(await sessions.find(digest), session)
    const all = await Promise.all([made(21), made(22), made(23)])
    t.equal(await sessions.find(digest), undefined)
    const found = await Promise.all(all.map(({ secret }) => answerLinks.find(secret)))
    t.equal(found.filter((link) => link?.endedAt === undefined).length, 1, 'one live link')
    t.ok(await answerLinks.end(referral.id, at(24)))
    t.equal(await answerLinks.end(referral.id, at(24)), undefined)
    t.equal(await answerLinks.takeTry(before.id, 5), undefined)
    t.notOk(await answerLinks.open(before.id, before.secret, randomUUID(), at(24)))
  })

  await t.test(
    'how it stands is for the practice, and the clinic that has the referral',
    async (t) => {
      const link = await made(30)
      const wanted = [referral.id, randomUUID()]
      for (const viewer of [lakeside, river])
        t.match(await answerLinks.standings(viewer, wanted), [
          { referralId: referral.id, createdAt: at(30), askedAgainAt: undefined },
        ])
      for (const viewer of [hilltop, summit])
        t.same(await answerLinks.standings(viewer, wanted), [])
      await answerLinks.askAgain(link.id, at(31))
      t.match(await answerLinks.standings(river, wanted), [{ askedAgainAt: at(31) }])
      await made(32)
      t.match(await answerLinks.standings(river, wanted), [{ askedAgainAt: undefined }])
    },
  )

  await t.test('documents are kept all or none, once each, and are the practice’s', async (t) => {
    const aFile = (n: number) => ({
      id: randomUUID(),
      referralId: referral.id,
      name: `${n}.txt`,
      type: 'text/plain' as const,
      size: 4,
      savedAt: at(n),
      savedBy: { id: 'x|1', name: 'Dana Cole' },
      bytes: Buffer.from([n, 0, 255, 1]),
      digest: `d ${n}`,
    })
    const limits = { count: 3, bytes: 12 }
    const keep = (...files: readonly ReturnType<typeof aFile>[]) =>
      answerFiles.keepFiles(files, lakeside.organization, limits)
    const [one, two, three, four] = [1, 2, 3, 4].map(aFile) as [
      ReturnType<typeof aFile>,
      ReturnType<typeof aFile>,
      ReturnType<typeof aFile>,
      ReturnType<typeof aFile>,
    ]
    t.ok(await keep(one, two))
    t.ok(await keep({ ...one, id: randomUUID() }), 'the same again')
    t.notOk(await keep(three, four), 'one too many')
    t.notOk(await answerFiles.keepFiles([three], lakeside.organization, { count: 3, bytes: 11 }))
    const { bytes: _bytes, digest: _digest, ...shown } = one
    const { bytes: _b, digest: _d, ...other } = two
    t.same(await answerFiles.files(lakeside, referral.id), [shown, other])
    const contents = await answerFiles.contents(lakeside, referral.id)
    t.same(
      contents.map(({ bytes }) => [...bytes]),
      [
        [1, 0, 255, 1],
        [2, 0, 255, 1],
      ],
    )
    for (const viewer of [hilltop, river, { ...lakeside, only: 'another' }])
      t.same(await answerFiles.files(viewer, referral.id), [])
    await answerFiles.dropFiles('another', [one.id])
    await answerFiles.dropFiles(referral.id, [one.id, two.id])
    t.same(await answerFiles.files(lakeside, referral.id), [])
  })
}
