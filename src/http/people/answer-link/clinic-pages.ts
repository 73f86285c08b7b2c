/** The link of a referral as its clinic sees it: how it stands, and once what it is. */

import { type LinkStanding, stateOf } from '../../../domain/answering/answer-link.ts'
import { isForPractice, type MadeLink } from '../../../domain/answering/make-link.ts'
import { type Html, html } from '../../pages/html.ts'
import { formTokenField, notice, summaryList, tag } from '../components.ts'
import type { ReferralModel } from '../referral/model.ts'
import { nameOf } from '../referral/page.ts'
import { time } from '../times.ts'
import type { View } from '../view.ts'

export function linkPage(
  view: View,
  model: ReferralModel,
  standing: LinkStanding | undefined,
  isEnded: boolean,
): Html {
  const { say, now } = view
  const path = `/referrals/${model.referral.id}`
  const isLive = standing && ['waiting', 'opened'].includes(stateOf(standing, now))
  return html`<p><a href="${path}">${say('referral.back')}</a></p>
${isEnded && notice(say('link.ended'), 'good', true)}
${askedNotice(view, standing, false)}
<h1>${say('link.title')}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
<p>${say('link.intro', view.organization)}</p>
${standing ? standingList(view, standing) : html`<p>${say('link.none')}</p>`}
${
  isForPractice(model.referral)
    ? makeForms(view, path, isLive === true)
    : html`<p>${say('link.notWaiting')}</p>`
}
${isLive && html`<form method="post" action="${path}/answer-link/end">${formTokenField(view)}<button class="second">${say('link.end')}</button></form>`}`
}

/** On the referral too: a practice waits. */
export const askedNotice = (
  view: View,
  standing: LinkStanding | undefined,
  leads = true,
): Html | undefined =>
  standing?.askedAgainAt === undefined
    ? undefined
    : notice(
        html`<b>${view.say('link.askedTag')}</b> (${time(standing.askedAgainAt, view)}). ${view.say('link.askedKept')}${leads && html` <a href="/referrals/${standing.referralId}/answer-link">${view.say('link.makeNew')}</a>`}`,
        'wait',
      )

function standingList(view: View, standing: LinkStanding): Html {
  const { say, now } = view
  const state = stateOf(standing, now)
  const tone = state === 'opened' ? 'good' : state === 'waiting' ? 'info' : 'plain'
  return summaryList([
    [say('link.state'), tag(say(`link.state.${state}`), tone)],
    [say('link.made'), time(standing.createdAt, view)],
    [say('link.opened'), standing.openedAt ? time(standing.openedAt, view) : say('link.notOpened')],
    [say('link.until'), time(standing.expiresAt, view)],
  ])
}

const makeForms = (view: View, path: string, isLive: boolean): Html => {
  const { say } = view
  return html`<div class="actions"><form method="post" action="${path}/answer-link" class="inline">${formTokenField(view)}<button>${say(isLive ? 'link.makeNew' : 'link.make')}</button></form>
<form method="post" action="${path}/answer-link/cover" class="inline">${formTokenField(view)}<button class="second">${say('link.cover')}</button></form></div>
<p class="quiet">${say('link.coverHint')} ${isLive && say('link.makeNewHint')}</p>`
}

/** The one time that a link is seen. */
export function madePage(view: View, model: ReferralModel, made: MadeLink, baseUrl: string): Html {
  const { say } = view
  const path = `/referrals/${model.referral.id}`
  return html`<p class="no-print"><a href="${path}">${say('referral.back')}</a></p>
${notice(say('link.once'), 'wait', true)}
<h1>${say('link.title')}</h1><p dir="auto">${say('referral.forPatient', nameOf(view, model))}</p>
<div class="field"><label for="link-address">${say('link.address')}</label>
<div class="copied"><input id="link-address" type="url" readonly value="${addressOf(made, baseUrl)}" autocomplete="off"><button type="button" class="second" hidden data-copy="link-address" data-done="${say('link.copied')}">${say('link.copy')}</button></div></div>
<h2>${say('link.orCode')}</h2>
<p>${say('link.codeAt', `${baseUrl}/answer`)}</p>
<p class="code-shown">${made.code}</p>
${summaryList([
  [say('link.until'), time(made.expiresAt, view)],
  ...numbersOf(model).map((number) => [say('link.number'), html`<bdi>${number}</bdi>`] as const),
])}
<p>${say('link.sayWhich')}</p>
<p class="no-print"><a href="${path}/packet">${say('link.packet')}</a></p>`
}

const addressOf = ({ secret }: MadeLink, baseUrl: string): string => `${baseUrl}/answer/${secret}`

/** What the practice calls its referral. */
export const numbersOf = ({ request }: Pick<ReferralModel, 'request'>): readonly string[] =>
  (request?.identifier ?? []).flatMap(({ value }) => value ?? [])
